package intake_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jieming/geo/datatest"
	"jieming/registry/intake"
)

// ogr lets ogr2ogr make a file, or skips the test.
func ogr(t *testing.T, arguments ...string) {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed")
	}
	if out, err := exec.Command("ogr2ogr", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("ogr2ogr %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// source reads a file; the parts of a shapefile are packed as users do.
func source(t *testing.T, name string) intake.Source {
	t.Helper()
	if filepath.Ext(name) != ".shp" {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return file(filepath.Base(name), content)
	}
	parts, err := filepath.Glob(strings.TrimSuffix(name, "shp") + "*")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range parts {
		content, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := z.Create(filepath.Base(part))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file("layer.zip", b.Bytes())
}

// Files that GDAL made of the map that was loaded hold the very same units,
// whatever their format, encoding and coordinate system.
func TestImport_roundTrips(t *testing.T) {
	given := datatest.File(t, "boundaries-jilin", counties2023)
	s := counties(t)
	for _, c := range []struct {
		name, file string
		arguments  []string
		options    intake.Options
		title      string // of the system found
		open       string // what is left to ask, "" if nothing
	}{
		{"Shapefile in GBK", "a.shp", []string{"-f", "ESRI Shapefile", "-lco", "ENCODING=GBK", "-a_srs", "EPSG:4490"}, intake.Options{}, "EPSG:4490", ""},
		{"Shapefile in UTF-8", "a.shp", []string{"-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8", "-a_srs", "EPSG:4490"}, intake.Options{}, "EPSG:4490", ""},
		{"GeoPackage", "a.gpkg", []string{"-f", "GPKG", "-a_srs", "EPSG:4490"}, intake.Options{}, "EPSG:4490", ""},
		{"GeoPackage, zone 42", "a.gpkg", []string{"-f", "GPKG", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4530"}, intake.Options{}, "EPSG:4530", ""},
		{"Shapefile, 126°, no zone", "a.shp", []string{"-f", "ESRI Shapefile", "-lco", "ENCODING=GBK", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4551"}, intake.Options{}, "EPSG:4551", ""},
		{"GeoJSON, zone 42", "a.geojson", []string{"-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4530"}, intake.Options{}, "EPSG:4530", ""},
		{"features by line", "a.geojsonl", []string{"-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=7"}, intake.Options{}, "EPSG:4490", ""},
		{"CSV, zone 42, undeclared", "a.csv", []string{"-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4530"}, intake.Options{}, "EPSG:4530", "say --crs EPSG:4530"},
		{"CSV, 126°, undeclared", "a.csv", []string{"-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4551"}, intake.Options{}, "EPSG:4551", "say --crs EPSG:4551"},
		{"CSV, 126°, told", "a.csv", []string{"-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4551"}, intake.Options{CRS: "EPSG:4551"}, "EPSG:4551", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := filepath.Join(t.TempDir(), c.file)
			ogr(t, append(c.arguments, made, given)...)
			p := prepare(t, s, c.options, source(t, made))
			if n := counts(p); n[intake.Same] != 60 || len(n) != 1 {
				t.Errorf("effect %v, %v", n, p.Effects[0].Row())
			}
			if d := p.Files[0].CRS; !strings.HasPrefix(d.Title, c.title+" ") || !strings.Contains(d.Open, c.open) || (c.open == "") != (d.Open == "") {
				t.Errorf("found %s, open %q, because %q", d.Title, d.Open, d.Reasons)
			}
			if (c.open == "") != (len(p.Refusals) == 0) {
				t.Errorf("refusals %q", p.Refusals)
			}
		})
	}
}
