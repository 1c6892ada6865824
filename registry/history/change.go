package history

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jieming/registry"
)

// changeGroup is the township changes of one year that rest on one approval:
// one event.
type changeGroup struct {
	year     int
	approval string
	day      registry.Day
	event    int
	rows     []TownshipChange
	kinds    kinds
	edges    []edge
}

// edge is a lineage edge between two townships whose units come later.
type edge struct {
	from, to *township
	relation registry.Relation
	note     string
}

// gather groups the township changes and gives each group its event, latest
// first.
func (w *rewind) gather() {
	for _, g := range groupChanges(w.src.TownshipChanges) {
		g.day = w.dayOf(g)
		if g.year > w.src.TownshipsOn.Year() || g.day <= w.start {
			w.h.report(townshipChangesDiffer, g.rows[0].At, "", g.approval, "", "晚于名录或早于代码表，未采用 (later than the list, or before the first code list: not used)")
			continue
		}
		w.groups = append(w.groups, g)
	}
	slices.SortStableFunc(w.groups, func(a, b *changeGroup) int { return cmp.Compare(b.day, a.day) })
	for _, g := range slices.Backward(w.groups) {
		g.event = w.eventOf(g)
	}
}

func groupChanges(changes []TownshipChange) []*changeGroup {
	var out []*changeGroup
	byKey := map[string]*changeGroup{}
	for _, c := range changes {
		key := fmt.Sprint(c.Year, c.Approval)
		g := byKey[key]
		if g == nil {
			g = &changeGroup{year: c.Year, approval: c.Approval, kinds: kinds{}}
			byKey[key] = g
			out = append(out, g)
		}
		g.rows = append(g.rows, c)
	}
	return out
}

// dayOf returns the day that stands for a group: the end of its year, or the
// day of the township list where that shows the new units already.
func (w *rewind) dayOf(g *changeGroup) registry.Day {
	if g.year == w.src.TownshipsOn.Year() {
		for _, c := range g.rows {
			if c.NewCode != "" && w.find(c.NewCode, c.NewName) != nil {
				return w.src.TownshipsOn
			}
		}
	}
	return yearEnd(g.year)
}

// numberYear finds the year in a 文号.
var numberYear = regexp.MustCompile(`〔([0-9]{4})〕`)

// eventOf returns the event of a group: the county-level one that rests on
// the same paper, or a new one.
func (w *rewind) eventOf(g *changeGroup) int {
	if e, ok := w.h.papers[g.approval]; ok && w.h.Events[e].EffectiveOn == g.day {
		return e
	}
	in := registry.Instrument{Completeness: registry.Cited, Number: g.approval,
		Title:    fmt.Sprintf("%d年乡级行政区划代码变更（%s）", g.year, cmp.Or(g.approval, "无文号")),
		Citation: fmt.Sprintf("areacodes/township_changes, %s", g.rows[0].At)}
	if g.approval == "" {
		in.Completeness = registry.Unknown
	}
	note := fmt.Sprintf("%d年内某日 (some day of %d: the changes are listed by year)", g.year, g.year)
	if m := numberYear.FindStringSubmatch(g.approval); m != nil && m[1] < strconv.Itoa(g.year) {
		note += fmt.Sprintf("；文号为%s年，实际生效可能更早 (the number is of %s: it may have taken effect earlier)", m[1], m[1])
	}
	w.h.Instruments = append(w.h.Instruments, in)
	w.h.Events = append(w.h.Events, registry.Event{Class: registry.Legal, Type: registry.Recoding, EffectiveOn: g.day,
		Precision: registry.PrecisionYear, Instrument: len(w.h.Instruments) - 1, Note: note})
	return len(w.h.Events) - 1
}

// undoGroup undoes the rows of one event and sums up its type.
func (w *rewind) undoGroup(g *changeGroup) {
	var gone, come []TownshipChange
	for _, c := range g.rows {
		if c.continues() {
			w.undoContinued(g, c)
			continue
		}
		if c.OldCode != "" {
			gone = append(gone, c)
		}
		if c.NewCode != "" {
			come = append(come, c)
		}
	}
	w.undoReplaced(g, gone, come)
	if e := &w.h.Events[g.event]; e.Type == registry.Recoding {
		e.Type = g.kinds.eventType(e.Class)
	}
}

// continues reports whether a row changes one unit, rather than ending one or
// beginning another: same type, and either the same name or code, or a reason
// that says so (名称变更, 区划代码变更).
func (c *TownshipChange) continues() bool {
	if c.OldCode == "" || c.NewCode == "" || townshipKind(c.OldName) != townshipKind(c.NewName) {
		return false
	}
	return c.OldCode == c.NewCode || c.OldName == c.NewName ||
		strings.Contains(c.Reason, "变更") || strings.Contains(c.Reason, "更名")
}

