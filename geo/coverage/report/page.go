package report

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"jieming/geo/coverage"
)

//go:embed page
var pageFiles embed.FS

func (s *site) parseTemplates() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"t": both, "area": areaText, "m2": squareMetres, "signed": signed, "length": lengthText, "names": s.namesOf,
		"n":     func(n int) string { return grouped(float64(n), 0) },
		"kind":  kindOf,
		"class": classOf,
	}).ParseFS(pageFiles, "page/*.html")
}

// both writes Chinese with English beside it.
func both(zh, en string) template.HTML {
	return template.HTML(template.HTMLEscapeString(zh) + ` <i lang="en">` + template.HTMLEscapeString(en) + `</i>`)
}

// view is what every page is made of.
type view struct {
	Root         string // from the page to the folder of the report
	Section      string
	Title, Made  string
	Head, HeadEn string // of the page
	Proposal     bool
	Data         any
	Kinds        []Total
	Count        int
}

func (s *site) view(section, head, headEn string, data any) *view {
	return &view{
		Root: "../", Section: section, Title: s.Title, Made: s.Made, Head: head, HeadEn: headEn,
		Proposal: s.Proposal != nil, Data: data, Kinds: s.summary.Kinds, Count: s.summary.Count,
	}
}

// In tells whether the page belongs to a section.
func (v *view) In(section string) bool { return v.Section == section }

// FirstKind is the list where the order by kind begins.
func (v *view) FirstKind() string {
	if len(v.Kinds) == 0 {
		return "area"
	}
	return string(v.Kinds[0].Kind)
}

// work is a file to be made.
type work struct {
	name string
	make func(io.Writer) error
}

// writePages makes the index, the lists and the pages of single faults.
func (s *site) writePages(ctx context.Context) error {
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	all := []work{
		{"style.css", func(w io.Writer) error { _, err := w.Write(style); return err }},
		{"index.html", s.index},
	}
	all = append(all, s.listWorks()...)
	for _, i := range s.byArea[:min(s.pages, len(s.byArea))] {
		all = append(all, work{"fault/" + s.id(i) + ".html", func(w io.Writer) error { return s.faultPage(w, i) }})
	}
	s.shown.Step("writing pages", len(all))
	return s.do(ctx, all)
}

// do makes files, a few at a time.
func (s *site) do(ctx context.Context, all []work) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, w := range all {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			defer s.shown.Advance(1)
			return s.write(w.name, w.make)
		})
	}
	return g.Wait()
}

// write makes one file.
func (s *site) write(name string, make func(io.Writer) error) error {
	file, err := s.folder.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 64<<10)
	if err = make(out); err == nil {
		err = out.Flush()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (s *site) render(w io.Writer, name string, v *view) error {
	return s.templates.ExecuteTemplate(w, name, v)
}

// indexData is what the first page shows beside the totals by kind.
type indexData struct {
	Summary
	Regions, Vertices int
	Ratio             string
	MinArea           string
	Notes             []string
	Overview          template.HTML
	Groups            []*group
	GroupCount        int
	Inserted          int
}

func (s *site) index(w io.Writer) error {
	const shown = 24
	r := s.Report
	v := s.view("index", "", "", indexData{
		Summary: s.summary, Regions: r.Regions, Vertices: r.Vertices, Ratio: fmt.Sprintf("%.3f", r.SharedRatio()),
		MinArea: areaText(s.MinAreaM2), Notes: s.Notes, Overview: s.overview(), Inserted: r.Inserted,
		Groups: s.groups[:min(shown, len(s.groups))], GroupCount: len(s.groups),
	})
	v.Root = ""
	return s.render(w, "index", v)
}

// link leads to a fault.
type link struct{ Text, Href string }

func (s *site) link(root string, i int32) *link {
	return &link{Text: fmt.Sprintf("%s %d", kindOf(s.faults[i].Kind).Zh, s.rank[i]), Href: root + s.href(i)}
}

// faultData is what the page of one fault shows.
type faultData struct {
	coverage.Fault
	ID, Number    string
	Place, Of     int
	Units         []unit
	At            string
	WidthM        float64
	Spot, Locator template.HTML
	Prev, Next    *link
	Card          string
}

func (s *site) faultPage(w io.Writer, i int32) error {
	f := &s.faults[i]
	name := kindOf(f.Kind)
	at := int(s.place[i])
	d := faultData{
		Fault: *f, ID: s.id(i), Number: fmt.Sprint(s.rank[i]), Place: at + 1, Of: len(s.faults), Units: s.units(f.Regions),
		At: position(f.At), Spot: s.spot(f, pageSize), Locator: s.locator(f), Card: "../" + s.cardHref(i),
	}
	if f.LengthM > 0 {
		d.WidthM = 2 * f.AreaM2 / f.LengthM
	}
	if at > 0 {
		d.Prev = s.link("../", s.byArea[at-1])
	}
	if at < len(s.byArea)-1 {
		d.Next = s.link("../", s.byArea[at+1])
	}
	return s.render(w, "fault", s.view("fault", fmt.Sprintf("%s %s", name.Zh, d.Number), fmt.Sprintf("%s %s", name.En, d.Number), d))
}

// sentence turns a message into one that stands alone.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	return strings.ToUpper(message[:1]) + message[1:] + "."
}

// Says is the message of the fault, where it says more than its kind.
func (f faultData) Says() string {
	if areal(f.Kind) {
		return ""
	}
	return sentence(f.Message)
}
