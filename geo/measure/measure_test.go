package measure_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"pgregory.net/rapid"

	"jieming/geo/measure"
)

// oracle is one line of testdata/oracle.csv, made by testdata/oracle.sql.
type oracle struct {
	kind    string
	shape   orb.Geometry
	value   float64
	azimuth float64
}

func readOracle(t *testing.T) []oracle {
	t.Helper()
	f, err := os.Open("testdata/oracle.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord = ';', -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []oracle
	for _, row := range rows {
		o := oracle{kind: row[0]}
		if o.shape, err = wkt.Unmarshal(row[1]); err != nil {
			t.Fatal(err)
		}
		o.value = number(t, row[2])
		if len(row) > 3 {
			o.azimuth = number(t, row[3])
		}
		out = append(out, o)
	}
	return out
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMeasures_agreeWithPostGIS(t *testing.T) {
	seen := map[string]int{}
	for i, o := range readOracle(t) {
		seen[o.kind]++
		var got, tolerance float64
		switch o.kind {
		case "area": // what is left is the oracle's own chords, (1/2000)²
			got, tolerance = measure.AreaM2(o.shape.(orb.Polygon)), 1e-7*o.value+1e-3
		case "length":
			got, tolerance = measure.LengthM(o.shape.(orb.LineString)), 1e-7*o.value+1e-5
		case "distance":
			line := o.shape.(orb.LineString)
			got, tolerance = measure.DistanceM(line[0], line[1]), 1e-3
			if az := measure.AzimuthDeg(line[0], line[1]); math.Abs(az-o.azimuth) > 1e-6 {
				t.Errorf("case %d: azimuth %v, PostGIS %v", i, az, o.azimuth)
			}
		case "antipodal":
			line := o.shape.(orb.LineString)
			got, tolerance = measure.DistanceM(line[0], line[1]), 2e-3
		}
		if !(math.Abs(got-o.value) <= tolerance) {
			t.Errorf("case %d: %s %.6f, PostGIS %.6f, off by %.3g", i, o.kind, got, o.value, got-o.value)
		}
	}
	for _, kind := range []string{"area", "length", "distance", "antipodal"} {
		if seen[kind] == 0 {
			t.Errorf("the oracle has no case of %s", kind)
		}
	}
}

// The whole ellipsoid and a meridian quadrant are known in closed form.
func TestMeasures_knownFigures(t *testing.T) {
	world := orb.Ring{{-180, -90}, {180, -90}, {180, 90}, {-180, 90}, {-180, -90}}
	near(t, "surface of GRS80", measure.RingAreaM2(world), 510_065_621_724_088, 10e3)
	near(t, "meridian quadrant", measure.LengthM(orb.LineString{{0, 0}, {0, 90}}), 10_001_965.7293, 1e-3)
	near(t, "quadrant as geodesic", measure.DistanceM(orb.Point{0, 0}, orb.Point{0, 90}), 10_001_965.7293, 1e-3)
	near(t, "equator", measure.LengthM(orb.LineString{{0, 0}, {360, 0}}), 2*math.Pi*6378137, 1e-3)
	near(t, "pole to pole", measure.DistanceM(orb.Point{10, 90}, orb.Point{70, -90}), 2*10_001_965.7293, 1e-2)
	near(t, "antipodes on the equator", measure.DistanceM(orb.Point{0, 0}, orb.Point{180, 0}), 2*10_001_965.7293, 1e-2)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.6f, want %.6f", what, got, want)
	}
}

func TestMeasures_degenerate(t *testing.T) {
	p := orb.Point{125, 43}
	near(t, "nil ring", measure.RingAreaM2(nil), 0, 0)
	near(t, "two points", measure.RingAreaM2(orb.Ring{p, {126, 44}}), 0, 0)
	near(t, "empty polygon", measure.AreaM2(orb.Polygon{}), 0, 0)
	near(t, "point line", measure.LengthM(orb.LineString{p}), 0, 0)
	near(t, "no distance", measure.DistanceM(p, p), 0, 0)
	near(t, "a full turn apart", measure.DistanceM(p, orb.Point{485, 43}), 0, 1e-6)
	if v := measure.LengthM(orb.LineString{p, {math.NaN(), 1}}); !math.IsNaN(v) {
		t.Errorf("length with NaN = %v", v)
	}
}

func TestAreaM2_holesAndParts(t *testing.T) {
	outer := orb.Ring{{125, 43}, {126, 43}, {126, 44}, {125, 44}, {125, 43}}
	hole := orb.Ring{{125.2, 43.2}, {125.4, 43.2}, {125.4, 43.4}, {125.2, 43.4}, {125.2, 43.2}}
	whole, cut := measure.RingAreaM2(outer), measure.RingAreaM2(hole)
	near(t, "polygon", measure.AreaM2(orb.Polygon{outer, hole}), whole-cut, 1e-3)
	near(t, "parts", measure.AreaM2(orb.MultiPolygon{{outer, hole}, {hole}}), whole, 1e-3)
}

func genRing(t *rapid.T) orb.Ring {
	n := rapid.IntRange(3, 12).Draw(t, "n")
	lon := rapid.Float64Range(74, 134).Draw(t, "lon")
	lat := rapid.Float64Range(-70, 70).Draw(t, "lat")
	ring := make(orb.Ring, n, n+1)
	for i := range ring {
		r := rapid.Float64Range(0.1, 3).Draw(t, "r")
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring[i] = orb.Point{lon + r*cos, lat + r*sin}
	}
	return append(ring, ring[0])
}

// Edges are straight in lon/lat, so a vertex put on one changes nothing, and a
// ring cut by a chord is the sum of its halves.
func TestMeasures_additive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := genRing(t)
		var dense orb.Ring
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			dense = append(dense, a, orb.Point{a[0] + (b[0]-a[0])*0.3, a[1] + (b[1]-a[1])*0.3})
		}
		dense = append(dense, ring[0])
		area := measure.RingAreaM2(ring)
		if d := measure.RingAreaM2(dense) - area; math.Abs(d) > 1e-9*math.Abs(area)+1e-2 {
			t.Fatalf("area %v changes by %v when densified", area, d)
		}
		length := measure.LengthM(orb.LineString(ring))
		if d := measure.LengthM(orb.LineString(dense)) - length; math.Abs(d) > 1e-9*length {
			t.Fatalf("length %v changes by %v when densified", length, d)
		}
		reversed := append(orb.Ring{}, ring...)
		reversed.Reverse()
		if d := measure.RingAreaM2(reversed) + area; math.Abs(d) > 1e-12*math.Abs(area)+1e-3 {
			t.Fatalf("reversed ring differs by %v", d)
		}
	})
}

