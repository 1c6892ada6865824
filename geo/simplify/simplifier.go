package simplify

import (
	"math"

	"jieming/geo/mercator"
)

// none stands for no vertex.
const none = int32(-1)

// simplifier holds all vertices of all arcs, numbered through. A vertex is an
// end if it lacks a neighbour, queued if it may be next to go, and waiting if
// another vertex is in its way.
type simplifier struct {
	at         []mercator.Point
	plane      []world
	prev, next []int32 // neighbours still there; none at the ends
	arcOf      []int32
	gone       []bool
	measured   []bool // whether the queue knows the whole size of its detail
	threshold  []float32

	arcs     []arcState
	straight []bool // per pair of ends: an arc without interior vertex joins them
	queue    queue
	grid     grid
	left     int               // vertices still there
	waiters  map[int32][]int32 // by the vertex in the way
	waitsFor []int32
	reached  float64 // largest size removed so far

	// Of a revision: vertices that are not worked stand behind the others, each
	// until its threshold is reached.
	worked   int32     // vertices that are worked
	until    []float32 // of the standing ones
	removals []removal
	unsure   map[int]bool // standing ones that went at the same moment as another
	woken    int32        // the last of them that was waited for; none if none was
}

// obstacle is a vertex that stands until a threshold is reached.
type obstacle struct {
	at    mercator.Point
	until float32
}

// removal is what happened to a vertex.
type removal struct {
	vertex    int32
	size      float64
	threshold float32
}

// arcState is what the guards need to know of an arc.
type arcState struct {
	interior int32 // vertices between the ends still there
	closed   bool
	pair     int32 // number of its pair of ends, if not closed
}

func newSimplifier(arcs [][]mercator.Point, standing []obstacle) *simplifier {
	worked := 0
	for _, arc := range arcs {
		worked += len(arc)
	}
	n := worked + len(standing)
	s := &simplifier{
		at: make([]mercator.Point, 0, n), plane: make([]world, n),
		prev: make([]int32, n), next: make([]int32, n), arcOf: make([]int32, n),
		gone: make([]bool, n), measured: make([]bool, worked), threshold: make([]float32, worked), waitsFor: make([]int32, worked),
		arcs: make([]arcState, 0, len(arcs)), waiters: map[int32][]int32{}, left: n,
		worked: int32(worked), woken: none, unsure: map[int]bool{},
	}
	pairs := map[[2]mercator.Point]int32{}
	for _, arc := range arcs {
		s.addArc(arc, pairs)
	}
	if standing != nil {
		s.until = make([]float32, 0, len(standing))
	}
	for _, o := range standing {
		v := len(s.at)
		s.at, s.until = append(s.at, o.at), append(s.until, o.until)
		s.prev[v], s.next[v] = none, none
	}
	s.queue = newQueue(s.at)
	for v := range s.worked {
		s.threshold[v] = float32(math.Inf(1))
		s.waitsFor[v] = none
		if s.interior(v) {
			s.queue.append(v, s.size(v))
		}
	}
	s.queue.order()
	s.grid.build(s)
	return s
}

func (s *simplifier) addArc(arc []mercator.Point, pairs map[[2]mercator.Point]int32) {
	if len(arc) == 0 {
		s.arcs = append(s.arcs, arcState{})
		return
	}
	first, id := int32(len(s.at)), int32(len(s.arcs))
	last := first + int32(len(arc)) - 1
	for i, p := range arc {
		v := first + int32(i)
		s.plane[v], s.arcOf[v] = project(p), id
		s.prev[v], s.next[v] = v-1, v+1
	}
	s.prev[first], s.next[last] = none, none
	s.at = append(s.at, arc...)

	a, b := arc[0], arc[len(arc)-1]
	state := arcState{interior: max(0, int32(len(arc))-2), closed: a == b}
	if !state.closed {
		if a.X > b.X || a.X == b.X && a.Y > b.Y {
			a, b = b, a
		}
		pair, known := pairs[[2]mercator.Point{a, b}]
		if !known {
			pair = int32(len(s.straight))
			pairs[[2]mercator.Point{a, b}] = pair
			s.straight = append(s.straight, false)
		}
		state.pair = pair
		s.straight[pair] = s.straight[pair] || state.interior == 0
	}
	s.arcs = append(s.arcs, state)
}

