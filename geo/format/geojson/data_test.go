package geojson

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// TestReader_data compares with encoding/json on real files, and with the
// counts that their README gives.
func TestReader_data(t *testing.T) {
	for _, tt := range []struct {
		name               string
		features, vertices int
	}{
		{chinaCounties, 2891, 421_438},
		{"boundaries-jilin/counties_2023_tianditu.geojson", 60, 11_512},
		{"boundaries-jilin/counties_2020_datav_gcj02_raw.geojson.gz", 60, 28_592},
	} {
		data := dataFile(t, tt.name)
		features, _, err := readAll(string(data), format.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		vertices := 0
		for i, want := range parseWhole(t, data) {
			if diff := cmp.Diff(want, features[i].Geometry); diff != "" {
				t.Fatalf("%s: feature %d: %s", tt.name, i, diff)
			}
			vertices += format.CountVertices(want) - rings(want)
		}
		if len(features) != tt.features || vertices != tt.vertices {
			t.Errorf("%s: %d features with %d vertices, want %d with %d", tt.name, len(features), vertices, tt.features, tt.vertices)
		}
	}
}

// rings counts closing vertices, which the README leaves out.
func rings(g orb.Geometry) int {
	if p, ok := g.(orb.Polygon); ok {
		return len(p)
	}
	n := 0
	for _, p := range g.(orb.MultiPolygon) {
		n += len(p)
	}
	return n
}

// TestWriter_data holds that real data written and read again are the same.
func TestWriter_data(t *testing.T) {
	want, _, err := readAll(string(dataFile(t, "boundaries-jilin/counties_2023_tianditu.geojson")), format.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := NewWriter(&out, WriterOptions{})
	for _, f := range want {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, _, err := readAll(out.String(), format.Limits{})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
}
