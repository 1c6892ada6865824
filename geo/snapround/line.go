package snapround

// Lines yields the borders of s, each once, as lines of cells with one pair of
// sides. Where arcs fell together, what they have between them is left out and
// the arc added with the lowest number draws the line. A line runs along its
// arc: left and right are seen that way. Lines of an arc come in order. What is
// yielded holds until the next call.
func (r *Rounder) Lines(s Sides, yield func(arc, left, right int32, line []Cell)) {
	r.path = r.path[:0]
	var drawn chainSides
	flush := func() {
		if len(r.path) > 1 {
			yield(drawn.arc, drawn.left, drawn.right, r.path)
		}
		r.path = r.path[:0]
	}
	at := none
	for i := range r.chains {
		c := &r.chains[i]
		next, draws := r.drawnAt(int32(i), s)
		if !draws {
			at = none
			continue
		}
		cells := r.cells[c.first : c.last+1]
		if at == c.from && next == drawn {
			cells = cells[1:]
		} else {
			flush()
		}
		r.path = append(r.path, cells...)
		drawn, at = next, c.to
	}
	flush()
}

// chainSides is what the chains of a line share.
type chainSides struct{ arc, left, right int32 }

// drawnAt returns who is left and right of a chain, and whether this chain draws
// its link.
func (r *Rounder) drawnAt(i int32, s Sides) (of chainSides, draws bool) {
	link := int(r.chains[i].link)
	uses := r.usesOf(link)
	drawer := uses[0]
	for _, u := range uses[1:] {
		if u.arc < drawer.arc || u.arc == drawer.arc && u.chain < drawer.chain {
			drawer = u
		}
	}
	if drawer.chain != i {
		return of, false
	}
	left, right := r.parts(link, s)
	if !drawer.forward {
		left, right = right, left
	}
	return chainSides{drawer.arc, left, right}, left != right
}
