package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"jieming/registry"
)

// History is a province's dated history: the parts of a registry.Baseline
// that say what the units were, by which events and papers. Indices refer to
// its own slices. Events[0] is the first load, at the day of the first list.
type History struct {
	Instruments []registry.Instrument
	Events      []registry.Event
	Units       []registry.BaselineUnit
	Codes       []registry.BaselineCode
	Lineage     []registry.BaselineLineage
	Flows       []Flow
	Reports     []registry.Report

	steps   []step            // the county-level events in order of application
	bearers map[string][]int  // 12-digit code → indices into Codes
	papers  map[string]int    // 文号 → event, for rows that cite the same paper
	tables  map[string]*table // reports by name
}

// Flow is territory that passed from one unit to another in an event: the
// whole of From, or a part of unknown size.
type Flow struct {
	Event    int
	From, To int
	Whole    bool
}

// step is one applied county-level event with the flows it caused.
type step struct {
	event int
	day   registry.Day
	flows []Flow
}

// Reconstruct makes the history that the sources tell. It fails with
// KindInvalid, naming file and line, where they contradict themselves in a way
// that leaves the history undefined; all else it reports.
// Jilin's 45 blocks, 1,075 townships and 11,860 villages take less than a tenth
// of a second.
func Reconstruct(s *Sources) (*History, error) {
	h := &History{bearers: map[string][]int{}, papers: map[string]int{}, tables: map[string]*table{}}
	r, err := replayLists(h, s)
	if err != nil {
		return nil, fmt.Errorf("replaying the change blocks: %w", err)
	}
	r.checkLists()
	r.checkLineage()
	h.addTownships(s)
	h.dropEmpty()
	h.numberReuse()
	h.nameUnits()
	h.finishReports()
	return h, nil
}

// Start returns the first day of the history.
func (h *History) Start() registry.Day { return h.Events[0].EffectiveOn }

// UnitOf returns the unit that bore a code of 6, 9 or 12 digits on a day.
func (h *History) UnitOf(code string, on registry.Day) (unit int, ok bool) {
	if c, ok := h.period(code, on); ok {
		return c.Unit, true
	}
	return registry.NoRef, false
}

// period returns the period in which a code was borne that holds the day.
func (h *History) period(code string, on registry.Day) (registry.BaselineCode, bool) {
	for _, i := range h.bearers[pad(code)] {
		if h.Codes[i].Valid.Holds(on) {
			return h.Codes[i], true
		}
	}
	return registry.BaselineCode{}, false
}

// VersionOf returns what a unit was on a day; ok is false where it was not.
func (h *History) VersionOf(unit int, on registry.Day) (v registry.BaselineUnitVersion, ok bool) {
	for _, v := range h.Units[unit].Versions {
		if v.Valid.Holds(on) {
			return v, true
		}
	}
	return registry.BaselineUnitVersion{}, false
}

// parentOf returns the unit above in the tree that tiles: the custodian if
// there is one, else the superior.
func (h *History) parentOf(unit int, on registry.Day) int {
	v, ok := h.VersionOf(unit, on)
	if !ok {
		return registry.NoRef
	}
	if v.Custodian != registry.NoRef {
		return v.Custodian
	}
	return v.Superior
}

// pad writes a code with the 12 digits of the standard.
func pad(code string) string {
	return code + strings.Repeat("0", max(0, 12-len(code)))
}

// openCode begins a period in which the unit bears the code.
func (h *History) openCode(unit int, code string, from registry.Day, event int) {
	h.bearers[pad(code)] = append(h.bearers[pad(code)], len(h.Codes))
	h.Codes = append(h.Codes, registry.BaselineCode{Unit: unit, Code: pad(code),
		Valid: registry.Since(from), BeganBy: event, EndedBy: registry.NoRef})
}

// closeCode ends the open period of the code.
func (h *History) closeCode(code string, to registry.Day, event int) {
	list := h.bearers[pad(code)]
	c := &h.Codes[list[len(list)-1]]
	c.Valid.To, c.EndedBy = to, event
}

