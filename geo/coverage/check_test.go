package coverage_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo/coverage"
)

// region makes a region of one polygon.
func region(id string, rings ...orb.Ring) coverage.Region {
	return coverage.Region{ID: id, Geometry: orb.MultiPolygon{orb.Polygon(rings)}}
}

func multi(id string, polygons ...orb.Polygon) coverage.Region {
	return coverage.Region{ID: id, Geometry: polygons}
}

func TestCheckNamesEveryFault(t *testing.T) {
	for _, test := range []struct {
		name    string
		regions []coverage.Region
		want    map[coverage.Kind]int // slivers and what is listed; nothing else
	}{
		{"clean neighbours", []coverage.Region{region("A", square(0, 0, 100)), region("B", square(100, 0, 100))}, nil},
		{"overlap", []coverage.Region{region("A", square(0, 0, 100)), region("B", square(50, 50, 100))}, map[coverage.Kind]int{coverage.KindOverlap: 1}},
		{"gap between three", []coverage.Region{
			region("A", units([]int32{0, 0, 300, 0, 200, 100, 100, 100, 0, 0})),
			region("B", units([]int32{300, 0, 300, 300, 0, 300, 100, 200, 200, 200, 200, 100, 300, 0})),
			region("C", units([]int32{0, 0, 100, 100, 100, 200, 0, 300, 0, 0})),
		}, map[coverage.Kind]int{coverage.KindGap: 1}},
		{"bow tie", []coverage.Region{region("A", units([]int32{0, 0, 100, 100, 100, 0, 0, 100, 0, 0}))}, map[coverage.Kind]int{coverage.KindSelfCrossing: 1, coverage.KindWrongNesting: 1}},
		{"ring touches itself", []coverage.Region{region("A", units([]int32{0, 0, 200, 0, 200, 200, 0, 200, 0, 0, 50, 100, 100, 50, 0, 0}))}, map[coverage.Kind]int{coverage.KindSelfTouch: 1, coverage.KindGap: 1}},
		{"spike", []coverage.Region{region("A", units([]int32{0, 0, 100, 0, 100, 50, 150, 50, 100, 50, 100, 100, 0, 100, 0, 0}))}, map[coverage.Kind]int{coverage.KindSpike: 1}},
		{"unclosed", []coverage.Region{region("A", units([]int32{0, 0, 100, 0, 100, 100, 0, 100}))}, map[coverage.Kind]int{coverage.KindUnclosed: 1}},
		{"two points", []coverage.Region{region("A", units([]int32{0, 0, 100, 0, 0, 0}))}, map[coverage.Kind]int{coverage.KindTooFewPoints: 1}},
		{"all on a line", []coverage.Region{region("A", units([]int32{0, 0, 100, 0, 200, 0, 0, 0}))}, map[coverage.Kind]int{coverage.KindTooFewPoints: 1}},
		{"no polygon", []coverage.Region{{ID: "A"}}, map[coverage.Kind]int{coverage.KindEmpty: 1}},
		{"repeated points", []coverage.Region{region("A", units([]int32{0, 0, 100, 0, 100, 0, 100, 100, 0, 100, 0, 0, 0, 0}))}, map[coverage.Kind]int{coverage.KindRepeatedPoint: 2}},
		{"hole outside", []coverage.Region{region("A", square(0, 0, 100), square(200, 0, 50))}, map[coverage.Kind]int{coverage.KindWrongNesting: 1}},
		{"hole across the shell", []coverage.Region{region("A", square(0, 0, 100), square(50, 50, 100))}, map[coverage.Kind]int{coverage.KindWrongNesting: 1, coverage.KindSplitInterior: 1, coverage.KindGap: 1}},
		{"hole along the shell", []coverage.Region{region("A", square(0, 0, 100), square(0, 25, 50))}, map[coverage.Kind]int{coverage.KindSplitInterior: 1}},
		{"hole touches the shell once", []coverage.Region{
			region("A", square(0, 0, 100), units([]int32{0, 0, 50, 20, 20, 50, 0, 0})),
			region("B", units([]int32{0, 0, 50, 20, 20, 50, 0, 0})),
		}, nil},
		{"parts overlap", []coverage.Region{multi("A", orb.Polygon{square(0, 0, 100)}, orb.Polygon{square(50, 50, 100)})}, map[coverage.Kind]int{coverage.KindWrongNesting: 1}},
		{"parts share a border", []coverage.Region{multi("A", orb.Polygon{square(0, 0, 100)}, orb.Polygon{square(100, 0, 100)})}, map[coverage.Kind]int{coverage.KindAdjacentParts: 1}},
		{"parts touch", []coverage.Region{multi("A", orb.Polygon{square(0, 0, 100)}, orb.Polygon{square(100, 100, 100)})}, nil},
		{"ring drawn twice", []coverage.Region{multi("A", orb.Polygon{square(0, 0, 100)}, orb.Polygon{square(0, 0, 100)})}, map[coverage.Kind]int{coverage.KindDuplicateRing: 1, coverage.KindWrongNesting: 1}},
		{"region drawn twice", []coverage.Region{region("A", square(0, 0, 100)), region("B", square(0, 0, 100))}, map[coverage.Kind]int{coverage.KindDuplicateRing: 1, coverage.KindDuplicateRegion: 1, coverage.KindOverlap: 1}},
		{"not a number", []coverage.Region{region("A", orb.Ring{{125, 43}, {math.NaN(), 43}, {126, 44}, {125, 43}})}, map[coverage.Kind]int{coverage.KindBadCoordinate: 1}},
		{"swapped axes", []coverage.Region{region("A", orb.Ring{{43, 125}, {44, 125}, {44, 126}, {43, 125}})}, map[coverage.Kind]int{coverage.KindBadCoordinate: 1}},
		{"half the globe", []coverage.Region{region("A", orb.Ring{{-100, 0}, {100, 0}, {100, 10}, {-100, 0}})}, map[coverage.Kind]int{coverage.KindBadCoordinate: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report, err := coverage.Check(context.Background(), test.regions, coverage.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[coverage.Kind]int{}
			for _, f := range report.Faults {
				if f.Kind != coverage.KindSliver { // everything here is small
					got[f.Kind]++
				}
				if len(f.Regions) == 0 || f.Message == "" || len(f.Row()) != len(coverage.Columns) {
					t.Errorf("fault without name or message: %+v", f)
				}
				if f.Geometry != nil && !f.Bound.Contains(f.At) {
					t.Errorf("fault lies outside its bounds: %+v", f)
				}
			}
			for kind, n := range test.want {
				if got[kind] != n {
					t.Errorf("%d × %s, want %d", got[kind], kind, n)
				}
				delete(got, kind)
			}
			if len(got) > 0 {
				t.Errorf("also found %v", got)
			}
		})
	}
}

func TestTJunctionsWithinTheToleranceAreInsertedAndReported(t *testing.T) {
	regions := []coverage.Region{
		region("A", units([]int32{0, 0, 1000, 0, 1000, 1000, 0, 1000, 0, 0})),
		region("B", units([]int32{1000, 0, 2000, 0, 2000, 500, 1004, 500, 1000, 0})),
		region("C", units([]int32{1004, 500, 2000, 500, 2000, 1000, 1000, 1000, 1004, 500})),
	}
	if report, _ := coverage.Check(context.Background(), regions, coverage.Options{}); len(report.Of(coverage.KindGap)) != 1 {
		t.Errorf("without tolerance: %+v, want one gap", report.Totals())
	}
	c, report, err := coverage.Build(context.Background(), regions, coverage.Options{ToleranceUnits: 10})
	if err != nil {
		t.Fatal(err)
	}
	junctions := report.Of(coverage.KindTJunction)
	if len(junctions) != 1 || junctions[0].LengthM < 0.02 || junctions[0].LengthM > 0.05 || math.Abs(report.MaxDisplacementUnits-4) > 1e-9 {
		t.Errorf("junctions %+v, displacement %v, want one of 4 units", junctions, report.MaxDisplacementUnits)
	}
	if len(c.Faces) != 3 {
		t.Errorf("%d faces, want 3", len(c.Faces))
	}
}

// The neighbours' counties make one outside each; where the neighbour changes, an
// arc ends; the border between two neighbours is not kept.
func TestOutsideRegionsBreakArcsByNeighbour(t *testing.T) {
	outside := func(r coverage.Region, side string) coverage.Region { r.Side = side; return r }
	c, _, err := coverage.Build(context.Background(), []coverage.Region{
		region("A", units([]int32{0, 0, 50, 0, 100, 0, 100, 50, 100, 100, 0, 100, 0, 0})),
		outside(region("N1", units([]int32{100, 0, 200, 0, 200, 50, 100, 50, 100, 0})), "N"),
		outside(region("N2", units([]int32{100, 50, 200, 50, 200, 100, 100, 100, 100, 50})), "N"),
		outside(region("S1", units([]int32{0, 0, 0, -50, 100, -50, 100, 0, 50, 0, 0, 0})), "S"),
	}, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sides := map[string]int{}
	for _, a := range c.Arcs {
		for _, s := range []coverage.FaceIndex{a.Left, a.Right} {
			if out, ok := s.Outside(); ok {
				sides[c.Outsides[out]]++
			}
		}
	}
	if len(c.Faces) != 1 || len(c.Arcs) != 3 || sides["N"] != 1 || sides["S"] != 1 || sides[""] != 1 {
		t.Errorf("%d faces, %d arcs, sides %v; want 1, 3 and one arc to each of N, S and nobody", len(c.Faces), len(c.Arcs), sides)
	}
}

func TestLimitsRefuseQuickly(t *testing.T) {
	huge := make(orb.Ring, 10_000_000)
	start := time.Now()
	_, err := coverage.Check(context.Background(), []coverage.Region{region("220181", huge)}, coverage.Options{})
	if err == nil || !strings.Contains(err.Error(), "region 220181") {
		t.Errorf("ten million vertices: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("refusing took %v", d)
	}
	bomb := orb.Ring{}
	for i := range 5000 {
		x := int32(uint32(i*2654435761) % 1_000_003)
		y := int32(uint32(i*40503*7919) % 999_983)
		bomb = append(bomb, units([]int32{x, y})[0])
	}
	bomb = append(bomb, bomb[0])
	_, err = coverage.Check(context.Background(), []coverage.Region{region("B", bomb)}, coverage.Options{MaxCrossings: 100_000})
	if err == nil || !strings.Contains(err.Error(), "cross each other more than 100000 times") {
		t.Errorf("geometry bomb: %v", err)
	}
	_, err = coverage.Check(context.Background(), []coverage.Region{region("A", square(0, 0, 9)), region("A", square(9, 9, 9))}, coverage.Options{})
	if err == nil || !strings.Contains(err.Error(), "appears twice") {
		t.Errorf("repeated id: %v", err)
	}
}

// However rings lie over each other, the rounded arrangement is planar: a
// tentative coverage of random rings has no fault but the gaps it names.
func TestAnyRingsMakeAPlanarArrangement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int32{4, 12, 100, 100_000}).Draw(t, "size")
		coordinate := rapid.Int32Range(0, size)
		var regions []coverage.Region
		for i := range rapid.IntRange(1, 4).Draw(t, "regions") {
			xy := rapid.SliceOfN(coordinate, 6, 24).Draw(t, "xy")
			xy = xy[:len(xy)/2*2]
			ring := units(xy)
			regions = append(regions, region(regionID(i), append(ring, ring[0])))
		}
		c, report, err := coverage.Build(context.Background(), regions, coverage.Options{Tentative: true})
		if err != nil {
			t.Fatalf("%v", err)
		}
		valid, err := coverage.Validate(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range valid.Faults {
			if f.Kind != coverage.KindGap {
				t.Fatalf("%+v\n%+v", f, report.Totals())
			}
		}
	})
}

