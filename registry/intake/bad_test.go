package intake_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/intake"
)

// fake is a registry that holds a few units, on every day of their validity.
type fake struct {
	units  []registry.Unit
	issued []registry.IssuedCode
}

func (f *fake) Latest(context.Context) (registry.Seq, error)             { return 1, nil }
func (f *fake) LoadedAs(context.Context, [32]byte) (registry.Seq, error) { return 0, nil }

func (f *fake) Units(_ context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error {
	for _, u := range f.units {
		if u.Level != q.Level || !u.Valid.Holds(q.At.Valid) {
			continue
		}
		if err := yield(&u); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) IssuedCodes(_ context.Context, codes []string) (found []registry.IssuedCode, _ error) {
	for _, c := range f.issued {
		if strings.Contains(strings.Join(codes, " "), c.Code) {
			found = append(found, c)
		}
	}
	return found, nil
}

// province is a registry of a province with one prefecture, since 1990, and a
// code that was given up.
func province() *fake {
	since := registry.Since(registry.Date(1990, 1, 1))
	unit := func(id registry.UnitID, code, name string, level registry.Level, kind registry.UnitType) registry.Unit {
		return registry.Unit{UnitRef: registry.UnitRef{ID: id, Code: code, Name: name, Level: level}, Type: kind, Valid: since}
	}
	return &fake{
		units: []registry.Unit{
			unit(1, "220000000000", "方省", registry.LevelProvince, registry.Province),
			unit(2, "220100000000", "西市", registry.LevelPrefecture, registry.PrefectureCity),
		},
		issued: []registry.IssuedCode{{Code: "220181000000", Bearer: registry.UnitRef{Name: "九台市"},
			Valid: registry.Period{From: registry.Date(1990, 1, 1), To: registry.Date(2014, 10, 1)}}},
	}
}

// county is a GeoJSON file of one county.
func county(properties, geometry string) string {
	return fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{%s},"geometry":%s}]}`, properties, geometry)
}

func polygon(coordinates string) string {
	return `{"type":"Polygon","coordinates":[[` + coordinates + `]]}`
}

const (
	jia    = `"code":"220121","name":"甲县"`
	square = `[125,43],[126,43],[126,44],[125,44],[125,43]`
)

// Every bad input is told with its place and what to do.
func TestPrepare_refuses(t *testing.T) {
	crs := intake.Options{CRS: "EPSG:4490"}
	with := func(change func(*intake.Options)) intake.Options {
		o := crs
		change(&o)
		return o
	}
	for _, c := range []struct {
		name, file, content string
		options             intake.Options
		want                []string
	}{
		{"truncated", "a.geojson", county(jia, polygon(square))[:120], crs, []string{"a.geojson", "byte 120"}},
		{"not JSON", "a.geojson", `{"type": FeatureCollection}`, crs, []string{"a.geojson", "byte"}},
		{"no known format", "a.geojson", "\x00\x01\x02\x03", crs, []string{"a.geojson: file is of no known format"}},
		{"empty", "a.csv", "", crs, []string{"a.csv: file is empty"}},
		{"no unit", "a.csv", "code,name\n", crs, []string{"a.csv: there is no unit"}},
		{"wrong type", "a.geojson", county(jia, `{"type":"LineString","coordinates":[`+square+`]}`), crs,
			[]string{`a.geojson: feature[0] "220121"`, "a LineString is not the area of a unit"}},
		{"a point", "a.geojson", county(jia, `{"type":"Point","coordinates":[125,43]}`), crs,
			[]string{`a.geojson: feature[0] "220121"`, "a Point is not the area of a unit"}},
		{"prose", "a.geojson", "hello, not json\n", crs, []string{"a.geojson: there is no unit: the file is named .geojson but is a table of text"}},
		{"unclosed", "a.geojson", county(jia, polygon(`[125,43],[126,43],[126,44],[125,44]`)), crs,
			[]string{"feature[0]", "ring[0] vertex[3]", "ring is not closed"}},
		{"NaN", "a.csv", "code,name,wkt\n220121,甲县,\"POLYGON((125 43,126 NaN,126 44,125 43))\"\n", crs, []string{"a.csv: feature[0]", "line 2"}},
		{"huge number", "a.geojson", county(jia, polygon(`[125,43],[1e400,43],[126,44],[125,43]`)), crs, []string{"a.geojson: feature[0]"}},
		{"far away", "a.geojson", county(jia, polygon(`[125,43],[126,43],[0,0],[125,43]`)), crs, []string{"cannot be that inside China"}},
		{"one vertex far away", "a.geojson", county(jia, polygon(far())), crs, []string{`feature[0] "220121", part[0] ring[0] vertex[4500]: the vertex lies outside China`}},
		{"swapped", "a.geojson", county(jia, polygon(`[43,125],[43,126],[44,126],[43,125]`)), intake.Options{},
			[]string{"a.geojson: the axes are swapped: latitude stands first in (43, 125)", "--swap-axes"}},
		{"swapped, says the user", "a.geojson", county(jia, polygon(square)), with(func(o *intake.Options) { o.SwapAxes = true }), []string{"the axes are not swapped"}},
		{"no zone", "a.geojson", county(jia, polygon(`[459829,4862832],[469829,4862832],[469829,4872832],[459829,4862832]`)), intake.Options{},
			[]string{"fit", "--crs EPSG:4551", "--crs EPSG:4550"}},
		{"Xi'an 80", "a.geojson", strings.Replace(county(jia, polygon(square)), `"features"`, `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4610"}},"features"`, 1),
			intake.Options{}, []string{"a.geojson: its crs member cannot be taken", "Xi'an 80, whose transformation parameters are classified"}},
		{"Beijing 54, says the user", "a.geojson", county(jia, polygon(square)), intake.Options{CRS: "EPSG:4214"}, []string{"Beijing 54"}},
		{"unknown system", "a.geojson", county(jia, polygon(square)), intake.Options{CRS: "mars"}, []string{"--crs mars", "EPSG:4490"}},
		{"no code column", "a.csv", "nr,name\n1,甲县\n", crs, []string{"none of the columns is known to hold the code", `"nr", "name"`, "--code-column"}},
		{"no such column", "a.csv", "code,name\n1,甲县\n", with(func(o *intake.Options) { o.Columns.Name = "XZQMC" }), []string{`no column "XZQMC"`, "--name-column"}},
		{"no code", "a.csv", "code,name\n,甲县\n", crs, []string{"a.csv: feature[0]: the unit has no code"}},
		{"wrong code", "a.csv", "code,name\n22012,甲县\n", crs, []string{`"22012" is not a division code`, "2, 4, 6, 9 or 12 digits"}},
		{"code of no province", "a.csv", "code,name\n990121,甲县\n", crs, []string{"begins with 99, which no province has"}},
		{"hollow code", "a.csv", "code,name\n220102000001,甲村\n", crs, []string{"its own digits leave out"}},
		{"code twice", "a.csv", "code,name\n220121,甲县\n220121,乙县\n", crs, []string{`feature[1] "220121"`, `first in a.csv: feature[0] "220121"`}},
		{"retired code", "a.csv", "code,name\n220181,九台市\n", crs, []string{`feature[0] "220181"`, "九台市", "废码不用"}},
		{"unknown superior", "a.csv", "code,name\n220221,丙县\n", crs, []string{`feature[0] "220221"`, "its superior, which by its code is 220200"}},
		{"superior too young", "a.csv", "code,name\n220121,甲县\n", with(func(o *intake.Options) { o.DataDate = day(1980, 1, 1) }),
			[]string{"its superior 220100 西市 is not in the registry on 1980-01-01", "--valid-from"}},
		{"parent of another", "a.csv", "code,name,parent\n220121,甲县,220200\n", crs, []string{"its superior is given as 220200"}},
		{"statistical area", "a.csv", "code,name\n220171,长春经济技术开发区\n", crs, []string{"statistical area", "--skip-statistical"}},
		{"no name", "a.csv", "code,name\n220121,\n", crs, []string{"the unit has no name"}},
		{"wrong encoding", "a.csv", "code,name\n220121,\xbc\xd7\xcf\xd8\n", with(func(o *intake.Options) { o.Read.Encoding = "UTF-8" }), []string{"a.csv: feature[0]", "wrongly encoded"}},
		{"read as GBK", "a.csv", "code,name\n220121,测试\n", with(func(o *intake.Options) { o.Read.Encoding = "GBK" }), []string{"feature[0]", "wrongly decoded", "UTF-8"}},
		{"unknown encoding", "a.csv", "code,name\n220121,甲县\n", with(func(o *intake.Options) { o.Read.Encoding = "EBCDIC" }), []string{"EBCDIC"}},
		{"reversed dates", "a.csv", "code,name\n220121,甲县\n", with(func(o *intake.Options) { o.DataDate, o.ValidFrom = day(2020, 1, 1), day(2021, 1, 1) }), []string{"the dates are reversed"}},
		{"future", "a.csv", "code,name\n220121,甲县\n", with(func(o *intake.Options) { o.DataDate = day(2027, 1, 1) }), []string{"lies in the future"}},
		{"two dates", "a.csv", "code,name,data_date\n220121,甲县,2020-01-01\n220122,乙县,2021/01/01\n", crs, []string{"more than one day", "2020-01-01 in a.csv: feature[0]"}},
		{"no date", "a.csv", "code,name,data_date\n220121,甲县,spring\n", crs, []string{`"spring" is not a date`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Today = today
			plan, err := intake.Prepare(t.Context(), province(), []intake.Source{file(c.file, []byte(c.content))}, c.options, nil)
			if err == nil {
				t.Fatalf("accepted, with refusals %v", plan.Refusals)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
		})
	}
}

