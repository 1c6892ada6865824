package snapround

import (
	"cmp"
	"slices"
)

// split adds the rings of a closed walk. Where the walk comes by a vertex again,
// it is cut there into two rings that touch.
func (t *tracer) split(who int32) {
	first := len(t.rings)
	kept, n := 0, 0 // of the loop and of its turns: what is not yet in a ring
	for i, turn := range t.turns {
		end := len(t.loop)
		if i+1 < len(t.turns) {
			end = t.turns[i+1].at
		}
		if again := int(t.seen[turn.node]); again > 0 {
			from := t.turns[again-1].at
			t.addRing(who, t.loop[from:kept])
			t.forget(again-1, n)
			kept, n = from, again-1
		}
		t.turns[n] = turning{turn.node, kept}
		n++
		t.seen[turn.node] = int32(n)
		kept += copy(t.loop[kept:], t.loop[turn.at:end])
	}
	t.addRing(who, t.loop[:kept])
	t.forget(0, n)
	t.claim(first)
}

// forget unmarks the nodes of some turns.
func (t *tracer) forget(from, to int) {
	for _, turn := range t.turns[from:to] {
		t.seen[turn.node] = 0
	}
}

func (t *tracer) addRing(who int32, cells []Cell) {
	if len(cells) < 3 {
		return
	}
	from := len(t.cells)
	t.cells = append(t.cells, cells...)
	t.rings = append(t.rings, ring{who: who, from: from, to: len(t.cells), area2: area2(cells), outer: -1})
}

// area2 is twice the area of a ring, above zero if it runs clockwise on the
// screen.
func area2(cells []Cell) (sum int64) {
	before := cells[len(cells)-1]
	for _, c := range cells {
		sum += int64(before.X)*int64(c.Y) - int64(c.X)*int64(before.Y)
		before = c
	}
	return sum
}

// claim gives the holes among the rings from first on, all of one walk, to the
// exterior among them.
func (t *tracer) claim(first int) {
	outer := int32(-1)
	for i := first; i < len(t.rings); i++ {
		if t.rings[i].area2 > 0 {
			outer = int32(i)
		}
	}
	for i := first; i < len(t.rings); i++ {
		if t.rings[i].area2 < 0 {
			t.rings[i].outer = outer
		}
	}
}

// yieldAreas yields the rings by who has them.
func (t *tracer) yieldAreas(yield func(int32, [][]Cell)) {
	t.group = t.group[:0]
	for i := range t.rings {
		t.group = append(t.group, int32(i))
	}
	slices.SortFunc(t.group, func(a, b int32) int {
		return cmp.Or(cmp.Compare(t.rings[a].who, t.rings[b].who), slices.CompareFunc(t.ringCells(a), t.ringCells(b), compareCells))
	})
	for rest := t.group; len(rest) > 0; {
		n := 1
		for n < len(rest) && t.rings[rest[n]].who == t.rings[rest[0]].who {
			n++
		}
		t.yieldArea(rest[:n], yield)
		rest = rest[n:]
	}
}

func (t *tracer) ringCells(i int32) []Cell { return t.cells[t.rings[i].from:t.rings[i].to] }

// yieldArea yields the rings of one area, each exterior before its holes.
func (t *tracer) yieldArea(rings []int32, yield func(int32, [][]Cell)) {
	for _, i := range rings {
		if t.rings[i].area2 < 0 && t.rings[i].outer < 0 {
			t.rings[i].outer = t.around(i, rings)
		}
	}
	t.out = t.out[:0]
	for _, i := range rings {
		if t.rings[i].area2 <= 0 {
			continue
		}
		t.out = append(t.out, t.ringCells(i))
		for _, j := range rings {
			if t.rings[j].area2 < 0 && t.rings[j].outer == i {
				t.out = append(t.out, t.ringCells(j))
			}
		}
	}
	if len(t.out) > 0 {
		yield(t.rings[rings[0]].who, t.out)
	}
}

// around returns the smallest exterior around a hole, -1 if there is none.
func (t *tracer) around(hole int32, rings []int32) int32 {
	cells := t.ringCells(hole)
	best := int32(-1)
	for _, i := range rings {
		if t.rings[i].area2 > 0 && (best < 0 || t.rings[i].area2 < t.rings[best].area2) && holdsMiddle(t.ringCells(i), cells[0], cells[1]) {
			best = i
		}
	}
	return best
}

// holdsMiddle tells whether a ring holds the middle of a–b, which is on none of
// its edges. Coordinates are doubled.
func holdsMiddle(ring []Cell, a, b Cell) bool {
	x, y := int64(a.X)+int64(b.X), int64(a.Y)+int64(b.Y)
	inside := false
	p := ring[len(ring)-1]
	for _, q := range ring {
		px, py, qx, qy := 2*int64(p.X), 2*int64(p.Y), 2*int64(q.X), 2*int64(q.Y)
		if (py > y) != (qy > y) {
			side := (qx-px)*(y-py) - (qy-py)*(x-px)
			if (side > 0) == (qy > py) {
				inside = !inside
			}
		}
		p = q
	}
	return inside
}
