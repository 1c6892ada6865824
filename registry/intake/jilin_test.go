package intake_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"jieming/geo/crs"
	"jieming/geo/datatest"
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

// loaded is a store with the real Jilin in it.
func loaded(t testing.TB) *postgres.Store {
	t.Helper()
	dir := datatest.Dir(t)
	return store(t, pgtest.Template(t, "jilin", func(ctx context.Context, dsn string) error {
		folder, err := dataset.Open(os.DirFS(dir))
		if err != nil {
			return err
		}
		b, err := folder.Baseline(ctx, nil)
		if err != nil {
			return err
		}
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
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
	s := empty(t)
	p := prepare(t, s, intake.Options{DataDate: day(2023, 12, 31), CRS: "EPSG:4490"},
		jilin(t, counties2023), jilin(t, "province_2023_tianditu.geojson"), jilin(t, "prefectures_2023_tianditu.geojson"))
	if c := counts(p); c[intake.New] != 70 || len(p.Refusals) != 0 {
		t.Fatalf("%v, refused %v", c, p.Refusals)
	}
	load(t, s, p)
	sound(t, s)
}

func TestImport_recognisesGCJ02(t *testing.T) {
	s := loaded(t)
	raw := jilin(t, "counties_2020_datav_gcj02_raw.geojson.gz")
	for _, o := range []intake.Options{{Today: today}, {Today: today, CRS: "EPSG:4326"}} {
		_, err := intake.Prepare(t.Context(), s, []intake.Source{raw}, o, nil)
		if err == nil || !strings.Contains(err.Error(), "shifted as in GCJ-02") || !strings.Contains(err.Error(), "--crs GCJ-02") {
			t.Errorf("%q: %v", o.CRS, err)
		}
		t.Log(err)
	}
	p := prepare(t, s, intake.Options{CRS: "GCJ-02"}, raw)
	d := p.Files[0].CRS
	if d.Verdict != crs.IsGCJ02 || d.Shift.MedianOffsetAfterM > 150 || d.Shift.MedianOffsetBeforeM < 300 {
		t.Errorf("%v %+v", d.Verdict, d.Shift)
	}
	t.Log(counts(p), p.Refusals)
}

func TestImport_comparesVintages(t *testing.T) {
	s := loaded(t)
	p := prepare(t, s, intake.Options{}, jilin(t, "counties_2020_datav_wgs84_clean.geojson.gz"))
	t.Log(counts(p), p.Refusals, p.Files[0].CRS.Reasons)
	for _, e := range p.Effects[:5] {
		t.Log(e.Row())
	}
	if _, err := p.Baseline(); !errors.Is(err, intake.ErrRefused) {
		t.Errorf("baseline: %v", err)
	}
	p = prepare(t, s, intake.Options{}, jilin(t, counties2023))
	if c := counts(p); c[intake.Same] != 60 {
		t.Errorf("the file that was loaded: %v", c)
	}
}
