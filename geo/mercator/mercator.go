// Package mercator projects the grid of the registry onto the Web Mercator
// square (EPSG:3857), in integers.
//
// The square has a side of 2^32 world units and its middle at longitude and
// latitude 0; x runs east and y runs south, as in tiles. A world unit is at most
// 9.3 mm on the ground, finer than the grid of 1e-7 degree, so distinct points
// of the grid stay distinct.
package mercator

import (
	"math"

	"jieming/geo"
)

// Point is a place on the square, in world units: x east, y south.
type Point struct{ X, Y int32 }

// side is the number of world units along the square.
const side = 1 << 32

// LimitDegrees is the latitude at which the square ends. What lies beyond is
// projected onto its edge.
const LimitDegrees = 85.0511287798066

// Project returns where a point of the grid lies. Its cost is one logarithm. The
// last bit may differ between architectures.
func Project(p geo.Point) Point {
	return Point{
		X: clamp(float64(p.X) / (360 * geo.UnitsPerDegree) * side),
		Y: clamp(-northing(float64(p.Y)/geo.UnitsPerDegree) * side),
	}
}

// northing is the height above the equator of a latitude, as a share of the
// square.
func northing(degrees float64) float64 {
	degrees = max(-LimitDegrees, min(LimitDegrees, degrees))
	return math.Asinh(math.Tan(degrees*math.Pi/180)) / (2 * math.Pi)
}

func clamp(x float64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, math.Round(x))))
}

// Degrees returns the longitude and latitude of a place, in degrees.
func Degrees(p Point) [2]float64 {
	lat := math.Atan(math.Sinh(-float64(p.Y)/side*2*math.Pi)) * 180 / math.Pi
	return [2]float64{float64(p.X) / side * 360, lat}
}
