package tiles

import (
	"cmp"
	"slices"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// arcPlan says from which zoom on each vertex of the arcs of a view is drawn.
type arcPlan struct {
	arcs       []int64 // in order of id, as the borders of the view
	thresholds [][]float32
}

// sheet is the line work of one level, ready for cutting into tiles: the
// borders between the units of that level and coarser ones. The finest sheet
// has an arc for each line; on the others arcs are joined where no third unit
// meets them, so that the coarse zooms are not held to every node of the fine.
type sheet struct {
	level int
	lines []line
	index *boxes
}

// line is a border of a sheet.
type line struct {
	id          int64 // of the arc; the lowest, if several are joined
	left, right faceAt
	status      string
	points      []mercator.Point
	thresholds  []float32
	digest      digest // of everything but the points
}

func newSheet(v *View, level int) *sheet {
	if level == v.finest {
		return v.arrange(level, v.arcLines())
	}
	return v.arrange(level, v.chains(level))
}

// arcLines returns the arcs that part units, or pieces of territory whose
// county is not known. The thresholds are those of all arcs of the view: what
// the lines look like does not depend on who holds what.
func (v *View) arcLines() []line {
	plan := v.arcPlan()
	lines := make([]line, 0, len(v.borders))
	for i, b := range v.borders {
		left, right := v.standing(b.left, v.finest), v.standing(b.right, v.finest)
		if left != right {
			lines = append(lines, line{id: b.arc, left: left, right: right, status: b.status,
				points: v.lines[b.arc], thresholds: plan.thresholds[i]})
		}
	}
	return lines
}

// standing returns who stands for the holder of a face at a level.
func (v *View) standing(f faceAt, level int) faceAt {
	f.unit = v.units[f.unit].up[level]
	if level < county {
		f.piece = 0
	}
	return f
}

// arcsDigest tells one set of arcs from another.
func (v *View) arcsDigest() digest {
	h := hasher{data: make([]byte, 0, 8*len(v.borders))}
	for _, b := range v.borders {
		h.int(b.arc)
	}
	return h.sum()
}

// planArcs plans the arcs. The plan before is often nearly the same: then what is
// near the arcs that differ is worked anew, which comes to the same.
func (v *View) planArcs() *arcPlan {
	p := &arcPlan{arcs: make([]int64, len(v.borders))}
	arcs := make([][]mercator.Point, len(v.borders))
	for i, b := range v.borders {
		p.arcs[i], arcs[i] = b.arc, v.lines[b.arc]
	}
	known, removed := v.works.latest.Load().compare(p.arcs)
	lines := make([][]mercator.Point, len(removed))
	for i, id := range removed {
		lines[i] = v.lines[id]
	}
	if slices.ContainsFunc(lines, func(l []mercator.Point) bool { return l == nil }) { // of a draft
		known = make([][]float32, len(arcs))
	}
	p.thresholds = simplify.Revise(arcs, known, lines)
	v.works.latest.Store(p)
	return p
}

// compare returns the thresholds that a plan has of arcs, nil for those it does
// not have, and its other arcs. A plan of nothing may be nil.
func (p *arcPlan) compare(arcs []int64) (known [][]float32, others []int64) {
	known = make([][]float32, len(arcs))
	if p == nil {
		return known, nil
	}
	i := 0
	for k, id := range p.arcs {
		for i < len(arcs) && arcs[i] < id {
			i++
		}
		if i < len(arcs) && arcs[i] == id {
			known[i] = p.thresholds[k]
		} else {
			others = append(others, id)
		}
	}
	return known, others
}

// chains returns the borders of a level, joined and planned. Views in which
// they are the same share them.
func (v *View) chains(level int) []line {
	var arcs []line
	h := hasher{data: make([]byte, 0, 64*len(v.borders))}
	for _, b := range v.borders {
		left, right := v.standing(b.left, level), v.standing(b.right, level)
		if left != right {
			arcs = append(arcs, line{id: b.arc, left: left, right: right, status: b.status, points: v.lines[b.arc]})
			h.int(b.arc).text(b.status)
			for _, f := range []faceAt{left, right} {
				h.int(v.units[f.unit].id).add(v.pieces[f.piece].digest)
			}
		}
	}
	planned := v.works.chains.get(h.sum(), func() []plannedChain { return planChains(arcs, firstZoom[level+1]-1) })
	return unfold(arcs, planned)
}

// arrange orders the lines for searching and tells each from others.
func (v *View) arrange(level int, lines []line) *sheet {
	type placed struct {
		line
		box
		curve uint64
	}
	all := make([]placed, len(lines))
	for i := range lines {
		b := emptyBox
		b.addLine(lines[i].points)
		all[i] = placed{lines[i], b, b.alongCurve()}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.curve, b.curve), cmp.Compare(a.id, b.id)) })
	s := &sheet{level: level, lines: make([]line, len(all))}
	bounds := make([]box, len(all))
	for i := range all {
		s.lines[i], bounds[i] = all[i].line, all[i].box
		s.lines[i].digest = v.lineDigest(&s.lines[i], level)
	}
	s.index = newBoxes(bounds)
	return s
}

// lineDigest covers what a tile says of a line and of the units beside it.
func (v *View) lineDigest(l *line, level int) digest {
	h := hasher{}
	h.int(l.id).text(l.status)
	for _, f := range []faceAt{l.left, l.right} {
		h.add(v.faceDigest(f, level))
	}
	return h.sum()
}

// faceDigest covers what a tile says of who holds a face.
func (v *View) faceDigest(f faceAt, level int) digest {
	h := hasher{}
	for l := province; l <= level; l++ {
		h.add(v.units[v.units[f.unit].up[l]].digest)
	}
	h.add(v.pieces[f.piece].digest)
	return h.sum()
}
