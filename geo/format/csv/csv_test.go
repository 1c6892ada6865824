package csv

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo/format"
)

func readAll(text string, limits format.Limits, options format.Options) ([]*format.Feature, *Reader, error) {
	r, err := NewReader("t.csv", strings.NewReader(text), limits, options)
	if err != nil {
		return nil, nil, err
	}
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

func TestReader(t *testing.T) {
	gbk, err := format.GB18030.Encode("代码;名称\n220102;南关区\n")
	if err != nil {
		t.Fatal(err)
	}
	name := format.Properties{{Name: "代码", Value: "220102"}, {Name: "名称", Value: "南关区"}}
	tests := []struct {
		name, text string
		want       format.Feature
	}{
		{"no geometry", "代码,名称\n220102,南关区\n", format.Feature{Properties: name}},
		{"byte order mark", "\ufeff代码,名称\n220102,南关区", format.Feature{Properties: name}},
		{"gbk and semicolons", string(gbk), format.Feature{Properties: name}},
		{"tabs and quotes", "代码\t\"名称\"\r\n220102\t\"南关区\"\r\n", format.Feature{Properties: name}},
		{"quoted head with other delimiters", "\"代码\",\"名称\"\n220102,南关区\n", format.Feature{Properties: name}},
		{"points", "代码,纬度,经度,名称\n220102, 43.9 ,125.3,南关区\n", format.Feature{Properties: name, Geometry: orb.Point{125.3, 43.9}}},
		{"blank points", "代码,lng,lat,名称\n220102,,,南关区\n", format.Feature{Properties: name}},
		{"wkt before points", "代码,x,y,名称,WKT\n220102,1,2,南关区,POINT Z (3 4 5)\n", format.Feature{
			Properties: format.Properties{name[0], {Name: "x", Value: "1"}, {Name: "y", Value: "2"}, name[1]}, Geometry: orb.Point{3, 4}}},
		{"leading zeros and blanks", "code,name\n010203,\n", format.Feature{Properties: format.Properties{{Name: "code", Value: "010203"}, {Name: "name", Value: ""}}}},
		{"line break in a cell", "code,name\n1,\"a\nb\"\n", format.Feature{Properties: format.Properties{{Name: "code", Value: "1"}, {Name: "name", Value: "a\nb"}}}},
	}
	for _, tt := range tests {
		got, _, err := readAll(tt.text, format.Limits{}, format.Options{})
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %d features, %v", tt.name, len(got), err)
			continue
		}
		if diff := cmp.Diff(&tt.want, got[0]); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestReader_srid(t *testing.T) {
	_, r, err := readAll("wkt\nSRID=4490;POINT(1 2)\nPOINT(1 2)\n", format.Limits{}, format.Options{})
	if err != nil || r.CRS().EPSG != 4490 {
		t.Errorf("got %v, %v", r.CRS(), err)
	}
	_, _, err = readAll("wkt\nSRID=4490;POINT(1 2)\nSRID=4326;POINT(1 2)\n", format.Limits{}, format.Options{})
	if err == nil || !strings.Contains(err.Error(), "SRID 4326, rows before it in 4490") {
		t.Errorf("got %v", err)
	}
}

func TestReader_faults(t *testing.T) {
	tests := []struct {
		name, text, want string
		line             int
		skippable        bool
	}{
		{"short row", "a,b\n1,2\n3\n", "has not the 2 cells", 3, true},
		{"long row", "a,b\n1,2\n3,4,5\n", "has not the 2 cells", 3, true},
		{"open quote", "a,b\n1,2\n3,\"4\n", "quote out of place", 3, false},
		{"stray quote", "a,b\n1,2\n3,4\"5\n", "quote out of place at byte 4 of the line", 3, false},
		{"not a number", "lon,lat\n1,2\n125.3,x\n", `column "lat": "x" is not a finite number`, 3, true},
		{"half blank", "lon,lat\n1,2\n125.3,\n", `column "lat": "" is not a finite number`, 3, true},
		{"nan", "lon,lat\n1,2\nNaN,1\n", "not a finite number", 3, true},
		{"bad wkt", "wkt\nPOINT(1 2)\nPOINT(1 x)\n", "coordinate is not a finite number at character 9", 3, true},
		{"unclosed", "wkt\nPOINT(1 2)\n\"POLYGON((0 0,1 0,1 1,0 1))\"\n", "ring is not closed", 3, true},
		{"encoding changes", "a,名\n1,2\n1,\xbc\xaa\n", "not certain", 0, false},
		{"second megabyte", "a,名\n1,2\n" + strings.Repeat(strings.Repeat("x", 999)+",\n", 1100) + "1,\xbc\xaa\n", `column "名" is wrongly encoded`, 1103, false},
	}
	for _, tt := range tests {
		got, _, err := readAll(tt.text, format.Limits{}, format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			continue
		}
		if fault.Advice == "" || fault.File != "t.csv" || tt.line > 0 && (fault.Line != tt.line || fault.Feature != len(got)) || fault.Recoverable != tt.skippable {
			t.Errorf("%s: badly located: %+v", tt.name, fault)
		}
	}
}

func TestReader_refuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "file is empty",
		"a,a\n":                  "empty or taken",
		"a,,b\n":                 "empty or taken",
		"a,b\n\x00\n":            "no text",
		"name\nM\xfcnchen\n":     "not certain",
		"\xff\xfea\x00":          "UTF-16",
		"a\n" + "\xbc\xaa\xc1\n": "not certain",
	} {
		_, _, err := readAll(text, format.Limits{}, format.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, _, err := readAll("a\n1\n", format.Limits{}, format.Options{Encoding: "KOI8"}); err == nil {
		t.Error("an unknown encoding passed")
	}
	got, _, err := readAll("a\n\xbc\xaa\n", format.Limits{}, format.Options{Encoding: "gbk"})
	if err != nil || got[0].Properties.Text("a") != "吉" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestReader_goesOn(t *testing.T) {
	r, err := NewReader("t", strings.NewReader("lon,lat\n1,x\n1,2\n1\n3,4\n"), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var good, bad int
	for {
		_, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			bad++
		} else {
			good++
		}
	}
	if good != 2 || bad != 2 {
		t.Errorf("%d good and %d bad rows", good, bad)
	}
}

func TestReader_halfPair(t *testing.T) {
	_, r, err := readAll("code,lon\n1,125\n", format.Limits{}, format.Options{})
	if err != nil || len(r.Notes()) != 1 || r.Notes()[0].Code != noteHalfPair {
		t.Errorf("got %v, %v", r.Notes(), err)
	}
}

func TestWriter(t *testing.T) {
	columns := []format.Column{{Name: "名"}, {Name: "v"}}
	feature := &format.Feature{Geometry: orb.Point{125.3, 43.9}, Properties: format.Properties{
		{Name: "名", Value: "南关区"}, {Name: "v", Value: []any{int64(1), "x"}}}}
	for _, tt := range []struct {
		options WriterOptions
		want    string
	}{
		{WriterOptions{}, "名,v\n南关区,\"[1,\"\"x\"\"]\"\n"},
		{WriterOptions{Mark: true, Geometry: LonLat}, "\ufeff名,v,lon,lat\n南关区,\"[1,\"\"x\"\"]\",125.3,43.9\n"},
		{WriterOptions{Encoding: format.GB18030, Geometry: WKT}, "\xc3\xfb,v,wkt\n\xc4\xcf\xb9\xd8\xc7\xf8,\"[1,\"\"x\"\"]\",POINT (125.3 43.9)\n"},
	} {
		var out bytes.Buffer
		w, err := NewWriter(&out, columns, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(feature), w.Close(), w.Close()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(tt.want, out.String()); diff != "" {
			t.Error(diff)
		}
	}
	w, err := NewWriter(io.Discard, columns, WriterOptions{Geometry: LonLat})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&format.Feature{Geometry: orb.LineString{{1, 2}, {3, 4}}}); err == nil || w.Close() == nil {
		t.Error("a line was written as a point")
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("code,wkt\n1,\"POLYGON((0 0,1 0,1 1,0 0))\"\n"))
	f.Add([]byte("代码;lon;lat\n1;2;3\n"))
	f.Add([]byte("\xc3\xfb\tx\ty\n\"a\nb\"\t1\t2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, err := readAll(string(data), format.Limits{MaxVerticesPerFeature: 1000}, format.Options{})
		if fault, ok := errors.AsType[*format.Error](err); err != nil && (!ok || fault.Advice == "") {
			t.Errorf("fault of type %T: %v", err, err)
		}
	})
}