// interior tells whether v has two neighbours.
func (s *simplifier) interior(v int32) bool { return s.prev[v] != none && s.next[v] != none }

// size returns the size of the detail that v stands for, as far as v and its
// neighbours tell.
func (s *simplifier) size(v int32) float64 {
	a, b := s.without(v)
	return asSize(squareFrom(s.plane[v], a, b))
}

// strayed returns the size by how far the line would be, without v, from all
// vertices of the original that it replaces. Vertices of an arc are numbered
// along it, so what has gone between the neighbours of v has numbers between
// theirs.
func (s *simplifier) strayed(v int32) float64 {
	a, b := s.without(v)
	furthest := 0.0
	for _, p := range s.plane[s.prev[v]+1 : s.next[v]] {
		furthest = max(furthest, squareFrom(p, a, b))
	}
	return asSize(furthest)
}

// without returns the edge that takes the place of v, in the same direction
// whichever way the arc runs, so that distances from it are the same.
func (s *simplifier) without(v int32) (a, b world) {
	u, w := s.prev[v], s.next[v]
	if compare(s.at[u], s.at[w]) > 0 {
		u, w = w, u
	}
	return s.plane[u], s.plane[w]
}

func (s *simplifier) run() {
	for {
		v, size, ok := s.queue.pop()
		if !ok {
			return
		}
		if v >= s.worked {
			s.pass(v)
			continue
		}
		s.compareWoken(size)
		if !s.measured[v] {
			s.measured[v] = true
			if strayed := s.strayed(v); strayed > size {
				s.queue.put(v, strayed)
				continue
			}
		}
		if s.lastOfItsKind(v) {
			continue // for good: its threshold stays +Inf
		}
		if blocker := s.blocker(v, size); blocker != none {
			s.waitsFor[v] = blocker
			s.waiters[blocker] = append(s.waiters[blocker], v)
			s.await(blocker)
			continue
		}
		s.remove(v, size)
	}
}

// lastOfItsKind tells whether the arc of v, or the face beside it, would
// collapse without v.
func (s *simplifier) lastOfItsKind(v int32) bool {
	arc := s.arcs[s.arcOf[v]]
	if arc.closed {
		return arc.interior <= 2
	}
	return arc.interior == 1 && s.straight[arc.pair]
}

func (s *simplifier) remove(v int32, size float64) {
	s.reached = max(s.reached, size)
	s.threshold[v] = float32(s.reached)
	s.gone[v] = true
	s.left--
	if s.until != nil {
		s.removals = append(s.removals, removal{v, size, s.threshold[v]})
	}
	arc := &s.arcs[s.arcOf[v]]
	if arc.interior--; arc.interior == 0 && !arc.closed {
		s.straight[arc.pair] = true
	}
	u, w := s.prev[v], s.next[v]
	s.next[u], s.prev[w] = w, u
	s.reconsider(u)
	s.reconsider(w)
	s.wake(v)
	if 2*s.left < s.grid.built {
		s.grid.build(s)
	}
}

// reconsider puts v in its place in the queue after its neighbours, or what is in
// its way, have changed.
func (s *simplifier) reconsider(v int32) {
	if s.interior(v) {
		s.waitsFor[v] = none
		s.measured[v] = false
		s.queue.put(v, s.size(v))
	}
}

// wake queues the vertices that waited for v to go.
func (s *simplifier) wake(v int32) {
	waiters := s.waiters[v]
	if waiters == nil {
		return
	}
	for _, w := range waiters {
		if s.waitsFor[w] == v && !s.gone[w] {
			s.reconsider(w)
		}
	}
	delete(s.waiters, v)
}
