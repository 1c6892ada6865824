package history

import (
	"slices"
	"strings"

	"jieming/registry"
)

// addVillages enters the villages, each since its township's beginning, with
// codes re-issued whenever the county's code was. A body under a statistical
// area has no statutory township: it hangs on the county.
func (w *rewind) addVillages() {
	seen := map[string]bool{}
	for _, e := range w.src.Villages {
		t := w.listed[e.Code[:9]]
		switch {
		case seen[e.Code]:
			w.h.report(listFaults, e.At, e.Code, e.Name, "代码重复，取第一行 (code stands twice: first row taken)")
		case t == nil:
			w.h.report(listFaults, e.At, e.Code, e.Name, "上级不在乡级名录中，未载入 (no such township: not loaded)")
		default:
			w.addVillage(e, t)
		}
		seen[e.Code] = true
	}
}

func (w *rewind) addVillage(e Entry, t *township) {
	unit := w.h.addUnit()
	v := registry.BaselineUnitVersion{Level: registry.LevelVillage, Type: villageKind(e.Code, e.Name),
		Superior: t.unit, Custodian: registry.NoRef, Basis: registry.Published, AttestedOn: w.src.TownshipsOn}
	v.Specific, v.Generic = splitVillage(e.Name)
	w.reportVillage(e, t, v)
	for i := len(t.states) - 1; i >= 0; i-- {
		s := t.states[i]
		if t.statistical {
			v.Superior = w.unitAbove(s)
		}
		if versions := w.h.Units[unit].Versions; len(versions) == 0 || versions[len(versions)-1].Superior != v.Superior {
			v.Valid, v.AttestedOn = registry.Since(s.from), max(s.from, w.src.TownshipsOn)
			w.h.openVersion(unit, v, s.beganBy)
		}
	}
	w.attest(unit)
	w.issueVillageCodes(unit, e.Code[9:], t)
}

// issueVillageCodes gives a village its codes: one for each stretch of its
// township's states with one prefix.
func (w *rewind) issueVillageCodes(unit int, serial string, t *township) {
	for i := len(t.states) - 1; i >= 0; i-- {
		first := t.states[i]
		for i > 0 && t.states[i-1].prefix == first.prefix {
			i--
		}
		to, event := t.until(i)
		w.issue(unit, first.prefix+serial, registry.Period{From: first.from, To: to}, first.beganBy, event)
	}
}

// attest limits what the list attests to the versions it shows: one that ended
// before is attested by its end only.
func (w *rewind) attest(unit int) {
	for i := range w.h.Units[unit].Versions {
		v := &w.h.Units[unit].Versions[i]
		v.AttestedOn = min(v.AttestedOn, v.Valid.To)
	}
}

// reportVillage lists bodies without statutory township, and those whose type
// is not known or contradicts their name.
func (w *rewind) reportVillage(e Entry, t *township, v registry.BaselineUnitVersion) {
	if t.statistical {
		s := t.newest()
		w.h.report(villagesStatistical, e.Code, e.Name, t.listed+" "+t.name, s.above+" "+w.h.nameAt(s.above, s.from))
	}
	resident := slices.Contains([]string{"社区", "居委会", "居民委员会", "社区居委会", "社区居民委员会"}, v.Generic)
	contrary := (v.Type == registry.VillageCommittee && resident) ||
		(v.Type == registry.ResidentCommittee && strings.HasPrefix(v.Generic, "村"))
	if v.Type == registry.UnknownUnitType || contrary {
		w.h.report(villageTypes, e.Code, e.Name, string(v.Type))
	}
}

// compareLater reports how the later township list differs from the units in
// force at the end of the history. It changes nothing.
func (w *rewind) compareLater() {
	ours := map[string]*township{}
	for _, t := range w.all {
		if t.endedBy != registry.NoRef {
			continue
		}
		for _, code := range []string{t.newest().code, t.listed} {
			if code != "" {
				ours[code] = t
			}
		}
	}
	found := map[*township]bool{}
	for _, e := range w.src.TownshipsLater {
		w.compareEntry(e, ours[e.Code], found)
	}
	if len(w.src.TownshipsLater) == 0 {
		return
	}
	for _, t := range w.all {
		if t.endedBy == registry.NoRef && !found[t] {
			w.h.report(townshipsLater, "only-ours", t.newest().above, t.newest().code, "", t.name)
		}
	}
}

func (w *rewind) compareEntry(e Entry, t *township, found map[*township]bool) {
	last := w.h.steps[len(w.h.steps)-1].day
	_, county := w.h.UnitOf(e.Parent, last)
	switch {
	case !county && w.everBorne(e.Parent):
		w.h.report(townshipsLater, "abolished-county", e.Parent, e.Code, e.Name, "")
	case t == nil && w.namesake(e) != nil:
		t = w.namesake(e)
		w.h.report(townshipsLater, "other-code", e.Parent, e.Code, e.Name, t.newest().code)
	case t == nil:
		w.h.report(townshipsLater, "only-2025", e.Parent, e.Code, e.Name, "")
	case t.name != e.Name && !strings.HasSuffix(e.Name, t.name):
		w.h.report(townshipsLater, "renamed", e.Parent, e.Code, e.Name, t.name)
	}
	if t != nil {
		found[t] = true
	}
}

// namesake returns the township of that name in force in the county.
func (w *rewind) namesake(e Entry) *township {
	for _, t := range w.all {
		if t.endedBy == registry.NoRef && t.name == e.Name && t.newest().above == e.Parent {
			return t
		}
	}
	return nil
}

// everBorne reports whether a code was ever in force.
func (w *rewind) everBorne(code string) bool { return len(w.h.bearers[pad(code)]) > 0 }
