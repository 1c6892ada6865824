// Package simplify generalises the arcs of a coverage once for all zooms.
//
// Every vertex gets a threshold: the size of detail it stands for, as an area
// on the Web Mercator square of side 1. A map of zoom z draws the vertices
// whose threshold is at least [Least](z). Because neighbours share the arc,
// both sides of a border are always simplified alike, and the coverage stays
// without gap or overlap; because thresholds do not depend on the zoom, the
// vertices of one zoom are among those of the next.
//
// Vertices go one by one, as with Visvalingam and Whyatt ("Line generalisation by
// repeated elimination of points", Cartographic Journal 30, 1993): the one whose
// detail is smallest goes first, its threshold being the largest size removed so
// far. The size is not the area of its triangle, though, but the square of how far
// the line would stray from all original vertices between the neighbours. A flat
// triangle may be large and yet thinner than a hair: by area, a fifth more
// vertices of real borders would stay at coarse zooms that nobody could see.
//
// That bounds the error. What a zoom draws is the state of this process at one
// moment, when no edge was further than e = 0.8·[Tolerance] units from any vertex
// it replaces. The points within e of an edge are a convex set, so the part of
// the original that the edge replaces lies in it with its own edges: no point of
// the original is further than e from what is drawn. That part also runs from one
// end of the edge to the other, so it passes every line at right angles to the
// edge, and does so within e of the edge: no point of what is drawn is further
// than e from the original. Rounding each point by up to 0.71 unit leaves both
// below [Tolerance].
//
// All arcs are worked in one order, so that what a zoom draws is what there was
// at one moment, and a vertex goes only if
//
//   - its triangle holds no vertex of any arc that is still there, so that no
//     edge comes to cross or touch another (it is looked at again when the
//     vertex in the way has gone),
//   - a closed arc keeps three vertices, and
//   - of several arcs between the same two nodes all but one keep a vertex
//     between them, so that no face loses its area.
//
// The guard is exact in integers, in the plane of Web Mercator, where the edges
// of tiles are straight. Rounding to the integers of a tile can make vertices
// meet again; package snapround resolves that.
package simplify

import (
	"cmp"
	"math"

	"jieming/geo/mercator"
)

// Tolerance is the size of the detail a zoom may lose, in units of a tile's
// 4096-grid: half a CSS pixel.
const Tolerance = 4

// share is the part of Tolerance that simplification may use up; the rest is for
// rounding to the integers of a tile, which moves a line by up to 0.71 unit.
const share = 0.8

// Least returns the smallest threshold that zoom z draws: the area of a square
// of Tolerance tile units, (4 / (4096·2^z))², as a share of the world square. It
// is a power of two, so that a threshold in float32 is never on the wrong side.
func Least(zoom int) float32 {
	side := math.Ldexp(Tolerance/4096.0, -zoom)
	return float32(side * side)
}

// At returns the vertices of an arc that zoom z draws, in a new slice: all
// whose threshold is at least Least(zoom). The ends are always among them.
func At(arc []mercator.Point, thresholds []float32, zoom int) []mercator.Point {
	least := Least(zoom)
	kept := make([]mercator.Point, 0, 2)
	for i, p := range arc {
		if thresholds[i] >= least {
			kept = append(kept, p)
		}
	}
	return kept
}

// Thresholds returns the threshold of every vertex of every arc, in the order
// given. Ends of arcs, and vertices that can never go, have +Inf.
//
// Arcs must meet only at their ends and every place where arcs meet must be an
// end (a node of the coverage); first and last vertex of a closed arc are
// equal. Then the arcs cut down to any threshold meet only at their ends too.
// If the arcs cross already, more crossings may follow, but nothing fails. No
// edge longer than a quarter of the square is ever made.
//
// The result does not depend on the order or the direction of the arcs, nor, if
// they went through [Anchor], on where closed ones start; and it is the same on
// every machine. The function keeps nothing, may be called concurrently, works on
// one core, and needs about 150 bytes for each vertex. The cost of a vertex is a
// few steps in a queue, a search for vertices in the way, and the distances of
// what its going replaces: five on average on real borders, 45 on a straight line
// of 200,000 vertices.
func Thresholds(arcs [][]mercator.Point) [][]float32 {
	s := newSimplifier(arcs, nil)
	s.run()
	out := make([][]float32, len(arcs))
	rest := s.threshold
	for i, arc := range arcs {
		out[i], rest = rest[:len(arc):len(arc)], rest[len(arc):]
	}
	return out
}

// world is a point on the Web Mercator square, x east and y south, its side 1.
type world struct{ x, y float64 }

func project(p mercator.Point) world {
	return world{x: float64(p.X) / (1 << 32), y: float64(p.Y) / (1 << 32)}
}

// asSize is the size of a detail that is so far from the line without it, given
// the square of the distance: what is 0.8·Tolerance away counts as a square of
// Tolerance.
func asSize(square float64) float64 { return square / (share * share) }

// squareFrom returns the square of the distance of p from the segment a–b. The
// conversions forbid the compiler to fuse the products.
func squareFrom(p, a, b world) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	px, py := p.x-a.x, p.y-a.y
	length := float64(dx*dx) + float64(dy*dy)
	if length > 0 {
		t := (float64(px*dx) + float64(py*dy)) / length
		t = max(0, min(1, t))
		px, py = px-float64(t*dx), py-float64(t*dy)
	}
	return float64(px*px) + float64(py*py)
}

func compare(a, b mercator.Point) int {
	if c := cmp.Compare(a.X, b.X); c != 0 {
		return c
	}
	return cmp.Compare(a.Y, b.Y)
}
