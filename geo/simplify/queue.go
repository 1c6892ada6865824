package simplify

import "jieming/geo/mercator"

// queue is a heap of vertices, four children to a node, the smallest on top.
// Equal ones go by place, so that the order depends on the map alone.
type queue struct {
	heap []entry
	slot []int32 // of each vertex in heap, or none
	at   []mercator.Point
}

// entry keeps the size beside the vertex, so that four children are one line
// of the processor's cache.
type entry struct {
	size float64
	v    int32
}

func newQueue(at []mercator.Point) queue {
	q := queue{slot: make([]int32, len(at)), at: at}
	for i := range q.slot {
		q.slot[i] = none
	}
	return q
}

func (q *queue) less(a, b entry) bool {
	if a.size != b.size {
		return a.size < b.size
	}
	p, r := q.at[a.v], q.at[b.v]
	if h, k := scatter(p), scatter(r); h != k {
		return h < k
	}
	return a.v < b.v
}

// scatter is an order of places without a direction: the vertices of a straight
// line go here and there, not from one end to the other, which would let one edge
// grow along all of them and be measured against them at each step. No two places
// have the same number.
func scatter(p mercator.Point) uint64 {
	h := uint64(uint32(p.X))<<32 | uint64(uint32(p.Y))
	h = (h ^ h>>32) * 0x9E3779B97F4A7C15
	return (h ^ h>>29) * 0xC2B2AE3D27D4EB4F
}

// append adds v without order; call order before anything else.
func (q *queue) append(v int32, size float64) {
	q.slot[v] = int32(len(q.heap))
	q.heap = append(q.heap, entry{size, v})
}

func (q *queue) order() {
	for i := len(q.heap) - 1; i >= 0; i-- {
		q.down(i, q.heap[i])
	}
}

// put adds v, or moves it if it is there already.
func (q *queue) put(v int32, size float64) {
	if q.slot[v] == none {
		q.append(v, size)
	}
	q.up(int(q.slot[v]), entry{size, v})
	q.down(int(q.slot[v]), entry{size, v})
}

// pop takes the smallest vertex off.
func (q *queue) pop() (v int32, size float64, ok bool) {
	if len(q.heap) == 0 {
		return none, 0, false
	}
	top := q.heap[0]
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap = q.heap[:last]
	q.slot[top.v] = none
	if last > 0 {
		q.down(0, moved)
	}
	return top.v, top.size, true
}

func (q *queue) set(i int, e entry) {
	q.heap[i] = e
	q.slot[e.v] = int32(i)
}

// up puts e into the hole at i or above.
func (q *queue) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !q.less(e, q.heap[parent]) {
			break
		}
		q.set(i, q.heap[parent])
		i = parent
	}
	q.set(i, e)
}

// down puts e into the hole at i or below.
func (q *queue) down(i int, e entry) {
	for {
		first := 4*i + 1
		if first >= len(q.heap) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(q.heap)); c++ {
			if q.less(q.heap[c], q.heap[least]) {
				least = c
			}
		}
		if !q.less(q.heap[least], e) {
			break
		}
		q.set(i, q.heap[least])
		i = least
	}
	q.set(i, e)
}
