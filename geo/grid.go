package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

const (
	// UnitsPerDegree is the number of grid units in one degree. One unit is
	// 1e-7 degree, about 11 mm of latitude.
	UnitsPerDegree = 10_000_000

	// MaxX and MaxY bound a grid point: 180 degrees of longitude and 90 degrees
	// of latitude, in grid units.
	MaxX = 180 * UnitsPerDegree
	MaxY = 90 * UnitsPerDegree
)

// Point is a place on the integer grid: X is longitude and Y latitude, both in
// units of 1e-7 degree. Two stored coordinates are the same place exactly when
// their Points are equal, so topology is decided on Points and never on floats.
type Point struct{ X, Y int32 }

// Snap returns the grid point nearest to p (longitude, latitude in degrees).
// A tie goes to the even unit, as round() does in PostgreSQL, so that both
// agree on every input. It fails for NaN, infinities and coordinates outside
// ±180, ±90 degrees.
func Snap(p orb.Point) (Point, error) {
	if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
		return Point{}, fmt.Errorf("coordinate (%v, %v) is not a longitude and latitude in degrees: %s", p[0], p[1], outOfRangeAdvice(p))
	}
	return Point{
		X: int32(math.RoundToEven(p[0] * UnitsPerDegree)),
		Y: int32(math.RoundToEven(p[1] * UnitsPerDegree)),
	}, nil
}

func outOfRangeAdvice(p orb.Point) string {
	switch {
	case math.IsNaN(p[0]) || math.IsNaN(p[1]) || math.IsInf(p[0], 0) || math.IsInf(p[1], 0):
		return "remove the vertex or give it numbers"
	case math.Abs(p[0]) <= 90 && math.Abs(p[1]) <= 180:
		return "the axes look swapped, longitude comes first"
	default:
		return "project the data to longitude and latitude first"
	}
}

// Orb returns the coordinates of p in degrees. Each is the double nearest to
// k/1e7, which is the one representation the database accepts.
func (p Point) Orb() orb.Point {
	return orb.Point{float64(p.X) / UnitsPerDegree, float64(p.Y) / UnitsPerDegree}
}

// Key returns p as one integer. It equals node_key() of the database schema:
// longitude in the high bits, both shifted to be non-negative.
func Key(p Point) int64 {
	return (int64(p.X)+MaxX)<<31 | (int64(p.Y) + MaxY)
}

// PointOfKey is the inverse of Key.
func PointOfKey(key int64) Point {
	return Point{X: int32(key>>31 - MaxX), Y: int32(key&(1<<31-1) - MaxY)}
}

// Compare orders points by longitude, then latitude; it is the order of Key.
func Compare(a, b Point) int {
	switch {
	case a.X < b.X:
		return -1
	case a.X > b.X:
		return 1
	case a.Y < b.Y:
		return -1
	case a.Y > b.Y:
		return 1
	}
	return 0
}

// SnapLine snaps every vertex of line. Repeated points are kept. The error names
// the index of the first vertex that is not on the globe.
func SnapLine(line orb.LineString) ([]Point, error) {
	points := make([]Point, len(line))
	for i, p := range line {
		q, err := Snap(p)
		if err != nil {
			return nil, fmt.Errorf("vertex %d: %w", i, err)
		}
		points[i] = q
	}
	return points, nil
}

// LineOrb returns the line through points in degrees.
func LineOrb(points []Point) orb.LineString {
	line := make(orb.LineString, len(points))
	for i, p := range points {
		line[i] = p.Orb()
	}
	return line
}
