package wkb

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"github.com/twpayne/go-geom/encoding/wkb"
)

func TestDecode_orders(t *testing.T) {
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	for _, want := range []orb.Geometry{
		orb.Point{1.5, -2},
		orb.LineString{{1, 2}, {3, 4}},
		orb.Polygon{ring, ring},
		orb.MultiPoint{{1, 2}, {3, 4}},
		orb.MultiLineString{{{1, 2}, {3, 4}}},
		orb.MultiPolygon{{ring}, {ring, ring}},
		orb.Collection{orb.Point{1, 2}, orb.Polygon{ring}},
	} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			data, err := orbwkb.Marshal(want, order)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := Decode(data, 100)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v: %v %s", order, err, diff)
			}
			for cut := range data {
				if _, _, err := Decode(data[:cut], 100); err == nil {
					t.Errorf("%T cut to %d bytes was read", want, cut)
				}
			}
		}
	}
}

// TestDecode_dimensions compares with what go-geom writes.
func TestDecode_dimensions(t *testing.T) {
	for _, layout := range []geom.Layout{geom.XY, geom.XYZ, geom.XYM, geom.XYZM} {
		flat := make([]float64, 2*layout.Stride())
		for i := range flat {
			flat[i] = float64(i)
		}
		line := geom.NewLineStringFlat(layout, flat).SetSRID(4490)
		want := orb.LineString{{0, 1}, {flat[layout.Stride()], flat[layout.Stride()+1]}}
		extended, err := ewkb.Marshal(line, ewkb.NDR)
		if err != nil {
			t.Fatal(err)
		}
		iso, err := wkb.Marshal(line, wkb.XDR)
		if err != nil {
			t.Fatal(err)
		}
		for srid, data := range map[int][]byte{4490: extended, 0: iso} {
			got, h, err := Decode(data, 100)
			if diff := cmp.Diff(orb.Geometry(want), got); err != nil || diff != "" {
				t.Errorf("%v: %v %s", layout, err, diff)
			}
			if h.SRID != srid || h.Z != (layout.ZIndex() > 0) || h.M != (layout.MIndex() > 0) {
				t.Errorf("%v: header %+v", layout, h)
			}
		}
	}
}

func TestDecode_empty(t *testing.T) {
	for _, text := range []string{
		"0101000000000000000000f87f000000000000f87f", // POINT EMPTY
		"010200000000000000",
		"010300000000000000",
		"010600000001000000010300000000000000",
		"010700000000000000",
	} {
		data, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := Decode(data, 100); err != nil || got != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestDecode_limit(t *testing.T) {
	data, err := orbwkb.Marshal(orb.MultiLineString{{{1, 2}, {3, 4}}, {{1, 2}, {3, 4}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Decode(data, 4); err != nil {
		t.Error(err)
	}
	if _, _, err := Decode(data, 3); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range []orb.Geometry{
		orb.Point{1, 2}, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}},
		orb.Collection{orb.MultiPoint{{1, 2}}, orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}},
	} {
		data, err := orbwkb.Marshal(g)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, _, err := Decode(data, 1000)
		if err != nil || g == nil {
			return
		}
		again, err := orbwkb.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Decode(again, 1000); err != nil {
			t.Fatal(err)
		}
	})
}