// openVersion begins a version of a unit and ends the one before. Where two
// events of one day change a unit, the day belongs to the later state.
func (h *History) openVersion(unit int, v registry.BaselineUnitVersion, event int) {
	u := &h.Units[unit]
	if n := len(u.Versions); n > 0 {
		last := &u.Versions[n-1]
		if last.Valid.From == v.Valid.From {
			v.BeganBy, v.EndedBy = last.BeganBy, registry.NoRef
			*last = v
			return
		}
		last.Valid.To, last.EndedBy = v.Valid.From, event
	}
	v.BeganBy, v.EndedBy = event, registry.NoRef
	u.Versions = append(u.Versions, v)
}

// endUnit ends the open version of a unit.
func (h *History) endUnit(unit int, to registry.Day, event int) {
	v := h.Units[unit].Versions
	last := &v[len(v)-1]
	last.Valid.To, last.EndedBy = to, event
}

// dropEmpty removes code periods that hold no day: two events of one day gave
// a code and took it.
func (h *History) dropEmpty() {
	h.Codes = slices.DeleteFunc(h.Codes, func(c registry.BaselineCode) bool { return c.Valid.Empty() })
	clear(h.bearers)
	for i, c := range h.Codes {
		h.bearers[c.Code] = append(h.bearers[c.Code], i)
	}
}

func (h *History) addUnit() int {
	h.Units = append(h.Units, registry.BaselineUnit{})
	return len(h.Units) - 1
}

// numberReuse numbers the units that bore one code at different times and
// cites the event by which each later one got it. A unit that gets its own
// code back keeps its number.
func (h *History) numberReuse() {
	codes := make([]string, 0, len(h.bearers))
	for code, list := range h.bearers {
		if len(list) > 1 {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		list := slices.Clone(h.bearers[code])
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(h.Codes[a].Valid.From, h.Codes[b].Valid.From) })
		var units []int
		for k, i := range list {
			c := &h.Codes[i]
			n := slices.Index(units, c.Unit)
			if n < 0 {
				n, units = len(units), append(units, c.Unit)
			}
			c.Reuse = int16(n)
			if n > 0 {
				c.ReuseCitation = h.cite(c.BeganBy)
			}
			if k > 0 {
				h.report(codesReused, code, h.nameOf(c.Unit, c.Valid.From), c.Valid.String(), h.cite(c.BeganBy))
			}
		}
	}
}

// cite names the paper of an event.
func (h *History) cite(event int) string {
	in := h.Instruments[h.Events[event].Instrument]
	parts := slices.DeleteFunc([]string{in.Title, in.Number, in.Citation}, func(s string) bool { return s == "" })
	return strings.Join(slices.Compact(parts), "；")
}

// nameOf returns the full name of a unit on a day.
func (h *History) nameOf(unit int, on registry.Day) string {
	v, _ := h.VersionOf(unit, on)
	return v.Specific + v.Generic
}

// nameUnits gives each unit its key: last code and name, and its first day
// where another unit has both.
func (h *History) nameUnits() {
	code := make([]string, len(h.Units))
	for _, c := range h.Codes {
		code[c.Unit] = shorten(c.Code)
	}
	seen := map[string]bool{}
	for i := range h.Units {
		u := &h.Units[i]
		last := u.Versions[len(u.Versions)-1]
		u.Key = strings.TrimSpace(code[i] + " " + last.Specific + last.Generic)
		if seen[u.Key] {
			u.Key += " " + u.Versions[0].Valid.From.String()
		}
		for n := 2; seen[u.Key]; n++ {
			u.Key = fmt.Sprintf("%s #%d", u.Key, n)
		}
		seen[u.Key] = true
	}
}

// shorten takes off the zeros that pad put on.
func shorten(code string) string {
	for _, n := range []int{6, 9} {
		if strings.Trim(code[n:], "0") == "" {
			return code[:n]
		}
	}
	return code
}

// yearEnd returns 31 December of a year.
func yearEnd(year int) registry.Day { return registry.Date(year, time.December, 31) }
