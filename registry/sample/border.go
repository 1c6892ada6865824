package sample

import (
	"cmp"

	"jieming/geo"
)

// side is one side of a cell that two regions share, named by its corners in
// order, so that both regions name it alike.
type side struct{ a, b corner }

func sideOf(a, b corner) side {
	if less(b, a) {
		a, b = b, a
	}
	return side{a, b}
}

func less(a, b corner) bool {
	return cmp.Or(cmp.Compare(a.v, b.v), cmp.Compare(a.u, b.u)) < 0
}

// How much borders wander. All of it is integer arithmetic, so the sample has
// the same bytes on every machine.
const (
	jitter    = 26_0000 // a corner moves up to this far, grid units
	rounds    = 2       // how often corners are drawn towards their neighbours
	halvings  = 3       // a side becomes 2^halvings segments
	roughness = 150     // a midpoint leaves its chord by up to this many thousandths of its length
)

// borders is the course of every side.
type borders struct {
	joined  map[corner]corner // corners drawn together to one point
	place   map[corner]geo.Point
	courses map[side][]geo.Point // from a to b, both included
}

// drawBorders lays the course of every side of the honeycomb on which two
// regions meet. The two corners of each pinched side become one point, where
// four regions touch.
func drawBorders(h honeycomb, pinched []side) *borders {
	b := &borders{joined: map[corner]corner{}, place: map[corner]geo.Point{}, courses: map[side][]geo.Point{}}
	for _, p := range pinched {
		b.joined[p.b] = p.a
	}
	neighbours := b.network(h)
	for c := range neighbours {
		b.place[c] = c.at()
	}
	for _, p := range pinched {
		b.place[p.a] = middle(p.a.at(), p.b.at())
	}
	for c, p := range b.place {
		b.place[c] = geo.Point{X: p.X + noise(c, c, 1)*jitter/1000, Y: p.Y + noise(c, c, 2)*jitter/1000}
	}
	for range rounds {
		b.relax(neighbours)
	}
	for s := range b.courses {
		b.courses[s] = wander(b.place[s.a], b.place[s.b], s, halvings)
	}
	return b
}

// root is the corner that stands for c.
func (b *borders) root(c corner) corner {
	if r, ok := b.joined[c]; ok {
		return r
	}
	return c
}

// network finds the sides on which regions meet and the neighbours of each
// corner along them.
func (b *borders) network(h honeycomb) map[corner][]corner {
	neighbours := map[corner][]corner{}
	for c, code := range h {
		corners, across := c.corners(), c.across()
		for i, d := range across {
			s := sideOf(b.root(corners[i]), b.root(corners[(i+1)%6]))
			if h[d] == code || s.a == s.b {
				continue
			}
			if _, seen := b.courses[s]; seen {
				continue
			}
			b.courses[s] = nil
			neighbours[s.a] = append(neighbours[s.a], s.b)
			neighbours[s.b] = append(neighbours[s.b], s.a)
		}
	}
	return neighbours
}

// relax draws every corner half way to the mean of its neighbours, which takes
// the zigzag out of the honeycomb.
func (b *borders) relax(neighbours map[corner][]corner) {
	moved := make(map[corner]geo.Point, len(b.place))
	for c, p := range b.place {
		n := int64(len(neighbours[c]))
		x, y := n*int64(p.X), n*int64(p.Y)
		for _, d := range neighbours[c] {
			x, y = x+int64(b.place[d].X), y+int64(b.place[d].Y)
		}
		moved[c] = geo.Point{X: int32(x / (2 * n)), Y: int32(y / (2 * n))}
	}
	b.place = moved
}

// wander returns a course from p to q by midpoint displacement (Fournier,
// Fussell and Carpenter, "Computer rendering of stochastic models", 1982).
func wander(p, q geo.Point, s side, depth int) []geo.Point {
	if depth == 0 {
		return []geo.Point{p, q}
	}
	m := middle(p, q)
	swing := int64(noise(s.a, s.b, int32(depth)<<16^p.X)) * roughness / 1000
	m.X -= int32(int64(q.Y-p.Y) * swing / 1000)
	m.Y += int32(int64(q.X-p.X) * swing / 1000)
	first := wander(p, m, s, depth-1)
	return append(first, wander(m, q, s, depth-1)[1:]...)
}

func middle(p, q geo.Point) geo.Point {
	return geo.Point{X: int32((int64(p.X) + int64(q.X)) / 2), Y: int32((int64(p.Y) + int64(q.Y)) / 2)}
}

// noise returns a number from -1000 to 1000 that depends on its arguments
// alone (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
func noise(a, b corner, salt int32) int32 {
	x := uint64(uint32(a.u))<<48 ^ uint64(uint32(a.v))<<32 ^ uint64(uint32(b.u))<<16 ^ uint64(uint32(b.v)) ^ uint64(uint32(salt))<<24
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int32((x^x>>31)%2001) - 1000
}
