package mvt

import (
	"encoding/binary"
	"slices"

	"jieming/geo/snapround"
)

// Cell is a place in tile units: x to the east, y to the south.
type Cell = snapround.Cell

// The commands of geometries.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// Point begins a feature that is one point.
func (e *Encoder) Point(id uint64, x, y int32) {
	e.beginFeature(id, point)
	e.command(moveTo, 1)
	e.step(Cell{X: x, Y: y})
}

// BeginLines begins a feature of lines, which Line adds.
func (e *Encoder) BeginLines(id uint64) { e.beginFeature(id, line) }

// Line adds a chain of cells to the feature begun by BeginLines. Points equal to
// the one before are left out, and so is a chain of one place.
func (e *Encoder) Line(chain []Cell) {
	n := distinct(chain)
	if n < 2 {
		return
	}
	e.path(chain, n)
}

// Polygon begins a feature of polygons. Each is its exterior, whose area is
// positive by the surveyor's formula (clockwise on the screen), followed by its
// holes, which run the other way. A ring may repeat its first point at the end
// or not. Points equal to the one before are left out, and so are rings of fewer
// than three.
func (e *Encoder) Polygon(id uint64, rings [][]Cell) {
	e.beginFeature(id, polygon)
	for _, ring := range rings {
		for len(ring) > 1 && ring[len(ring)-1] == ring[0] {
			ring = ring[:len(ring)-1]
		}
		if n := distinct(ring); n >= 3 {
			e.path(ring, n)
			e.command(closePath, 1)
		}
	}
}

// distinct counts the points that differ from the one before.
func distinct(chain []Cell) int {
	n := min(len(chain), 1)
	for i := 1; i < len(chain); i++ {
		if chain[i] != chain[i-1] {
			n++
		}
	}
	return n
}

// longestStep is the most bytes that a step takes.
const longestStep = 2 * binary.MaxVarintLen32

// path writes the n distinct points of a chain.
func (e *Encoder) path(chain []Cell, n int) {
	e.command(moveTo, 1)
	e.step(chain[0])
	e.command(lineTo, uint32(n-1))
	e.geometry = slices.Grow(e.geometry, n*longestStep)
	to, i, at := e.geometry[:cap(e.geometry)], len(e.geometry), e.at // kept at hand: this loop is what a tile costs
	for _, next := range chain[1:] {
		x, y := zigzag(next.X-at.X), zigzag(next.Y-at.Y)
		at = next
		switch {
		case x|y == 0:
		case x|y < 0x80:
			to[i], to[i+1] = byte(x), byte(y)
			i += 2
		default:
			i += binary.PutUvarint(to[i:], uint64(x))
			i += binary.PutUvarint(to[i:], uint64(y))
		}
	}
	e.geometry, e.at = to[:i], at
}

func (e *Encoder) command(command, count uint32) {
	e.geometry = binary.AppendUvarint(e.geometry, uint64(count<<3|command))
}

// step moves the cursor.
func (e *Encoder) step(to Cell) {
	e.geometry = appendStep(e.geometry, e.at, to)
	e.at = to
}

func appendStep(to []byte, from, next Cell) []byte {
	x, y := zigzag(next.X-from.X), zigzag(next.Y-from.Y)
	if x|y < 0x80 {
		return append(to, byte(x), byte(y))
	}
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(x)), uint64(y))
}

func zigzag(n int32) uint32 { return uint32(n<<1 ^ n>>31) }
