package export

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/intake"
	"jieming/registry/postgres"
)

// oracle is the SQL that says, apart from all our readers, which geometry and
// name the features of a layer have, by their id.
var oracle = map[string]string{
	"province": units("1"), "prefecture": units("2"), "county": units("3"),
	"boundary": `SELECT a.id::text, NULL, a.geom FROM registry.arc a JOIN registry.arcs_at(@t::date, @r::bigint, 4) x ON x.arc_id = a.id`,
	"unrefined": `
		SELECT concat_ws('-', 'county', te.unit_id, array_to_string(te.among, '-')), (SELECT v.name FROM registry.unit_version v
		       WHERE v.unit_id = te.unit_id AND v.valid @> @t::date AND v.recorded @> @r::bigint), st_union(a.geom)
		FROM registry.tenure te
		JOIN registry.unit_version h ON h.unit_id = te.unit_id AND h.valid @> @t::date AND h.recorded @> @r::bigint AND h.level BETWEEN 1 AND 2
		JOIN registry.face_extent e ON e.face_id = te.face_id AND e.valid @> @t::date AND e.recorded @> @r::bigint
		JOIN registry.area a ON a.digest = e.digest
		WHERE te.valid @> @t::date AND te.recorded @> @r::bigint GROUP BY te.unit_id, te.among`,
	"place": `SELECT place_id::text, name, geom FROM registry.place_version WHERE valid @> @t::date AND recorded @> @r::bigint`,
}

// units finds areas by joining the areas of faces, not by tracing arcs.
func units(level string) string {
	return `
		SELECT v.unit_id::text, v.name, st_union(a.geom)
		FROM registry.unit_version v
		LEFT JOIN registry.holders(@t::date, @r::bigint, ` + level + `) f ON f.unit_id = v.unit_id AND f.unit_level = ` + level + `
		LEFT JOIN registry.face_extent e ON e.face_id = f.face_id AND e.valid @> @t::date AND e.recorded @> @r::bigint
		LEFT JOIN registry.area a ON a.digest = e.digest
		WHERE v.level = ` + level + ` AND v.valid @> @t::date AND v.recorded @> @r::bigint GROUP BY v.unit_id, v.name`
}

// What is exported of the real Jilin is what PostGIS has, whoever reads it back:
// our readers and GDAL, from every format.
func TestJilin_roundTrip(t *testing.T) {
	s := jilin(t)
	for _, day := range []registry.Day{registry.Date(1990, 1, 1), registry.Date(2019, 6, 1)} {
		e := on(t, s, day)
		for name, query := range oracle {
			l := layer(t, name)
			path, counts := write(t, s, e, l, GeoJSON)
			list := read(t, path)
			compareWithPostGIS(t, s, e, l, query, list, counts)
			for _, f := range []Format{GeoJSON, GeoPackage, Shapefile} {
				path, _ := write(t, s, e, l, f)
				sameFeatures(t, l, f, list, read(t, path))
				if f != GeoJSON || name == "county" {
					sameFeatures(t, l, f, list, read(t, byGDAL(t, path, f)))
				}
			}
		}
	}
}

// sameFeatures compares geometry and names.
func sameFeatures(t *testing.T, l Layer, f Format, want, got []*format.Feature) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s.%s: %d features, want %d", l.Name, f, len(got), len(want))
	}
	for i := range got {
		for _, c := range l.Columns {
			name := c.Name
			if f == Shapefile {
				name = c.Short
			}
			if c.Name == "name" || c.Name == "code" || c.Name == "left_name" || c.Name == "among_names" {
				if a, b := want[i].Properties.Text(c.Name), got[i].Properties.Text(name); a != b {
					t.Fatalf("%s.%s: feature %d: %s is %q, want %q", l.Name, f, i, c.Name, b, a)
				}
			}
		}
		if !sameGeometry(want[i].Geometry, got[i].Geometry) {
			t.Fatalf("%s.%s: feature %d has another geometry", l.Name, f, i)
		}
	}
}

// byGDAL converts a file with ogr2ogr, keeping all digits.
func byGDAL(t *testing.T, path string, f Format) string {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed: the comparison with it was not run")
	}
	source, out := path, filepath.Join(t.TempDir(), "gdal.geojson")
	if f == Shapefile {
		source = "/vsizip/" + path
	}
	said, err := exec.Command("ogr2ogr", "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17", out, source).CombinedOutput()
	if err != nil || len(said) > 0 {
		t.Fatalf("ogr2ogr: %v\n%s", err, said)
	}
	return out
}

