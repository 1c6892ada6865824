package server

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// layers is a choice of the layers of a tile.
type layers uint8

const (
	layersAll layers = iota
	layersDivisions
	layersLines
	layersPlaces
	layersUnrefined
)

// chosen names the layers of a choice; nil means all.
func (l layers) chosen() []string {
	return [...][]string{
		layersAll:       nil,
		layersDivisions: {"province", "prefecture", "county", "label"},
		layersLines:     {"boundary"},
		layersPlaces:    {"place"},
		layersUnrefined: {"unrefined"},
	}[l]
}

// of returns the part of a tile that is chosen. The tile is one that we made: a
// row of layers (field 3), each with its name (field 1).
func (l layers) of(tile []byte) []byte {
	if l == layersAll {
		return tile
	}
	var kept []byte
	for len(tile) > 0 {
		_, _, head := protowire.ConsumeTag(tile)
		layer, n := protowire.ConsumeBytes(tile[max(head, 0):])
		if head < 0 || n < 0 {
			return kept
		}
		if slices.Contains(l.chosen(), nameOf(layer)) {
			kept = append(kept, tile[:head+n]...)
		}
		tile = tile[head+n:]
	}
	return kept
}

// nameOf returns the name of a layer.
func nameOf(layer []byte) string {
	for len(layer) > 0 {
		number, kind, head := protowire.ConsumeTag(layer)
		if head < 0 {
			return ""
		}
		if number == 1 && kind == protowire.BytesType {
			name, _ := protowire.ConsumeBytes(layer[head:])
			return string(name)
		}
		n := protowire.ConsumeFieldValue(number, kind, layer[head:])
		if n < 0 {
			return ""
		}
		layer = layer[head+n:]
	}
	return ""
}
