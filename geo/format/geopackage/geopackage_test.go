package geopackage

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/format"
)

var square = orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}

// create writes a file with the given geometries and lets edit change it.
func create(t testing.TB, edit string, geometries ...orb.Geometry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.gpkg")
	w, err := Create(path, "县界", []format.Column{{Name: "name", Type: format.String}}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range geometries {
		if err := w.Write(&format.Feature{Geometry: g, Properties: format.Properties{{Name: "name", Value: "南关区"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if edit != "" {
		change(t, path, edit)
	}
	return path
}

func change(t testing.TB, path, statements string, arguments ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements, arguments...); err != nil {
		t.Fatal(err)
	}
}

func readFile(path string, limits format.Limits, options format.Options) ([]*format.Feature, *Reader, error) {
	r, err := OpenFile(path, limits, options)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	var list []*format.Feature
	for {
		f, err := r.Read()
		if err == io.EOF {
			return list, r, nil
		}
		if err != nil {
			return list, r, err
		}
		list = append(list, f)
	}
}

func TestReader_crs(t *testing.T) {
	_, r, err := readFile(create(t, "", square), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if crs := r.CRS(); crs.EPSG != 4490 || !strings.Contains(crs.Text, "China_2000") {
		t.Errorf("got %+v", crs)
	}
	// The other programs' code for "not known" has to stay unknown.
	path := create(t, `UPDATE gpkg_geometry_columns SET srs_id = 0`)
	if _, r, err = readFile(path, format.Limits{}, format.Options{}); err != nil || r.CRS().Known() {
		t.Errorf("got %+v, %v", r.CRS(), err)
	}
}

// TestOgrinfo asks GDAL about the file: reference system, extent and index.
func TestOgrinfo(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed: the comparison with it was not run")
	}
	path := create(t, "", square, orb.Polygon{{{5, 5}, {7, 5}, {7, 8}, {5, 5}}})
	info, err := exec.Command("ogrinfo", "-so", path, "县界").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Geometry: Polygon", "Feature Count: 2", `ID["EPSG",4490]`, "Extent: (0.000000, 0.000000) - (7.000000, 8.000000)"} {
		if !strings.Contains(string(info), want) {
			t.Errorf("ogrinfo does not say %q:\n%s", want, info)
		}
	}
	out, err := exec.Command("ogrinfo", path, "-sql", `SELECT count(*) AS n FROM "rtree_县界_geom" WHERE minx >= 5`).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "n (Integer) = 1") {
		t.Errorf("index: %s %v", out, err)
	}
	if strings.Contains(string(info)+string(out), "Warning") {
		t.Errorf("ogrinfo warns:\n%s%s", info, out)
	}
}

// TestTriggers lets GDAL edit the file, which keeps the index by our triggers.
func TestTriggers(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed: the comparison with it was not run")
	}
	path := create(t, "", square, square)
	out, err := exec.Command("ogrinfo", path, "-sql", `DELETE FROM "县界" WHERE fid = 1`).CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERROR") {
		t.Fatalf("%s %v", out, err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM "rtree_县界_geom"`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d entries in the index, %v", n, err)
	}
}

func TestReader_hostile(t *testing.T) {
	tests := []struct{ name, edit, want string }{
		{"layer is a view", `ALTER TABLE "县界" RENAME TO hidden; CREATE VIEW "县界" AS SELECT * FROM hidden`, "view or a virtual table"},
		{"contents is a view", `ALTER TABLE gpkg_contents RENAME TO hidden; CREATE VIEW gpkg_contents AS SELECT * FROM hidden`, "view or a virtual table"},
		{"layer is virtual", `DROP TABLE "县界"; CREATE VIRTUAL TABLE "县界" USING rtree(fid, geom, name)`, "view or a virtual table"},
		{"no layer", `DELETE FROM gpkg_contents`, "no layer of features"},
		{"no contents", `DROP TABLE gpkg_contents`, `no table "gpkg_contents"`},
		{"layer is missing", `DROP TABLE "县界"`, `no table "县界"`},
		{"column is missing", `UPDATE gpkg_geometry_columns SET column_name = 'nope'`, `no column "nope"`},
		{"system is missing", `DELETE FROM gpkg_spatial_ref_sys WHERE srs_id = 4490`, "reference system 4490"},
		{"geometry is text", `DROP TRIGGER "rtree_县界_geom_update1"; DROP TRIGGER "rtree_县界_geom_update2"; DROP TRIGGER "rtree_县界_geom_update3"; DROP TRIGGER "rtree_县界_geom_update4"; UPDATE "县界" SET geom = 'POINT (1 2)'`, "geometry is string"},
		{"geometry is cut", `DROP TRIGGER "rtree_县界_geom_update1"; DROP TRIGGER "rtree_县界_geom_update2"; DROP TRIGGER "rtree_县界_geom_update3"; DROP TRIGGER "rtree_县界_geom_update4"; UPDATE "县界" SET geom = substr(geom, 1, 60)`, "geometry is damaged"},
		{"another system", `UPDATE gpkg_geometry_columns SET srs_id = 4326`, "reference system 4490, its layer in 4326"},
		{"text is not UTF-8", `DROP TRIGGER "rtree_县界_geom_update3"; DROP TRIGGER "rtree_县界_geom_update4"; UPDATE "县界" SET name = CAST(x'bcaac1d6' AS TEXT)`, "not valid UTF-8"},
	}
	for _, tt := range tests {
		_, _, err := readFile(create(t, tt.edit, square), format.Limits{}, format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || !strings.Contains(err.Error(), tt.want) || fault.File == "" || fault.Advice == "" {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestReader_names holds that names from the file are only ever names.
func TestReader_names(t *testing.T) {
	const evil = `x"; DROP TABLE gpkg_contents; --`
	path := filepath.Join(t.TempDir(), "strange ?name#%20.gpkg")
	w, err := Create(path, evil, []format.Column{{Name: evil, Type: format.String}}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&format.Feature{Geometry: square, Properties: format.Properties{{Name: evil, Value: "南关区"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, _, err := readFile(path, format.Limits{}, format.Options{Layer: evil})
	if err != nil || got[0].Properties.Text(evil) != "南关区" {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestReader_doesNotWrite holds that reading leaves the file and its folder
// as they were.
func TestReader_doesNotWrite(t *testing.T) {
	path := create(t, "", square)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := readFile(path, format.Limits{}, format.Options{}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("file has changed, %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := os.WriteFile(path+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readFile(path, format.Limits{}, format.Options{}); err == nil || !strings.Contains(err.Error(), "-wal") {
		t.Errorf("got %v", err)
	}
}

func TestReader_limits(t *testing.T) {
	ring := make(orb.Ring, 100_000)
	ring[50_000] = orb.Point{1, 1}
	path := create(t, "", orb.Polygon{ring})
	for _, limits := range []format.Limits{{MaxVerticesPerFeature: 99_999}, {MaxVerticesPerFeature: 100, MaxValueBytes: 100}} {
		_, _, err := readFile(path, limits, format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || fault.Feature != 0 || fault.Layer != "县界" || fault.Recoverable {
			t.Errorf("%+v: got %v", limits, err)
		}
	}
}

func TestReader_layers(t *testing.T) {
	path := create(t, `CREATE TABLE other AS SELECT * FROM "县界";
		INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('other', 'features', 4490);
		INSERT INTO gpkg_geometry_columns VALUES ('other', 'geom', 'POLYGON', 4490, 0, 0)`, square)
	if _, _, err := readFile(path, format.Limits{}, format.Options{}); err == nil || !strings.Contains(err.Error(), `"other", "县界"`) {
		t.Errorf("got %v", err)
	}
	if got, _, err := readFile(path, format.Limits{}, format.Options{Layer: "OTHER"}); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestBlob_headers reads all byte orders and envelopes.
func TestBlob_headers(t *testing.T) {
	for flags, envelope := range map[byte]int{0: 0, 1 << 1: 32, 2 << 1: 48, 3 << 1: 48, 4 << 1: 64} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if order == binary.LittleEndian {
				flags |= flagLittle
			}
			body, err := orbwkb.Marshal(square, order)
			if err != nil {
				t.Fatal(err)
			}
			blob := append([]byte{'G', 'P', 0, flags, 0, 0, 0, 0}, make([]byte, envelope)...)
			order.PutUint32(blob[4:], 4490)
			flags &^= flagLittle
			got, fault := decodeBlob(append(blob, body...), blobIn(4490))
			if diff := cmp.Diff(orb.Geometry(square), got); fault != nil || diff != "" {
				t.Errorf("flags %x: %v %s", flags, fault, diff)
			}
		}
	}
}

func blobIn(srs int) blobContext {
	return blobContext{srs: srs, usage: format.NewUsage(format.Limits{MaxVerticesPerFeature: 1000}), notes: new(format.Notebook)}
}

func TestWriter_faults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.gpkg")
	for _, layer := range []string{"", "gpkg_contents", "sqlite_x"} {
		if _, err := Create(path, layer, nil, WriterOptions{}); err == nil {
			t.Errorf("created the layer %q", layer)
		}
	}
	for _, name := range []string{"", "FID", "geom"} {
		if _, err := Create(path, "a", []format.Column{{Name: name}}, WriterOptions{}); err == nil {
			t.Errorf("created the column %q", name)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("left a file behind")
	}
	first := create(t, "", square)
	if _, err := Create(first, "a", nil, WriterOptions{}); err == nil {
		t.Error("replaced a file")
	}
}

// TestWriter_sameBytes holds that equal layers make equal files.
func TestWriter_sameBytes(t *testing.T) {
	var files [2][]byte
	for i := range files {
		data, err := os.ReadFile(create(t, "", square))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("files differ")
	}
}

func FuzzBlob(f *testing.F) {
	for _, g := range []orb.Geometry{orb.Point{1, 2}, square, orb.Collection{orb.MultiPolygon{square}}} {
		blob, err := appendBlob(nil, g, 4490)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(blob)
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		g, fault := decodeBlob(blob, blobIn(4490))
		if fault == nil && format.CheckGeometry(g) != nil {
			t.Errorf("%v passed", g)
		}
	})
}

func FuzzOpen(f *testing.F) {
	data, err := os.ReadFile(create(f, "", square))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Open("t.gpkg", bytes.NewReader(data), int64(len(data)), format.Limits{MaxFeatures: 100}, format.Options{})
		if err == nil {
			for err == nil {
				_, err = r.Read()
			}
			if closing := r.Close(); closing != nil {
				t.Error(closing)
			}
		}
		if fault, ok := errors.AsType[*format.Error](err); err != io.EOF && (!ok || fault.Advice == "") {
			t.Errorf("fault of type %T: %v", err, err)
		}
	})
}
