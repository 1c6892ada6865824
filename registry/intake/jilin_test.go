package intake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/project"

	"jieming/geo/crs"
	"jieming/geo/datatest"
	"jieming/geo/format"
	"jieming/geo/format/geojson"
	"jieming/geo/format/open"
	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/intake"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
)

var (
	today  = registry.Date(2026, 11, 24)
	tester = postgres.Author{Actor: "tester"}
)

func day(year, month, date int) *registry.Day {
	d := registry.Date(year, time.Month(month), date)
	return &d
}

// file is a source of bytes.
func file(name string, content []byte) intake.Source {
	return intake.Source{Name: name, Content: bytes.NewReader(content), Size: int64(len(content))}
}

// real is a file of the data folder.
func real(t testing.TB, elements ...string) intake.Source {
	t.Helper()
	name := datatest.File(t, elements...)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file(elements[len(elements)-1], content)
}

func jilin(t testing.TB, name string) intake.Source { return real(t, "boundaries-jilin", name) }

// empty is a store without anything in it.
func empty(t testing.TB) *postgres.Store { return store(t, pgtest.New(t)) }

func store(t testing.TB, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), pgtest.App(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// counties is a store with the counties of Jilin and what is above them, as one
// import.
func counties(t testing.TB) *postgres.Store {
	t.Helper()
	sources := []intake.Source{jilin(t, counties2023), jilin(t, "province_2023_tianditu.geojson"), jilin(t, "prefectures_2023_tianditu.geojson")}
	return filled(t, "counties", func(ctx context.Context, s *postgres.Store) (*registry.Baseline, error) {
		p, err := intake.Prepare(ctx, s, sources, intake.Options{CRS: "EPSG:4490", DataDate: day(2023, 12, 31), Today: today}, nil)
		if err != nil {
			return nil, err
		}
		return p.Baseline()
	})
}

// folder is a store with a data folder in it, with its history.
func folder(t testing.TB, key string, files fs.FS) *postgres.Store {
	t.Helper()
	return filled(t, key, func(ctx context.Context, _ *postgres.Store) (*registry.Baseline, error) {
		f, err := dataset.Open(files)
		if err != nil {
			return nil, err
		}
		return f.Baseline(ctx, nil)
	})
}

// filled is a store with a baseline in it, which is made once for each key.
func filled(t testing.TB, key string, baseline func(context.Context, *postgres.Store) (*registry.Baseline, error)) *postgres.Store {
	t.Helper()
	return store(t, pgtest.Template(t, key, func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b, err := baseline(ctx, s)
		if err != nil {
			return err
		}
		_, _, err = s.Load(ctx, b, tester, nil)
		return err
	}))
}

func prepare(t testing.TB, s intake.Registry, o intake.Options, sources ...intake.Source) *intake.Plan {
	t.Helper()
	o.Today = today
	p, err := intake.Prepare(context.Background(), s, sources, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// load writes a plan.
func load(t testing.TB, s *postgres.Store, p *intake.Plan) registry.Seq {
	t.Helper()
	b, err := p.Baseline()
	if err != nil {
		t.Fatal(err)
	}
	seq, fresh, err := s.Load(context.Background(), b, tester, nil)
	if err != nil || !fresh {
		t.Fatalf("load: %v, %v", fresh, err)
	}
	return seq
}

func sound(t testing.TB, s *postgres.Store) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%+v", p)
	}
}

func counts(p *intake.Plan) map[intake.Action]int {
	m := map[intake.Action]int{}
	for _, c := range p.Summary() {
		m[c.Action] = c.Units
	}
	return m
}

const counties2023 = "counties_2023_tianditu.geojson"

// The counties go into an empty registry, once those above them are there.
func TestImport_jilinIntoNothing(t *testing.T) {
	s := empty(t)
	o := intake.Options{DataDate: day(2023, 12, 31), CRS: "EPSG:4490"}
	_, err := intake.Prepare(t.Context(), s, []intake.Source{jilin(t, counties2023)}, intake.Options{Today: today}, nil)
	if err == nil || !strings.Contains(err.Error(), "its superior, which by its code is 220100") {
		t.Fatalf("counties without superiors: %v", err)
	}
	names := o
	names.WithoutGeometry = true
	load(t, s, prepare(t, s, names, jilin(t, "province_2023_tianditu.geojson"), jilin(t, "prefectures_2023_tianditu.geojson")))

	p := prepare(t, s, o, jilin(t, counties2023))
	if c := counts(p); c[intake.New] != 60 || len(c) != 1 || len(p.Faults) != 0 || len(p.Refusals) != 0 {
		t.Fatalf("%v, %d faults, refused %v", c, len(p.Faults), p.Refusals)
	}
	seq := load(t, s, p)
	sound(t, s)
	p = prepare(t, s, o, jilin(t, counties2023))
	if p.LoadedAs != seq {
		t.Errorf("loaded as %d, want %d", p.LoadedAs, seq)
	}
	p = prepare(t, s, intake.Options{CRS: "EPSG:4490"}, jilin(t, counties2023))
	if c := counts(p); c[intake.Same] != 60 || !p.Empty() {
		t.Errorf("again: %v", c)
	}
}

