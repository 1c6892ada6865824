package snapround

import "slices"

// half is a link seen by the one on its right: it leaves a node with the area
// on its right hand, so that exteriors run clockwise on the screen.
type half struct {
	from, to   int32
	who        int32
	chain      int32
	backward   bool // it runs against its chain
	used       bool
	next, last Cell // the cells after from and before to
}

// tracer walks around areas.
type tracer struct {
	halves []half
	begin  []int32 // halves by the node they leave
	places []int32 // along the rim, clockwise from the north-west corner: nodes, and corners as -1…-4
	rimAt  []int32 // where a node stands among places, plus one; 0 for the others
	rings  []ring
	cells  []Cell
	loop   []Cell // the walk
	turns  []turning
	seen   []int32 // by node: its place among turns, plus one; all 0 between walks
	sorted []half
	out    [][]Cell
	group  []int32
}

// turning is where a walk came by a node.
type turning struct {
	node int32
	at   int // in the loop
}

// ring is a closed line of an area.
type ring struct {
	who      int32
	from, to int // of the tracer's cells
	area2    int64
	outer    int32 // for a hole, the ring it is in, if that is known; else -1
}

// Polygons yields each who of s that has an area in the box, in order of
// number, with its rings: exteriors, which run clockwise on the screen, each
// followed by its holes, which run the other way. No ring repeats its first
// point or meets itself; rings of one area meet at single points at most. The
// areas of all, and what nobody holds, cover the box without gap or overlap.
// owner is asked who holds the whole box when no border enters it. What is
// yielded holds until the next call.
func (r *Rounder) Polygons(s Sides, owner func() int32, yield func(who int32, rings [][]Cell)) {
	t := &r.tracer
	t.rings, t.cells = t.rings[:0], t.cells[:0]
	touched := r.halve(s)
	if touched {
		r.layRim()
	} else if who := r.surrounding(owner); who != 0 {
		r.addBox(who)
	}
	for h := range t.halves {
		if !t.halves[h].used {
			r.walk(int32(h), touched)
		}
	}
	t.yieldAreas(yield)
}

// halve makes the halves of a labelling, in order of the node they leave. It
// tells whether one of them touches the rim.
func (r *Rounder) halve(s Sides) (touched bool) {
	t := &r.tracer
	t.begin = resize(t.begin, len(r.nodes)+1)
	clear(t.begin)
	t.halves = t.halves[:0]
	for l := range r.links[:len(r.links)-1] {
		left, right := r.parts(l, s)
		if r.links[l].rim || left == right {
			continue
		}
		n := r.links[l].chain
		c := &r.chains[n]
		touched = touched || r.atRim(r.cells[c.first]) || r.atRim(r.cells[c.last])
		t.begin[c.from+1]++
		t.begin[c.to+1]++
		t.halves = append(t.halves,
			half{from: c.from, to: c.to, who: right, chain: n, used: right == 0, next: r.cells[c.first+1], last: r.cells[c.last-1]},
			half{from: c.to, to: c.from, who: left, chain: n, used: left == 0, next: r.cells[c.last-1], last: r.cells[c.first+1], backward: true})
	}
	t.sort(len(r.nodes))
	return touched
}

// sort puts the halves in order of their first node, which begin counts.
func (t *tracer) sort(nodes int) {
	for n := range nodes {
		t.begin[n+1] += t.begin[n]
	}
	if cap(t.sorted) < len(t.halves) {
		t.sorted = make([]half, len(t.halves)+len(t.halves)/2)
	}
	t.sorted = t.sorted[:len(t.halves)]
	for _, h := range t.halves {
		t.sorted[t.begin[h.from]] = h
		t.begin[h.from]++
	}
	copy(t.begin[1:], t.begin[:nodes]) // each stands where the next began
	t.begin[0] = 0
	t.halves, t.sorted = t.sorted, t.halves
}

func (r *Rounder) atRim(c Cell) bool {
	return c.X == r.low || c.X == r.high || c.Y == r.low || c.Y == r.high
}

