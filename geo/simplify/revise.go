package simplify

import (
	"math"
	"slices"

	"jieming/geo/mercator"
)

// Revise returns what Thresholds(arcs) returns, and takes as long as what has
// changed: known are thresholds from a set of arcs that differs in a few. known[i]
// are those of arcs[i], nil if that set did not have it, and removed are the arcs
// that it had beside. Thresholds that stay as they are are returned as the same
// slices. If it is quicker, everything is worked anew.
//
// Only arcs whose boxes meet that of a changed arc can have had its vertices in
// their way, or can have them now. They are worked twice, with the old arcs and
// with the new, while the vertices of all others are there until their known
// threshold. If they go through the same both times, so does everything beyond
// them; if not, those that differ count as changed, too.
func Revise(arcs [][]mercator.Point, known [][]float32, removed [][]mercator.Point) [][]float32 {
	r := newReviser(arcs, known, removed)
	for !r.much() {
		if r.widen(); !r.much() && r.settle() {
			return r.result()
		}
	}
	return Thresholds(arcs)
}

// reviser holds the arcs of both sets: first those that are there now, then those
// removed.
type reviser struct {
	now     int // arcs that are there now
	arcs    []revised
	changed []int
	worked  []int                      // the arcs that are worked: changed ones and all that these may touch
	ends    map[[2]mercator.Point]bool // of arcs that are worked and not closed
	outcome map[int][]float32
}

// revised is an arc of either set.
type revised struct {
	points  []mercator.Point
	known   []float32
	box     extent
	state   revision
	working bool
}

// revision says in which sets an arc is.
type revision int8

const (
	stays revision = iota
	comes
	goes
)

// extent is the rectangle that an arc spans.
type extent struct{ minX, minY, maxX, maxY int32 }

func extentOf(arc []mercator.Point) extent {
	e := extent{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}
	for _, p := range arc {
		e.minX, e.maxX = min(e.minX, p.X), max(e.maxX, p.X)
		e.minY, e.maxY = min(e.minY, p.Y), max(e.maxY, p.Y)
	}
	return e
}

func (e *extent) meets(o *extent) bool {
	return e.minX <= o.maxX && o.minX <= e.maxX && e.minY <= o.maxY && o.minY <= e.maxY
}

func newReviser(arcs [][]mercator.Point, known [][]float32, removed [][]mercator.Point) *reviser {
	r := &reviser{now: len(arcs), arcs: make([]revised, 0, len(arcs)+len(removed)), ends: map[[2]mercator.Point]bool{}}
	for i, arc := range arcs {
		state := stays
		if known[i] == nil {
			state = comes
		}
		r.add(revised{points: arc, known: known[i], state: state})
	}
	for _, arc := range removed {
		r.add(revised{points: arc, state: goes})
	}
	return r
}

func (r *reviser) add(a revised) {
	a.box = extentOf(a.points)
	n := len(r.arcs)
	r.arcs = append(r.arcs, a)
	if a.state != stays {
		r.changed = append(r.changed, n)
		r.work(n)
	}
}

// widen takes all arcs that the changed ones may touch, and those with the same
// ends as one of them: of these, one keeps a vertex.
func (r *reviser) widen() {
	for n := range r.arcs {
		a := &r.arcs[n]
		if slices.ContainsFunc(r.changed, func(i int) bool { return i == n || r.arcs[i].box.meets(&a.box) }) {
			r.work(n)
		}
	}
	for n := range r.arcs {
		if ends, open := endsOf(r.arcs[n].points); open && r.ends[ends] {
			r.work(n)
		}
	}
}

func (r *reviser) work(n int) {
	if r.arcs[n].working {
		return
	}
	r.arcs[n].working = true
	r.worked = append(r.worked, n)
	if ends, open := endsOf(r.arcs[n].points); open {
		r.ends[ends] = true
	}
}

// endsOf returns the ends of an arc that is not closed, the lesser first.
func endsOf(arc []mercator.Point) (ends [2]mercator.Point, open bool) {
	if len(arc) == 0 || arc[0] == arc[len(arc)-1] {
		return ends, false
	}
	ends = [2]mercator.Point{arc[0], arc[len(arc)-1]}
	if compare(ends[0], ends[1]) > 0 {
		ends[0], ends[1] = ends[1], ends[0]
	}
	return ends, true
}

// much tells whether working everything anew is quicker.
func (r *reviser) much() bool {
	all, worked := 0, 0
	for i := range r.arcs {
		n := len(r.arcs[i].points)
		all += n
		if r.arcs[i].working {
			worked += n
		}
	}
	return 4*worked > all
}

