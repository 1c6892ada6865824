package geojson

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/format"
)

// dataFile returns a file of the data folder, unpacked. It skips the test if
// there is no such folder.
func dataFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(dataFolder(tb), name))
	if os.IsNotExist(err) {
		tb.Skipf("no %s in the data folder", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if filepath.Ext(name) != ".gz" {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		tb.Fatal(err)
	}
	return data
}

// dataFolder is DATA, else ../shared/data beside the checkout.
func dataFolder(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared", "data")
		}
	}
	tb.Skip("no data folder")
	return ""
}

const chinaCounties = "boundaries-china/counties_2023_tianditu.geojson.gz"

// parseWhole parses a document with encoding/json in the way orb/geojson does,
// which would bring a database driver into the module.
func parseWhole(tb testing.TB, data []byte) []orb.Geometry {
	var document struct {
		Features []struct {
			Properties map[string]any
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(data, &document); err != nil {
		tb.Fatal(err)
	}
	geometries := make([]orb.Geometry, len(document.Features))
	for i, f := range document.Features {
		var err error
		switch f.Geometry.Type {
		case "Polygon":
			var p orb.Polygon
			err = json.Unmarshal(f.Geometry.Coordinates, &p)
			geometries[i] = p
		case "MultiPolygon":
			var p orb.MultiPolygon
			err = json.Unmarshal(f.Geometry.Coordinates, &p)
			geometries[i] = p
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	return geometries
}

// BenchmarkRead compares reading all counties of China as a stream with
// parsing the same document whole.
func BenchmarkRead(b *testing.B) {
	data := dataFile(b, chinaCounties)
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			r, err := NewReader("", bytes.NewReader(data), format.Limits{}, format.Options{})
			for err == nil {
				_, err = r.Read()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			parseWhole(b, data)
		}
	})
}

// BenchmarkWrite compares writing geometries straight from WKB with decoding
// them and marshalling the result.
func BenchmarkWrite(b *testing.B) {
	geometries := parseWhole(b, dataFile(b, chinaCounties))
	rows, size := make([][]byte, len(geometries)), int64(0)
	var err error
	for i, g := range geometries {
		if rows[i], err = wkb.Marshal(g); err != nil {
			b.Fatal(err)
		}
		size += int64(len(rows[i]))
	}
	b.Run("direct", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			for _, row := range rows {
				if dst, err = AppendGeometry(dst[:0], row); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			for _, row := range rows {
				g, err := wkb.Unmarshal(row)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := json.Marshal(map[string]any{"type": g.GeoJSONType(), "coordinates": g}); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
