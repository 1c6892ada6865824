package coverage_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
	"jieming/geo/coverage"
	"jieming/geo/measure"
)

func check(t *rapid.T, regions []coverage.Region) *coverage.Report {
	report, err := coverage.Check(context.Background(), regions, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// innerVertex draws a vertex between two edges that other rings use too, so that
// nothing can happen to it in one ring alone unseen.
func innerVertex(t *rapid.T, regions []coverage.Region) (region int, ring orb.Ring, k int, ok bool) {
	uses := map[[2]orb.Point]int{}
	for _, r := range regions {
		for _, polygon := range r.Geometry {
			for _, ring := range polygon {
				for i := 1; i < len(ring); i++ {
					uses[[2]orb.Point{ring[i-1], ring[i]}]++
					uses[[2]orb.Point{ring[i], ring[i-1]}]++
				}
			}
		}
	}
	region = rapid.IntRange(0, len(regions)-1).Draw(t, "region")
	polygon := rapid.SampledFrom(regions[region].Geometry).Draw(t, "polygon")
	ring = rapid.SampledFrom(polygon).Draw(t, "ring")
	for k := 1; k < len(ring)-1; k++ {
		if uses[[2]orb.Point{ring[k-1], ring[k]}] == 2 && uses[[2]orb.Point{ring[k], ring[k+1]}] == 2 {
			return region, ring, k, true
		}
	}
	return 0, nil, 0, false
}

// A vertex moved in one region alone is a gap or an overlap (or spoils the ring)
// within reach of where it was, and the region is named.
func TestMovedVertexIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, regions := drawPatchwork(t).clean(t)
		region, ring, k, ok := innerVertex(t, regions)
		if !ok {
			t.Skip("no inner vertex")
		}
		before := ring[k]
		at, _ := geo.Snap(before)
		moved := geo.Point{X: at.X + lattice/25, Y: at.Y + rapid.Int32Range(-lattice/25, lattice/25).Draw(t, "dy")}
		if onWay(ring, k, at, moved) && onWay(ring, k, moved, at) {
			t.Skip("it moves along its border")
		}
		ring[k] = moved.Orb()
		report := check(t, regions)
		if !foundNear(report, regions[region].ID, before, 3*lattice) {
			t.Fatalf("vertex %v of %s moved to %v: %+v", before, regions[region].ID, ring[k], report.Faults)
		}
	})
}

// onWay tells whether q is within a grid unit of the way from one neighbour of
// vertex k over via to the other: nearer than the grid can tell.
func onWay(ring orb.Ring, k int, via, q geo.Point) bool {
	a, _ := geo.Snap(ring[k-1])
	b, _ := geo.Snap(ring[k+1])
	return fromSegment(a, via, q) <= 1 || fromSegment(via, b, q) <= 1
}

// fromSegment is the distance of q from a segment, in grid units.
func fromSegment(a, b, q geo.Point) float64 {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	qx, qy := float64(q.X-a.X), float64(q.Y-a.Y)
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(1, max(0, (qx*dx+qy*dy)/length))
	}
	return math.Hypot(qx-t*dx, qy-t*dy)
}

// straight tells whether q is within a grid unit of the line through the
// neighbours of vertex k: nearer than the grid can tell.
func straight(ring orb.Ring, k int, q geo.Point) bool {
	a, _ := geo.Snap(ring[k-1])
	b, _ := geo.Snap(ring[k+1])
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	return math.Abs(dx*float64(q.Y-a.Y)-dy*float64(q.X-a.X)) <= math.Hypot(dx, dy)
}

func foundNear(report *coverage.Report, id string, at orb.Point, units float64) bool {
	return slices.ContainsFunc(report.Faults, func(f coverage.Fault) bool {
		reach := f.Bound.Pad(units / geo.UnitsPerDegree)
		return f.Blocking && slices.Contains(f.Regions, id) && reach.Contains(at)
	})
}

func TestDeletedVertexIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, regions := drawPatchwork(t).clean(t)
		region, ring, k, ok := innerVertex(t, regions)
		if !ok || len(ring) < 5 {
			t.Skip("no inner vertex to spare")
		}
		if at, _ := geo.Snap(ring[k]); straight(ring, k, at) {
			t.Skip("the line is straight there")
		}
		before := ring[k]
		for _, polygon := range regions[region].Geometry {
			for i := range polygon {
				if &polygon[i][0] == &ring[0] {
					polygon[i] = slices.Delete(slices.Clone(ring), k, k+1)
				}
			}
		}
		if report := check(t, regions); !foundNear(report, regions[region].ID, before, lattice) {
			t.Fatalf("vertex %v of %s deleted: %+v", before, regions[region].ID, report.Faults)
		}
	})
}

// A region drawn twice under two ids overlaps itself everywhere, and is called a
// duplicate.
func TestDuplicatedRegionIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, regions := drawPatchwork(t).clean(t)
		twin := regions[rapid.IntRange(0, len(regions)-1).Draw(t, "region")]
		id := twin.ID
		twin.ID = "twin"
		report := check(t, append(regions, twin))
		dup := report.Of(coverage.KindDuplicateRegion)
		if len(dup) != 1 || !slices.Equal(dup[0].Regions, []string{id, "twin"}) {
			t.Fatalf("duplicate of %s: %+v", id, dup)
		}
		var overlap float64
		for _, f := range report.Of(coverage.KindOverlap) {
			overlap += f.AreaM2
		}
		want := measure.AreaM2(twin.Geometry)
		if overlap < want*0.999999 || overlap > want*1.000001 {
			t.Fatalf("overlap of %v m², the region has %v", overlap, want)
		}
	})
}

// A dropped region leaves its enclosed parts as gaps named by their neighbours.
func TestDroppedEnclaveIsAGap(t *testing.T) {
	enclave := square(200, 200, 100)
	shell := orb.Polygon{square(0, 0, 1000), reversed(enclave)}
	report, err := coverage.Check(context.Background(), []coverage.Region{
		{ID: "A", Geometry: orb.MultiPolygon{shell}},
	}, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	gaps := report.Of(coverage.KindGap)
	if len(gaps) != 1 || !slices.Equal(gaps[0].Regions, []string{"A"}) || !enclave.Bound().Contains(gaps[0].At) {
		t.Fatalf("gaps %+v", gaps)
	}
}

// square returns a closed counter-clockwise ring, in grid units from 125°E 43°N.
func square(x, y, side int32) orb.Ring {
	return units([]int32{x, y, x + side, y, x + side, y + side, x, y + side, x, y})
}

// units returns a line through x, y pairs in grid units from 125°E 43°N.
func units(xy []int32) orb.Ring {
	var ring orb.Ring
	for i := 0; i < len(xy); i += 2 {
		ring = append(ring, geo.Point{X: 1_250_000_000 + xy[i], Y: 430_000_000 + xy[i+1]}.Orb())
	}
	return ring
}

func reversed(r orb.Ring) orb.Ring {
	r = slices.Clone(r)
	slices.Reverse(r)
	return r
}

// Damage to the arcs themselves is refused by New or found by Validate.
func TestValidateFindsDamagedArcs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := drawPatchwork(t).clean(t)
		arcs := slices.Clone(c.Arcs)
		i := rapid.IntRange(0, len(arcs)-1).Draw(t, "arc")
		switch rapid.IntRange(0, 2).Draw(t, "damage") {
		case 0:
			arcs[i].Left, arcs[i].Right = arcs[i].Right, arcs[i].Left
		case 1:
			arcs = slices.Delete(arcs, i, i+1)
		case 2:
			if arcs[i].Line[0] == arcs[i].Line[len(arcs[i].Line)-1] {
				t.Skip("a closed arc has no ends to move apart")
			}
			arcs[i].Line = slices.Clone(arcs[i].Line)
			arcs[i].Line[0].Y += 7
		}
		holders := make([]int, len(c.Faces))
		for k, f := range c.Faces {
			holders[k] = f.Unit
		}
		damaged, err := coverage.New(c.Units, c.Outsides, holders, arcs)
		if err != nil {
			return
		}
		if report, err := coverage.Validate(context.Background(), damaged); err != nil || report.Clean() {
			t.Fatalf("damage to arc %d went unseen: %v", i, err)
		}
	})
}
