package snapround

// edge is a straight connection of two vertices that one or more steps use. It
// runs from the vertex of the lower number.
type edge struct {
	from, to int32
	first    int32 // of its uses
	rim      bool  // it lies on the border of the box
}

// use is a step along an edge.
type use struct {
	step    int32
	arc     int32
	forward bool // the step runs from → to
}

// joinSteps makes edges of the steps, and numbers each step's edge: steps that
// fall together share one.
func (r *Rounder) joinSteps() {
	n := len(r.vertices)
	r.starts = resize(r.starts, n+1)
	clear(r.starts)
	for _, s := range r.steps {
		r.starts[min(s.from, s.to)+1]++
	}
	for v := range n {
		r.starts[v+1] += r.starts[v]
	}
	r.order = resize(r.order, len(r.steps))
	for i, s := range r.steps {
		at := &r.starts[min(s.from, s.to)]
		r.order[*at] = int32(i)
		*at++
	} // now starts[v] is where v ends
	begin := int32(0)
	for v := range n {
		end := r.starts[v]
		r.joinFrom(int32(v), r.order[begin:end])
		begin = end
	}
	r.edges = append(r.edges, edge{first: int32(len(r.uses))})
}

// joinFrom makes the edges of steps that share their lower vertex.
func (r *Rounder) joinFrom(v int32, steps []int32) {
	far := func(i int32) int32 { return r.steps[i].from + r.steps[i].to - v }
	for i := 1; i < len(steps); i++ { // few: insertion keeps the order of steps
		for j := i; j > 0 && far(steps[j]) < far(steps[j-1]); j-- {
			steps[j], steps[j-1] = steps[j-1], steps[j]
		}
	}
	for i, s := range steps {
		if i == 0 || far(s) != far(steps[i-1]) {
			r.edges = append(r.edges, edge{v, far(s), int32(len(r.uses)), r.onRim(r.vertices[v], r.vertices[far(s)])})
		}
		r.uses = append(r.uses, use{s, r.steps[s].arc, r.steps[s].from == v})
	}
}

// onRim tells whether both ends lie on one side of the box.
func (r *Rounder) onRim(a, b Cell) bool {
	return a.X == b.X && (a.X == r.low || a.X == r.high) || a.Y == b.Y && (a.Y == r.low || a.Y == r.high)
}

// parts returns who is left and right of an edge once everybody who is on both
// sides, between steps that fell together, is left out.
func (r *Rounder) parts(e int, s Sides) (left, right int32) {
	uses := r.uses[r.edges[e].first:r.edges[e+1].first]
	if len(uses) == 1 {
		return uses[0].sides(s)
	}
	for i := range uses {
		l, _ := uses[i].sides(s)
		if surplus(uses, s, l) > 0 {
			left = l
		}
		if _, o := uses[i].sides(s); surplus(uses, s, o) < 0 {
			right = o
		}
	}
	return left, right
}

func (u use) sides(s Sides) (left, right int32) {
	if u.forward {
		return s.Left[u.arc], s.Right[u.arc]
	}
	return s.Right[u.arc], s.Left[u.arc]
}

// surplus counts how much more often somebody is on the left than on the right.
func surplus(uses []use, s Sides, who int32) (n int) {
	for _, u := range uses {
		l, r := u.sides(s)
		if l == who {
			n++
		}
		if r == who {
			n--
		}
	}
	return n
}

func resize(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/2)
	}
	return s[:n]
}