// All levels together: the coarser areas have to be the union of the finer.
func TestImport_jilinAllLevels(t *testing.T) {
	s := counties(t)
	sound(t, s)
	p := prepare(t, s, intake.Options{}, jilin(t, counties2023), jilin(t, "province_2023_tianditu.geojson"), jilin(t, "prefectures_2023_tianditu.geojson"))
	if c := counts(p); c[intake.Same] != 70 || len(p.Refusals) != 0 {
		t.Errorf("%v, refused %v", c, p.Refusals)
	}
	if u := unitOf(t, s, "220184"); u.Custodian == nil || u.Custodian.Name != "长春市" || u.Superior.Name != "吉林省" {
		t.Errorf("公主岭市 is under %+v, custodian %+v", u.Superior, u.Custodian)
	}
}

func TestImport_recognisesGCJ02(t *testing.T) {
	s := counties(t)
	raw := jilin(t, "counties_2020_datav_gcj02_raw.geojson.gz")
	for _, o := range []intake.Options{{Today: today}, {Today: today, CRS: "EPSG:4326"}} {
		_, err := intake.Prepare(t.Context(), s, []intake.Source{raw}, o, nil)
		if err == nil || !strings.Contains(err.Error(), "shifted as in GCJ-02") || !strings.Contains(err.Error(), "--crs GCJ-02") {
			t.Errorf("%q: %v", o.CRS, err)
		}
	}
	p := prepare(t, s, intake.Options{CRS: "GCJ-02"}, raw)
	d := p.Files[0].CRS
	if d.Verdict != crs.IsGCJ02 || d.Shift.MedianOffsetAfterM > 150 || d.Shift.MedianOffsetBeforeM < 300 {
		t.Errorf("%v %+v", d.Verdict, d.Shift)
	}
	if n := counts(p); n[intake.GeometryDiffers] != 60 || len(p.Refusals) != 2 || !strings.Contains(p.Refusals[0], "1676 × gap") {
		t.Errorf("%v, refusals %q", n, p.Refusals)
	}
}

// Territory gained and lost is what PostGIS finds, once its geodesic edges are
// held to the straight ones of longitude and latitude.
func TestImport_comparesVintages(t *testing.T) {
	s := counties(t)
	clean := jilin(t, "counties_2020_datav_wgs84_clean.geojson.gz")
	p := prepare(t, s, intake.Options{}, clean)
	if n, d := counts(p), p.Files[0].CRS; n[intake.GeometryDiffers] != 60 || len(n) != 1 || d.Verdict != crs.NotGCJ02 || d.Open != "" || len(p.Faults) != 0 {
		t.Errorf("%v, %+v, %d faults", n, d, len(p.Faults))
	}
	if _, err := p.Baseline(); !errors.Is(err, intake.ErrRefused) || !strings.Contains(err.Error(), "--only-new") {
		t.Errorf("baseline: %v", err)
	}
	areas := areasOf(t, clean)
	for i := range p.Effects {
		e := &p.Effects[i]
		if !strings.HasPrefix(e.Code, "22018") && e.Code != "222403" {
			continue
		}
		seq, err := s.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.Unit(t.Context(), unitOf(t, s, e.Code).ID, registry.Instant{Valid: today, Recorded: seq}, true)
		if err != nil {
			t.Fatal(err)
		}
		var gainedM2, lostM2 float64
		err = s.Pool().QueryRow(t.Context(), `
			SELECT st_area(st_segmentize(st_difference(f, s), 0.0005)::geography), st_area(st_segmentize(st_difference(s, f), 0.0005)::geography)
			FROM (SELECT st_geomfromewkb($1) AS s, st_geomfromtext($2, 4490) AS f) x`, stored.WKB, wkt.MarshalString(areas[e.Code])).Scan(&gainedM2, &lostM2)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(e.GainedM2/gainedM2-1) > 1e-5 || math.Abs(e.LostM2/lostM2-1) > 1e-5 {
			t.Errorf("%s: gained %.0f m², PostGIS %.0f; lost %.0f m², PostGIS %.0f", e.Code, e.GainedM2, gainedM2, e.LostM2, lostM2)
		}
	}
}