// far is a ring of 5000 vertices, one of them in the Gulf of Guinea, where few
// samples of the coordinates fall.
func far() string {
	var b strings.Builder
	for i := range 5000 {
		if i == 4500 {
			b.WriteString("[0,0],")
			continue
		}
		fmt.Fprintf(&b, "[%v,43],", 125+float64(i)/1e4)
	}
	return b.String() + "[125,44],[125,43]"
}

// Rings that cross, and areas that overlap, are told with their places and
// stop the import, but not the plan.
func TestPrepare_areasThatDoNotFit(t *testing.T) {
	crossing := county(jia, polygon(`[125,43],[126,44],[126,43],[125,44],[125,43]`))
	plan := prepare(t, province(), intake.Options{CRS: "EPSG:4490", DataDate: day(2020, 1, 1)}, file("a.geojson", []byte(crossing)))
	if len(plan.Refusals) != 1 || !strings.Contains(plan.Refusals[0], "1 × self-crossing") {
		t.Errorf("refusals %v", plan.Refusals)
	}
	f := plan.Faults[0]
	if f.At[0] != 125.5 || f.At[1] != 43.5 || f.Regions[0] != "220121" {
		t.Errorf("fault %+v", f)
	}
	if _, err := plan.Baseline(); !errors.Is(err, intake.ErrRefused) {
		t.Errorf("baseline: %v", err)
	}
	for _, name := range []string{"faults.csv", "faults.geojson"} {
		var b bytes.Buffer
		if err := plan.WriteFaults(&b, name); err != nil || !strings.Contains(b.String(), "self-crossing") {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
	if err := plan.WriteFaults(io.Discard, "faults.pdf"); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("faults.pdf: %v", err)
	}
}

// The faults of a file come together, up to a limit.
func TestPrepare_gathersFaults(t *testing.T) {
	rows := "code,name\n" + strings.Repeat("22012,甲县\n", 300)
	_, err := intake.Prepare(t.Context(), province(), []intake.Source{file("a.csv", []byte(rows))}, intake.Options{Today: today}, nil)
	faults, ok := errors.AsType[*intake.Faults](err)
	if !ok || len(faults.List) != 100 || !faults.More || !strings.Contains(err.Error(), "and 80 more") {
		t.Fatalf("%v", err)
	}
	if fault, ok := errors.AsType[*format.Error](err); !ok || fault.Feature != 0 || fault.File != "a.csv" {
		t.Errorf("first fault %v", fault)
	}
}

// A bomb is refused before it has unpacked.
func TestPrepare_bombs(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	const head = `{"type":"FeatureCollection","features":[`
	blow := func(w io.Writer) {
		blank := strings.Repeat(" ", 1<<20)
		for range 100 {
			if _, err := io.WriteString(w, blank); err != nil {
				t.Fatal(err)
			}
		}
	}
	var packed, archive bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, head)
	blow(z)
	z.Close()
	a := zip.NewWriter(&archive)
	entry, err := a.Create("a.geojson")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(entry, head)
	blow(entry)
	a.Close()
	for name, content := range map[string][]byte{"a.geojson.gz": packed.Bytes(), "a.zip": archive.Bytes()} {
		_, err := intake.Prepare(t.Context(), province(), []intake.Source{file(name, content)}, intake.Options{Today: today}, nil)
		if err == nil || !strings.Contains(err.Error(), "unpacks to more than 200 times its size") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// vast is a GeoJSON file of one polygon with ten million vertices, which lies
// nowhere. It counts how far it was read.
type vast struct{ read int64 }

const (
	vastHead   = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"220121","name":"甲县"},"geometry":{"type":"Polygon","coordinates":[[`
	vastVertex = `[125.1234567,43.1234567],`
	vastSize   = int64(len(vastHead)) + 10_000_000*int64(len(vastVertex))
)

func (v *vast) ReadAt(p []byte, at int64) (int, error) {
	for i := range p {
		offset := at + int64(i)
		switch {
		case offset >= vastSize:
			return i, io.EOF
		case offset < int64(len(vastHead)):
			p[i] = vastHead[offset]
		default:
			p[i] = vastVertex[(offset-int64(len(vastHead)))%int64(len(vastVertex))]
		}
	}
	v.read = max(v.read, at+int64(len(p)))
	return len(p), nil
}

// A polygon of ten million vertices is refused at the millionth.
func TestPrepare_vastPolygon(t *testing.T) {
	v := &vast{}
	_, err := intake.Prepare(t.Context(), province(), []intake.Source{{Name: "a.geojson", Content: v, Size: vastSize}}, intake.Options{Today: today}, nil)
	if err == nil || !strings.Contains(err.Error(), "more than 1000000 vertices in one feature") {
		t.Fatal(err)
	}
	if v.read > vastSize/5 {
		t.Errorf("read %d of %d bytes before refusing", v.read, vastSize)
	}
}
