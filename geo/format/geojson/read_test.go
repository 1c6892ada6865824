package geojson

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// readAll returns the features before the first fault, and that fault.
func readAll(text string, limits format.Limits) ([]*format.Feature, *Reader, error) {
	r, err := NewReader("t.geojson", strings.NewReader(text), limits, format.Options{})
	if err != nil {
		return nil, nil, err
	}
	var features []*format.Feature
	for {
		f, err := r.Read()
		if err == io.EOF {
			return features, r, nil
		}
		if err != nil {
			return features, r, err
		}
		features = append(features, f)
	}
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func feature(geometry string) string {
	return `{"type":"Feature","properties":null,"geometry":` + geometry + `}`
}

func TestReader_geometries(t *testing.T) {
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	hole := orb.Ring{{2, 1}, {3, 1}, {3, 2}, {2, 1}}
	tests := []struct {
		json string
		want orb.Geometry
	}{
		{`null`, nil},
		{`{"type":"Point","coordinates":[125.5,-43.25]}`, orb.Point{125.5, -43.25}},
		{`{"coordinates":[1e2,-4.5E-1],"type":"Point"}`, orb.Point{100, -0.45}},
		{`{"type":"Point","coordinates":[1,2,350.5]}`, orb.Point{1, 2}},
		{`{"type":"Point","coordinates":[]}`, nil},
		{`{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, orb.MultiPoint{{1, 2}, {3, 4}}},
		{`{"type":"LineString","coordinates":[ [1 , 2] , [3,4] ]}`, orb.LineString{{1, 2}, {3, 4}}},
		{`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}`,
			orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}},
		{`{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]}`,
			orb.Polygon{ring, hole}},
		{`{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],[[[0,0],[4,0],[4,4],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]]}`,
			orb.MultiPolygon{{ring}, {ring, hole}}},
		{`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]}`,
			orb.Collection{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}}},
	}
	for _, tt := range tests {
		got, _, err := readAll(collection(feature(tt.json)), format.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.json, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got[0].Geometry); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.json, diff)
		}
	}
}

func TestReader_properties(t *testing.T) {
	text := collection(`{"id":7,"properties":{"名":"梨\u6811\"县","n":12,"big":12345678901234567890,"f":-1.5e3,"t":true,"z":null,"deep":{"b":[1,"x",[]],"a":{}}},"geometry":null,"bbox":[1,2,3,4],"type":"Feature"}`)
	features, _, err := readAll(text, format.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := &format.Feature{ID: "7", Properties: format.Properties{
		{Name: "名", Value: `梨树"县`}, {Name: "n", Value: int64(12)}, {Name: "big", Value: 12345678901234567890.0},
		{Name: "f", Value: -1500.0}, {Name: "t", Value: true}, {Name: "z", Value: nil},
		{Name: "deep", Value: format.Properties{{Name: "b", Value: []any{int64(1), "x", []any{}}}, {Name: "a", Value: format.Properties(nil)}}},
	}}
	if diff := cmp.Diff(want, features[0]); diff != "" {
		t.Error(diff)
	}
}

