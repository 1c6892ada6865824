package coverage

import (
	"slices"

	"jieming/geo"
)

// planar is a planar graph of lines that meet at common ends or not at all.
//
// A line has two half-edges: 2i runs along line i and 2i+1 against it. Each has
// a cycle on its left: the closed walk that keeps to that side.
type planar struct {
	lines [][]geo.Point
	order []int32 // half-edges by origin, then counter-clockwise
	rank  []int32 // place of each half-edge in order
	first []int32 // rank of the first half-edge of the same origin
	last  []int32 // rank of the last
}

func twin(h int32) int32 { return h ^ 1 }

// newPlanar orders the half-edges of lines around their origins.
func newPlanar(lines [][]geo.Point) *planar {
	n := 2 * len(lines)
	g := &planar{lines: lines, order: make([]int32, n), rank: make([]int32, n), first: make([]int32, n), last: make([]int32, n)}
	spokes := make([]spoke, n)
	for h := range spokes {
		spokes[h] = g.spoke(int32(h))
	}
	slices.SortFunc(spokes, compareSpokes)
	for k, start := 0, 0; k < n; k++ {
		if spokes[k].origin != spokes[start].origin {
			start = k
		}
		h := spokes[k].half
		g.order[k], g.rank[h], g.first[h] = h, int32(k), int32(start)
	}
	for k := n - 1; k >= 0; k-- {
		h := g.order[k]
		if k == n-1 || spokes[k].origin != spokes[k+1].origin {
			g.last[h] = int32(k)
		} else {
			g.last[h] = g.last[g.order[k+1]]
		}
	}
	return g
}

// spoke is a half-edge seen from its origin.
type spoke struct {
	origin int64
	dir    vector
	half   int32
}

func (g *planar) spoke(h int32) spoke {
	a, b := g.step(h)
	return spoke{origin: geo.Key(a), dir: from(a, b), half: h}
}

func compareSpokes(a, b spoke) int {
	switch {
	case a.origin < b.origin:
		return -1
	case a.origin > b.origin:
		return 1
	}
	if c := compareAngle(a.dir, b.dir); c != 0 {
		return c
	}
	return int(a.half - b.half)
}

// step returns the first two points along half-edge h.
func (g *planar) step(h int32) (a, b geo.Point) {
	line := g.lines[h>>1]
	if h&1 == 0 {
		return line[0], line[1]
	}
	return line[len(line)-1], line[len(line)-2]
}

// origin returns the node half-edge h starts from.
func (g *planar) origin(h int32) geo.Point {
	a, _ := g.step(h)
	return a
}

// clockwise returns the half-edge that follows h clockwise around its origin.
func (g *planar) clockwise(h int32) int32 {
	if g.rank[h] == g.first[h] {
		return g.order[g.last[h]]
	}
	return g.order[g.rank[h]-1]
}

// next returns the half-edge that continues the boundary of what lies left of h.
func (g *planar) next(h int32) int32 { return g.clockwise(twin(h)) }

// nextOutline is next with the half-edges ignored that have the inside on both
// sides: it follows the boundary of a union of faces.
func (g *planar) nextOutline(h int32, inside func(h int32) bool) int32 {
	k := g.next(h)
	for k != twin(h) && inside(twin(k)) {
		k = g.clockwise(k)
	}
	return k
}

// walk returns the closed walk that starts with h.
func walk(h int32, next func(int32) int32) []int32 {
	cycle := []int32{h}
	for k := next(h); k != h; k = next(k) {
		cycle = append(cycle, k)
	}
	return cycle
}

// rings cuts a closed walk at the nodes it visits more than once, so that what
// is returned are simple rings: a shell that touches itself becomes a shell and
// holes. The interior stays on the left.
func (g *planar) rings(cycle []int32) [][]int32 {
	if len(cycle) == 1 {
		return [][]int32{cycle}
	}
	var rings [][]int32
	open := make([]int32, 0, len(cycle))
	at := make(map[geo.Point]int, len(cycle)) // place in open of the half-edge that starts there
	for _, h := range cycle {
		at[g.origin(h)] = len(open)
		open = append(open, h)
		k, visited := at[g.origin(twin(h))]
		if !visited {
			continue
		}
		rings = append(rings, slices.Clone(open[k:]))
		for _, gone := range open[k:] {
			delete(at, g.origin(gone))
		}
		open = open[:k]
	}
	return rings
}

// points returns the vertices along half-edges, each ring closed by its start.
func (g *planar) points(ring []int32) []geo.Point {
	total := 1
	for _, h := range ring {
		total += len(g.lines[h>>1]) - 1
	}
	out := make([]geo.Point, 0, total)
	for _, h := range ring {
		line := g.lines[h>>1]
		if h&1 == 0 {
			out = append(out, line[:len(line)-1]...)
			continue
		}
		for i := len(line) - 1; i > 0; i-- {
			out = append(out, line[i])
		}
	}
	return append(out, out[0])
}
