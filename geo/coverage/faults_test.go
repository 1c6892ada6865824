package coverage_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"jieming/geo/coverage"
)

// What the README of the data says, and what Check finds. Where the two differ,
// docs/decisions/0004-fault-counts.md explains it with figures.
func TestFaultsOfRealData(t *testing.T) {
	for _, test := range []struct {
		file             string
		gaps             int
		gapKM2           float64
		pairs            int // of regions that overlap on more than 1 m²
		overlapKM2       float64
		invalid, repeats int
	}{
		{file: "boundaries-jilin/counties_2023_tianditu.geojson"},
		{file: "boundaries-jilin/prefectures_2023_tianditu.geojson"},
		{file: "boundaries-jilin/counties_2020_datav_wgs84_clean.geojson.gz"},
		{file: "boundaries-jilin/counties_2018_datav_wgs84_clean.geojson.gz"},
		// README: 1 gap < 1 m². It is 170 m long and 0.28 m wide: 47 m².
		{file: "boundaries-jilin/northeast_counties_2023_tianditu.geojson.gz", gaps: 1},
		// README: 1,676 gaps; GEOS in floats finds 1,674.
		{file: "boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz", gaps: 1672, gapKM2: 13.6, pairs: 49, overlapKM2: 12.0, invalid: 4},
		{file: "boundaries-jilin/counties_2020_datav_gcj02_raw.geojson.gz", gaps: 1674, gapKM2: 13.6, pairs: 49, overlapKM2: 12.0, invalid: 4},
		// README: 1,648 gaps.
		{file: "boundaries-jilin/counties_2018_datav_wgs84_dirty.geojson.gz", gaps: 1646, gapKM2: 13.6, pairs: 47, overlapKM2: 12.0, invalid: 4},
		// README: 3.3 and 0.28 km², at one scale for all China.
		{file: "boundaries-china/counties_2023_tianditu.geojson.gz", gaps: 4, gapKM2: 3.7, pairs: 1, overlapKM2: 0.3, invalid: 1},
		// README: 80,478 gaps, 2,972 and 1,646 km², at one scale for all China.
		{file: "boundaries-china/counties_2020_datav_wgs84_dirty.geojson.gz", gaps: 80413, gapKM2: 2781.7, pairs: 3357, overlapKM2: 1567.9, invalid: 188, repeats: 6},
	} {
		t.Run(test.file, func(t *testing.T) {
			report, err := coverage.Check(context.Background(), loadRegions(t, test.file), coverage.Options{})
			if err != nil {
				t.Fatal(err)
			}
			gaps := report.Of(coverage.KindGap)
			if len(gaps) != test.gaps || !about(km2(gaps), test.gapKM2) {
				t.Errorf("%d gaps of %.3f km², want %d of %.1f", len(gaps), km2(gaps), test.gaps, test.gapKM2)
			}
			pairs := slices.DeleteFunc(report.Pairs(), func(p coverage.Pair) bool { return p.AreaM2 <= 1 })
			if overlap := km2(report.Of(coverage.KindOverlap)); len(pairs) != test.pairs || !about(overlap, test.overlapKM2) {
				t.Errorf("%d pairs overlap on %.3f km², want %d on %.1f", len(pairs), overlap, test.pairs, test.overlapKM2)
			}
			if invalid := report.InvalidRegions(); len(invalid) != test.invalid {
				t.Errorf("%d regions have invalid rings, want %d", len(invalid), test.invalid)
			}
			if n := len(report.Of(coverage.KindRepeatedPoint)); n != test.repeats {
				t.Errorf("%d repeated points, want %d", n, test.repeats)
			}
		})
	}
}

func km2(faults []coverage.Fault) (sum float64) {
	for _, f := range faults {
		sum += f.AreaM2 / 1e6
	}
	return sum
}

func about(got, want float64) bool { return math.Abs(got-want) <= 0.05 }

// All China 2023 has exactly the faults its README lists, each where it is.
func TestFaultsOfChinaAreNamed(t *testing.T) {
	report, err := coverage.Check(context.Background(), loadRegions(t, "boundaries-china/counties_2023_tianditu.geojson.gz"), coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pairs := report.Pairs()
	if len(pairs) != 1 || pairs[0].A != "320703" || pairs[0].B != "371103" || pairs[0].Pieces != 2 {
		t.Errorf("overlaps %+v, want the two islands of 320703 and 371103", pairs)
	}
	for _, f := range report.Of(coverage.KindOverlap) {
		if !f.Bound.Contains(f.At) || math.Abs(f.At[0]-119.9) > 0.02 || math.Abs(f.At[1]-35.1) > 0.1 {
			t.Errorf("overlap at %v", f.At)
		}
	}
	if got := report.InvalidRegions(); !slices.Equal(got, []string{"659006"}) {
		t.Errorf("invalid rings of %v, want 659006", got)
	}
	var around [][]string
	for _, f := range report.Of(coverage.KindGap) {
		around = append(around, f.Regions)
	}
	want := [][]string{{"469006"}, {"460321"}, {"530602", "530624", "530625"}, {"230381", "230524"}}
	if !slices.EqualFunc(around, want, slices.Equal) {
		t.Errorf("gaps between %v, want %v", around, want)
	}
}

// A bounded repair of the dirty file leaves a coverage that builds, says who
// gains and loses what, and moves no more than was wrong and what it snapped.
func TestProposeRepairsDirtyJilin(t *testing.T) {
	regions := loadRegions(t, "boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz")
	p, err := coverage.Propose(context.Background(), regions, coverage.RepairOptions{SnapToleranceM: 10, RepairMaxAreaM2: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	c, report, err := coverage.Build(context.Background(), p.Regions, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if valid, err := coverage.Validate(context.Background(), c); err != nil || !valid.Clean() {
		t.Errorf("the repaired coverage: %v, %+v", err, valid)
	}
	var gained, lost float64
	for _, u := range p.Changes {
		gained, lost = gained+u.GainedM2/1e6, lost+u.LostM2/1e6
	}
	t.Logf("%d vertices snapped by at most %.1f m, %d slivers given away, %.2f km² gained, %.2f lost", p.Snapped, p.MaxSnapM, len(p.Awards), gained, lost)
	if report.SharedRatio() != 1 || p.MaxSnapM > 10 || gained > 14 || lost > 12.5 {
		t.Errorf("ratio %v, snapped %v m, gained %v, lost %v km²", report.SharedRatio(), p.MaxSnapM, gained, lost)
	}
	before, after := km2(p.Found.Of(coverage.KindGap))-km2(p.Found.Of(coverage.KindOverlap)), gained-lost
	if math.Abs(before-after) > 0.1 {
		t.Errorf("regions grew by %.3f km², gaps less overlaps are %.3f", after, before)
	}
}
