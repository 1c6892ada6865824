package shapefile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// maxTests bounds the work of finding the outer rings of holes, in tests of a
// point against an edge: a hostile record could have half a million of each.
const maxTests = 200_000_000

// polygons groups the rings of a record. Outer rings run clockwise, holes the
// other way; a hole belongs to the smallest outer ring around it. If no ring
// runs clockwise the writer did not care for direction, and every ring is
// taken as an outer one, with a note.
func polygons(paths [][]orb.Point, notes *format.Notebook, index int) (orb.Geometry, *format.Error) {
	g := grouping{}
	for i, path := range paths {
		if fault := format.CheckGeometry(orb.Polygon{path}); fault != nil {
			return nil, fault.At(format.None, i, fault.Vertex).Skippable()
		}
		ring := orientedRing{ring: path, index: i, area: signedArea(path), bound: orb.Ring(path).Bound()}
		if ring.area < 0 {
			g.outer = append(g.outer, ring)
		} else {
			g.holes = append(g.holes, ring)
		}
	}
	if len(g.outer) == 0 && len(g.holes) > 0 {
		notes.Add(format.NoteRingDirection, "polygons whose outer rings run the wrong way were read all the same", index)
		g.outer, g.holes = g.holes, nil
	}
	return g.group()
}

type orientedRing struct {
	ring  orb.Ring
	index int
	area  float64 // signed, in squared units of the file
	bound orb.Bound
}

type grouping struct {
	outer, holes []orientedRing
	tests        int
}

func (g *grouping) group() (orb.Geometry, *format.Error) {
	polygons := make(orb.MultiPolygon, len(g.outer))
	for i, o := range g.outer {
		polygons[i] = orb.Polygon{o.ring}
	}
	// From the smallest to the largest, so that the first one around a hole
	// is the one it lies in.
	bySize := make([]int, len(g.outer))
	for i := range bySize {
		bySize[i] = i
	}
	slices.SortStableFunc(bySize, func(a, b int) int { return cmp.Compare(-g.outer[a].area, -g.outer[b].area) })
	for _, hole := range g.holes {
		owner, fault := g.owner(hole, bySize)
		if fault != nil {
			return nil, fault.At(format.None, hole.index, format.None).Skippable()
		}
		polygons[owner] = append(polygons[owner], hole.ring)
	}
	switch len(polygons) {
	case 0:
		return nil, nil
	case 1:
		return polygons[0], nil
	}
	return polygons, nil
}

func (g *grouping) owner(hole orientedRing, bySize []int) (int, *format.Error) {
	for _, i := range bySize {
		outer := g.outer[i]
		g.tests++
		if -outer.area >= hole.area && contains(outer.bound, hole.bound) && g.inside(hole.ring, outer.ring) {
			return i, nil
		}
		if g.tests > maxTests {
			return 0, format.Fault(fmt.Sprintf("too many rings (%d outer, %d holes)", len(g.outer), len(g.holes)),
				"split the feature into several")
		}
	}
	return 0, format.Fault("ring runs counter-clockwise like a hole, but lies in no outer ring",
		"reverse or remove it, for instance with the geometry check of QGIS")
}

func contains(a, b orb.Bound) bool {
	return a.Min[0] <= b.Min[0] && a.Min[1] <= b.Min[1] && a.Max[0] >= b.Max[0] && a.Max[1] >= b.Max[1]
}

// inside reports whether a hole lies in a ring. The first vertex that is not
// on the ring decides: a hole may touch its outer ring in points.
func (g *grouping) inside(hole, ring orb.Ring) bool {
	for _, p := range hole {
		g.tests += len(ring)
		if g.tests > maxTests {
			return false
		}
		if side := locatePoint(p, ring); side != 0 {
			return side > 0
		}
	}
	return true
}

// locatePoint returns 1 inside a closed ring, 0 on it, -1 outside, by counting
// the edges that a ray to the right crosses.
func locatePoint(p orb.Point, ring orb.Ring) int {
	side := -1
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if a[1] > p[1] == (b[1] > p[1]) {
			if a[1] == p[1] && b[1] == p[1] && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) || a == p || b == p {
				return 0
			}
			continue
		}
		if a == p || b == p {
			return 0
		}
		// cross is positive if p lies left of the edge as it runs upwards.
		cross := (b[0]-a[0])*(p[1]-a[1]) - (p[0]-a[0])*(b[1]-a[1])
		if cross == 0 {
			return 0
		}
		if cross > 0 == (b[1] > a[1]) {
			side = -side
		}
	}
	return side
}

// signedArea is positive for a counter-clockwise ring. Coordinates are taken
// from the first vertex, which keeps digits.
func signedArea(ring []orb.Point) float64 {
	area := 0.0
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := ring[i][0]-ring[0][0], ring[i][1]-ring[0][1]
		bx, by := ring[i+1][0]-ring[0][0], ring[i+1][1]-ring[0][1]
		area += ax*by - bx*ay
	}
	return area / 2
}
