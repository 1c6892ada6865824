package shapefile

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
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

// layer builds the parts of a shapefile by hand.
type layer struct {
	kind    uint32
	records [][]byte
	fields  []field
	rows    []string
	ldid    byte
	cpg     string
}

func header(size int, kind uint32) []byte {
	w := Writer{kind: kind, bound: orb.Bound{Max: orb.Point{1, 1}}}
	return w.mainHeader(int64(size))
}

func (l layer) shp() []byte {
	var b []byte
	for i, r := range l.records {
		b = be.AppendUint32(b, uint32(i+1))
		b = be.AppendUint32(b, uint32(len(r)/2))
		b = append(b, r...)
	}
	return append(header(100+len(b), l.kind), b...)
}

func (l layer) dbf() []byte {
	width := 1
	b := make([]byte, tableHeaderBytes)
	for _, f := range l.fields {
		d := make([]byte, fieldBytes)
		copy(d, f.name)
		d[11], d[16], d[17] = f.kind, byte(f.width), byte(f.decimals)
		b = append(b, d...)
		width += f.width
	}
	b = append(b, 0x0d)
	b[0], b[29] = 3, l.ldid
	le.PutUint32(b[4:], uint32(len(l.rows)))
	le.PutUint16(b[8:], uint16(len(b)))
	le.PutUint16(b[10:], uint16(width))
	return append(append(b, strings.Join(l.rows, "")...), 0x1a)
}

func (l layer) parts() map[string][]byte {
	parts := map[string][]byte{".shp": l.shp(), ".dbf": l.dbf()}
	if l.cpg != "" {
		parts[".cpg"] = []byte(l.cpg)
	}
	return parts
}

