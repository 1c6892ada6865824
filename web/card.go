package web

import (
	"context"
	"slices"

	"jieming/registry"
)

// card is a unit brought forward on the map: what it is on the day, since
// when and by which paper, where it came from and what became of it.
type card struct {
	*registry.Unit                        // the version of the day; the nearest one if Absent
	Absent         string                 // why the day has no version: "", "before" or "after"
	Chain          []registry.UnitRef     // the units above it, highest first, in the tree that tiles
	Began          *registry.EventRecord  // the event that began the version
	From           []registry.LineageEdge // whose territory it was made of
	Into           []registry.LineageEdge // who holds its territory now, if it is gone
}

// readCard reads the card of a unit. A unit that the registry has never held
// has none: it returns nil.
func (s *site) readCard(ctx context.Context, v *View, id registry.UnitID) (*card, error) {
	history, err := s.reg.History(ctx, id, v.At.Recorded)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &unitPage{History: history}
	if err := s.readUnit(ctx, v, id, p); err != nil {
		return nil, err
	}
	c := &card{Unit: p.Unit, Absent: p.Absent, From: others(history.Predecessors, id)}
	if c.Absent == "after" {
		c.Into = others(history.Successors, id)
	}
	for i := range history.Events {
		if history.Events[i].ID == p.Unit.BeganBy {
			c.Began = &history.Events[i]
		}
	}
	at := registry.Instant{Valid: c.shownOn(v.Day), Recorded: v.At.Recorded}
	for up := parent(c.Unit); up != nil; {
		c.Chain = slices.Insert(c.Chain, 0, *up)
		if up, err = s.above(ctx, up.ID, at); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// shownOn is a day of the version on the card: the day asked for, if the unit
// was there.
func (c *card) shownOn(day registry.Day) registry.Day {
	switch c.Absent {
	case "before":
		return c.Valid.From
	case "after":
		return c.Valid.To - 1
	}
	return day
}

// Then is the first day on which the unit was there, or the last.
func (c *card) Then() registry.Day { return c.shownOn(registry.NoStart) }

// Loaded reports whether the version began with a first load, which says
// nothing of when the unit was set up.
func (c *card) Loaded() bool { return c.Began == nil || c.Began.Class == registry.BaselineAct }

// others are the units at the other end of edges, each once. Transfers of part
// of a territory are left to the page of the unit.
func others(edges []registry.LineageEdge, self registry.UnitID) []registry.LineageEdge {
	var out []registry.LineageEdge
	for _, edge := range edges {
		same := func(e registry.LineageEdge) bool { return e.Unit.ID == edge.Unit.ID }
		if edge.Unit.ID != self && edge.Relation != registry.PartTransferred && !slices.ContainsFunc(out, same) {
			out = append(out, edge)
		}
	}
	return out
}
