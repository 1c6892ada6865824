package gate

import (
	"cmp"
	"slices"
)

// incident is a vertex on a ring of a polygon.
type incident struct{ polygon, vertex, ring int32 }

// judgeRings looks for rings and polygons that are not valid.
func (j *judge) judgeRings() {
	j.meet()
	j.findRepeats()
	for i, r := range j.rings {
		if j.touched[i] {
			j.count(&j.SelfTouchingRings, 1, "%s has a ring that touches itself, near %v", r.feature, j.cells[j.vertices[r.from]])
		}
	}
	j.findSharedEdges()
	slices.SortFunc(j.touches, func(a, b incident) int { return cmp.Compare(a.polygon, b.polygon) })
	for i := range j.polygons {
		j.judgePolygon(int32(i))
	}
	for _, r := range j.rings {
		if j.crossed[r.number] {
			delete(j.crossed, r.number)
			j.count(&j.InvalidPolygons, 1, "%s has rings that do not fit, near %v", r.feature, j.cells[j.vertices[r.from]])
		}
	}
}

// findRepeats marks rings that visit a vertex twice.
func (j *judge) findRepeats() {
	seen := make([]int32, len(j.cells)) // one more than the ring that was there last
	for i, r := range j.rings {
		for _, v := range j.verticesOf(r) {
			if seen[v] == int32(i)+1 {
				j.touched[i] = true
			}
			seen[v] = int32(i) + 1
		}
	}
}

// findSharedEdges marks features of which two rings run along one edge.
func (j *judge) findSharedEdges() {
	for _, e := range j.edges {
		for u := e.uses; u != none; u = j.uses[u].next {
			for w := j.uses[u].next; w != none; w = j.uses[w].next {
				a, b := j.uses[u].ring, j.uses[w].ring
				if a != b && j.rings[a].number == j.rings[b].number {
					j.crossed[j.rings[a].number] = true
				}
			}
		}
	}
}

// meetings of two edges.
type meeting int

const (
	apart meeting = iota
	cross         // they cross, or share more than a point
	abut          // an end of the one lies in the middle of the other
)

// met notes that edges e and f meet elsewhere than at a common vertex. If they
// abut it is at vertex v.
func (j *judge) met(e, f edge, how meeting, v int32) {
	for u := e.uses; u != none; u = j.uses[u].next {
		for w := f.uses; w != none; w = j.uses[w].next {
			a, b := j.uses[u].ring, j.uses[w].ring
			switch {
			case a == b:
				j.touched[a] = true
			case j.rings[a].number != j.rings[b].number:
			case how == cross:
				j.crossed[j.rings[a].number] = true
			case j.rings[a].polygon == j.rings[b].polygon:
				p := j.rings[a].polygon
				j.touches = append(j.touches, incident{p, v, a}, incident{p, v, b})
			}
		}
	}
}

// judgePolygon marks a feature if rings of one polygon cut its interior apart,
// or holes are where they must not be.
func (j *judge) judgePolygon(i int32) {
	p := j.polygons[i]
	if p.to-p.from < 2 || j.crossed[p.feature] {
		return
	}
	if j.cutApart(i) || j.misplaced(p) {
		j.crossed[p.feature] = true
	}
}

// cutApart tells whether the rings of a polygon touch in a circle: then a part
// of the interior is cut off.
func (j *judge) cutApart(i int32) bool {
	p := j.polygons[i]
	from, _ := slices.BinarySearchFunc(j.touches, i, func(t incident, i int32) int { return cmp.Compare(t.polygon, i) })
	var at []incident
	for _, t := range j.touches[from:] {
		if t.polygon != i {
			break
		}
		at = append(at, t)
	}
	for r := p.from; r < p.to; r++ {
		for _, v := range j.verticesOf(j.rings[r]) {
			at = append(at, incident{i, v, r})
		}
	}
	slices.SortFunc(at, func(a, b incident) int { return cmp.Or(cmp.Compare(a.vertex, b.vertex), cmp.Compare(a.ring, b.ring)) })
	at = slices.Compact(at)
	root := make([]int32, p.to-p.from)
	for k := range root {
		root[k] = int32(k)
	}
	find := func(k int32) int32 {
		for root[k] != k {
			k = root[k]
		}
		return k
	}
	for k := 1; k < len(at); k++ {
		if at[k].vertex != at[k-1].vertex {
			continue
		}
		a, b := find(at[k-1].ring-p.from), find(at[k].ring-p.from)
		if a == b {
			return true
		}
		root[a] = b
	}
	return false
}

// misplaced tells whether a hole of a polygon lies outside its exterior or in
// another hole. The rings must not cross.
func (j *judge) misplaced(p polygon) bool {
	for a := p.from + 1; a < p.to; a++ {
		if j.where(a, p.from) < 0 {
			return true
		}
		for b := p.from + 1; b < p.to; b++ {
			if a != b && j.where(a, b) > 0 {
				return true
			}
		}
	}
	return false
}

// where tells whether ring a lies inside ring b (1), outside (-1), or on it (0).
func (j *judge) where(a, b int32) int {
	of := j.verticesOf(j.rings[a])
	for i, v := range of {
		p, q := j.cells[v], j.cells[of[(i+1)%len(of)]]
		if side := j.locate(Cell{X: 2 * p.X, Y: 2 * p.Y}, b); side != 0 {
			return side
		}
		if side := j.locate(Cell{X: p.X + q.X, Y: p.Y + q.Y}, b); side != 0 {
			return side
		}
	}
	return 0
}

// locate tells whether half of the cell p lies inside a ring (1), outside (-1)
// or on its border (0).
func (j *judge) locate(p Cell, ring int32) int {
	of := j.verticesOf(j.rings[ring])
	side := -1
	for i, v := range of {
		a, b := j.cells[v], j.cells[of[(i+1)%len(of)]]
		a, b = Cell{X: 2 * a.X, Y: 2 * a.Y}, Cell{X: 2 * b.X, Y: 2 * b.Y}
		at := turn(a, b, p)
		if at == 0 && between(a, b, p) {
			return 0
		}
		if (a.Y > p.Y) != (b.Y > p.Y) && (at > 0) == (b.Y > a.Y) {
			side = -side
		}
	}
	return side
}

// between tells whether p, on the line through a and b, lies from a to b.
func between(a, b, p Cell) bool {
	return min(a.X, b.X) <= p.X && p.X <= max(a.X, b.X) && min(a.Y, b.Y) <= p.Y && p.Y <= max(a.Y, b.Y)
}
