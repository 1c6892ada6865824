package measure

import (
	"container/heap"
	"math"
	"slices"

	"jieming/geo/mercator"
)

// Pole returns the pole of inaccessibility of an area: the point inside that is
// furthest from the border, to within a precision in world units, and how far
// that is. The border is given as lines that together close, in any order and
// direction; what an odd number of them encloses is inside, so that holes and
// several parts need no telling. Lines that enclose nothing have no pole. Of an
// area thinner than the precision it is the middle of a cross-section.
//
// It refines squares by the largest distance that each might still hold
// (Agafonkin, "A new algorithm for finding a visual center of a polygon",
// 2016). The result depends on the lines alone. The cost is that of some dozens
// of distances to all edges.
func Pole(lines [][]mercator.Point, precision float64) (at mercator.Point, radius float64, ok bool) {
	f := poleFinder{lines: lines}
	f.start()
	for len(f.squares) > 0 {
		s := heap.Pop(&f.squares).(square)
		if s.most-f.best.distance <= precision {
			break
		}
		for _, d := range [4][2]float64{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
			f.add(s.x+d[0]*s.half/2, s.y+d[1]*s.half/2, s.half/2)
		}
	}
	at = mercator.Point{X: int32(math.Round(f.best.x)), Y: int32(math.Round(f.best.y))}
	return at, f.best.distance, f.best.distance > 0
}

// square is a part of the plane that may hold the pole.
type square struct {
	x, y, half float64 // the middle, and half its side
	distance   float64 // of the middle from the border; below zero outside
	most       float64 // that any of its points may have
}

// squares is a heap, the most promising first.
type squares []square

func (s squares) Len() int           { return len(s) }
func (s squares) Less(i, j int) bool { return s[i].most > s[j].most }
func (s squares) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *squares) Push(x any)        { *s = append(*s, x.(square)) }
func (s *squares) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

type poleFinder struct {
	lines   [][]mercator.Point
	squares squares
	best    square
}

// start covers the lines with squares.
func (f *poleFinder) start() {
	minX, minY, maxX, maxY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, line := range f.lines {
		for _, p := range line {
			minX, maxX = min(minX, float64(p.X)), max(maxX, float64(p.X))
			minY, maxY = min(minY, float64(p.Y)), max(maxY, float64(p.Y))
		}
	}
	side := min(maxX-minX, maxY-minY)
	if !(side > 0) {
		return
	}
	x, y := f.across((minX+maxX)/2, (minY+maxY)/2, maxX-minX > maxY-minY)
	f.best = square{x: x, y: y, distance: max(f.distance(x, y), 0)}
	side = max(side, max(maxX-minX, maxY-minY)/64)
	for x := minX; x < maxX; x += side {
		for y := minY; y < maxY; y += side {
			f.add(x+side/2, y+side/2, side/2)
		}
	}
}

// across returns the middle of the widest stretch inside that a line through a
// point has: a line to the north if upright, else to the east.
func (f *poleFinder) across(x, y float64, upright bool) (float64, float64) {
	var crossings []float64
	for _, line := range f.lines {
		for i := 1; i < len(line); i++ {
			ax, ay, bx, by := float64(line[i-1].X)-x, float64(line[i-1].Y)-y, float64(line[i].X)-x, float64(line[i].Y)-y
			if upright {
				ax, ay, bx, by = ay, ax, by, bx
			}
			if (ay > 0) != (by > 0) {
				crossings = append(crossings, ax-ay*(bx-ax)/(by-ay))
			}
		}
	}
	slices.Sort(crossings)
	middle, width := 0., -1.
	for i := 1; i < len(crossings); i += 2 {
		if w := crossings[i] - crossings[i-1]; w > width {
			middle, width = (crossings[i]+crossings[i-1])/2, w
		}
	}
	if upright {
		return x, y + middle
	}
	return x + middle, y
}

// add looks at the middle of a square and keeps the square if it may hold more
// than the best.
func (f *poleFinder) add(x, y, half float64) {
	s := square{x: x, y: y, half: half, distance: f.distance(x, y)}
	s.most = s.distance + half*math.Sqrt2
	if s.distance > f.best.distance {
		f.best = s
	}
	if s.most > f.best.distance {
		heap.Push(&f.squares, s)
	}
}

// distance returns how far a point is from the border, below zero outside.
func (f *poleFinder) distance(x, y float64) float64 {
	inside, nearest := false, math.Inf(1)
	for _, line := range f.lines {
		for i := 1; i < len(line); i++ {
			ax, ay := float64(line[i-1].X)-x, float64(line[i-1].Y)-y
			bx, by := float64(line[i].X)-x, float64(line[i].Y)-y
			if (ay > 0) != (by > 0) && (ax*by-bx*ay > 0) == (by > ay) {
				inside = !inside
			}
			nearest = min(nearest, squareToSegment(ax, ay, bx, by))
		}
	}
	if inside {
		return math.Sqrt(nearest)
	}
	return -math.Sqrt(nearest)
}

// squareToSegment is the square of the distance of a segment from the origin.
func squareToSegment(ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	if length := dx*dx + dy*dy; length > 0 {
		t := max(0, min(1, -(ax*dx+ay*dy)/length))
		ax, ay = ax+t*dx, ay+t*dy
	}
	return ax*ax + ay*ay
}
