package history

import (
	"fmt"
	"slices"

	"jieming/registry"
)

// Tenures says who held each face of a coverage on every day of the history.
//
// The coverage shows the state of asOf; holders[f] is the code (6, 9 or 12
// digits) of the unit that holds face f then, or "" for a face that is not the
// history's concern (the outside), which gets no tenure. Several faces may
// have one holder.
//
// A face is followed from event to event through the flows of territory. While
// one unit can have held it, that unit is the holder. Where a unit got
// territory from several, any of them may have held the face: then the holder
// is their lowest common ancestor (custodian, else superior) of that day, and
// Among lists them, the one that goes on first. A unit without recorded
// predecessors, such as a district before districts had codes, was part of the
// unit above it. Between each face's tenures there is no gap, and every holder
// exists throughout.
//
// It fails with KindInvalid if a holder's code is not in force on asOf.
// Cost: faces × events; 63 faces take about a millisecond.
func (h *History) Tenures(holders []string, asOf registry.Day) ([]registry.BaselineTenure, error) {
	now := h.stepAt(asOf)
	if now < 0 {
		return nil, registry.Invalid("asOf", fmt.Sprintf("%s lies before the history, which begins %s", asOf, h.Start()))
	}
	traced := map[string][]registry.BaselineTenure{}
	var out []registry.BaselineTenure
	for face, code := range holders {
		if code == "" {
			continue
		}
		tenures, ok := traced[code]
		if !ok {
			unit, found := h.UnitOf(code, asOf)
			if !found {
				return nil, registry.Invalid(fmt.Sprintf("holders[%d]", face), fmt.Sprintf(
					"code %.12s is not in force on %s; use the code list of that day", code, asOf))
			}
			tenures = h.tenuresOf(h.trace(unit, now))
			traced[code] = tenures
		}
		for _, t := range tenures {
			t.Face, t.Among = face, slices.Clone(t.Among)
			out = append(out, t)
		}
	}
	return out, nil
}

// stepAt returns the last step that took effect by the day, -1 before all.
func (h *History) stepAt(day registry.Day) int {
	n := 0
	for n < len(h.steps) && h.steps[n].day <= day {
		n++
	}
	return n - 1
}

// trace returns, for the time after each step, the units that may have held
// what the unit holds after step now.
func (h *History) trace(unit, now int) [][]int {
	among := make([][]int, len(h.steps))
	among[now] = []int{unit}
	for k := now; k > 0; k-- {
		among[k-1] = spread(among[k], func(u int) []int { return h.before(&h.steps[k], u) })
	}
	for k := now + 1; k < len(h.steps); k++ {
		among[k] = spread(among[k-1], func(u int) []int { return h.after(&h.steps[k], u) })
	}
	return among
}

// spread replaces each unit by others and drops repetitions, keeping order.
func spread(units []int, by func(int) []int) []int {
	var out []int
	for _, u := range units {
		for _, v := range by(u) {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// before returns the units that may have held a unit's territory just before
// a step: itself if it existed, and all that territory flowed from.
func (h *History) before(s *step, unit int) []int {
	var out []int
	first := h.Units[unit].Versions[0]
	if first.BeganBy != s.event {
		out = append(out, unit)
	}
	for _, f := range s.flows {
		if f.To == unit {
			out = append(out, f.From)
		}
	}
	if len(out) > 0 {
		return out
	}
	return h.before(s, above(first))
}

// after is before in the other direction of time.
func (h *History) after(s *step, unit int) []int {
	var out []int
	versions := h.Units[unit].Versions
	last := versions[len(versions)-1]
	if last.EndedBy != s.event {
		out = append(out, unit)
	}
	for _, f := range s.flows {
		if f.From == unit {
			out = append(out, f.To)
		}
	}
	if len(out) > 0 {
		return out
	}
	return h.after(s, above(last))
}

// above returns the unit above a version. Every step leaves the province in
// place, so the way up ends there.
func above(v registry.BaselineUnitVersion) int {
	if v.Custodian != registry.NoRef {
		return v.Custodian
	}
	return v.Superior
}

// tenuresOf turns the traced units into periods with one holder each. They
// begin and end with the events that changed holder or candidates.
func (h *History) tenuresOf(among [][]int) []registry.BaselineTenure {
	var out []registry.BaselineTenure
	since := 0 // the first step not yet accounted for
	for k := range h.steps {
		day := h.steps[k].day
		if k+1 < len(h.steps) && h.steps[k+1].day == day {
			continue // several events on one day: the state after the last counts
		}
		t := registry.BaselineTenure{Unit: among[k][0], Valid: registry.Since(day), EndedBy: registry.NoRef}
		if len(among[k]) > 1 {
			t.Unit, t.Among = h.commonAncestor(among[k], day), among[k]
		}
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Unit == t.Unit && slices.Equal(last.Among, t.Among) {
				since = k + 1
				continue
			}
			t.BeganBy = h.blame(among, since, k)
			last.Valid.To, last.EndedBy = day, t.BeganBy
		}
		out = append(out, t)
		since = k + 1
	}
	return out
}

// blame returns which of the steps from..to of one day changed the tenure: the
// last that changed the candidates, else the last that changed their place in
// the tree.
func (h *History) blame(among [][]int, from, to int) int {
	for k := to; k >= max(from, 1); k-- {
		if !slices.Equal(among[k], among[k-1]) {
			return h.steps[k].event
		}
	}
	for k := to; k >= from; k-- {
		for _, unit := range among[to] {
			if h.movedBy(unit, h.steps[k].event) {
				return h.steps[k].event
			}
		}
	}
	return h.steps[to].event
}

// movedBy reports whether a version of the unit began by the event.
func (h *History) movedBy(unit, event int) bool {
	return slices.ContainsFunc(h.Units[unit].Versions, func(v registry.BaselineUnitVersion) bool { return v.BeganBy == event })
}

// commonAncestor returns the lowest unit that is each of the units or above
// it on a day.
func (h *History) commonAncestor(units []int, day registry.Day) int {
	common := h.path(units[0], day)
	for _, u := range units[1:] {
		path := h.path(u, day)
		common = slices.DeleteFunc(common, func(c int) bool { return !slices.Contains(path, c) })
	}
	return common[0]
}

// path returns the unit and all above it on a day, from below.
func (h *History) path(unit int, day registry.Day) []int {
	var out []int
	for unit != registry.NoRef && !slices.Contains(out, unit) {
		out = append(out, unit)
		unit = h.parentOf(unit, day)
	}
	return out
}
