package api

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/encoding/wkb"
	"pgregory.net/rapid"
)

// anyArea is a multipolygon of boxes, each ring running either way.
func anyArea(t *rapid.T) orb.MultiPolygon {
	var area orb.MultiPolygon
	for range rapid.IntRange(1, 4).Draw(t, "polygons") {
		var polygon orb.Polygon
		for range rapid.IntRange(1, 3).Draw(t, "rings") {
			x, y, size := rapid.Float64Range(73, 135).Draw(t, "x"), rapid.Float64Range(3, 53).Draw(t, "y"), rapid.Float64Range(1e-5, 1).Draw(t, "size")
			ring := orb.Ring{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}
			if rapid.Bool().Draw(t, "clockwise") {
				slices.Reverse(ring)
			}
			polygon = append(polygon, ring)
		}
		area = append(area, polygon)
	}
	return area
}

func TestRightHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		area := anyArea(t)
		order := rapid.SampledFrom([]binary.ByteOrder{binary.LittleEndian, binary.BigEndian}).Draw(t, "order")
		data := ewkb.MustMarshal(area, 4490, order)
		if err := rightHand(data); err != nil {
			t.Fatal(err)
		}
		turned, srid, err := ewkb.Unmarshal(data)
		if err != nil || srid != 4490 {
			t.Fatal(srid, err)
		}
		for i, polygon := range turned.(orb.MultiPolygon) {
			for j, ring := range polygon {
				want := map[bool]orb.Orientation{true: orb.CCW, false: orb.CW}[j == 0]
				if ring.Orientation() != want {
					t.Fatalf("polygon %d, ring %d runs %v", i, j, ring.Orientation())
				}
				was := area[i][j]
				if was.Orientation() != want {
					slices.Reverse(was)
				}
				if !ring.Equal(was) {
					t.Fatalf("ring %v became %v", was, ring)
				}
			}
		}
	})
}

func TestRightHand_leavesTheRest(t *testing.T) {
	for _, g := range []orb.Geometry{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.MultiLineString{{{1, 2}, {3, 4}, {0, 9}}}, orb.Polygon{}, orb.MultiPolygon{}} {
		data := wkb.MustMarshal(g)
		was := bytes.Clone(data)
		if err := rightHand(data); err != nil || !bytes.Equal(data, was) {
			t.Errorf("%v: %v", g, err)
		}
	}
}

func FuzzRightHand(f *testing.F) {
	f.Add(square(124, 43, 1))
	f.Add(wkb.MustMarshal(orb.Polygon{{{0, 0}, {0, 1}, {1, 1}, {0, 0}}}))
	f.Add([]byte{1, 6, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		once := bytes.Clone(data)
		if rightHand(once) != nil {
			return
		}
		twice := bytes.Clone(once)
		if err := rightHand(twice); err != nil {
			t.Fatalf("a turned geometry is refused: %v", err)
		}
	})
}
