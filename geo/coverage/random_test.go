package coverage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"

	"jieming/geo"
	"jieming/geo/coverage"
)

// patchwork is a random coverage made without the code under test: a lattice of
// quadrilaterals with shaken corners and bent sides, each given to a region or
// to none. It has islands, enclaves, regions in parts, and corners where two
// parts touch.
type patchwork struct {
	cols, rows int
	corner     map[[2]int]geo.Point
	bend       map[[3]int]geo.Point // vertex on the side from (x, y) east (0) or north (1)
	region     [][]int              // -1 is none
}

const lattice = 100_000 // grid units between corners

func drawPatchwork(t *rapid.T) *patchwork {
	p := &patchwork{
		cols: rapid.IntRange(2, 7).Draw(t, "cols"), rows: rapid.IntRange(2, 7).Draw(t, "rows"),
		corner: map[[2]int]geo.Point{}, bend: map[[3]int]geo.Point{},
	}
	shake := rapid.Int32Range(-lattice*15/100, lattice*15/100)
	for x := 0; x <= p.cols; x++ {
		for y := 0; y <= p.rows; y++ {
			at := geo.Point{X: 1_250_000_000 + int32(x*lattice), Y: 430_000_000 + int32(y*lattice)}
			p.corner[[2]int{x, y}] = geo.Point{X: at.X + shake.Draw(t, "dx"), Y: at.Y + shake.Draw(t, "dy")}
			for dir := range 2 {
				if rapid.Bool().Draw(t, "bent") {
					p.bend[[3]int{x, y, dir}] = geo.Point{
						X: at.X + int32((1-dir)*lattice/2) + shake.Draw(t, "bx"),
						Y: at.Y + int32(dir*lattice/2) + shake.Draw(t, "by"),
					}
				}
			}
		}
	}
	regions := rapid.IntRange(1, 5).Draw(t, "regions")
	for range p.cols {
		p.region = append(p.region, rapid.SliceOfN(rapid.IntRange(-1, regions-1), p.rows, p.rows).Draw(t, "owners"))
	}
	p.region[0][0] = 0 // somebody is there
	return p
}

// cell returns the closed ring of a cell, counter-clockwise.
func (p *patchwork) cell(x, y int) orb.Ring {
	var ring orb.Ring
	add := func(corner [2]int, side [3]int) {
		ring = append(ring, p.corner[corner].Orb())
		if b, bent := p.bend[side]; bent {
			ring = append(ring, b.Orb())
		}
	}
	add([2]int{x, y}, [3]int{x, y, 0})
	add([2]int{x + 1, y}, [3]int{x + 1, y, 1})
	add([2]int{x + 1, y + 1}, [3]int{x, y + 1, 0})
	add([2]int{x, y + 1}, [3]int{x, y, 1})
	return append(ring, ring[0])
}

func regionID(i int) string { return fmt.Sprintf("R%d", i) }

// regions returns the patchwork with every cell a polygon of its own. Holes are
// given to region "rest" so that there is no gap.
func (p *patchwork) regions() []coverage.Region {
	byID := map[string]*coverage.Region{}
	var order []string
	for x := range p.cols {
		for y := range p.rows {
			id := p.id(x, y)
			if id == "" {
				continue
			}
			if byID[id] == nil {
				byID[id] = &coverage.Region{ID: id}
				order = append(order, id)
			}
			byID[id].Geometry = append(byID[id].Geometry, orb.Polygon{p.cell(x, y)})
		}
	}
	out := make([]coverage.Region, 0, len(order))
	for _, id := range order {
		out = append(out, *byID[id])
	}
	return out
}

// id is the region of a cell: an empty cell inside the lattice belongs to "rest".
func (p *patchwork) id(x, y int) string {
	if r := p.region[x][y]; r >= 0 {
		return regionID(r)
	}
	if x == 0 || y == 0 || x == p.cols-1 || y == p.rows-1 {
		return ""
	}
	return "rest"
}

func (p *patchwork) center(x, y int) orb.Point {
	return geo.Point{X: 1_250_000_000 + int32(x*lattice+lattice/2), Y: 430_000_000 + int32(y*lattice+lattice/2)}.Orb()
}

func twice(t testing.TB, ring orb.Ring) (sum int64) {
	points, err := geo.SnapLine(orb.LineString(ring))
	if err != nil {
		t.Fatal(err)
	}
	o := points[0]
	for i := 1; i < len(points); i++ {
		ax, ay := int64(points[i-1].X-o.X), int64(points[i-1].Y-o.Y)
		bx, by := int64(points[i].X-o.X), int64(points[i].Y-o.Y)
		sum += ax*by - bx*ay
	}
	return sum
}

