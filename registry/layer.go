package registry

import (
	"slices"
	"strings"
	"time"
)

// Layer is a part of what the public sees that the department can stop at once:
// the areas of a level, or one of the other names below.
type Layer string

// The layers.
const (
	ProvinceLayer   Layer = "province"
	PrefectureLayer Layer = "prefecture"
	CountyLayer     Layer = "county"
	TownshipLayer   Layer = "township"
	BoundaryLayer   Layer = "boundary" // borders and lines, of all levels
	LabelLayer      Layer = "label"    // names on the map
	PlaceLayer      Layer = "place"    // named places, wherever they are shown
	DownloadLayer   Layer = "download" // all files
)

// Layers are all layers, in the order in which people list them.
func Layers() []Layer {
	return []Layer{ProvinceLayer, PrefectureLayer, CountyLayer, TownshipLayer, BoundaryLayer, LabelLayer, PlaceLayer, DownloadLayer}
}

// LayerOf is the layer of the areas of a level; "" for one without areas.
func LayerOf(l Level) Layer {
	switch l {
	case LevelProvince, LevelPrefecture, LevelCounty, LevelTownship:
		return Layers()[l-LevelProvince]
	}
	return ""
}

// Stop is a layer that the department has stopped for the public.
type Stop struct {
	Layer  Layer
	Reason string
	Since  time.Time // UTC
}

// Stops are all layers that are stopped, in the order of Layers. It is never
// changed once made.
type Stops []Stop

// Has reports whether a layer is stopped.
func (s Stops) Has(l Layer) bool {
	return l != "" && slices.ContainsFunc(s, func(one Stop) bool { return one.Layer == l })
}

// Refuse returns an error of KindStopped if one of the layers is stopped.
func (s Stops) Refuse(layers ...Layer) error {
	for _, l := range layers {
		if s.Has(l) {
			return &Error{Kind: KindStopped, Message: "stopped by the department: layer " + string(l)}
		}
	}
	return nil
}

// String names the layers that are stopped, for what a cache must tell apart.
func (s Stops) String() string {
	var names []string
	for _, one := range s {
		names = append(names, string(one.Layer))
	}
	return strings.Join(names, " ")
}
