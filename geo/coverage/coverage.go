package coverage

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Unit names a region of a coverage.
type Unit struct{ ID, Name string }

// FaceIndex names what lies on one side of an arc: face i of the coverage for
// i >= 0, else outside ^i (see [Outside]).
type FaceIndex int32

// Outside returns the index of Coverage.Outsides[i] as a side of an arc.
func Outside(i int) FaceIndex { return FaceIndex(^i) }

// Outside returns the place in Coverage.Outsides, or false for a face.
func (f FaceIndex) Outside() (i int, ok bool) { return int(^f), f < 0 }

// Arc is a border between two sides, drawn once. Its line runs from node to
// node; an arc that meets no node is closed, its first point repeated at the end
// (it starts at its least point and runs counter-clockwise). An arc between two
// nodes starts at the lesser one in the order of [geo.Compare].
type Arc struct {
	Line        []geo.Point
	Left, Right FaceIndex
}

// ArcRef is an arc walked in a direction: 2i along arc i, 2i+1 against it.
type ArcRef int32

// Arc returns the number of the arc.
func (r ArcRef) Arc() int { return int(r >> 1) }

// Backward tells whether the arc is walked against its line.
func (r ArcRef) Backward() bool { return r&1 == 1 }

// Ring is a closed walk with the territory on its left.
type Ring []ArcRef

// Face is one connected polygon of a region. Rings[0] is the shell, running
// counter-clockwise; the others are holes, running clockwise.
type Face struct {
	Unit  int // in Coverage.Units
	Rings []Ring
}

// Coverage is a set of regions as arcs and faces. Islands, enclaves and parts are
// further faces of one unit. Read it freely from many goroutines; functions that
// edit return a new one and share the lines, so never write to a Line.
type Coverage struct {
	Units []Unit
	// Outsides are the keys of what lies beyond: "" is nobody's (a coast, a
	// foreign country that was not given), [GapSide] a gap, others are the
	// Side of the outside regions.
	Outsides []string
	Arcs     []Arc
	Faces    []Face

	graph *planar
}

// New makes a coverage of arcs whose sides are known, as a store holds them.
// holders[i] is the unit of face i. It finds the rings of every face, and fails
// if an arc names a side that does not exist, is no line, or a face does not
// close to one connected polygon. It does not look for arcs that cross: that is
// [Validate]. Cost is O(n log n) in arcs.
func New(units []Unit, outsides []string, holders []int, arcs []Arc) (*Coverage, error) {
	c := &Coverage{Units: units, Outsides: outsides, Arcs: arcs, Faces: make([]Face, len(holders))}
	for i, u := range holders {
		if u < 0 || u >= len(units) {
			return nil, fmt.Errorf("making a coverage: face %d is held by unit %d of %d", i, u, len(units))
		}
		c.Faces[i].Unit = u
	}
	lines := make([][]geo.Point, len(arcs))
	for i, arc := range arcs {
		if err := c.checkArc(arc); err != nil {
			return nil, fmt.Errorf("making a coverage: arc %d: %w", i, err)
		}
		lines[i] = arc.Line
	}
	c.graph = newPlanar(lines)
	if err := c.findRings(); err != nil {
		return nil, fmt.Errorf("making a coverage: %w", err)
	}
	return c, nil
}

func (c *Coverage) checkArc(arc Arc) error {
	for _, side := range []FaceIndex{arc.Left, arc.Right} {
		if out, ok := side.Outside(); ok && out >= len(c.Outsides) || !ok && int(side) >= len(c.Faces) {
			return fmt.Errorf("it names side %d, which does not exist", side)
		}
	}
	if arc.Left == arc.Right {
		return fmt.Errorf("it has side %d left and right", arc.Left)
	}
	if len(arc.Line) < 2 {
		return fmt.Errorf("it has %d points", len(arc.Line))
	}
	for i := 1; i < len(arc.Line); i++ {
		d := from(arc.Line[i-1], arc.Line[i])
		if d == (vector{}) || abs(d.dx) >= maxSpan || abs(d.dy) >= maxSpan {
			return fmt.Errorf("the segment at point %d is empty or spans more than 107 degrees", i-1)
		}
	}
	return nil
}

