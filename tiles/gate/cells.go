package gate

import (
	"cmp"
	"slices"
)

// crossing is where the middle of a row of cells crosses an edge: from column
// col on, times more units cover the cells.
type crossing struct {
	col   int16 // 0 to Extent; 0 is at or before the tile
	open  bool  // whoever ends here may end
	times int32
}

// rows lists the crossings of the rows of the tile, those of row y from
// start[y] to start[y+1], by column. Edges whose neighbours fit cover as much
// on either side, and are left out.
type rows struct {
	start     [Extent + 1]int32
	crossings []crossing
}

// newRows finds the crossings. open tells of an edge that units may end there.
func newRows(f *fabric, open func(edge int) bool) *rows {
	r := &rows{}
	counts := [Extent + 1]int32{}
	for _, e := range f.edges {
		if e.sum == 0 {
			continue
		}
		from, to := rowsOf(f.cells[e.a], f.cells[e.b])
		for y := from; y < to; y++ {
			counts[y]++
		}
	}
	sum := int32(0)
	for y, n := range counts {
		r.start[y] = sum
		sum += n
	}
	r.crossings = make([]crossing, sum)
	next := r.start
	for i, e := range f.edges {
		if e.sum != 0 {
			r.fill(f, e, open(i), &next)
		}
	}
	for y := range Extent {
		slices.SortFunc(r.of(y), func(a, b crossing) int { return cmp.Compare(a.col, b.col) })
	}
	return r
}

// even tells whether all cells of the tile are covered equally often, and how
// often, when that shows without looking at each: no edge that changes it passes
// between the sides of the tile.
func (f *fabric) even() (times int32, even bool) {
	changes := [Extent + 1]int32{}
	for _, e := range f.edges {
		a, b, sum := f.cells[e.a], f.cells[e.b], e.sum
		from, to := rowsOf(a, b)
		if sum == 0 || from >= to || min(a.X, b.X) >= Extent {
			continue
		}
		if max(a.X, b.X) > 0 {
			return 0, false
		}
		if a.Y < b.Y {
			sum = -sum // as in fill
		}
		changes[from] += sum
		changes[to] -= sum
	}
	for _, c := range changes[1:Extent] {
		if c != 0 {
			return 0, false
		}
	}
	return changes[0], true
}

// rowsOf returns the rows of the tile whose middle an edge crosses.
func rowsOf(a, b Cell) (from, to int32) {
	return max(min(a.Y, b.Y), 0), min(max(a.Y, b.Y), Extent)
}

func (r *rows) fill(f *fabric, e edge, open bool, next *[Extent + 1]int32) {
	a, b, times := f.cells[e.a], f.cells[e.b], -e.sum // what runs down has its unit to the left
	from, to := rowsOf(a, b)
	if a.Y > b.Y {
		a, b, times = b, a, -times
	}
	dx, dy := int64(b.X-a.X), int64(b.Y-a.Y)
	for y := from; y < to; y++ {
		// half a cell from the crossing to the first centre at or after it
		at := (2*int64(a.X)-1)*dy + (2*int64(y-a.Y)+1)*dx
		col := min(max(ceilDivide(at, 2*dy), 0), Extent)
		r.crossings[next[y]] = crossing{int16(col), open, times}
		next[y]++
	}
}

func ceilDivide(a, b int64) int64 {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}

func (r *rows) of(y int) []crossing { return r.crossings[r.start[y]:r.start[y+1]] }

// run is a stretch of a row that the same number of units cover.
type run struct {
	from, to, times      int
	openStart, openAfter bool // the ends may be ends of the covered
}

// runs calls do with the runs of row y, in order.
func (r *rows) runs(y int, do func(run)) {
	now := run{openStart: true}
	crossings := r.of(y)
	for i := 0; i < len(crossings); {
		col, open, times := int(crossings[i].col), false, 0
		for ; i < len(crossings) && int(crossings[i].col) == col; i++ {
			open = open || crossings[i].open
			times += int(crossings[i].times)
		}
		if col >= Extent {
			break
		}
		if now.to = col; now.to > now.from {
			now.openAfter = open
			do(now)
			now.openStart = open
		}
		now.from, now.times = col, now.times+times
	}
	now.to, now.openAfter = Extent, true
	do(now)
}

// judgeCells counts the cells that are covered otherwise than once.
func (j *judge) judgeCells() {
	if times, even := j.even(); even && times == 1 {
		return
	}
	r := newRows(j.fabric, func(edge int) bool { return j.outer[edge] })
	flat := j.flatEnds()
	hollow, tainted := 0, false // rows before this one that nobody covers
	for y := range Extent {
		before := j.GapCells
		empty := j.judgeRow(r, y)
		switch {
		case empty && hollow == 0:
			hollow, tainted = 1, tainted || flat[int32(y)]
		case empty:
			hollow++
		default:
			if hollow > 0 && (tainted || flat[int32(y)] || j.GapCells > before) {
				j.count(&j.GapCells, hollow*Extent, "no unit covers rows %d to %d", y-hollow, y)
			}
			hollow, tainted = 0, j.GapCells > before
		}
	}
	if hollow > 0 && tainted {
		j.count(&j.GapCells, hollow*Extent, "no unit covers rows %d to %d", Extent-hollow, Extent)
	}
}

// flatEnds lists the heights at which units end that must not, along a row.
func (j *judge) flatEnds() map[int32]bool {
	flat := map[int32]bool{}
	for i, e := range j.edges {
		p, q := j.cells[e.a], j.cells[e.b]
		if e.sum != 0 && !j.outer[i] && p.Y == q.Y && within(p, q) {
			flat[p.Y] = true
		}
	}
	return flat
}

// judgeRow counts in row y. It tells whether nobody covers the row; without
// Subject.Covered, it is up to the rows beside whether that is right.
func (j *judge) judgeRow(r *rows, y int) (empty bool) {
	r.runs(y, func(n run) {
		switch {
		case n.times == 1:
		case n.times != 0:
			j.count(&j.OverlapCells, n.to-n.from, "cells %d to %d of row %d are covered %d times", n.from, n.to, y, n.times)
		case j.subject.Covered != nil:
			j.judgeCovered(n, y)
		case n.to-n.from == Extent:
			empty = true
		case !n.openStart || !n.openAfter:
			j.count(&j.GapCells, n.to-n.from, "cells %d to %d of row %d are not covered", n.from, n.to, y)
		}
	})
	return empty
}

func (j *judge) judgeCovered(n run, y int) {
	for x := n.from; x < n.to; x++ {
		if j.subject.Covered(x, y) {
			j.count(&j.GapCells, 1, "cell %d, %d is not covered", x, y)
		}
	}
}

// Difference compares two coverages of a tile, such as counties and provinces:
// it counts the cells that layers a cover more often than layers b, and those
// that they cover less often.
func Difference(t *Tile, a, b []string) (more, less int) {
	f := newFabric(countCells(t, a) + countCells(t, b))
	f.add(t, a, 1)
	f.add(t, b, -1)
	if times, even := f.even(); even && times == 0 {
		return 0, 0
	}
	r := newRows(f, func(int) bool { return false })
	for y := range Extent {
		r.runs(y, func(n run) {
			if n.times > 0 {
				more += n.to - n.from
			} else if n.times < 0 {
				less += n.to - n.from
			}
		})
	}
	return more, less
}
