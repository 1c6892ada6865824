package coverage_test

import (
	"context"
	"math"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
)

func build(t testing.TB, regions []coverage.Region) *coverage.Coverage {
	t.Helper()
	c, _, err := coverage.Build(context.Background(), regions, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDiffSaysWhoGaveWhatToWhom(t *testing.T) {
	left, right := square(0, 0, 1000), square(1000, 0, 1000)
	a := build(t, []coverage.Region{region("A", left), region("B", right)})
	b := build(t, []coverage.Region{
		region("A", units([]int32{0, 0, 1200, 0, 1200, 1000, 0, 1000, 0, 0})),
		region("C", units([]int32{1200, 0, 2000, 0, 2000, 1000, 1200, 1000, 1200, 0})),
	})
	d, err := coverage.Diff(context.Background(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Moves) != 2 || d.Moves[0].From != "B" || d.Moves[0].To != "C" || d.Moves[1].To != "A" {
		t.Fatalf("moves %+v, want B to C and B to A", d.Moves)
	}
	if r := d.Moves[0].AreaM2 / d.Moves[1].AreaM2; math.Abs(r-4) > 1e-6 {
		t.Errorf("C gets %v times what A gets, want 4", r)
	}
	if len(d.Removed) == 0 || len(d.Added) == 0 || len(d.Units) != 3 {
		t.Errorf("difference %+v", d)
	}
}

// The two cleaned vintages differ where the README says.
func TestDiffOfVintages(t *testing.T) {
	a := build(t, loadRegions(t, "boundaries-jilin/counties_2018_datav_wgs84_clean.geojson.gz"))
	b := build(t, loadRegions(t, "boundaries-jilin/counties_2020_datav_wgs84_clean.geojson.gz"))
	d, err := coverage.Diff(context.Background(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	var net float64
	for _, u := range d.Units {
		if u.ID == "222403" {
			net = (u.GainedM2 - u.LostM2) / 1e6
		}
	}
	if math.Abs(math.Abs(net)-1040) > 10 {
		t.Errorf("敦化市 changed by %.1f km², the README says 1,040", net)
	}
	t.Logf("%d arcs kept, %d removed, %d added, %d relabelled; %d moves", d.Kept, len(d.Removed), len(d.Added), len(d.Relabelled), len(d.Moves))
}

// A coverage made of stored arcs is the coverage that was stored.
func TestNewFromStoredArcs(t *testing.T) {
	c := build(t, loadRegions(t, "boundaries-jilin/counties_2023_tianditu.geojson"))
	holders := make([]int, len(c.Faces))
	for i, f := range c.Faces {
		holders[i] = f.Unit
	}
	again, err := coverage.New(c.Units, c.Outsides, holders, c.Arcs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Faces {
		if !orb.Equal(c.Polygon(i), again.Polygon(i)) {
			t.Errorf("face %d differs", i)
		}
	}
}
