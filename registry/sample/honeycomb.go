package sample

import (
	"fmt"
	"strings"

	"jieming/geo"
)

// The honeycomb: pointy-top hexagons in rows, each odd row half a cell to the
// east. Corners are counted in half columns eastward and thirds of a row
// southward, so that every corner has one pair of integers whichever of its
// three cells names it.
const (
	west        = 121_300_0000 // longitude of the first column, grid units
	north       = 46_500_0000  // latitude of the first row
	halfColumn  = 100_0000     // a cell is 0.2 degrees wide
	thirdRow    = 41_6667      // a row lies about 0.125 degrees below the last
	nobody      = ""           // beyond the national border: no cell
	emptyLetter = ".."
)

// corner is a corner of the honeycomb.
type corner struct{ u, v int32 }

// at is where the corner would lie if borders ran straight.
func (c corner) at() geo.Point {
	return geo.Point{X: west + c.u*halfColumn, Y: north - c.v*thirdRow}
}

// cell is a hexagon, by row and column.
type cell struct{ row, column int }

func (c cell) centre() corner {
	return corner{int32(2*c.column + c.row&1), int32(3 * c.row)}
}

// corners returns the corners of the cell anticlockwise, from its southern one.
func (c cell) corners() [6]corner {
	m := c.centre()
	return [6]corner{
		{m.u, m.v + 2}, {m.u + 1, m.v + 1}, {m.u + 1, m.v - 1},
		{m.u, m.v - 2}, {m.u - 1, m.v - 1}, {m.u - 1, m.v + 1},
	}
}

// across returns the cells beyond the six sides, side i running from corner i
// to the next.
func (c cell) across() [6]cell {
	odd := c.row & 1
	return [6]cell{
		{c.row + 1, c.column + odd}, {c.row, c.column + 1}, {c.row - 1, c.column + odd},
		{c.row - 1, c.column + odd - 1}, {c.row, c.column - 1}, {c.row + 1, c.column + odd - 1},
	}
}

// honeycomb says which region, by its code, has which cell.
type honeycomb map[cell]string

// parseHoneycomb reads the cartogram: a line a row, two letters a cell.
func parseHoneycomb(text string, codes map[string]string) (honeycomb, error) {
	h := honeycomb{}
	for row, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		for column, letters := range strings.Fields(line) {
			if letters == emptyLetter {
				continue
			}
			code, ok := codes[letters]
			if !ok {
				return nil, fmt.Errorf("cells.txt line %d: no region %q", row+1, letters)
			}
			h[cell{row, column}] = code
		}
	}
	return h, nil
}

// heart returns the corner-lattice position of the innermost cell of a region:
// the one with most neighbours of the same region, the first in reading order
// among equals.
func (h honeycomb) heart(code string) cell {
	var best cell
	most := -1
	for c, owner := range h {
		if owner != code {
			continue
		}
		n := h.depth(c)
		if n > most || n == most && before(c, best) {
			best, most = c, n
		}
	}
	return best
}

// depth scores how far inside its region a cell lies.
func (h honeycomb) depth(c cell) int {
	n := 0
	for _, d := range c.across() {
		if h[d] != h[c] {
			continue
		}
		n += 10
		for _, e := range d.across() {
			if h[e] == h[c] {
				n++
			}
		}
	}
	return n
}

func before(a, b cell) bool {
	return a.row < b.row || a.row == b.row && a.column < b.column
}
