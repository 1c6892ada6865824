package measure

import (
	"math"

	"github.com/paulmach/orb"
)

// LengthM returns the length in metres of a line whose edges are straight in
// longitude and latitude. It integrates the ellipsoid's line element along
// each edge (five-point Gauss–Legendre on pieces of at most one degree), so
// nothing has to be densified first; the error is below 1e-9 of the length
// up to 85° of latitude. For the perimeter of a ring convert it:
// LengthM(orb.LineString(ring)). Fewer than two points have length 0.
func LengthM(line orb.LineString) float64 {
	var sum float64
	for i := 1; i < len(line); i++ {
		sum += edgeLength(line[i-1], line[i])
	}
	return sum
}

// gauss5 is the five-point Gauss–Legendre rule on [-1, 1].
var gauss5 = [5]struct{ at, weight float64 }{
	{-0.9061798459386640, 0.2369268850561891},
	{-0.5384693101056831, 0.4786286704993665},
	{0, 0.5688888888888889},
	{0.5384693101056831, 0.4786286704993665},
	{0.9061798459386640, 0.2369268850561891},
}

func edgeLength(a, b orb.Point) float64 {
	dLon, dLat := b[0]-a[0], b[1]-a[1]
	span := max(math.Abs(dLon), math.Abs(dLat))
	if math.IsNaN(span) || math.IsInf(span, 0) {
		return math.NaN()
	}
	pieces := math.Ceil(span)
	var sum float64
	for i := range int(pieces) {
		mid := (float64(i) + 0.5) / pieces
		for _, g := range gauss5 {
			lat := a[1] + dLat*(mid+g.at/2/pieces)
			sum += g.weight * lineElement(radians(lat), dLon, dLat)
		}
	}
	return sum / 2 / max(pieces, 1)
}

// lineElement returns the length in metres of the step (dLon, dLat) in degrees
// at the latitude lat in radians, by the radii of curvature there.
func lineElement(lat, dLon, dLat float64) float64 {
	sin, cos := math.Sincos(lat)
	w2 := 1 - eccentricity2*sin*sin
	primeVertical := SemiMajorM / math.Sqrt(w2)
	meridional := primeVertical * (1 - eccentricity2) / w2
	return math.Hypot(primeVertical*cos*radians(dLon), meridional*radians(dLat))
}
