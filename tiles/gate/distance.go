package gate

import "math"

// Far is how far two sets of lines lie apart at worst.
type Far struct {
	Units float64    // tile units; infinite where one set is empty
	At    [2]float64 // x, y of the point that is farthest
}

// Lines returns the lines of a layer in tile units, of the features that wanted
// accepts; of all, if it is nil.
func Lines(l *Layer, wanted func(*Feature) bool) [][][2]float64 {
	var lines [][][2]float64
	for i := range l.Features {
		f := &l.Features[i]
		if f.Kind != Line || wanted != nil && !wanted(f) {
			continue
		}
		for _, path := range f.Paths {
			line := make([][2]float64, len(path))
			for k, c := range path {
				line[k] = [2]float64{float64(c.X), float64(c.Y)}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// slack is how much less than the truth [Distance] may answer, in tile units.
const slack = 1. / 64

// Distance returns the directed Hausdorff distance from lines to others: how far
// the point of lines within the tile that is farthest from all others is from
// them. Coordinates are tile units; others matter up to a quarter of the tile
// beyond it. The answer is at most 1/64 too small. It costs about a microsecond
// for each segment where the lines are close.
func Distance(lines, others [][][2]float64) Far {
	n := newNearby(others)
	worst := Far{}
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			if p, q, ok := clip(line[i-1], line[i]); ok {
				worst.stretch(n, p, q, n.distance(p), n.distance(q))
			}
		}
	}
	return worst
}

// stretch looks for the farthest point from p to q, which lie dp and dq away. The
// distance changes no faster than one moves, so that no point between can lie
// beyond (dp + dq + length) / 2.
func (w *Far) stretch(n *nearby, p, q [2]float64, dp, dq float64) {
	w.point(p, dp)
	w.point(q, dq)
	length := math.Hypot(q[0]-p[0], q[1]-p[1])
	if math.IsInf(dp, 1) || (dp+dq+length)/2 <= w.Units+slack {
		return
	}
	middle := [2]float64{(p[0] + q[0]) / 2, (p[1] + q[1]) / 2}
	d := n.distance(middle)
	w.stretch(n, p, middle, dp, d)
	w.stretch(n, middle, q, d, dq)
}

func (w *Far) point(p [2]float64, d float64) {
	if d > w.Units {
		*w = Far{d, p}
	}
}

// clip cuts a segment to the tile (Liang and Barsky, 1984).
func clip(p, q [2]float64) (a, b [2]float64, ok bool) {
	from, to := 0., 1.
	for axis := range 2 {
		d := q[axis] - p[axis]
		if d == 0 {
			if p[axis] < 0 || p[axis] > Extent {
				return p, q, false
			}
			continue
		}
		enter, leave := -p[axis]/d, (Extent-p[axis])/d
		from, to = max(from, min(enter, leave)), min(to, max(enter, leave))
	}
	if from > to {
		return p, q, false
	}
	along := func(t float64) [2]float64 { return [2]float64{p[0] + t*(q[0]-p[0]), p[1] + t*(q[1]-p[1])} }
	return along(from), along(to), true
}

// nearby finds the distance to the nearest of many segments, by a grid.
type nearby struct {
	squares  [nearbySide * nearbySide][]int32
	segments [][2][2]float64
}

const (
	nearbySide   = 96
	nearbyMargin = Extent / 4.
	nearbySize   = (Extent + 2*nearbyMargin) / nearbySide
)

func newNearby(lines [][][2]float64) *nearby {
	n := &nearby{}
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			n.add(line[i-1], line[i])
		}
	}
	return n
}

// add takes a segment in the squares of the grid that it passes, cut into
// pieces of about a square's size.
func (n *nearby) add(p, q [2]float64) {
	const least, most = -nearbyMargin, Extent + nearbyMargin
	if max(p[0], q[0]) < least || min(p[0], q[0]) > most || max(p[1], q[1]) < least || min(p[1], q[1]) > most {
		return
	}
	number := int32(len(n.segments))
	n.segments = append(n.segments, [2][2]float64{p, q})
	ax, ay := square(min(p[0], q[0])), square(min(p[1], q[1]))
	bx, by := square(max(p[0], q[0])), square(max(p[1], q[1]))
	for y := ay; y <= by; y++ {
		for x := ax; x <= bx; x++ {
			center := [2]float64{(float64(x)+.5)*nearbySize - nearbyMargin, (float64(y)+.5)*nearbySize - nearbyMargin}
			if math.Sqrt(distance2(center, p, q)) <= nearbySize*.75 {
				n.squares[y*nearbySide+x] = append(n.squares[y*nearbySide+x], number)
			}
		}
	}
}

// square is the column or row of a coordinate.
func square(v float64) int {
	return int(min(max((v+nearbyMargin)/nearbySize, 0), nearbySide-1))
}

// distance returns the distance from a point of the tile to the nearest segment.
func (n *nearby) distance(p [2]float64) float64 {
	best := math.Inf(1)
	x, y := square(p[0]), square(p[1])
	for ring := 0; ring < nearbySide; ring++ {
		if reach := float64(ring-1) * nearbySize; ring > 0 && reach*reach >= best {
			break
		}
		for dy := -ring; dy <= ring; dy++ {
			step := 2 * ring
			if dy == -ring || dy == ring || ring == 0 {
				step = 1
			}
			for dx := -ring; dx <= ring; dx += step {
				best = min(best, n.inSquare(x+dx, y+dy, p))
			}
		}
	}
	return math.Sqrt(best)
}

// inSquare returns the square of the distance to the nearest segment of a square.
func (n *nearby) inSquare(x, y int, p [2]float64) float64 {
	best := math.Inf(1)
	if x < 0 || y < 0 || x >= nearbySide || y >= nearbySide {
		return best
	}
	for _, s := range n.squares[y*nearbySide+x] {
		best = min(best, distance2(p, n.segments[s][0], n.segments[s][1]))
	}
	return best
}

// distance2 is the square of the distance from p to the segment from a to b.
func distance2(p, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	t := 0.
	if length := dx*dx + dy*dy; length > 0 {
		t = min(max(((p[0]-a[0])*dx+(p[1]-a[1])*dy)/length, 0), 1)
	}
	ex, ey := a[0]+t*dx-p[0], a[1]+t*dy-p[1]
	return ex*ex + ey*ey
}
