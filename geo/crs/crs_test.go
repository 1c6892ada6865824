package crs_test

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo/crs"
)

// readProj returns the rows of testdata/proj.csv: EPSG code, longitude,
// latitude, and the easting and northing that PROJ 9.1.1 gives by
// cs2cs -f %.6f EPSG:4490 EPSG:<code> (EPSG:4326 for 3857), axes in order.
func readProj(t testing.TB) [][5]float64 {
	t.Helper()
	f, err := os.Open("testdata/proj.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][5]float64
	for _, row := range rows[1:] {
		var r [5]float64
		for i := range r {
			if r[i], err = strconv.ParseFloat(row[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, r)
	}
	return out
}

func TestConversion_agreesWithPROJ(t *testing.T) {
	var worst float64
	for _, r := range readProj(t) {
		c, ground, plane := crs.CRS(r[0]), orb.Point{r[1], r[2]}, orb.Point{r[3], r[4]}
		got, err := c.FromLonLat(ground)
		if err != nil {
			t.Fatal(err)
		}
		off := math.Hypot(got[0]-plane[0], got[1]-plane[1])
		if worst = max(worst, off); !(off < 2e-6) {
			t.Errorf("%v: %v gives %.7f, PROJ %.6f, off %.3g m", c, ground, got, plane, off)
		}
		back, err := c.ToLonLat(plane)
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(back[0]-ground[0]) < 2e-10 && math.Abs(back[1]-ground[1]) < 2e-11) {
			t.Errorf("%v: %v comes back as %v", c, ground, back)
		}
	}
	t.Logf("largest difference from PROJ %.2g m", worst)
}

func TestConversion_roundTrips(t *testing.T) {
	systems := []crs.CRS{crs.CGCS2000, crs.WGS84, crs.WebMercator, crs.GCJ02}
	for c := crs.CRS(4491); c <= 4554; c++ {
		systems = append(systems, c)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(systems).Draw(t, "crs")
		p := orb.Point{rapid.Float64Range(73, 136).Draw(t, "lon"), rapid.Float64Range(3, 54).Draw(t, "lat")}
		q, err := c.FromLonLat(p)
		if errors.Is(err, crs.ErrOutside) {
			return
		}
		back, err := c.ToLonLat(q)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(back[0]-p[0]) > 2e-11 || math.Abs(back[1]-p[1]) > 2e-11 {
			t.Fatalf("%v: %v to %v and back to %v", c, p, q, back)
		}
	})
}

// What lies on the bound of a zone goes there and comes back.
func TestConversion_atTheBound(t *testing.T) {
	q, err := crs.CRS(4530).FromLonLat(orb.Point{136, 3})
	if err != nil {
		t.Fatal(err)
	}
	if back, err := crs.CRS(4530).ToLonLat(q); err != nil || math.Abs(back[0]-136) > 2e-11 {
		t.Errorf("136°E comes back as %v, %v", back, err)
	}
}

func TestConversion_refusesWhatIsOutside(t *testing.T) {
	tests := []struct {
		name string
		c    crs.CRS
		p    orb.Point
	}{
		{"NaN", crs.CGCS2000, orb.Point{math.NaN(), 43}},
		{"infinite", crs.WebMercator, orb.Point{math.Inf(1), 43}},
		{"latitude over 90", crs.CGCS2000, orb.Point{43, 125}},
		{"metres as degrees", crs.GCJ02, orb.Point{459829, 4862832}},
		{"another zone's easting", 4530, orb.Point{41459829, 4862832}},
		{"degrees as Gauss–Krüger with a zone", 4530, orb.Point{125.5, 43.9}},
		{"northing past the pole", 4551, orb.Point{459829, 2e7}},
		{"off the Mercator square", crs.WebMercator, orb.Point{3e7, 0}},
	}
	for _, tt := range tests {
		if got, err := tt.c.ToLonLat(tt.p); !errors.Is(err, crs.ErrOutside) {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
	if _, err := crs.CRS(9999).ToLonLat(orb.Point{1, 1}); !errors.Is(err, crs.ErrUnknown) {
		t.Errorf("unknown system: %v", err)
	}
	if _, err := crs.CRS(4551).FromLonLat(orb.Point{100, 43}); !errors.Is(err, crs.ErrOutside) {
		t.Errorf("26° from the meridian: %v", err)
	}
}

func TestGeometryToLonLat(t *testing.T) {
	square := orb.Polygon{{{42400000, 4800000}, {42500000, 4800000}, {42500000, 4900000}, {42400000, 4800000}}}
	g, err := crs.CRS(4530).GeometryToLonLat(square)
	if err != nil {
		t.Fatal(err)
	}
	if p := g.(orb.Polygon)[0][1]; math.Abs(p[0]-126) > 1e-12 {
		t.Errorf("the false easting is not on the meridian: %v", p)
	}
	square = orb.Polygon{{{42400000, 4800000}, {41500000, 4800000}, {42500000, 4900000}, {42400000, 4800000}}}
	if _, err := crs.CRS(4530).GeometryToLonLat(square); !errors.Is(err, crs.ErrOutside) {
		t.Errorf("a vertex of zone 41 in a file of zone 42: %v", err)
	}
}

func TestGaussKruger(t *testing.T) {
	for _, tt := range []struct {
		meridian int
		prefix   bool
		want     crs.CRS
	}{
		{75, true, 4513}, {126, true, 4530}, {135, true, 4533},
		{75, false, 4534}, {126, false, 4551}, {135, false, 4554}, {124, false, 0}, {138, true, 0},
	} {
		got, err := crs.GaussKruger(tt.meridian, tt.prefix)
		if got != tt.want || (err == nil) != (tt.want != 0) {
			t.Errorf("GaussKruger(%d, %v) = %v, %v", tt.meridian, tt.prefix, got, err)
		}
	}
}

func TestGCJ02_inverseBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := orb.Point{rapid.Float64Range(72.1, 137.7).Draw(t, "lon"), rapid.Float64Range(1, 55.7).Draw(t, "lat")}
		q := crs.ToGCJ02(crs.FromGCJ02(p))
		if math.Abs(q[0]-p[0]) > 1e-11 || math.Abs(q[1]-p[1]) > 1e-11 {
			t.Fatalf("forward of inverse of %v is %v", p, q)
		}
	})
}

func TestGCJ02_leavesTheWorldAlone(t *testing.T) {
	for _, p := range []orb.Point{{139.7, 35.7}, {2.3, 48.8}, {-100, 40}, {100, -1}} {
		if crs.ToGCJ02(p) != p || crs.FromGCJ02(p) != p {
			t.Errorf("%v is shifted", p)
		}
	}
}
