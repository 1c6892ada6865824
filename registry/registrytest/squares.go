// Package registrytest makes small baselines for tests.
package registrytest

import (
	"crypto/sha256"

	"github.com/paulmach/orb"

	"jieming/registry"
)

// Indices of the units of Squares.
const (
	Province = iota
	West     // prefecture of A and B
	East     // prefecture of C
	A        // county, west
	B        // county, middle
	C        // county, east
	Outside
)

// Start is the first day of the baselines made here.
var Start = registry.Date(1981, 12, 31)

// Squares is a province of three counties side by side, A, B and C, each one
// degree wide and high from 125E 43N, surrounded by the outside. A and B
// belong to the prefecture West, C to East. Codes are 22 01 21, 22 01 22 and
// 22 02 21.
func Squares() *registry.Baseline {
	always := registry.Since(Start)
	b := &registry.Baseline{
		Dataset: registry.Dataset{Name: "三方格", Schematic: true, Source: "test", Licence: "none", Attribution: "test",
			DataDate: registry.Date(2023, 12, 31), Digest: sha256.Sum256([]byte("squares"))},
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "方格清单", Citation: "test"}},
		Events:      []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: Start, Precision: registry.PrecisionDay}},
	}
	unit := func(level registry.Level, kind registry.UnitType, specific, generic, code string, superior int) {
		b.Units = append(b.Units, registry.BaselineUnit{Key: specific + generic, Versions: []registry.BaselineUnitVersion{{
			Level: level, Type: kind, Specific: specific, Generic: generic, Superior: superior, Custodian: registry.NoRef,
			Basis: registry.Published, AttestedOn: b.Dataset.DataDate, Valid: always, EndedBy: registry.NoRef}}})
		if code != "" {
			b.Codes = append(b.Codes, registry.BaselineCode{Unit: len(b.Units) - 1, Code: code + "000000", Valid: always, EndedBy: registry.NoRef})
		}
	}
	unit(registry.LevelProvince, registry.Province, "方", "省", "220000", registry.NoRef)
	unit(registry.LevelPrefecture, registry.PrefectureCity, "西", "市", "220100", Province)
	unit(registry.LevelPrefecture, registry.PrefectureCity, "东", "市", "220200", Province)
	unit(registry.LevelCounty, registry.County, "甲", "县", "220121", West)
	unit(registry.LevelCounty, registry.County, "乙", "县", "220122", West)
	unit(registry.LevelCounty, registry.County, "丙", "县", "220221", East)
	unit(registry.LevelOutside, registry.OutsideProvince, "邻", "省", "", registry.NoRef)

	for f, holder := range []int{A, B, C, Outside} {
		b.Faces = append(b.Faces, registry.BaselineFace{Bounded: holder != Outside})
		b.Tenures = append(b.Tenures, registry.BaselineTenure{Face: f, Unit: holder, Valid: always, EndedBy: registry.NoRef})
	}
	arc := func(left, right int, line ...orb.Point) {
		b.Arcs = append(b.Arcs, registry.BaselineArc{Line: line, Left: left, Right: right, Basis: registry.Published, Valid: always})
	}
	arc(0, 1, orb.Point{126, 43}, orb.Point{126, 43.5}, orb.Point{126, 44})
	arc(1, 2, orb.Point{127, 43}, orb.Point{127, 43.5}, orb.Point{127, 44})
	arc(0, 3, orb.Point{126, 44}, orb.Point{125, 44}, orb.Point{125, 43}, orb.Point{126, 43})
	arc(1, 3, orb.Point{126, 43}, orb.Point{127, 43})
	arc(1, 3, orb.Point{127, 44}, orb.Point{126, 44})
	arc(2, 3, orb.Point{127, 43}, orb.Point{128, 43}, orb.Point{128, 44}, orb.Point{127, 44})

	b.Lines = []registry.BaselineLine{
		{Code: "220121-220122", Name: "甲乙线", Level: registry.LevelCounty, A: A, B: B, Valid: always},
		{Code: "220122-220221", Name: "乙丙线", Level: registry.LevelCounty, A: B, B: C, Valid: always},
	}
	b.Places = []registry.BaselinePlace{{Category: "SETTLEMENT", Name: "中村", Roman: "Zhongcun", Point: orb.Point{126.5, 43.5}, Unit: B, SourceID: "1"}}
	return b
}
