package api

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// GDAL is a client we did not write: it finds the collections from the landing
// page, pages through them and builds the same features.
func TestGDAL_readsTheCollections(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("no ogr2ogr")
	}
	s := onSample(t)
	s.BaseURL = ""
	server := httptest.NewServer(s)
	defer server.Close()
	for _, collection := range []string{divisions, boundaryLines, places} {
		want := walk(t, s, itemsPath(collection)+"?limit=1000", nil)
		got := gdalIDs(t, server.URL, collection)
		slices.Sort(want)
		slices.Sort(got)
		if len(got) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: GDAL reads %d features, there are %d", collection, len(got), len(want))
		}
	}
}

func gdalIDs(t *testing.T, origin, collection string) (ids []string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), collection+".geojson")
	out, err := exec.Command("ogr2ogr", "-f", "GeoJSON", name, "OAPIF:"+origin+"/ogc", collection, "-oo", "PAGE_SIZE=50").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("ogr2ogr %s: %v: %s", collection, err, out)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Features []struct{ Properties struct{ ID json.Number } }
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for _, f := range read.Features {
		ids = append(ids, f.Properties.ID.String())
	}
	return ids
}
