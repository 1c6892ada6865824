package snapround

import "math/big"

// pin makes a cell hot, if it takes part: every line that passes through it will
// pass through its middle. It returns the vertex there, which belongs to a segment
// unless it is there already.
func (r *Rounder) pin(c Cell, segment int32) int32 {
	if !r.reached(c) {
		return none
	}
	mask := uint32(len(r.table) - 1)
	for at := slot(c) & mask; ; at = (at + 1) & mask {
		v := r.table[at]
		if v == 0 {
			return r.addVertex(c, segment, at)
		}
		if r.vertices[v-1] == c {
			return v - 1
		}
	}
}

// slot scatters cells.
func slot(c Cell) uint32 {
	h := uint32(c.X)*0x9E3779B1 + uint32(c.Y)*0x85EBCA6B
	return h ^ h>>15
}

func (r *Rounder) addVertex(c Cell, segment int32, at uint32) int32 {
	r.vertices, r.own = append(r.vertices, c), append(r.own, segment)
	n := len(r.vertices)
	r.table[at] = int32(n)
	if 2*n > len(r.table) {
		r.growTable()
	}
	return int32(n - 1)
}

// leastTable is the size of the table of a tile with few vertices.
const leastTable = 1 << 9

// resetTable makes the table as large as the tile before wanted it: the next one
// is often like it.
func (r *Rounder) resetTable() {
	size := leastTable
	for size < 2*len(r.vertices) {
		size *= 2
	}
	r.table = resize(r.table, size)
	clear(r.table)
}

// growTable doubles the table.
func (r *Rounder) growTable() {
	r.table = resize(r.table, 2*len(r.table))
	clear(r.table)
	mask := uint32(len(r.table) - 1)
	for v, c := range r.vertices {
		at := slot(c) & mask
		for r.table[at] != 0 {
			at = (at + 1) & mask
		}
		r.table[at] = int32(v + 1)
	}
}

// pinRims pins where segments cross the edges of this tile and its neighbours,
// with and without buffer, so that all of them have a vertex there.
func (r *Rounder) pinRims() {
	for _, i := range r.outer { // most are between all of them
		s := &r.segments[i]
		for _, rim := range r.rims {
			at := int64(rim) << r.shift
			if crosses(s.ax, s.bx, at) {
				r.pin(Cell{rim, r.crossingCell(s.ay, s.by-s.ay, at-s.ax, s.bx-s.ax)}, none)
			}
			if crosses(s.ay, s.by, at) {
				r.pin(Cell{r.crossingCell(s.ax, s.bx-s.ax, at-s.ay, s.by-s.ay), rim}, none)
			}
		}
	}
}

// crosses tells whether a coordinate that runs from a to b passes at in between.
func crosses(a, b, at int64) bool {
	return a < at && at < b || b < at && at < a
}

// crossingCell returns the cell of from + by·part/whole.
func (r *Rounder) crossingCell(from, by, part, whole int64) int32 {
	if whole < 0 {
		part, whole = -part, -whole
	}
	whole64 := by * part
	q := whole64 / whole
	if whole64%whole != 0 && whole64 < 0 {
		q--
	}
	return r.cell(from + q) // the fraction left over cannot reach the next cell
}

// pinCrossings puts the segments into the grid and pins where they cross each
// other.
func (r *Rounder) pinCrossings() {
	g := &r.grid
	for i := range r.segments {
		s := &r.segments[i]
		before := none
		if s.follows {
			before = int32(i - 1) // which it meets, and does not cross
		}
		in := g.around(s.box)
		wide := in.bottom-in.top >= 2 && in.right-in.left >= 2
		first, last := in.left, in.right
		for row := in.top; row <= in.bottom; row++ {
			if wide {
				first, last = g.columns(r, s, in, row)
			}
			for square := row*g.wide + first; square <= row*g.wide+last; square++ {
				r.pinSquare(s, square, before)
				g.put(square, int32(i), s.box)
			}
		}
	}
}

// pinSquare pins where a segment crosses those in a square of the grid, but for
// one.
func (r *Rounder) pinSquare(s *segment, square int, but int32) {
	for n := r.grid.heads[square]; n != 0; {
		e := &r.grid.entries[n-1]
		if e.box.meets(s.box) && e.segment != but {
			r.pinCrossing(s, &r.segments[e.segment])
		}
		n = e.next
	}
}

func (r *Rounder) pinCrossing(s, t *segment) {
	if max(s.ax, s.bx) <= min(t.ax, t.bx) || max(t.ax, t.bx) <= min(s.ax, s.bx) ||
		max(s.ay, s.by) <= min(t.ay, t.by) || max(t.ay, t.by) <= min(s.ay, s.by) {
		return // they touch at most
	}
	if s.side(t.ax, t.ay)*s.side(t.bx, t.by) < 0 && t.side(s.ax, s.ay)*t.side(s.bx, s.by) < 0 {
		r.pin(r.meeting(s, t), none)
	}
}

// side tells on which side of the segment's line a point lies: -1, 0 or 1.
func (s *segment) side(x, y int64) int {
	c := (s.bx-s.ax)*(y-s.ay) - (s.by-s.ay)*(x-s.ax)
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

// meeting returns the cell in which two segments cross. It is rare: lines of a
// coverage do not.
func (r *Rounder) meeting(s, t *segment) Cell {
	sx, sy, tx, ty := s.bx-s.ax, s.by-s.ay, t.bx-t.ax, t.by-t.ay
	part := big.NewInt(0).Sub(product(t.ax-s.ax, ty), product(t.ay-s.ay, tx))
	whole := big.NewInt(0).Sub(product(sx, ty), product(sy, tx))
	along := func(from, by int64) int32 {
		n := big.NewInt(0).Mul(part, big.NewInt(by))
		return r.cell(from + floorDiv(n, whole))
	}
	return Cell{along(s.ax, sx), along(s.ay, sy)}
}

func product(a, b int64) *big.Int { return big.NewInt(0).Mul(big.NewInt(a), big.NewInt(b)) }

// floorDiv returns n/d rounded down.
func floorDiv(n, d *big.Int) int64 {
	if d.Sign() < 0 {
		n, d = big.NewInt(0).Neg(n), big.NewInt(0).Neg(d)
	}
	return big.NewInt(0).Div(n, d).Int64() // Euclidean, which is the floor for d > 0
}

func compareCells(a, b Cell) int {
	if a.Y != b.Y {
		return int(a.Y) - int(b.Y)
	}
	return int(a.X) - int(b.X)
}
