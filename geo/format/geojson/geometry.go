package geojson

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// A rawGeometry collects the members of a geometry, which may come in any
// order: coordinates as an untyped nest of points until the type is known.
type rawGeometry struct {
	typ    string
	level  int // brackets around a position, 0 if there is no position
	points []orb.Point
	lists  []int
	groups []int
	subs   orb.Collection
}

// geometry reads a geometry object or null.
func (r *Reader) geometry(depth int) (orb.Geometry, *format.Error) {
	if depth > r.s.limits.MaxDepth {
		return nil, r.s.tooDeep()
	}
	switch r.s.peek() {
	case 'n':
		_, fault := r.s.word()
		return nil, fault
	case '{':
	default:
		r.blame("geometry is not an object", "write geometry as {…} or null", 0)
		return nil, r.s.skip(depth)
	}
	r.s.pos++
	var raw rawGeometry
	var seen parts
	for first := true; ; first = false {
		key, more, fault := r.s.member(first)
		if fault != nil {
			return nil, fault
		}
		if !more {
			return r.build(&raw), nil
		}
		switch string(key) {
		case "type":
			r.once(&seen, hasType, "type")
			raw.typ, fault = r.typeName()
		case "coordinates", "geometries":
			r.once(&seen, hasCoordinates, "coordinates")
			fault = r.geometryMember(&raw, key, depth)
		default:
			fault = r.s.skip(depth)
		}
		if fault != nil {
			return nil, fault
		}
	}
}

// geometryMember reads the coordinates or geometries of a geometry.
func (r *Reader) geometryMember(raw *rawGeometry, key []byte, depth int) (fault *format.Error) {
	if string(key) == "geometries" {
		raw.subs, fault = r.geometries(depth)
		return fault
	}
	if fault := r.coordinates(); fault != nil {
		return fault
	}
	r.noteHeights()
	raw.level = r.coords.level
	raw.points = slices.Clone(r.coords.points)
	raw.lists = slices.Clone(r.coords.lists)
	raw.groups = slices.Clone(r.coords.groups)
	return nil
}

func (r *Reader) noteHeights() {
	if r.coords.third > 0 {
		r.notes.Add(format.NoteZDropped, "heights (third coordinates) were dropped", r.index)
	}
	if r.coords.fourth > 0 {
		r.notes.Add(format.NoteMDropped, "measures (fourth coordinates) were dropped", r.index)
	}
}

// geometries reads the members of a GeometryCollection.
func (r *Reader) geometries(depth int) (orb.Collection, *format.Error) {
	if r.s.peek() != '[' {
		r.blame("geometries are not an array", "write geometries as […]", 0)
		return nil, r.s.skip(depth)
	}
	r.s.pos++
	var list orb.Collection
	vertices := 0
	for first := true; ; first = false {
		more, fault := r.s.element(first)
		if fault != nil || !more {
			return list, fault
		}
		g, fault := r.geometry(depth + 1)
		if fault != nil {
			return nil, fault
		}
		// Every member counts for one at least, so that empty ones are bounded.
		vertices += max(1, format.CountVertices(g))
		if fault := r.usage.CheckVertices(vertices); fault != nil {
			return nil, r.located(r.s.place(fault), 0)
		}
		if g != nil {
			list = append(list, g)
		}
	}
}

// levelOf is how many brackets surround the numbers of a position.
func levelOf(typ string) int {
	switch typ {
	case "Point":
		return 1
	case "MultiPoint", "LineString":
		return 2
	case "Polygon", "MultiLineString":
		return 3
	case "MultiPolygon":
		return 4
	}
	return 0
}

// build gives the collected members the type they claim.
func (r *Reader) build(raw *rawGeometry) orb.Geometry {
	if r.problem != nil {
		return nil
	}
	if raw.typ == "GeometryCollection" {
		if len(raw.subs) == 0 {
			return r.emptyGeometry()
		}
		return raw.subs
	}
	level := levelOf(raw.typ)
	switch {
	case level == 0:
		r.blame(fmt.Sprintf("unknown geometry type %q", raw.typ), "use a GeoJSON geometry type such as MultiPolygon", 0)
		return nil
	case raw.level == 0:
		return r.emptyGeometry()
	case raw.level != level:
		r.blame(fmt.Sprintf("coordinates of a %s are nested %d deep, not %d", raw.typ, raw.level, level),
			"correct the type or the brackets", 0)
		return nil
	}
	return raw.shape()
}

// shape cuts the points into the parts of the type. All parts share one array.
func (raw *rawGeometry) shape() orb.Geometry {
	switch raw.typ {
	case "Point":
		return raw.points[0]
	case "MultiPoint":
		return orb.MultiPoint(raw.points)
	case "LineString":
		return orb.LineString(raw.points)
	case "MultiLineString":
		return orb.MultiLineString(cut[orb.LineString](raw.points, raw.lists))
	case "Polygon":
		return orb.Polygon(cut[orb.Ring](raw.points, raw.lists))
	}
	rings := cut[orb.Ring](raw.points, raw.lists)
	return orb.MultiPolygon(cut[orb.Polygon](rings, raw.groups))
}

// cut splits a list at the given ends.
func cut[P ~[]E, E any](list []E, ends []int) []P {
	parts := make([]P, len(ends))
	start := 0
	for i, end := range ends {
		parts[i] = P(list[start:end:end])
		start = end
	}
	return parts
}
