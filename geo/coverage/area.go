package coverage

import (
	"math"

	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/measure"
)

// ringAreaM2 returns the signed area of a ring in m².
func ringAreaM2(ring []geo.Point) float64 {
	return measure.RingAreaM2(orb.Ring(geo.LineOrb(ring)))
}

// unitAreaM2 is the area of one square grid unit at p: the product of the radii
// of curvature of the CGCS2000 ellipsoid. It is for deciding what to look at.
func unitAreaM2(p geo.Point) float64 {
	const (
		a  = 6378137.0
		f  = 1 / 298.257222101
		e2 = f * (2 - f)
	)
	lat := float64(p.Y) / geo.UnitsPerDegree * math.Pi / 180
	sin, cos := math.Sincos(lat)
	w2 := 1 - e2*sin*sin
	unit := math.Pi / 180 / geo.UnitsPerDegree
	return a * a * (1 - e2) / (w2 * w2) * cos * unit * unit
}

// polygonAreaM2 adds the signed areas of a shell and its holes.
func polygonAreaM2(rings [][]geo.Point) (sum float64) {
	for _, r := range rings {
		sum += ringAreaM2(r)
	}
	return sum
}

// lengthM returns the length of a line in m.
func lengthM(line []geo.Point) float64 {
	return measure.LengthM(geo.LineOrb(line))
}

func distanceM(a, b geo.Point) float64 { return measure.DistanceM(a.Orb(), b.Orb()) }

func extent(points []geo.Point) (lo, hi geo.Point) {
	if len(points) == 0 {
		return
	}
	lo, hi = points[0], points[0]
	for _, p := range points[1:] {
		lo.X, lo.Y = min(lo.X, p.X), min(lo.Y, p.Y)
		hi.X, hi.Y = max(hi.X, p.X), max(hi.Y, p.Y)
	}
	return lo, hi
}

// foot returns the point of the segment nearest to p, on the grid.
func (s segment) foot(p geo.Point) geo.Point {
	d, v := from(s.a, s.b), from(s.a, p)
	dx, dy := float64(d.dx), float64(d.dy)
	t := (dx*float64(v.dx) + dy*float64(v.dy)) / (dx*dx + dy*dy)
	t = math.Max(0, math.Min(1, t))
	return geo.Point{X: s.a.X + int32(math.Round(t*dx)), Y: s.a.Y + int32(math.Round(t*dy))}
}
