package gate

import "math"

// meet finds the edges that meet elsewhere than at common vertices, by a grid of
// squares that holds a few edges each.
func (j *judge) meet() {
	if len(j.edges) < 2 {
		return
	}
	g := newSquares(j.fabric)
	for _, members := range g.members() {
		for i, e := range members {
			for _, f := range members[:i] {
				if how, v := j.meeting(j.edges[e], j.edges[f]); how != apart {
					j.met(j.edges[e], j.edges[f], how, v)
				}
			}
		}
	}
}

// meeting tells how two edges meet, apart from common vertices.
func (f *fabric) meeting(e, o edge) (meeting, int32) {
	a, b, c, d := f.cells[e.a], f.cells[e.b], f.cells[o.a], f.cells[o.b]
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) || max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return apart, none
	}
	atC, atD := turn(a, b, c), turn(a, b, d)
	if atC > 0 && atD > 0 || atC < 0 && atD < 0 {
		return apart, none
	}
	atA, atB := turn(c, d, a), turn(c, d, b)
	if atA > 0 && atB > 0 || atA < 0 && atB < 0 {
		return apart, none
	}
	if e.a == o.a || e.a == o.b || e.b == o.a || e.b == o.b {
		return f.meetingAtEnd(e, o)
	}
	for _, end := range [4]struct {
		at   int64
		v    int32
		p, q Cell
	}{{atC, o.a, a, b}, {atD, o.b, a, b}, {atA, e.a, c, d}, {atB, e.b, c, d}} {
		if end.at == 0 && between(end.p, end.q, f.cells[end.v]) {
			return abut, end.v
		}
	}
	if atC == 0 && atD == 0 {
		return apart, none
	}
	return cross, none
}

// meetingAtEnd is for edges with a common vertex: they may run along each other.
func (f *fabric) meetingAtEnd(e, o edge) (meeting, int32) {
	common, p, q := e.a, e.b, o.b
	switch {
	case e.a == o.b:
		q = o.a
	case e.b == o.a:
		common, p = e.b, e.a
	case e.b == o.b:
		common, p, q = e.b, e.a, o.a
	}
	at, b, c := f.cells[common], f.cells[p], f.cells[q]
	ahead := int64(b.X-at.X)*int64(c.X-at.X) + int64(b.Y-at.Y)*int64(c.Y-at.Y)
	if turn(at, b, c) == 0 && ahead > 0 {
		return cross, none
	}
	return apart, none
}

// squares is a grid over the fabric.
type squares struct {
	*fabric
	least      Cell
	size       int64
	cols, rows int
}

// newSquares lays a grid of about as many squares as there are edges.
func newSquares(f *fabric) *squares {
	least, most := f.cells[0], f.cells[0]
	for _, c := range f.cells {
		least = Cell{X: min(least.X, c.X), Y: min(least.Y, c.Y)}
		most = Cell{X: max(most.X, c.X), Y: max(most.Y, c.Y)}
	}
	width, height := int64(most.X-least.X)+1, int64(most.Y-least.Y)+1
	size := int64(math.Sqrt(float64(width)*float64(height)/float64(len(f.edges)))) + 1
	size = max(size, (width+height)/1024) // for a few edges of a huge bound
	return &squares{fabric: f, least: least, size: size, cols: int((width-1)/size) + 1, rows: int((height-1)/size) + 1}
}

// members lists the edges of each square that has several.
func (g *squares) members() [][]int32 {
	counts := make([]int32, g.cols*g.rows+1)
	for _, e := range g.edges {
		g.visit(e, func(at int) { counts[at+1]++ })
	}
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	all := make([]int32, counts[len(counts)-1])
	next := append([]int32(nil), counts...)
	for i, e := range g.edges {
		g.visit(e, func(at int) {
			all[next[at]] = int32(i)
			next[at]++
		})
	}
	lists := make([][]int32, 0, len(counts))
	for at := range len(counts) - 1 {
		if counts[at+1]-counts[at] > 1 {
			lists = append(lists, all[counts[at]:counts[at+1]])
		}
	}
	return lists
}

// visit calls do with each square that an edge passes, and perhaps some beside.
func (g *squares) visit(e edge, do func(at int)) {
	a, b := g.cells[e.a], g.cells[e.b]
	if a.Y > b.Y {
		a, b = b, a
	}
	ax, ay, bx, by := int64(a.X-g.least.X), int64(a.Y-g.least.Y), int64(b.X-g.least.X), int64(b.Y-g.least.Y)
	for row := ay / g.size; row <= by/g.size; row++ {
		from, to := ax, bx
		if by > ay {
			// where it enters and leaves the row, rounded outwards by a unit
			from = ax + (bx-ax)*(max(row*g.size, ay)-ay)/(by-ay)
			to = ax + (bx-ax)*(min((row+1)*g.size, by)-ay)/(by-ay)
		}
		from, to = min(from, to)-1, max(from, to)+1
		for col := max(from, 0) / g.size; col <= min(to/g.size, int64(g.cols-1)); col++ {
			do(int(row)*g.cols + int(col))
		}
	}
}
