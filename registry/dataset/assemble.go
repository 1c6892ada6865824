package dataset

import (
	"fmt"
	"path"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/geo"
	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/history"
)

// assembler puts the parts of a folder together. The history comes first, so
// its indices stay; faces of the coverage come before those of the outside, so
// theirs do, too.
type assembler struct {
	m      *Manifest
	t      *territory
	h      *history.History
	asOf   registry.Day // of the map
	units  []int        // of t.counties, by code on that day
	beyond []int        // units of t.beyond
	b      *registry.Baseline
}

func assemble(w *witness, m *Manifest, t *territory, h *history.History, places []place, tell progress) (*registry.Baseline, error) {
	asOf, err := registry.ParseDay(m.DataDate)
	if err != nil {
		return nil, err
	}
	digest, err := w.digest(m)
	if err != nil {
		return nil, err
	}
	a := &assembler{m: m, t: t, h: h, asOf: asOf, b: &registry.Baseline{
		Dataset: registry.Dataset{Name: m.Name, Schematic: m.Schematic, Source: m.Source, Licence: m.Licence,
			Attribution: m.Attribution, DataDate: asOf, Digest: digest},
		Instruments: h.Instruments, Events: h.Events, Units: slices.Clone(h.Units), Codes: h.Codes, Lineage: h.Lineage,
		Reports: slices.Clone(h.Reports),
	}}
	tell("put it together", 0, 1)
	if err := a.matchCounties(); err != nil {
		return nil, err
	}
	a.addBeyond()
	if err := a.addTerritory(); err != nil {
		return nil, err
	}
	a.addLines()
	a.addPlaces(places)
	a.b.Reports = append(a.b.Reports, a.boundaryFaults(), a.areas())
	tell("put it together", 1, 1)
	return a.b, nil
}

// matchCounties finds the unit of every county on the map, which the lists of
// that day must know under the code.
func (a *assembler) matchCounties() error {
	a.units = make([]int, len(a.t.counties))
	names := registry.Report{Name: "names-differ", Title: "边界文件与代码表名称不一致", TitleEn: "Names that differ between boundaries and lists",
		Columns: []string{"code", "boundaries", "list"}}
	for i, c := range a.t.counties {
		unit, ok := a.h.UnitOf(c.code, a.asOf)
		if !ok {
			return format.Fault(fmt.Sprintf("code %s is not in force on %s", c.code, a.asOf),
				"correct the code, or data_date in the manifest").InFeature(i, c.code).InFile(a.m.Counties)
		}
		a.units[i] = unit
		if name := a.nameOf(unit); name != c.name {
			names.Rows = append(names.Rows, []string{c.code, c.name, name})
		}
	}
	a.b.Reports = append(a.b.Reports, names, a.unitsWithoutArea())
	return nil
}

// nameOf returns the full name of a unit on the day of the map.
func (a *assembler) nameOf(unit int) string {
	v, _ := a.h.VersionOf(unit, a.asOf)
	return v.Specific + v.Generic
}

// unitsWithoutArea lists the county-level units in force that the map lacks.
func (a *assembler) unitsWithoutArea() registry.Report {
	r := registry.Report{Name: "units-without-area", Title: "无边界的县级单位", TitleEn: "County-level units without an area",
		Columns: []string{"unit"}}
	for i, u := range a.h.Units {
		v, ok := a.h.VersionOf(i, a.asOf)
		if ok && v.Level == registry.LevelCounty && !slices.Contains(a.units, i) {
			r.Rows = append(r.Rows, []string{u.Key})
		}
	}
	return r
}

// addBeyond adds the units of the outside. The map attests them on its day;
// their names before that are today's carried back.
func (a *assembler) addBeyond() {
	for i, name := range a.t.beyond {
		v := registry.BaselineUnitVersion{
			Level: registry.LevelOutside, Type: registry.OutsideCountry, Specific: name,
			Superior: registry.NoRef, Custodian: registry.NoRef,
			Basis: registry.Published, AttestedOn: a.asOf,
			Valid: registry.Since(a.h.Start()), BeganBy: 0, EndedBy: registry.NoRef,
		}
		if i < len(a.m.Neighbours) {
			v.Type = registry.OutsideProvince
			v.Specific, v.Generic = splitProvince(name)
		}
		a.beyond = append(a.beyond, len(a.b.Units))
		a.b.Units = append(a.b.Units, registry.BaselineUnit{Key: "outside " + name, Versions: []registry.BaselineUnitVersion{v}})
	}
}

