package snapround

import (
	"cmp"
	"math/big"
	"slices"

	"jieming/geo/mercator"
)

// naive rounds by the definition, in fractions, looking at every pair. It is
// what Rounder is compared with.
type naive struct {
	z, x, y int
	buffer  int32
	lines   []naiveLine
	hot     map[Cell]bool
}

type naiveLine struct {
	arc  int32
	a, b fraction2
}

// fraction2 is a place in tile units.
type fraction2 struct{ x, y *big.Rat }

// edgeOf is a step of an arc between two cells, in the direction of the arc.
type edgeOf struct {
	arc      int32
	from, to Cell
}

func (n *naive) unit(world int32, tile int) *big.Rat {
	corner := int64(tile)<<(32-n.z) - 1<<31
	return big.NewRat(int64(world)-corner, 1<<(20-n.z))
}

func (n *naive) add(arc int32, points []mercator.Point) {
	for i := 1; i < len(points); i++ {
		if a, b := points[i-1], points[i]; a != b {
			n.lines = append(n.lines, naiveLine{arc,
				fraction2{n.unit(a.X, n.x), n.unit(a.Y, n.y)}, fraction2{n.unit(b.X, n.x), n.unit(b.Y, n.y)}})
		}
	}
}

// round returns the steps of all lines.
func (n *naive) round() (steps []edgeOf) {
	n.heat()
	low, high := -n.buffer, tileCells+n.buffer
	boxed := func(c Cell) bool { return c.X >= low && c.X <= high && c.Y >= low && c.Y <= high }
	for i := range n.lines {
		cells := n.passed(&n.lines[i])
		for k := 1; k < len(cells); k++ {
			if boxed(cells[k-1]) && boxed(cells[k]) {
				steps = append(steps, edgeOf{n.lines[i].arc, cells[k-1], cells[k]})
			}
		}
	}
	return steps
}

// heat finds the hot cells: those of ends, of crossings of two lines, and of
// crossings with the edges of tiles and of their buffers.
func (n *naive) heat() {
	n.hot = map[Cell]bool{}
	for i := range n.lines {
		l := &n.lines[i]
		n.warm(l.a)
		n.warm(l.b)
		for _, rim := range []int32{-n.buffer, 0, n.buffer, tileCells - n.buffer, tileCells, tileCells + n.buffer} {
			at := big.NewRat(int64(rim), 1)
			if t, ok := share(l.a.x, l.b.x, at); ok {
				n.warm(l.along(t))
			}
			if t, ok := share(l.a.y, l.b.y, at); ok {
				n.warm(l.along(t))
			}
		}
		for j := range n.lines[:i] {
			n.cross(l, &n.lines[j])
		}
	}
}

// warm makes the cell of a place hot, if it takes part.
func (n *naive) warm(p fraction2) {
	c := Cell{nearest(p.x), nearest(p.y)}
	low, high := -n.buffer-rimCells, tileCells+n.buffer+rimCells
	if c.X >= low && c.X <= high && c.Y >= low && c.Y <= high {
		n.hot[c] = true
	}
}

// nearest rounds half up.
func nearest(v *big.Rat) int32 {
	twice := new(big.Rat).Add(v, big.NewRat(1, 2))
	return int32(floorDiv(twice.Num(), twice.Denom()))
}

// share returns where between from and to a value lies.
func share(from, to, at *big.Rat) (t *big.Rat, between bool) {
	whole := new(big.Rat).Sub(to, from)
	if whole.Sign() == 0 {
		return nil, false
	}
	t = new(big.Rat).Quo(new(big.Rat).Sub(at, from), whole)
	return t, t.Sign() > 0 && t.Cmp(big.NewRat(1, 1)) < 0
}

func (l *naiveLine) along(t *big.Rat) fraction2 {
	at := func(from, to *big.Rat) *big.Rat {
		v := new(big.Rat).Sub(to, from)
		return v.Add(v.Mul(v, t), from)
	}
	return fraction2{at(l.a.x, l.b.x), at(l.a.y, l.b.y)}
}

// cross warms where two lines cross inside both.
func (n *naive) cross(l, o *naiveLine) {
	det := func(ax, ay, bx, by *big.Rat) *big.Rat {
		v := new(big.Rat).Mul(ax, by)
		return v.Sub(v, new(big.Rat).Mul(ay, bx))
	}
	minus := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
	lx, ly, ox, oy := minus(l.b.x, l.a.x), minus(l.b.y, l.a.y), minus(o.b.x, o.a.x), minus(o.b.y, o.a.y)
	whole := det(lx, ly, ox, oy)
	if whole.Sign() == 0 {
		return
	}
	gx, gy := minus(o.a.x, l.a.x), minus(o.a.y, l.a.y)
	t := new(big.Rat).Quo(det(gx, gy, ox, oy), whole)
	u := new(big.Rat).Quo(det(gx, gy, lx, ly), whole)
	one := big.NewRat(1, 1)
	if t.Sign() > 0 && t.Cmp(one) < 0 && u.Sign() > 0 && u.Cmp(one) < 0 {
		n.warm(l.along(t))
	}
}

// passed lists the hot cells that a line passes, in its order. A cell holds its
// western and northern edge and neither of the others.
func (n *naive) passed(l *naiveLine) (cells []Cell) {
	for c := range n.hot {
		if l.passes(c) {
			cells = append(cells, c)
		}
	}
	sx, sy := l.b.x.Cmp(l.a.x), l.b.y.Cmp(l.a.y)
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Compare(sx*int(a.X)+sy*int(a.Y), sx*int(b.X)+sy*int(b.Y))
	})
	return cells
}

func (l *naiveLine) passes(c Cell) bool {
	low, high := big.NewRat(0, 1), big.NewRat(1, 1)
	lowOpen, highOpen := false, false
	for _, axis := range []struct {
		from, to *big.Rat
		at       int32
	}{{l.a.x, l.b.x, c.X}, {l.a.y, l.b.y, c.Y}} {
		least, most := big.NewRat(2*int64(axis.at)-1, 2), big.NewRat(2*int64(axis.at)+1, 2)
		whole := new(big.Rat).Sub(axis.to, axis.from)
		if whole.Sign() == 0 {
			if axis.from.Cmp(least) < 0 || axis.from.Cmp(most) >= 0 {
				return false
			}
			continue
		}
		enter := new(big.Rat).Quo(new(big.Rat).Sub(least, axis.from), whole)
		leave := new(big.Rat).Quo(new(big.Rat).Sub(most, axis.from), whole)
		enterOpen, leaveOpen := false, true
		if whole.Sign() < 0 {
			enter, leave, enterOpen, leaveOpen = leave, enter, true, false
		}
		switch enter.Cmp(low) {
		case 1:
			low, lowOpen = enter, enterOpen
		case 0:
			lowOpen = lowOpen || enterOpen
		}
		switch leave.Cmp(high) {
		case -1:
			high, highOpen = leave, leaveOpen
		case 0:
			highOpen = highOpen || leaveOpen
		}
	}
	between := low.Cmp(high)
	return between < 0 || between == 0 && !lowOpen && !highOpen
}
