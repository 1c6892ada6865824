package coverage

import (
	"math"
	"math/bits"

	"jieming/geo"
)

// segment is one straight edge; its ends are distinct.
type segment struct{ a, b geo.Point }

// grid files segments by square cells of 2^shift units, so that whoever looks for
// what is near a place reads one cell. cells are stored row by row as slices of
// one array.
type grid struct {
	segments   []segment
	originX    int64
	originY    int64
	shift      uint
	cols, rows int
	start      []int32 // of each cell in items
	items      []int32
	pad        int64 // segments are filed under every cell within pad units
}

// newGrid files segments. Cells are made so small that there are about four per
// segment, and larger again if long segments would fill too many of them.
func newGrid(segments []segment, pad int64) *grid {
	g := &grid{segments: segments, pad: pad}
	width, height := g.measure()
	for budget := 4*len(segments) + 16; float64(width>>g.shift+1)*float64(height>>g.shift+1) > float64(budget); {
		g.shift++
	}
	for limit := 12*len(segments) + 64; ; g.shift++ {
		g.cols, g.rows = int(width>>g.shift)+1, int(height>>g.shift)+1
		if g.count(limit) || g.cols*g.rows == 1 {
			break
		}
	}
	g.fill()
	return g
}

// measure sets the origin and returns the extent, both with padding.
func (g *grid) measure() (width, height int64) {
	if len(g.segments) == 0 {
		return 0, 0
	}
	lo, hi := g.segments[0].a, g.segments[0].a
	for _, s := range g.segments {
		lo.X, lo.Y = min(lo.X, s.a.X, s.b.X), min(lo.Y, s.a.Y, s.b.Y)
		hi.X, hi.Y = max(hi.X, s.a.X, s.b.X), max(hi.Y, s.a.Y, s.b.Y)
	}
	g.originX, g.originY = int64(lo.X)-g.pad, int64(lo.Y)-g.pad
	return int64(hi.X) + g.pad - g.originX, int64(hi.Y) + g.pad - g.originY
}

// count makes start the number of items per cell; false when they exceed limit.
func (g *grid) count(limit int) bool {
	g.start = make([]int32, g.cols*g.rows+1)
	total := 0
	for i := range g.segments {
		g.visit(g.segments[i], func(cell int) {
			g.start[cell+1]++
			total++
		})
		if total > limit && g.cols*g.rows > 1 {
			return false
		}
	}
	return true
}

func (g *grid) fill() {
	for i := 1; i < len(g.start); i++ {
		g.start[i] += g.start[i-1]
	}
	g.items = make([]int32, g.start[len(g.start)-1])
	next := append([]int32(nil), g.start...)
	for i := range g.segments {
		g.visit(g.segments[i], func(cell int) {
			g.items[next[cell]] = int32(i)
			next[cell]++
		})
	}
}

// visit calls f for the cells within pad of s. A long slanted segment is followed
// row by row; its x-range in a row is computed in floats and widened by a unit.
func (g *grid) visit(s segment, f func(cell int)) {
	x0, x1 := g.col(int64(min(s.a.X, s.b.X))-g.pad), g.col(int64(max(s.a.X, s.b.X))+g.pad)
	y0, y1 := g.row(int64(min(s.a.Y, s.b.Y))-g.pad), g.row(int64(max(s.a.Y, s.b.Y))+g.pad)
	slanted := y1-y0 > 1 && x1-x0 > 1
	for y := y0; y <= y1; y++ {
		from, to := x0, x1
		if slanted {
			from, to = g.rowRange(s, y, x0, x1)
		}
		for x := from; x <= to; x++ {
			f(y*g.cols + x)
		}
	}
}

// rowRange returns the columns within pad of s in row y.
func (g *grid) rowRange(s segment, y, x0, x1 int) (int, int) {
	low := float64(g.originY+int64(y)<<g.shift-g.pad) - 1
	high := float64(g.originY+int64(y+1)<<g.shift+g.pad) + 1
	d := from(s.a, s.b)
	slope := float64(d.dx) / float64(d.dy)
	xa, xb := float64(s.a.X)+slope*(low-float64(s.a.Y)), float64(s.a.X)+slope*(high-float64(s.a.Y))
	pad := float64(g.pad + 1)
	left, right := math.Min(xa, xb)-pad, math.Max(xa, xb)+pad
	return max(x0, g.colOf(left)), min(x1, g.colOf(right))
}

func (g *grid) colOf(x float64) int {
	x -= float64(g.originX)
	return int(math.Floor(math.Max(-1, math.Min(x, 1<<33)) / float64(int64(1)<<g.shift)))
}

func (g *grid) col(x int64) int { return min(max(int((x-g.originX)>>g.shift), 0), g.cols-1) }
func (g *grid) row(y int64) int { return min(max(int((y-g.originY)>>g.shift), 0), g.rows-1) }

// cell returns the segments filed at column x, row y.
func (g *grid) cell(x, y int) []int32 {
	c := y*g.cols + x
	return g.items[g.start[c]:g.start[c+1]]
}

// near returns the segments that may pass within pad of p.
func (g *grid) near(p geo.Point) []int32 {
	return g.cell(g.col(int64(p.X)), g.row(int64(p.Y)))
}

// box is the bounding box of a segment, in grid units.
type box struct{ x0, y0, x1, y1 int32 }

func (s segment) box() box {
	return box{min(s.a.X, s.b.X), min(s.a.Y, s.b.Y), max(s.a.X, s.b.X), max(s.a.Y, s.b.Y)}
}

// meets tells whether two boxes come within pad units of each other.
func (b box) meets(c box, pad int64) bool {
	return int64(b.x0)-pad <= int64(c.x1) && int64(c.x0)-pad <= int64(b.x1) &&
		int64(b.y0)-pad <= int64(c.y1) && int64(c.y0)-pad <= int64(b.y1)
}

// pairs calls f for every two segments whose boxes come within pad; a pair in
// several cells is seen several times. It stops when f returns false and reports
// false when it would take more than work steps.
func (g *grid) pairs(work int, f func(i, j int32) bool) bool {
	var boxes []box
	for c := 0; c+1 < len(g.start); c++ {
		items := g.items[g.start[c]:g.start[c+1]]
		if len(items) < 2 {
			continue
		}
		if work -= len(items) * len(items) / 2; work < 0 {
			return false
		}
		boxes = boxes[:0]
		for _, i := range items {
			boxes = append(boxes, g.segments[i].box())
		}
		for k, bk := range boxes {
			for l := k + 1; l < len(boxes); l++ {
				if bk.meets(boxes[l], g.pad) && !f(items[k], items[l]) {
					return true
				}
			}
		}
	}
	return true
}

// pairWork is the number of box comparisons worth spending on n segments: three
// hundred each, which real borders need a tenth of.
func pairWork(n int) int { return 300*n + 1<<bits.Len(uint(n)) + 1_000_000 }
