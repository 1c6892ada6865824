package snapround

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"jieming/geo/mercator"
)

const testBuffer = 64

// drawnTile is a tile and lines near it.
type drawnTile struct {
	z, x, y int
	arcs    [][]mercator.Point
}

// someTile draws a tile away from the edges of the world.
func someTile(t *rapid.T) drawnTile {
	z := rapid.IntRange(3, 16).Draw(t, "z")
	last := 1<<z - 2
	return drawnTile{z: z, x: rapid.IntRange(1, last-1).Draw(t, "x"), y: rapid.IntRange(1, last-1).Draw(t, "y")}
}

// at returns the world coordinates of a place in units of the tile, with a
// fraction in 1/2^(20-z).
func (d *drawnTile) at(x, y int64) mercator.Point {
	return mercator.Point{
		X: int32(int64(d.x)<<(32-d.z) - 1<<31 + x),
		Y: int32(int64(d.y)<<(32-d.z) - 1<<31 + y),
	}
}

// tangle draws lines at random, which may cross, touch and run along each
// other, in a small neighbourhood, so that much falls together. Coordinates are
// often in the middle of a cell or on the edge between two.
func tangle(t *rapid.T) drawnTile {
	d := someTile(t)
	cell := int64(1) << (20 - d.z)
	size := rapid.SampledFrom([]int64{3, 8, 40, 300}).Draw(t, "size")
	corner := func(name string) int64 {
		return rapid.SampledFrom([]int64{-70, -64, -3, 60, 2000, 4000, 4090, 4158}).Draw(t, name)
	}
	west, north := corner("west"), corner("north")
	coordinate := func(from int64) int64 {
		whole := from + rapid.Int64Range(0, size).Draw(t, "cell")
		part := rapid.SampledFrom([]int64{0, cell / 2, -cell / 2, cell/2 - 1, 1, rapid.Int64Range(-cell, cell).Draw(t, "part")}).Draw(t, "off")
		return whole*cell + part
	}
	for range rapid.IntRange(1, 5).Draw(t, "arcs") {
		var arc []mercator.Point
		for range rapid.IntRange(2, 6).Draw(t, "points") {
			arc = append(arc, d.at(coordinate(west), coordinate(north)))
		}
		d.arcs = append(d.arcs, arc)
	}
	return d
}

// rounded rounds the lines of a tile.
func (d *drawnTile) rounded(r *Rounder) *Rounder {
	r.Reset(d.z, d.x, d.y, testBuffer)
	for i, arc := range d.arcs {
		r.Add(int32(i), arc)
	}
	r.Round()
	return r
}

// stepsOf lists the steps of a rounding.
func stepsOf(r *Rounder) (found []edgeOf) {
	for _, s := range r.steps {
		found = append(found, edgeOf{s.arc, r.vertices[s.from], r.vertices[s.to]})
	}
	return found
}

func inOrder(steps []edgeOf) []edgeOf {
	return slices.SortedFunc(slices.Values(steps), func(a, b edgeOf) int {
		return cmp.Or(cmp.Compare(a.arc, b.arc), compareCells(a.from, b.from), compareCells(a.to, b.to))
	})
}

// The same rounder, used for one tile after another, gives what the definition
// of snap rounding gives.
func TestRounder_is_snap_rounding(t *testing.T) {
	r := &Rounder{}
	rapid.Check(t, func(t *rapid.T) {
		d := tangle(t)
		n := &naive{z: d.z, x: d.x, y: d.y, buffer: testBuffer}
		for i, arc := range d.arcs {
			n.add(int32(i), arc)
		}
		want, got := n.round(), stepsOf(d.rounded(r))
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// undirected returns the distinct edges of steps, from the lower cell.
func undirected(steps []edgeOf) (edges [][2]Cell) {
	for _, s := range steps {
		e := [2]Cell{s.from, s.to}
		if compareCells(e[0], e[1]) > 0 {
			e[0], e[1] = e[1], e[0]
		}
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(a, b [2]Cell) int { return cmp.Or(compareCells(a[0], b[0]), compareCells(a[1], b[1])) })
	return slices.Compact(edges)
}

// Rounded lines meet at vertices only: no two cross or lie on each other, and
// no vertex lies within an edge.
func TestRounder_lines_meet_at_vertices_only(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := tangle(t)
		edges := undirected(stepsOf(d.rounded(&Rounder{})))
		for i, e := range edges {
			for _, o := range edges[:i] {
				if meetBeyondEnds(e, o) {
					t.Fatalf("%v and %v meet between vertices", e, o)
				}
			}
		}
	})
}

// meetBeyondEnds tells whether two distinct edges have a point in common that is
// not an end of both.
func meetBeyondEnds(e, o [2]Cell) bool {
	for _, p := range [][3]Cell{{e[0], e[1], o[0]}, {e[0], e[1], o[1]}, {o[0], o[1], e[0]}, {o[0], o[1], e[1]}} {
		if within := p[2] != p[0] && p[2] != p[1] && turn(p[0], p[1], p[2]) == 0 &&
			min(p[0].X, p[1].X) <= p[2].X && p[2].X <= max(p[0].X, p[1].X) && min(p[0].Y, p[1].Y) <= p[2].Y && p[2].Y <= max(p[0].Y, p[1].Y); within {
			return true
		}
	}
	side := func(a, b, c Cell) int64 { return int64(sign(turn(a, b, c))) }
	return side(e[0], e[1], o[0])*side(e[0], e[1], o[1]) < 0 && side(o[0], o[1], e[0])*side(o[0], o[1], e[1]) < 0
}

// What lies in the buffers of two neighbouring tiles is the same in both.
func TestRounder_neighbours_agree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := tangle(t)
		for _, by := range [][2]int{{1, 0}, {0, 1}, {1, 1}, {-1, 1}} {
			o := d
			o.x, o.y = d.x+by[0], d.y+by[1]
			here, there := stepsOf(d.rounded(&Rounder{})), stepsOf(o.rounded(&Rounder{}))
			for i := range there {
				for _, c := range []*Cell{&there[i].from, &there[i].to} {
					c.X, c.Y = c.X+int32(by[0])*tileCells, c.Y+int32(by[1])*tileCells
				}
			}
			shared := func(all []edgeOf) []edgeOf {
				return slices.DeleteFunc(slices.Clone(all), func(e edgeOf) bool { return !common(e.from, by) || !common(e.to, by) })
			}
			if a, b := shared(here), shared(there); !slices.Equal(a, b) {
				t.Fatalf("neighbour %v: %v here, %v there", by, a, b)
			}
		}
	})
}

