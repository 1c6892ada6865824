package web

import (
	"context"
	"html/template"
	"net/http"
	"slices"

	"jieming/registry"
	"jieming/web/sheet"
)

// locatorWidth is the width of the small map on a page, in CSS pixels.
const locatorWidth = 420

// unitPage is the data of the page "unit".
type unitPage struct {
	Unit     *registry.Unit // as it was on the day, or the nearest version
	Absent   string         // why the day has no version: "", "before" or "after"
	History  *registry.UnitHistory
	Steps    []step
	Timeline *timeline
	Locator  template.HTML
	Hatched  bool              // the locator shows areas whose holder is not known
	At       *registry.UnitRef // the unit by which the locator shows a unit without an area
	Lines    []registry.Line
	Children []section
}

// step is an event in a unit's life with the versions it ended and began, and
// the edges by which the unit came from others or went into them.
type step struct {
	registry.EventRecord
	act
	From, Into []registry.LineageEdge
	Coded      []registry.CodePeriod // codes that began
}

// Loaded reports whether the step is a first load: the unit was listed then,
// which says nothing of when it was set up.
func (s step) Loaded() bool { return s.Class == registry.BaselineAct }

// section is subordinate units of a level or kind.
type section struct {
	Level registry.Level
	Units []registry.Unit
}

func (s *site) showUnit(r *http.Request, v *View) (*answer, error) {
	ctx := r.Context()
	number, err := pathID(r, "unit")
	if err != nil {
		return nil, err
	}
	id := registry.UnitID(number)
	history, err := s.reg.History(ctx, id, v.At.Recorded)
	if err != nil {
		return nil, err
	}
	p := &unitPage{History: history, Steps: stepsOf(history)}
	if err := s.readUnit(ctx, v, id, p); err != nil {
		return nil, err
	}
	p.Timeline = newTimeline(history, v)
	if p.Absent == "" {
		if err := s.readSurroundings(ctx, v, p); err != nil {
			return nil, err
		}
	}
	return &answer{page: "unit", data: p}, s.locate(ctx, v, p)
}

// readUnit finds the version to show: that of the day, or the nearest one.
func (s *site) readUnit(ctx context.Context, v *View, id registry.UnitID, p *unitPage) error {
	u, err := s.reg.Unit(ctx, id, v.At, false)
	if err == nil {
		p.Unit = u
		return nil
	}
	versions := p.History.Versions
	if registry.KindOf(err) != registry.KindNotFound || len(versions) == 0 {
		return err
	}
	// What lies beyond the borders is not of the registry, and has a history all the same.
	if i := slices.IndexFunc(versions, func(u registry.Unit) bool { return u.Valid.Holds(v.Day) }); i >= 0 {
		p.Unit = &versions[i]
		return nil
	}
	first, last := versions[0], versions[len(versions)-1]
	if v.Day < first.Valid.From {
		p.Unit, p.Absent = &first, "before"
		return nil
	}
	p.Unit, p.Absent = &last, "after"
	return nil
}

// readSurroundings reads what lies below the unit and around it.
func (s *site) readSurroundings(ctx context.Context, v *View, p *unitPage) error {
	err := s.reg.Units(ctx, registry.UnitQuery{At: v.At, Parent: p.Unit.ID}, func(u *registry.Unit) error {
		p.file(*u)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range p.Children {
		sortByCode(p.Children[i].Units)
	}
	return s.reg.Lines(ctx, registry.LineQuery{At: v.At, Unit: p.Unit.ID}, func(l *registry.Line) error {
		p.Lines = append(p.Lines, *l)
		return nil
	})
}

// file puts a subordinate unit under its level, highest first.
func (p *unitPage) file(u registry.Unit) {
	i, found := slices.BinarySearchFunc(p.Children, u.Level, func(s section, l registry.Level) int {
		return int(s.Level) - int(l)
	})
	if !found {
		p.Children = slices.Insert(p.Children, i, section{Level: u.Level})
	}
	p.Children[i].Units = append(p.Children[i].Units, u)
}

// locate draws where the unit lies. A unit without an area of its own is shown
// by the unit above it; an abolished one as on its last day.
func (s *site) locate(ctx context.Context, v *View, p *unitPage) error {
	shown := *v
	switch p.Absent {
	case "before":
		shown.Day = p.Unit.Valid.From
	case "after":
		shown.Day = p.Unit.Valid.To - 1
	}
	shown.At.Valid = shown.Day
	a, err := s.atlasOn(ctx, &shown)
	if err != nil {
		return err
	}
	p.Hatched = len(a.Unrefined) > 0
	chosen := a.chosen(p.Unit.ID)
	for up := parent(p.Unit); len(chosen) == 0 && up != nil; {
		chosen, p.At = a.chosen(up.ID), up
		if up, err = s.above(ctx, up.ID, shown.At); err != nil {
			return err
		}
	}
	p.Locator, err = a.draw(sheet.Sheet{
		Width: locatorWidth, Title: v.text("unit.locator", "name", v.named(p.Unit.Name)), Chosen: chosen, Plain: true,
	}, &shown)
	return err
}

// above returns the unit above another one, nil at the top.
func (s *site) above(ctx context.Context, id registry.UnitID, at registry.Instant) (*registry.UnitRef, error) {
	u, err := s.reg.Unit(ctx, id, at, false)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parent(u), nil
}

// chosen returns the regions that make up a unit: itself, or all counties and
// unrefined areas below it.
func (a *atlas) chosen(id registry.UnitID) map[int64]bool {
	out := map[int64]bool{}
	whole := a.Province != nil && a.Province.ID == id
	for _, c := range a.Counties {
		if c.ID == id || whole || groupOf(&c) == int64(id) {
			out[int64(c.ID)] = true
		}
	}
	for _, u := range a.Unrefined {
		if u.Holder.ID == id || whole {
			out[int64(u.Holder.ID)] = true
		}
	}
	return out
}

// stepsOf arranges a unit's life by event, in order of date.
func stepsOf(h *registry.UnitHistory) []step {
	var out []step
	for _, e := range h.Events {
		st := step{EventRecord: e}
		for i := range h.Versions {
			if h.Versions[i].BeganBy == e.ID {
				st.After = &h.Versions[i]
			}
			if h.Versions[i].EndedBy == e.ID {
				st.Before = &h.Versions[i]
			}
		}
		for _, edge := range h.Predecessors {
			if edge.Event == e.ID && edge.Unit.ID != h.Unit {
				st.From = append(st.From, edge)
			}
		}
		for _, edge := range h.Successors {
			if edge.Event == e.ID && edge.Unit.ID != h.Unit {
				st.Into = append(st.Into, edge)
			}
		}
		for _, c := range h.Codes {
			if c.BeganBy == e.ID {
				st.Coded = append(st.Coded, c)
			}
		}
		out = append(out, st)
	}
	return out
}

// Heirs are the units that came after an abolished one, each once.
func (p *unitPage) Heirs() []registry.LineageEdge {
	var out []registry.LineageEdge
	for _, edge := range p.History.Successors {
		same := func(e registry.LineageEdge) bool { return e.Unit.ID == edge.Unit.ID }
		if edge.Unit.ID != p.History.Unit && !slices.ContainsFunc(out, same) {
			out = append(out, edge)
		}
	}
	return out
}
