package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"jieming/registry"
)

// replay applies change blocks to the first list, one after the other.
type replay struct {
	h     *History
	src   *Sources
	now   state
	codes map[int]string // unit → code, for units in force
	years map[int]state  // the state of each 31 December, for the checks
	// became maps unit and event to the codes its territory bore afterwards,
	// for the cross-check with the lineage table.
	became map[becomes][]string
}

type becomes struct{ unit, year int }

// replayLists starts from the first list and applies the blocks in order of
// date.
func replayLists(h *History, s *Sources) (*replay, error) {
	r := &replay{h: h, src: s, now: state{}, codes: map[int]string{},
		years: map[int]state{}, became: map[becomes][]string{}}
	r.begin(s.Lists[0])
	blocks, err := r.order(s.Blocks)
	if err != nil {
		return nil, err
	}
	next := 0
	for _, list := range s.Lists {
		for ; next < len(blocks) && effective(blocks[next]) <= yearEnd(list.Year); next++ {
			if err := r.apply(blocks[next]); err != nil {
				return nil, err
			}
		}
		r.years[list.Year] = maps.Clone(r.now)
	}
	return r, nil
}

// begin enters the first list, by the event of the first load.
func (r *replay) begin(list YearList) {
	day := yearEnd(list.Year)
	event := r.h.addFirstLoad(list)
	for _, code := range slices.Sorted(maps.Keys(list.Names)) {
		unit := r.h.addUnit()
		r.now[code] = bearer{unit, list.Names[code]}
		r.codes[unit] = code
		r.h.openCode(unit, code, day, event)
	}
	r.refresh(event, day)
	r.h.steps = []step{{event: event, day: day}}
}

// order sorts the blocks by effective date and refuses those outside the
// years of the lists.
func (r *replay) order(blocks []Block) ([]*Block, error) {
	lists := r.src.Lists
	first, last := lists[0].Year, lists[len(lists)-1].Year
	out := make([]*Block, 0, len(blocks))
	for i := range blocks {
		b := &blocks[i]
		if b.FromYear < first || b.ToYear > last {
			return nil, registry.Invalid(b.At, fmt.Sprintf(
				"the period %d-%d lies outside the lists of %d to %d; add the lists or remove the block", b.FromYear, b.ToYear, first, last))
		}
		out = append(out, b)
	}
	slices.SortStableFunc(out, func(a, b *Block) int { return cmp.Compare(effective(a), effective(b)) })
	return out, nil
}

// apply carries out one block.
func (r *replay) apply(b *Block) error {
	a := &act{replay: r, block: b, before: maps.Clone(r.now), day: effective(b)}
	a.event = r.h.addBlock(b)
	if err := a.exchange(); err != nil {
		return err
	}
	if err := a.findFlows(); err != nil {
		return err
	}
	a.settleCodes()
	kinds := a.kinds()
	kinds.join(r.refresh(a.event, a.day))
	r.h.Events[a.event].Type = kinds.eventType(r.h.Events[a.event].Class)
	a.recordLineage()
	r.h.Flows = append(r.h.Flows, a.flows...)
	r.h.steps = append(r.h.steps, step{event: a.event, day: a.day, flows: a.flows})
	return nil
}

// refresh describes every unit of the list anew and opens a version wherever
// the description has changed. It returns what kinds of change it saw in units
// that went on.
func (r *replay) refresh(event int, day registry.Day) kinds {
	seen := kinds{}
	for _, code := range slices.Sorted(maps.Keys(r.now)) {
		b := r.now[code]
		v := r.now.describe(code, b.name)
		v.Valid, v.AttestedOn = registry.Since(day), day
		versions := r.h.Units[b.unit].Versions
		if len(versions) == 0 {
			r.h.openVersion(b.unit, v, event)
			continue
		}
		if change := compare(versions[len(versions)-1], v); len(change) > 0 {
			seen.join(change)
			r.h.openVersion(b.unit, v, event)
		}
	}
	return seen
}

