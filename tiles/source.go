package tiles

import (
	"context"
	"errors"
	"time"
)

// ErrAddress is the cause of an error about the address of a tile: the request
// is wrong, not the server.
var ErrAddress = errors.New("no such tile")

// ErrParameter is the cause of an error about a query parameter.
var ErrParameter = errors.New("wrong parameter")

// MaxZoom is the deepest zoom of a tile.
const MaxZoom = 14

// Moment is the instant of a tile on both clocks.
type Moment struct {
	Day time.Time // midnight UTC of the civil day
	Seq int64     // the log entry to answer at
}

// Source makes tiles, not compressed; no bytes mean an empty tile. Snapshots do,
// and, more slowly, PostGIS.
type Source interface {
	Tile(ctx context.Context, z, x, y int, at Moment) ([]byte, error)
}

// Tile implements Source. It fails never.
func (s *Snapshot) Tile(_ context.Context, z, x, y int, at Moment) ([]byte, error) {
	return s.View(at.Day, at.Seq).Draw(z, x, y).Encode(nil), nil
}

// Prepare makes ready what the first readers of the view ask for: the lines of
// all zooms and the places of all labels. For all counties of China it takes
// about a second, for a province some hundredths.
func (v *View) Prepare() {
	v.PrepareFine()
	for level := province; level < v.finest; level++ {
		v.sheets[level]()
	}
}

// PrepareFine leaves out the lines of the coarse zooms, whose first readers may
// then have to wait: after an edit of a border between prefectures they take most
// of the time, and those of the fine zooms some hundredths of a second.
func (v *View) PrepareFine() {
	v.open()
	v.sheets[v.finest]()
	for level := province; level <= v.finest; level++ {
		v.labels[level]()
	}
	v.placeIndex()
}

// Plain tells whether all tiles of one zoom that lie within tile z/x/y are the
// same, because neither line nor label nor place comes near it, and whether they
// are empty.
func (v *View) Plain(z, x, y int) (plain, empty bool) {
	v.open()
	for level := province; level <= v.finest; level++ {
		if v.labels[level]().index.any(z, x, y) {
			return false, false
		}
	}
	if v.placeIndex().any(z, x, y) {
		return false, false
	}
	d := v.drawing(max(z, firstZoom[v.finest]), 0, 0)
	defer d.Discard()
	d.z, d.x, d.y = z, x, y
	d.gather(0)
	if len(d.runs) > 0 {
		return false, false
	}
	return true, v.units[d.owner.unit].level == 0
}

// any tells whether a box meets a tile with its buffer.
func (b *boxes) any(z, x, y int) (found bool) {
	reach := tileBox(z, x, y).grown((bufferCells + marginCells) << (cellBits - z))
	b.meeting(&reach, func(int) { found = true })
	return found
}
