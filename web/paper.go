package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/web/sheet"
)

// paperTolerance is how far simplification may move a border on paper, as a
// share of the width of the map: a twentieth of a millimetre on A0.
const paperTolerance = 0.00004

// mostTexts is how many lines about changes a sheet has.
const mostTexts = 6

// printTitle is the title of a sheet until somebody writes another.
func (v *View) printTitle(a *atlas) string {
	if a.Province == nil {
		return v.text("map.title")
	}
	return v.text("print.title.of", "name", v.named(a.Province.Name))
}

// atlasOfDay returns the atlas of a day as the live map shows it.
func (s *site) atlasOfDay(ctx context.Context, v *View, day registry.Day) (*atlas, error) {
	on := *v
	on.Day = day
	e, err := s.epochOf(ctx, &on)
	if err != nil {
		return nil, err
	}
	return s.mapOf(ctx, e, v.At.Recorded)
}

// paperOf returns the atlas of a day for paper.
func (s *site) paperOf(ctx context.Context, v *View, day registry.Day) (*atlas, error) {
	on := *v
	on.Day = day
	e, err := s.epochOf(ctx, &on)
	if err != nil {
		return nil, err
	}
	latest, err := s.latestAtlas(ctx, e, v.At.Recorded)
	if err != nil {
		return nil, err
	}
	at := registry.Instant{Valid: e.Start, Recorded: v.At.Recorded}
	a, err := s.papers.get(s.drawnAt(at), func() (*atlas, error) {
		// All days in one projection, so that two of them can stand side by side.
		return s.readAtlas(ctx, at, paperTolerance, func(orb.Bound) sheet.Projection { return sheet.ForPaper(latest.Bound) })
	})
	if err != nil {
		return nil, err
	}
	return a.tinted(latest), nil
}

// showPaper answers /print.svg: the sheet alone.
func (s *site) showPaper(r *http.Request, v *View) (*answer, error) {
	o, err := readPrintOrder(v)
	if err != nil {
		return nil, err
	}
	p, err := s.layOut(r.Context(), v, o)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := sheet.WritePaper(&out, *p); err != nil {
		return nil, fmt.Errorf("drawing a sheet: %w", err)
	}
	return &answer{body: out.Bytes(), mime: "image/svg+xml"}, nil
}