// act is the application of one block.
type act struct {
	*replay
	block  *Block
	before state
	event  int
	day    registry.Day
	flows  []Flow
	begun  map[int]bool
	ended  map[int]bool
}

// exchange takes the removed codes out of the list and puts the added ones
// in, each borne by the unit it continues or by a new one.
func (a *act) exchange() error {
	a.begun, a.ended = map[int]bool{}, map[int]bool{}
	for i := range a.block.Changes {
		c := &a.block.Changes[i]
		was, ok := a.before[c.Code]
		switch {
		case c.Op == Add:
			continue
		case !ok || was.name != c.Name:
			return a.refuse(c, fmt.Sprintf("%ss it, but on %s the code is %s", c.Op, a.day, borneBy(was, ok)))
		case c.Op == Remove:
			delete(a.now, c.Code)
			a.ended[was.unit] = true
		}
	}
	for i := range a.block.Changes {
		c := &a.block.Changes[i]
		if c.Op != Add {
			continue
		}
		if other, ok := a.now[c.Code]; ok {
			return a.refuse(c, fmt.Sprintf("adds it, but on %s the code is %s", a.day, borneBy(other, true)))
		}
		a.now[c.Code] = bearer{a.unitFor(c), c.Name}
	}
	return a.checkEnded()
}

// checkEnded refuses to end the province, and to end a unit on the day it
// began: a version must hold at least one day.
func (a *act) checkEnded() error {
	for i := range a.block.Changes {
		c := &a.block.Changes[i]
		unit := a.before.unitAt(c.Code)
		switch {
		case c.Op != Remove || !a.ended[unit]:
		case c.Code[2:] == "0000":
			return a.refuse(c, "ends the province itself")
		case a.h.Units[unit].Versions[0].Valid.From == a.day:
			return a.refuse(c, fmt.Sprintf("ends it on %s, the day it began", a.day))
		}
	}
	return nil
}

func borneBy(b bearer, ok bool) string {
	if !ok {
		return "not in force"
	}
	return "borne by " + b.name
}

func (a *act) refuse(c *Change, why string) error {
	return registry.Invalid(a.block.At, fmt.Sprintf("%s %s: the block %s; correct the block, or the date of the one before it", c.Code, c.Name, why))
}

// unitFor returns the unit that an added code belongs to: the removed unit
// that it continues, else a new one.
func (a *act) unitFor(c *Change) int {
	if from, ok := a.continued(c); ok {
		delete(a.ended, from)
		return from
	}
	unit := a.h.addUnit()
	a.begun[unit] = true
	return unit
}

// continued finds the removed unit that an added code continues: the one of
// the same name or code by the block's own reference, or, where the block
// gives no relation at all, the one of the same code.
func (a *act) continued(c *Change) (int, bool) {
	refs := c.Relation.Refs
	if c.Relation.Direction == NoFlow {
		refs = []Ref{{Kind: SameCode}}
	}
	for _, ref := range refs {
		if ref.Disabled || (ref.Kind != SameName && ref.Kind != SameCode) {
			continue
		}
		code, err := a.before.find(ref, c.Code, c.Name)
		if err != nil || code == "" {
			continue
		}
		b := a.before[code]
		if a.ended[b.unit] && sameUnit(code, b.name, c.Code, c.Name) {
			return b.unit, true
		}
	}
	return 0, false
}

// settleCodes closes the codes that lost their bearer and opens those that
// got one.
func (a *act) settleCodes() {
	for _, code := range slices.Sorted(maps.Keys(a.before)) {
		if unit := a.before[code].unit; a.now.unitAt(code) != unit {
			a.h.closeCode(code, a.day, a.event)
			delete(a.codes, unit)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(a.now)) {
		if unit := a.now[code].unit; a.before.unitAt(code) != unit {
			a.h.openCode(unit, code, a.day, a.event)
			a.codes[unit] = code
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(a.ended)) {
		a.h.endUnit(unit, a.day, a.event)
	}
}