// undoContinued undoes a renaming or a move to another county.
func (w *rewind) undoContinued(g *changeGroup, c TownshipChange) {
	t := w.findContinued(c)
	if !w.fits(t, g, c) {
		return
	}
	earlier := *t.oldest()
	earlier.name = c.OldName
	if c.OldName != c.NewName {
		g.kinds[registry.Rename] = true
	}
	if c.OldCode[:6] != c.NewCode[:6] {
		g.kinds[registry.Affiliation] = true
		w.undoMoved(t, g, c, &earlier)
	} else if s := t.oldest(); s.code == c.NewCode && c.OldCode != c.NewCode && w.listed[c.OldCode] == nil {
		earlier.code = c.OldCode
	} else if s.code != c.NewCode {
		w.differ(c, c.NewCode, c.NewName, s.code, serialDiffers)
	}
	s := t.oldest()
	s.from, s.beganBy = g.day, g.event
	t.states = append(t.states, earlier)
}

// findContinued finds the township that a row renames or moves: by its new
// name in the new county, else in the old one, else by its old name where the
// list has not followed the renaming. One that the list lacks is added.
func (w *rewind) findContinued(c TownshipChange) *township {
	if t := cmp.Or(w.find(c.NewCode, c.NewName), w.find(c.OldCode, c.NewName)); t != nil {
		return t
	}
	if t := cmp.Or(w.find(c.NewCode, c.OldName), w.find(c.OldCode, c.OldName)); t != nil {
		w.differ(c, c.NewCode, c.NewName, t.oldest().code, "名录仍用旧名，按批文改名 (the list still has the old name: the approval counts)")
		t.name = c.NewName
		for i := range t.states {
			t.states[i].name = c.NewName
		}
		return t
	}
	return w.addFromChange(c)
}

// undoMoved sets the two sides of a move between counties. The list may have
// followed it or not; the approval counts.
func (w *rewind) undoMoved(t *township, g *changeGroup, c TownshipChange, earlier *townshipState) {
	earlier.above = c.OldCode[:6]
	s := t.oldest()
	if s.above == c.NewCode[:6] {
		if earlier.code = c.OldCode; w.listed[c.OldCode] != nil {
			earlier.code = ""
		}
		return
	}
	if w.adopt(t, c.NewCode, g.day) {
		w.differ(c, c.NewCode, c.NewName, s.code, "名录仍在原县，按批文归新县 (the list still has it in the old county: the approval counts)")
	} else {
		w.differ(c, c.NewCode, c.NewName, s.code, noSuchCounty)
	}
}

// taken reports whether a code belongs to another township.
func (w *rewind) taken(code string, t *township) bool {
	return w.borne[code] && t.oldest().code != code
}

// undoReplaced undoes the establishment of new units and brings back those
// that were abolished. The source sorts the two columns separately, so they
// are paired by specific name first, and row by row only for what is left.
func (w *rewind) undoReplaced(g *changeGroup, gone, come []TownshipChange) {
	var after []*township
	come = slices.DeleteFunc(come, func(c TownshipChange) bool {
		t := w.undoNew(g, c)
		if t != nil {
			after = append(after, t)
		}
		return t == nil
	})
	before := make([]*township, len(gone))
	for i, c := range gone {
		before[i] = w.bringBack(g, c)
	}
	paired := map[*township]bool{}
	for i, c := range gone {
		for j, d := range come {
			if !paired[after[j]] && !paired[before[i]] && stem(c.OldName) == stem(d.NewName) {
				paired[before[i]], paired[after[j]] = true, true
				g.edges = append(g.edges, edge{before[i], after[j], registry.Continues, ""})
			}
		}
	}
	for j, d := range come {
		if i := w.leftover(gone, come, j); i >= 0 && !paired[after[j]] {
			paired[after[j]], paired[before[i]] = true, true
			g.edges = append(g.edges, edge{before[i], after[j], registry.SplitInto,
				"名录并列新旧两栏，未说明去向 (" + d.At + ": the list sets old and new side by side and does not say which became which)"})
		}
	}
	g.settle(paired, before, after)
}

// leftover returns which abolished unit a new one without namesake belongs to:
// the one of its own row, or the only one of a reason that abolishes (撤…设…).
func (w *rewind) leftover(gone, come []TownshipChange, j int) int {
	if come[j].OldCode != "" {
		return slices.IndexFunc(gone, func(c TownshipChange) bool { return c.At == come[j].At })
	}
	if !strings.HasPrefix(come[j].Reason, "撤") {
		return -1
	}
	var of []int
	for i, c := range gone {
		if c.Reason == come[j].Reason {
			of = append(of, i)
		}
	}
	if len(of) != 1 {
		return -1
	}
	return of[0]
}

// settle notes what kinds of change the group holds, and turns the namesake of
// a unit that also went elsewhere into one of several parts.
func (g *changeGroup) settle(paired map[*township]bool, before, after []*township) {
	out := map[*township]int{}
	for _, e := range g.edges {
		out[e.from]++
	}
	for i := range g.edges {
		if out[g.edges[i].from] > 1 {
			g.edges[i].relation = registry.SplitInto
		}
	}
	for _, t := range before {
		g.kinds[ifElse(paired[t], registry.Replace, registry.Abolish)] = true
	}
	for _, t := range after {
		g.kinds[ifElse(paired[t], registry.Replace, registry.Establish)] = true
	}
}

