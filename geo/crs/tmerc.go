package crs

import (
	"math"
	"math/cmplx"
)

// transverseMercator is the Gauss–Krüger projection of an ellipsoid with scale
// 1 on the central meridian, by Krüger's series to n⁶ (C. F. F. Karney,
// "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85,
// 2011, eqs. 7–36). The truncation error is under a micrometre within 10° of
// the meridian.
type transverseMercator struct {
	radiusM     float64    // of the rectifying sphere
	e           float64    // first eccentricity
	alpha, beta [6]float64 // conformal to rectifying, and back
}

// grs80 has the ellipsoid of CGCS2000.
var grs80 = newTransverseMercator(6378137, 1/298.257222101)

func newTransverseMercator(semiMajorM, f float64) transverseMercator {
	n := f / (2 - f)
	n2 := n * n
	return transverseMercator{
		radiusM: semiMajorM / (1 + n) * (1 + n2*(1./4+n2*(1./64+n2/256))),
		e:       math.Sqrt(f * (2 - f)),
		alpha: [6]float64{
			poly(n, 1, 1./2, -2./3, 5./16, 41./180, -127./288, 7891./37800),
			poly(n, 2, 13./48, -3./5, 557./1440, 281./630, -1983433./1935360),
			poly(n, 3, 61./240, -103./140, 15061./26880, 167603./181440),
			poly(n, 4, 49561./161280, -179./168, 6601661./7257600),
			poly(n, 5, 34729./80640, -3418889./1995840),
			poly(n, 6, 212378941./319334400),
		},
		beta: [6]float64{
			poly(n, 1, 1./2, -2./3, 37./96, -1./360, -81./512, 96199./604800),
			poly(n, 2, 1./48, 1./15, -437./1440, 46./105, -1118711./3870720),
			poly(n, 3, 17./480, -37./840, -209./4480, 5569./90720),
			poly(n, 4, 4397./161280, -11./504, -830251./7257600),
			poly(n, 5, 4583./161280, -108847./3991680),
			poly(n, 6, 20648693./638668800),
		},
	}
}

// poly returns n^power · (c0 + c1 n + c2 n² …).
func poly(n float64, power int, c ...float64) float64 {
	var sum float64
	for i := len(c) - 1; i >= 0; i-- {
		sum = sum*n + c[i]
	}
	return sum * math.Pow(n, float64(power))
}

// series returns Σ c[j-1] sin 2jz by Clenshaw's recurrence.
func series(c [6]float64, z complex128) complex128 {
	twice := 2 * cmplx.Cos(2*z)
	var b1, b2 complex128
	for j := len(c) - 1; j >= 0; j-- {
		b1, b2 = complex(c[j], 0)+twice*b1-b2, b1
	}
	return b1 * cmplx.Sin(2*z)
}

// forward projects a longitude counted from the central meridian and a
// latitude, in degrees, to metres east of the meridian and north of the
// equator.
func (t *transverseMercator) forward(lonDeg, latDeg float64) (eastM, northM float64) {
	sinLon, cosLon := math.Sincos(lonDeg * math.Pi / 180)
	tau := t.conformal(math.Tan(latDeg * math.Pi / 180))
	z := complex(math.Atan2(tau, cosLon), math.Asinh(sinLon/math.Hypot(tau, cosLon)))
	z += series(t.alpha, z)
	return t.radiusM * imag(z), t.radiusM * real(z)
}

// inverse is the inverse of forward.
func (t *transverseMercator) inverse(eastM, northM float64) (lonDeg, latDeg float64) {
	z := complex(northM/t.radiusM, eastM/t.radiusM)
	z -= series(t.beta, z)
	sinXi, cosXi := math.Sincos(real(z))
	sinhEta := math.Sinh(imag(z))
	tau := t.geographic(sinXi / math.Hypot(sinhEta, cosXi))
	return math.Atan2(sinhEta, cosXi) * 180 / math.Pi, math.Atan(tau) * 180 / math.Pi
}

// conformal maps the tangent of a latitude to that of the conformal latitude.
func (t *transverseMercator) conformal(tau float64) float64 {
	sec := math.Hypot(1, tau)
	sigma := math.Sinh(t.e * math.Atanh(t.e*tau/sec))
	return tau*math.Hypot(1, sigma) - sigma*sec
}

// geographic inverts conformal by Newton's method, which is at full precision
// after three steps.
func (t *transverseMercator) geographic(conformal float64) float64 {
	e2 := t.e * t.e
	tau := conformal / (1 - e2)
	for range 4 {
		at := t.conformal(tau)
		tau += (conformal - at) / math.Hypot(1, at) *
			(1 + (1-e2)*tau*tau) / ((1 - e2) * math.Hypot(1, tau))
	}
	return tau
}
