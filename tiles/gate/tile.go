package gate

import (
	"slices"

	"jieming/tiles/mvt"
)

// Cell is a place in tile units: x to the east, y to the south.
type Cell = mvt.Cell

// Extent is the width and height of a tile in tile units.
const Extent = mvt.Extent

// Tile is a tile as its bytes have it. Nothing is mended.
type Tile struct{ Layers []*Layer }

// Layer is one layer of a tile.
type Layer struct {
	Name     string
	Features []Feature

	keys   []string
	values []any
}

// Kind is the type of a feature's geometry, as it is numbered in a tile.
type Kind uint64

// The kinds of geometry.
const (
	Point   Kind = 1
	Line    Kind = 2
	Polygon Kind = 3
)

// Feature is one feature of a layer.
type Feature struct {
	ID   uint64
	Kind Kind
	// Paths are the points, lines or rings in the order of the tile, with all
	// points that are repeated. A ring ends with its last point before it closes.
	Paths [][]Cell

	layer *Layer
	tags  []uint32 // key, value, key, value
}

// Tag returns the value of an attribute: a string, int64, uint64, float64 or
// bool; nil if the feature doesn't have it.
func (f *Feature) Tag(key string) any {
	for i := 0; i < len(f.tags); i += 2 {
		if f.layer.keys[f.tags[i]] == key {
			return f.layer.values[f.tags[i+1]]
		}
	}
	return nil
}

// Layer returns the layer of that name, an empty one if there is none.
func (t *Tile) Layer(name string) *Layer {
	i := slices.IndexFunc(t.Layers, func(l *Layer) bool { return l.Name == name })
	if i < 0 {
		return &Layer{Name: name}
	}
	return t.Layers[i]
}
