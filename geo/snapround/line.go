package snapround

// Lines yields the borders of s, each once, as chains of cells with one pair of
// sides. Where arcs fell together, what they have between them is left out and
// the arc added with the lowest number draws the line. A chain runs along its
// arc: left and right are seen that way. Chains of an arc come in order. What is
// yielded holds until the next call.
func (r *Rounder) Lines(s Sides, yield func(arc, left, right int32, line []Cell)) {
	r.numberEdges()
	var chain chain
	flush := func() {
		if len(r.path) > 1 {
			yield(chain.arc, chain.left, chain.right, r.path)
		}
		r.path = r.path[:0]
	}
	for i, p := range r.steps {
		left, right, drawn := r.drawnAt(i, s)
		next := chainOf(p, left, right)
		if !drawn || next != chain.then(p.from) {
			flush()
			chain = next
		}
		if !drawn {
			continue
		}
		if len(r.path) == 0 {
			r.path = append(r.path, r.vertices[p.from])
			chain = next
		}
		r.path = append(r.path, r.vertices[p.to])
		chain.at = p.to
	}
	flush()
}

// chain is what the steps of a chain share, and where it has come to.
type chain struct{ arc, left, right, at int32 }

func chainOf(p step, left, right int32) chain { return chain{p.arc, left, right, p.from} }

// then returns the chain as a step from a vertex would go on with it.
func (c chain) then(from int32) chain {
	if c.at != from {
		c.at = -1
	}
	return c
}

// numberEdges finds the edge of each step.
func (r *Rounder) numberEdges() {
	r.order = resize(r.order, len(r.steps))
	for e := range r.edges[:len(r.edges)-1] {
		for _, u := range r.uses[r.edges[e].first:r.edges[e+1].first] {
			r.order[u.step] = int32(e)
		}
	}
}

// drawnAt returns who is left and right of a step, and whether this step draws
// its edge.
func (r *Rounder) drawnAt(i int, s Sides) (left, right int32, drawn bool) {
	e := int(r.order[i])
	uses := r.uses[r.edges[e].first:r.edges[e+1].first]
	drawer := uses[0]
	for _, u := range uses[1:] {
		if u.arc < drawer.arc || u.arc == drawer.arc && u.step < drawer.step {
			drawer = u
		}
	}
	if drawer.step != int32(i) {
		return 0, 0, false
	}
	left, right = r.parts(e, s)
	if !drawer.forward {
		left, right = right, left
	}
	return left, right, left != right
}
