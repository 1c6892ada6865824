package snapround

import "jieming/geo/mercator"

// Cell is a place in tile units, counted from the tile's north-west corner: x
// east, y south.
type Cell struct{ X, Y int32 }

// Sides says who is on the left and on the right of each arc, by the number the
// arc was added with. 0 is nobody.
type Sides struct{ Left, Right []int32 }

// tileCells is the width and height of a tile.
const tileCells = 4096

// none stands for no vertex.
const none = int32(-1)

// Rounder rounds the lines of one tile after another. Call Reset, Add for each
// stretch of line, Round, and then Polygons and Lines as often as needed. One
// goroutine uses it at a time. It keeps its memory; the zero value is ready. A
// tile costs about a tenth of a microsecond for each vertex added, and a
// fraction of that for each time a vertex is yielded.
type Rounder struct {
	shift            uint  // a cell has 2^shift world units
	half             int64 // half a cell in world units
	cornerX, cornerY int64 // of the tile, in world units
	low, high        int32 // the cells of the buffered box, both inclusive
	rims             [6]int32
	inner            box // between all rims

	segments []segment
	outer    []int32 // the segments that may cross a rim
	vertices []Cell  // the hot cells, each once
	own      []int32 // by vertex: the segment that was first to end there
	table    []int32 // finds a vertex by its cell; one more than its number
	grid     grid
	hits     []hit
	steps    []step
	marks    []int32 // by vertex: how steps come by
	nodes    []Cell  // where chains end
	cells    []Cell  // of all chains
	chains   []chain
	links    []link
	uses     []use
	single   []single
	path     []Cell
	tracer   tracer
}

// segment is a straight piece of a line, in world units from the tile's corner.
type segment struct {
	ax, ay, bx, by int64
	from, to       int32 // the vertices at its ends; none where they take no part
	box            box
	arc            int32
	follows        bool // it begins where the one before ends
}

// longest is the greatest extent of a segment in world units; longer ones are
// halved, so that products fit into 64 bits.
const longest = 1 << 30

// rimCells is the reach beyond the box in which lines are still rounded.
const rimCells = 2

// Reset begins tile x, y of a zoom up to 19, drawn with a buffer around it.
func (r *Rounder) Reset(z, x, y int, bufferCells int32) {
	r.shift = uint(20 - z)
	r.half = 1 << r.shift >> 1
	r.cornerX, r.cornerY = int64(x)<<(32-z)-1<<31, int64(y)<<(32-z)-1<<31
	r.low, r.high = -bufferCells, tileCells+bufferCells
	r.rims = [6]int32{-bufferCells, 0, bufferCells, tileCells - bufferCells, tileCells, tileCells + bufferCells}
	r.inner = boxOf(Cell{r.rims[2] + 1, r.rims[2] + 1}, Cell{r.rims[3] - 1, r.rims[3] - 1}, r.low-rimCells)
	r.resetTable()
	r.outer = r.outer[:0]
	r.segments, r.vertices, r.own, r.steps = r.segments[:0], r.vertices[:0], r.own[:0], r.steps[:0]
}

// Add adds a stretch of an arc. What is far from the tile costs little.
func (r *Rounder) Add(arc int32, points []mercator.Point) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		r.addSegment(arc, int64(a.X)-r.cornerX, int64(a.Y)-r.cornerY, int64(b.X)-r.cornerX, int64(b.Y)-r.cornerY)
	}
}

func (r *Rounder) addSegment(arc int32, ax, ay, bx, by int64) {
	low, high := int64(r.low-rimCells)<<r.shift, int64(r.high+rimCells)<<r.shift
	if max(ax, bx) < low || min(ax, bx) > high || max(ay, by) < low || min(ay, by) > high {
		return
	}
	if bx-ax > longest || ax-bx > longest || by-ay > longest || ay-by > longest {
		mx, my := (ax+bx)>>1, (ay+by)>>1
		r.addSegment(arc, ax, ay, mx, my)
		r.addSegment(arc, mx, my, bx, by)
		return
	}
	if ax == bx && ay == by {
		return
	}
	n := len(r.segments)
	a, b := r.cellAt(ax, ay), r.cellAt(bx, by)
	r.segments = append(r.segments, segment{ax: ax, ay: ay, bx: bx, by: by, box: boxOf(a, b, r.low-rimCells), arc: arc})
	s := &r.segments[n]
	if s.follows = n > 0 && r.segments[n-1].bx == ax && r.segments[n-1].by == ay; s.follows {
		s.from = r.segments[n-1].to
	} else {
		s.from = r.pin(a, int32(n))
	}
	s.to = r.pin(b, int32(n))
	if !r.inner.holds(s.box) {
		r.outer = append(r.outer, int32(n))
	}
}

// cell returns the cell that holds a world coordinate: from its middle half a
// cell west and north, which belong to it, to half a cell east and south, which
// do not.
func (r *Rounder) cell(x int64) int32 { return int32((x + r.half) >> r.shift) }

func (r *Rounder) cellAt(x, y int64) Cell { return Cell{r.cell(x), r.cell(y)} }

// reached tells whether a cell takes part in the rounding.
func (r *Rounder) reached(c Cell) bool {
	low, high := r.low-rimCells, r.high+rimCells
	return c.X >= low && c.X <= high && c.Y >= low && c.Y <= high
}

// boxed tells whether a cell is in the box.
func (r *Rounder) boxed(c Cell) bool {
	return c.X >= r.low && c.X <= r.high && c.Y >= r.low && c.Y <= r.high
}

// Round rounds what was added.
func (r *Rounder) Round() {
	r.pinRims()
	r.grid.reset(r.low-rimCells, r.high+rimCells, len(r.segments))
	r.pinCrossings()
	r.findHits()
	r.snap()
	r.makeChains()
}

func resize(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/2)
	}
	return s[:n]
}
