package main

import (
	"crypto/sha256"

	"jieming/geo"
	"jieming/geo/coverage"
	"jieming/registry"
)

// countryBaseline makes a first load of a coverage of counties: a unit for each
// county and for each parent, one tenure for each face, no history. parents
// maps the six-digit code of a county to that of its parent, or to itself where
// it stands directly below its province. A county whose code is that of the
// whole province (澳门) gets none.
func countryBaseline(c *coverage.Coverage, parents map[string]string) *registry.Baseline {
	day := registry.Date(2023, 12, 31)
	l := &countryLoad{always: registry.Since(day), above: map[string]int{}, b: &registry.Baseline{
		Dataset: registry.Dataset{Name: "bench", Source: "bench", Licence: "none", Attribution: "none",
			DataDate: day, Digest: sha256.Sum256([]byte("bench"))},
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "bench", Citation: "bench"}},
		Events:      []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: day, Precision: registry.PrecisionDay}},
	}}
	counties := make([]int, len(c.Units))
	for i, u := range c.Units {
		counties[i] = l.addCounty(u.ID, parents[u.ID])
	}
	for _, f := range c.Faces {
		l.addFace(true, counties[f.Unit])
	}
	l.addArcs(c)
	return l.b
}

type countryLoad struct {
	b      *registry.Baseline
	always registry.Period
	above  map[string]int // provinces and prefectures by six-digit code
}

func (l *countryLoad) addCounty(code, parent string) int {
	if parent == code {
		parent = code[:2] + "0000"
	}
	i := l.newUnit(registry.LevelCounty, registry.County, "县"+code, l.addAbove(parent))
	if code != parent {
		l.addCode(i, code)
	}
	return i
}

// addAbove returns a province or prefecture, adding it when it is new.
func (l *countryLoad) addAbove(code string) int {
	if i, ok := l.above[code]; ok {
		return i
	}
	i := 0
	if province := code[:2] + "0000"; code == province {
		i = l.newUnit(registry.LevelProvince, registry.Province, "省"+code, registry.NoRef)
	} else {
		i = l.newUnit(registry.LevelPrefecture, registry.PrefectureCity, "市"+code, l.addAbove(province))
	}
	l.above[code] = i
	l.addCode(i, code)
	return i
}

func (l *countryLoad) addCode(unit int, code string) {
	l.b.Codes = append(l.b.Codes, registry.BaselineCode{Unit: unit, Code: code + "000000", Valid: l.always, EndedBy: registry.NoRef})
}

func (l *countryLoad) newUnit(level registry.Level, kind registry.UnitType, name string, superior int) int {
	l.b.Units = append(l.b.Units, registry.BaselineUnit{Key: name, Versions: []registry.BaselineUnitVersion{{
		Level: level, Type: kind, Specific: name, Superior: superior, Custodian: registry.NoRef, Basis: registry.Published,
		AttestedOn: l.b.Dataset.DataDate, Valid: l.always, EndedBy: registry.NoRef}}})
	return len(l.b.Units) - 1
}

func (l *countryLoad) addFace(bounded bool, holder int) int {
	face := len(l.b.Faces)
	l.b.Faces = append(l.b.Faces, registry.BaselineFace{Bounded: bounded})
	l.b.Tenures = append(l.b.Tenures, registry.BaselineTenure{Face: face, Unit: holder, Valid: l.always, EndedBy: registry.NoRef})
	return face
}

// addArcs adds the arcs. What lies beyond, gaps included, becomes one outside
// face for each kind.
func (l *countryLoad) addArcs(c *coverage.Coverage) {
	outside := map[int]int{}
	side := func(f coverage.FaceIndex) int {
		i, out := f.Outside()
		if !out {
			return int(f)
		}
		if _, known := outside[i]; !known {
			outside[i] = l.addFace(false, l.newUnit(registry.LevelOutside, registry.OutsideUnknown, "界外"+c.Outsides[i], registry.NoRef))
		}
		return outside[i]
	}
	for _, a := range c.Arcs {
		l.b.Arcs = append(l.b.Arcs, registry.BaselineArc{Line: geo.LineOrb(a.Line), Left: side(a.Left), Right: side(a.Right),
			Basis: registry.Published, Valid: l.always})
	}
}
