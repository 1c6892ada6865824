package gate

import "fmt"

// Side is where a neighbour lies.
type Side int

// The neighbours of a tile.
const (
	East Side = iota
	South
)

// Seam counts where two neighbouring tiles do not agree.
type Seam struct {
	// Crossings are places where a border crosses the common edge of both tiles;
	// Mismatched those that only one of them has, or at another place.
	Crossings, Mismatched int
	// Differing are edges that lie within the buffers of both tiles and that
	// only one of them has.
	Differing int
	First     string
}

// Zero tells whether the tiles agree.
func (s Seam) Zero() bool { return s.Mismatched == 0 && s.Differing == 0 }

// Compare compares two neighbouring tiles: b lies to that side of a. It looks at
// the lines and rings of layers; features are told apart by their ids. buffer is
// how far both are drawn beyond their extent, in tile units. Places are compared
// as exact fractions. A ring may run along the cut, at the buffer's end: what
// lies there is left out.
func Compare(a, b *Tile, to Side, buffer int32, layers ...string) Seam {
	var s Seam
	for _, name := range layers {
		s.compareLayer(a.Layer(name), b.Layer(name), to, buffer)
	}
	return s
}

func (s *Seam) compareLayer(a, b *Layer, to Side, buffer int32) {
	ours, theirs := newThread(a, to, Extent, buffer), newThread(b, to, 0, buffer)
	for _, n := range ours.crossings {
		s.Crossings += n
	}
	mismatched, first := difference(ours.crossings, theirs.crossings)
	s.note(&s.Mismatched, mismatched, "%s: feature %v", a.Name, first)
	differing, at := difference(ours.edges, theirs.edges)
	s.note(&s.Differing, differing, "%s: feature %v", a.Name, at)
}

func (s *Seam) note(into *int, n int, format string, args ...any) {
	*into += n
	if n > 0 && s.First == "" {
		s.First = fmt.Sprintf(format, args...)
	}
}

// difference counts what is in one of two bags and not in the other, and returns
// one of those.
func difference[K comparable](a, b map[K]int) (n int, first K) {
	for _, bags := range [2][2]map[K]int{{a, b}, {b, a}} {
		for key, times := range bags[0] {
			if more := times - bags[1][key]; more > 0 {
				n, first = n+more, key
			}
		}
	}
	return n, first
}

// thread is what a layer has at the common edge, turned so that the edge is
// x = 0 and y runs along it.
type thread struct {
	crossings map[crossingAt]int
	edges     map[edgeAt]int
}

// crossingAt is where a feature crosses the edge: at y = over / under, reduced.
type crossingAt struct {
	id          uint64
	over, under int64
}

// edgeAt is an edge of a feature in the buffers, the lesser end first.
type edgeAt struct {
	id   uint64
	p, q Cell
}

func newThread(l *Layer, to Side, shift, buffer int32) *thread {
	t := &thread{map[crossingAt]int{}, map[edgeAt]int{}}
	turned := func(c Cell) Cell {
		if to == South {
			c.X, c.Y = c.Y, c.X
		}
		c.X -= shift
		return c
	}
	for i := range l.Features {
		f := &l.Features[i]
		for _, path := range f.Paths {
			for k := 1; k < len(path); k++ {
				t.add(f.ID, turned(path[k-1]), turned(path[k]), buffer)
			}
			if f.Kind == Polygon {
				t.add(f.ID, turned(path[len(path)-1]), turned(path[0]), buffer)
			}
		}
	}
	return t
}

// add adds an edge.
func (t *thread) add(id uint64, p, q Cell, buffer int32) {
	if p.X > q.X || p.X == q.X && p.Y > q.Y {
		p, q = q, p
	}
	if p != q && p.X > -buffer && q.X < buffer && min(p.Y, q.Y) > -buffer && max(p.Y, q.Y) < Extent+buffer {
		t.edges[edgeAt{id, p, q}]++
	}
	if p.X >= 0 || q.X < 0 {
		return
	}
	dx, dy := int64(q.X-p.X), int64(q.Y-p.Y)
	over, under := int64(p.Y)*dx-int64(p.X)*dy, dx
	if over >= 0 && over <= Extent*under {
		common := gcd(over, under)
		t.crossings[crossingAt{id, over / common, under / common}]++
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
