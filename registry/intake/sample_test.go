package intake_test

import (
	"context"
	"strings"
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/open"
	"jieming/registry"
	"jieming/registry/intake"
	"jieming/registry/postgres"
	"jieming/registry/sample"
)

// sampled is a store with the built-in sample in it.
func sampled(t testing.TB) *postgres.Store {
	t.Helper()
	files, err := sample.FS()
	if err != nil {
		t.Fatal(err)
	}
	return folder(t, "sample", files)
}

func unitOf(t testing.TB, s *postgres.Store, code string) *registry.Unit {
	t.Helper()
	seq, err := s.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.UnitByCode(context.Background(), code, registry.Instant{Valid: today, Recorded: seq})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// New units hang on those that are stored, and stored ones stay as they are.
func TestImport_addsToWhatIsStored(t *testing.T) {
	s := sampled(t)
	list := file("街道.csv", []byte("区划代码,名称,数据日期\n220102098,试验街道,2024年06月30日\n220102,南北区,2024年06月30日\n220184098,某某镇,2024年06月30日\n"))
	p := prepare(t, s, intake.Options{}, list)
	if c := counts(p); c[intake.New] != 2 || c[intake.NameDiffers] != 1 {
		t.Fatalf("%v", c)
	}
	if len(p.Refusals) != 1 || !strings.Contains(p.Refusals[0], "--only-new") {
		t.Errorf("refusals %q", p.Refusals)
	}
	p = prepare(t, s, intake.Options{OnlyNew: true}, list)
	load(t, s, p)
	sound(t, s)
	u := unitOf(t, s, "220102098")
	if u.Name != "试验街道" || u.Superior == nil || u.Superior.Name != "南关区" || u.Valid.From != registry.Date(2024, 6, 30) || u.Type != registry.Subdistrict {
		t.Errorf("%+v under %+v", u, u.Superior)
	}
	if u := unitOf(t, s, "220102"); u.Name != "南关区" {
		t.Errorf("220102 is now %s", u.Name)
	}
	if _, err := intake.Prepare(t.Context(), s, []intake.Source{list}, intake.Options{OnlyNew: true, Today: today}, nil); err != nil {
		t.Error(err)
	}
}

// Territory inside a coverage that exists is a refinement, not a first load.
func TestImport_leavesTheCoverageAlone(t *testing.T) {
	s := sampled(t)
	label := unitOf(t, s, "220102").Label
	x, y := label[0], label[1]
	ring := polygon(strings.Join([]string{vertex(x, y), vertex(x+.01, y), vertex(x, y+.01), vertex(x, y)}, ","))
	town := file("a.geojson", []byte(county(`"code":"220102098","name":"试验街道"`, ring)))
	o := intake.Options{CRS: "EPSG:4490", DataDate: day(2024, 6, 30)}
	p := prepare(t, s, o, town)
	if len(p.Refusals) != 1 || !strings.Contains(p.Refusals[0], "refinement") {
		t.Errorf("refusals %q", p.Refusals)
	}
	o.WithoutGeometry = true
	p = prepare(t, s, o, town)
	if len(p.Refusals) != 0 || p.Files[0].CRS != nil {
		t.Errorf("refusals %q", p.Refusals)
	}
	load(t, s, p)
	sound(t, s)
	if unitOf(t, s, "220102098").Areal {
		t.Error("the unit got an area")
	}
}

func vertex(x, y float64) string {
	return "[" + format.Properties{{Name: "x", Value: x}}.Text("x") + "," + format.Properties{{Name: "y", Value: y}}.Text("y") + "]"
}

// Units that came as a list get their areas by a later import, an island and an
// enclave included.
func TestImport_firstAreasOfListedUnits(t *testing.T) {
	s := empty(t)
	o := intake.Options{DataDate: day(2023, 12, 31), CRS: "EPSG:4490"}
	list := file("list.csv", []byte("code,name\n22,方省\n2201,西市\n220121,甲县\n220122,乙县\n220182,丁市\n"))
	load(t, s, prepare(t, s, o, list))
	const wkt = "code,name,wkt\n" +
		`220121,甲县,"MULTIPOLYGON(((125 43,126 43,126 44,125 44,125 43),(125.4 43.4,125.4 43.6,125.6 43.6,125.6 43.4,125.4 43.4)),((124 43,124.5 43,124.5 43.5,124 43)))"` + "\n" +
		`220122,乙县,"MULTIPOLYGON(((126 43,127 43,127 44,126 44,126 43)),((125.4 43.4,125.6 43.4,125.6 43.6,125.4 43.6,125.4 43.4)))"` + "\n" +
		`220182,丁市,"POLYGON((127 43,128 43,128 44,127 44,127 43))"` + "\n"
	p := prepare(t, s, o, file("map.csv", []byte(wkt)))
	if c := counts(p); c[intake.AreaNew] != 3 || len(c) != 1 {
		t.Fatalf("%v", c)
	}
	b, err := p.Baseline()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Faces) != 6 || len(b.Lines) != 2 || len(b.Codes) != 0 {
		t.Errorf("%d faces, %d lines, %d codes", len(b.Faces), len(b.Lines), len(b.Codes))
	}
	load(t, s, p)
	sound(t, s)
	if u := unitOf(t, s, "220182"); !u.Areal || u.Custodian == nil || u.Custodian.Name != "西市" || u.Superior.Name != "方省" {
		t.Errorf("%+v", u)
	}
	if u := unitOf(t, s, "2201"); !u.Areal {
		t.Error("the prefecture has no area")
	}
}