// settle works the arcs with the old set and with the new. It tells whether that
// is all that has changed; else there is more to be worked.
func (r *reviser) settle() bool {
	before, after := r.run(goes), r.run(comes)
	if unsure := append(before.unsure, after.unsure...); len(unsure) > 0 {
		for _, n := range unsure {
			r.work(n)
		}
		return false
	}
	r.outcome = after.thresholds
	var more []int
	for _, n := range r.worked {
		if r.beside(n) && (!slices.Equal(before.thresholds[n], r.arcs[n].known) || !slices.Equal(before.of(n), after.of(n))) {
			more = append(more, n)
		}
	}
	if len(more) == 0 && !slices.Equal(before.removals, after.removals) { // the same, but not in the same order
		more = slices.DeleteFunc(slices.Clone(r.worked), func(n int) bool { return !r.beside(n) })
	}
	r.changed = append(r.changed, more...)
	return len(more) == 0
}

// beside tells whether an arc is worked only because a changed one is near.
func (r *reviser) beside(n int) bool { return !slices.Contains(r.changed, n) }

func (r *reviser) result() [][]float32 {
	all := make([][]float32, r.now)
	for i := range all {
		all[i] = r.arcs[i].known
	}
	for _, n := range r.changed {
		if n < r.now {
			all[n] = slices.Clone(r.outcome[n])
		}
	}
	return all
}

// course is what became of the arcs that were worked.
type course struct {
	thresholds map[int][]float32
	removals   []removalOf // of arcs that are not changed, in order
	unsure     []int       // arcs that must be worked, too
}

// removalOf is a removal from an arc.
type removalOf struct {
	arc int
	removal
}

// of returns the removals from an arc.
func (c *course) of(arc int) (found []removal) {
	for _, r := range c.removals {
		if r.arc == arc {
			found = append(found, r.removal)
		}
	}
	return found
}

// run works the arcs of one of the sets.
func (r *reviser) run(with revision) course {
	set := slices.DeleteFunc(slices.Clone(r.worked), func(n int) bool { return r.arcs[n].state != stays && r.arcs[n].state != with })
	slices.Sort(set)
	points := make([][]mercator.Point, len(set))
	for k, n := range set {
		points[k] = r.arcs[n].points
	}
	standing, of := r.standing(set)
	s := newSimplifier(points, standing)
	s.run()
	c := course{thresholds: map[int][]float32{}}
	first := make([]int32, len(set))
	rest := s.threshold
	for k, n := range set {
		first[k] = int32(len(s.threshold) - len(rest))
		c.thresholds[n], rest = rest[:len(points[k]):len(points[k])], rest[len(points[k]):]
	}
	for _, v := range s.removals {
		k := s.arcOf[v.vertex]
		v.vertex -= first[k]
		if r.beside(set[k]) {
			c.removals = append(c.removals, removalOf{set[k], v})
		}
	}
	for o := range s.unsure {
		c.unsure = append(c.unsure, of[o])
	}
	return c
}

// standing collects the vertices of arcs that are not worked and may be in the
// way of those that are, and the arc of each.
func (r *reviser) standing(set []int) (all []obstacle, of []int) {
	all = []obstacle{}
	for n := range r.arcs {
		a := &r.arcs[n]
		if a.working || !slices.ContainsFunc(set, func(m int) bool { return r.arcs[m].box.meets(&a.box) }) {
			continue
		}
		for i, p := range a.points {
			all, of = append(all, obstacle{p, a.known[i]}), append(of, n)
		}
	}
	return all, of
}

// stands tells whether a vertex in the way is still there when one of a size may
// go. Of those that are worked, it is. Thresholds are rounded, so that of two
// that round to the same nobody can say which went first.
func (s *simplifier) stands(p int32, size float64) bool {
	if p < s.worked {
		return true
	}
	until, now := s.until[p-s.worked], float32(max(s.reached, size))
	if until == now {
		s.unsure[int(p-s.worked)] = true
	}
	return until > now
}

// await sees to it that those who wait for a standing vertex are woken.
func (s *simplifier) await(p int32) {
	if p >= s.worked && !math.IsInf(float64(s.until[p-s.worked]), 1) {
		s.queue.put(p, float64(s.until[p-s.worked]))
	}
}

// pass lets a standing vertex go that was waited for.
func (s *simplifier) pass(p int32) {
	until := s.until[p-s.worked]
	if float32(s.reached) == until {
		s.unsure[int(p-s.worked)] = true
	}
	s.reached = max(s.reached, float64(until))
	s.gone[p] = true
	s.left--
	s.woken = p
	s.wake(p)
}

// compareWoken notes if a vertex may go at the same moment as a standing one that
// was waited for.
func (s *simplifier) compareWoken(size float64) {
	if s.woken != none && float32(size) == s.until[s.woken-s.worked] {
		s.unsure[int(s.woken-s.worked)] = true
	}
}
