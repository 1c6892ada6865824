package crs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jieming/geo/crs"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want crs.CRS
		err  error
	}{
		{"EPSG:4490", crs.CGCS2000, nil},
		{" epsg:4490\n", crs.CGCS2000, nil},
		{"4490", crs.CGCS2000, nil},
		{"urn:ogc:def:crs:EPSG::4490", crs.CGCS2000, nil},
		{"urn:ogc:def:crs:EPSG:9.2:4530", 4530, nil},
		{"http://www.opengis.net/def/crs/EPSG/0/4551", 4551, nil},
		{"EPSG:4326", crs.WGS84, nil},
		{"OGC:CRS84", crs.WGS84, nil},
		{"CRS84", crs.WGS84, nil},
		{"urn:ogc:def:crs:OGC:1.3:CRS84", crs.WGS84, nil},
		{"http://www.opengis.net/def/crs/OGC/1.3/CRS84", crs.WGS84, nil},
		{"EPSG:3857", crs.WebMercator, nil},
		{"EPSG:900913", crs.WebMercator, nil},
		{"GCJ-02", crs.GCJ02, nil},
		{"gcj02", crs.GCJ02, nil},
		{"BD-09", 0, crs.ErrUnknown},
		{"EPSG:4610", 0, crs.ErrClassified},
		{"EPSG:2366", 0, crs.ErrClassified},
		{"EPSG:4214", 0, crs.ErrClassified},
		{"EPSG:21421", 0, crs.ErrClassified},
		{"EPSG:4555", 0, crs.ErrClassified},
		{"EPSG:32651", 0, crs.ErrUnknown},
		{"EPSG:1", 0, crs.ErrUnknown},
		{"EPSG:-1", 0, crs.ErrUnknown},
		{"", 0, crs.ErrUnknown},
		{"  ", 0, crs.ErrUnknown},
		{"吉林", 0, crs.ErrUnknown},
		{"http://example.org/4490", 0, crs.ErrUnknown},
		{`GEOGCS["China 2000"`, 0, crs.ErrUnknown},
		{`GEOGCS["x",DATUM["China_2000"]`, 0, crs.ErrUnknown},
		{`GEOGCS["x",DATUM["China_2000"]] trailing`, 0, crs.ErrUnknown},
		{`GEOGCS["x",DATUM["China_2000"],UNIT["grad",0.0157]]`, 0, crs.ErrUnknown},
		{`GEOGCS["x",DATUM["China_2000"],PRIMEM["Paris",2.33]]`, 0, crs.ErrUnknown},
		{strings.Repeat("A[", 100), 0, crs.ErrUnknown},
		{strings.Repeat("A", 100_000), 0, crs.ErrUnknown},
	}
	for _, tt := range tests {
		got, err := crs.Parse(tt.in)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Parse(%.60q) = %v, %v; want %v, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

// The files in testdata/wkt were written by gdalsrsinfo 3.6.2 from EPSG codes,
// in three dialects; the name says the code.
func TestParse_readsWhatGDALWrites(t *testing.T) {
	files, err := filepath.Glob("testdata/wkt/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		got, err := crs.Parse(string(text))
		switch kind, _, marked := strings.Cut(name, "-"); {
		case kind == "classified":
			if !errors.Is(err, crs.ErrClassified) {
				t.Errorf("%s: %v, %v", file, got, err)
			}
		case marked:
			if !errors.Is(err, crs.ErrUnknown) {
				t.Errorf("%s: %v, %v", file, got, err)
			}
		case err != nil || got.String() != "EPSG:"+name:
			t.Errorf("%s: %v, %v", file, got, err)
		}
	}
}

// A local system has a meridian or easting of its own and must not pass for a
// standard one.
func TestParse_refusesLocalGaussKruger(t *testing.T) {
	text, err := os.ReadFile("testdata/wkt/4530.esri")
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range [][2]string{
		{"42500000.0", "500100.0"}, {"126.0", "125.333"}, {`"Scale_Factor",1.0`, `"Scale_Factor",0.9996`},
		{"42500000.0", "41500000.0"}, {`UNIT["Meter",1.0]`, `UNIT["Foot",0.3048]`},
	} {
		local := strings.Replace(string(text), edit[0], edit[1], 1)
		if local == string(text) {
			t.Fatalf("nothing replaced for %v", edit)
		}
		if got, err := crs.Parse(local); !errors.Is(err, crs.ErrUnknown) {
			t.Errorf("%v: %v, %v", edit, got, err)
		}
	}
}

func TestCRS_namesParse(t *testing.T) {
	for c := crs.CRS(0); c < 5000; c++ {
		if !c.Valid() {
			continue
		}
		if got, err := crs.Parse(c.String()); err != nil || got != c {
			t.Errorf("Parse(%v) = %v, %v", c, got, err)
		}
		if len(c.Title()) <= len(c.String()) {
			t.Errorf("%v has no title", c)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/wkt/*")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(string(text))
	}
	f.Add("urn:ogc:def:crs:EPSG::4490")
	f.Add("\ufeffEPSG:4490")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := crs.Parse(s)
		if (err == nil) != c.Valid() {
			t.Fatalf("Parse(%q) = %v, %v", s, c, err)
		}
		if err != nil && !errors.Is(err, crs.ErrUnknown) && !errors.Is(err, crs.ErrClassified) {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}
