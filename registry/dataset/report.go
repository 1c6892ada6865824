package dataset

import (
	"fmt"
	"maps"
	"slices"

	"jieming/geo/coverage"
	"jieming/registry"
)

// boundaryFaults reports what is odd about the polygons without keeping them
// from being a coverage.
func (a *assembler) boundaryFaults() registry.Report {
	r := registry.Report{Name: "boundary-faults", Title: "边界文件的瑕疵", TitleEn: "Blemishes of the boundary files", Columns: slices.Clone(coverage.Columns)}
	for _, f := range a.t.faults {
		r.Rows = append(r.Rows, f.Row())
	}
	return r
}

// areas reports the area of each prefecture and of the province on the
// ellipsoid, beside the official figure where the manifest has one. Published
// maps disagree by thousands of km², so a difference is no fault of the load.
func (a *assembler) areas() registry.Report {
	r := registry.Report{Name: "areas", Title: "面积核对", TitleEn: "Areas on the ellipsoid and official figures",
		Columns: []string{"code", "name", "area_km2", "official_km2", "difference_km2"}}
	byPrefecture := map[string]float64{}
	total := 0.0
	for face, code := range a.t.holders() {
		km2 := a.t.coverage.AreaM2(face) / 1e6
		byPrefecture[code[:4]+"00"] += km2
		total += km2
	}
	for _, code := range slices.Sorted(maps.Keys(byPrefecture)) {
		name := ""
		if unit, ok := a.h.UnitOf(code, a.asOf); ok {
			name = a.nameOf(unit)
		}
		r.Rows = append(r.Rows, []string{code, name, km2Text(byPrefecture[code]), "", ""})
	}
	last := []string{a.m.Province, a.nameOf(a.unitOf(a.m.Province)), km2Text(total), "", ""}
	if official := a.m.OfficialAreaKM2; official != 0 {
		last[3], last[4] = km2Text(official), km2Text(total-official)
	}
	r.Rows = append(r.Rows, last)
	return r
}

func km2Text(km2 float64) string { return fmt.Sprintf("%.1f", km2) }
