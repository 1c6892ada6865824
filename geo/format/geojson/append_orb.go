package geojson

import (
	"fmt"

	"github.com/paulmach/orb"
)

// AppendOrb appends a geometry in memory as a GeoJSON geometry object, null
// for nil. Decimals are as in [AppendGeometryDecimals]. An error means a
// coordinate that is not finite or a type that GeoJSON does not have; dst is
// then returned as it was given.
func AppendOrb(dst []byte, g orb.Geometry, decimals int) ([]byte, error) {
	if g == nil {
		return append(dst, "null"...), nil
	}
	w := orbWriter{dst: dst, decimals: decimals}
	w.geometry(g)
	if w.err != nil {
		return dst, fmt.Errorf("encoding %s as GeoJSON: %w", g.GeoJSONType(), w.err)
	}
	return w.dst, nil
}

type orbWriter struct {
	dst      []byte
	decimals int
	err      error
}

func (w *orbWriter) geometry(g orb.Geometry) {
	w.dst = append(w.dst, `{"type":"`...)
	w.dst = append(w.dst, g.GeoJSONType()...)
	if c, ok := g.(orb.Collection); ok {
		w.dst = append(w.dst, `","geometries":`...)
		array(w, c, w.geometry)
	} else {
		w.dst = append(w.dst, `","coordinates":`...)
		w.coordinates(g)
	}
	w.dst = append(w.dst, '}')
}

func (w *orbWriter) coordinates(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		w.point(g)
	case orb.MultiPoint:
		array(w, g, w.point)
	case orb.LineString:
		array(w, g, w.point)
	case orb.MultiLineString:
		array(w, g, func(l orb.LineString) { array(w, l, w.point) })
	case orb.Polygon:
		w.polygon(g)
	case orb.MultiPolygon:
		array(w, g, w.polygon)
	default:
		w.err = fmt.Errorf("no such type in GeoJSON: %T", g)
	}
}

func (w *orbWriter) polygon(p orb.Polygon) {
	array(w, p, func(r orb.Ring) { array(w, r, w.point) })
}

func (w *orbWriter) point(p orb.Point) {
	if !finite(p[0], p[1]) {
		w.err = errNotFinite
	}
	w.dst = appendPosition(w.dst, p[0], p[1], w.decimals)
}

func array[E any](w *orbWriter, list []E, element func(E)) {
	w.dst = append(w.dst, '[')
	for i, e := range list {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		element(e)
	}
	w.dst = append(w.dst, ']')
}
