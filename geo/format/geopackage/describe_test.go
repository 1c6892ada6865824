package geopackage

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo/format"
)

var described = []format.Column{
	{Name: "name", Type: format.String, Title: "名称", Description: "The full name"},
	{Name: "since", Type: format.Date, Title: "起始日"},
	{Name: "plain", Type: format.Int},
}

// write makes a file with options and one row.
func write(t *testing.T, options WriterOptions, rows ...*format.Feature) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.gpkg")
	w, err := Create(path, "layer", described, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rows {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	w.Annotate(Metadata{URI: "https://example.org/standard", MIME: "application/json", Text: `{"审图号":"吉S(2026)001号"}`})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func row(g orb.Geometry) *format.Feature {
	return &format.Feature{Geometry: g, Properties: format.Properties{{Name: "name", Value: "南关区"}, {Name: "since", Value: "2019-06-01"}, {Name: "plain", Value: int64(3)}}}
}

// ogrinfo asks GDAL about a file, and fails the test if it warns.
func ogrinfo(t *testing.T, arguments ...string) string {
	t.Helper()
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed: the comparison with it was not run")
	}
	out, err := exec.Command("ogrinfo", arguments...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Warning") {
		t.Fatalf("ogrinfo %v: %v\n%s", arguments, err, out)
	}
	return string(out)
}

// GDAL finds what was said about the layer and its columns.
func TestDescribe_ogrinfo(t *testing.T) {
	path := write(t, WriterOptions{Shape: format.Areas, Identifier: "县级行政区", Description: "2019-06-01", LastChange: time.Unix(1e9, 0)}, row(orb.MultiPolygon{square}))
	info := ogrinfo(t, "-al", path)
	for _, want := range []string{
		"Geometry: Multi Polygon", "IDENTIFIER=县级行政区", "DESCRIPTION=2019-06-01", "吉S(2026)001号",
		"since: Date (0.0)", "since (Date) = 2019/06/01",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("ogrinfo does not say %q:\n%s", want, info)
		}
	}
	columns := ogrinfo(t, path, "-sql", "SELECT column_name, title, description FROM gpkg_data_columns")
	if !strings.Contains(columns, "title (String) = 名称") || !strings.Contains(columns, "description (String) = The full name") || strings.Contains(columns, "plain") {
		t.Errorf("columns: %s", columns)
	}
	changed := ogrinfo(t, path, "-sql", "SELECT last_change FROM gpkg_contents")
	if !strings.Contains(changed, "2001/09/09 01:46:40") {
		t.Errorf("last change: %s", changed)
	}
}

// Our reader gives a date back as it was.
func TestDescribe_readsBack(t *testing.T) {
	list, r, err := readFile(write(t, WriterOptions{}, row(square)), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row(square).Properties, list[0].Properties); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if r.Columns()[1].Type != format.Date {
		t.Errorf("columns %+v", r.Columns())
	}
}

// A table has no geometry, and an empty layer has the shape it was declared with.
func TestDescribe_shapes(t *testing.T) {
	table := ogrinfo(t, "-al", write(t, WriterOptions{Shape: format.NoShape}, row(nil), row(square)))
	for _, want := range []string{"Geometry: None", "Feature Count: 2", "吉S(2026)001号"} {
		if !strings.Contains(table, want) {
			t.Errorf("ogrinfo does not say %q:\n%s", want, table)
		}
	}
	for shape, want := range map[format.Shape]string{format.Points: "Point", format.Lines: "Multi Line String", format.Areas: "Multi Polygon", format.AnyShape: "Unknown (any)"} {
		if info := ogrinfo(t, "-al", write(t, WriterOptions{Shape: shape})); !strings.Contains(info, "Geometry: "+want+"\n") {
			t.Errorf("shape %d: ogrinfo does not say %q:\n%s", shape, want, info)
		}
	}
}

func TestWriter_limit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.gpkg")
	w, err := Create(path, "layer", described, WriterOptions{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	line := make(orb.LineString, 1000)
	for i := range line {
		line[i] = orb.Point{float64(i), 0}
	}
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = w.Write(row(line))
	}
	if !errors.Is(err, ErrTooLarge) || n < 30 || n > 64 {
		t.Errorf("after %d features of 16 kB: %v", n, err)
	}
	if err := w.Close(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("closing: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("left a file behind")
	}
}

func TestWriter_discard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.gpkg")
	w, err := Create(path, "layer", described, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(row(square)), w.Discard(), w.Discard()); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("left a file behind")
	}
}
