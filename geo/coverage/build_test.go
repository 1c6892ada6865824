package coverage_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/coverage"
)

// canonicalRings returns every ring of a multipolygon as sorted grid rings that
// start at their least point, shells counter-clockwise and holes clockwise.
func canonicalRings(t testing.TB, mp orb.MultiPolygon) [][]geo.Point {
	t.Helper()
	var out [][]geo.Point
	for _, polygon := range mp {
		for i, r := range polygon {
			points, err := geo.SnapLine(orb.LineString(r))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, canonicalRing(points, i == 0))
		}
	}
	slices.SortFunc(out, func(a, b []geo.Point) int { return slices.CompareFunc(a, b, geo.Compare) })
	return out
}

func canonicalRing(points []geo.Point, shell bool) []geo.Point {
	points = slices.Compact(points[:len(points)-1])
	if (orb.Ring(geo.LineOrb(points)).Orientation() == orb.CCW) != shell {
		slices.Reverse(points)
	}
	least := slices.Index(points, slices.MinFunc(points, geo.Compare))
	return slices.Concat(points[least:], points[:least])
}

func checkReproduced(t testing.TB, c *coverage.Coverage, regions []coverage.Region) {
	t.Helper()
	got := c.Polygons(c.ByUnit)
	for _, r := range regions {
		if r.Side != "" {
			continue
		}
		if d := cmp.Diff(canonicalRings(t, r.Geometry), canonicalRings(t, got[r.ID])); d != "" {
			t.Errorf("region %s does not come back (-in +out):\n%.600s", r.ID, d)
		}
	}
}

// jilinWithNeighbours returns the counties of Jilin, and the other north-eastern
// counties as outsides by province.
func jilinWithNeighbours(t testing.TB) []coverage.Region {
	t.Helper()
	regions := loadRegions(t, "boundaries-jilin/northeast_counties_2023_tianditu.geojson.gz")
	for i := range regions {
		if province := regions[i].ID[:2]; province != "22" {
			regions[i].Side = province + "0000"
		}
	}
	return regions
}

func TestBuildJilin(t *testing.T) {
	regions := jilinWithNeighbours(t)
	c, report, err := coverage.Build(context.Background(), regions, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Clean() {
		t.Errorf("Jilin has faults: %+v", report.Totals())
	}
	if len(c.Units) != 60 || len(c.Faces) != 63 || len(c.Arcs) != 187 {
		t.Errorf("%d units, %d faces, %d arcs, want 60, 63, 187", len(c.Units), len(c.Faces), len(c.Arcs))
	}
	outside := map[string]int{}
	for _, a := range c.Arcs {
		for _, s := range []coverage.FaceIndex{a.Left, a.Right} {
			if out, ok := s.Outside(); ok {
				outside[c.Outsides[out]]++
			}
		}
	}
	if outside[""] != 10 || outside["230000"] == 0 || outside["210000"] == 0 || outside["150000"] == 0 {
		t.Errorf("arcs to the outside: %v, want 10 to nobody and some to each neighbour", outside)
	}
	checkReproduced(t, c, regions)
}

// The parents come back from the children's arcs as the source draws them.
func TestJilinChildrenMakeTheirParents(t *testing.T) {
	c, _, err := coverage.Build(context.Background(), loadRegions(t, "boundaries-jilin/counties_2023_tianditu.geojson"), coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []struct {
		file  string
		group func(code string) string
	}{
		{"boundaries-jilin/prefectures_2023_tianditu.geojson", func(code string) string { return code[:4] + "00" }},
		{"boundaries-jilin/province_2023_tianditu.geojson", func(code string) string { return code[:2] + "0000" }},
	} {
		got := c.Polygons(func(face int) string { return level.group(c.ByUnit(face)) })
		for _, parent := range loadRegions(t, level.file) {
			if d := cmp.Diff(canonicalRings(t, parent.Geometry), canonicalRings(t, got[parent.ID])); d != "" {
				t.Errorf("%s does not come back (-source +union):\n%.600s", parent.ID, d)
			}
		}
	}
}

func TestBuildRefusesFaultyRegions(t *testing.T) {
	c, report, err := coverage.Build(context.Background(), loadRegions(t, "boundaries-china/counties_2023_tianditu.geojson.gz"), coverage.Options{})
	if !errors.Is(err, coverage.ErrFaults) || c != nil {
		t.Fatalf("Build = %v, %v, want ErrFaults", c, err)
	}
	if report == nil || report.Clean() || !strings.Contains(err.Error(), "4 × gap") {
		t.Errorf("error %q, want it to count the faults", err)
	}
}

func TestBuildChinaTentatively(t *testing.T) {
	regions := loadRegions(t, "boundaries-china/counties_2023_tianditu.geojson.gz")
	c, _, err := coverage.Build(context.Background(), regions, coverage.Options{Tentative: true})
	if err != nil {
		t.Fatal(err)
	}
	vertices := 0
	for _, a := range c.Arcs {
		vertices += len(a.Line)
	}
	t.Logf("%d faces, %d arcs, %d vertices", len(c.Faces), len(c.Arcs), vertices)
	regions = slices.DeleteFunc(regions, func(r coverage.Region) bool { return r.ID == "371103" || r.ID == "659006" })
	checkReproduced(t, c, regions)
}