// compareWithPostGIS lets PostGIS compare each feature with what it has itself.
func compareWithPostGIS(t *testing.T, s *postgres.Store, e Edition, l Layer, query string, got []*format.Feature, counts Counts) {
	t.Helper()
	nameName := "name"
	if l.Name == "unrefined" {
		nameName = "holder_name"
	}
	var ids []string
	var names []string
	var areas [][]byte
	for _, feature := range got {
		ids, names = append(ids, feature.ID), append(names, feature.Properties.Text(nameName))
		var b []byte
		if feature.Geometry != nil {
			var err error
			if b, err = ewkb.Marshal(feature.Geometry, 4490); err != nil {
				t.Fatal(err)
			}
		}
		areas = append(areas, b)
	}
	compare := `
		WITH o(id, name, geom) AS (` + query + `), g AS (SELECT * FROM unnest(@ids::text[], @names::text[], @areas::bytea[]) x(id, name, geom))
		SELECT count(*), count(*) FILTER (WHERE o.id IS NULL OR g.id IS NULL),
		       count(*) FILTER (WHERE coalesce(o.name, '') <> g.name),
		       count(*) FILTER (WHERE CASE WHEN o.geom IS NULL OR g.geom IS NULL THEN (o.geom IS NULL) <> (g.geom IS NULL) ELSE NOT st_equals(o.geom, g.geom::geometry) END)
		FROM o FULL JOIN g ON g.id = o.id`
	var all, missing, misnamed, moved int
	err := s.Pool().QueryRow(context.Background(), compare, pgx.StrictNamedArgs{
		"t": e.Day.Time(), "r": int64(e.Publication.AsOf), "ids": ids, "names": names, "areas": areas}).Scan(&all, &missing, &misnamed, &moved)
	if err != nil {
		t.Fatal(err)
	}
	if missing+misnamed+moved > 0 || all != counts.Rows || len(got) != counts.Rows {
		t.Errorf("%s of %s: of %d features (%d counted, %d read) %d are missing on a side, %d have another name, %d another geometry",
			l.Name, e.Day, all, counts.Rows, len(got), missing, misnamed, moved)
	}
	if l.Name == "county" && (all < 40 || e.Day.Year() == 1990 && counts.Incomplete == 0) {
		t.Errorf("counties of %s: %d, incomplete %d", e.Day, all, counts.Incomplete)
	}
}

// Nothing of the province is lost: what no county is known to have is in the
// unrefined areas, on any day.
func TestJilin_countiesAndUnrefinedMakeTheProvince(t *testing.T) {
	s := jilin(t)
	sum := func(e Edition, name string) (m2 float64) {
		path, _ := write(t, s, e, layer(t, name), CSV)
		for _, f := range read(t, path) {
			v, err := strconv.ParseFloat(f.Properties.Text("area_m2"), 64)
			if err != nil && f.Properties.Text("areal") == "true" {
				t.Fatal(err)
			}
			m2 += v
		}
		return m2
	}
	for _, day := range []registry.Day{registry.Date(1990, 1, 1), registry.Date(2019, 6, 1), registry.Date(2024, 1, 1)} {
		e := on(t, s, day)
		province, counties, unrefined := sum(e, "province"), sum(e, "county"), sum(e, "unrefined")
		if diff := province - counties - unrefined; province < 1e11 || diff > 100 || diff < -100 {
			t.Errorf("%s: province %.0f m2, counties %.0f, unrefined %.0f", day, province, counties, unrefined)
		}
		if day.Year() == 1990 && unrefined < 1e9 {
			t.Errorf("%s: only %.0f m2 are unrefined", day, unrefined)
		}
	}
}

// Who imports what was exported changes nothing.
func TestJilin_importChangesNothing(t *testing.T) {
	s := jilin(t)
	for _, day := range []registry.Day{registry.Date(1990, 1, 1), registry.Date(2019, 6, 1)} {
		e := on(t, s, day)
		for _, c := range []struct {
			layer  string
			format Format
		}{{"county", GeoPackage}, {"county", GeoJSON}, {"county", Shapefile}, {"county", CSV}, {"prefecture", GeoPackage}, {"province", GeoPackage}} {
			path, counts := write(t, s, e, layer(t, c.layer), c.format)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// No day of the past is today: the import is told so.
			plan, err := intake.Prepare(context.Background(), s, []intake.Source{{Name: filepath.Base(path), Content: bytes.NewReader(data), Size: int64(len(data))}},
				intake.Options{Today: day, DataDate: &day}, nil)
			if err != nil {
				t.Errorf("%v of %s: %v", c, day, err)
				continue
			}
			// Where it is not known whose the land was, the areas have gaps.
			gaps := day.Year() == 1990 && c.layer != "province" && c.format != CSV
			if got := plan.Summary(); len(got) != 1 || got[0] != (intake.Count{Action: intake.Same, Units: counts.Rows}) || len(plan.Refusals) > 0 != gaps || !plan.Empty() {
				t.Errorf("%v of %s: %v, refused for %v", c, day, got, plan.Refusals)
			}
		}
	}
}
