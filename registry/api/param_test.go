package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"jieming/registry"
)

func TestParseBox(t *testing.T) {
	for _, test := range []struct {
		in   string
		want orb.Bound
	}{
		{"124,43,126,45", orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{126, 45}}},
		{"124,43,-10,126,45,2000", orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{126, 45}}},
		{"-180,-90,180,90", orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}},
		{"125,43,125,43", orb.Bound{Min: orb.Point{125, 43}, Max: orb.Point{125, 43}}},
		{"1.24e2,43,126.0,45", orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{126, 45}}},
		{"177,65,-177,70", orb.Bound{Min: orb.Point{177, 65}, Max: orb.Point{180, 70}}}, // across the antimeridian
	} {
		got, err := parseBox(bboxParam(test.in))
		if err != nil || *got != test.want {
			t.Errorf("%s: %v, %v; want %v", test.in, got, err, test.want)
		}
	}
}

func TestParseBox_refuses(t *testing.T) {
	for _, test := range []struct{ in, says string }{
		{"1,2,3", "there are 3"},
		{"1,2,3,4,5", "there are 5"},
		{",,,", "number 1"},
		{"a,b,c,d", "number 1"},
		{"124,43,126,NaN", "number 4"},
		{"124,43,126,Inf", "number 4"},
		{"124,43,126,0x1p4", "number 4"},
		{"124,43,126,1e999", "number 4"},
		{"124, 43,126,45", "number 2"},
		{"43,124,45,126", "swapped"},
		{"124,43,126,400", "not on the globe"},
		{"124,45,126,43", "south (45) lies above north (43)"},
		{"126,43,124,45", "west (126) lies beyond east (124)"},
	} {
		_, err := parseBox(bboxParam(test.in))
		if registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v; want %q", test.in, err, test.says)
		}
	}
}

func FuzzParseBox(f *testing.F) {
	for _, s := range []string{"124,43,126,45", "124,43,0,126,45,1", "177,65,-177,70", "43,124,45,126", "NaN,1,2,3", "", ",,,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		box, err := parseBox(bboxParam(s))
		if err != nil {
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("%q: %v is not an error of the input", s, err)
			}
			return
		}
		if (box == nil) != (s == "") {
			t.Fatalf("%q gives %v", s, box)
		}
		if box != nil && (box.IsEmpty() || box.Left() < -180 || box.Right() > 180 || box.Bottom() < -90 || box.Top() > 90) {
			t.Fatalf("%q gives %v, which is no box on the globe", s, box)
		}
	})
}

