package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"jieming/registry"
)

// township is an entry of the township level with its past. It is built from
// the newest state backwards.
type township struct {
	listed      string // the code in the list; "" for one known only from the changes
	name        string
	statistical bool // 400–599: not a division, carries villages only
	unit        int  // index of its unit; NoRef for statistical ones
	states      []townshipState
	endedBy     int
	ended       registry.Day
	rooted      bool // its beginning is known: nothing lies before states' last
}

// townshipState is what a township was from a day on, until the next newer
// state.
type townshipState struct {
	from    registry.Day
	beganBy int
	above   string // six-digit code of the county, or of the prefecture where the county is not known
	code    string // the nine digits it bore; "" if not known
	prefix  string // the nine digits that its villages' codes began with
	name    string
}

func (t *township) newest() *townshipState { return &t.states[0] }
func (t *township) oldest() *townshipState { return &t.states[len(t.states)-1] }

// rewind carries the township list back to the first day that the township
// changes reach, and forward through the county events after the list.
type rewind struct {
	h      *History
	src    *Sources
	start  registry.Day
	all    []*township
	listed map[string]*township // by code in the list
	borne  map[string]bool      // codes that belong to somebody, in the list or by a change
	moves  []move
	groups []*changeGroup
}

// addTownships reconstructs townships and villages.
func (h *History) addTownships(s *Sources) {
	if len(s.Townships) == 0 {
		return
	}
	if s.TownshipsOn < h.Start() {
		h.report(listFaults, s.Townships[0].At, "", "", "乡级名录早于代码表，未载入 (the township list is older than the first code list: not loaded)")
		return
	}
	w := &rewind{h: h, src: s, listed: map[string]*township{}, borne: map[string]bool{}}
	w.start = max(h.Start(), min(w.firstChange(), s.TownshipsOn))
	w.moves = h.countyMoves()
	w.readList()
	w.forward()
	w.gather()
	w.backward()
	w.emit()
	w.addVillages()
	w.compareLater()
}

// firstChange returns the last day before the year of the first township
// change; before it nothing is known of townships.
func (w *rewind) firstChange() registry.Day {
	day := w.src.TownshipsOn
	for _, c := range w.src.TownshipChanges {
		day = min(day, yearEnd(c.Year-1))
	}
	return day
}

// readList enters the list, each township under the county of its code, or
// under the prefecture where that is no county.
func (w *rewind) readList() {
	for _, e := range w.src.Townships {
		if w.listed[e.Code] != nil {
			w.h.report(listFaults, e.At, e.Code, e.Name, "代码重复，取第一行 (code stands twice: first row taken)")
			continue
		}
		above := w.above(e.Code, w.src.TownshipsOn)
		t := &township{listed: e.Code, unit: registry.NoRef, endedBy: registry.NoRef, ended: registry.NoEnd,
			statistical: e.Code[6:] >= "400" && e.Code[6:] <= "599"}
		t.name = e.Name
		if !t.statistical {
			t.name = w.plainName(e, above)
		}
		t.states = []townshipState{{from: w.src.TownshipsOn, above: above, code: e.Code, prefix: e.Code, name: t.name}}
		if t.statistical {
			w.h.report(statisticalUnits, e.Code, e.Name, w.h.nameAt(above, w.src.TownshipsOn))
		}
		w.listed[e.Code] = t
		w.borne[e.Code] = true
		w.all = append(w.all, t)
	}
}

// above returns the code of the finest unit in force on the day that a code
// lies under: its county, its prefecture, or the province.
func (w *rewind) above(code string, on registry.Day) string {
	for _, c := range []string{code[:6], code[:4] + "00"} {
		if _, ok := w.h.period(c, on); ok {
			return c
		}
	}
	return w.src.Province + "0000"
}

// nameAt returns the name of the unit that bore a code on a day.
func (h *History) nameAt(code string, on registry.Day) string {
	if unit, ok := h.UnitOf(code, on); ok {
		return h.nameOf(unit, on)
	}
	return ""
}

// plainName takes off what some lists put before a township's name: a remark
// in brackets, or the names of its superiors.
func (w *rewind) plainName(e Entry, above string) string {
	name := e.Name
	if _, rest, ok := strings.Cut(name, "）"); ok && strings.HasPrefix(name, "（") && rest != "" {
		name = rest
	}
	county := w.h.nameAt(above, w.src.TownshipsOn)
	prefecture := w.h.nameAt(e.Code[:4]+"00", w.src.TownshipsOn)
	for _, lead := range []string{prefecture + county, county} {
		if rest := strings.TrimPrefix(name, lead); lead != "" && stem(rest) != rest {
			name = rest
		}
	}
	if name != e.Name {
		w.h.report(townshipNames, e.Code, e.Name, name)
	}
	return name
}

