package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"jieming/geo/coverage"
)

// site is a report being written. Faults are known by their place in faults.
type site struct {
	Content
	folder    Folder
	shown     Progress
	pages     int
	summary   Summary
	faults    []coverage.Fault
	rank      []int    // of each fault among its kind, from 1
	byArea    []int32  // faults, the largest first
	place     []int32  // of each fault in byArea
	byUnits   []int32  // faults by their units, the largest first
	groups    []*group // sets of units, by the area of their faults
	names     map[string]string
	atlas     *atlas
	templates *template.Template
}

func newSite(folder Folder, c Content, shown Progress) (*site, error) {
	s := &site{Content: c, folder: folder, shown: shown, pages: c.Pages, summary: c.Summarise(), faults: c.listed()}
	if s.pages == 0 {
		s.pages = defaultPages
	}
	s.names = make(map[string]string, len(c.Regions))
	for _, r := range c.Regions {
		s.names[r.ID] = r.Name
	}
	s.order()
	s.atlas = newAtlas(c.Regions)
	var err error
	s.templates, err = s.parseTemplates()
	return s, err
}

// order numbers the faults within their kinds and sorts them.
func (s *site) order() {
	s.rank = make([]int, len(s.faults))
	s.byArea = make([]int32, len(s.faults))
	for i := range s.faults {
		s.byArea[i] = int32(i)
		s.rank[i] = 1
		if i > 0 && s.faults[i-1].Kind == s.faults[i].Kind {
			s.rank[i] = s.rank[i-1] + 1
		}
	}
	slices.SortStableFunc(s.byArea, func(a, b int32) int { return cmp.Compare(s.faults[b].AreaM2, s.faults[a].AreaM2) })
	s.place = make([]int32, len(s.faults))
	for at, i := range s.byArea {
		s.place[i] = int32(at)
	}
	s.byUnits = slices.Clone(s.byArea)
	slices.SortStableFunc(s.byUnits, func(a, b int32) int { return slices.Compare(s.faults[a].Regions, s.faults[b].Regions) })
	s.groups = s.grouped()
}

// id is the name of a fault.
func (s *site) id(i int32) string { return fmt.Sprintf("%s-%d", s.faults[i].Kind, s.rank[i]) }

// hasPage tells whether a fault has a page of its own.
func (s *site) hasPage(i int32) bool { return int(s.place[i]) < s.pages }

// href is where a fault is shown, from the folder of the report.
func (s *site) href(i int32) string {
	if s.hasPage(i) {
		return "fault/" + s.id(i) + ".html"
	}
	return s.cardHref(i)
}

// cardHref is the place of a fault in the list of its kind.
func (s *site) cardHref(i int32) string {
	return fmt.Sprintf("%s#%s", listName(string(s.faults[i].Kind), (s.rank[i]-1)/perPage), s.id(i))
}

// listName is the file of a page, from 0, of a list.
func listName(list string, page int) string { return fmt.Sprintf("list/%s-%d.html", list, page+1) }

// unit is a region as the pages name it.
type unit struct {
	ID, Name string
	Tint     int // its colour in a drawing, from 0
}

// Label is the name, or the id where there is none.
func (u unit) Label() string { return cmp.Or(u.Name, u.ID) }

func (s *site) units(ids []string) []unit {
	units := make([]unit, len(ids))
	for i, id := range ids {
		units[i] = unit{ID: id, Name: s.names[id], Tint: i % tints}
	}
	return units
}

// group sums up the faults of one set of units.
type group struct {
	Units                 []unit
	Gaps, Overlaps, Other int
	AreaM2                float64
	first                 int // in byUnits
}

// Href is where the list by units comes to the group.
func (g *group) Href() string {
	return fmt.Sprintf("%s#g%d", listName("units", g.first/perPage), g.first+1)
}

// grouped sums up byUnits, the sets of the largest total area first.
func (s *site) grouped() []*group {
	var groups []*group
	for at, i := range s.byUnits {
		f := &s.faults[i]
		if at == 0 || !slices.Equal(f.Regions, s.faults[s.byUnits[at-1]].Regions) {
			groups = append(groups, &group{Units: s.units(f.Regions), first: at})
		}
		g := groups[len(groups)-1]
		g.AreaM2 += f.AreaM2
		switch f.Kind {
		case coverage.KindGap:
			g.Gaps++
		case coverage.KindOverlap:
			g.Overlaps++
		default:
			g.Other++
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return cmp.Compare(b.AreaM2, a.AreaM2) })
	return groups
}

// namesOf joins the names of regions.
func (s *site) namesOf(ids []string) string {
	labels := make([]string, len(ids))
	for i, u := range s.units(ids) {
		labels[i] = u.Label()
	}
	return strings.Join(labels, " · ")
}
