package report

import (
	"fmt"
	"html/template"
	"io"
	"slices"

	"jieming/geo/coverage"
)

// list is faults in an order, 200 a page.
type list struct {
	name     string // of its files
	section  string
	zh, en   string
	faults   []int32
	next     string // the list that the order by kind goes on with
	nextName kindName
}

// row is a fault in a list.
type row struct {
	*coverage.Fault
	ID, Href, At, Number string
	Class                string
	Units                []unit
	Group                *group // where a new set of units begins
	Anchor               string
	WidthM               float64
	Spot                 template.HTML
	Prev, Next           string // neighbours in the list
}

// listData is one page of a list.
type listData struct {
	Rows     []row
	Cards    bool
	Order    string        // "area", "kind", "units"
	Kind     coverage.Kind // that alone is listed, if one is
	Pager    pager
	From, To int
	Of       int
	Next     string // the next kind
	NextName kindName
	Means    kindName
	AreaM2   float64
}

// listWorks are the pages of all lists: by area, by units, and of each kind.
// Those of the kinds, one after the other, are the order by kind.
func (s *site) listWorks() []work {
	lists := []list{
		{name: "area", section: "area", zh: "按面积", en: "By area", faults: s.byArea},
		{name: "units", section: "units", zh: "按单位", en: "By units", faults: s.byUnits},
	}
	for k, t := range s.summary.Kinds {
		name := kindOf(t.Kind)
		l := list{name: string(t.Kind), section: "kind", zh: name.Zh, en: name.En, faults: numbers(t.first, t.Count)}
		if k+1 < len(s.summary.Kinds) {
			l.next, l.nextName = string(s.summary.Kinds[k+1].Kind), kindOf(s.summary.Kinds[k+1].Kind)
		}
		lists = append(lists, l)
	}
	var all []work
	for _, l := range lists {
		for p := range l.pages() {
			all = append(all, work{listName(l.name, p), func(w io.Writer) error { return s.listPage(w, l, p) }})
		}
	}
	return all
}

func numbers(from, n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(from + i)
	}
	return all
}

// pages is how many pages a list has; an empty one has one, to say so.
func (l list) pages() int { return max(1, (len(l.faults)+perPage-1)/perPage) }

func (s *site) listPage(w io.Writer, l list, p int) error {
	from, to := p*perPage, min((p+1)*perPage, len(l.faults))
	d := listData{Order: l.section, Cards: l.section == "kind", Pager: newPager(p, l.pages(), func(p int) string { return "../" + listName(l.name, p) }), From: from + 1, To: to, Of: len(l.faults)}
	for at := from; at < to; at++ {
		d.Rows = append(d.Rows, s.row(l, at, at == from))
	}
	if d.Cards {
		d.Kind = coverage.Kind(l.name)
		d.Means, d.AreaM2 = kindOf(d.Kind), s.totalOf(d.Kind).AreaM2
	}
	if l.next != "" && p == l.pages()-1 {
		d.Next, d.NextName = "../"+listName(l.next, 0), l.nextName
	}
	return s.render(w, "list", s.view(l.section, l.zh, l.en, d))
}

func (s *site) totalOf(k coverage.Kind) Total {
	at := slices.IndexFunc(s.summary.Kinds, func(t Total) bool { return t.Kind == k })
	return s.summary.Kinds[at]
}

func (s *site) row(l list, at int, first bool) row {
	i := l.faults[at]
	f := &s.faults[i]
	r := row{Fault: f, ID: s.id(i), Href: "../" + s.href(i), At: position(f.At), Number: fmt.Sprint(s.rank[i]), Class: classOf(f.Kind), Units: s.units(f.Regions)}
	if f.LengthM > 0 {
		r.WidthM = 2 * f.AreaM2 / f.LengthM
	}
	switch l.section {
	case "kind":
		r.Spot = s.spot(f, cardSize)
		if at > 0 {
			r.Prev = "../" + s.cardHref(l.faults[at-1])
		}
		if at < len(l.faults)-1 {
			r.Next = "../" + s.cardHref(l.faults[at+1])
		}
	case "units":
		r.Anchor = fmt.Sprintf("g%d", at+1)
		if first || !slices.Equal(f.Regions, s.faults[l.faults[at-1]].Regions) {
			r.Group = &group{Units: r.Units}
		}
	}
	return r
}

// pager leads to the pages of a list.
type pager struct {
	Links      []pageLink
	Prev, Next string
	Pages      int
}

// pageLink is a page; one without Href stands for those left out.
type pageLink struct {
	Number  int
	Href    string
	Current bool
}

// newPager shows the first and last page and those around the current one.
func newPager(current, pages int, href func(page int) string) pager {
	g := pager{Pages: pages}
	if current > 0 {
		g.Prev = href(current - 1)
	}
	if current < pages-1 {
		g.Next = href(current + 1)
	}
	last := -1
	for p := range pages {
		if p != 0 && p != pages-1 && (p < current-2 || p > current+2) {
			continue
		}
		if p > last+1 {
			g.Links = append(g.Links, pageLink{})
		}
		g.Links = append(g.Links, pageLink{Number: p + 1, Href: href(p), Current: p == current})
		last = p
	}
	return g
}
