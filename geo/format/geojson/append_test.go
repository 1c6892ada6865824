package geojson

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"
	"pgregory.net/rapid"

	"jieming/geo/format"
)

// TestAppendCoordinate_grid holds that grid values come out as the shortest
// text, the same as strconv writes.
func TestAppendCoordinate_grid(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, k int64) {
		v := float64(k) / grid
		got := string(appendCoordinate(nil, v, AllDecimals))
		if want := strconv.FormatFloat(v, 'f', -1, 64); got != want {
			t.Fatalf("k = %d: got %s, want %s", k, got, want)
		}
	}
	for _, k := range []int64{0, 1, 9, 10, 99, 100, 1e6, 1e7, 1e7 + 1, 1e8, 1e9, 1.1e9, 1253562400, 1.8e9, 12345678901, -1, -1e7, -1800000001, 1e15 - 1} {
		check(t, k)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.Int64Range(-1_800_000_000, 1_800_000_000).Draw(t, "k"))
		check(t, rapid.Int64Range(-1e15, 1e15).Draw(t, "large k"))
	})
}

// TestAppendCoordinate_any holds that every float64 reads back as itself.
func TestAppendCoordinate_any(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-180, 180)).Draw(t, "v")
		text := string(appendCoordinate(nil, v, AllDecimals))
		if got, err := strconv.ParseFloat(text, 64); err != nil || got != v {
			t.Fatalf("%v came out as %s", v, text)
		}
		if parsed, n := parseDecimal([]byte(text)); n == len(text) && parsed != v {
			t.Fatalf("%s was read as %v", text, parsed)
		}
	})
}

// TestParseDecimal_exact compares with strconv on texts of all lengths.
func TestParseDecimal_exact(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,25})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := number.Draw(t, "text")
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Skip()
		}
		if got, n := parseDecimal([]byte(text)); n != 0 && (n != len(text) || got != want) {
			t.Fatalf("%s: got %v of length %d", text, got, n)
		}
	})
}

func TestAppendGeometryDecimals(t *testing.T) {
	data, err := orbwkb.Marshal(orb.MultiPoint{{125.35624, 43.9139649}, {-0.00001, 100}, {0.5, 1.25}})
	if err != nil {
		t.Fatal(err)
	}
	for decimals, want := range map[int]string{
		1: `[[125.4,43.9],[0,100],[0.5,1.2]]`,
		4: `[[125.3562,43.914],[0,100],[0.5,1.25]]`,
		7: `[[125.35624,43.9139649],[-0.00001,100],[0.5,1.25]]`,
	} {
		got, err := AppendGeometryDecimals(nil, data, decimals)
		if err != nil || string(got) != `{"type":"MultiPoint","coordinates":`+want+`}` {
			t.Errorf("%d decimals: got %s, %v", decimals, got, err)
		}
	}
}

// coordinate draws grid values, other values and plain numbers.
func coordinate() *rapid.Generator[float64] {
	return rapid.Custom(func(t *rapid.T) float64 {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return float64(rapid.Int64Range(-1_800_000_000, 1_800_000_000).Draw(t, "k")) / grid
		case 1:
			return rapid.Float64Range(-180, 180).Draw(t, "v")
		}
		return float64(rapid.IntRange(-4e7, 4e7).Draw(t, "m"))
	})
}

func drawPoints(t *rapid.T, least int) []orb.Point {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) orb.Point {
		return orb.Point{coordinate().Draw(t, "x"), coordinate().Draw(t, "y")}
	}), least, 12).Draw(t, "points")
}

func drawPolygon(t *rapid.T) orb.Polygon {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) orb.Ring {
		points := drawPoints(t, 3)
		return append(points, points[0])
	}), 1, 3).Draw(t, "rings")
}

func drawGeometry(t *rapid.T, depth int) orb.Geometry {
	switch rapid.IntRange(0, 6-min(depth, 1)).Draw(t, "kind") {
	case 0:
		return orb.Point{coordinate().Draw(t, "x"), coordinate().Draw(t, "y")}
	case 1:
		return orb.LineString(drawPoints(t, 2))
	case 2:
		return drawPolygon(t)
	case 3:
		return orb.MultiPoint(drawPoints(t, 1))
	case 4:
		return orb.MultiLineString{drawPoints(t, 2), drawPoints(t, 2)}
	case 5:
		return orb.MultiPolygon{drawPolygon(t), drawPolygon(t)}
	}
	return orb.Collection{drawGeometry(t, 1), drawGeometry(t, 1)}
}

// TestAppendGeometry_readsBack holds that WKB of either byte order, with and
// without SRID, comes out as the JSON that reads back as the same geometry.
func TestAppendGeometry_readsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawGeometry(t, 0)
		order := rapid.SampledFrom([]binary.ByteOrder{binary.LittleEndian, binary.BigEndian}).Draw(t, "order")
		data, err := orbwkb.Marshal(want, order)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "ewkb") {
			data = withSRID(data, order, 4490)
		}
		text, err := AppendGeometry([]byte(feature("")[:len(feature(""))-1]), data)
		if err != nil {
			t.Fatal(err)
		}
		features, _, err := readAll(string(text)+"}", format.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, features[0].Geometry); diff != "" {
			t.Fatal(diff)
		}
	})
}

func withSRID(data []byte, order binary.ByteOrder, srid uint32) []byte {
	out := append([]byte(nil), data[:5]...)
	order.PutUint32(out[1:], order.Uint32(out[1:])|0x20000000)
	out = append(out, 0, 0, 0, 0)
	order.PutUint32(out[5:], srid)
	return append(out, data[5:]...)
}

func TestAppendGeometry_faults(t *testing.T) {
	line, err := orbwkb.Marshal(orb.LineString{{1, 2}, {math.NaN(), 4}})
	if err != nil {
		t.Fatal(err)
	}
	for want, data := range map[string][]byte{
		"cut short":                nil,
		"byte order 7":             {7, 1, 0, 0, 0},
		"unknown geometry type 12": {1, 12, 0, 0, 0},
		"not a finite number":      line,
		"claims 4294967295":        {1, 2, 0, 0, 0, 255, 255, 255, 255},
		"nested more than":         []byte(strings.Repeat("\x01\x07\x00\x00\x00\x01\x00\x00\x00", 1000)),
		"Point in a MultiPolygon":  []byte("\x01\x06\x00\x00\x00\x01\x00\x00\x00\x01\x01\x00\x00\x00"),
		"follow the geometry":      []byte("\x01\x02\x00\x00\x00\x00\x00\x00\x00xx"),
	} {
		got, err := AppendGeometry([]byte("as before"), data)
		if err == nil || !strings.Contains(err.Error(), want) || string(got) != "as before" {
			t.Errorf("got %s, %v, want %q", got, err, want)
		}
	}
}

func FuzzAppendGeometry(f *testing.F) {
	for _, g := range []orb.Geometry{
		orb.Point{1, 2}, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}},
		orb.Collection{orb.MultiPoint{{1, 2}}, orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}},
	} {
		data, err := orbwkb.Marshal(g)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(withSRID(data, binary.LittleEndian, 4490))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := AppendGeometry(nil, data)
		if err == nil && !json.Valid(text) {
			t.Errorf("not JSON: %s", text)
		}
	})
}