// stem returns the specific element of a township's name.
func stem(name string) string {
	s, _ := splitName(name, townshipKind(name))
	return s
}

// emit turns the townships into units, versions and codes.
func (w *rewind) emit() {
	for _, t := range w.all {
		w.ground(t)
		if t.statistical {
			continue
		}
		t.unit = w.h.addUnit()
		for i := len(t.states) - 1; i >= 0; i-- {
			w.emitState(t, i)
		}
		if t.endedBy != registry.NoRef {
			w.h.endUnit(t.unit, t.ended, t.endedBy)
		}
	}
	for _, g := range w.groups {
		w.emitLineage(g)
	}
	w.reportAreas()
}

// emitState opens a version where the state differs from the one before, and
// a code period where the code does.
func (w *rewind) emitState(t *township, i int) {
	s := t.states[i]
	to, _ := t.until(i)
	v := w.describeTownship(s, to)
	versions := w.h.Units[t.unit].Versions
	if n := len(versions); n == 0 || len(compare(versions[n-1], v)) > 0 {
		w.h.openVersion(t.unit, v, s.beganBy)
	} else {
		versions[n-1].AttestedOn = v.AttestedOn
	}
	if s.code == "" || (i < len(t.states)-1 && t.states[i+1].code == s.code) {
		return
	}
	for i > 0 && t.states[i-1].code == s.code {
		i--
	}
	to, event := t.until(i)
	w.issue(t.unit, s.code, registry.Period{From: s.from, To: to}, s.beganBy, event)
}

// until returns the day on which a state ended, and the event that ended it.
func (t *township) until(i int) (registry.Day, int) {
	if i == 0 {
		return t.ended, t.endedBy
	}
	return t.states[i-1].from, t.states[i-1].beganBy
}

// issue gives a unit a code for a period, unless another unit bears it then:
// two units never have one code on one day.
func (w *rewind) issue(unit int, code string, valid registry.Period, beganBy, endedBy int) {
	if valid.Empty() {
		return
	}
	for _, i := range w.h.bearers[pad(code)] {
		if c := w.h.Codes[i]; !c.Valid.Meets(valid).Empty() {
			w.h.report(listFaults, "", code, w.h.nameOf(unit, valid.From),
				fmt.Sprintf("%s 期间代码属 %s，不予编入 (the code belongs to another unit then: left out)", valid, w.h.nameOf(c.Unit, valid.From)))
			return
		}
	}
	w.h.openCode(unit, code, valid.From, beganBy)
	if valid.To != registry.NoEnd {
		w.h.closeCode(code, valid.To, endedBy)
	}
}

// describeTownship returns the version that a state stands for. It is
// attested by the list if it lasted until then, else only by the change that
// ended it.
func (w *rewind) describeTownship(s townshipState, to registry.Day) registry.BaselineUnitVersion {
	v := registry.BaselineUnitVersion{Level: registry.LevelTownship, Type: townshipKind(s.name),
		Superior: w.unitAbove(s), Custodian: registry.NoRef, Basis: registry.Published,
		AttestedOn: min(to, max(s.from, w.src.TownshipsOn)), Valid: registry.Since(s.from)}
	v.Specific, v.Generic = splitName(s.name, v.Type)
	return v
}

// unitAbove returns the unit that a state lies in.
func (w *rewind) unitAbove(s townshipState) int {
	unit, _ := w.h.UnitOf(s.above, s.from)
	return unit
}

// reportAreas lists the townships that the list puts under codes that are no
// counties, with what could be found of their county.
func (w *rewind) reportAreas() {
	var out []*township
	for _, t := range w.all {
		if t.listed != "" && !t.statistical && t.newest().above != t.listed[:6] && t.newest().prefix == t.listed {
			if _, real := w.h.UnitOf(t.listed[:6], w.src.TownshipsOn); !real {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b *township) int { return cmp.Compare(a.listed, b.listed) })
	for _, t := range out {
		s := t.newest()
		ground := "变更记录 (from the township changes)"
		if strings.HasSuffix(s.above, "00") {
			ground = "所属县级单位不详，挂在地级 (county not known: kept at the prefecture)"
		}
		w.h.report(statisticalAreas, t.listed, t.name, fmt.Sprintf("%s %s", s.above, w.h.nameAt(s.above, s.from)), s.code, ground)
	}
}
