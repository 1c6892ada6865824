package measure_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"jieming/geo/measure"
	"jieming/geo/mercator"
)

func ring(points ...int32) []mercator.Point {
	var r []mercator.Point
	for i := 0; i < len(points); i += 2 {
		r = append(r, mercator.Point{X: points[i], Y: points[i+1]})
	}
	return append(r, r[0])
}

func TestPole(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  [][]mercator.Point
		at     mercator.Point
		radius float64
	}{
		{"a square", [][]mercator.Point{ring(0, 0, 100, 0, 100, 100, 0, 100)}, mercator.Point{X: 50, Y: 50}, 50},
		{"a square with a corner taken", [][]mercator.Point{ring(0, 0, 1000, 0, 1000, 1000, 0, 1000), ring(0, 0, 700, 0, 700, 700, 0, 700)},
			mercator.Point{X: 824, Y: 824}, 175},
		{"two parts", [][]mercator.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(500, 500, 540, 500, 540, 540, 500, 540)}, mercator.Point{X: 520, Y: 520}, 20},
		{"two lines that close", [][]mercator.Point{{{X: 0, Y: 0}, {X: 100, Y: 0}, {X: 100, Y: 100}}, {{X: 0, Y: 0}, {X: 0, Y: 100}, {X: 100, Y: 100}}},
			mercator.Point{X: 50, Y: 50}, 50},
	} {
		at, radius, ok := measure.Pole(c.lines, 0.5)
		if !ok || math.Abs(radius-c.radius) > 1 || math.Hypot(float64(at.X-c.at.X), float64(at.Y-c.at.Y)) > 3 {
			t.Errorf("%s: %v %g %t, want %v %g", c.name, at, radius, ok, c.at, c.radius)
		}
	}
	for name, lines := range map[string][][]mercator.Point{"nothing": nil, "a point": {{{X: 1, Y: 1}}}, "a line": {{{X: 1, Y: 1}, {X: 9, Y: 5}, {X: 1, Y: 1}}}} {
		if at, radius, ok := measure.Pole(lines, 1); ok {
			t.Errorf("%s has its pole at %v, %g from the border", name, at, radius)
		}
	}
}

// An area thinner than the precision has a place inside all the same.
func TestPole_of_a_sliver(t *testing.T) {
	for name, lines := range map[string][][]mercator.Point{
		"upright":  {ring(0, 0, 3, 0, 3, 100000, 0, 100000)},
		"level":    {ring(0, 0, 100000, 0, 100000, 3, 0, 3)},
		"slanting": {ring(0, 0, 100000, 90000, 100000, 90003, 0, 3)},
	} {
		if at, radius, ok := measure.Pole(lines, 1000); !ok || radius <= 0 || radius > 1.5 {
			t.Errorf("%s: %v, %g from the border, %t", name, at, radius, ok)
		}
	}
}

// No point of a fine lattice is further from the border than the pole, by more
// than the precision.
func TestPole_is_the_furthest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 12).Draw(t, "corners")
		var points []int32
		for i := range n {
			angle, r := 2*math.Pi*float64(i)/float64(n), float64(rapid.IntRange(50, 1000).Draw(t, "radius"))
			points = append(points, int32(r*math.Cos(angle)), int32(r*math.Sin(angle)))
		}
		lines := [][]mercator.Point{ring(points...)}
		const precision = 5
		_, radius, ok := measure.Pole(lines, precision)
		if !ok {
			t.Fatal("no pole")
		}
		for x := -1000.0; x <= 1000; x += 50 {
			for y := -1000.0; y <= 1000; y += 50 {
				if d := depth(lines[0], x, y); d > radius+precision {
					t.Fatalf("(%g, %g) is %g from the border, the pole %g", x, y, d, radius)
				}
			}
		}
	})
}

// depth is how far a point inside a ring is from it; 0 outside.
func depth(ring []mercator.Point, x, y float64) float64 {
	least, winding := math.Inf(1), 0.0
	for i := 1; i < len(ring); i++ {
		ax, ay, bx, by := float64(ring[i-1].X)-x, float64(ring[i-1].Y)-y, float64(ring[i].X)-x, float64(ring[i].Y)-y
		winding += math.Atan2(ax*by-ay*bx, ax*bx+ay*by)
		for s := 0.0; s <= 1; s += 1.0 / 64 {
			least = min(least, math.Hypot(ax+s*(bx-ax), ay+s*(by-ay)))
		}
	}
	if math.Abs(winding) < 1 {
		return 0
	}
	return least * 0.98 // the edges were only sampled
}
