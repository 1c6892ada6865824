package measure

import (
	"math"

	"github.com/paulmach/orb"
)

// RingAreaM2 returns the signed area in m² enclosed by a ring: positive if it
// runs counter-clockwise, negative if clockwise. A ring that is not closed is
// measured as if it were. Rings of fewer than three points have area 0.
//
// The area is ∮ -F(φ) dλ, where F(φ) is the area per radian of longitude
// between the equator and latitude φ (F = R² sin β with β the authalic
// latitude). F is used as its Fourier series, whose mean along a straight edge
// has a closed form, so that the integral is exact for edges of any length:
// only rounding remains, below 1e-9 of the area for rings over 1 km². It costs
// about 0.1 µs per edge.
func RingAreaM2(ring orb.Ring) float64 {
	if len(ring) < 3 {
		return 0
	}
	var sum float64
	prev := ring[len(ring)-1]
	for _, p := range ring {
		if dLon := p[0] - prev[0]; dLon != 0 {
			sum -= radians(dLon) * meanZone(radians(prev[1]), radians(p[1]))
		}
		prev = p
	}
	return sum
}

// AreaM2 returns the area in m² of a polygon or multipolygon: outer rings less
// their holes, whichever way the rings run. Polygons of a multipolygon are
// added, so parts that overlap count twice. See [RingAreaM2] for accuracy.
func AreaM2[G orb.Polygon | orb.MultiPolygon](g G) float64 {
	switch g := any(g).(type) {
	case orb.Polygon:
		return polygonArea(g)
	case orb.MultiPolygon:
		var sum float64
		for _, p := range g {
			sum += polygonArea(p)
		}
		return sum
	}
	return 0
}

func polygonArea(p orb.Polygon) float64 {
	var sum float64
	for i, ring := range p {
		a := math.Abs(RingAreaM2(ring))
		if i > 0 {
			a = -a
		}
		sum += a
	}
	return sum
}

// zoneSeries holds the coefficients, in m², of F(φ) = Σ zoneSeries[k]
// sin((2k+1)φ). The powers of e² fall so fast that seven terms leave less than
// 1e-15 of F.
var zoneSeries = newZoneSeries()

// newZoneSeries expands F(φ) = a²(1-e²) ∫ cos φ / (1 - e² sin² φ)² dφ
// = a²(1-e²) Σ_j (j+1) e^2j sin^(2j+1) φ / (2j+1) into multiple angles by
// sin^(2j+1) φ = 4^-j Σ_k (-1)^k C(2j+1, j-k) sin((2k+1) φ).
func newZoneSeries() (c [7]float64) {
	scale := SemiMajorM * SemiMajorM * (1 - eccentricity2)
	for j := range c {
		term := scale * float64(j+1) / float64(2*j+1) * math.Pow(eccentricity2/4, float64(j))
		for k := 0; k <= j; k++ {
			c[k] += term * binomial(2*j+1, j-k)
			term = -term
		}
	}
	return c
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := 1; i <= k; i++ {
		b = b * float64(n-k+i) / float64(i)
	}
	return b
}

// meanZone returns the mean of F over the latitudes from a to b (radians). The
// mean of sin(mφ) there is sin(m(a+b)/2) · sinc(m(b-a)/2).
func meanZone(a, b float64) float64 {
	sin, cos := math.Sincos((a + b) / 2)
	half := (b - a) / 2
	twice := 2 * (cos - sin) * (cos + sin) // 2 cos 2φ, for the recurrence below
	prev, cur := -sin, sin                 // sin(-φ), sin(φ)
	var sum float64
	for k, c := range zoneSeries {
		sum += c * cur * sinc(float64(2*k+1)*half)
		prev, cur = cur, twice*cur-prev
	}
	return sum
}

func sinc(x float64) float64 {
	if math.Abs(x) < 1e-2 {
		x2 := x * x
		return 1 - x2/6*(1-x2/20*(1-x2/42))
	}
	return math.Sin(x) / x
}
