package tiles

import (
	"cmp"
	"slices"

	"jieming/geo/measure"
	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// label is the name of a unit, or of a piece of territory whose county is not
// known, at its place.
type label struct {
	at     mercator.Point
	unit   int32
	piece  int32
	digest digest
}

// labelSet is the labels of a level.
type labelSet struct {
	all   []label
	index *boxes
}

// newLabels places the labels of a level: those of its units that hold
// territory and, with the counties, those of pieces whose county is not known.
func newLabels(v *View, level int) *labelSet {
	units, pieces := map[int32][]int{}, map[int32][]int{}
	for i, b := range v.borders {
		left, right := v.standing(b.left, level), v.standing(b.right, level)
		if left.unit != right.unit {
			units[left.unit], units[right.unit] = append(units[left.unit], i), append(units[right.unit], i)
		}
		if level == county && left.piece != right.piece {
			pieces[left.piece], pieces[right.piece] = append(pieces[left.piece], i), append(pieces[right.piece], i)
		}
	}
	s := &labelSet{}
	for u, arcs := range units {
		if int(v.units[u].level) == level {
			s.add(v, label{unit: u, digest: v.units[u].digest}, arcs)
		}
	}
	delete(pieces, 0)
	for p, arcs := range pieces {
		s.add(v, label{unit: v.pieces[p].holder, piece: p, digest: v.pieces[p].digest}, arcs)
	}
	slices.SortFunc(s.all, func(a, b label) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.piece, b.piece))
	})
	bounds := make([]box, len(s.all))
	for i, l := range s.all {
		bounds[i] = emptyBox
		bounds[i].addLine([]mercator.Point{l.at})
	}
	s.index = newBoxes(bounds)
	return s
}

// add places a label in the area that arcs, given by position, enclose.
func (s *labelSet) add(v *View, l label, arcs []int) {
	h := hasher{}
	for _, i := range arcs {
		h.int(v.borders[i].arc)
	}
	l.at = v.works.poles.get(h.sum(), func() mercator.Point { return v.findPole(arcs) })
	h = hasher{}
	l.digest = h.add(l.digest).point(l.at).sum()
	s.all = append(s.all, l)
}

// poleTiles is how finely an area is drawn to find its pole: as on a map on
// which it is this many tiles wide.
const poleTiles = 2

// findPole returns the pole of the area that arcs, given by position, enclose: the
// point that is furthest from its border. Of an area too thin to have one it is a
// place on the border, so that its name is not lost.
func (v *View) findPole(arcs []int) mercator.Point {
	around := emptyBox
	for _, i := range arcs {
		around.addLine(v.lines[v.borders[i].arc])
	}
	least := simplify.Least(zoomOf(around))
	plan := v.arcPlan()
	lines := make([][]mercator.Point, len(arcs))
	for n, i := range arcs {
		lines[n], _ = thin(v.lines[v.borders[i].arc], plan.thresholds[i], least)
	}
	precision := float64(around.maxX-around.minX+around.maxY-around.minY) / 512
	if at, _, ok := measure.Pole(lines, precision); ok {
		return at
	}
	for n, i := range arcs {
		lines[n] = v.lines[v.borders[i].arc]
	}
	if at, _, ok := measure.Pole(lines, precision); ok {
		return at
	}
	longest := slices.MaxFunc(lines, func(a, b []mercator.Point) int { return len(a) - len(b) })
	return longest[len(longest)/2]
}

// zoomOf returns the zoom at which a box is some tiles wide.
func zoomOf(b box) int {
	side := max(b.maxX-b.minX, b.maxY-b.minY, 1)
	zoom := 0
	for zoom < MaxZoom && side<<zoom < poleTiles<<32 {
		zoom++
	}
	return zoom
}
