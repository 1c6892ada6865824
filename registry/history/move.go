package history

import (
	"slices"
	"strings"

	"jieming/registry"
)

// move is a change of the county level as townships see it: whatever was
// under code old before the event is under code now after it. Without old, the
// past of what is under now is not known.
type move struct {
	event    int
	day      registry.Day
	old, now string
}

// countyMoves returns the moves of the county and prefecture level, in order
// of application.
func (h *History) countyMoves() []move {
	var out []move
	for _, s := range h.steps[1:] {
		whole := map[int]int{}
		for _, f := range s.flows {
			if f.Whole {
				whole[f.To] = f.From
			}
		}
		for _, c := range h.Codes {
			if c.BeganBy != s.event {
				continue
			}
			unit := c.Unit
			if h.Units[unit].Versions[0].BeganBy == s.event {
				from, ok := whole[unit]
				if !ok {
					from = registry.NoRef
				}
				unit = from
			}
			out = append(out, move{s.event, s.day, h.codeOf(unit, s.day-1), c.Code[:6]})
		}
	}
	return out
}

// codeOf returns the short code of a unit on a day, "" if it had none.
func (h *History) codeOf(unit int, on registry.Day) string {
	for _, c := range h.Codes {
		if c.Unit == unit && c.Valid.Holds(on) {
			return shorten(c.Code)
		}
	}
	return ""
}

// forward applies the county moves after the day of the list.
func (w *rewind) forward() {
	for _, m := range w.moves {
		if m.day <= w.src.TownshipsOn || m.old == "" {
			continue
		}
		for _, t := range w.all {
			if s := *t.newest(); s.above == m.old {
				s.from, s.beganBy = m.day, m.event
				s.recode(m.old, m.now)
				t.states = slices.Insert(t.states, 0, s)
			}
		}
	}
}

// recode puts a state under another code and re-issues the codes below it,
// keeping serials.
func (s *townshipState) recode(old, now string) {
	s.above = now
	for _, c := range []*string{&s.code, &s.prefix} {
		if rest, ok := strings.CutPrefix(*c, old); ok {
			*c = now + rest
		}
	}
}

// backward undoes changes and county moves from the day of the list to the
// first day, latest first. Of one day the county moves came first, because the
// changes of a year are stated in the codes of its end.
func (w *rewind) backward() {
	moves := slices.DeleteFunc(slices.Clone(w.moves), func(m move) bool {
		return m.day <= w.start || m.day > w.src.TownshipsOn
	})
	slices.Reverse(moves)
	groups := w.groups
	for len(moves) > 0 || len(groups) > 0 {
		if len(groups) > 0 && (len(moves) == 0 || groups[0].day >= moves[0].day) {
			w.undoGroup(groups[0])
			groups = groups[1:]
			continue
		}
		w.undoMove(moves[0])
		moves = moves[1:]
	}
	for _, t := range w.all {
		if !t.rooted {
			s := t.oldest()
			s.from, s.beganBy, t.rooted = w.start, 0, true
		}
	}
}

// undoMove puts everything under the later code back under the earlier. Where
// there was none, the past of a township is not known before the event.
func (w *rewind) undoMove(m move) {
	for _, t := range w.all {
		s := t.oldest()
		if t.rooted || s.above != m.now {
			continue
		}
		s.from, s.beganBy = m.day, m.event
		if m.old == "" {
			t.rooted = true
			continue
		}
		earlier := *s
		earlier.recode(m.now, m.old)
		t.states = append(t.states, earlier)
	}
}

// adopt puts a township, from the day on, under the county of its code in the
// changes and through all that happened to that county since, and gives it
// that code if it is free. It reports false where there was no such county.
func (w *rewind) adopt(t *township, code string, day registry.Day) bool {
	if _, ok := w.h.UnitOf(code[:6], day); !ok {
		return false
	}
	free := !w.taken(code, t)
	w.borne[code] = true
	course := w.course(code, day)
	var states []townshipState
	for i := len(t.states) - 1; i >= 0; i-- {
		s := t.states[i]
		to, _ := t.until(i)
		if i == len(t.states)-1 {
			s.from = day
		}
		for k, c := range course {
			end := registry.NoEnd
			if k+1 < len(course) {
				end = course[k+1].from
			}
			both := registry.Period{From: s.from, To: to}.Meets(registry.Period{From: c.from, To: end})
			if !both.Empty() {
				states = append(states, s.under(c, both.From, free))
			}
		}
	}
	slices.Reverse(states)
	t.states = states
	return true
}

// course returns under which codes a township went that had the code on the
// day, oldest first.
func (w *rewind) course(code string, day registry.Day) []townshipState {
	s := townshipState{from: day, above: code[:6], code: code}
	out := []townshipState{s}
	for _, m := range w.moves {
		if m.day > day && m.old != "" && m.old == s.above {
			s.from, s.beganBy = m.day, m.event
			s.recode(m.old, m.now)
			out = append(out, s)
		}
	}
	return out
}

// under returns the state from a day on under the county of another.
func (s townshipState) under(c townshipState, from registry.Day, takeCode bool) townshipState {
	if from != s.from {
		s.from, s.beganBy = from, c.beganBy
	}
	s.above = c.above
	if takeCode {
		s.code = c.code
	}
	return s
}

// ground makes sure that each state lies under a unit that exists throughout:
// where the county ended without one successor, or never was, the township is
// put under the prefecture, else the province.
func (w *rewind) ground(t *township) {
	for i := len(t.states) - 1; i >= 0; i-- {
		s := &t.states[i]
		to, _ := t.until(i)
		period, ok := w.h.period(s.above, s.from)
		if !ok {
			w.h.report(listFaults, "", s.code, s.name, "县级代码 "+s.above+" 当时不存在，挂在上级 (no such county then: kept at the level above)")
			s.above = w.above(s.above, s.from)
			period, _ = w.h.period(s.above, s.from)
		}
		if period.Valid.To < to {
			later := *s
			later.from, later.beganBy = period.Valid.To, period.EndedBy
			later.above = w.above(later.above, later.from)
			t.states = slices.Insert(t.states, i, later)
			i++ // look at the later part next
		}
	}
}
