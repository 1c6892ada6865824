package open_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jieming/geo/format"
	"jieming/geo/format/csv"
	"jieming/geo/format/formattest"
	"jieming/geo/format/geojson"
	"jieming/geo/format/geopackage"
	"jieming/geo/format/open"
	"jieming/geo/format/shapefile"
)

// dataFile returns the path of a file in the data folder: DATA, else
// ../shared/data beside the checkout. It skips the test if there is none.
func dataFile(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("DATA")
	if folder == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		folder = filepath.Join(filepath.Dir(dir), "shared", "data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s in the data folder", name)
	}
	return path
}

// TestFile_data writes the counties of Jilin in every format and holds that
// the same comes back.
func TestFile_data(t *testing.T) {
	source := dataFile(t, "boundaries-jilin/northeast_counties_2023_tianditu.geojson.gz")
	want, err := formattest.ReadAll(source, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	columns := []format.Column{{Name: "code", Type: format.String}, {Name: "name", Type: format.String}}
	for name, create := range map[string]func(path string, w io.Writer) (format.Writer, error){
		"a.geojson": func(_ string, w io.Writer) (format.Writer, error) {
			return geojson.NewWriter(w, geojson.WriterOptions{}), nil
		},
		"utf8.zip": func(_ string, w io.Writer) (format.Writer, error) {
			return shapefile.NewWriter(w, "县", columns, shapefile.WriterOptions{})
		},
		"gbk.zip": func(_ string, w io.Writer) (format.Writer, error) {
			return shapefile.NewWriter(w, "县", columns, shapefile.WriterOptions{Encoding: format.GB18030})
		},
		"a.csv": func(_ string, w io.Writer) (format.Writer, error) {
			return csv.NewWriter(w, columns, csv.WriterOptions{Geometry: csv.WKT, Encoding: format.GB18030})
		},
		"a.gpkg": func(path string, _ io.Writer) (format.Writer, error) {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
			return geopackage.Create(path, "县", columns, geopackage.WriterOptions{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			w, err := create(path, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range want {
				if err := w.Write(f); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := formattest.ReadAll(path, format.Limits{}, format.Options{})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
		})
	}
}

func compare(t *testing.T, want, got []*format.Feature) {
	if len(got) != len(want) {
		t.Fatalf("%d features, want %d", len(got), len(want))
	}
	for i := range want {
		if diff := cmp.Diff(formattest.Normal(want[i].Geometry), formattest.Normal(got[i].Geometry)); diff != "" {
			t.Fatalf("feature %d: %s", i, diff)
		}
		for _, name := range []string{"code", "name"} {
			if a, b := want[i].Properties.Text(name), got[i].Properties.Text(name); a != b {
				t.Errorf("feature %d: %s is %q, want %q", i, name, b, a)
			}
		}
	}
}

// TestFile_tables reads the tables of the data folder, which have no geometry.
func TestFile_tables(t *testing.T) {
	for name, want := range map[string]int{
		"cn-divisions/villages_jilin.csv": 11_860, "cn-divisions/streets.csv.gz": 41_352,
		"cn-divisions/streets_jilin.csv": 1_075, "areacodes/lineage_northeast.csv": 849,
		"places-jilin/geonames_jilin.csv": 80,
	} {
		r, err := open.File(dataFile(t, name), format.Limits{}, format.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		n := 0
		for ; err == nil; n++ {
			_, err = r.Read()
		}
		if err != io.EOF || n-1 != want {
			t.Errorf("%s: %d rows, want %d, %v", name, n-1, want, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
