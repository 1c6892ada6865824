package server

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// layers is a choice of the layers of a tile.
type layers uint8

const (
	layerProvince layers = 1 << iota
	layerPrefecture
	layerCounty
	layerTownship
	layerUnrefined
	layerBoundary
	layerLabel
	layerPlace

	layersDivisions = layerProvince | layerPrefecture | layerCounty | layerTownship | layerLabel
	layersLines     = layerBoundary
	layersPlaces    = layerPlace
	layersUnrefined = layerUnrefined
	layersAll       = layersDivisions | layersLines | layersPlaces | layersUnrefined
)

// Stopped makes of the names of layers that are stopped what a Server leaves
// out. Territory whose county is not known goes with the counties.
func Stopped(names []string) (left layers) {
	for _, v := range VectorLayers() {
		if slices.Contains(names, v.ID) || v.ID == "unrefined" && slices.Contains(names, "county") {
			left |= v.set
		}
	}
	return left
}

// collection is a collection of OGC API with its layers.
type collection struct {
	id, title string
	set       layers
}

var collections = []collection{
	{"divisions", "行政区划 Administrative divisions", layersDivisions},
	{"boundary-lines", "行政区域界线 Boundary lines", layersLines},
	{"places", "地名 Places", layersPlaces},
	{"unrefined-areas", "未细化区域 Unrefined areas", layersUnrefined},
}

// parseCollections reads a list of collections, by identifier or by address.
func parseCollections(list string) (set layers, err error) {
	if list == "" {
		return layersAll, nil
	}
	for one := range strings.SplitSeq(list, ",") {
		id := one[strings.LastIndexByte(one, '/')+1:]
		i := slices.IndexFunc(collections, func(c collection) bool { return c.id == id })
		if i < 0 {
			return 0, wrong(paramCollections, "there is no collection %.60q; there are %s", one, strings.Join(ids(), ", "))
		}
		set |= collections[i].set
	}
	return set, nil
}

func ids() (all []string) {
	for _, c := range collections {
		all = append(all, c.id)
	}
	return all
}

// names lists the layers of a choice.
func (l layers) names() (names []string) {
	for _, v := range VectorLayers() {
		if l&v.set != 0 {
			names = append(names, v.ID)
		}
	}
	return names
}

// of returns the part of a tile that is chosen. The tile is one that we made: a
// row of layers (field 3), each with its name (field 1).
func (l layers) of(tile []byte) []byte {
	if l == layersAll {
		return tile
	}
	var kept []byte
	chosen := l.names()
	for len(tile) > 0 {
		_, _, head := protowire.ConsumeTag(tile)
		layer, n := protowire.ConsumeBytes(tile[max(head, 0):])
		if head < 0 || n < 0 {
			return kept
		}
		if slices.Contains(chosen, nameOf(layer)) {
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