// splitProvince splits the name of a province into its specific and generic
// element.
func splitProvince(name string) (specific, generic string) {
	for _, g := range []string{"特别行政区", "自治区", "省", "市"} {
		if s := len(name) - len(g); s > 0 && name[s:] == g {
			return name[:s], g
		}
	}
	return name, ""
}

// addTerritory adds faces, arcs and tenure. All last from the first day of the
// history: before the day of the map they are today's ground, and tenure says
// who held it, as far as is known.
func (a *assembler) addTerritory() error {
	holders := a.t.holders()
	parts := map[string]int{}
	for _, code := range holders {
		parts[code]++
		label := code + " " + a.nameOf(a.unitOf(code))
		if n := parts[code]; n > 1 {
			label += fmt.Sprintf(" #%d", n)
		}
		a.b.Faces = append(a.b.Faces, registry.BaselineFace{Bounded: true, Label: label})
	}
	tenures, err := a.h.Tenures(holders, a.asOf)
	if err != nil {
		return fmt.Errorf("finding who held each face: %w", err)
	}
	a.b.Tenures = tenures
	outside := a.addOutsideFaces()
	always := registry.Since(a.h.Start())
	for _, b := range a.t.borders {
		face := func(side int) int {
			if side < 0 {
				return outside[^side]
			}
			return side
		}
		a.b.Arcs = append(a.b.Arcs, registry.BaselineArc{Line: geo.LineOrb(b.line), Left: face(b.left), Right: face(b.right),
			Basis: registry.Published, Valid: always})
	}
	return nil
}

func (a *assembler) unitOf(code string) int {
	unit, _ := a.h.UnitOf(code, a.asOf)
	return unit
}

// addOutsideFaces adds one unbounded face for each outside unit that borders on
// us, held by it throughout. It returns the faces by place in territory.beyond.
func (a *assembler) addOutsideFaces() []int {
	faces := make([]int, len(a.t.beyond))
	for i, name := range a.t.beyond {
		faces[i] = registry.NoRef
		borders := func(b border) bool { return b.left == ^i || b.right == ^i }
		if !slices.ContainsFunc(a.t.borders, borders) {
			continue
		}
		faces[i] = len(a.b.Faces)
		a.b.Faces = append(a.b.Faces, registry.BaselineFace{Label: name})
		a.b.Tenures = append(a.b.Tenures, registry.BaselineTenure{Face: faces[i], Unit: a.beyond[i],
			Valid: registry.Since(a.h.Start()), BeganBy: 0, EndedBy: registry.NoRef})
	}
	return faces
}

// addPlaces adds the places. A place lies in the county whose polygon holds
// it, whatever its file says; where the two differ, a report tells.
func (a *assembler) addPlaces(places []place) {
	r := registry.Report{Name: "places-county", Title: "地名所在县与来源不一致", TitleEn: "Places whose county is not the one their source gives",
		Columns: []string{"place", "lon", "lat", "source", "ours"}}
	areas := a.t.areas()
	for _, p := range places {
		code := a.countyAt(areas, p.point)
		unit := registry.NoRef
		if code != "" {
			unit = a.unitOf(code)
		}
		if code != p.county {
			r.Rows = append(r.Rows, []string{p.roman, fmt.Sprint(p.point[0]), fmt.Sprint(p.point[1]), p.county, code})
		}
		a.b.Places = append(a.b.Places, registry.BaselinePlace{Category: "OTHER_ENTITY", Roman: p.roman, Point: p.point, Unit: unit,
			SourceID: fmt.Sprintf("%s %s:%d", a.m.PlaceSource, path.Base(a.m.Places), p.line)})
	}
	a.b.Reports = append(a.b.Reports, r)
}

// countyAt returns the code of the county whose polygon holds a point, "" if
// none does.
func (a *assembler) countyAt(areas map[string]orb.MultiPolygon, p orb.Point) string {
	for _, c := range a.t.counties {
		if planar.MultiPolygonContains(areas[c.code], p) {
			return c.code
		}
	}
	return ""
}
