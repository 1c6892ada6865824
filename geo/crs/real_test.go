package crs_test

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/crs"
	"jieming/geo/datatest"
)

const tianditu = "boundaries-jilin/counties_2023_tianditu.geojson"

// What k is for these files was found once before by other means, and stands
// in the data folder's README: 1.02, 0.04, 0.09.
func TestDetectGCJ02_realFiles(t *testing.T) {
	reference := crs.NewReference(datatest.Rings(t, tianditu))
	tests := []struct {
		file    string
		k       float64
		verdict crs.Verdict
	}{
		{"boundaries-jilin/counties_2020_datav_gcj02_raw.geojson.gz", 1.02, crs.IsGCJ02},
		{"boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz", 0.04, crs.NotGCJ02},
		{"boundaries-jilin/counties_2018_datav_wgs84_clean.geojson.gz", 0.04, crs.NotGCJ02},
		{"boundaries-jilin/counties_2012_lowres.geojson.gz", 0.09, crs.NotGCJ02},
		{tianditu, 0, crs.NotGCJ02},
	}
	for _, tt := range tests {
		s, verdict := crs.DetectGCJ02(datatest.Rings(t, tt.file), reference)
		t.Logf("%s: %v %+v", tt.file, verdict, s)
		if verdict != tt.verdict || math.Abs(s.K-tt.k) > 0.1 {
			t.Errorf("%s: %v, k = %.3f; want %v, %.2f", tt.file, verdict, s.K, tt.verdict, tt.k)
		}
	}
}

// The dirty WGS 84 file was made from the raw one by somebody else's inverse.
func TestFromGCJ02_agreesWithAnotherInverse(t *testing.T) {
	raw := datatest.Rings(t, "boundaries-jilin/counties_2020_datav_gcj02_raw.geojson.gz")
	want := datatest.Rings(t, "boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz")
	var worst float64
	for i := range raw {
		for j := range raw[i] {
			got := crs.FromGCJ02(raw[i][j])
			worst = max(worst, math.Abs(got[0]-want[i][j][0]), math.Abs(got[1]-want[i][j][1]))
		}
	}
	t.Logf("largest difference %.2g°", worst)
	if worst > 2e-6 {
		t.Errorf("largest difference %v°", worst)
	}
}

// A work map of Jilin in Gauss–Krüger without a zone number is recognised by
// the stored boundaries alone, whichever meridian it uses.
func TestDetect_realZone(t *testing.T) {
	lines := datatest.Rings(t, "boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz")
	reference := crs.NewReference(datatest.Rings(t, tianditu))
	points := slices.Concat(lines...)
	for _, c := range []crs.CRS{4550, 4551, 4552} {
		sample := points
		if c != 4551 { // the whole province is too far from the others' meridians
			sample = slices.DeleteFunc(slices.Clone(points), func(p orb.Point) bool {
				return math.Abs(p[0]-(75+3*float64(c-4534))) > 1.5
			})
		}
		g, err := crs.Detect(project(t, c, true, sample), 0, reference)
		if err != nil || g.CRS != c || !g.Swapped {
			t.Errorf("%v: got %v, %v", c, g, err)
		}
	}
}

func BenchmarkDetectGCJ02(b *testing.B) {
	reference := crs.NewReference(datatest.Rings(b, tianditu))
	imported := datatest.Rings(b, "boundaries-jilin/counties_2020_datav_gcj02_raw.geojson.gz")
	for b.Loop() {
		crs.DetectGCJ02(imported, reference)
	}
}
