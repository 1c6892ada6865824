// Package lattice makes the lines of a coverage coarser: it rounds all of them
// together to a lattice of so many decimals of a degree.
//
// Rounding every vertex for itself keeps shared lines shared, but makes lines
// touch and cross that did not. Snap rounding does not: the cells that hold a
// vertex of any line are hot, and every line that passes a hot cell is bent to
// pass through its middle (see package snapround, which does the same for tiles).
// What a line becomes depends on the line and the hot cells alone, so neighbours
// agree, and a line is the same wherever it is used.
package lattice

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Cell is a place on the lattice: longitude and latitude in its steps.
type Cell struct{ X, Y int32 }

// Lattice is a lattice with its hot cells. Once everything is added it is safe
// for concurrent use.
type Lattice struct {
	decimals int
	step     int64 // in units of the grid of package geo
	hot      map[Cell]struct{}
	squares  map[Cell][]Cell // hot cells by square of span × span cells
}

// span is the width of a square, in cells.
const span = 16

// New returns a lattice of 1 to 6 decimals of a degree, without hot cells.
func New(decimals int) (*Lattice, error) {
	if decimals < 1 || decimals > 6 {
		return nil, fmt.Errorf("a lattice has 1 to 6 decimals, not %d", decimals)
	}
	return &Lattice{decimals: decimals, step: int64(math.Pow10(7 - decimals)), hot: map[Cell]struct{}{}, squares: map[Cell][]Cell{}}, nil
}

// Decimals is how fine the lattice is.
func (l *Lattice) Decimals() int { return l.decimals }

// Add makes the cells of a line's vertices hot. Every line that is rounded has to
// be added before any is.
func (l *Lattice) Add(line orb.LineString) error {
	for _, p := range line {
		c, err := l.cell(p)
		if err != nil {
			return err
		}
		if _, known := l.hot[c]; known {
			continue
		}
		l.hot[c] = struct{}{}
		s := Cell{floor(c.X, span), floor(c.Y, span)}
		l.squares[s] = append(l.squares[s], c)
	}
	return nil
}

func (l *Lattice) cell(p orb.Point) (Cell, error) {
	g, err := geo.Snap(p)
	if err != nil {
		return Cell{}, err
	}
	return l.around(int64(g.X), int64(g.Y)), nil
}

// around is the cell of a grid point: each holds its lower and left edge.
func (l *Lattice) around(x, y int64) Cell {
	return Cell{int32(floor(x+l.step/2, l.step)), int32(floor(y+l.step/2, l.step))}
}

func floor[T int32 | int64](a, b T) T {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Point rounds a point: to the middle of its cell.
func (l *Lattice) Point(p orb.Point) orb.Point {
	c, err := l.cell(p)
	if err != nil {
		return p
	}
	return l.middle(c)
}

// middle is the middle of a cell in degrees.
func (l *Lattice) middle(c Cell) orb.Point {
	per := math.Pow10(l.decimals)
	return orb.Point{float64(c.X) / per, float64(c.Y) / per}
}

// Line rounds a line. Nothing is left of one that lies within a cell.
func (l *Lattice) Line(line orb.LineString) (orb.LineString, error) {
	path, err := l.path(line)
	if err != nil || len(path) < 2 {
		return nil, err
	}
	out := make(orb.LineString, len(path))
	for i, c := range path {
		out[i] = l.middle(c)
	}
	return out, nil
}

// path is the cells through whose middle a line runs, no two in a row the same.
func (l *Lattice) path(line orb.LineString) ([]Cell, error) {
	var out []Cell
	var before geo.Point
	for i, p := range line {
		g, err := geo.Snap(p)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = l.pass(out, before, g)
		}
		before = g
	}
	return slices.Compact(out), nil
}

// pass appends the hot cells that a segment passes, in its order.
func (l *Lattice) pass(out []Cell, from, to geo.Point) []Cell {
	begun := len(out)
	s := segment{int64(from.X), int64(from.Y), int64(to.X) - int64(from.X), int64(to.Y) - int64(from.Y)}
	first, last := l.around(int64(from.X), int64(from.Y)), l.around(int64(to.X), int64(to.Y))
	left, right := floor(min(first.X, last.X), span), floor(max(first.X, last.X), span)
	for x := left; x <= right; x++ {
		bottom, top := l.rows(s, x)
		for y := bottom; y <= top; y++ {
			for _, c := range l.squares[Cell{x, y}] {
				if s.meets(int64(c.X)*l.step-l.step/2, int64(c.Y)*l.step-l.step/2, l.step) {
					out = append(out, c)
				}
			}
		}
	}
	// A segment goes on in both directions or in none, so the sum of the two tells
	// which of two cells comes first.
	slices.SortFunc(out[begun:], func(a, b Cell) int { return cmp.Compare(s.along(a), s.along(b)) })
	return out
}

// rows are the squares of a column that a segment may pass, with room for the
// rounding of floats.
func (l *Lattice) rows(s segment, column int32) (bottom, top int32) {
	low, high := float64(s.y), float64(s.y+s.dy)
	if s.dx != 0 {
		at := func(x float64) float64 {
			return float64(s.y) + float64(s.dy)*min(max((x-float64(s.x))/float64(s.dx), 0), 1)
		}
		edge := (float64(column)*span - 0.5) * float64(l.step)
		low, high = at(edge), at(edge+span*float64(l.step))
	}
	row := func(y float64) int32 {
		return int32(math.Floor((y + float64(l.step)/2) / float64(l.step) / span))
	}
	slack := float64(l.step)
	return row(min(low, high) - slack), row(max(low, high) + slack)
}

// segment runs from (x, y) by (dx, dy), in grid units.
type segment struct{ x, y, dx, dy int64 }

func (s segment) along(c Cell) int64 {
	return int64(cmp.Compare(s.dx, 0))*int64(c.X) + int64(cmp.Compare(s.dy, 0))*int64(c.Y)
}

// meets tells whether a segment has a point with left ≤ x < left+side and bottom ≤
// y < bottom+side. It is exact: shares of the way are compared as fractions.
func (s segment) meets(left, bottom, side int64) bool {
	w := way{until: share{1, 1, false}, since: share{0, 1, false}}
	return w.narrow(s.x, s.dx, left, left+side) && w.narrow(s.y, s.dy, bottom, bottom+side)
}

// share is a share of the way along a segment, num/den with den above 0; open where
// the share itself is left out.
type share struct {
	num, den int64
	open     bool
}

// way is the part of a segment between two shares.
type way struct{ since, until share }

// narrow leaves the part on which a coordinate that begins at from and changes by
// d lies in [low, high). It reports whether anything is left.
func (w *way) narrow(from, d, low, high int64) bool {
	switch {
	case d == 0:
		return low <= from && from < high
	case d > 0:
		w.after(share{low - from, d, false})
		w.before(share{high - from, d, true})
	default:
		w.after(share{from - high, -d, true})
		w.before(share{from - low, -d, false})
	}
	order := compare(w.since, w.until)
	return order < 0 || order == 0 && !w.since.open && !w.until.open
}

func (w *way) after(s share) {
	if order := compare(s, w.since); order > 0 || order == 0 && s.open {
		w.since = s
	}
}

func (w *way) before(s share) {
	if order := compare(s, w.until); order < 0 || order == 0 && s.open {
		w.until = s
	}
}

// compare orders shares. Products stay below 2^63: no two coordinates are more
// than 3.6e9 apart, and none is compared whose cell is not near the segment.
func compare(a, b share) int { return cmp.Compare(a.num*b.den, b.num*a.den) }