func TestProposalGivesSliversToTheLongestNeighbour(t *testing.T) {
	regions := []coverage.Region{
		region("A", square(0, 0, 100_000)),
		region("B", units([]int32{100_500, 0, 200_000, 0, 200_000, 100_000, 100_000, 100_000, 100_500, 0})),
		region("C", units([]int32{100_000, 0, 100_500, 0, 200_000, 0, 200_000, -50_000, 0, -50_000, 0, 0, 100_000, 0})),
	}
	p, err := coverage.Propose(context.Background(), regions, coverage.RepairOptions{RepairMaxAreaM2: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Awards) != 1 || p.Awards[0].Kind != coverage.KindGap || p.Awards[0].To != "B" || !slices.Equal(p.Awards[0].Regions, []string{"A", "B", "C"}) {
		t.Fatalf("awards %+v", p.Awards)
	}
	if !p.Left.Clean() || p.Found.Clean() {
		t.Errorf("found %+v, left %+v", p.Found.Totals(), p.Left.Totals())
	}
	if len(p.Changes) != 1 || p.Changes[0].ID != "B" || math.Abs(p.Changes[0].GainedM2-p.Awards[0].AreaM2) > 1e-6*p.Awards[0].AreaM2 || p.Changes[0].LostM2 != 0 {
		t.Errorf("changes %+v", p.Changes)
	}
	kept, err := coverage.Propose(context.Background(), regions, coverage.RepairOptions{RepairMaxAreaM2: 1})
	if err != nil || len(kept.Awards) != 0 || kept.Left.Clean() {
		t.Errorf("a gap above the limit: %v, %+v", err, kept)
	}
}
