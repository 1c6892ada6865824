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

// Rounder rounds the lines of one tile after another. Call Reset, Add for each
// stretch of line, Round, and then Polygons and Lines as often as needed. One
// goroutine uses it at a time. It keeps its memory; the zero value is ready.
type Rounder struct {
	shift            uint  // a cell has 2^shift world units
	half             int64 // half a cell in world units
	cornerX, cornerY int64 // of the tile, in world units
	low, high        int32 // the cells of the buffered box, both inclusive
	rims             [6]int32

	segments []segment
	pins     []Cell // of vertices, crossings and rims; then sorted and each once
	found    buckets
	near     buckets
	vertices []Cell
	steps    []step
	edges    []edge
	uses     []use // of edges, in order of edge
	tracer   tracer
	hits     []hit
	order    []int32
	starts   []int32
	path     []Cell
}

// segment is a straight piece of a line, in world units from the tile's corner.
type segment struct {
	ax, ay, bx, by int64
	arc            int32
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
	r.segments, r.pins, r.vertices = r.segments[:0], r.pins[:0], r.vertices[:0]
	r.steps, r.edges, r.uses = r.steps[:0], r.edges[:0], r.uses[:0]
}

// Add adds a stretch of an arc. What is far from the tile costs little.
func (r *Rounder) Add(arc int32, points []mercator.Point) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		r.addSegment(segment{int64(a.X) - r.cornerX, int64(a.Y) - r.cornerY, int64(b.X) - r.cornerX, int64(b.Y) - r.cornerY, arc})
	}
}

func (r *Rounder) addSegment(s segment) {
	low, high := int64(r.low-rimCells)<<r.shift, int64(r.high+rimCells)<<r.shift
	if max(s.ax, s.bx) < low || min(s.ax, s.bx) > high || max(s.ay, s.by) < low || min(s.ay, s.by) > high {
		return
	}
	if s.bx-s.ax > longest || s.ax-s.bx > longest || s.by-s.ay > longest || s.ay-s.by > longest {
		mx, my := (s.ax+s.bx)>>1, (s.ay+s.by)>>1
		r.addSegment(segment{s.ax, s.ay, mx, my, s.arc})
		r.addSegment(segment{mx, my, s.bx, s.by, s.arc})
		return
	}
	if s.ax != s.bx || s.ay != s.by {
		r.segments = append(r.segments, s)
	}
}

// cell returns the cell that holds a world coordinate: from its middle half a
// cell west and north, which belong to it, to half a cell east and south, which
// do not.
func (r *Rounder) cell(x int64) int32 { return int32((x + r.half) >> r.shift) }

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
	r.pinVertices()
	r.pinRims()
	r.pinCrossings()
	r.sortPins()
	r.snap()
	r.joinSteps()
}
