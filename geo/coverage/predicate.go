package coverage

import (
	"math/bits"

	"jieming/geo"
)

// maxSpan is the largest extent of one segment along either axis. It keeps every
// predicate below inside int64: see the bounds at each.
const maxSpan = 1 << 30

// vector is a difference of two points.
type vector struct{ dx, dy int64 }

func from(a, b geo.Point) vector {
	return vector{int64(b.X) - int64(a.X), int64(b.Y) - int64(a.Y)}
}

// cross returns (b-a) × (c-a): positive when c lies left of the line from a to
// b. With a segment a-b within maxSpan and any c on the globe it stays below
// 2^30·2^30.8 + 2^30·2^31.8 < 2^63.
func cross(a, b, c geo.Point) int64 {
	return from(a, b).cross(from(a, c))
}

func (v vector) cross(w vector) int64 { return v.dx*w.dy - v.dy*w.dx }

// lowerHalf tells directions of [180°, 360°) from those of [0°, 180°).
func (v vector) lowerHalf() bool { return v.dy < 0 || v.dy == 0 && v.dx < 0 }

// compareAngle orders directions counter-clockwise from east.
func compareAngle(v, w vector) int {
	if v.lowerHalf() != w.lowerHalf() {
		if w.lowerHalf() {
			return -1
		}
		return 1
	}
	return -sign(v.cross(w))
}

func sign(x int64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

// inBox tells whether p lies in the bounding box of the segment a-b.
func inBox(a, b, p geo.Point) bool {
	return p.X >= min(a.X, b.X) && p.X <= max(a.X, b.X) && p.Y >= min(a.Y, b.Y) && p.Y <= max(a.Y, b.Y)
}

// passes tells whether the segment a-b passes the cell of p, the half-open unit
// square centred on it. Half-open, so that a segment along a corner belongs to
// one cell only: the theorem of snap rounding needs that.
func passes(a, b, p geo.Point) bool {
	if !inBox(a, b, p) {
		return false
	}
	d := from(a, b)
	f := 2 * d.cross(from(a, p)) // p is in the box: |f| < 2^62
	reach := abs(d.dx) + abs(d.dy)
	if abs(f) != reach {
		return abs(f) < reach
	}
	return f-d.dx+d.dy == 0 // it touches the lower left corner, which is ours
}

// touches tells whether p lies exactly on the segment a-b.
func touches(a, b, p geo.Point) bool { return inBox(a, b, p) && cross(a, b, p) == 0 }

// crossesProperly tells whether the interiors of two segments cross in a point
// that is an end of neither.
func crossesProperly(a, b, c, d geo.Point) bool {
	return sign(cross(a, b, c))*sign(cross(a, b, d)) < 0 && sign(cross(c, d, a))*sign(cross(c, d, b)) < 0
}

// crossing returns the grid point whose cell holds the crossing of a-b and c-d,
// which must cross properly.
func crossing(a, b, c, d geo.Point) geo.Point {
	ab, cd := from(a, b), from(c, d)
	num, den := from(a, c).cross(cd), ab.cross(cd)
	if den < 0 {
		num, den = -num, -den
	}
	return geo.Point{
		X: a.X + int32(scaleRound(ab.dx, uint64(num), uint64(den))),
		Y: a.Y + int32(scaleRound(ab.dy, uint64(num), uint64(den))),
	}
}

// scaleRound returns floor(v·num/den + 1/2) for 0 <= num <= den, through a
// 128-bit product.
func scaleRound(v int64, num, den uint64) int64 {
	hi, lo := bits.Mul64(uint64(abs(v)), num)
	q, r := bits.Div64(hi, lo, den)
	if v >= 0 {
		if 2*r >= den {
			q++
		}
		return int64(q)
	}
	if 2*r > den {
		q++
	}
	return -int64(q)
}

// twiceArea returns twice the signed area of a ring of points, closed or not, in
// grid units: positive when it runs counter-clockwise.
func twiceArea(ring []geo.Point) int64 {
	if len(ring) == 0 {
		return 0
	}
	return twiceAreaUnder(ring) + determinant(ring[len(ring)-1], ring[0])
}

// twiceAreaUnder is the contribution of an open line to the twice-area of a ring.
// Sums wrap around; the area of a whole ring does not.
func twiceAreaUnder(line []geo.Point) (sum int64) {
	for i := 1; i < len(line); i++ {
		sum += determinant(line[i-1], line[i])
	}
	return sum
}

func determinant(a, b geo.Point) int64 {
	return int64(a.X)*int64(b.Y) - int64(b.X)*int64(a.Y)
}
