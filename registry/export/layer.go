package export

import (
	"context"
	"slices"
	"strings"

	"jieming/geo/format"
	"jieming/registry"
)

// Registry is what an export asks of the registry. *postgres.Store has it. What
// is streamed is only valid until yield returns.
type Registry interface {
	Units(ctx context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error
	Unrefined(ctx context.Context, at registry.Instant, level registry.Level, geometry bool, yield func(*registry.Unrefined) error) error
	Lines(ctx context.Context, q registry.LineQuery, yield func(*registry.Line) error) error
	Places(ctx context.Context, q registry.PlaceQuery, yield func(*registry.Place) error) error
	// Borders streams the borders between units, in order of id.
	Borders(ctx context.Context, at registry.Instant, yield func(*registry.Border) error) error
	// Codes streams the periods of all codes, in order of code and day.
	Codes(ctx context.Context, at registry.Seq, yield func(*registry.CodeRecord) error) error
	// Lineage streams every edge between two units, in order of event.
	Lineage(ctx context.Context, at registry.Seq, yield func(*registry.LineageRecord) error) error
}

// Map is the name of the layer that holds all others as vector tiles. It is
// made by the tile engine, not here.
const Map = "map"

// Layer is something that can be exported.
type Layer struct {
	Name        string // stable, part of addresses: "county"
	Title       string // 县级行政区
	TitleEn     string // Counties
	Description string // in a sentence
	Dated       bool   // it shows one day; else it spans all days
	Shape       format.Shape
	Columns     []format.Column
	Formats     []Format

	read func(ctx context.Context, reg Registry, e Edition, yield func(*row) error) error
}

// Layers lists what can be exported, in the order in which people look for it.
func Layers() []Layer {
	layers := make([]Layer, 0, 13)
	for _, level := range []registry.Level{registry.LevelProvince, registry.LevelPrefecture, registry.LevelCounty, registry.LevelTownship, registry.LevelVillage} {
		layers = append(layers, unitLayer(level))
	}
	return append(layers, borderLayer(), lineLayer(), unrefinedLayer(), labelLayer(), placeLayer(), codeLayer(), lineageLayer(), mapLayer())
}

func mapLayer() Layer {
	return Layer{Name: Map, Title: "矢量瓦片地图", TitleEn: "Map as vector tiles", Dated: true, Formats: []Format{PMTiles},
		Description: "All areas, borders, labels and places of the day as one PMTiles archive of vector tiles, zooms 0 to 12, for maps without a server."}
}

// Find returns the layer of a name.
func Find(name string) (Layer, error) {
	layers := Layers()
	names := make([]string, len(layers))
	for i, l := range layers {
		if l.Name == name {
			return l, nil
		}
		names[i] = l.Name
	}
	return Layer{}, &registry.Error{Kind: registry.KindNotFound, Field: "layer", Message: "there is no such layer; there are " + strings.Join(names, ", ")}
}

// Format returns the format of an extension, if the layer can be had in it.
func (l Layer) Format(extension string) (Format, error) {
	if f := Format(extension); slices.Contains(l.Formats, f) {
		return f, nil
	}
	names := make([]string, len(l.Formats))
	for i, f := range l.Formats {
		names[i] = string(f)
	}
	return "", &registry.Error{Kind: registry.KindNotFound, Field: "format", Message: l.Name + " is to be had as " + strings.Join(names, ", ")}
}

// row is one record on its way to a file. It is used again for the next.
type row struct {
	id     string
	values []any  // in the order of the columns: string, int64, float64, bool or nil
	wkb    []byte // nil for no geometry
}

// column is a column of a layer with the way to its value.
type column[T any] struct {
	format.Column
	of func(*T) any
}

// source reads the records of a layer.
type source[T any] func(ctx context.Context, reg Registry, e Edition, yield func(*T) error) error

// layerOf completes a layer by its columns and the way to its rows. geometry
// gives WKB, and is nil for tables.
func layerOf[T any](l Layer, columns []column[T], read source[T], id func(*T) string, geometry func(*T) ([]byte, error)) Layer {
	for _, c := range columns {
		l.Columns = append(l.Columns, c.Column)
	}
	l.read = func(ctx context.Context, reg Registry, e Edition, yield func(*row) error) error {
		r := &row{values: make([]any, len(columns))}
		return read(ctx, reg, e, func(record *T) (err error) {
			*r = row{id: id(record), values: r.values}
			for i, c := range columns {
				r.values[i] = c.of(record)
			}
			if geometry != nil {
				if r.wkb, err = geometry(record); err != nil {
					return err
				}
			}
			return yield(r)
		})
	}
	return l
}
