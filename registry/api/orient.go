package api

import (
	"fmt"

	"jieming/geo/format/wkb"
)

// rightHand turns the rings of a polygon or multipolygon in WKB, in place, so
// that outer rings run counter-clockwise and inner ones clockwise, as RFC 7946
// (3.1.6) asks and the registry does not promise. Other geometries stay as they
// are. It takes one pass over the vertices and allocates nothing.
func rightHand(data []byte) error {
	c := wkb.NewCursor(data)
	h, err := c.Header()
	switch {
	case err != nil:
		return fmt.Errorf("turning rings: %w", err)
	case h.Kind == wkb.Polygon:
		err = turnRings(&c, h)
	case h.Kind == wkb.MultiPolygon:
		err = turnPolygons(&c)
	}
	if err != nil {
		return fmt.Errorf("turning rings: at byte %d: %w", c.Offset(), err)
	}
	return nil
}

func turnPolygons(c *wkb.Cursor) error {
	n, err := c.Count(9)
	for i := 0; err == nil && i < n; i++ {
		var h wkb.Header
		if h, err = c.Header(); err != nil {
			return err
		}
		if h.Kind != wkb.Polygon {
			return fmt.Errorf("%s in a MultiPolygon", h.Kind)
		}
		err = turnRings(c, h)
	}
	return err
}

func turnRings(c *wkb.Cursor, h wkb.Header) error {
	n, err := c.Count(4)
	for i := 0; err == nil && i < n; i++ {
		var vertices int
		if vertices, err = c.Count(h.Stride()); err != nil {
			return err
		}
		ring := c.Positions(vertices, h.Stride())
		if outer := i == 0; outer != counterClockwise(c, ring, h.Stride()) {
			reverse(ring, h.Stride())
		}
	}
	return err
}

// counterClockwise tells the direction of a ring by the sign of its area. The
// area is taken from the first vertex, so that large coordinates don't swallow
// small rings.
func counterClockwise(c *wkb.Cursor, ring []byte, stride int) bool {
	if len(ring) == 0 {
		return true
	}
	x0, y0 := c.XY(ring)
	var sum, px, py float64
	for ; len(ring) > 0; ring = ring[stride:] {
		x, y := c.XY(ring)
		x, y = x-x0, y-y0
		sum += px*y - x*py
		px, py = x, y
	}
	return sum >= 0
}

// reverse turns the order of positions around.
func reverse(ring []byte, stride int) {
	var spare [32]byte
	for i, j := 0, len(ring)-stride; i < j; i, j = i+stride, j-stride {
		a, b := ring[i:i+stride], ring[j:j+stride]
		copy(spare[:], a)
		copy(a, b)
		copy(b, spare[:stride])
	}
}