// surrounding returns who holds the rim when no border touches it: whoever is
// north of the most northern, then western vertex, or the owner of the box.
func (r *Rounder) surrounding(owner func() int32) int32 {
	t := &r.tracer
	if len(t.halves) == 0 {
		return owner()
	}
	highest := t.halves[0].next
	for i := range t.halves {
		for _, c := range r.cellsOf(&t.halves[i]) {
			if compareCells(c, highest) < 0 {
				highest = c
			}
		}
	}
	// All edges go south or east from there. Turning clockwise from west, the
	// first one has the surroundings on its left: they are on the right of the half
	// that comes along it.
	var first Cell
	who, found := int32(0), false
	for i := range t.halves {
		h := &t.halves[i]
		r.eachTo(h, highest, func(from Cell) {
			if !found || turn(highest, from, first) > 0 {
				first, who, found = from, h.who, true
			}
		})
	}
	return who
}

// eachTo yields the cells from which a half comes to one.
func (r *Rounder) eachTo(h *half, to Cell, yield func(from Cell)) {
	cells := r.cellsOf(h)
	for i, c := range cells {
		switch {
		case c != to:
		case h.backward && i+1 < len(cells):
			yield(cells[i+1])
		case !h.backward && i > 0:
			yield(cells[i-1])
		}
	}
}

// cellsOf returns the cells of a half's chain, in the order of the chain.
func (r *Rounder) cellsOf(h *half) []Cell {
	return r.cells[r.chains[h.chain].first : r.chains[h.chain].last+1]
}

// turn is above zero if b lies clockwise, on the screen, of a as seen from o.
func turn(o, a, b Cell) int64 {
	return int64(a.X-o.X)*int64(b.Y-o.Y) - int64(a.Y-o.Y)*int64(b.X-o.X)
}

func (r *Rounder) addBox(who int32) {
	t := &r.tracer
	from := len(t.cells)
	t.cells = append(t.cells, Cell{r.low, r.low}, Cell{r.high, r.low}, Cell{r.high, r.high}, Cell{r.low, r.high})
	side := int64(r.high - r.low)
	t.rings = append(t.rings, ring{who: who, from: from, to: len(t.cells), area2: 2 * side * side, outer: -1})
}

// layRim lists what lies along the rim: corners, and nodes where halves leave.
func (r *Rounder) layRim() {
	t := &r.tracer
	t.places = append(t.places[:0], -1, -2, -3, -4)
	for i := range t.halves {
		v := t.halves[i].from
		if (i == 0 || v != t.halves[i-1].from) && r.atRim(r.nodes[v]) {
			t.places = append(t.places, v)
		}
	}
	slices.SortFunc(t.places, func(a, b int32) int { // a node in a corner comes after it
		if x, y := r.alongRim(a), r.alongRim(b); x != y {
			return int(x - y)
		}
		return int(a - b)
	})
	t.rimAt = resize(t.rimAt, len(r.nodes))
	clear(t.rimAt)
	for i, p := range t.places {
		if p >= 0 {
			t.rimAt[p] = int32(i) + 1
		}
	}
}

// placeCell returns where a place of the rim is.
func (r *Rounder) placeCell(p int32) Cell {
	switch p {
	case -1:
		return Cell{r.low, r.low}
	case -2:
		return Cell{r.high, r.low}
	case -3:
		return Cell{r.high, r.high}
	case -4:
		return Cell{r.low, r.high}
	}
	return r.nodes[p]
}

// alongRim returns how far along the rim a place is, clockwise.
func (r *Rounder) alongRim(p int32) int32 {
	c, side := r.placeCell(p), r.high-r.low
	switch {
	case c.Y == r.low:
		return c.X - r.low
	case c.X == r.high:
		return side + c.Y - r.low
	case c.Y == r.high:
		return 2*side + r.high - c.X
	}
	return 3*side + r.high - c.Y
}

// walk follows the border of an area, with the area on the right, from a half
// back to it, and adds the rings of the walk.
func (r *Rounder) walk(start int32, rim bool) {
	t := &r.tracer
	t.loop, t.turns = t.loop[:0], t.turns[:0]
	who := t.halves[start].who
	for h := start; ; {
		t.halves[h].used = true
		r.along(&t.halves[h])
		at := t.halves[h].to
		next, onRim := r.next(t.halves[h].last, at, who, rim)
		for onRim {
			next, onRim = r.alongTo(&at, who)
		}
		if next < 0 {
			return // the sides given contradict each other
		}
		if next == start {
			break
		}
		if t.halves[next].used {
			return
		}
		h = next
	}
	t.seen = growZeros(t.seen, len(r.nodes))
	t.split(who)
}