func TestDistanceM_isAMetric(t *testing.T) {
	point := rapid.Custom(func(t *rapid.T) orb.Point {
		return orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := point.Draw(t, "a"), point.Draw(t, "b"), point.Draw(t, "c")
		ab, ba := measure.DistanceM(a, b), measure.DistanceM(b, a)
		if math.Abs(ab-ba) > 1e-2 {
			t.Fatalf("there %v, back %v", ab, ba)
		}
		if via := measure.DistanceM(a, c) + measure.DistanceM(c, b); !(ab <= via+1e-2) {
			t.Fatalf("direct %v is longer than through a third point %v", ab, via)
		}
		if ab > 20_003_931.46+1e-2 {
			t.Fatalf("%v is longer than half a meridian", ab)
		}
	})
}

func TestWindOf(t *testing.T) {
	tests := []struct {
		azimuth float64
		want    string
	}{
		{0, "北"}, {11.24, "北"}, {11.26, "北偏东北"}, {348.76, "北"}, {348.74, "北偏西北"},
		{33.76, "东北"}, {60, "东偏东北"}, {90, "东"}, {110, "东偏东南"}, {135, "东南"}, {160, "南偏东南"},
		{180, "南"}, {200, "南偏西南"}, {225, "西南"}, {250, "西偏西南"}, {270, "西"}, {290, "西偏西北"},
		{315, "西北"}, {360, "北"}, {-90, "西"}, {450, "东"},
	}
	for _, tt := range tests {
		if got := measure.WindOf(tt.azimuth).String(); got != tt.want {
			t.Errorf("WindOf(%v) = %s, want %s", tt.azimuth, got, tt.want)
		}
	}
}

func BenchmarkRingAreaM2(b *testing.B) {
	ring := make(orb.Ring, 1000)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 1000)
		ring[i] = orb.Point{125 + cos, 43 + sin}
	}
	for b.Loop() {
		measure.RingAreaM2(ring)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/edge")
}
