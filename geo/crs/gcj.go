package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// gcjBound is where the closed form shifts; outside it is the identity.
var gcjBound = orb.Bound{Min: orb.Point{72.004, 0.8293}, Max: orb.Point{137.8347, 55.8271}}

// ToGCJ02 shifts a WGS 84 or CGCS2000 longitude and latitude to GCJ-02 by the
// closed form in public circulation (a sum of sines on the Krassowsky
// ellipsoid, several hundred metres). The form is not an official publication;
// what it has been tested against is data, not a standard. Points outside the
// rectangle 72.004–137.8347°E, 0.8293–55.8271°N are returned unchanged.
func ToGCJ02(p orb.Point) orb.Point {
	if !gcjBound.Contains(p) {
		return p
	}
	d := gcjShift(p)
	return orb.Point{p[0] + d[0], p[1] + d[1]}
}

// FromGCJ02 undoes [ToGCJ02] by fixed-point iteration. Where the forward form
// shifts (more than a kilometre inside its rectangle), ToGCJ02(FromGCJ02(p))
// is within 1e-11° of p, one micrometre; the iteration contracts by more than
// a hundred in each step. Points outside the rectangle are returned unchanged,
// and in the last kilometre at its edge the forward form has no unique inverse.
func FromGCJ02(p orb.Point) orb.Point {
	if !gcjBound.Contains(p) {
		return p
	}
	q := p
	for range 10 {
		d := gcjShift(q)
		next := orb.Point{p[0] - d[0], p[1] - d[1]}
		if math.Abs(next[0]-q[0])+math.Abs(next[1]-q[1]) < 1e-13 {
			return next
		}
		q = next
	}
	return q
}

// gcjShift returns the shift in degrees at p.
func gcjShift(p orb.Point) orb.Point {
	const semiMajorM, e2 = 6378245.0, 0.00669342162296594323 // Krassowsky 1940
	x, y := p[0]-105, p[1]-35
	common := (20*sinPi(6*x) + 20*sinPi(2*x)) * 2 / 3
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + common +
		(20*sinPi(y)+40*sinPi(y/3))*2/3 + (160*sinPi(y/12)+320*sinPi(y/30))*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + common +
		(20*sinPi(x)+40*sinPi(x/3))*2/3 + (150*sinPi(x/12)+300*sinPi(x/30))*2/3
	sin, cos := math.Sincos(p[1] * math.Pi / 180)
	w2 := 1 - e2*sin*sin
	w := math.Sqrt(w2)
	return orb.Point{
		east * 180 / (semiMajorM / w * cos * math.Pi),
		north * 180 / (semiMajorM * (1 - e2) / (w2 * w) * math.Pi),
	}
}

func sinPi(x float64) float64 { return math.Sin(x * math.Pi) }
