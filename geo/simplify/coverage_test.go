package simplify_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"jieming/geo/mercator"
)

// edge is a directed border segment.
type edge [2]mercator.Point

// chain joins undirected edges into arcs: nodes are the points where not two
// edges meet, and what is left are closed arcs.
func chain(edges []edge) [][]mercator.Point {
	at := map[mercator.Point][]mercator.Point{}
	for _, e := range edges {
		at[e[0]] = append(at[e[0]], e[1])
		at[e[1]] = append(at[e[1]], e[0])
	}
	points := make([]mercator.Point, 0, len(at))
	for p := range at {
		points = append(points, p)
	}
	slices.SortFunc(points, compare)
	used := map[edge]bool{}
	walk := func(p, q mercator.Point) []mercator.Point {
		arc := []mercator.Point{p}
		for {
			used[edge{p, q}], used[edge{q, p}] = true, true
			arc = append(arc, q)
			if len(at[q]) != 2 || q == arc[0] {
				return arc
			}
			next := at[q][0]
			if next == p {
				next = at[q][1]
			}
			p, q = q, next
		}
	}
	var arcs [][]mercator.Point
	for _, nodes := range []bool{true, false} {
		for _, p := range points {
			if (len(at[p]) != 2) != nodes {
				continue
			}
			for _, q := range at[p] {
				if !used[edge{p, q}] {
					arcs = append(arcs, walk(p, q))
				}
			}
		}
	}
	return arcs
}

// randomArcs makes a coverage: a square lattice of size² cells whose corners
// are jittered by less than half a cell, so that no edges cross, with regions
// grown at random over the cells. It has islands, enclaves, touching corners,
// long thin necks and arcs that share both ends.
func randomArcs(random *rand.Rand, size, regions int) [][]mercator.Point {
	return latticeArcs(random, randomRegions(random, size, regions))
}

// latticeArcs returns the borders between cells of a jittered lattice with
// different labels; 0 is also what lies around.
func latticeArcs(random *rand.Rand, label [][]int) [][]mercator.Point {
	const cell = 40_000
	size := len(label)
	corner := make([][]mercator.Point, size+1)
	for i := range corner {
		corner[i] = make([]mercator.Point, size+1)
		for j := range corner[i] {
			jitter := func() int32 { return int32(random.IntN(cell*9/10)) - cell*9/20 }
			corner[i][j] = mercator.Point{X: 1_250_000_000 + int32(i)*cell + jitter(), Y: 430_000_000 + int32(j)*cell + jitter()}
		}
	}
	at := func(i, j int) int {
		if i < 0 || j < 0 || i >= size || j >= size {
			return 0
		}
		return label[i][j]
	}
	var edges []edge
	for i := range size + 1 {
		for j := range size + 1 {
			if i < size && at(i, j) != at(i, j-1) {
				edges = append(edges, edge{corner[i][j], corner[i+1][j]})
			}
			if j < size && at(i, j) != at(i-1, j) {
				edges = append(edges, edge{corner[i][j], corner[i][j+1]})
			}
		}
	}
	return chain(edges)
}

// fractalArcs makes a coverage whose regions lie between the contours of a
// fractal landscape, with bays, islands and lakes of all sizes. The size is a
// power of two.
func fractalArcs(random *rand.Rand, size, regions int) [][]mercator.Point {
	height := landscape(random, size)
	label := make([][]int, size)
	for i := range label {
		label[i] = make([]int, size)
		for j := range label[i] {
			label[i][j] = int(math.Floor(height[i][j]*float64(regions)/float64(size))) & 7
		}
	}
	return latticeArcs(random, label)
}

