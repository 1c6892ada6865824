package coverage

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
)

// A gap too thin to see is measured as well as a county: PostGIS 3.3 gives this
// sliver of the 2023 file 47.22986 m² as geography.
func TestSliversAreMeasured(t *testing.T) {
	ring, err := geo.SnapLine(orb.LineString{{133.865512, 46.50956}, {133.864862, 46.511028}, {133.864858, 46.51102}, {133.865512, 46.50956}})
	if err != nil {
		t.Fatal(err)
	}
	if got := math.Abs(ringAreaM2(ring)); math.Abs(got-47.22986) > 1e-3 {
		t.Errorf("%v m², want 47.22986", got)
	}
	if got := math.Abs(float64(twiceArea(ring))) / 2 * unitAreaM2(ring[0]); math.Abs(got-47.23) > 0.01 {
		t.Errorf("by the local scale %v m², want 47.23", got)
	}
}

// Predicates do not overflow at the far ends of the globe.
func TestPredicatesDoNotOverflow(t *testing.T) {
	a, b := geo.Point{X: -geo.MaxX, Y: -geo.MaxY}, geo.Point{X: -geo.MaxX + maxSpan - 1, Y: -geo.MaxY + maxSpan - 1}
	for _, c := range []struct {
		p    geo.Point
		want int
	}{
		{geo.Point{X: geo.MaxX, Y: -geo.MaxY}, -1},
		{geo.Point{X: -geo.MaxX, Y: geo.MaxY}, 1},
		{geo.Point{X: 0, Y: geo.MaxY}, 0},
		{geo.Point{X: 1, Y: geo.MaxY}, -1},
		{geo.Point{X: -1, Y: geo.MaxY}, 1},
	} {
		if got := sign(cross(a, b, c.p)); got != c.want {
			t.Errorf("%v lies %d of the diagonal, want %d", c.p, got, c.want)
		}
	}
}

// A crossing is rounded to the cell that holds it, ties towards the east and north.
func TestCrossingIsInItsCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) geo.Point {
			r := rapid.Int32Range(-maxSpan/2+1, maxSpan/2-1)
			return geo.Point{X: r.Draw(t, label+"x"), Y: r.Draw(t, label+"y") / 2}
		}
		a, b, c, d := draw("a"), draw("b"), draw("c"), draw("d")
		if !crossesProperly(a, b, c, d) {
			t.Skip("they do not cross")
		}
		p := crossing(a, b, c, d)
		if !passes(a, b, p) || !passes(c, d, p) {
			t.Fatalf("%v-%v and %v-%v do not both pass the cell of %v", a, b, c, d, p)
		}
	})
}
