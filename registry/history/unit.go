package history

import "jieming/registry"

// bearer is who bears a code, and under which name.
type bearer struct {
	unit int
	name string
}

// state is the list of a day: six-digit code → bearer.
type state map[string]bearer

// unitAt returns the unit that bears the code, or NoRef.
func (s state) unitAt(code string) int {
	if b, ok := s[code]; ok {
		return b.unit
	}
	return registry.NoRef
}

// describe tells from code and name, in a given list, what a unit is: level,
// type, the elements of its name, superior and custodian.
//
// A county-level city under a prefecture-level city has the province for
// superior and that city for custodian (行政区划管理条例: 代管); codes xx90xx
// hang on the province without custodian; all others belong to the prefecture
// of their code, or to the province where the list has none.
func (s state) describe(code, name string) registry.BaselineUnitVersion {
	k := kindOf(code, name)
	v := registry.BaselineUnitVersion{Level: k.level, Type: k.unit, Basis: registry.Published,
		Superior: registry.NoRef, Custodian: registry.NoRef}
	v.Specific, v.Generic = splitName(name, k.unit)
	if k.level == registry.LevelProvince {
		return v
	}
	v.Superior = s.unitAt(code[:2] + "0000")
	prefecture, ok := s[code[:4]+"00"]
	if k.level == registry.LevelPrefecture || !ok || code[2:4] == "90" {
		return v
	}
	above := kindOf(code[:4]+"00", prefecture.name)
	if k.unit == registry.CountyCity && above.unit == registry.PrefectureCity {
		v.Custodian = prefecture.unit
		return v
	}
	v.Superior = prefecture.unit
	return v
}

// parent returns the unit above the code in the tree that tiles, or NoRef.
func (s state) parent(code string) int {
	v := s.describe(code, s[code].name)
	if v.Custodian != registry.NoRef {
		return v.Custodian
	}
	return v.Superior
}

// sameUnit reports whether two descriptions can be of one unit: a unit never
// changes level or type, it is replaced.
func sameUnit(codeA, nameA, codeB, nameB string) bool {
	return kindOf(codeA, nameA) == kindOf(codeB, nameB)
}
