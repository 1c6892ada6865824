// Package wkb reads well-known binary from untrusted sources: OGC and ISO WKB
// with heights and measures, and the EWKB of PostGIS with its SRID, in either
// byte order. It checks every count against the bytes that are there before
// it believes it.
//
// Orb and go-geom read WKB too; neither drops Z and M into XY within a limit
// given by the caller, nor walks the bytes without building a geometry.
package wkb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/paulmach/orb"
)

// A Kind is the type code of a geometry, dimensions stripped.
type Kind uint32

const (
	Point Kind = 1 + iota
	LineString
	Polygon
	MultiPoint
	MultiLineString
	MultiPolygon
	GeometryCollection
)

// String returns the name that GeoJSON uses.
func (k Kind) String() string {
	names := [...]string{"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
	if k < Point || k > GeometryCollection {
		return fmt.Sprintf("type %d", uint32(k))
	}
	return names[k-1]
}

// MaxDepth is how deep collections may nest.
const MaxDepth = 8

// A Header starts a geometry.
type Header struct {
	Kind Kind
	SRID int // 0 if not stated
	Z, M bool
}

// Stride is the size of a position in bytes.
func (h Header) Stride() int {
	n := 16
	if h.Z {
		n += 8
	}
	if h.M {
		n += 8
	}
	return n
}

var errShort = errors.New("geometry is cut short")

// A Cursor walks over the bytes of one geometry.
type Cursor struct {
	data []byte
	pos  int
	big  bool // byte order of the current geometry
}

// NewCursor starts at the first byte of data.
func NewCursor(data []byte) Cursor { return Cursor{data: data} }

// Offset returns how many bytes have been read.
func (c *Cursor) Offset() int { return c.pos }

// Rest returns how many bytes are left.
func (c *Cursor) Rest() int { return len(c.data) - c.pos }

const (
	ewkbZ    = 0x80000000
	ewkbM    = 0x40000000
	ewkbSRID = 0x20000000
)

// Header reads byte order, type and SRID.
func (c *Cursor) Header() (h Header, err error) {
	if c.Rest() < 5 {
		return h, errShort
	}
	order := c.data[c.pos]
	if order > 1 {
		return h, fmt.Errorf("byte order %d is neither 0 nor 1", order)
	}
	c.big = order == 0
	c.pos++
	code := c.uint32()
	if code&ewkbSRID != 0 {
		if c.Rest() < 4 {
			return h, errShort
		}
		h.SRID = int(int32(c.uint32()))
	}
	h.Z, h.M = code&ewkbZ != 0, code&ewkbM != 0
	code &^= ewkbZ | ewkbM | ewkbSRID
	iso := code / 1000
	h.Z, h.M = h.Z || iso == 1 || iso == 3, h.M || iso == 2 || iso == 3
	h.Kind = Kind(code % 1000)
	if iso > 3 || h.Kind < Point || h.Kind > GeometryCollection {
		return h, fmt.Errorf("unknown geometry type %d", code)
	}
	return h, nil
}

// Count reads the number of members that follow, each of which takes at least
// size bytes.
func (c *Cursor) Count(size int) (int, error) {
	if c.Rest() < 4 {
		return 0, errShort
	}
	n := uint64(c.uint32())
	if n*uint64(size) > uint64(c.Rest()) {
		return 0, fmt.Errorf("geometry claims %d members: %w", n, errShort)
	}
	return int(n), nil
}

// LittleEndian tells the byte order of the current geometry.
func (c *Cursor) LittleEndian() bool { return !c.big }

// Positions reads n positions of a stride, which Count has checked, as bytes.
func (c *Cursor) Positions(n, stride int) []byte {
	b := c.data[c.pos : c.pos+n*stride]
	c.pos += n * stride
	return b
}

// XY reads the first two numbers of a position.
func (c *Cursor) XY(position []byte) (x, y float64) {
	_ = position[15]
	a, b := binary.LittleEndian.Uint64(position), binary.LittleEndian.Uint64(position[8:])
	if c.big {
		a, b = bits.ReverseBytes64(a), bits.ReverseBytes64(b)
	}
	return math.Float64frombits(a), math.Float64frombits(b)
}

func (c *Cursor) uint32() uint32 {
	v := binary.LittleEndian.Uint32(c.data[c.pos:])
	c.pos += 4
	if c.big {
		return bits.ReverseBytes32(v)
	}
	return v
}

// Decode reads one geometry of at most max positions; it has to fill data. Z
// and M are dropped, which the header tells. An empty geometry comes out nil.
func Decode(data []byte, max int) (orb.Geometry, Header, error) {
	d := decoder{Cursor: NewCursor(data), left: max}
	h, g, err := d.geometry(0)
	if err == nil && d.Rest() > 0 {
		err = fmt.Errorf("%d bytes follow the geometry", d.Rest())
	}
	if err != nil {
		return nil, h, fmt.Errorf("at byte %d: %w", d.pos, err)
	}
	return g, h, nil
}

// ErrTooMany is the error of a geometry with more positions than allowed.
var ErrTooMany = errors.New("geometry has too many vertices")

type decoder struct {
	Cursor
	left int // positions still allowed
}

func (d *decoder) geometry(depth int) (Header, orb.Geometry, error) {
	h, err := d.Header()
	if err != nil {
		return h, nil, err
	}
	if depth > MaxDepth {
		return h, nil, fmt.Errorf("collections are nested more than %d deep", MaxDepth)
	}
	g, err := d.body(h, depth)
	return h, g, err
}

func (d *decoder) body(h Header, depth int) (orb.Geometry, error) {
	switch h.Kind {
	case Point:
		return d.point(h)
	case LineString:
		line, err := d.line(h)
		if err != nil || len(line) == 0 {
			return nil, err
		}
		return orb.LineString(line), nil
	case Polygon:
		rings, err := d.polygon(h)
		if err != nil || len(rings) == 0 {
			return nil, err
		}
		return rings, nil
	}
	return d.collection(h, depth)
}

func (d *decoder) point(h Header) (orb.Geometry, error) {
	if d.Rest() < h.Stride() {
		return nil, errShort
	}
	if d.left--; d.left < 0 {
		return nil, ErrTooMany
	}
	x, y := d.XY(d.Positions(1, h.Stride()))
	if x != x && y != y {
		return nil, nil // the way to write POINT EMPTY
	}
	return orb.Point{x, y}, nil
}

func (d *decoder) line(h Header) ([]orb.Point, error) {
	stride := h.Stride()
	n, err := d.Count(stride)
	if err != nil {
		return nil, err
	}
	if d.left -= n; d.left < 0 {
		return nil, ErrTooMany
	}
	bytes := d.Positions(n, stride)
	points := make([]orb.Point, n)
	for i := range points {
		points[i][0], points[i][1] = d.XY(bytes[i*stride:])
	}
	return points, nil
}

func (d *decoder) polygon(h Header) (orb.Polygon, error) {
	n, err := d.Count(4)
	if err != nil {
		return nil, err
	}
	if n > d.left {
		return nil, ErrTooMany
	}
	rings := make(orb.Polygon, 0, n)
	for range n {
		points, err := d.line(h)
		if err != nil {
			return nil, err
		}
		rings = append(rings, points)
	}
	return rings, nil
}

// collection reads the members of a multi-geometry or collection. Empty
// members vanish.
func (d *decoder) collection(h Header, depth int) (orb.Geometry, error) {
	n, err := d.Count(5)
	if err != nil {
		return nil, err
	}
	if d.left < n {
		return nil, ErrTooMany
	}
	var list orb.Collection
	for range n {
		member, g, err := d.geometry(depth + 1)
		if err != nil {
			return nil, err
		}
		if h.Kind != GeometryCollection && member.Kind != h.Kind-3 {
			return nil, fmt.Errorf("%s in a %s", member.Kind, h.Kind)
		}
		if g != nil {
			list = append(list, g)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return gather(h.Kind, list), nil
}

func gather(kind Kind, list orb.Collection) orb.Geometry {
	switch kind {
	case MultiPoint:
		return each[orb.MultiPoint, orb.Point](list)
	case MultiLineString:
		return each[orb.MultiLineString, orb.LineString](list)
	case MultiPolygon:
		return each[orb.MultiPolygon, orb.Polygon](list)
	}
	return list
}

func each[M ~[]E, E orb.Geometry](list orb.Collection) M {
	members := make(M, len(list))
	for i, g := range list {
		members[i] = g.(E)
	}
	return members
}
