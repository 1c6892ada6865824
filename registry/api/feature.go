package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/geo/format/geojson"
)

// Feature is a GeoJSON feature of RFC 7946. P is the type of its properties.
type Feature[P any] struct {
	Type       string   `json:"type" enum:"Feature" example:"Feature" doc:"Always Feature"`
	ID         string   `json:"id" example:"42" doc:"The identifier, for life; of unrefined areas it holds at its instant only"`
	Geometry   Geometry `json:"geometry" doc:"Longitude, latitude in degrees of CGCS2000; null where there is none on the day"`
	Properties P        `json:"properties" doc:"What is known of it on the day"`
}

// FeatureDocument is a feature asked for by itself.
type FeatureDocument[P any] struct {
	Feature[P]
	Basis
	Links []Link `json:"links" doc:"self, collection and related documents"`
}

// Basis says what a document of features shows, and on what it rests.
type Basis struct {
	Instant     Instant     `json:"instant" doc:"What the answer shows, on both clocks"`
	Coordinates Coordinates `json:"coordinateSystem" doc:"What the coordinates are"`
	Attribution string      `json:"attribution" example:"边界：天地图" doc:"Must stand on every map made from this"`
	Schematic   bool        `json:"schematic" example:"false" doc:"True for 示意: geometry of the project's own making, no map of the land"`
}

// FeatureCollection is a page of features. It documents what page writes
// piece by piece.
type FeatureCollection[P any] struct {
	Type      string    `json:"type" enum:"FeatureCollection" example:"FeatureCollection" doc:"Always FeatureCollection"`
	TimeStamp time.Time `json:"timeStamp" example:"2026-06-30T12:00:00Z" doc:"When the state shown was released. Not the time of the request: equal questions get equal bytes"`
	Statement string    `json:"statement,omitempty" example:"No record before 1981-12-31." doc:"What a reader should know about this answer, if anything"`
	Basis
	Features       []Feature[P] `json:"features" doc:"The features, in order of identifier"`
	NumberReturned int          `json:"numberReturned" example:"100" doc:"How many features this page has"`
	Links          []Link       `json:"links" doc:"self, collection, and next while there are more"`
}

// Coordinates says what the numbers of a geometry are.
type Coordinates struct {
	Name string `json:"name" example:"CGCS2000" doc:"The coordinate system"`
	EPSG int    `json:"epsg" example:"4490" doc:"Its code; mind that EPSG puts latitude first, GeoJSON longitude"`
	Axes string `json:"axes" example:"longitude, latitude" doc:"The order of the numbers, in degrees"`
}

func (m *moment) basis() Basis {
	return Basis{
		Instant:     m.ofDay().Instant,
		Coordinates: Coordinates{Name: "CGCS2000", EPSG: 4490, Axes: "longitude, latitude"},
		Attribution: m.publication.Dataset.Attribution,
		Schematic:   m.publication.Dataset.Schematic,
	}
}

// head gives the members that lead a collection.
func (m *moment) head() ([]geojson.Member, error) {
	basis := m.basis()
	head := []named{{"timeStamp", m.publication.ReleasedAt.UTC()}}
	if early := m.early(); early != "" {
		head = append(head, named{"statement", early})
	}
	return members(append(head, named{"instant", basis.Instant}, named{"coordinateSystem", basis.Coordinates},
		named{"attribution", basis.Attribution}, named{"schematic", basis.Schematic}))
}

type named struct {
	name  string
	value any
}

func members(list []named) ([]geojson.Member, error) {
	out := make([]geojson.Member, len(list))
	for i, n := range list {
		value, err := json.Marshal(n.value)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", n.name, err)
		}
		out[i] = geojson.Member{Name: n.name, Value: value}
	}
	return out, nil
}

// Geometry is a GeoJSON geometry object, written straight from WKB; nil is
// written as null.
type Geometry json.RawMessage

// newGeometry turns WKB into GeoJSON; nil stays nil.
func newGeometry(wkb []byte) (Geometry, error) {
	if wkb == nil {
		return nil, nil
	}
	return geojson.AppendGeometry(nil, wkb)
}

// MarshalJSON returns the geometry.
func (g Geometry) MarshalJSON() ([]byte, error) { return json.RawMessage(g).MarshalJSON() }

// UnmarshalJSON keeps a geometry as it is.
func (g *Geometry) UnmarshalJSON(b []byte) error { return (*json.RawMessage)(g).UnmarshalJSON(b) }

// Schema describes a geometry by reference to one component of the document.
func (Geometry) Schema(r huma.Registry) *huma.Schema { return geometrySchema(r) }