// along adds a half to the walk, without its end.
func (r *Rounder) along(h *half) {
	t := &r.tracer
	t.turns = append(t.turns, turning{h.from, len(t.loop)})
	cells := r.cellsOf(h)
	if !h.backward {
		t.loop = append(t.loop, cells[:len(cells)-1]...)
		return
	}
	for i := len(cells) - 1; i > 0; i-- {
		t.loop = append(t.loop, cells[i])
	}
}

// growZeros returns n zeros at least, given zeros.
func growZeros(zeros []int32, n int) []int32 {
	if len(zeros) < n {
		return make([]int32, n+n/2)
	}
	return zeros
}

// next returns the half by which a walk that comes from a cell leaves a node:
// the first in the area's angle there. If the rim comes first, onRim says so.
func (r *Rounder) next(from Cell, at, who int32, rim bool) (next int32, onRim bool) {
	t := &r.tracer
	o := r.nodes[at]
	next = -1
	var best Cell
	if rim && t.rimAt[at] > 0 {
		best, onRim = r.ahead(o), true
	}
	for i := t.begin[at]; i < t.begin[at+1]; i++ {
		if t.halves[i].who != who {
			continue
		}
		to := t.halves[i].next
		if next < 0 && !onRim || earlier(o, from, to, best) {
			next, onRim, best = i, false, to
		}
	}
	return next, onRim
}

// ahead returns a cell further along the rim, clockwise, from a place on it.
func (r *Rounder) ahead(c Cell) Cell {
	switch {
	case c.Y == r.low && c.X < r.high:
		return Cell{c.X + 1, c.Y}
	case c.X == r.high && c.Y < r.high:
		return Cell{c.X, c.Y + 1}
	case c.Y == r.high && c.X > r.low:
		return Cell{c.X - 1, c.Y}
	}
	return Cell{c.X, c.Y - 1}
}

// behind returns a cell less far along the rim.
func (r *Rounder) behind(c Cell) Cell {
	switch {
	case c.Y == r.low && c.X > r.low:
		return Cell{c.X - 1, c.Y}
	case c.X == r.high && c.Y > r.low:
		return Cell{c.X, c.Y - 1}
	case c.Y == r.high && c.X < r.high:
		return Cell{c.X + 1, c.Y}
	}
	return Cell{c.X, c.Y + 1}
}

// earlier tells whether, turning counter-clockwise on the screen from the
// direction back, a comes before b, as seen from o.
func earlier(o, back, a, b Cell) bool {
	pa, pb := turned(o, back, a), turned(o, back, b)
	if pa != pb {
		return pa < pb
	}
	return turn(o, a, b) < 0
}

// turned tells in which half turn, counter-clockwise from back, a cell is seen:
// 0 short of opposite, 1 from there on, 2 for back itself.
func turned(o, back, a Cell) int {
	switch c := turn(o, back, a); {
	case c < 0:
		return 0
	case c > 0:
		return 1
	}
	if int64(back.X-o.X)*int64(a.X-o.X)+int64(back.Y-o.Y)*int64(a.Y-o.Y) < 0 {
		return 1 // opposite: before all that lie beyond it
	}
	return 2
}

// alongTo walks along the rim to the next place and returns how the walk goes
// on from there.
func (r *Rounder) alongTo(at *int32, who int32) (next int32, onRim bool) {
	t := &r.tracer
	t.turns = append(t.turns, turning{*at, len(t.loop)})
	t.loop = append(t.loop, r.nodes[*at])
	i := t.rimAt[*at]
	for range len(t.places) {
		p := t.places[int(i)%len(t.places)]
		i++
		if p < 0 {
			if c := r.placeCell(p); c != t.loop[len(t.loop)-1] {
				t.loop = append(t.loop, c)
			}
			continue
		}
		if !r.leaves(p, who) {
			continue
		}
		if t.loop[len(t.loop)-1] == r.nodes[p] {
			t.loop = t.loop[:len(t.loop)-1]
		}
		*at = p
		return r.next(r.behind(r.nodes[p]), p, who, true)
	}
	return -1, false
}

// leaves tells whether a half of somebody leaves a node.
func (r *Rounder) leaves(v, who int32) bool {
	t := &r.tracer
	for i := t.begin[v]; i < t.begin[v+1]; i++ {
		if t.halves[i].who == who {
			return true
		}
	}
	return false
}