// pack puts the parts into an archive under a name.
func pack(t testing.TB, name string, parts map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for extension, content := range parts {
		w, err := z.Create(name + extension)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readZip(data []byte, options format.Options) ([]*format.Feature, *Reader, error) {
	r, err := OpenZip("t.zip", bytes.NewReader(data), int64(len(data)), format.Limits{MaxBytes: 1 << 24}, options)
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

func oneField(rows ...string) layer {
	return layer{kind: shapePoint, fields: []field{{name: "NAME", kind: 'C', width: 10}}, rows: rows}
}

func (l layer) withPoints() layer {
	for range l.rows {
		l.records = append(l.records, appendShape(nil, orb.Point{1, 2}))
	}
	return l
}

func hasNote(r *Reader, code string) bool {
	for _, n := range r.Notes() {
		if n.Code == code {
			return true
		}
	}
	return false
}

func TestValues(t *testing.T) {
	l := layer{kind: shapeNull, fields: []field{
		{name: "N", kind: 'N', width: 5}, {name: "F", kind: 'F', width: 6, decimals: 2}, {name: "L", kind: 'L', width: 1},
		{name: "D", kind: 'D', width: 8}, {name: "M", kind: 'M', width: 2}, {name: "N", kind: 'N', width: 3},
	}, rows: []string{
		"    12  1.50T20200611  007",
		"              00000000    ",
		" *****     x?        12***",
		" 12345 -1e-3F19811231   -1",
		"*    9  9.99T20200611    9",
	}}
	l.rows[2] = " *****      ?        12***"
	for range l.rows {
		l.records = append(l.records, appendShape(nil, nil))
	}
	got, r, err := readZip(pack(t, "a", l.parts()), format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{int64(12), 1.5, true, "2020-06-11", nil, int64(7)},
		{nil, nil, nil, nil, nil, nil},
		{nil, nil, nil, nil, nil, nil},
		{int64(12345), -1e-3, false, "1981-12-31", nil, int64(-1)},
	}
	var values [][]any
	for _, f := range got {
		var row []any
		for _, v := range f.Properties.All() {
			row = append(row, v)
		}
		values = append(values, row)
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Error(diff)
	}
	for _, code := range []string{format.NoteDeleted, format.NoteBinary, noteColumnName} {
		if !hasNote(r, code) {
			t.Errorf("no note %s", code)
		}
	}
	if name := got[0].Properties[5].Name; name != "N_2" {
		t.Errorf("second column of one name is called %q", name)
	}
}

func TestValues_goesOn(t *testing.T) {
	l := layer{kind: shapePoint, fields: []field{{name: "N", kind: 'N', width: 3}}, rows: []string{" abc", "   7"}}.withPoints()
	data := pack(t, "a", l.parts())
	r, err := OpenZip("t.zip", bytes.NewReader(data), int64(len(data)), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Read()
	fault, ok := errors.AsType[*format.Error](err)
	if !ok || !fault.Recoverable || fault.Feature != 0 || fault.Layer != "a" || !strings.Contains(fault.Problem, `column "N": "abc"`) {
		t.Fatalf("got %v", err)
	}
	f, err := r.Read()
	if err != nil || f.Index != 1 || f.Properties[0].Value != int64(7) {
		t.Errorf("got %v, %v", f, err)
	}
}

func TestRings(t *testing.T) {
	cw := func(x, y, s float64) orb.Ring {
		return orb.Ring{{x, y}, {x, y + s}, {x + s, y + s}, {x + s, y}, {x, y}}
	}
	ccw := func(x, y, s float64) orb.Ring { r := cw(x, y, s); r.Reverse(); return r }
	touching := orb.Ring{{0, 5}, {2, 4}, {2, 6}, {0, 5}} // counter-clockwise, touches the outer ring in a point
	tests := []struct {
		name  string
		rings []orb.Ring
		want  orb.Geometry
		bad   string
	}{
		{"hole before its outer ring", []orb.Ring{ccw(1, 1, 1), cw(0, 0, 10)}, orb.Polygon{cw(0, 0, 10), ccw(1, 1, 1)}, ""},
		{"two parts", []orb.Ring{cw(0, 0, 1), cw(5, 0, 1)}, orb.MultiPolygon{{cw(0, 0, 1)}, {cw(5, 0, 1)}}, ""},
		{"island in a hole with a hole", []orb.Ring{cw(0, 0, 10), cw(3, 3, 4), ccw(2, 2, 6), ccw(4, 4, 1)},
			orb.MultiPolygon{{cw(0, 0, 10), ccw(2, 2, 6)}, {cw(3, 3, 4), ccw(4, 4, 1)}}, ""},
		{"hole that touches", []orb.Ring{cw(0, 0, 10), touching}, orb.Polygon{cw(0, 0, 10), touching}, ""},
		{"only wrong direction", []orb.Ring{ccw(0, 0, 1)}, orb.Polygon{ccw(0, 0, 1)}, ""},
		{"hole outside", []orb.Ring{cw(0, 0, 1), ccw(5, 5, 1)}, nil, "lies in no outer ring"},
		{"unclosed", []orb.Ring{cw(0, 0, 1), ccw(0, 0, 1)[:4]}, nil, "not closed"},
		{"none", nil, nil, ""},
	}
	for _, tt := range tests {
		var paths [][]orb.Point
		for _, r := range tt.rings {
			paths = append(paths, r)
		}
		var notes format.Notebook
		got, fault := polygons(paths, &notes, 0)
		if tt.bad != "" {
			if fault == nil || !strings.Contains(fault.Problem, tt.bad) || fault.Ring != 1 || !fault.Recoverable {
				t.Errorf("%s: got %v", tt.name, fault)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); fault != nil || diff != "" {
			t.Errorf("%s: %v %s", tt.name, fault, diff)
		}
		if noted := len(notes.Notes()) == 1; noted != (tt.name == "only wrong direction") {
			t.Errorf("%s: notes %v", tt.name, notes.Notes())
		}
	}
}

// TestRings_hostile holds that a record of very many rings is refused instead
// of compared ring by ring for minutes.
func TestRings_hostile(t *testing.T) {
	var paths [][]orb.Point
	for i := range 60_000 {
		x := float64(i)
		paths = append(paths, []orb.Point{{x, 0}, {x, 1}, {x + 0.5, 1}, {x, 0}}, []orb.Point{{x, 9}, {x + 0.1, 9}, {x, 9.1}, {x, 9}})
	}
	var notes format.Notebook
	if _, fault := polygons(paths, &notes, 0); fault == nil {
		t.Error("holes outside of everything passed")
	}
}

// TestIndex holds that records are read in the order of .shx: editing programs
// append the changed ones and leave the old ones where they were.
func TestIndex(t *testing.T) {
	l := oneField(" first     ", " second    ")
	l.records = [][]byte{appendShape(nil, orb.Point{9, 9}), appendShape(nil, orb.Point{2, 2}), appendShape(nil, orb.Point{1, 1})}
	shp := l.shp()
	const record = 8 + 20
	shx := header(100+16, shapePoint)
	for _, at := range []int{100 + 2*record, 100 + record} {
		shx = be.AppendUint32(be.AppendUint32(shx, uint32(at/2)), 10)
	}
	got, _, err := readZip(pack(t, "a", map[string][]byte{".shp": shp, ".SHX": shx, ".Dbf": l.dbf()}), format.Options{})
	if err != nil || len(got) != 2 || got[0].Geometry != (orb.Point{1, 1}) || got[1].Geometry != (orb.Point{2, 2}) {
		t.Errorf("got %v, %v", got, err)
	}
	be.PutUint32(shx[104:], 12)
	if _, _, err := readZip(pack(t, "a", map[string][]byte{".shp": shp, ".shx": shx, ".dbf": l.dbf()}), format.Options{}); err == nil ||
		!strings.Contains(err.Error(), "do not belong together") {
		t.Errorf("a lying index: got %v", err)
	}
}

func TestDimensions(t *testing.T) {
	z := appendShape(nil, orb.Point{1, 2})
	le.PutUint32(z, shapePoint+10)
	z = appendNumbers(z, 300, 0)
	line := appendShape(nil, orb.LineString{{1, 2}, {3, 4}})
	le.PutUint32(line, shapeLine+20)
	line = appendNumbers(line, 0, 1, 0, 1)
	l := oneField(" a         ", " b         ")
	l.records = [][]byte{z, line}
	got, r, err := readZip(pack(t, "a", l.parts()), format.Options{})
	if err != nil || got[0].Geometry != (orb.Point{1, 2}) || cmp.Diff(got[1].Geometry, orb.Geometry(orb.LineString{{1, 2}, {3, 4}})) != "" {
		t.Fatalf("got %v, %v", got, err)
	}
	if !hasNote(r, format.NoteZDropped) || !hasNote(r, format.NoteMDropped) {
		t.Errorf("notes: %v", r.Notes())
	}
}

func TestRefuses(t *testing.T) {
	whole := oneField(" a         ", " b         ").withPoints()
	change := func(extension string, edit func([]byte) []byte) map[string][]byte {
		parts := whole.parts()
		parts[extension] = edit(parts[extension])
		return parts
	}
	claim := func(b []byte) []byte {
		record := appendShape(nil, orb.MultiPoint{{1, 2}})
		le.PutUint32(record[36:], 1<<30)
		l := whole
		l.records = [][]byte{record, record}
		return l.shp()
	}
	tests := []struct {
		name, want string
		parts      map[string][]byte
	}{
		{"no table", "not both there", map[string][]byte{".shp": whole.shp()}},
		{"not a shapefile", "no shapefile", change(".shp", func(b []byte) []byte { b[2] = 0; return b })},
		{"multipatch", "multipatches", change(".shp", func(b []byte) []byte { b[32] = shapePatch; return b })},
		{"shp cut in a record", "does not fit into .shp", change(".shp", func(b []byte) []byte { return b[:len(b)-4] })},
		{"shp cut between records", "differ in number", change(".shp", func(b []byte) []byte { return b[:len(b)-28] })},
		{"shp header only half", "shorter than its header", change(".shp", func(b []byte) []byte { return b[:50] })},
		{"dbf cut", "ends after 1 of 2 records", change(".dbf", func(b []byte) []byte { return b[:len(b)-8] })},
		{"dbf nonsense", "no dBASE table", change(".dbf", func(b []byte) []byte { return make([]byte, 40) })},
		{"dbf width", "columns of .dbf take", change(".dbf", func(b []byte) []byte { b[10] = 2; return b })},
		{"claims points", "claims 1073741824 points", change(".shp", claim)},
		{"unknown type", "unknown shape type 99", change(".shp", func(b []byte) []byte { b[108] = 99; return b })},
		{"infinite", "not a finite number", change(".shp", func(b []byte) []byte { b[118], b[119] = 0xf0, 0x7f; return b })},
	}
	for _, tt := range tests {
		_, _, err := readZip(pack(t, "a", tt.parts), format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || !strings.Contains(err.Error(), tt.want) || fault.Layer != "a" || fault.Advice == "" {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestLayers(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"县", "市"} {
		for extension, content := range oneField(" " + name + "       ").withPoints().parts() {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name + extension, NonUTF8: true})
			if err == nil {
				_, err = w.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readZip(out.Bytes(), format.Options{}); err == nil || !strings.Contains(err.Error(), `layers "`) {
		t.Errorf("got %v", err)
	}
	got, _, err := readZip(out.Bytes(), format.Options{Layer: "县"})
	if err != nil || got[0].Properties.Text("NAME") != "县" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCRS(t *testing.T) {
	for text, want := range map[string]int{
		`GEOGCS["CGCS2000",DATUM["D",SPHEROID["S",6378137,298.257222101]],AUTHORITY["EPSG","4490"]]`:    4490,
		`GEOGCRS["CGCS2000",DATUM["D",ELLIPSOID["S",6378137,298.257222101]],ID["EPSG",4490]]`:           4490,
		`PROJCS["CGCS2000_3_Degree_GK_CM_126E",GEOGCS["x",AUTHORITY["EPSG","4490"]],UNIT["Meter",1.0]]`: 0,
	} {
		parts := oneField(" a         ").withPoints().parts()
		parts[".prj"] = []byte(text)
		_, r, err := readZip(pack(t, "a", parts), format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(format.Declared{EPSG: want, Text: text, Source: "a.prj"}, r.CRS()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOpenFile_siblings(t *testing.T) {
	dir := t.TempDir()
	for extension, content := range oneField(" \xe5\x8e\xbf       ").withPoints().parts() {
		if err := os.WriteFile(filepath.Join(dir, "a"+strings.ToUpper(extension)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenFile(filepath.Join(dir, "a.SHP"), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read()
	if err != nil || f.Properties.Text("NAME") != "县" {
		t.Errorf("got %v, %v", f, err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
}

func TestWriter_refuses(t *testing.T) {
	columns := []format.Column{{Name: "名称", Type: format.String, Width: 6}, {Name: "n", Type: format.Int}}
	for name, tt := range map[string]struct {
		feature  format.Feature
		encoding format.Encoding
	}{
		"mixture":   {format.Feature{Geometry: orb.LineString{{1, 2}, {3, 4}}}, format.UTF8},
		"too long":  {format.Feature{Properties: format.Properties{{Name: "名称", Value: "吉林省"}}}, format.UTF8},
		"encoding":  {format.Feature{Properties: format.Properties{{Name: "名称", Value: "吉"}}}, format.Windows1252},
		"wrong":     {format.Feature{Properties: format.Properties{{Name: "n", Value: "x"}}}, format.UTF8},
		"too large": {format.Feature{Properties: format.Properties{{Name: "n", Value: int64(1e18)}}}, format.UTF8},
	} {
		t.Setenv("TMPDIR", t.TempDir())
		w, err := NewWriter(io.Discard, "a", columns, WriterOptions{Encoding: tt.encoding})
		if err != nil {
			if name != "encoding" {
				t.Error(err)
			}
			continue
		}
		if err := w.Write(&format.Feature{Geometry: orb.Point{1, 2}}); err != nil {
			t.Error(err)
		}
		if err := w.Write(&tt.feature); err == nil {
			t.Errorf("%s: written", name)
		}
		if err := w.Close(); err == nil {
			t.Errorf("%s: closed as if complete", name)
		}
		if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
}

func TestShortName(t *testing.T) {
	taken := map[string]bool{}
	for name, want := range map[string]string{"administrative": "administra"} {
		if got, err := shortName(name, format.UTF8, taken); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if got, _ := shortName("ADMINISTRATOR", format.UTF8, taken); string(got) != "ADMINIST_2" {
		t.Errorf("got %q", got)
	}
	if got, _ := shortName("行政区划代码", format.UTF8, taken); string(got) != "行政区" {
		t.Errorf("got %q", got)
	}
}

func FuzzOpenZip(f *testing.F) {
	whole := oneField(" a         ").withPoints()
	f.Add(whole.shp(), whole.dbf(), []byte{}, "")
	polygon := oneField(" \xbc\xaa\xc1\xd6      ")
	polygon.records = [][]byte{appendShape(nil, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}})}
	f.Add(polygon.shp(), polygon.dbf(), be.AppendUint32(be.AppendUint32(header(108, 5), 50), 64), "GBK")
	f.Fuzz(func(t *testing.T, shp, dbf, shx []byte, cpg string) {
		p := parts{shp: section(shp), dbf: section(dbf), cpg: []byte(cpg)}
		if len(shx) > 0 {
			p.shx = section(shx)
		}
		r, err := open("t.zip", "a", p, nil, format.Limits{MaxVerticesPerFeature: 1000}, format.Options{})
		for err == nil {
			var feature *format.Feature
			if feature, err = r.Read(); err == nil {
				if fault := format.CheckGeometry(feature.Geometry); fault != nil {
					t.Error(fault)
				}
			}
		}
		if fault, ok := errors.AsType[*format.Error](err); err != io.EOF && (!ok || fault.Advice == "") {
			t.Errorf("fault of type %T: %v", err, err)
		}
	})
}

func section(b []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
}

// writeZip writes features as an archive.
func writeZip(t *testing.T, columns []format.Column, options WriterOptions, attach string, features ...*format.Feature) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, "layer", columns, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range features {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if attach != "" {
		w.Attach("README.txt", attach)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Names, days and long texts are written as the columns and options say.
func TestWriter_columns(t *testing.T) {
	columns := []format.Column{{Name: "custodian_name", Short: "CUS_NAME", Type: format.String, Width: 12}, {Name: "valid_from", Type: format.Date}}
	data := writeZip(t, columns, WriterOptions{Cut: true}, "说明", &format.Feature{Geometry: orb.Point{1, 2}, Properties: format.Properties{
		{Name: "custodian_name", Value: "吉林省长春市"}, {Name: "valid_from", Value: "2020-06-19"}}}, &format.Feature{Geometry: orb.Point{1, 2}})
	list, r, err := readZip(data, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := format.Properties{{Name: "CUS_NAME", Value: "吉林省…"}, {Name: "valid_from", Value: "2020-06-19"}}
	if diff := cmp.Diff(want, list[0].Properties); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if v, _ := list[1].Properties.Get("valid_from"); v != nil || r.Columns()[1].Type != format.Date {
		t.Errorf("empty day %v, columns %+v", v, r.Columns())
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if day := f.Modified.UTC(); !day.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) || f.ModifiedDate != 1<<5|1 { //nolint:staticcheck // what is written
			t.Errorf("%s is of %v, %d", f.Name, day, f.ModifiedDate)
		}
	}
	f, err := z.Open("README.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "说明" {
		t.Errorf("README %q, %v", text, err)
	}
	w, err := NewWriter(io.Discard, "a", columns, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&format.Feature{Properties: format.Properties{{Name: "valid_from", Value: "2020"}}}); err == nil {
		t.Error("wrote a year as a day")
	}
	_ = w.Close()
}

// A layer without geometry has the shape it was declared with.
func TestWriter_shape(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed: the comparison with it was not run")
	}
	columns := []format.Column{{Name: "name", Type: format.String}}
	for shape, want := range map[format.Shape]string{format.AnyShape: "Unknown (any)", format.Points: "Point", format.Lines: "Line String", format.Areas: "Polygon"} {
		path := filepath.Join(t.TempDir(), "layer.zip")
		data := writeZip(t, columns, WriterOptions{Shape: shape}, "", &format.Feature{}, &format.Feature{})
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := exec.Command("ogrinfo", "-al", "/vsizip/"+path).CombinedOutput()
		if err != nil || !strings.Contains(string(info), "Geometry: "+want+"\n") || !strings.Contains(string(info), "Feature Count: 2") {
			t.Errorf("shape %d: ogrinfo does not say %q: %v\n%s", shape, want, err, info)
		}
	}
}

func TestWriter_limit(t *testing.T) {
	dir := t.TempDir()
	w, err := NewWriter(io.Discard, "a", nil, WriterOptions{MaxBytes: 10_000, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = w.Write(&format.Feature{Geometry: orb.Point{1, 2}})
	}
	if closing := w.Close(); !errors.Is(err, ErrTooLarge) || !errors.Is(closing, ErrTooLarge) || n < 100 || n > 250 {
		t.Errorf("after %d points: %v, %v", n, err, closing)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}