// landscape is a height for each place of a lattice that wraps around: each step
// halves the distance between the places that are known and how much the ones
// between them may differ from their mean.
func landscape(random *rand.Rand, size int) [][]float64 {
	height := make([][]float64, size)
	for i := range height {
		height[i] = make([]float64, size)
	}
	for step := size; step > 1; step /= 2 {
		half := step / 2
		shift := func() float64 { return (random.Float64() - 0.5) * float64(step) }
		for i := 0; i < size; i += step {
			for j := 0; j < size; j += step {
				a, b := height[i][j], height[(i+step)%size][j]
				c, d := height[i][(j+step)%size], height[(i+step)%size][(j+step)%size]
				height[i+half][j] = (a+b)/2 + shift()
				height[i][j+half] = (a+c)/2 + shift()
				height[i+half][j+half] = (a+b+c+d)/4 + shift()
			}
		}
	}
	return height
}

// randomRegions grows regions from seeds; some cells stay outside (0) and some
// become regions of one cell.
func randomRegions(random *rand.Rand, size, regions int) [][]int {
	label := make([][]int, size)
	for i := range label {
		label[i] = make([]int, size)
	}
	type place struct{ i, j int }
	var front []place
	for r := range regions {
		p := place{random.IntN(size), random.IntN(size)}
		label[p.i][p.j] = r + 1
		front = append(front, p)
	}
	for left := size * size * 9 / 10; left > 0 && len(front) > 0; {
		k := random.IntN(len(front))
		p := front[k]
		grown := false
		for _, d := range random.Perm(4) {
			q := place{p.i + []int{1, -1, 0, 0}[d], p.j + []int{0, 0, 1, -1}[d]}
			if q.i >= 0 && q.j >= 0 && q.i < size && q.j < size && label[q.i][q.j] == 0 {
				label[q.i][q.j] = label[p.i][p.j]
				front = append(front, q)
				grown, left = true, left-1
				break
			}
		}
		if !grown {
			front[k] = front[len(front)-1]
			front = front[:len(front)-1]
		}
	}
	for k := range size * size / 20 {
		label[random.IntN(size)][random.IntN(size)] = regions + 1 + k
	}
	return label
}

// turn is the side of c on the line from a to b.
func turn(a, b, c mercator.Point) int {
	return cmp.Compare((int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)), (int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X)))
}

func within(a, b, p mercator.Point) bool {
	return turn(a, b, p) == 0 && p.X >= min(a.X, b.X) && p.X <= max(a.X, b.X) && p.Y >= min(a.Y, b.Y) && p.Y <= max(a.Y, b.Y)
}

// conflict tells whether two segments share anything but one common end.
func conflict(e, f edge) bool {
	if turn(e[0], e[1], f[0])*turn(e[0], e[1], f[1]) < 0 && turn(f[0], f[1], e[0])*turn(f[0], f[1], e[1]) < 0 {
		return true
	}
	shared := 0
	for _, p := range e {
		if p == f[0] || p == f[1] {
			shared++
		} else if within(f[0], f[1], p) {
			return true
		}
	}
	for _, p := range f {
		if p != e[0] && p != e[1] && within(e[0], e[1], p) {
			return true
		}
	}
	return shared == 2
}

// firstConflict finds two segments of the arcs that meet other than in a
// vertex that both have. It compares all that share a cell of a grid.
func firstConflict(arcs [][]mercator.Point) (edge, edge, bool) {
	var edges []edge
	var extent float64
	for _, arc := range arcs {
		for i := 1; i < len(arc); i++ {
			edges = append(edges, edge{arc[i-1], arc[i]})
			extent += math.Hypot(float64(arc[i].X-arc[i-1].X), float64(arc[i].Y-arc[i-1].Y))
		}
	}
	width := int32(max(1, 2*extent/float64(max(1, len(edges)))))
	type cell struct{ x, y int32 }
	cells := map[cell][]int32{}
	for i, e := range edges {
		for x := min(e[0].X, e[1].X) / width; x <= max(e[0].X, e[1].X)/width; x++ {
			for y := min(e[0].Y, e[1].Y) / width; y <= max(e[0].Y, e[1].Y)/width; y++ {
				for _, j := range cells[cell{x, y}] {
					if f := edges[j]; conflict(e, f) {
						return e, f, true
					}
				}
				cells[cell{x, y}] = append(cells[cell{x, y}], int32(i))
			}
		}
	}
	return edge{}, edge{}, false
}

func compare(a, b mercator.Point) int {
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
}