// areasOf reads the areas of a file by code.
func areasOf(t testing.TB, s intake.Source) map[string]orb.Geometry {
	t.Helper()
	areas := map[string]orb.Geometry{}
	for _, f := range featuresOf(t, s) {
		areas[f.Properties.Text("code")] = f.Geometry
	}
	return areas
}

func featuresOf(t testing.TB, s intake.Source) (features []*format.Feature) {
	t.Helper()
	r, err := open.Bytes(s.Name, s.Content, s.Size, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		f, err := r.Read()
		if err == io.EOF {
			return features
		}
		if err != nil {
			t.Fatal(err)
		}
		features = append(features, f)
	}
}

// altered is a GeoJSON copy of a file with every coordinate changed.
func altered(t testing.TB, s intake.Source, change func(orb.Point) orb.Point) intake.Source {
	t.Helper()
	var b bytes.Buffer
	w := geojson.NewWriter(&b, geojson.WriterOptions{})
	for _, f := range featuresOf(t, s) {
		f.Geometry = project.Geometry(f.Geometry, change)
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file("altered.geojson", b.Bytes())
}

// The loaded map, shifted to GCJ-02 and taken back, is the loaded map; and it
// is not taken for GCJ-02 when it is not.
func TestImport_takesTheShiftOff(t *testing.T) {
	s := counties(t)
	given := jilin(t, counties2023)
	p := prepare(t, s, intake.Options{CRS: "GCJ-02"}, altered(t, given, crs.ToGCJ02))
	if n := counts(p); n[intake.Same] != 60 || len(p.Refusals) != 0 {
		t.Errorf("%v, refusals %q", n, p.Refusals)
	}
	_, err := intake.Prepare(t.Context(), s, []intake.Source{given}, intake.Options{CRS: "GCJ-02", Today: today}, nil)
	if err == nil || !strings.Contains(err.Error(), "the boundaries are not in GCJ-02") {
		t.Errorf("CGCS2000 passed off as GCJ-02: %v", err)
	}
	swapped := altered(t, given, func(p orb.Point) orb.Point { return orb.Point{p[1], p[0]} })
	_, err = intake.Prepare(t.Context(), s, []intake.Source{swapped}, intake.Options{Today: today}, nil)
	if err == nil || !strings.Contains(err.Error(), "the axes are swapped") {
		t.Errorf("swapped: %v", err)
	}
	p = prepare(t, s, intake.Options{SwapAxes: true}, swapped)
	if n := counts(p); n[intake.Same] != 60 || len(p.Refusals) != 0 {
		t.Errorf("swapped back: %v, refusals %q", n, p.Refusals)
	}
}

// Jilin with its history: the lists of townships and villages are there already
// but for what the registry recorded under another code, GCJ-02 is seen, and a
// list of 2018 meets codes that were retired since.
func TestImport_jilinWithItsHistory(t *testing.T) {
	s := folder(t, "history", os.DirFS(datatest.Dir(t)))
	o := intake.Options{SkipStatistical: true, Today: today}
	for _, list := range []string{"streets_jilin.csv", "villages_jilin.csv"} {
		p, err := intake.Prepare(t.Context(), s, []intake.Source{real(t, "cn-divisions", list)}, o, nil)
		if faults, ok := errors.AsType[*intake.Faults](err); ok {
			for _, f := range faults.List {
				if !strings.Contains(f.Problem, "never used again") {
					t.Error(f)
				}
			}
			t.Logf("%s: %d codes that the registry knows otherwise; the first: %v", list, len(faults.List), faults.List[0])
			continue
		}
		if n := counts(p); err != nil || n[intake.Same] < 900 {
			t.Errorf("%s: %v, %v", list, n, err)
		}
	}
	_, err := intake.Prepare(t.Context(), s, []intake.Source{jilin(t, "counties_2020_datav_gcj02_raw.geojson.gz")}, o, nil)
	if err == nil || !strings.Contains(err.Error(), "shifted as in GCJ-02") {
		t.Errorf("GCJ-02: %v", err)
	}
	_, err = intake.Prepare(t.Context(), s, []intake.Source{jilin(t, "counties_2018_datav_wgs84_clean.geojson.gz")}, o, nil)
	if err == nil || !strings.Contains(err.Error(), "220381 was that of 公主岭市") {
		t.Errorf("2018: %v", err)
	}
}
