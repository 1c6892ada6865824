package measure

import (
	"math"

	"github.com/paulmach/orb"
)

// DistanceM returns the geodesic distance in metres between two points: the
// shortest way over the ellipsoid. It uses Vincenty's inverse formula (Survey
// Review 23, 1975), good to 0.1 mm; for nearly antipodal points, where that
// does not converge, the shortest way through a point a quarter of the globe
// away is sought, good to a millimetre. Longitudes may differ by full turns.
//
// An edge of a boundary is not a geodesic: use [LengthM] for those.
func DistanceM(a, b orb.Point) float64 {
	if g, ok := vincenty(a, b); ok {
		return g.distanceM
	}
	return antipodalDistance(a, b)
}

// AzimuthDeg returns the direction in which the geodesic from a to b sets out,
// in degrees clockwise from true north, in [0, 360). Equal points give 0. For
// nearly antipodal points, where any direction is nearly as good, it answers
// that of the great circle on a sphere.
func AzimuthDeg(a, b orb.Point) float64 {
	g, ok := vincenty(a, b)
	if !ok {
		g.azimuth = sphericalAzimuth(a, b)
	}
	deg := math.Mod(degrees(g.azimuth)+360, 360)
	return deg
}

// geodesic is the solution of the inverse problem.
type geodesic struct {
	distanceM float64
	azimuth   float64 // at the start, radians from true north
}

// vincenty reports false where the iteration does not settle.
func vincenty(a, b orb.Point) (geodesic, bool) {
	if a == b {
		return geodesic{}, true
	}
	dLon := radians(math.Remainder(b[0]-a[0], 360))
	sinU1, cosU1 := reducedLatitude(a[1])
	sinU2, cosU2 := reducedLatitude(b[1])
	lambda := dLon
	for range 100 {
		sinL, cosL := math.Sincos(lambda)
		x, y := cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL
		sinSigma := math.Hypot(x, y)
		if sinSigma == 0 {
			return geodesic{}, math.Abs(dLon) < 1 // same place, or exact antipodes
		}
		cosSigma := sinU1*sinU2 + cosU1*cosU2*cosL
		arc := newVincentyArc(sinSigma, cosSigma, cosU1*cosU2*sinL/sinSigma, sinU1*sinU2)
		next := dLon + arc.correction()
		if math.Abs(next) > math.Pi {
			return geodesic{}, false
		}
		if math.Abs(next-lambda) < 1e-14 {
			return geodesic{arc.distance(), math.Atan2(x, y)}, true
		}
		lambda = next
	}
	return geodesic{}, false
}

// reducedLatitude returns sine and cosine of the reduced latitude.
func reducedLatitude(latDeg float64) (sin, cos float64) {
	s, c := math.Sincos(radians(latDeg))
	s *= 1 - flattening
	h := math.Hypot(s, c)
	return s / h, c / h
}

// vincentyArc is the geodesic seen on the auxiliary sphere.
type vincentyArc struct {
	sigma, sinSigma, cosSigma float64
	sinAlpha, cos2Alpha       float64 // of the azimuth at the equator
	cos2Mid                   float64 // cos of twice the angle to the midpoint
}

func newVincentyArc(sinSigma, cosSigma, sinAlpha, sinU1U2 float64) vincentyArc {
	arc := vincentyArc{
		sigma: math.Atan2(sinSigma, cosSigma), sinSigma: sinSigma, cosSigma: cosSigma,
		sinAlpha: sinAlpha, cos2Alpha: 1 - sinAlpha*sinAlpha,
	}
	if arc.cos2Alpha > 0 {
		arc.cos2Mid = cosSigma - 2*sinU1U2/arc.cos2Alpha
	}
	return arc
}

// correction is the difference of longitude between sphere and ellipsoid.
func (v vincentyArc) correction() float64 {
	c := flattening / 16 * v.cos2Alpha * (4 + flattening*(4-3*v.cos2Alpha))
	m := v.cos2Mid
	return (1 - c) * flattening * v.sinAlpha *
		(v.sigma + c*v.sinSigma*(m+c*v.cosSigma*(2*m*m-1)))
}

func (v vincentyArc) distance() float64 {
	u2 := v.cos2Alpha * (SemiMajorM*SemiMajorM/(semiMinorM*semiMinorM) - 1)
	a := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2)))
	b := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
	m := v.cos2Mid
	delta := b * v.sinSigma * (m + b/4*(v.cosSigma*(2*m*m-1)-
		b/6*m*(4*v.sinSigma*v.sinSigma-3)*(4*m*m-3)))
	return semiMinorM * a * (v.sigma - delta)
}

// antipodalDistance finds the shortest way from a to b when they are nearly
// antipodal. Every such way crosses the circle of points 90° from a, and both
// halves are easy: so it minimises over that circle, first by steps of 5°,
// then by golden section around the best.
func antipodalDistance(a, b orb.Point) float64 {
	through := func(azimuth float64) float64 {
		m := quarterTurn(a, azimuth)
		first, _ := vincenty(a, m)
		second, _ := vincenty(m, b)
		return first.distanceM + second.distanceM
	}
	const step = math.Pi / 36
	best, shortest := 0.0, math.Inf(1)
	for i := range 72 {
		if d := through(float64(i) * step); d < shortest {
			best, shortest = float64(i)*step, d
		}
	}
	return goldenMinimum(through, best-step, best+step)
}

// goldenMinimum returns the least value of f between lo and hi.
func goldenMinimum(f func(float64) float64, lo, hi float64) float64 {
	const ratio = 0.6180339887498949
	for hi-lo > 1e-8 {
		l, r := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
		if f(l) < f(r) {
			hi = r
		} else {
			lo = l
		}
	}
	return f((lo + hi) / 2)
}

// quarterTurn returns the point 90° from p on a sphere.
func quarterTurn(p orb.Point, azimuth float64) orb.Point {
	sinLat, cosLat := math.Sincos(radians(p[1]))
	sinAz, cosAz := math.Sincos(azimuth)
	lat := math.Asin(cosLat * cosAz)
	return orb.Point{p[0] + degrees(math.Atan2(sinAz, -sinLat*cosAz)), degrees(lat)}
}

func sphericalAzimuth(a, b orb.Point) float64 {
	sinLon, cosLon := math.Sincos(radians(b[0] - a[0]))
	sinA, cosA := math.Sincos(radians(a[1]))
	sinB, cosB := math.Sincos(radians(b[1]))
	return math.Atan2(sinLon*cosB, cosA*sinB-sinA*cosB*cosLon)
}
