package gate

import (
	"fmt"
	"slices"
	"strings"
)

// Subject says what to judge in a tile, and what may lie beyond the units.
type Subject struct {
	// Layers hold the polygons that together are one coverage. In Pieces, if it is
	// one of them, several features may have the same id.
	Layers []string
	Pieces string
	// Boundary is the layer of border lines; none if it is empty. Complete means
	// that it has the borders between Layers, all of them and no others.
	Boundary string
	Complete bool
	// Outer tells of a border line that nobody holds one side of it: a coast, the
	// edge of the data. Polygons may end there. Nil is no such line.
	Outer func(*Feature) bool
	// Covered tells whether somebody ought to cover the cell whose least corner is
	// x, y. Nil judges each row of cells by itself: it may be left uncovered from
	// one outer border, or the side of the tile, to the next.
	Covered func(x, y int) bool
	// Expected are the ids that must be drawn. A unit too small for it may have,
	// in the layer Labels, a label with collapsed=true instead.
	Expected []uint64
	Labels   string
}

// Everywhere is for Subject.Covered: units leave nothing out.
func Everywhere(int, int) bool { return true }

// Report counts what is wrong with a tile.
type Report struct {
	// GapCells and OverlapCells are cells of the tile, of 4096 × 4096, whose
	// centre no unit covers, or more than one.
	GapCells, OverlapCells int
	// UnmatchedEdges run inside the tile along one unit, without a neighbour
	// that runs along them the other way and without an outer border.
	UnmatchedEdges int
	// SelfTouchingRings visit a place twice, cross themselves, or run along
	// themselves.
	SelfTouchingRings int
	// InvalidPolygons are features whose rings cross or share an edge, whose
	// holes lie outside the exterior or in each other, or whose interior is cut
	// in two where rings touch.
	InvalidPolygons int
	// WrongWinding are rings of features whose first ring runs anticlockwise on
	// the screen.
	WrongWinding  int
	ZeroAreaRings int
	// ZeroSegments are steps of no length, in lines too; RepeatedPoints are rings
	// that return to their first point before they close.
	ZeroSegments, RepeatedPoints int
	// LostUnits were expected; TwiceDrawnUnits are in more than one feature.
	LostUnits, TwiceDrawnUnits int
	// TwiceDrawnBorders are edges that the boundary layer has more than once.
	// MissingBorders are edges between two units that it lacks, StrayBorders edges
	// that it has where no unit ends.
	TwiceDrawnBorders, MissingBorders, StrayBorders int
	// First says where the first fault lies that was found.
	First string
}

// Zero tells whether nothing is wrong.
func (r Report) Zero() bool { return r == Report{} }