// The area of a coarser unit must be the union of the finer ones.
func TestPrepare_parentDiffers(t *testing.T) {
	const wkt = "code,name,wkt\n2201,西市,\"POLYGON((125 43,126 43,126 44,124 44,125 43))\"\n220121,甲县,\"POLYGON((125 43,126 43,126 44,125 44,125 43))\"\n"
	r := province()
	r.units = r.units[:1]
	p := prepare(t, r, intake.Options{CRS: "EPSG:4490"}, file("a.csv", []byte(wkt)))
	if len(p.Faults) != 1 || p.Faults[0].Kind != intake.KindParentDiffers || p.Faults[0].AreaM2 < 4e9 || len(p.Refusals) != 1 {
		t.Errorf("faults %+v, refusals %q", p.Faults, p.Refusals)
	}
}

// Statistical areas are left out when told to, and counted.
func TestPrepare_skipsStatisticalAreas(t *testing.T) {
	list := "code,name\n220121,甲县\n220171,长春经济技术开发区\n220121400,某某农场\n220121400001,某某队\n"
	p := prepare(t, province(), intake.Options{SkipStatistical: true}, file("a.csv", []byte(list)))
	if len(p.Effects) != 1 || p.Files[0].Skipped != 3 {
		t.Errorf("%d effects, %d skipped", len(p.Effects), p.Files[0].Skipped)
	}
}

// Nothing in a file makes an import panic.
func FuzzPrepare(f *testing.F) {
	f.Add("a.csv", []byte("code,name,wkt\n220121,甲县,\"POLYGON((125 43,126 43,126 44,125 43))\"\n"))
	f.Add("a.geojson", []byte(county(jia, polygon(square))))
	f.Add("a.geojson", []byte(county(`"adcode":220121,"name":"甲县","parent":{"adcode":220100}`, polygon(square))))
	limits := format.Limits{MaxBytes: 1 << 20, MaxFeatures: 100, MaxVertices: 2000}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if r, err := open.Bytes(name, file(name, content).Content, int64(len(content)), limits, format.Options{}); err != nil {
			return // the readers have targets of their own
		} else {
			r.Close()
		}
		p, err := intake.Prepare(t.Context(), province(), []intake.Source{file(name, content)},
			intake.Options{Limits: limits, CRS: "EPSG:4490", DataDate: day(2020, 1, 1), Today: today}, nil)
		if err == nil && len(p.Refusals) == 0 && !p.Empty() {
			if _, err := p.Baseline(); err != nil {
				t.Error(err)
			}
		}
	})
}