func twiceOf(t testing.TB, mp orb.MultiPolygon) (sum int64) {
	for _, polygon := range mp {
		for _, r := range polygon {
			sum += twice(t, r)
		}
	}
	return sum
}

// clean builds the patchwork; nil if its empty border cells enclose a gap.
func (p *patchwork) clean(t *rapid.T) (*coverage.Coverage, []coverage.Region) {
	cells := p.regions()
	c, report, err := coverage.Build(context.Background(), cells, coverage.Options{})
	if err != nil && report != nil && len(report.Of(coverage.KindGap)) > 0 {
		t.Skip("the empty cells enclose a gap")
	}
	if err != nil {
		t.Fatal(err)
	}
	polygons := c.Polygons(c.ByUnit)
	regions := make([]coverage.Region, len(c.Units))
	for i, u := range c.Units {
		regions[i] = coverage.Region{ID: u.ID, Geometry: polygons[u.ID]}
	}
	return c, regions
}

// The union of cells covers the centres of its cells and no others, has exactly
// their area, is drawn as RFC 7946 wants, and comes back when built again.
func TestRandomCoveragesAreReproduced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPatchwork(t)
		_, regions := p.clean(t)
		for _, r := range regions {
			var want int64
			for x := range p.cols {
				for y := range p.rows {
					mine := p.id(x, y) == r.ID
					if mine {
						want += twice(tb(t), p.cell(x, y))
					}
					if planar.MultiPolygonContains(r.Geometry, p.center(x, y)) != mine {
						t.Fatalf("cell %d,%d of %q: in %s is %v", x, y, p.id(x, y), r.ID, !mine)
					}
				}
			}
			if got := twiceOf(tb(t), r.Geometry); got != want {
				t.Fatalf("%s has twice-area %d, its cells %d", r.ID, got, want)
			}
			checkOrientation(t, r)
		}
		again, report, err := coverage.Build(context.Background(), regions, coverage.Options{})
		if err != nil || len(report.Faults) > 0 && hasOtherThanSliver(report) {
			t.Fatalf("building again: %v, %+v", err, report.Totals())
		}
		checkReproduced(tb(t), again, regions)
		checkValid(t, again)
		if err := again.CheckTiling(again.ByUnit, func(int) string { return "all" }); err != nil {
			t.Fatal(err)
		}
	})
}

func tb(t *rapid.T) testing.TB { return rapidTB{TB: nil, t: t} }

// rapidTB lets helpers written for testing.TB fail a rapid check.
type rapidTB struct {
	testing.TB
	t *rapid.T
}

func (r rapidTB) Helper()                      {}
func (r rapidTB) Fatal(args ...any)            { r.t.Fatal(args...) }
func (r rapidTB) Errorf(f string, args ...any) { r.t.Errorf(f, args...) }

func hasOtherThanSliver(r *coverage.Report) bool {
	return len(r.Of(coverage.KindSliver)) < len(r.Faults)
}

func checkOrientation(t *rapid.T, r coverage.Region) {
	for _, polygon := range r.Geometry {
		for i, ring := range polygon {
			if (twice(tb(t), ring) > 0) != (i == 0) {
				t.Fatalf("%s: ring %d runs the wrong way", r.ID, i)
			}
		}
	}
}

func checkValid(t *rapid.T, c *coverage.Coverage) {
	report, err := coverage.Validate(context.Background(), c)
	if err != nil || !report.Clean() {
		t.Fatalf("Validate: %v, %v", err, report)
	}
}

// Where rings start, how they run and in which order regions come changes nothing.
func TestBuildDoesNotDependOnHowRingsAreDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, regions := drawPatchwork(t).clean(t)
		for i := range regions {
			for _, polygon := range regions[i].Geometry {
				for _, ring := range polygon {
					redraw(t, ring)
				}
			}
		}
		perm := rapid.Permutation(regions).Draw(t, "order")
		again, _, err := coverage.Build(context.Background(), perm, coverage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := coverage.Diff(context.Background(), c, again)
		if err != nil || d.Kept != len(c.Arcs) || len(d.Removed)+len(d.Added)+len(d.Relabelled)+len(d.Moves) > 0 {
			t.Fatalf("redrawn: %v, %+v", err, d)
		}
	})
}

// redraw starts a closed ring elsewhere and perhaps turns it round, in place.
func redraw(t *rapid.T, ring orb.Ring) {
	n := len(ring) - 1
	k := rapid.IntRange(0, n-1).Draw(t, "start")
	turned := append(append(orb.Ring{}, ring[k:n]...), ring[:k]...)
	copy(ring, turned)
	ring[n] = ring[0]
	if rapid.Bool().Draw(t, "reverse") {
		ring.Reverse()
	}
}
