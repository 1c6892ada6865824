package simplify

import (
	"math"
	"math/bits"

	"jieming/geo/mercator"
)

// grid finds the vertices still there by place. It hashes square cells twice as
// wide as the mean edge, and is built again whenever half of its vertices have
// gone, so that cells grow with the detail that is left.
type grid struct {
	cell  float64 // width in grid units
	shift int
	head  []int32 // by hash of the cell
	chain []int32 // next vertex of the same hash
	built int     // vertices entered
}

func (g *grid) build(s *simplifier) {
	g.built = s.left
	g.cell = 2 * max(1, s.meanEdge())
	size := bits.Len(uint(s.left)) + 1
	g.shift = 64 - size
	g.head = make([]int32, 1<<size)
	for i := range g.head {
		g.head[i] = none
	}
	if g.chain == nil {
		g.chain = make([]int32, len(s.at))
	}
	for v, p := range s.at {
		if !s.gone[v] {
			h := g.hash(g.index(float64(p.X)), g.index(float64(p.Y)))
			g.chain[v], g.head[h] = g.head[h], int32(v)
		}
	}
}

func (g *grid) index(x float64) int64 { return int64(math.Floor(x / g.cell)) }

func (g *grid) hash(cx, cy int64) uint64 {
	return (uint64(cx)*0x9E3779B97F4A7C15 ^ uint64(cy)*0xC2B2AE3D27D4EB4F) * 0xFF51AFD7ED558CCD >> g.shift
}

// meanEdge is the mean extent of the edges still there, in grid units.
func (s *simplifier) meanEdge() float64 {
	var sum float64
	edges := 0
	for v, w := range s.next {
		if w != none && !s.gone[v] {
			a, b := s.at[v], s.at[w]
			sum += math.Abs(float64(a.X)-float64(b.X)) + math.Abs(float64(a.Y)-float64(b.Y))
			edges++
		}
	}
	return sum / max(1, float64(edges))
}

// maxSpan is the longest edge that may be made, along either axis. It keeps the
// products of the predicate inside int64.
const maxSpan = 1 << 30

// triangle is a vertex that might go with its two neighbours.
type triangle struct {
	u, v, w    mercator.Point
	minX, maxX int32
	minY, maxY int32
}

func newTriangle(u, v, w mercator.Point) triangle {
	return triangle{
		u: u, v: v, w: w,
		minX: min(u.X, v.X, w.X), maxX: max(u.X, v.X, w.X),
		minY: min(u.Y, v.Y, w.Y), maxY: max(u.Y, v.Y, w.Y),
	}
}

// tooLong tells whether a side is longer than maxSpan.
func (t *triangle) tooLong() bool {
	return int64(t.maxX)-int64(t.minX) > maxSpan || int64(t.maxY)-int64(t.minY) > maxSpan
}

// holds tells whether p lies in the closed triangle, but is not one of the two
// neighbours. A triangle without area is the segment its corners lie on.
func (t *triangle) holds(p mercator.Point) bool {
	if p.X < t.minX || p.X > t.maxX || p.Y < t.minY || p.Y > t.maxY || p == t.u || p == t.w {
		return false
	}
	a, b, c := cross(t.u, t.v, p), cross(t.v, t.w, p), cross(t.w, t.u, p)
	return !(min(a, b, c) < 0 && max(a, b, c) > 0)
}

// cross is (b-a) × (p-a). All three lie in one box of maxSpan, so that it is
// below 2^61.
func cross(a, b, p mercator.Point) int64 {
	return (int64(b.X)-int64(a.X))*(int64(p.Y)-int64(a.Y)) -
		(int64(b.Y)-int64(a.Y))*(int64(p.X)-int64(a.X))
}

// blocker returns a vertex that keeps v from going, or none. For a triangle
// that is too long that is v itself, which keeps it waiting until a neighbour
// goes.
func (s *simplifier) blocker(v int32, size float64) int32 {
	t := newTriangle(s.at[s.prev[v]], s.at[v], s.at[s.next[v]])
	if t.tooLong() {
		return v
	}
	g := &s.grid
	for cy := g.index(float64(t.minY)); cy <= g.index(float64(t.maxY)); cy++ {
		lo, hi := t.between(float64(cy)*g.cell, float64(cy+1)*g.cell)
		for cx := g.index(lo); cx <= g.index(hi); cx++ {
			for p := g.head[g.hash(cx, cy)]; p != none; p = g.chain[p] {
				if !s.gone[p] && p != v && t.holds(s.at[p]) && s.stands(p, size) {
					return p
				}
			}
		}
	}
	return none
}

// between returns the range of x that the triangle takes up in a band of y,
// with a unit to spare, so that a thin triangle looks into few cells.
func (t *triangle) between(lo, hi float64) (minX, maxX float64) {
	minX, maxX = math.Inf(1), math.Inf(-1)
	for _, side := range [3][2]mercator.Point{{t.u, t.v}, {t.v, t.w}, {t.w, t.u}} {
		a, b := side[0], side[1]
		if a.Y > b.Y {
			a, b = b, a
		}
		ax, ay, bx, by := float64(a.X), float64(a.Y), float64(b.X), float64(b.Y)
		if by < lo || ay > hi {
			continue
		}
		if slope := (bx - ax) / (by - ay); by > ay {
			ax, bx = ax+slope*max(0, lo-ay), bx-slope*max(0, by-hi)
		}
		minX, maxX = min(minX, ax, bx), max(maxX, ax, bx)
	}
	return minX - 1, maxX + 1
}
