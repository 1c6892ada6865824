package format

import (
	"fmt"

	"github.com/paulmach/orb"
)

// CheckGeometry returns the first fault of a geometry that no reader lets
// pass, located by part, ring and vertex: a coordinate that is not finite, a
// ring that is not closed or has fewer than four vertices, a line with fewer
// than two. Whether rings cross is not its business. It takes one pass and
// allocates nothing for a sound geometry; nil is sound.
func CheckGeometry(g orb.Geometry) *Error {
	switch g := g.(type) {
	case orb.Point:
		return checkPoints([]orb.Point{g}, None, None)
	case orb.MultiPoint:
		return checkPoints(g, None, None)
	case orb.LineString:
		return checkLine(g, None)
	case orb.MultiLineString:
		for i, line := range g {
			if fault := checkLine(line, i); fault != nil {
				return fault
			}
		}
	case orb.Polygon:
		return checkPolygon(g, 0)
	case orb.MultiPolygon:
		for i, polygon := range g {
			if fault := checkPolygon(polygon, i); fault != nil {
				return fault
			}
		}
	case orb.Collection:
		for i, member := range g {
			if fault := CheckGeometry(member); fault != nil {
				fault.Part = i
				return fault
			}
		}
	}
	return nil
}

func checkPolygon(p orb.Polygon, part int) *Error {
	for i, ring := range p {
		if fault := checkRing(ring, part, i); fault != nil {
			return fault
		}
	}
	return nil
}

func checkRing(r orb.Ring, part, ring int) *Error {
	if fault := checkPoints(r, part, ring); fault != nil {
		return fault
	}
	last := len(r) - 1
	if last >= 0 && r[0] != r[last] {
		return Fault(fmt.Sprintf("ring is not closed: it starts at (%v, %v) and ends at (%v, %v)",
			r[0][0], r[0][1], r[last][0], r[last][1]),
			"repeat the first vertex at the end of the ring").At(part, ring, last)
	}
	if len(r) < 4 {
		return Fault(fmt.Sprintf("ring has %d vertices", len(r)),
			"a ring needs at least four, the last one equal to the first").At(part, ring, None)
	}
	return nil
}

func checkLine(l orb.LineString, part int) *Error {
	if len(l) < 2 {
		return Fault(fmt.Sprintf("line has %d vertices", len(l)),
			"a line needs at least two").At(part, None, None)
	}
	return checkPoints(l, part, None)
}

func checkPoints(points []orb.Point, part, ring int) *Error {
	for i, p := range points {
		// The difference of a finite number with itself is 0, of NaN and
		// infinity it is NaN.
		if p[0]-p[0]+(p[1]-p[1]) != 0 {
			return Fault(fmt.Sprintf("coordinate (%v, %v) is not a finite number", p[0], p[1]),
				"correct or remove the vertex").At(part, ring, i)
		}
	}
	return nil
}

// CountVertices returns how many positions a geometry has.
func CountVertices(g orb.Geometry) int {
	n := 0
	switch g := g.(type) {
	case orb.Point:
		n = 1
	case orb.MultiPoint:
		n = len(g)
	case orb.LineString:
		n = len(g)
	case orb.Ring:
		n = len(g)
	case orb.MultiLineString:
		for _, line := range g {
			n += len(line)
		}
	case orb.Polygon:
		for _, ring := range g {
			n += len(ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			n += CountVertices(polygon)
		}
	case orb.Collection:
		for _, member := range g {
			n += CountVertices(member)
		}
	}
	return n
}