// left returns the side left of a half-edge.
func (c *Coverage) left(h int32) FaceIndex {
	if h&1 == 0 {
		return c.Arcs[h>>1].Left
	}
	return c.Arcs[h>>1].Right
}

// findRings follows the border of every face.
func (c *Coverage) findRings() error {
	seen := make([]bool, 2*len(c.Arcs))
	for start := range int32(len(seen)) {
		face := c.left(start)
		if face < 0 || seen[start] {
			continue
		}
		cycle, err := c.follow(start, seen)
		if err != nil {
			return err
		}
		for _, r := range c.graph.rings(cycle) {
			c.Faces[face].Rings = append(c.Faces[face].Rings, ringOf(r))
		}
	}
	for i := range c.Faces {
		if err := c.shellFirst(i); err != nil {
			return err
		}
	}
	return nil
}

func (c *Coverage) follow(start int32, seen []bool) ([]int32, error) {
	face := c.left(start)
	var cycle []int32
	for h := start; !seen[h]; h = c.graph.next(h) {
		if c.left(h) != face {
			p := c.graph.origin(h).Orb()
			return nil, fmt.Errorf("the border of face %d (%s) does not close: at %.7f, %.7f it runs into that of side %d", face, c.holder(face), p[0], p[1], c.left(h))
		}
		seen[h] = true
		cycle = append(cycle, h)
	}
	return cycle, nil
}

// holder returns the id of the unit of a face, or the key of an outside.
func (c *Coverage) holder(f FaceIndex) string {
	if out, ok := f.Outside(); ok {
		return c.Outsides[out]
	}
	return c.Units[c.Faces[f].Unit].ID
}

func (c *Coverage) shellFirst(face int) error {
	rings, shells := c.Faces[face].Rings, 0
	for i, r := range rings {
		if c.twiceArea(r) > 0 {
			rings[0], rings[i] = rings[i], rings[0]
			shells++
		}
	}
	if shells != 1 {
		return fmt.Errorf("face %d (%s) has %d outer rings, it must have one", face, c.holder(FaceIndex(face)), shells)
	}
	return nil
}

func ringOf(halves []int32) Ring {
	r := make(Ring, len(halves))
	for i, h := range halves {
		r[i] = ArcRef(h)
	}
	return r
}

func (r Ring) halves() []int32 {
	halves := make([]int32, len(r))
	for i, ref := range r {
		halves[i] = int32(ref)
	}
	return halves
}

// Points returns the closed vertices of a ring.
func (c *Coverage) Points(r Ring) []geo.Point { return c.graph.points(r.halves()) }

// twiceArea returns twice the signed area of a ring.
func (c *Coverage) twiceArea(r Ring) (twice int64) {
	for _, ref := range r {
		twice += signed(twiceAreaUnder(c.Arcs[ref.Arc()].Line), int32(ref))
	}
	return twice
}

// TwiceArea returns twice the exact area of a face in square grid units.
func (c *Coverage) TwiceArea(face int) (twice int64) {
	for _, r := range c.Faces[face].Rings {
		twice += c.twiceArea(r)
	}
	return twice
}

// AreaM2 returns the area of a face in m² on the ellipsoid.
func (c *Coverage) AreaM2(face int) (sum float64) {
	for _, r := range c.Faces[face].Rings {
		sum += ringAreaM2(c.Points(r))
	}
	return sum
}

// Polygon returns a face as a polygon oriented as RFC 7946 wants it.
func (c *Coverage) Polygon(face int) orb.Polygon {
	polygon := make(orb.Polygon, 0, len(c.Faces[face].Rings))
	for _, r := range c.Faces[face].Rings {
		polygon = append(polygon, orb.Ring(geo.LineOrb(c.Points(r))))
	}
	return polygon
}

// FacesOf returns the faces of the unit with that id.
func (c *Coverage) FacesOf(id string) []int {
	unit := slices.IndexFunc(c.Units, func(u Unit) bool { return u.ID == id })
	var faces []int
	for i, f := range c.Faces {
		if f.Unit == unit {
			faces = append(faces, i)
		}
	}
	return faces
}

// ByUnit is a grouping for [Coverage.Polygons]: the id of the unit of a face.
func (c *Coverage) ByUnit(face int) string { return c.Units[c.Faces[face].Unit].ID }
