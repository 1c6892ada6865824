package datatest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

// Rings reads the rings of a GeoJSON file of polygons, packed or not, in the
// folder of real data, as lines of longitude and latitude in degrees.
func Rings(t testing.TB, name string) []orb.LineString {
	t.Helper()
	f, err := os.Open(File(t, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var collection struct {
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.NewDecoder(r).Decode(&collection); err != nil {
		t.Fatal(err)
	}
	var lines []orb.LineString
	for _, f := range collection.Features {
		polygons := make([][]orb.LineString, 1)
		var into any = &polygons[0]
		if f.Geometry.Type == "MultiPolygon" {
			into = &polygons
		}
		if err := json.Unmarshal(f.Geometry.Coordinates, into); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, slices.Concat(polygons...)...)
	}
	return lines
}