func TestReader_roots(t *testing.T) {
	point := `{"type":"Point","coordinates":[1,2]}`
	for name, text := range map[string]string{
		"collection": collection(feature(point), feature(point)),
		"bom":        "\ufeff" + collection(feature(point), feature(point)),
		"sequence":   feature(point) + "\n" + feature(point) + "\n",
		"separators": "\x1e" + feature(point) + "\n\x1e" + feature(point) + "\n",
		"geometries": point + point,
		"late type":  `{"features":[` + feature(point) + `,` + feature(point) + `],"type":"FeatureCollection"}`,
	} {
		got, _, err := readAll(text, format.Limits{})
		if err != nil || len(got) != 2 || got[1].Index != 1 || got[1].Geometry != (orb.Point{1, 2}) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestReader_crs(t *testing.T) {
	tests := []struct {
		crs  string
		want format.Declared
	}{
		{`{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}}`,
			format.Declared{EPSG: 4490, Text: "urn:ogc:def:crs:EPSG::4490", Source: "crs member"}},
		{`{"type":"name","properties":{"name":"EPSG:4547"}}`,
			format.Declared{EPSG: 4547, Text: "EPSG:4547", Source: "crs member"}},
		{`{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}`,
			format.Declared{Text: "urn:ogc:def:crs:OGC:1.3:CRS84", Source: "crs member"}},
		{`null`, format.Declared{Source: "crs member"}},
	}
	for _, tt := range tests {
		for _, text := range []string{
			`{"type":"FeatureCollection","crs":` + tt.crs + `,"features":[]}`,
			`{"type":"FeatureCollection","features":[],"crs":` + tt.crs + `}`,
		} {
			_, r, err := readAll(text, format.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.CRS(); got != tt.want {
				t.Errorf("%s: got %+v, want %+v", text, got, tt.want)
			}
		}
	}
}

// TestReader_faults holds that bad input is refused where it is bad.
func TestReader_faults(t *testing.T) {
	good := feature(`{"type":"Point","coordinates":[1,2]}`)
	polygon := func(rings string) string {
		return collection(good, feature(`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[`+rings+`]]}`))
	}
	tests := []struct {
		name, text, want string
		part, ring, vert int
		skippable        bool
	}{
		{"null", polygon(`[[0,0],[1,null],[1,1],[0,0]]`), "null, not a number", 1, 0, 1, true},
		{"text", polygon(`[[0,0],[1,0],[1,1],[0,0]],[[0,0],["1",0],[1,1],[0,0]]`), "text, not a number", 1, 1, 1, true},
		{"nan", polygon(`[[0,0],[1,0],[NaN,1],[0,0]]`), "JSON has no NaN", 1, 0, 2, false},
		{"infinity", polygon(`[[0,0],[1,0],[1,-Infinity],[0,0]]`), "JSON has no NaN", 1, 0, 2, false},
		{"1e400", polygon(`[[0,0],[1,0],[1e400,1],[0,0]]`), "out of range", 1, 0, 2, true},
		{"unclosed", polygon(`[[0,0],[1,0],[1,1],[0,0]],[[0,0],[1,0],[1,1],[0,1]]`), "ring is not closed", 1, 1, 3, true},
		{"short ring", polygon(`[[0,0],[1,0],[0,0]]`), "ring has 3 vertices", 1, 0, -1, true},
		{"one number", polygon(`[[0,0],[1],[1,1],[0,0]]`), "only one number", 1, 0, 1, true},
		{"uneven", polygon(`[0,0],[1,0]`), "nested unevenly", 1, 0, 0, true},
		{"empty ring", polygon(`[]`), "empty array", 1, 0, 0, true},
		{"not a feature", collection(good, `7`), "a feature should be", -1, -1, -1, false},
		{"wrong type", collection(good, feature(`{"type":"Polygon","coordinates":[1,2]}`)), "nested 1 deep, not 3", -1, -1, -1, true},
		{"unknown type", collection(good, feature(`{"type":"Circle","coordinates":[1,2]}`)), `unknown geometry type "Circle"`, -1, -1, -1, true},
		{"deep", collection(good, feature(`{"type":"Point","coordinates":`+strings.Repeat("[", 100_000))), "nested more than 4", 0, 0, 0, false},
		{"deep property", collection(good, `{"type":"Feature","geometry":null,"properties":{"a":`+strings.Repeat("[", 100_000)), "nested more than 32", -1, -1, -1, false},
		{"deep foreign", collection(good, `{"a":`+strings.Repeat(`{"a":`, 100_000)), "nested more than 32", -1, -1, -1, false},
		{"cut", collection(good, good)[:150], "cut short", -1, -1, -1, false},
		{"twice", collection(good, `{"type":"Feature","properties":{"a":1,"a":2},"geometry":null}`), "stands twice", -1, -1, -1, true},
		{"encoding", collection(good, "{\"type\":\"Feature\",\"properties\":{\"a\":\"\xbc\xaa\xc1\xd6\"}}"), "wrongly encoded", -1, -1, -1, false},
	}
	for _, tt := range tests {
		got, _, err := readAll(tt.text, format.Limits{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want %q", tt.name, err, tt.want)
			continue
		}
		if len(got) != 1 || fault.Feature != 1 || fault.File != "t.geojson" || fault.Offset < 1 || fault.Line != 1 || fault.Advice == "" {
			t.Errorf("%s: after %d features, badly located: %+v", tt.name, len(got), fault)
		}
		if fault.Part != tt.part || fault.Ring != tt.ring || tt.vert >= -1 && fault.Vertex != tt.vert || fault.Recoverable != tt.skippable {
			t.Errorf("%s: located at part %d ring %d vertex %d, recoverable %t: %v", tt.name, fault.Part, fault.Ring, fault.Vertex, fault.Recoverable, err)
		}
	}
}

func TestReader_encoding(t *testing.T) {
	read := func(text, encoding string) (*format.Feature, error) {
		r, err := NewReader("t", strings.NewReader(text), format.Limits{}, format.Options{Encoding: encoding})
		if err != nil {
			return nil, err
		}
		return r.Read()
	}
	text := "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"n\":\"\xbc\xaa\xc1\xd6\"}}"
	if f, err := read(text, "GBK"); err != nil || f.Properties.Text("n") != "吉林" {
		t.Errorf("got %v, %v", f, err)
	}
	for _, encoding := range []string{"", "UTF-8", "KOI8"} {
		if _, err := read(text, encoding); err == nil || !strings.Contains(err.Error(), "state the encoding") {
			t.Errorf("%q: got %v", encoding, err)
		}
	}
	if _, err := read(strings.Replace(text, "\xc1\xd6", "\xff", 1), "GBK"); err == nil || !strings.Contains(err.Error(), "wrongly encoded") {
		t.Errorf("bytes that are no GBK: got %v", err)
	}
}

func TestReader_notJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "file is empty",
		"  \n":                     "file is empty",
		"<kml/>":                   "not valid JSON",
		"[1,2]":                    "not valid JSON",
		"\xff\xfe{\x00":            "UTF-16",
		`{"type":"Topology"}`:      `type "Topology" is no feature`,
		collection() + "{}":        "something follows",
		`{"features":{}}`:          "the array of features",
		`{"type":"Feature"`:        "cut short",
		`{"type" "Feature"}`:       "':' should be",
		"{\"type\":\"Fea\nture\"}": "control character",
	} {
		_, _, err := readAll(text, format.Limits{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", text, err, want)
		}
	}
}

// TestReader_goesOn holds that all skippable faults of a file can be collected.
func TestReader_goesOn(t *testing.T) {
	bad := feature(`{"type":"Point","coordinates":["1",2]}`)
	good := feature(`{"type":"Point","coordinates":[1,2]}`)
	r, err := NewReader("t", strings.NewReader(collection(bad, good, bad, good)), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for {
		f, err := r.Read()
		if err == io.EOF {
			break
		}
		if fault, ok := errors.AsType[*format.Error](err); ok && fault.Recoverable {
			seen = append(seen, "fault")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, "feature")
		if f.Index != len(seen)-1 {
			t.Errorf("feature has index %d, want %d", f.Index, len(seen)-1)
		}
	}
	if diff := cmp.Diff([]string{"fault", "feature", "fault", "feature"}, seen); diff != "" {
		t.Error(diff)
	}
}

// endlessPolygon yields a polygon that never ends, and counts what was taken.
type endlessPolygon struct{ taken int }

func (e *endlessPolygon) Read(p []byte) (int, error) {
	const head, vertex = `{"features":[{"geometry":{"type":"Polygon","coordinates":[[[0,0]`, `,[125.123456,43.123456]`
	n := 0
	if e.taken == 0 {
		n = copy(p, head)
	}
	for n+len(vertex) <= len(p) {
		n += copy(p[n:], vertex)
	}
	e.taken += n
	return n, nil
}

func TestReader_limits(t *testing.T) {
	point := feature(`{"type":"Point","coordinates":[1,2]}`)
	line := feature(`{"type":"LineString","coordinates":[[1,2],[3,4],[5,6]]}`)
	tests := []struct {
		text   string
		limits format.Limits
		want   string
	}{
		{collection(point, point, point), format.Limits{MaxFeatures: 2}, "feature[2], line 1, byte"},
		{collection(line), format.Limits{MaxVerticesPerFeature: 2}, "more than 2 vertices in one feature"},
		{collection(line, line), format.Limits{MaxVertices: 5}, "more than 5 vertices in the file"},
		{collection(line, line), format.Limits{MaxBytes: 100}, "more than 100 bytes"},
		{`{"type":"Feature","properties":{"a":1,"b":[2,3]},"geometry":null}`, format.Limits{MaxProperties: 3}, "more than 3 property values"},
		{`{"type":"Feature","properties":{"a":"` + strings.Repeat("x", 1<<19) + `"}}`, format.Limits{MaxValueBytes: 1 << 10}, "text longer than 1024 bytes"},
		{`{"type":"Feature","properties":{"a":` + strings.Repeat("1", 1<<10) + `}}`, format.Limits{}, "number longer than"},
	}
	for _, tt := range tests {
		_, _, err := readAll(tt.text, tt.limits)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %q", tt.limits, err, tt.want)
		}
	}
}

// TestReader_hugePolygon holds that a polygon beyond the limit is refused when
// the limit is reached and not at its end.
func TestReader_hugePolygon(t *testing.T) {
	source := &endlessPolygon{}
	r, err := NewReader("huge", source, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Read()
	fault, ok := errors.AsType[*format.Error](err)
	if !ok || fault.Vertex != 1_000_000 || fault.Ring != 0 || fault.Recoverable {
		t.Fatalf("got %v", err)
	}
	if _, again := r.Read(); again != err {
		t.Errorf("a second read gave %v", again)
	}
	if source.taken > 24_000_000 {
		t.Errorf("took %d bytes to refuse", source.taken)
	}
}

// repeated yields a FeatureCollection of many equal features.
func repeated(feature string, n int) io.Reader {
	readers := []io.Reader{strings.NewReader(`{"features":[` + feature)}
	for range n - 1 {
		readers = append(readers, strings.NewReader(","+feature))
	}
	return io.MultiReader(append(readers, strings.NewReader(`]}`))...)
}

// TestReader_memory holds that the live memory does not grow with the file.
func TestReader_memory(t *testing.T) {
	line := feature(`{"type":"LineString","coordinates":[[125.5,43.5]` + strings.Repeat(`,[125.123456,43.123456]`, 4000) + `]}`)
	const features = 400 // 37 MB of text
	r, err := NewReader("t", repeated(line, features), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	start, n := live(), 0
	for ; ; n++ {
		if _, err = r.Read(); err != nil {
			break
		}
		if n%100 == 50 {
			if now := live(); now > start+4<<20 {
				t.Fatalf("%d bytes live after %d features, %d at the start", now, n, start)
			}
		}
	}
	if err != io.EOF || n != features {
		t.Errorf("%d features, %v", n, err)
	}
}

// TestReader_window holds that tokens may lie across the edge of the window.
func TestReader_window(t *testing.T) {
	long := strings.Repeat("长", 200_000)
	for pad := range 120 {
		text := strings.Repeat(" ", windowBytes-100+pad) + collection(
			`{"type":"Feature","id":"x\u0041","properties":{"a":"`+long+`","b":[true,null,-1.25]},"geometry":{"type":"LineString","coordinates":[[1.5,2.5],[3.5,4.5],[5.5,6.5]]}}`)
		got, _, err := readAll(text, format.Limits{})
		if err != nil {
			t.Fatalf("pad %d: %v", pad, err)
		}
		want := orb.LineString{{1.5, 2.5}, {3.5, 4.5}, {5.5, 6.5}}
		if diff := cmp.Diff(orb.Geometry(want), got[0].Geometry); diff != "" || got[0].Properties.Text("a") != long || got[0].ID != "xA" {
			t.Fatalf("pad %d: %s", pad, diff)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(collection(feature(`{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]]]}`))))
	f.Add([]byte(`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1e5,2,3]}]}`))
	f.Add([]byte("\x1e" + `{"type":"Feature","id":1,"properties":{"a":[1,{"b":null}]},"geometry":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		features, _, err := readAll(string(data), format.Limits{MaxVerticesPerFeature: 1000, MaxDepth: 8})
		if err != nil {
			if _, ok := errors.AsType[*format.Error](err); !ok {
				t.Errorf("fault of type %T", err)
			}
		}
		for _, feature := range features {
			if fault := format.CheckGeometry(feature.Geometry); fault != nil {
				t.Error(fault)
			}
		}
	})
}
