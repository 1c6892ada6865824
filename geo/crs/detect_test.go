package crs_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/crs"
)

// around returns some vertices about a place in the north-east.
func around(lon, lat float64) []orb.Point {
	var out []orb.Point
	for i := range 50 {
		sin, cos := math.Sincos(float64(i))
		out = append(out, orb.Point{lon + 0.3*cos, lat + 0.2*sin})
	}
	return out
}

func project(t testing.TB, c crs.CRS, swap bool, points []orb.Point) []orb.Point {
	t.Helper()
	out := make([]orb.Point, len(points))
	for i, p := range points {
		q, err := c.FromLonLat(p)
		if err != nil {
			t.Fatal(err)
		}
		if swap {
			q[0], q[1] = q[1], q[0]
		}
		out[i] = q
	}
	return out
}

func TestDetect_byRanges(t *testing.T) {
	tests := []struct {
		name     string
		actual   crs.CRS
		swap     bool
		declared crs.CRS
		assumes  []crs.Assumption
	}{
		{"degrees", crs.CGCS2000, false, 0, []crs.Assumption{crs.AssumesNoGCJ02}},
		{"degrees, latitude first", crs.CGCS2000, true, 0, []crs.Assumption{crs.AssumesNoGCJ02}},
		{"declared", crs.CGCS2000, false, crs.CGCS2000, nil},
		{"declared, latitude first", crs.WGS84, true, crs.WGS84, nil},
		{"declared GCJ-02", crs.GCJ02, false, crs.GCJ02, nil},
		{"zone 42", 4530, false, 0, []crs.Assumption{crs.AssumesCGCS2000}},
		{"zone 42, northing first", 4530, true, 0, []crs.Assumption{crs.AssumesCGCS2000}},
		{"6-degree zone 21, declared", 4499, false, 4499, nil},
		{"no zone, declared", 4551, false, 4551, nil},
		{"no zone, declared, northing first", 4551, true, 4551, nil},
		{"6-degree without zone, declared", 4510, false, 4510, nil},
		{"Web Mercator", crs.WebMercator, false, 0, []crs.Assumption{crs.AssumesNoGCJ02}},
		{"Web Mercator, declared", crs.WebMercator, false, crs.WebMercator, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			place := around(125.5, 43.9)
			sample := project(t, tt.actual, tt.swap, place)
			g, err := crs.Detect(sample, tt.declared, nil)
			if err != nil {
				t.Fatal(err)
			}
			if g.CRS != tt.actual || g.Swapped != tt.swap || !slices.Equal(g.Assumptions, tt.assumes) {
				t.Errorf("got %v, assuming %v", g, g.Assumptions)
			}
			back, err := g.ToLonLat(sample[3])
			if err != nil || math.Hypot(back[0]-place[3][0], back[1]-place[3][1]) > 1e-9 {
				t.Errorf("%v became %v, %v", place[3], back, err)
			}
		})
	}
}

func TestDetect_refusesToGuess(t *testing.T) {
	jilin := around(125.5, 43.9)
	mixed := append(project(t, 4530, false, jilin), project(t, 4529, false, around(123, 45))...)
	tests := []struct {
		name     string
		sample   []orb.Point
		declared crs.CRS
		says     string // part of the message
	}{
		{"nothing", nil, 0, "no coordinates"},
		{"NaN", []orb.Point{{125, 43}, {math.NaN(), 43}}, 0, "vertex 1"},
		{"infinite", []orb.Point{{math.Inf(1), 43}}, crs.CGCS2000, "vertex 0"},
		{"no zone prefix", project(t, 4551, false, jilin), 0, "EPSG:4551"},
		{"no zone prefix, northing first", project(t, 4551, true, jilin), 0, "EPSG:4551"},
		{"Europe", around(8, 48), 0, "fit no system"},
		{"two zones in one file", mixed, 0, "fit no system"},
		{"metres said to be degrees", project(t, 4530, false, jilin), crs.CGCS2000, "zone 42"},
		{"degrees said to be metres", jilin, 4530, "EPSG:4490"},
		{"another zone than declared", project(t, 4530, false, jilin), 4529, "zone 42"},
		{"an unknown system declared", jilin, 9999, "9999"},
	}
	for _, tt := range tests {
		g, err := crs.Detect(tt.sample, tt.declared, nil)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: guessed %v, error %v", tt.name, g, err)
		}
	}
	var ambiguous *crs.AmbiguousError
	if _, err := crs.Detect(tests[3].sample, 0, nil); !errors.As(err, &ambiguous) || len(ambiguous.Options) < 10 {
		t.Errorf("the options are not listed: %v", err)
	}
}

