package tiles

import (
	"cmp"
	"slices"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// plannedChain is a chain of arcs that became one line.
type plannedChain struct {
	first      int  // the position of the arc whose sides are the chain's
	forward    bool // whether the chain runs along that arc
	id         int64
	points     []mercator.Point
	thresholds []float32
}

// planChains joins arcs wherever just two of them meet that have the same on
// the same sides, and plans the chains. Vertices that no zoom up to lastZoom
// draws are left out.
func planChains(arcs []line, lastZoom int) []plannedChain {
	chains := joinArcs(arcs)
	points := make([][]mercator.Point, len(chains))
	for i := range chains {
		points[i] = chains[i].points
	}
	least := simplify.Least(lastZoom)
	for i, t := range simplify.Thresholds(points) {
		c := &chains[i]
		c.points, c.thresholds = thin(c.points, t, least)
	}
	return chains
}

// thin keeps the vertices whose threshold is at least least.
func thin(points []mercator.Point, thresholds []float32, least float32) (kept []mercator.Point, of []float32) {
	n := 0
	for _, t := range thresholds {
		if t >= least {
			n++
		}
	}
	kept, of = make([]mercator.Point, 0, n), make([]float32, 0, n)
	for i, t := range thresholds {
		if t >= least {
			kept, of = append(kept, points[i]), append(of, t)
		}
	}
	return kept, of
}

// unfold gives planned chains the sides that their arcs have now.
func unfold(arcs []line, chains []plannedChain) []line {
	lines := make([]line, len(chains))
	for i, c := range chains {
		l := arcs[c.first]
		l.id, l.points, l.thresholds = c.id, c.points, c.thresholds
		if !c.forward {
			l.left, l.right = l.right, l.left
		}
		lines[i] = l
	}
	return lines
}

// end is an arc as seen from one of its ends.
type end struct {
	arc     int
	forward bool // the arc leaves the node
}

// joiner walks along arcs.
type joiner struct {
	arcs []line
	ends map[mercator.Point][]end
	used []bool
}

// joinArcs returns the chains, in the order of their first arc.
func joinArcs(arcs []line) []plannedChain {
	j := &joiner{arcs: arcs, ends: map[mercator.Point][]end{}, used: make([]bool, len(arcs))}
	for i := range arcs {
		p := arcs[i].points
		j.ends[p[0]] = append(j.ends[p[0]], end{i, true})
		j.ends[p[len(p)-1]] = append(j.ends[p[len(p)-1]], end{i, false})
	}
	var chains []plannedChain
	for i := range arcs { // those that begin at a node first, then closed ones
		for _, e := range []end{{i, true}, {i, false}} {
			if _, more := j.before(e); !more && !j.used[i] {
				chains = append(chains, j.walk(e))
			}
		}
	}
	for i := range arcs {
		if !j.used[i] {
			chains = append(chains, j.walk(end{i, true}))
		}
	}
	slices.SortFunc(chains, func(a, b plannedChain) int { return cmp.Compare(a.id, b.id) })
	return slices.Clone(chains)
}

// walk follows a chain from its first arc.
func (j *joiner) walk(e end) plannedChain {
	c := plannedChain{first: e.arc, forward: e.forward, id: j.arcs[e.arc].id}
	for more := true; more && !j.used[e.arc]; e, more = j.after(e) {
		j.used[e.arc] = true
		c.id = min(c.id, j.arcs[e.arc].id)
		c.points = appendAlong(c.points, j.arcs[e.arc].points, e.forward)
	}
	return c
}

// appendAlong appends a line, or its reverse, to one that ends where it begins.
func appendAlong(to, points []mercator.Point, forward bool) []mercator.Point {
	skip := min(1, len(to))
	if forward {
		return append(to, points[skip:]...)
	}
	for i := len(points) - 1 - skip; i >= 0; i-- {
		to = append(to, points[i])
	}
	return to
}

// after returns what follows an arc along a chain, if anything does.
func (j *joiner) after(e end) (end, bool) {
	p := j.arcs[e.arc].points
	at := p[len(p)-1]
	if !e.forward {
		at = p[0]
	}
	ends := j.ends[at]
	if len(ends) != 2 {
		return end{}, false
	}
	here := end{e.arc, !e.forward}
	next := ends[0]
	if next == here {
		next = ends[1]
	}
	return next, next.arc != e.arc && j.alike(e, next)
}

// before returns what a chain comes from, seen backwards.
func (j *joiner) before(e end) (end, bool) {
	return j.after(end{e.arc, !e.forward})
}

// alike tells whether two arcs, one after the other, part the same.
func (j *joiner) alike(a, b end) bool {
	la, ra := j.sides(a)
	lb, rb := j.sides(b)
	return la == lb && ra == rb && j.arcs[a.arc].status == j.arcs[b.arc].status
}

func (j *joiner) sides(e end) (left, right faceAt) {
	l := &j.arcs[e.arc]
	if e.forward {
		return l.left, l.right
	}
	return l.right, l.left
}
