package tiles_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"pgregory.net/rapid"

	"jieming/geo/coverage"
	"jieming/tiles"
)

// at places points, given in pairs x east, y north, in a plane whose origin and
// unit are given in degrees. The ring is closed.
func at(origin orb.Point, unit float64, xy ...float64) orb.Ring {
	var ring orb.Ring
	for i := 0; i < len(xy); i += 2 {
		ring = append(ring, orb.Point{onGrid(origin[0] + unit*xy[i]), onGrid(origin[1] + unit*xy[i+1])})
	}
	return append(ring, ring[0])
}

func onGrid(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

func region(id string, polygons ...orb.Polygon) coverage.Region {
	return coverage.Region{ID: id, Geometry: polygons}
}

// grid is the smallest step of a coordinate, in degrees.
const grid = 1e-7

// adversaries are the coverages that simplifiers and encoders have stumbled over
// (reference/tiles.md, section 2).
func adversaries() map[string][]coverage.Region {
	here := orb.Point{125, 43}
	ring := func(xy ...float64) orb.Ring { return at(here, 0.01, xy...) }
	fine := func(xy ...float64) orb.Ring { return at(here, grid, xy...) }
	all := map[string][]coverage.Region{
		"a hole touches the shell": {
			region("220101", orb.Polygon{ring(0, 0, 10, 0, 10, 10, 0, 10, 0, 5), ring(0, 5, 3, 7, 3, 3)}),
			region("220102", orb.Polygon{ring(0, 5, 3, 3, 3, 7)})},
		"two holes touch": {
			region("220101", orb.Polygon{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(5, 5, 3, 3, 3, 7), ring(5, 5, 7, 7, 7, 3)}),
			region("220102", orb.Polygon{ring(5, 5, 3, 3, 3, 7)}), region("220103", orb.Polygon{ring(5, 5, 7, 7, 7, 3)})},
		"two islands touch at a point": {
			region("220101", orb.Polygon{ring(0, 0, 5, 0, 5, 5, 0, 5)}), region("220102", orb.Polygon{ring(5, 5, 10, 5, 10, 10, 5, 10)})},
		"four areas of two units meet at a point": {
			region("220101", orb.Polygon{ring(0, 0, 5, 0, 5, 5, 0, 5)}, orb.Polygon{ring(5, 5, 10, 5, 10, 10, 5, 10)}),
			region("220102", orb.Polygon{ring(5, 0, 10, 0, 10, 5, 5, 5)}, orb.Polygon{ring(0, 5, 5, 5, 5, 10, 0, 10)})},
		"islands of three vertices": {
			region("220101", orb.Polygon{ring(0, 0, 1, 0, 0, 1)}, orb.Polygon{ring(2, 0, 3, 0.1, 2, 0.2)}),
			region("220102", orb.Polygon{ring(5, 5, 5.01, 5, 5, 5.01)}), region("220103", orb.Polygon{fine(0, 3000000, 1, 3000000, 0, 3000001)})},
		"arcs that share both ends": {
			region("220101", orb.Polygon{ring(0, 0, 5, 0, 5, 3, 4, 5, 5, 7, 5, 10, 0, 10)}),
			region("220102", orb.Polygon{ring(5, 3, 6, 5, 5, 7, 4, 5)}),
			region("220103", orb.Polygon{ring(5, 0, 10, 0, 10, 10, 5, 10, 5, 7, 6, 5, 5, 3)})},
		"a unit between two arcs, a step of the grid wide": {
			region("220101", orb.Polygon{fine(0, 0, 50000, 0, 50000, 30000, 49999, 50000, 50000, 70000, 50000, 100000, 0, 100000)}),
			region("220102", orb.Polygon{fine(50000, 30000, 50001, 50000, 50000, 70000, 49999, 50000)}),
			region("220103", orb.Polygon{fine(50000, 0, 100000, 0, 100000, 100000, 50000, 100000, 50000, 70000, 50001, 50000, 50000, 30000)})},
		"a sliver": {
			region("220101", orb.Polygon{ring(0, 0, 40, 0, 40, 100, 0, 100)}),
			region("220102", orb.Polygon{at(here, 0.01, 40, 0, 40.0001, 0, 40.0001, 100, 40, 100)}),
			region("220103", orb.Polygon{at(here, 0.01, 40.0001, 0, 80, 0, 80, 100, 40.0001, 100)})},
		"a slanting sliver": {
			region("220101", orb.Polygon{ring(0, 0, 40, 0, 71, 100, 0, 100)}),
			region("220102", orb.Polygon{at(here, 0.01, 40, 0, 40.0001, 0, 71.0001, 100, 71, 100)}),
			region("220103", orb.Polygon{at(here, 0.01, 40.0001, 0, 80, 0, 80, 100, 71.0001, 100)})},
		"spikes": {
			region("220101", orb.Polygon{ring(0, 0, 10, 0, 10, 4.99999, 19, 5, 10, 5.00001, 10, 6, 3, 6.5, 10, 6.0001, 10, 10, 0, 10)}),
			region("220102", orb.Polygon{ring(10, 0, 20, 0, 20, 10, 10, 10, 10, 6.0001, 3, 6.5, 10, 6, 10, 5.00001, 19, 5, 10, 4.99999)})},
		"enclaves smaller than a cell at every zoom": {
			region("220101", orb.Polygon{ring(0, 0, 10, 0, 10, 10, 0, 10), slices.Clone(at(here, grid, 300000, 300000, 300000, 300003, 300003, 300000)), at(here, grid, 700001, 700001, 700001, 700002, 700002, 700002, 700002, 700001)}),
			region("220102", orb.Polygon{at(here, grid, 300000, 300000, 300003, 300000, 300000, 300003)}),
			region("220103", orb.Polygon{at(here, grid, 700001, 700001, 700002, 700001, 700002, 700002, 700001, 700002)})},
		"an edge of thousands of kilometres": {
			region("220101", orb.Polygon{{{70, 20}, {140, 21}, {105, 50}, {70, 20}}}),
			region("220102", orb.Polygon{{{70, 20}, {105, 50}, {71, 51}, {70, 20}}}),
			region("220103", orb.Polygon{{{140, 21}, {170, 60}, {105, 50}, {140, 21}}})},
		"provinces of many counties": provinces(),
	}
	for name, of := range map[string][]coverage.Region{"along": edges(0), "a step east of": edges(1), "a step west of": edges(-1)} {
		all["borders "+name+" the edges of tiles"] = of
	}
	for name, o := range map[string]orb.Point{"east": {179.5, 60}, "west": {-180, 60}, "north": {10, 84.7}, "south": {10, -85.2}} {
		half := func(xy ...float64) orb.Polygon { return orb.Polygon{at(o, 0.25, xy...)} }
		all["the "+name+"ern end of the world"] = []coverage.Region{
			region("220101", half(0, 0, 1, 0, 1, 1.1, 0.9, 2, 0, 2)), region("220102", half(1, 0, 2, 0, 2, 2, 0.9, 2, 1, 1.1))}
	}
	stairs := []float64{}
	for i := range 60 {
		stairs = append(stairs, float64(i), float64(i), float64(i+1), float64(i))
	}
	all["steps of the grid"] = []coverage.Region{
		region("220101", orb.Polygon{fine(append(slices.Clone(stairs), 60, 60, 60, 500, -400, 500, -400, 0)...)}),
		region("220102", orb.Polygon{fine(append(backwards(stairs), 0, -400, 500, -400, 500, 60, 60, 60)...)})}
	return all
}

// backwards reverses the order of points.
func backwards(xy []float64) (turned []float64) {
	for i := len(xy) - 2; i >= 0; i -= 2 {
		turned = append(turned, xy[i], xy[i+1])
	}
	return turned
}

// edges are areas whose borders run along the edges of tiles, of their buffers,
// and through their corners, or some steps of the grid beside them.
func edges(steps float64) []coverage.Region {
	const (
		tile   = 11.25     // degrees: a tile of zoom 5
		buffer = 0.3515625 // the buffer of a tile of zoom 4, a tile of zoom 10
	)
	o := orb.Point{steps * grid, steps * grid}
	cell := func(xy ...float64) orb.Polygon { return orb.Polygon{at(o, 1, xy...)} }
	return []coverage.Region{
		region("220101", cell(-tile, 0, 0, 0, 0, tile, -tile, tile)), region("220102", cell(-tile, -tile, 0, 0, -tile, 0)),
		region("220103", cell(-tile, -tile, 0, -tile, 0, 0)), region("230101", cell(0, -tile, buffer, -tile, buffer, 0, 0, 0)),
		region("230102", cell(buffer, -tile, tile, -tile, tile, 0, buffer, 0)), region("230103", cell(0, 0, buffer, 0, buffer, buffer, buffer, tile, 0, tile)),
		region("230104", cell(buffer, 0, tile, 0, tile, tile, buffer, buffer)), region("230105", cell(buffer, buffer, tile, tile, buffer, tile)),
	}
}

// provinces are two provinces of four prefectures of three counties each, so that
// the border of a province is that of many counties.
func provinces() []coverage.Region {
	var ids [][]string
	for row := range 6 {
		var of []string
		for col := range 8 {
			of = append(of, fmt.Sprintf("%02d%02d%02d", 22+col/4, 1+row/3*2+col%4/2, 1+row%3*2+col%2))
		}
		ids = append(ids, of)
	}
	return lattice(ids...)
}

func TestGates_adversaries(t *testing.T) {
	t.Parallel()
	for name, of := range adversaries() {
		t.Run(name, func(t *testing.T) {
			s, ids := tiles.SnapshotOf(t, of, coverage.Options{})
			j := newJudge(t, laid(s, ids))
			random := rand.New(rand.NewPCG(7, 7))
			for z := range tiles.MaxZoom + 1 {
				if len(cover(j.bounds, z)) <= 80 {
					j.zoom(z)
					continue
				}
				for _, a := range around(of, z, random) {
					j.sample(int(a.Z), int(a.X), int(a.Y))
				}
			}
			same(t, j, s, of)
		})
	}
}

// around picks tiles of a zoom that hold vertices, or are beside such tiles.
func around(of []coverage.Region, z int, random *rand.Rand) (all []maptile.Tile) {
	var points []orb.Point
	for _, r := range of {
		for _, p := range r.Geometry {
			for _, ring := range p {
				points = append(points, ring...)
			}
		}
	}
	for range 24 {
		p := points[random.IntN(len(points))]
		a := maptile.At(p, maptile.Zoom(z))
		a.X, a.Y = min(a.X, 1<<z-1), min(a.Y, 1<<z-1)
		if a.X > 0 && random.IntN(2) == 0 {
			a.X--
		}
		if a.Y > 0 && random.IntN(2) == 0 {
			a.Y--
		}
		all = append(all, a)
	}
	return all
}

// same draws the coverage again with rings that begin elsewhere and run the other
// way: the tiles must be the same to the byte.
func same(t *testing.T, j *judge, s *tiles.Snapshot, of []coverage.Region) {
	t.Helper()
	turned := make([]coverage.Region, len(of))
	for i, r := range of {
		turned[i] = coverage.Region{ID: r.ID}
		for _, p := range r.Geometry {
			var polygon orb.Polygon
			for _, ring := range p {
				open := ring[:len(ring)-1]
				k := len(open) / 2
				moved := slices.Concat(open[k:], open[:k])
				slices.Reverse(moved)
				polygon = append(polygon, append(moved, moved[0]))
			}
			turned[i].Geometry = append(turned[i].Geometry, polygon)
		}
	}
	again, _ := tiles.SnapshotOf(t, turned, coverage.Options{})
	other := again.View(epoch, 1)
	for z := range 9 {
		all := cover(j.bounds, z)
		for _, a := range all[:min(len(all), 20)] {
			x, y := int(a.X), int(a.Y)
			if !bytes.Equal(j.view.Draw(z, x, y).Encode(nil), other.Draw(z, x, y).Encode(nil)) {
				t.Errorf("tile %d/%d/%d depends on where rings begin", z, x, y)
			}
		}
	}
}

// Any coverage, at any scale: random lattices whose cells are given to random
// units, from a thousandth of a tile unit to tiles wide.
func TestGates_any_coverage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows, cols := rapid.IntRange(1, 4).Draw(rt, "rows"), rapid.IntRange(1, 4).Draw(rt, "columns")
		size := math.Pow(10, -rapid.Float64Range(0, 6).Draw(rt, "size"))
		nudge := rapid.Float64Range(-0.45, 0.45)
		point := map[[2]int]orb.Point{}
		for y := range rows + 1 {
			for x := range cols + 1 {
				point[[2]int{x, y}] = orb.Point{onGrid(125 + size*(float64(x)+nudge.Draw(rt, "dx"))), onGrid(43 + size*(float64(y)+nudge.Draw(rt, "dy")))}
			}
		}
		var of []coverage.Region
		for y := range rows {
			for x := range cols {
				a, b, c, d := point[[2]int{x, y}], point[[2]int{x + 1, y}], point[[2]int{x + 1, y + 1}], point[[2]int{x, y + 1}]
				id := fmt.Sprintf("22%02d%02d", 1+rapid.IntRange(0, 2).Draw(rt, "prefecture"), 1+y*cols+x)
				of = append(of, region(id, orb.Polygon{{a, b, c, d, a}}))
			}
		}
		s, ids := tiles.SnapshotOf(skipping{t, rt}, of, coverage.Options{})
		j := newJudge(skipping{t, rt}, laid(s, ids))
		z := rapid.IntRange(0, tiles.MaxZoom).Draw(rt, "zoom")
		a := maptile.At(point[[2]int{cols / 2, rows / 2}], maptile.Zoom(z))
		j.sample(z, int(a.X), int(a.Y))
	})
}

// skipping lets rapid hear of failures; a lattice that folds is no coverage.
type skipping struct {
	testing.TB
	rapid *rapid.T
}

func (s skipping) Fatal(args ...any)                 { s.rapid.Skip(args...) }
func (s skipping) Errorf(format string, args ...any) { s.rapid.Errorf(format, args...) }