// wiggle returns boundary-like lines: random walks that do not repeat.
func wiggle(seed int, lon, lat float64) []orb.LineString {
	state := uint64(seed)*2862933555777941757 + 3037000493
	random := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>11) / (1 << 53)
	}
	var lines []orb.LineString
	for range 8 {
		p := orb.Point{lon + random() - 0.5, lat + random() - 0.5}
		heading, line := random()*2*math.Pi, orb.LineString{p}
		for range 100 {
			heading += (random() - 0.5) * 1.2
			p = orb.Point{p[0] + 0.006*math.Cos(heading), p[1] + 0.004*math.Sin(heading)}
			line = append(line, p)
		}
		lines = append(lines, line)
	}
	return lines
}

func moved(lines []orb.LineString, f func(orb.Point) orb.Point) []orb.LineString {
	out := make([]orb.LineString, len(lines))
	for i, line := range lines {
		for _, p := range line {
			out[i] = append(out[i], f(p))
		}
	}
	return out
}

func TestDetect_referenceFindsTheZone(t *testing.T) {
	lines := wiggle(1, 125.5, 43.9)
	reference := crs.NewReference(lines)
	for _, swap := range []bool{false, true} {
		sample := project(t, 4551, swap, slices.Concat(lines...))
		g, err := crs.Detect(sample, 0, reference)
		if err != nil {
			t.Fatal(err)
		}
		if g.CRS != 4551 || g.Swapped != swap || !slices.Contains(g.Assumptions, crs.AssumesZone) {
			t.Errorf("got %v, assuming %v", g, g.Assumptions)
		}
	}
	elsewhere := project(t, 4551, false, slices.Concat(wiggle(2, 127, 46)...))
	if g, err := crs.Detect(elsewhere, 0, reference); err == nil {
		t.Errorf("lines that are not in the reference: guessed %v", g)
	}
}

func TestDetectGCJ02_synthetic(t *testing.T) {
	for seed, at := range []orb.Point{{125.5, 43.9}, {130, 48}, {87, 44}, {110, 20}, {121, 31}, {100, 25}} {
		lines := wiggle(seed, at[0], at[1])
		reference := crs.NewReference(lines)
		i, noise := 0.0, 0.0001*float64(seed) // up to 50 m
		blur := func(p orb.Point) orb.Point {
			i++
			return orb.Point{p[0] + noise*math.Sin(i*12.9898), p[1] + noise*math.Cos(i*78.233)}
		}
		shifted := moved(lines, func(p orb.Point) orb.Point { return blur(crs.ToGCJ02(p)) })
		s, verdict := crs.DetectGCJ02(shifted, reference)
		if verdict != crs.IsGCJ02 || math.Abs(s.K-1) > 0.05 {
			t.Errorf("shifted lines at %v: %v %+v", at, verdict, s)
		}
		s, verdict = crs.DetectGCJ02(moved(lines, blur), reference)
		if verdict != crs.NotGCJ02 || math.Abs(s.K) > 0.05 {
			t.Errorf("lines in place at %v: %v %+v", at, verdict, s)
		}
	}
}

func TestDetectGCJ02_unsure(t *testing.T) {
	lines := wiggle(3, 125.5, 43.9)
	half := moved(lines, func(p orb.Point) orb.Point {
		q := crs.ToGCJ02(p)
		return orb.Point{(p[0] + q[0]) / 2, (p[1] + q[1]) / 2}
	})
	straight := []orb.LineString{{{125.5, 43.5}, {125.5, 43.53}}}
	tests := []struct {
		name                string
		imported, reference []orb.LineString
	}{
		{"half the shift", half, lines},
		{"no imported lines", nil, lines},
		{"no reference", lines, nil},
		{"too short", straight, straight},
		{"another place", wiggle(4, 120, 40), lines},
		{"broken numbers", []orb.LineString{{{math.NaN(), 1}, {1, math.Inf(1)}, {1, 2}}}, lines},
	}
	for _, tt := range tests {
		if s, verdict := crs.DetectGCJ02(tt.imported, crs.NewReference(tt.reference)); verdict != crs.Unsure {
			t.Errorf("%s: %v %+v", tt.name, verdict, s)
		}
	}
}
