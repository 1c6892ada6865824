package formattest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jieming/geo/format"
	"jieming/geo/format/geojson"
)

// ogr2ogr runs the oracle, or skips the test and says so.
func ogr2ogr(t *testing.T, arguments ...string) {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed: the comparison with it was not run")
	}
	out, err := exec.Command("ogr2ogr", arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("ogr2ogr %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// source names a file to GDAL, which reads archives through a prefix.
func source(path string) string {
	if filepath.Ext(path) == ".zip" {
		return "/vsizip/" + path
	}
	return path
}

// ogrReads compares what ogr2ogr reads from a file with what we read.
func ogrReads(t *testing.T, c Codec, path string) {
	oracle := filepath.Join(t.TempDir(), "oracle.geojson")
	arguments := []string{"-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17"}
	for _, o := range c.OpenOptions {
		arguments = append(arguments, "-oo", o)
	}
	ogr2ogr(t, append(arguments, oracle, source(path))...)
	compare(t, c, mustRead(t, oracle), mustRead(t, path))
}

// ogrWrites lets ogr2ogr write the format and compares what we read from that
// with what it was given.
func ogrWrites(t *testing.T, c Codec, s set) {
	dir := t.TempDir()
	given := filepath.Join(dir, "given.geojson")
	writeGeoJSON(t, given, s.features)
	path := filepath.Join(dir, "layer"+c.Extension)
	written := path
	if c.Extension == ".zip" {
		// The driver of this GDAL writes the parts side by side.
		path = filepath.Join(dir, "layer.shp")
		written = path
	}
	arguments := []string{"-f", c.Driver}
	for _, o := range c.OGROptions {
		arguments = append(arguments, "-lco", o)
	}
	ogr2ogr(t, append(arguments, written, given)...)
	compare(t, c, s.features, mustRead(t, path))
}

func writeGeoJSON(t *testing.T, path string, features []*format.Feature) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := geojson.NewWriter(f, geojson.WriterOptions{})
	for _, feature := range features {
		if err := w.Write(feature); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// compare holds geometry and values against each other. Values are compared
// as text without case, since formats differ in types (true, 1, T).
func compare(t *testing.T, c Codec, want, got []*format.Feature) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d features, want %d", len(got), len(want))
	}
	for i := range got {
		if diff := cmp.Diff(Normal(want[i].Geometry), Normal(got[i].Geometry)); diff != "" {
			t.Errorf("feature %d: geometry (-want +got)\n%s", i, diff)
		}
		for _, column := range Columns() {
			a, b := comparable(want[i].Properties, column.Name), comparable(got[i].Properties, column.Name)
			if a != b {
				t.Errorf("feature %d: %s is %q, want %q", i, column.Name, b, a)
			}
		}
	}
}

func comparable(p format.Properties, name string) string {
	text := p.Text(name)
	switch strings.ToLower(text) {
	case "true", "t":
		return "1"
	case "false", "f":
		return "0"
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && name != "code" {
		return fmt.Sprintf("%.12g", v)
	}
	return text
}
