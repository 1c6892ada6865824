package coverage

import (
	"slices"

	"jieming/geo"
)

// assembly makes a coverage of an arrangement in which every face has an owner.
type assembly struct {
	*arrangement
	owner    []int32 // region of each face, or -1 - place in outsides
	outsides []string
	sets     sets    // faces of one owner that hang together
	side     []int32 // left of each half-edge: a set of faces, or -1 - place in outsides
	kept     []bool  // lines that separate an inside from something else
	beside   []int32 // for a half-edge whose origin only continues a border: the other kept one there, else -1
}

// assemble joins the faces of each owner and drops the lines inside an owner and
// between outsides. It chains lines again where that leaves two of one border.
func (a *arrangement) assemble(owner []int32, outsides []string) (*Coverage, error) {
	m := &assembly{arrangement: a, owner: owner, outsides: outsides, sets: newSets(int(a.faces.count))}
	m.joinFaces()
	m.findSides()
	m.findJoints()
	arcs := m.arcs()
	units, holders := m.number(arcs)
	return New(units, outsides, holders, arcs)
}

func (m *assembly) joinFaces() {
	for i := range m.graph.lines {
		l, r := m.faces.of[2*i], m.faces.of[2*i+1]
		if m.owner[l] == m.owner[r] && m.owner[l] >= 0 {
			m.sets.join(l, r)
		}
	}
}

func (m *assembly) findSides() {
	m.side = make([]int32, len(m.faces.of))
	for h, f := range m.faces.of {
		m.side[h] = m.owner[f]
		if m.owner[f] >= 0 {
			m.side[h] = m.sets.find(f)
		}
	}
	m.kept = make([]bool, len(m.graph.lines))
	for i := range m.kept {
		l, r := m.side[2*i], m.side[2*i+1]
		m.kept[i] = l != r && (l >= 0 || r >= 0)
	}
}

// findJoints finds the nodes where just two kept lines meet that separate the
// same sides.
func (m *assembly) findJoints() {
	m.beside = make([]int32, len(m.side))
	for h := range m.beside {
		m.beside[h] = -1
	}
	order := m.graph.order
	for k := 0; k < len(order); {
		end := int(m.graph.last[order[k]]) + 1
		m.findJoint(order[k:end])
		k = end
	}
}

func (m *assembly) findJoint(around []int32) {
	var live [2]int32
	n := 0
	for _, h := range around {
		if m.kept[h>>1] {
			if n == 2 {
				return
			}
			live[n] = h
			n++
		}
	}
	h, k := live[0], live[1]
	if n == 2 && m.side[h] == m.side[twin(k)] && m.side[twin(h)] == m.side[k] {
		m.beside[h], m.beside[k] = k, h
	}
}

// arcs chains the kept lines, in an order and direction that depend on the
// geometry alone. The sides are still sets.
func (m *assembly) arcs() []Arc {
	var arcs []Arc
	done := make([]bool, len(m.kept))
	for _, loops := range []bool{false, true} {
		for i := range int32(len(m.kept)) {
			for _, h := range []int32{2 * i, 2*i + 1} {
				if m.kept[i] && !done[i] && (loops || m.beside[h] < 0) {
					arcs = append(arcs, m.arc(h, done))
				}
			}
		}
	}
	slices.SortFunc(arcs, compareArcs)
	return arcs
}

func (m *assembly) arc(h int32, done []bool) Arc {
	arc := Arc{Left: FaceIndex(m.side[h]), Right: FaceIndex(m.side[twin(h)])}
	line := m.graph.lines[h>>1]
	if m.beside[h] < 0 && m.beside[twin(h)] < 0 && h&1 == 0 {
		done[h>>1] = true
		return arc.canonical(line, false)
	}
	free := m.beside[h] >= 0
	var points []geo.Point
	for !done[h>>1] {
		done[h>>1] = true
		points = m.graph.along(points, h)
		if next := m.beside[twin(h)]; next >= 0 {
			h = next
		}
	}
	return arc.canonical(points, free)
}

// along appends the points of a half-edge, without its first if points has them.
func (g *planar) along(points []geo.Point, h int32) []geo.Point {
	line := g.lines[h>>1]
	skip := min(len(points), 1)
	if h&1 == 0 {
		return append(points, line[skip:]...)
	}
	for i := len(line) - 1 - skip; i >= 0; i-- {
		points = append(points, line[i])
	}
	return points
}

// canonical gives the arc its line, turned as the documentation of Arc says. A
// free line meets no node, so it may start anywhere.
func (a Arc) canonical(line []geo.Point, free bool) Arc {
	last := len(line) - 1
	if free {
		line = startAtLeast(line)
	}
	if c := geo.Compare(line[0], line[last]); c > 0 || c == 0 && twiceArea(line) < 0 {
		line = slices.Clone(line)
		slices.Reverse(line)
		a.Left, a.Right = a.Right, a.Left
	}
	a.Line = line
	return a
}

// startAtLeast turns a closed line to start at its least point.
func startAtLeast(line []geo.Point) []geo.Point {
	open := line[:len(line)-1]
	k := 0
	for i, p := range open {
		if geo.Compare(p, open[k]) < 0 {
			k = i
		}
	}
	if k == 0 {
		return line
	}
	return slices.Concat(open[k:], open[:k], open[k:k+1])
}

func compareArcs(a, b Arc) int {
	if c := geo.Compare(a.Line[0], b.Line[0]); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Line, b.Line, geo.Compare)
}

// number turns sets into faces, ordered by unit and then by their first arc.
func (m *assembly) number(arcs []Arc) (units []Unit, holders []int) {
	var roots []int32
	first := make(map[int32]bool)
	for _, arc := range arcs {
		for _, s := range []FaceIndex{arc.Left, arc.Right} {
			if s >= 0 && !first[int32(s)] {
				first[int32(s)] = true
				roots = append(roots, int32(s))
			}
		}
	}
	slices.SortStableFunc(roots, func(a, b int32) int { return int(m.owner[a] - m.owner[b]) })
	unit := make(map[int32]int)
	for i, r := range m.regions {
		if r.Side == "" {
			unit[int32(i)] = len(units)
			units = append(units, Unit{ID: r.ID, Name: r.Name})
		}
	}
	face := make(map[FaceIndex]FaceIndex, len(roots))
	for i, r := range roots {
		face[FaceIndex(r)] = FaceIndex(i)
		holders = append(holders, unit[m.owner[r]])
	}
	renumber := func(s FaceIndex) FaceIndex {
		if s < 0 {
			return s
		}
		return face[s]
	}
	for i := range arcs {
		arcs[i].Left, arcs[i].Right = renumber(arcs[i].Left), renumber(arcs[i].Right)
	}
	return units, holders
}