// common tells whether a cell is in the buffered boxes of a tile and of its
// neighbour.
func common(c Cell, by [2]int) bool {
	in := func(v int32, by int) bool {
		low, high := -int32(testBuffer)+int32(by)*tileCells, tileCells+testBuffer+int32(by)*tileCells
		return v >= max(low, -testBuffer) && v <= min(high, tileCells+testBuffer)
	}
	return in(c.X, by[0]) && in(c.Y, by[1])
}

// Neither the order nor the direction of lines matters, nor whether a line is
// added in one stretch or in several.
func TestRounder_order_does_not_matter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := tangle(t)
		want := undirected(stepsOf(d.rounded(&Rounder{})))
		r := &Rounder{}
		r.Reset(d.z, d.x, d.y, testBuffer)
		for _, i := range rapid.Permutation(indexes(len(d.arcs))).Draw(t, "order") {
			arc := slices.Clone(d.arcs[i])
			if rapid.Bool().Draw(t, "backwards") {
				slices.Reverse(arc)
			}
			cut := rapid.IntRange(1, len(arc)-1).Draw(t, "cut")
			r.Add(int32(i), arc[cut:])
			r.Add(int32(i), arc[:cut+1])
		}
		r.Round()
		if got := undirected(stepsOf(r)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func indexes(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// Rounding again what was rounded makes no new vertex, and ends: snap rounding
// is not idempotent at once, because a bent line may come to pass another hot
// cell, but it is once nothing moves any more.
func TestRounder_settles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := tangle(t)
		steps := inside(inOrder(stepsOf(d.rounded(&Rounder{}))))
		for round := 0; ; round++ {
			again := inside(inOrder(stepsOf(d.redrawn(steps).rounded(&Rounder{}))))
			if vertices := cellsOf(steps); slices.ContainsFunc(cellsOf(again), func(c Cell) bool { return !slices.Contains(vertices, c) }) {
				t.Fatalf("rounding %v again makes a new vertex: %v", steps, again)
			}
			if slices.Equal(again, steps) {
				return
			}
			if round > 20 {
				t.Fatalf("%v does not settle", steps)
			}
			steps = again
		}
	})
}

// inside leaves out what touches a rim: there vertices are added.
func inside(steps []edgeOf) []edgeOf {
	rims := []int32{-testBuffer, 0, testBuffer, tileCells - testBuffer, tileCells, tileCells + testBuffer}
	crossed := func(a, b int32) bool {
		return slices.ContainsFunc(rims, func(rim int32) bool { return min(a, b) <= rim && rim <= max(a, b) })
	}
	return slices.DeleteFunc(steps, func(e edgeOf) bool { return crossed(e.from.X, e.to.X) || crossed(e.from.Y, e.to.Y) })
}

func cellsOf(steps []edgeOf) (cells []Cell) {
	for _, s := range steps {
		cells = append(cells, s.from, s.to)
	}
	return cells
}

// redrawn is the tile with steps as its lines.
func (d *drawnTile) redrawn(steps []edgeOf) *drawnTile {
	cell := int64(1) << (20 - d.z)
	o := &drawnTile{z: d.z, x: d.x, y: d.y}
	for _, s := range steps {
		o.arcs = append(o.arcs, []mercator.Point{d.at(int64(s.from.X)*cell, int64(s.from.Y)*cell), d.at(int64(s.to.X)*cell, int64(s.to.Y)*cell)})
	}
	return o
}