// layOut puts together what stands on a sheet.
func (s *site) layOut(ctx context.Context, v *View, o printOrder) (*sheet.Paper, error) {
	this, err := s.paperOf(ctx, v, v.Day)
	if err != nil {
		return nil, err
	}
	e, err := s.epochOf(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &sheet.Paper{
		Format: o.Format, Landscape: o.Landscape, Title: v.printTitle(this), Subtitle: v.day(v.Day), Notes: s.paperNotes(v, o, e.Began),
		Scale: func(n int) string { return v.text("print.scale", "n", grouped(float64(n), 0)) },
	}
	p.Stamp = v.stamp()
	if p.View, err = s.printView(ctx, v, o); err != nil {
		return nil, err
	}
	if o.Compared() {
		err = s.addComparison(ctx, v, o, this, p)
	} else {
		chosen := map[int64]bool(nil)
		if o.Unit != 0 {
			chosen = this.chosen(o.Unit)
		}
		p.Panels = []sheet.Panel{this.panel(v, o, chosen, "")}
	}
	p.Key = v.printKey(p.Panels)
	return p, err
}

// addComparison puts two maps on a sheet, the earlier one first, and marks what
// differs between them.
func (s *site) addComparison(ctx context.Context, v *View, o printOrder, this *atlas, p *sheet.Paper) error {
	first, second := this, this
	from, to := min(v.Day, o.Other), max(v.Day, o.Other)
	other, err := s.paperOf(ctx, v, o.Other)
	if err != nil {
		return err
	}
	if o.Other < v.Day {
		first = other
	} else {
		second = other
	}
	p.Subtitle = v.text("print.compared")
	p.Panels = []sheet.Panel{
		first.panel(v, o, first.differing(second), v.text("print.before", "date", v.day(from))),
		second.panel(v, o, second.differing(first), v.text("print.after", "date", v.day(to))),
	}
	if o.Changes {
		p.Heading = v.text("print.changes")
		p.Text, err = s.changeLines(ctx, v, from, to)
	}
	return err
}

// panel is the map of an atlas on a sheet.
func (a *atlas) panel(v *View, o printOrder, chosen map[int64]bool, caption string) sheet.Panel {
	return sheet.Panel{Net: a.Net, Sheet: sheet.Sheet{Names: a.names(), Neighbours: a.Neighbours, Labelled: o.Names == "all", Chosen: chosen, Reading: v.romanOf}, Caption: caption}
}

// differing returns the counties that are not the same in another atlas: of
// another name or type, under another prefecture, or not there.
func (a *atlas) differing(other *atlas) map[int64]bool {
	type likeness struct {
		name  string
		kind  registry.UnitType
		group int64
	}
	there := map[registry.UnitID]likeness{}
	for _, c := range other.Counties {
		there[c.ID] = likeness{c.Name, c.Type, groupOf(&c)}
	}
	out := map[int64]bool{}
	for _, c := range a.Counties {
		if there[c.ID] != (likeness{c.Name, c.Type, groupOf(&c)}) {
			out[int64(c.ID)] = true
		}
	}
	return out
}

// printView is the part of the land that a sheet shows; nil for all of it.
func (s *site) printView(ctx context.Context, v *View, o printOrder) (*orb.Bound, error) {
	switch o.Area {
	case "view":
		return o.Box, nil
	case "unit":
		u, err := s.reg.Unit(ctx, o.Unit, v.At, true)
		if registry.KindOf(err) == registry.KindNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		shape, err := polygons(u.WKB)
		if err != nil || shape == nil {
			return nil, err
		}
		around := shape.Bound()
		around = around.Pad(0.12 * max(around.Max[0]-around.Min[0], around.Max[1]-around.Min[1]))
		return &around, nil
	}
	return nil, nil
}

// printKey explains the symbols that stand on some panel.
func (v *View) printKey(panels []sheet.Panel) []sheet.KeyRow {
	rows := []sheet.KeyRow{
		{Class: "rank-0", Text: v.text("legend.national")}, {Class: "rank-1", Text: v.text("legend.province")},
		{Class: "rank-2", Text: v.text("legend.prefecture")}, {Class: "rank-3", Text: v.text("legend.county")},
	}
	unknown, chosen := false, false
	for _, p := range panels {
		unknown = unknown || p.Net.Unknown()
		chosen = chosen || len(p.Sheet.Chosen) > 0
	}
	if unknown {
		rows = append(rows, sheet.KeyRow{Class: "unknown", Text: v.text("legend.unknown")})
	}
	if chosen && len(panels) > 1 {
		rows = append(rows, sheet.KeyRow{Class: "chosen", Text: v.text("print.differs")})
	}
	return rows
}

// paperNotes are the lines at the foot of a sheet.
func (s *site) paperNotes(v *View, o printOrder, began registry.Day) []string {
	notes := s.notes(v)[1:]
	if v.carried(v.Day, began) || o.Compared() && v.carried(o.Other, began) {
		notes = append([]string{v.text("map.carriedback", "date", v.day(v.Pub.DataDate))}, notes...)
	}
	return notes
}

// changeLines says what changed after one day up to another, one event a line,
// the latest first; those there is no room for are counted.
func (s *site) changeLines(ctx context.Context, v *View, from, to registry.Day) ([]string, error) {
	days, err := s.dayChanges(ctx, v.At.Recorded)
	if err != nil {
		return nil, err
	}
	var lines []string
	left := 0
	for _, day := range slices.Backward(withoutLoads(days)) {
		if day.On <= from || day.On > to {
			continue
		}
		if len(lines)+len(day.Events) > mostTexts {
			left += len(day.Events)
			continue
		}
		changes, err := s.changesOf(ctx, day.Events, v.At.Recorded)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			lines = append(lines, v.changeLine(day.On, c))
		}
	}
	if len(lines) == 0 && left == 0 {
		return []string{v.text("print.nochange")}, nil
	}
	if left > 0 {
		lines = append(lines, v.text("print.more", "n", left))
	}
	return lines, nil
}

// mostActs is how many units a line names.
const mostActs = 4

// changeLine says on one line what an event did.
func (v *View) changeLine(on registry.Day, c change) string {
	var acts []string
	for _, a := range c.Acts[:min(len(c.Acts), mostActs)] {
		text := v.text("print.act", "name", v.named(a.Unit().Name), "did", v.text(a.key()))
		if verb := a.Verb(); verb == "moved" || verb == "renamed" || verb == "seat" {
			text += " " + v.named(a.Old()) + "→" + v.named(a.New())
		}
		acts = append(acts, text)
	}
	if n := len(c.Acts) - mostActs; n > 0 {
		acts = append(acts, v.text("print.others", "n", n))
	}
	if len(acts) == 0 && c.Lower > 0 {
		acts = append(acts, v.text("change.only", "n", c.Lower))
	}
	paper := c.Instrument.Number
	if paper == "" {
		paper = v.text(c.typeKey())
	}
	return v.day(on) + "　" + paper + "　" + strings.Join(acts, v.text("list.comma"))
}
