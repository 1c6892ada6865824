package simplify_test

import (
	"math"
	"slices"
	"testing"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// samples is how many points of a drawn edge are compared with the original.
const samples = 6

// checkDistance fails if a zoom draws an edge that is too far from what it
// replaces, or that is too far from it: 3.2 tile units as it is and 4 after
// rounding to the integers of a tile.
func checkDistance(t failer, arc []mercator.Point, thresholds []float32) {
	t.Helper()
	for zoom := range maxZoom + 1 {
		unit := math.Ldexp(1, 20-zoom)
		last := 0
		for i := 1; i < len(arc); i++ {
			if thresholds[i] < simplify.Least(zoom) {
				continue
			}
			part := arc[last : i+1]
			if d := apart(part, place(arc[last]), place(arc[i])); d > 3.2*unit*(1+1e-9) {
				t.Fatalf("zoom %d: edge %v %v is %g units from what it replaces", zoom, arc[last], arc[i], d/unit)
			}
			if d := apart(part, rounded(arc[last], unit), rounded(arc[i], unit)); d > simplify.Tolerance*unit {
				t.Fatalf("zoom %d: edge %v %v rounded is %g units from what it replaces", zoom, arc[last], arc[i], d/unit)
			}
			last = i
		}
	}
}

// position is a place that need not be on the integers.
type position struct{ x, y float64 }

func place(p mercator.Point) position { return position{float64(p.X), float64(p.Y)} }

func rounded(p mercator.Point, unit float64) position {
	return position{math.Round(float64(p.X)/unit) * unit, math.Round(float64(p.Y)/unit) * unit}
}

// apart is the distance between the part of a line and the edge that takes its
// place, whichever way it is larger. Of the line its vertices are enough, because
// the points within a distance of the edge are a convex set.
func apart(part []mercator.Point, a, b position) float64 {
	furthest := 0.0
	for _, p := range part {
		furthest = max(furthest, distance(place(p), a, b))
	}
	if len(part) == 2 {
		return furthest
	}
	for k := range samples + 1 {
		t := float64(k) / samples
		q := position{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}
		nearest := math.Inf(1)
		for i := 1; i < len(part); i++ {
			nearest = min(nearest, distance(q, place(part[i-1]), place(part[i])))
		}
		furthest = max(furthest, nearest)
	}
	return furthest
}

// distance is that of p from the segment a–b.
func distance(p, a, b position) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	px, py := p.x-a.x, p.y-a.y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, (px*dx+py*dy)/l))
	}
	return math.Hypot(px-t*dx, py-t*dy)
}

// A spike two units wide and sixteen tall has a small triangle, but everybody
// would see it go.
func TestThresholds_keepASpike(t *testing.T) {
	for zoom := range 12 {
		unit := int32(1) << (20 - zoom)
		spike := []mercator.Point{{X: 0}, {X: 20 * unit}, {X: 21 * unit, Y: 16 * unit}, {X: 22 * unit}, {X: 42 * unit}}
		thresholds := simplify.Thresholds([][]mercator.Point{spike})[0]
		if thresholds[2] < simplify.Least(zoom) {
			t.Errorf("zoom %d loses a spike of 16 units", zoom)
		}
	}
}

// Each step is small, but the line would end up far from where it was.
func TestThresholds_keepASlowBend(t *testing.T) {
	const unit, zoom = 1 << 14, 6
	var bend []mercator.Point
	for i := range int32(400) {
		angle := float64(i) / 400 * math.Pi
		bend = append(bend, mercator.Point{X: int32(-60 * unit * math.Cos(angle)), Y: int32(60 * unit * math.Sin(angle))})
	}
	thresholds := simplify.Thresholds([][]mercator.Point{bend})[0]
	checkDistance(t, bend, thresholds)
	if n := len(simplify.At(bend, thresholds, zoom)); n < 5 || n > 15 {
		t.Errorf("half a circle of 60 units has %d vertices", n)
	}
}

// Vertices on a parallel are all the same size. Were they taken from one end to
// the other, the cost would grow with the square of their number.
func TestThresholds_straightLine(t *testing.T) {
	const n = 200_000
	line := make([]mercator.Point, n)
	for i := range line {
		line[i] = mercator.Point{X: int32(i) * 4096, Y: -600_000_000}
	}
	thresholds := simplify.Thresholds([][]mercator.Point{line})[0]
	if i := slices.IndexFunc(thresholds[1:n-1], func(t float32) bool { return t >= simplify.Least(30) }); i >= 0 {
		t.Errorf("vertex %d of a straight line has the threshold %v", i+1, thresholds[i+1])
	}
}