// patchwork draws a lattice of quarters, each held by one of a few, over a part
// of the tile or all of it. Its vertices are shifted, so that quarters are
// crooked but do not overlap; where the lattice is finer than the cells, much
// collapses.
func patchwork(t *rapid.T) (d drawnTile, sides Sides) {
	d = someTile(t)
	cell := int64(1) << (20 - d.z)
	n := rapid.IntRange(1, 8).Draw(t, "n")
	span := rapid.SampledFrom([]int64{2, 6, 30, 400, 5000}).Draw(t, "span") * cell
	west := rapid.Int64Range(-80*cell, 4180*cell).Draw(t, "west")
	north := rapid.Int64Range(-80*cell, 4180*cell).Draw(t, "north")
	pitch := max(span/int64(n), 4)
	shift := func() int64 { return rapid.Int64Range(-pitch*2/5, pitch*2/5).Draw(t, "shift") }
	node := make([][]mercator.Point, n+1)
	for i := range node {
		for j := range n + 1 {
			node[i] = append(node[i], d.at(west+int64(i)*pitch+shift(), north+int64(j)*pitch+shift()))
		}
	}
	held := map[[2]int]int32{}
	for i := range n {
		for j := range n {
			held[[2]int{i, j}] = int32(rapid.IntRange(0, 3).Draw(t, "held"))
		}
	}
	holder := func(i, j int) int32 { return held[[2]int{i, j}] }
	add := func(a, b mercator.Point, left, right int32) {
		d.arcs = append(d.arcs, []mercator.Point{a, b})
		sides.Left, sides.Right = append(sides.Left, left), append(sides.Right, right)
	}
	for i := range n + 1 {
		for j := range n + 1 {
			if i < n { // eastwards: north is left
				add(node[i][j], node[i+1][j], holder(i, j-1), holder(i, j))
			}
			if j < n { // southwards: east is left
				add(node[i][j], node[i][j+1], holder(i, j), holder(i-1, j))
			}
		}
	}
	return d, sides
}

// Quarters that do not overlap stay a coverage, whatever
// falls together: rings are simple, every edge inside the box has its neighbour
// or the outside on the other side, and Lines draws each border once.
func TestRounder_areas_cover_without_gap_or_overlap(t *testing.T) {
	r := &Rounder{}
	rapid.Check(t, func(t *rapid.T) {
		d, sides := patchwork(t)
		d.rounded(r)
		borders := map[[2]Cell][2]int32{} // by direction: left, right
		r.Lines(sides, func(arc, left, right int32, line []Cell) {
			for i := 1; i < len(line); i++ {
				a, b := line[i-1], line[i]
				if _, twice := borders[[2]Cell{a, b}]; twice {
					t.Fatalf("%v to %v is drawn twice", a, b)
				}
				borders[[2]Cell{a, b}], borders[[2]Cell{b, a}] = [2]int32{left, right}, [2]int32{right, left}
			}
		})
		seen := map[[2]Cell]int32{}
		r.Polygons(sides, func() int32 { return 0 }, func(who int32, rings [][]Cell) {
			for _, ring := range rings {
				checkRing(t, ring)
				for i, a := range ring {
					e := [2]Cell{a, ring[(i+1)%len(ring)]}
					if _, twice := seen[e]; twice {
						t.Fatalf("%v has two areas on its right", e)
					}
					seen[e] = who
				}
			}
		})
		for e, who := range seen {
			b, drawn := borders[e]
			switch {
			case r.onRim(e[0], e[1]):
			case !drawn:
				t.Fatalf("%v bounds the area of %d and is no border", e, who)
			case b[1] != who:
				t.Fatalf("%v has %d on its right as a border and %d as an area", e, b[1], who)
			}
		}
		for e, b := range borders {
			if who := seen[e]; who != b[1] && !r.onRim(e[0], e[1]) {
				t.Fatalf("border %v has %d on its right, the areas have %d", e, b[1], who)
			}
		}
	})
}

func checkRing(t *rapid.T, ring []Cell) {
	if area2(ring) == 0 {
		t.Fatalf("ring %v has no area", ring)
	}
	seen := map[Cell]bool{}
	for _, c := range ring {
		if seen[c] {
			t.Fatalf("ring %v comes by %v twice", ring, c)
		}
		seen[c] = true
	}
}

func ExampleRounder() {
	r := &Rounder{}
	r.Reset(12, 2048, 2048, 64) // a cell has 2^8 world units
	at := func(x, y int32) mercator.Point { return mercator.Point{X: x * 256, Y: y * 256} }
	r.Add(0, []mercator.Point{at(100, 100), at(200, 100), at(150, 300), at(100, 100)})
	r.Round()
	r.Polygons(Sides{Left: []int32{0}, Right: []int32{7}}, nil, func(who int32, rings [][]Cell) { fmt.Println(who, rings) })
	r.Lines(Sides{Left: []int32{0}, Right: []int32{7}}, func(arc, left, right int32, line []Cell) { fmt.Println(arc, left, right, line) })
	// Output:
	// 7 [[{100 100} {200 100} {150 300}]]
	// 0 0 7 [{100 100} {200 100} {150 300} {100 100}]
}
