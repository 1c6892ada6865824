package sample

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lastYear is the last year the lists of the sample show.
const lastYear = 2024

// state is a yearly list: names by code.
type state map[string]string

// record is a period in which a code, a name and the name of the prefecture
// stayed the same: from the year it began, included, to the year it ended.
type record struct {
	code, prefecture, name string
	start, end             int // end 0: in force
	successors             []string
}

// ledger replays a history year by year.
type ledger struct {
	lists   map[int]state
	records []record
	open    map[string]int // code → index of its record
}

// replay derives the yearly lists and the records. It fails where an act speaks
// of a code that is not in force.
func (h *history) replay() (*ledger, error) {
	l := &ledger{lists: map[int]state{}, open: map[string]int{}}
	now := state{}
	for _, e := range h.first {
		now[e.code] = e.name
	}
	for year := h.firstYear; year <= lastYear; year++ {
		moved := map[string][]string{}
		for _, a := range h.acts {
			if a.year != year {
				continue
			}
			if err := a.apply(now, moved); err != nil {
				return nil, fmt.Errorf("%d %s: %w", year, a.wording, err)
			}
		}
		l.turn(year, now, moved)
	}
	return l, nil
}

// apply changes a list, and notes for every unit where its territory went.
func (a act) apply(now state, moved map[string][]string) error {
	before := maps.Clone(now)
	for _, c := range a.changes {
		if c.from != "" && before[c.from] == "" {
			return fmt.Errorf("%s is not in force", c.from)
		}
		if c.from != "" && !c.part {
			delete(now, c.from)
		}
	}
	for _, c := range a.changes {
		for _, t := range c.to {
			name := a.nameOf(t, c, before)
			if name == "" {
				return fmt.Errorf("%s has no name", t.code)
			}
			now[t.code] = name
			moved[c.from] = append(moved[c.from], noteOf(c, t, a.year))
		}
	}
	return nil
}

func noteOf(c change, t entry, year int) string {
	if c.part {
		return fmt.Sprintf("%s[%d]", t.code, year)
	}
	return t.code
}

// nameOf names a target: as written, as another line of the act writes it, as
// it stands, or as its source is called.
func (a act) nameOf(t entry, c change, before state) string {
	if t.name != "" {
		return t.name
	}
	for _, d := range a.changes {
		for _, u := range d.to {
			if u.code == t.code && u.name != "" {
				return u.name
			}
		}
	}
	if name := before[t.code]; name != "" && !a.ends(t.code) {
		return name
	}
	return before[c.from]
}

// ends tells whether the act leaves nothing of the unit under its code.
func (a act) ends(code string) bool {
	return slices.ContainsFunc(a.changes, func(c change) bool { return c.from == code && !c.part })
}

// turn closes and opens records so that they show the list of a year.
func (l *ledger) turn(year int, now state, moved map[string][]string) {
	l.lists[year] = maps.Clone(now)
	for code, i := range l.open {
		r := &l.records[i]
		kept := now[code] == r.name && now.prefecture(code) == r.prefecture
		r.successors = append(r.successors, successors(moved[code], kept, now[code] != "", code)...)
		if !kept {
			r.end = year
			delete(l.open, code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(now)) {
		if _, ok := l.open[code]; !ok {
			l.open[code] = len(l.records)
			l.records = append(l.records, record{code: code, prefecture: now.prefecture(code), name: now[code], start: year})
		}
	}
}

// successors returns what a record says of the year: parts that left, and, when
// it ends, where the rest went. A unit that only its prefecture's new name has
// touched continues under its own code.
func successors(moved []string, kept, listed bool, code string) []string {
	slices.Sort(moved)
	parts := slices.DeleteFunc(slices.Clone(moved), func(s string) bool { return len(s) == 6 })
	whole := slices.DeleteFunc(slices.Clone(moved), func(s string) bool { return len(s) != 6 })
	switch {
	case kept:
		return parts
	case len(whole) == 0 && listed:
		whole = []string{code}
	}
	if strings.HasSuffix(code, "00") {
		whole = nil
	}
	return append(parts, whole...)
}

// prefecture returns the name of the prefecture a code lies in, by its digits.
func (s state) prefecture(code string) string {
	switch code[2:4] {
	case "00":
		return ""
	case "90":
		return "直辖"
	}
	return s[code[:4]+"00"]
}

// status is what the lists of lineage call a record: 在用 in force, 变更 when the
// code went on with another name or superior, 弃用 when it ended.
func (l *ledger) status(r record) string {
	if r.end == 0 {
		return "在用"
	}
	later := func(q record) bool { return q.code == r.code && q.start >= r.end }
	if slices.ContainsFunc(l.records, later) {
		return "变更"
	}
	return "弃用"
}

// sorted returns the records by code, the latest first.
func (l *ledger) sorted() []record {
	records := slices.Clone(l.records)
	slices.SortFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(b.start, a.start))
	})
	return records
}
