package mercator

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"jieming/geo"
)

func anyPoint(t *rapid.T) geo.Point {
	limit := int32(math.Floor(LimitDegrees * geo.UnitsPerDegree))
	return geo.Point{
		X: rapid.Int32Range(-180*geo.UnitsPerDegree, 180*geo.UnitsPerDegree-2).Draw(t, "x"),
		Y: rapid.Int32Range(-limit, limit-1).Draw(t, "y"),
	}
}

func TestProject_keeps_neighbours_of_the_grid_apart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(t)
		east, north := geo.Point{X: p.X + 1, Y: p.Y}, geo.Point{X: p.X, Y: p.Y + 1}
		at := Project(p)
		if e := Project(east); e.X <= at.X || e.Y != at.Y {
			t.Errorf("%v lies at %v and its neighbour in the east at %v", p, at, e)
		}
		if n := Project(north); n.Y >= at.Y || n.X != at.X {
			t.Errorf("%v lies at %v and its neighbour in the north at %v", p, at, n)
		}
	})
}

func TestDegrees_undoes_Project(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(t)
		d := Degrees(Project(p))
		if math.Abs(d[0]*geo.UnitsPerDegree-float64(p.X)) > 0.6 || math.Abs(d[1]*geo.UnitsPerDegree-float64(p.Y)) > 0.6 {
			t.Errorf("%v comes back as %v", p, d)
		}
	})
}

func TestProject_known_places(t *testing.T) {
	for _, c := range []struct {
		at   geo.Point
		want Point
	}{
		{geo.Point{}, Point{}},
		{geo.Point{X: 90 * geo.UnitsPerDegree}, Point{X: 1 << 30}},
		{geo.Point{X: -180 * geo.UnitsPerDegree, Y: 89 * geo.UnitsPerDegree}, Point{X: math.MinInt32, Y: math.MinInt32}},
		// By PROJ, in metres of 40075016.685578488 to the side: 13948332.1963972, 5449979.97186405.
		{geo.Point{X: 1253000000, Y: 439000000}, Point{X: 1494887228, Y: -584091728}},
	} {
		if got := Project(c.at); math.Abs(float64(got.X)-float64(c.want.X)) > 1 || math.Abs(float64(got.Y)-float64(c.want.Y)) > 1 {
			t.Errorf("%v lies at %v, want %v", c.at, got, c.want)
		}
	}
}
