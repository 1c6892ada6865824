package lattice

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// Area rounds an area: its rings along their rounded lines, outer rings
// counter-clockwise. What falls together cancels; a part that is pinched off stands
// for itself. Nothing is left of an area that has no inside any more. Rings that
// share lines with others fit them exactly.
func (l *Lattice) Area(area orb.MultiPolygon) (orb.MultiPolygon, error) {
	edges := map[edge]struct{}{}
	for _, polygon := range area {
		for _, ring := range polygon {
			path, err := l.path(orb.LineString(ring))
			if err != nil {
				return nil, err
			}
			for i := 1; i < len(path); i++ {
				put(edges, edge{path[i-1], path[i]})
			}
		}
	}
	return l.assemble(simple(trace(edges))), nil
}

// edge is a step from one hot cell to another, with the inside on its left.
type edge struct{ from, to Cell }

// put adds an edge, or takes away the one that runs against it: nothing lies
// between the two.
func put(edges map[edge]struct{}, e edge) {
	against := edge{e.to, e.from}
	if _, there := edges[against]; there {
		delete(edges, against)
		return
	}
	edges[e] = struct{}{}
}

func compareCells(a, b Cell) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) }

// trace joins edges to loops: at each cell the inside goes on with the first edge
// clockwise of the one that it came by. It takes all edges.
func trace(edges map[edge]struct{}) (loops [][]Cell) {
	onward := map[Cell][]Cell{}
	starts := make([]Cell, 0, len(edges))
	for e := range edges {
		if len(onward[e.from]) == 0 {
			starts = append(starts, e.from)
		}
		onward[e.from] = append(onward[e.from], e.to)
	}
	slices.SortFunc(starts, compareCells)
	for _, to := range onward {
		slices.SortFunc(to, compareCells)
	}
	for _, start := range starts {
		for len(onward[start]) > 0 {
			loops = append(loops, follow(onward, start))
		}
	}
	return loops
}

// follow takes one loop.
func follow(onward map[Cell][]Cell, start Cell) (loop []Cell) {
	first := onward[start][0]
	for from, to := start, first; ; {
		onward[from] = slices.DeleteFunc(onward[from], func(c Cell) bool { return c == to })
		loop = append(loop, from)
		next := onward[to]
		if to == start && !slices.ContainsFunc(next, func(c Cell) bool { return sooner(to, from, c, first) }) || len(next) == 0 {
			return loop
		}
		best := next[0]
		for _, c := range next[1:] {
			if sooner(to, from, c, best) {
				best = c
			}
		}
		from, to = to, best
	}
}

// sooner tells whether, turning clockwise at a cell from where it came, a is met
// before b.
func sooner(at, came, a, b Cell) bool {
	back := step(at, came)
	return before(turned(back, step(at, a)), turned(back, step(at, b)))
}

type vector struct{ x, y int64 }

func step(from, to Cell) vector {
	return vector{int64(to.X) - int64(from.X), int64(to.Y) - int64(from.Y)}
}

// turned is a direction seen from back, in a frame in which clockwise from back is
// counter-clockwise from the x axis.
func turned(back, v vector) vector {
	return vector{back.x*v.x + back.y*v.y, back.y*v.x - back.x*v.y}
}

// before orders directions by their angle from the x axis, 0 to a full turn.
func before(a, b vector) bool {
	if half(a) != half(b) {
		return half(a) < half(b)
	}
	return cross(a, b) > 0
}

func half(v vector) int {
	if v.y > 0 || v.y == 0 && v.x > 0 {
		return 0
	}
	return 1
}

// cross of directions that turned has made may not fit 64 bits. Floats have its sign
// all the same: it is the square of back times that of two steps between cells,
// which is a whole number, and no two steps are so long that one is lost beside
// their product.
func cross(a, b vector) float64 { return float64(a.x)*float64(b.y) - float64(a.y)*float64(b.x) }

// simple cuts loops where they touch themselves.
func simple(loops [][]Cell) (out [][]Cell) {
	for _, loop := range loops {
		at := map[Cell]int{}
		var open []Cell
		for _, c := range loop {
			if i, met := at[c]; met {
				out = append(out, slices.Clone(open[i:]))
				for _, gone := range open[i:] {
					delete(at, gone)
				}
				open = open[:i]
			}
			at[c] = len(open)
			open = append(open, c)
		}
		out = append(out, open)
	}
	return slices.DeleteFunc(out, func(loop []Cell) bool { return len(loop) < 3 })
}

// doubled is twice the area of a loop, positive counter-clockwise.
func doubled(loop []Cell) (sum int64) {
	for i, c := range loop {
		d := loop[(i+1)%len(loop)]
		a, b := step(loop[0], c), step(loop[0], d)
		sum += a.x*b.y - a.y*b.x
	}
	return sum
}

// assemble makes polygons of loops: each hole goes into the smallest shell around.
func (l *Lattice) assemble(loops [][]Cell) (out orb.MultiPolygon) {
	var shells, holes [][]Cell
	for _, loop := range loops {
		if doubled(loop) > 0 {
			shells = append(shells, loop)
		} else {
			holes = append(holes, loop)
		}
	}
	inside := make([][]int, len(shells))
	for h, hole := range holes {
		if s := smallest(shells, hole); s >= 0 {
			inside[s] = append(inside[s], h)
		}
	}
	for s, shell := range shells {
		polygon := orb.Polygon{l.ring(shell)}
		for _, h := range inside[s] {
			polygon = append(polygon, l.ring(holes[h]))
		}
		out = append(out, polygon)
	}
	return out
}

func (l *Lattice) ring(loop []Cell) orb.Ring {
	ring := make(orb.Ring, 0, len(loop)+1)
	for _, c := range loop {
		ring = append(ring, l.middle(c))
	}
	return append(ring, ring[0])
}

// smallest is the smallest shell that holds a hole, -1 for none.
func smallest(shells [][]Cell, hole []Cell) int {
	best := -1
	for i, shell := range shells {
		if holds(shell, hole) && (best < 0 || doubled(shell) < doubled(shells[best])) {
			best = i
		}
	}
	return best
}

// holds tells whether a hole lies in a shell. The middle of an edge of the hole
// decides: edges meet at cells only.
func holds(shell, hole []Cell) (in bool) {
	px, py := int64(hole[0].X)+int64(hole[1].X), int64(hole[0].Y)+int64(hole[1].Y) // doubled
	for i, a := range shell {
		b := shell[(i+1)%len(shell)]
		ax, ay, bx, by := 2*int64(a.X), 2*int64(a.Y), 2*int64(b.X), 2*int64(b.Y)
		if (ay > py) == (by > py) {
			continue
		}
		if side := (bx-ax)*(py-ay) - (by-ay)*(px-ax); (side > 0) == (by > ay) {
			in = !in
		}
	}
	return in
}
