package snapround

// grid groups segments by neighbourhood: the squares of cells that they pass
// within a cell of. The squares are as large as it takes to have about as many
// of them as segments.
type grid struct {
	bits    int // the width of a square in cells, as a power of two
	low     int32
	wide    int     // squares in a row
	heads   []int32 // the latest entry of each square, plus one; 0 if it has none
	entries []entry
}

// entry is a segment in a square, before those of its next.
type entry struct{ segment, next int32 }

// The widths of squares, as powers of two.
const leastBits, mostBits = 5, 10

func (g *grid) reset(low, high int32, segments int) {
	g.low = low
	for g.bits = leastBits; g.bits < mostBits; g.bits++ {
		if wide := int(high-low)>>g.bits + 1; wide*wide <= 2*segments {
			break
		}
	}
	g.wide = int(high-low)>>g.bits + 1
	g.heads = resize(g.heads, g.wide*g.wide)
	clear(g.heads)
	g.entries = g.entries[:0]
}

// put adds a segment to a square.
func (g *grid) put(square int, segment int32) {
	g.entries = append(g.entries, entry{segment, g.heads[square]})
	g.heads[square] = int32(len(g.entries))
}

// of returns the square of a cell.
func (g *grid) of(c Cell) int { return g.line(c.Y)*g.wide + g.line(c.X) }

// line returns the row or column of a coordinate, or the nearest there is.
func (g *grid) line(c int32) int {
	return min(max(int(c-g.low)>>g.bits, 0), g.wide-1)
}

// span is the squares that a segment passes.
type span struct{ top, bottom, left, right int }

// around returns the squares that the box of a segment reaches.
func (g *grid) around(r *Rounder, s *segment) span {
	return span{
		g.line(r.cell(min(s.ay, s.by)) - 1), g.line(r.cell(max(s.ay, s.by)) + 1),
		g.line(r.cell(min(s.ax, s.bx)) - 1), g.line(r.cell(max(s.ax, s.bx)) + 1),
	}
}

// columns returns the columns that a segment passes while it is in a row. Of few
// squares, all are taken.
func (g *grid) columns(r *Rounder, s *segment, in span, row int) (first, last int) {
	if in.bottom-in.top < 2 || in.right-in.left < 2 {
		return in.left, in.right
	}
	cell := float64(int64(1) << r.shift)
	north := (float64(int32(row<<g.bits)+g.low) - 2) * cell
	south := north + float64(int64(1)<<g.bits+4)*cell
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
	return max(in.left, g.line(r.cell(int64(x0))-2)), min(in.right, g.line(r.cell(int64(x1))+2))
}
