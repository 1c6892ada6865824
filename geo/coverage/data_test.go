package coverage_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/datatest"
)

func readData(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(datatest.File(t, name))
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
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parseRegions reads GeoJSON with encoding/json alone.
func parseRegions(t testing.TB, data []byte) []coverage.Region {
	t.Helper()
	var file struct {
		Features []struct {
			Properties struct{ Code, Name string }
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	regions := make([]coverage.Region, len(file.Features))
	for i, f := range file.Features {
		regions[i] = coverage.Region{ID: f.Properties.Code, Name: f.Properties.Name}
		var into any = &regions[i].Geometry
		if f.Geometry.Type == "Polygon" {
			regions[i].Geometry = make(orb.MultiPolygon, 1)
			into = &regions[i].Geometry[0]
		}
		if err := json.Unmarshal(f.Geometry.Coordinates, into); err != nil {
			t.Fatal(err)
		}
	}
	return regions
}

func loadRegions(t testing.TB, name string) []coverage.Region {
	t.Helper()
	return parseRegions(t, readData(t, name))
}
