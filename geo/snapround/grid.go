package snapround

// grid groups segments by neighbourhood: the squares of cells that they pass. The
// squares are as small as it takes to have few segments in each.
type grid struct {
	bits    int // the width of a square in cells, as a power of two
	low     int32
	most    uint32  // the greatest place in a row
	wide    int     // squares in a row
	heads   []int32 // the latest entry of each square, plus one; 0 if it has none
	entries []entry
}

// entry is a segment in a square, before those of its next.
type entry struct {
	box           box
	segment, next int32
}

// box is a rectangle of cells, both ends inclusive. Coordinates count from the
// low end of the grid, from 1, and are cut off at 0 and at the greatest that
// boxes hold. Two stand in each number, x below y, so that both are compared at
// once.
type box struct{ min, max uint32 }

// mostPlace is the greatest coordinate of a box, and tops are the bits above the
// coordinates of one of its numbers.
const (
	mostPlace = 1<<15 - 1
	tops      = 1<<31 | 1<<15
)

func boxOf(a, b Cell, low int32) box {
	return box{
		place(min(a.X, b.X)-low) | place(min(a.Y, b.Y)-low)<<16,
		place(max(a.X, b.X)-low) | place(max(a.Y, b.Y)-low)<<16,
	}
}

func place(c int32) uint32 { return uint32(min(max(c+1, 0), mostPlace)) }

// meets tells whether two boxes have a cell in common.
func (b box) meets(o box) bool {
	return ((b.max|tops)-o.min)&((o.max|tops)-b.min)&tops == tops
}

// holds tells whether another box is in the box.
func (b box) holds(o box) bool {
	return ((b.max|tops)-o.max)&((o.min|tops)-b.min)&tops == tops
}

// The widths of squares, as powers of two, and how many of them there may be for
// each segment.
const (
	leastBits, mostBits = 3, 10
	squaresEach         = 8
)

func (g *grid) reset(low, high int32, segments int) {
	g.low, g.most = low, place(high-low)
	for g.bits = leastBits; g.bits < mostBits; g.bits++ {
		if wide := int(g.most)>>g.bits + 1; wide*wide <= squaresEach*segments {
			break
		}
	}
	g.wide = int(g.most)>>g.bits + 1
	g.heads = resize(g.heads, g.wide*g.wide)
	clear(g.heads)
	g.entries = g.entries[:0]
}

// put adds a segment to a square.
func (g *grid) put(square int, segment int32, b box) {
	g.entries = append(g.entries, entry{b, segment, g.heads[square]})
	g.heads[square] = int32(len(g.entries))
}

// of returns the square of a box of one cell.
func (g *grid) of(b box) int { return g.line(b.min>>16)*g.wide + g.line(b.min&0xffff) }

// line returns the row or column of a place, or the last.
func (g *grid) line(place uint32) int { return int(min(place, g.most) >> g.bits) }

// span is the squares that a segment passes.
type span struct{ top, bottom, left, right int }

// around returns the squares that a box reaches.
func (g *grid) around(b box) span {
	return span{g.line(b.min >> 16), g.line(b.max >> 16), g.line(b.min & 0xffff), g.line(b.max & 0xffff)}
}

// columns returns the columns that a segment passes while it is in a row.
func (g *grid) columns(r *Rounder, s *segment, in span, row int) (first, last int) {
	cell := float64(int64(1) << r.shift)
	north := (float64(int32(row<<g.bits)+g.low) - 3) * cell
	south := north + float64(int64(1)<<g.bits+5)*cell
	dx, dy := float64(s.bx-s.ax), float64(s.by-s.ay) // not 0: it spans rows
	t0, t1 := (north-float64(s.ay))/dy, (south-float64(s.ay))/dy
	if t0 > t1 {
		t0, t1 = t1, t0
	}
	t0, t1 = max(t0, 0), min(t1, 1)
	x0, x1 := float64(s.ax)+t0*dx, float64(s.ax)+t1*dx
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	return max(in.left, g.line(place(r.cell(int64(x0))-g.low-2))), min(in.right, g.line(place(r.cell(int64(x1))-g.low+2)))
}
