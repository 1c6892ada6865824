package gate

import (
	"errors"
	"fmt"
	"math"
)

// maxCoordinate bounds coordinates, so that products of their differences are
// exact: 4096 tiles to each side.
const maxCoordinate = 1 << 24

// The commands of geometries.
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// turtle draws a geometry.
type turtle struct {
	message
	x, y  int64
	cells []Cell // of all paths
	from  []int  // where each path begins in cells
}

// addGeometry reads the commands of a feature.
func (f *Feature) addGeometry(data []byte) error {
	if len(data) == 0 {
		return errors.New("it has no geometry")
	}
	t := turtle{message: message{rest: data}, cells: make([]Cell, 0, len(data)/2)}
	var err error
	switch f.Kind {
	case Point:
		err = t.points()
	case Line:
		err = t.paths(1, false)
	case Polygon:
		err = t.paths(2, true)
	default:
		err = fmt.Errorf("its kind is %d", f.Kind)
	}
	if err != nil {
		return err
	}
	f.Paths = make([][]Cell, len(t.from))
	for i, from := range t.from {
		to := len(t.cells)
		if i+1 < len(t.from) {
			to = t.from[i+1]
		}
		f.Paths[i] = t.cells[from:to:to]
	}
	return nil
}

// points reads a point, or several.
func (t *turtle) points() error {
	count, err := t.command(moveTo)
	if err != nil {
		return err
	}
	for range count {
		t.from = append(t.from, len(t.cells))
		if err := t.step(); err != nil {
			return err
		}
	}
	return t.end()
}

// paths reads lines or rings of at least least steps after the first point.
func (t *turtle) paths(least uint64, closed bool) error {
	for len(t.rest) > 0 {
		if err := t.path(least, closed); err != nil {
			return fmt.Errorf("path %d: %w", len(t.from)-1, err)
		}
	}
	return nil
}

func (t *turtle) path(least uint64, closed bool) error {
	t.from = append(t.from, len(t.cells))
	if err := t.one(moveTo); err != nil {
		return err
	}
	if err := t.step(); err != nil {
		return err
	}
	count, err := t.command(lineTo)
	if err != nil {
		return err
	}
	if count < least {
		return fmt.Errorf("it has %d segments, at least %d are needed", count, least)
	}
	for range count {
		if err := t.step(); err != nil {
			return err
		}
	}
	if closed {
		return t.one(closePath)
	}
	return nil
}

// command reads a command that must be want, and returns its count, which the
// rest of the geometry has room for.
func (t *turtle) command(want uint64) (count uint64, err error) {
	v, err := t.varint()
	if err != nil {
		return 0, err
	}
	if v&7 != want || v>>3 == 0 {
		return 0, fmt.Errorf("there is command %d, %d times, where command %d belongs", v&7, v>>3, want)
	}
	if count = v >> 3; want != closePath && count > uint64(len(t.rest))/2 {
		return 0, errShort
	}
	return count, nil
}

func (t *turtle) one(want uint64) error {
	count, err := t.command(want)
	if err == nil && count != 1 {
		err = fmt.Errorf("command %d is repeated %d times", want, count)
	}
	return err
}

// step reads a move to the next point.
func (t *turtle) step() error {
	dx, err := t.varint()
	if err != nil {
		return err
	}
	dy, err := t.varint()
	if err != nil {
		return err
	}
	if max(dx, dy) > math.MaxUint32 {
		return errors.New("a step has more than 32 bits")
	}
	t.x, t.y = t.x+unzigzag(dx), t.y+unzigzag(dy)
	if max(t.x, -t.x, t.y, -t.y) > maxCoordinate {
		return fmt.Errorf("the point %d, %d is beyond %d tile units", t.x, t.y, maxCoordinate)
	}
	t.cells = append(t.cells, Cell{X: int32(t.x), Y: int32(t.y)})
	return nil
}

func (t *turtle) end() error {
	if len(t.rest) > 0 {
		return errors.New("commands follow its end")
	}
	return nil
}