// String lists the counts that are not zero.
func (r Report) String() string {
	var parts []string
	for _, c := range []struct {
		count int
		what  string
	}{
		{r.GapCells, "gap cells"}, {r.OverlapCells, "overlap cells"}, {r.UnmatchedEdges, "unmatched edges"},
		{r.SelfTouchingRings, "self-touching rings"}, {r.InvalidPolygons, "invalid polygons"}, {r.WrongWinding, "wrongly wound rings"},
		{r.ZeroAreaRings, "rings without area"}, {r.ZeroSegments, "segments of no length"}, {r.RepeatedPoints, "rings that repeat their first point"},
		{r.LostUnits, "lost units"}, {r.TwiceDrawnUnits, "units drawn twice"}, {r.TwiceDrawnBorders, "border edges drawn twice"},
		{r.MissingBorders, "border edges missing"}, {r.StrayBorders, "border edges where no unit ends"},
	} {
		if c.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	if len(parts) == 0 {
		return "nothing wrong"
	}
	return strings.Join(parts, ", ") + "; first " + r.First
}

// Add sums up reports; the earlier First stays.
func (r *Report) Add(o Report) {
	first := r.First
	if first == "" {
		first = o.First
	}
	*r = Report{
		r.GapCells + o.GapCells, r.OverlapCells + o.OverlapCells, r.UnmatchedEdges + o.UnmatchedEdges,
		r.SelfTouchingRings + o.SelfTouchingRings, r.InvalidPolygons + o.InvalidPolygons, r.WrongWinding + o.WrongWinding,
		r.ZeroAreaRings + o.ZeroAreaRings, r.ZeroSegments + o.ZeroSegments, r.RepeatedPoints + o.RepeatedPoints,
		r.LostUnits + o.LostUnits, r.TwiceDrawnUnits + o.TwiceDrawnUnits, r.TwiceDrawnBorders + o.TwiceDrawnBorders,
		r.MissingBorders + o.MissingBorders, r.StrayBorders + o.StrayBorders, first,
	}
}

// count adds n to a count and notes the place of the first fault.
func (r *Report) count(into *int, n int, format string, args ...any) {
	if n == 0 {
		return
	}
	*into += n
	if r.First == "" {
		r.First = fmt.Sprintf(format, args...)
	}
}

// judge is one judgement in the making.
type judge struct {
	Report
	tile    *Tile
	subject Subject
	*fabric
	outer    []bool     // by edge: an outer border runs there
	bordered []bool     // by edge: a border runs there
	touches  []incident // of rings with vertices of other rings
	crossed  map[int32]bool
	touched  []bool // by ring: it touches itself
}

// Judge counts the faults of a tile. It takes about 200 ns for each vertex, and
// the time that Subject.Covered needs where no unit covers the tile.
func Judge(t *Tile, s Subject) Report {
	j := &judge{tile: t, subject: s, fabric: weave(t, s.Layers)}
	j.outer, j.bordered = make([]bool, len(j.edges)), make([]bool, len(j.edges))
	j.crossed = map[int32]bool{}
	j.touched = make([]bool, len(j.rings))
	j.judgePoints()
	j.judgeWinding()
	j.judgeBorders()
	j.judgeEdges()
	j.judgeRings()
	j.judgeCells()
	j.judgeUnits()
	return j.Report
}

// judgePoints looks for steps of no length.
func (j *judge) judgePoints() {
	for _, name := range append([]string{j.subject.Boundary}, j.subject.Layers...) {
		l := j.tile.Layer(name)
		for i := range l.Features {
			f := &l.Features[i]
			for _, path := range f.Paths {
				j.judgePath(f, path)
			}
		}
	}
}

func (j *judge) judgePath(f *Feature, path []Cell) {
	for i := 1; i < len(path); i++ {
		if path[i] == path[i-1] {
			j.count(&j.ZeroSegments, 1, "%s has a segment of no length at %v", f, path[i])
		}
	}
	if f.Kind == Polygon && path[0] == path[len(path)-1] {
		j.count(&j.RepeatedPoints, 1, "%s repeats the first point of a ring, %v", f, path[0])
	}
}

func (j *judge) judgeWinding() {
	for _, r := range j.rings {
		switch {
		case r.twiceArea == 0:
			j.count(&j.ZeroAreaRings, 1, "%s has a ring without area at %v", r.feature, r.feature.Paths[0][0])
		case r.reversed:
			j.count(&j.WrongWinding, 1, "%s is wound the wrong way at %v", r.feature, r.feature.Paths[0][0])
		}
	}
}

// judgeBorders looks for borders drawn twice, and notes the outer ones.
func (j *judge) judgeBorders() {
	l := j.tile.Layer(j.subject.Boundary)
	drawn := newIndex(len(j.edges))
	for i := range l.Features {
		f := &l.Features[i]
		outer := j.subject.Outer != nil && j.subject.Outer(f)
		for _, path := range f.Paths {
			for k := 1; k < len(path); k++ {
				j.judgeBorder(f, path[k-1], path[k], outer, drawn)
			}
		}
	}
}

func (j *judge) judgeBorder(f *Feature, p, q Cell, outer bool, drawn *index) {
	if f.Kind != Line || p == q {
		return
	}
	a, _ := j.places.add(cellKey(p))
	b, _ := j.places.add(cellKey(q))
	key := edgeKey(min(a, b), max(a, b))
	if _, fresh := drawn.add(key); !fresh {
		j.count(&j.TwiceDrawnBorders, 1, "%s has the edge %v to %v, which is drawn before", f, p, q)
	}
	i, ours := j.index.find(key)
	switch {
	case ours:
		j.outer[i], j.bordered[i] = j.outer[i] || outer, true
	case j.subject.Complete && within(p, q):
		j.count(&j.StrayBorders, 1, "%s has the edge %v to %v, where no unit ends", f, p, q)
	}
}

// judgeEdges looks for edges without a neighbour.
func (j *judge) judgeEdges() {
	for i, e := range j.edges {
		p, q := j.cells[e.a], j.cells[e.b]
		if e.sum != 0 && !j.outer[i] && within(p, q) {
			j.count(&j.UnmatchedEdges, 1, "%s ends at %v to %v, where no neighbour begins", j.rings[j.uses[e.uses].ring].feature, p, q)
		}
		if j.subject.Complete && !j.bordered[i] && j.parts(e) && within(p, q) {
			j.count(&j.MissingBorders, 1, "%s ends at %v to %v, where no border is drawn", j.rings[j.uses[e.uses].ring].feature, p, q)
		}
	}
}

// parts tells whether units of different ids lie along an edge.
func (j *judge) parts(e edge) bool {
	first := j.rings[j.uses[e.uses].ring].feature.ID
	for u := e.uses; u != none; u = j.uses[u].next {
		if j.rings[j.uses[u].ring].feature.ID != first {
			return true
		}
	}
	return false
}

// within tells whether an edge passes the inside of the tile.
func within(p, q Cell) bool {
	if max(p.X, q.X) <= 0 || min(p.X, q.X) >= Extent || max(p.Y, q.Y) <= 0 || min(p.Y, q.Y) >= Extent {
		return false
	}
	if inside(p) || inside(q) {
		return true
	}
	least, most := int64(0), int64(0) // where the corners lie to the edge
	for _, corner := range [4]Cell{{}, {X: Extent}, {Y: Extent}, {X: Extent, Y: Extent}} {
		at := turn(p, q, corner)
		least, most = min(least, at), max(most, at)
	}
	return least < 0 && most > 0
}

func inside(c Cell) bool { return c.X > 0 && c.X < Extent && c.Y > 0 && c.Y < Extent }

// judgeUnits looks for units that are missing or there more than once.
func (j *judge) judgeUnits() {
	drawn := map[uint64]int{}
	for _, name := range j.subject.Layers {
		l := j.tile.Layer(name)
		for i := range l.Features {
			id := l.Features[i].ID
			if drawn[id]++; drawn[id] == 2 && name != j.subject.Pieces {
				j.count(&j.TwiceDrawnUnits, 1, "%s is in more than one feature", &l.Features[i])
			}
		}
	}
	labels := j.tile.Layer(j.subject.Labels)
	for i := range labels.Features {
		if labels.Features[i].Tag("collapsed") == true {
			drawn[labels.Features[i].ID]++
		}
	}
	ids := slices.Clone(j.subject.Expected)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if drawn[id] == 0 {
			j.count(&j.LostUnits, 1, "unit %d is lost", id)
		}
	}
}

// String names a feature in messages.
func (f *Feature) String() string { return fmt.Sprintf("%s %d", f.layer.Name, f.ID) }
