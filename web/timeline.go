package web

import (
	"strconv"

	"jieming/registry"
)

// timeline is a unit's life drawn on an axis of years: a row of bars for its
// name and type, one for the unit above it, one for its codes.
type timeline struct {
	Rows  []timelineRow
	Years []tick
	Now   string // where the day shown stands, in percent
}

type timelineRow struct {
	Key  string // of the row's title
	Bars []bar
}

// bar is a stretch of time. X and Width are percent of the axis.
type bar struct {
	X, Width string
	Text     string
	Days     string
	Class    string // "", "recast" for what rests on today's state, "retired"
	Open     bool   // lasts until further notice
	from     registry.Day
	end      registry.Day
}

// newTimeline lays out a history. The axis runs from the first dated change of
// the unit, or a generation ago, to the end of this year.
func newTimeline(h *registry.UnitHistory, v *View) *timeline {
	span := span(h, v.Today)
	t := &timeline{Now: percent(v.Day, span.From, span.To)}
	for year := (span.From.Year() + 4) / 5 * 5; year < span.To.Year(); year += 5 {
		t.Years = append(t.Years, tick{X: percent(registry.Date(year, 1, 1), span.From, span.To), Text: strconv.Itoa(year)})
	}
	names, above, codes := timelineRow{Key: "name"}, timelineRow{Key: "superior"}, timelineRow{Key: "code"}
	for _, version := range h.Versions {
		names.add(span, v, version.Valid, version.Name, basisClass(version.Basis))
		if p := parent(&version); p != nil {
			above.add(span, v, version.Valid, p.Name, basisClass(version.Basis))
		}
	}
	for _, c := range h.Codes {
		codes.add(span, v, c.Valid, shortCode(c.Code), "")
	}
	for _, row := range []timelineRow{names, above, codes} {
		if len(row.Bars) > 0 {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func basisClass(b registry.Basis) string {
	if b == registry.Recast || b == registry.NotKnown {
		return "recast"
	}
	return ""
}

// add draws a bar, or lengthens the last one if it says the same.
func (r *timelineRow) add(span registry.Period, v *View, valid registry.Period, text, class string) {
	if n := len(r.Bars); n > 0 && r.Bars[n-1].Text == text && r.Bars[n-1].Class == class && r.Bars[n-1].end == valid.From {
		last := &r.Bars[n-1]
		valid.From = last.from
		r.Bars = r.Bars[:n-1]
	}
	seen := valid.Meets(span)
	if seen.Empty() {
		return
	}
	r.Bars = append(r.Bars, bar{
		from: valid.From, end: valid.To,
		X: percent(seen.From, span.From, span.To), Width: width(seen, span),
		Text: text, Days: v.period(valid), Class: class, Open: valid.To == registry.NoEnd,
	})
}

func width(p, span registry.Period) string {
	return strconv.FormatFloat(100*float64(p.To-p.From)/float64(span.To-span.From), 'f', 2, 64) + "%"
}

// span is the axis: whole years around everything dated.
func span(h *registry.UnitHistory, today registry.Day) registry.Period {
	const generation = 30
	first, last := today.Year()-generation, today.Year()
	widen := func(d registry.Day) {
		if d != registry.NoStart && d != registry.NoEnd {
			first, last = min(first, d.Year()), max(last, d.Year())
		}
	}
	for _, version := range h.Versions {
		widen(version.Valid.From)
		widen(version.Valid.To)
	}
	return registry.Period{From: registry.Date(first, 1, 1), To: registry.Date(last+1, 1, 1)}
}
