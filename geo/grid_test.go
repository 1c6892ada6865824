package geo_test

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
)

func anyPoint(t *rapid.T) geo.Point {
	return geo.Point{
		X: rapid.Int32Range(-geo.MaxX, geo.MaxX).Draw(t, "x"),
		Y: rapid.Int32Range(-geo.MaxY, geo.MaxY).Draw(t, "y"),
	}
}

func TestEveryGridPointSurvivesDegreesAndKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(t)
		back, err := geo.Snap(p.Orb())
		if err != nil || back != p {
			t.Fatalf("Snap(%v) = %v, %v, want %v", p.Orb(), back, err, p)
		}
		if got := geo.PointOfKey(geo.Key(p)); got != p {
			t.Fatalf("PointOfKey(Key(%v)) = %v", p, got)
		}
	})
}

func TestKeyOrdersAsCompareDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyPoint(t), anyPoint(t)
		if (geo.Key(a) < geo.Key(b)) != (geo.Compare(a, b) < 0) {
			t.Fatalf("%v and %v: key %d, %d; compare %d", a, b, geo.Key(a), geo.Key(b), geo.Compare(a, b))
		}
	})
}

// The expected keys are the SQL definition of node_key() written out by hand.
func TestKeyEqualsTheDatabase(t *testing.T) {
	for _, c := range []struct {
		p    geo.Point
		want int64
	}{
		{geo.Point{X: -geo.MaxX, Y: -geo.MaxY}, 0},
		{geo.Point{X: 1_253_000_001, Y: 438_000_007}, 3053000001<<31 | 1338000007},
		{geo.Point{X: geo.MaxX, Y: geo.MaxY}, 3600000000<<31 | 1800000000},
	} {
		if got := geo.Key(c.p); got != c.want {
			t.Errorf("Key(%v) = %d, want %d", c.p, got, c.want)
		}
	}
}

func TestSnapRefusesWhatIsNotOnTheGlobe(t *testing.T) {
	for _, c := range []struct {
		p    orb.Point
		want string
	}{
		{orb.Point{math.NaN(), 43}, "give it numbers"},
		{orb.Point{125, math.Inf(1)}, "give it numbers"},
		{orb.Point{43.8, 125.3}, "swapped"},
		{orb.Point{21_500_000, 4_860_000}, "project the data"},
	} {
		if _, err := geo.Snap(c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Snap(%v) error = %v, want it to say %q", c.p, err, c.want)
		}
	}
}
