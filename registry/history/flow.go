package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"jieming/registry"
)

// find returns the code in the list that a reference of the change (code,
// name) points to, "" if there is none. Of several units of the name it takes
// the one of the same level, then of the same prefecture (area-diff: the
// smallest distance), and fails where that leaves two.
func (s state) find(ref Ref, code, name string) (string, error) {
	switch ref.Kind {
	case SameCode:
		return s.present(code), nil
	case ParentCode:
		return s.present(code[:4] + "00"), nil
	case SameName:
		return s.nearest(name, code, name)
	}
	return s.nearest(ref.Name, code, name)
}

func (s state) present(code string) string {
	if _, ok := s[code]; ok {
		return code
	}
	return ""
}

func (s state) nearest(wanted, code, name string) (string, error) {
	best, bestRank, tie := "", 0, false
	for _, c := range slices.Sorted(maps.Keys(s)) {
		if !s.called(c, wanted) {
			continue
		}
		rank := 1
		if kindOf(c, s[c].name).level == kindOf(code, name).level {
			rank += 2
		}
		if c[:4] == code[:4] {
			rank++
		}
		switch {
		case rank > bestRank:
			best, bestRank, tie = c, rank, false
		case rank == bestRank:
			tie = true
		}
	}
	if tie {
		return "", fmt.Errorf("%s is the name of several units; put the name of its prefecture before it", wanted)
	}
	return best, nil
}

// called reports whether the unit of the code has the name, bare or led by
// that of its prefecture.
func (s state) called(code, wanted string) bool {
	name := s[code].name
	if wanted == name {
		return true
	}
	lead, ok := strings.CutSuffix(wanted, name)
	return ok && lead != "" && s[code[:4]+"00"].name == lead
}

// findFlows resolves the relations of the block to flows between units.
func (a *act) findFlows() error {
	for i := range a.block.Changes {
		c := &a.block.Changes[i]
		here, there := a.before, a.now
		if c.Relation.Direction == FlowFrom {
			here, there = a.now, a.before
		}
		for _, ref := range c.Relation.Refs {
			code, err := a.resolve(c, ref, there)
			if err != nil {
				return err
			}
			if code != "" {
				a.addFlow(c.Relation.Direction, here[c.Code].unit, there[code].unit)
			}
		}
	}
	a.markWhole()
	return nil
}

func (a *act) resolve(c *Change, ref Ref, there state) (string, error) {
	if ref.Disabled {
		a.h.report(relationsDoubtful, a.block.At, c.Code, c.Name, c.Relation.String(), "来源认为无效，未采用 (the source calls it void: not used)")
		return "", nil
	}
	code, err := there.find(ref, c.Code, c.Name)
	if err != nil {
		return "", registry.Invalid(a.block.At, fmt.Sprintf("%s %s: %s", c.Code, c.Name, err))
	}
	switch {
	case code == "":
		a.h.report(relationsDoubtful, a.block.At, c.Code, c.Name, c.Relation.String(),
			"本省当时无此单位，未采用 (no unit of the province bore that name then: not used)")
	case ref.Assumed:
		a.h.report(relationsDoubtful, a.block.At, c.Code, c.Name, c.Relation.String(), "来源的推断，已采用 (the source's assumption: used)")
	}
	return code, nil
}

// addFlow notes a flow once, however often the block states it, and not from
// a unit to itself.
func (a *act) addFlow(d Direction, here, there int) {
	from, to := here, there
	if d == FlowFrom {
		from, to = there, here
	}
	same := func(f Flow) bool { return f.From == from && f.To == to }
	if from == to || slices.ContainsFunc(a.flows, same) {
		return
	}
	a.flows = append(a.flows, Flow{Event: a.event, From: from, To: to})
}

// markWhole marks the flows that carry all of a unit: it ended, and nothing
// else flows from it.
func (a *act) markWhole() {
	out := map[int]int{}
	for _, f := range a.flows {
		out[f.From]++
	}
	for i := range a.flows {
		f := &a.flows[i]
		f.Whole = a.ended[f.From] && out[f.From] == 1
	}
}

// recordLineage writes the lineage of the event: its flows, and what follows
// from them for prefectures that began or ended.
func (a *act) recordLineage() {
	for _, f := range slices.Concat(a.flows, a.prefectureFlows()) {
		share := -1.0
		if f.Whole {
			share = 1
		}
		a.h.Lineage = append(a.h.Lineage, registry.BaselineLineage{Event: a.event, From: f.From, To: f.To,
			Relation: a.relation(f), AreaShare: share, PopulationShare: share})
	}
	for unit := range a.touched() {
		key := becomes{unit, a.block.ToYear}
		a.became[key] = append(a.became[key], a.successors(unit)...)
	}
}

// relation says what a flow is. A unit that ended continues in a new one that
// took it whole, and no other unit whole; else it merged into or was split
// between others. A unit that goes on gives a part to another, or has a new
// one split off it.
func (a *act) relation(f Flow) registry.Relation {
	wholes := 0
	for _, g := range a.flows {
		if g.To == f.To && g.Whole {
			wholes++
		}
	}
	switch {
	case f.Whole && a.begun[f.To] && wholes <= 1:
		return registry.Continues
	case f.Whole:
		return registry.MergedInto
	case a.ended[f.From], a.begun[f.To] && wholes == 0:
		return registry.SplitInto
	}
	return registry.PartTransferred
}

// prefectureFlows derives what became of prefectures that ended, and whence
// those that began have their area, from where their counties went. The blocks
// leave that out.
func (a *act) prefectureFlows() []Flow {
	var flows []Flow
	for _, code := range slices.Sorted(maps.Keys(a.before)) {
		b := a.before[code]
		if code[4:] == "00" || code[2:4] == "90" {
			continue
		}
		from := a.before.parent(code)
		for _, after := range a.successors(b.unit) {
			to := a.now.parent(after)
			if after[4:] == "00" {
				to = a.now[after].unit
			}
			f := Flow{Event: a.event, From: from, To: to}
			if from != to && (a.ended[from] || a.begun[to]) && a.h.level(from) == a.h.level(to) && !slices.Contains(flows, f) {
				flows = append(flows, f)
			}
		}
	}
	for i := range flows {
		f := &flows[i]
		others := func(g Flow) bool { return g.From == f.From && g.To != f.To }
		f.Whole = a.ended[f.From] && !slices.ContainsFunc(flows, others)
	}
	return flows
}

// level returns the level of a unit, which never changes.
func (h *History) level(unit int) registry.Level { return h.Units[unit].Versions[0].Level }

// successors returns the codes that the territory of a unit bears after the
// event: its own, if it goes on, and those of the units it flowed to.
func (a *act) successors(unit int) []string {
	var out []string
	if own, ok := a.codes[unit]; ok {
		out = append(out, own)
	}
	for _, f := range a.flows {
		if f.From == unit {
			out = append(out, a.codes[f.To])
		}
	}
	return out
}

// touched returns the units of the earlier list that the block names or that
// territory flows from.
func (a *act) touched() map[int]bool {
	out := map[int]bool{}
	for i := range a.block.Changes {
		if c := &a.block.Changes[i]; c.Op != Add {
			out[a.before[c.Code].unit] = true
		}
	}
	for _, f := range a.flows {
		out[f.From] = true
	}
	return out
}