func ifElse(yes bool, a, b registry.EventType) registry.EventType {
	if yes {
		return a
	}
	return b
}

// undoNew roots a township at the event that established it. It returns nil
// for one that did not last a day.
func (w *rewind) undoNew(g *changeGroup, c TownshipChange) *township {
	t := w.find(c.NewCode, c.NewName)
	if t == nil {
		t = w.addFromChange(c)
	}
	if !w.fits(t, g, c) {
		return nil
	}
	w.reconcile(t, g, c)
	s := t.oldest()
	s.from, s.beganBy, t.rooted = g.day, g.event, true
	return t
}

// reconcile settles the code of a new township that the list knows by another.
func (w *rewind) reconcile(t *township, g *changeGroup, c TownshipChange) {
	had := t.oldest().code
	switch {
	case t.oldest().above == c.NewCode[:6]:
		if had != c.NewCode {
			w.differ(c, c.NewCode, c.NewName, had, serialDiffers)
		}
	case !w.adopt(t, c.NewCode, g.day):
		w.differ(c, c.NewCode, c.NewName, had, noSuchCounty)
	case t.oldest().code == had:
		w.differ(c, c.NewCode, c.NewName, had, "代码被名录另一单位占用，保留名录代码 (another unit of the list has the code: the list's code stays)")
	}
}

// fits reports whether a township still existed after the event that is being
// undone. Changes are known by year, so one that came and went in a year never
// held a day.
func (w *rewind) fits(t *township, g *changeGroup, c TownshipChange) bool {
	if to, _ := t.until(len(t.states) - 1); to > g.day {
		return true
	}
	w.differ(c, c.NewCode, c.NewName, t.listed, "同日又有变更，未采用 (changed again on the same day: not used)")
	return false
}

const noSuchCounty = "变更记录中的县级代码当时不存在，未采用 (the county of the code did not exist then: not used)"

// serialDiffers says what is done where list and changes give one township of
// one county different serials. The list of the statistics office numbers anew;
// its codes are kept because those of the villages are built on them.
const serialDiffers = "县内序号不同，保留名录代码 (serial differs within the county: the list's code stays)"

// addFromChange adds a township that the list does not have.
func (w *rewind) addFromChange(c TownshipChange) *township {
	w.differ(c, c.NewCode, c.NewName, "", "名录中没有，按变更记录载入 (not in the list: loaded from the changes)")
	t := &township{name: c.NewName, unit: registry.NoRef, endedBy: registry.NoRef, ended: registry.NoEnd}
	t.states = []townshipState{{above: c.NewCode[:6], code: c.NewCode, prefix: c.NewCode, name: c.NewName}}
	if w.borne[c.NewCode] {
		t.states[0].code = ""
	}
	w.borne[c.NewCode] = true
	w.all = append(w.all, t)
	return t
}

// bringBack adds a township that the event abolished.
func (w *rewind) bringBack(g *changeGroup, c TownshipChange) *township {
	t := &township{name: c.OldName, unit: registry.NoRef, endedBy: g.event, ended: g.day}
	t.states = []townshipState{{above: c.OldCode[:6], code: c.OldCode, prefix: c.OldCode, name: c.OldName}}
	if w.listed[c.OldCode] != nil {
		w.differ(c, c.OldCode, c.OldName, c.OldCode, "撤销单位的代码在名录中属另一单位，不予编入 (another unit of the list has the abolished unit's code: left out)")
		t.states[0].code = ""
	}
	w.all = append(w.all, t)
	return t
}

// find returns the township of that name in the county of a code, as of the
// day reached so far; or the only one of that name that the list keeps at the
// prefecture because it knows no county. It returns nil if there is none.
func (w *rewind) find(code, name string) *township {
	var vague []*township
	for _, t := range w.all {
		s := t.oldest()
		if t.rooted || t.statistical || s.name != name {
			continue
		}
		if s.above == code[:6] {
			return t
		}
		if s.above == code[:4]+"00" {
			vague = append(vague, t)
		}
	}
	if len(vague) == 1 {
		return vague[0]
	}
	return nil
}

func (w *rewind) differ(c TownshipChange, code, name, listed, treatment string) {
	w.h.report(townshipChangesDiffer, c.At, code, name, listed, treatment)
}

// emitLineage writes the edges of a group. What share of a township went where
// is never stated.
func (w *rewind) emitLineage(g *changeGroup) {
	for _, e := range g.edges {
		w.h.Lineage = append(w.h.Lineage, registry.BaselineLineage{Event: g.event, From: e.from.unit, To: e.to.unit,
			Relation: e.relation, AreaShare: -1, PopulationShare: -1, Note: e.note})
	}
}
