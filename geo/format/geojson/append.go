package geojson

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"jieming/geo/format/wkb"
)

// AllDecimals as a number of decimals writes every coordinate with the fewest
// digits that read back as the same float64.
const AllDecimals = 0

// AppendGeometry appends a GeoJSON geometry object to dst, straight from WKB
// or EWKB in either byte order, and returns the extended slice. Coordinates
// keep every digit; Z, M and SRID are dropped. Ring direction is that of the
// WKB: the caller provides the counter-clockwise outer rings of RFC 7946
// (ST_ForcePolygonCCW). Empty geometries come out with empty coordinates. On
// an error dst is returned as it was given.
//
// It allocates nothing but the growth of dst. Coordinates on the grid of 1e-7
// degrees take a path of integer arithmetic.
func AppendGeometry(dst, data []byte) ([]byte, error) {
	return AppendGeometryDecimals(dst, data, AllDecimals)
}

// AppendGeometryDecimals is AppendGeometry with coordinates rounded to a
// number of decimals, 1 to 15, trailing zeros left out. Rounding can make
// neighbouring vertices equal; it keeps them.
func AppendGeometryDecimals(dst, data []byte, decimals int) ([]byte, error) {
	e := encoder{Cursor: wkb.NewCursor(data), dst: dst, decimals: decimals}
	err := e.geometry(0)
	if err == nil && e.Rest() > 0 {
		err = fmt.Errorf("%d bytes follow the geometry", e.Rest())
	}
	if err != nil {
		return dst, fmt.Errorf("encoding WKB as GeoJSON: at byte %d: %w", e.Offset(), err)
	}
	return e.dst, nil
}

type encoder struct {
	wkb.Cursor
	dst      []byte
	decimals int
}

var errNotFinite = errors.New("coordinate is not a finite number")

func (e *encoder) geometry(depth int) error {
	h, err := e.Header()
	if err != nil {
		return err
	}
	if depth > wkb.MaxDepth {
		return fmt.Errorf("collections are nested more than %d deep", wkb.MaxDepth)
	}
	e.dst = append(e.dst, `{"type":"`...)
	e.dst = append(e.dst, h.Kind.String()...)
	member := `","coordinates":`
	if h.Kind == wkb.GeometryCollection {
		member = `","geometries":`
	}
	e.dst = append(e.dst, member...)
	if h.Kind == wkb.GeometryCollection {
		err = e.list(func() error { return e.geometry(depth + 1) })
	} else {
		err = e.coordinates(h)
	}
	e.dst = append(e.dst, '}')
	return err
}

func (e *encoder) coordinates(h wkb.Header) error {
	switch h.Kind {
	case wkb.Point:
		return e.point(h)
	case wkb.LineString:
		return e.line(h)
	case wkb.Polygon:
		return e.rings(h)
	}
	return e.list(func() error {
		member, err := e.Header()
		if err != nil {
			return err
		}
		if member.Kind != h.Kind-3 {
			return fmt.Errorf("%s in a %s", member.Kind, h.Kind)
		}
		return e.coordinates(member)
	})
}

// list writes an array of counted members, each with a header of its own.
func (e *encoder) list(member func() error) error {
	n, err := e.Count(5)
	if err != nil {
		return err
	}
	e.dst = append(e.dst, '[')
	for i := range n {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if err := member(); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) point(h wkb.Header) error {
	if e.Rest() < h.Stride() {
		return errors.New("geometry is cut short")
	}
	x, y := e.XY(e.Positions(1, h.Stride()))
	if x != x && y != y {
		e.dst = append(e.dst, '[', ']') // the way to write POINT EMPTY
		return nil
	}
	if !finite(x, y) {
		return errNotFinite
	}
	e.position(x, y)
	return nil
}

func (e *encoder) rings(h wkb.Header) error {
	n, err := e.Count(4)
	if err != nil {
		return err
	}
	e.dst = append(e.dst, '[')
	for i := range n {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if err := e.line(h); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

// line writes the positions of a line or ring.
func (e *encoder) line(h wkb.Header) error {
	stride := h.Stride()
	n, err := e.Count(stride)
	if err != nil {
		return err
	}
	e.dst = append(e.dst, '[')
	positions := e.Positions(n, stride)
	done := 0
	if e.decimals == AllDecimals && e.LittleEndian() {
		e.dst, done = appendGridPositions(e.dst, positions, n, stride)
	}
	e.dst = slices.Grow(e.dst, (n-done)*positionBytes)
	for i := done; i < n; i++ {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		x, y := e.XY(positions[i*stride:])
		if !finite(x, y) {
			return errNotFinite
		}
		e.position(x, y)
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) position(x, y float64) {
	e.dst = appendPosition(e.dst, x, y, e.decimals)
}

func appendPosition(dst []byte, x, y float64, decimals int) []byte {
	dst = append(dst, '[')
	dst = appendCoordinate(dst, x, decimals)
	dst = append(dst, ',')
	dst = appendCoordinate(dst, y, decimals)
	return append(dst, ']')
}

func finite(x, y float64) bool { return x-x+(y-y) == 0 }

func appendCoordinate(dst []byte, v float64, decimals int) []byte {
	if decimals != AllDecimals {
		return appendRounded(dst, v, decimals)
	}
	if k, ok := gridIndex(v); ok {
		return appendGrid(dst, k)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func appendRounded(dst []byte, v float64, decimals int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', max(1, min(decimals, 15)), 64)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	if string(dst[start:]) == "-0" {
		return append(dst[:start], '0')
	}
	return dst
}