// badRequests are requests that are wrong, with the parameter to blame and part
// of what must be said.
var badRequests = []struct{ target, parameter, says string }{
	{"/ogc/collections/divisions/items?lvl=county", "lvl", "it knows bbox, code, datetime, level, limit, next, parent, recorded-as-of"},
	{"/ogc/collections/divisions/items?case=5", "case", "not a parameter"},
	{"/ogc?f=json", "f", "it has none"},
	{"/api/openapi.json?x", "x", "it has none"},
	{"/ogc/collections/divisions/items?limit=5&limit=6", "limit", "given 2 times"},
	{"/ogc/collections/divisions/items?limit=0", "limit", "1 to 1000"},
	{"/ogc/collections/divisions/items?limit=-1", "limit", "1 to 1000"},
	{"/ogc/collections/divisions/items?limit=ten", "limit", "1 to 1000"},
	{"/ogc/collections/divisions/items?bbox=43,124,45,126", "bbox", "swapped"},
	{"/ogc/collections/divisions/items?level=outside", "level", "not a level"},
	{"/ogc/collections/divisions/items?level=县", "level", "not a level"},
	{"/ogc/collections/divisions/items?parent=-4", "parent", "positive"},
	{"/ogc/collections/divisions/items?parent=99999999999999999999", "parent", "positive"},
	{"/ogc/collections/divisions/items?code=2", "code", "2 to 12 digits"},
	{"/ogc/collections/divisions/items?code=2203810000001", "code", "2 to 12 digits"},
	{"/ogc/collections/divisions/items?code=22%27--", "code", "2 to 12 digits"},
	{"/ogc/collections/divisions/items?next=abc", "next", "not a token"},
	{"/ogc/collections/divisions/items?datetime=0000-01-01", "datetime", "0001 to 9999"},
	{"/ogc/collections/divisions/items?datetime=2021-01-01/2020-01-01", "datetime", "ends (2020-01-01) before"},
	{"/ogc/collections/divisions/items?recorded-as-of=2026-01-01", "recorded-as-of", "with a zone"},
	{"/ogc/collections/divisions/items?recorded-as-of=2199-01-01T00:00:00Z", "recorded-as-of", "future"},
	{"/ogc/collections/divisions/items/x", "id", "positive"},
	{"/ogc/collections/divisions/items/0", "id", "positive"},
	{"/ogc/collections/divisions/items/4?level=county", "level", "it knows datetime, recorded-as-of"},
	{"/ogc/collections/boundary-lines/items?unit=x", "unit", "positive"},
	{"/ogc/collections/boundary-lines/items?level=county", "level", "not a parameter"},
	{"/ogc/collections/places/items?code=22", "code", "not a parameter"},
	{"/ogc/collections/unrefined-areas/items/zzz", "id", "county-7-42-43"},
	{"/api/where", "lon", "both lon and lat"},
	{"/api/where?lon=125", "lon", "both lon and lat"},
	{"/api/where?lon=x&lat=43", "lon", "125.32"},
	{"/api/where?lon=125&lat=y", "lat", "43.88"},
	{"/api/where?lon=43.88&lat=125.32", "lat", "swapped: write 125.32,43.88"},
	{"/api/where?lon=400&lat=1", "lat", "not on the globe"},
	{"/api/where?lon=NaN&lat=1", "lon", "not a number"},
	{"/api/units", "code", "missing"},
	{"/api/units?code=abc", "code", "2 to 12 digits"},
	{"/api/units/abc", "id", "positive"},
	{"/api/units/4/history?datetime=2020-01-01", "datetime", "it knows recorded-as-of"},
	{"/api/events/-1", "id", "positive"},
	{"/api/changes?level=moon", "level", "not a level"},
	{"/api/translate", "from", "missing"},
	{"/api/translate?code=220381&from=2021-01-01&to=2019-01-01", "to", "direction=backward"},
	{"/api/translate?code=220381&from=2019-01-01&to=2021-01-01&direction=backward", "to", "lies after from"},
	{"/api/translate?code=220381&from=2019-01-01&direction=up", "direction", "forward or backward"},
	{"/api/translate?code=220381&from=2019-13-01", "from", "not a day"},
	{"/api/units?code=%zz", "query", "escape"},
	{"/api/units?code=22;x=1", "query", "escape"},
}

func TestBadRequest(t *testing.T) {
	h := New(newFake(), testOptions())
	for _, test := range badRequests {
		w := ask(t, h, "GET", test.target)
		p := problemIn(t, w)
		if w.Code != 400 || p.Type != "/problems/invalid" || !strings.Contains(fmt.Sprint(p.Errors), test.says) ||
			!strings.Contains(fmt.Sprint(p.Errors), "{"+test.parameter+" ") {
			t.Errorf("%s: %d %+v; want %s: %s", test.target, w.Code, p, test.parameter, test.says)
		}
	}
}

func TestBadRequest_namesEveryFault(t *testing.T) {
	w := ask(t, New(newFake(), testOptions()), "GET", "/ogc/collections/divisions/items?limit=x&bbox=1&datetime=y&recorded-as-of=z&level=q&parent=p&code=c")
	if p := problemIn(t, w); len(p.Errors) != 7 {
		t.Errorf("errors %+v; want 7", p.Errors)
	}
}

// A wrong request is told so even while the database is away.
func TestBadRequest_beforeTheDatabase(t *testing.T) {
	f := newFake()
	f.err = &registry.Error{Kind: registry.KindUnavailable}
	if w := ask(t, New(f, testOptions()), "GET", "/api/where?lon=1"); w.Code != 400 {
		t.Errorf("status %d, want 400", w.Code)
	}
}

func TestLimit_isCut(t *testing.T) {
	for in, want := range map[limitParam]int{"": 100, "1": 1, "1000": 1000, "1001": 1000, "4000000000": 1000} {
		if got, err := parseLimit(in); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
}
