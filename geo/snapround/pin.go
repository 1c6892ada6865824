package snapround

import (
	"math/big"
	"slices"
)

// pin makes a cell hot: every line that passes through it will pass through its
// middle.
func (r *Rounder) pin(c Cell) {
	if r.reached(c) {
		r.pins = append(r.pins, c)
	}
}

func (r *Rounder) pinVertices() {
	for i := range r.segments {
		s := &r.segments[i]
		r.pin(Cell{r.cell(s.ax), r.cell(s.ay)})
		r.pin(Cell{r.cell(s.bx), r.cell(s.by)})
	}
}

// pinRims pins where segments cross the edges of this tile and its neighbours,
// with and without buffer, so that all of them have a vertex there.
func (r *Rounder) pinRims() {
	for i := range r.segments {
		s := &r.segments[i]
		for _, rim := range r.rims {
			at := int64(rim) << r.shift
			if crosses(s.ax, s.bx, at) {
				r.pin(Cell{rim, r.crossingCell(s.ay, s.by-s.ay, at-s.ax, s.bx-s.ax)})
			}
			if crosses(s.ay, s.by, at) {
				r.pin(Cell{r.crossingCell(s.ax, s.bx-s.ax, at-s.ay, s.by-s.ay), rim})
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

// pinCrossings pins where segments cross each other.
func (r *Rounder) pinCrossings() {
	r.near.reset(r.low-rimCells, r.high+rimCells)
	for i := range r.segments {
		r.near.span(r, &r.segments[i], func(b int) { r.near.count(b) })
	}
	r.near.lay()
	for i := range r.segments {
		r.near.span(r, &r.segments[i], func(b int) { r.near.put(b, int32(i)) })
	}
	r.near.each(func(members []int32) {
		for n, i := range members {
			for _, j := range members[n+1:] {
				r.pinCrossing(&r.segments[i], &r.segments[j])
			}
		}
	})
}

func (r *Rounder) pinCrossing(s, t *segment) {
	if max(s.ax, s.bx) < min(t.ax, t.bx) || max(t.ax, t.bx) < min(s.ax, s.bx) ||
		max(s.ay, s.by) < min(t.ay, t.by) || max(t.ay, t.by) < min(s.ay, s.by) {
		return
	}
	if s.side(t.ax, t.ay)*s.side(t.bx, t.by) < 0 && t.side(s.ax, s.ay)*t.side(s.bx, s.by) < 0 {
		r.pin(r.meeting(s, t))
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

// sortPins puts the pins into buckets, each once: they are the vertices.
func (r *Rounder) sortPins() {
	b := &r.found
	b.reset(r.low-rimCells, r.high+rimCells)
	for _, c := range r.pins {
		b.count(b.of(c))
	}
	b.lay()
	for i, c := range r.pins {
		b.put(b.of(c), int32(i))
	}
	r.vertices = r.vertices[:0]
	for n := range b.begin[:b.n] {
		members := b.members(n)
		slices.SortFunc(members, func(i, j int32) int { return compareCells(r.pins[i], r.pins[j]) })
		b.begin[n] = int32(len(r.vertices))
		for k, i := range members {
			if k == 0 || r.pins[i] != r.pins[members[k-1]] {
				r.vertices = append(r.vertices, r.pins[i])
			}
		}
	}
	b.begin[b.n] = int32(len(r.vertices)) // from here on, begin holds ranges of vertices
}

func compareCells(a, b Cell) int {
	if a.Y != b.Y {
		return int(a.Y) - int(b.Y)
	}
	return int(a.X) - int(b.X)
}
