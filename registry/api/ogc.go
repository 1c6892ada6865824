package api

import (
	"context"
	"fmt"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"jieming/geo/format/wkb"
	"jieming/registry"
)

const (
	crs84    = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	epsg4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"
)

// Landing leads to everything else.
type Landing struct {
	Title       string `json:"title" example:"Jieming 界名" doc:"The name of the service"`
	Description string `json:"description" example:"Administrative divisions, boundary lines and place names on any day" doc:"What it offers"`
	Links       []Link `json:"links" doc:"The way to everything else"`
}

// Conformance lists the conformance classes of OGC that are met.
type Conformance struct {
	ConformsTo []string `json:"conformsTo" example:"[\"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core\"]" doc:"The identifiers of the classes"`
}

// conformsTo: an interval in datetime is answered with the state on its last
// day, all of whose features intersect the interval, as Core asks.
func conformsTo() []string {
	return []string{
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	}
}

// kind is one of the collections.
type kind struct {
	id, title, description string
}

func kinds() []kind {
	return []kind{
		{divisions, "行政区划 Administrative divisions", "Units from the province down to villages, as they were on a day, with their areas. Units without an area of their own have no geometry."},
		{boundaryLines, "行政区域界线 Boundary lines", "The legal boundary lines between two units of a level, as they were on a day, each course derived from the borders of the areas."},
		{places, "地名 Places", "Named places that are not units, as points."},
		{unrefinedAreas, "未细化区域 Unrefined areas", "Territory whose holder at a level is not known on a day, with the finest unit that certainly held it and the candidates."},
	}
}

// CollectionList lists the collections.
type CollectionList struct {
	Collections []Collection `json:"collections" doc:"The collections"`
	Links       []Link       `json:"links" doc:"self"`
}

// Collection describes a collection of features.
type Collection struct {
	ID          string   `json:"id" example:"divisions" doc:"The identifier, part of the address"`
	Title       string   `json:"title" example:"行政区划 Administrative divisions" doc:"The title"`
	Description string   `json:"description" example:"Units from the province down to villages" doc:"What is in it"`
	ItemType    string   `json:"itemType" enum:"feature" example:"feature" doc:"Always feature"`
	CRS         []string `json:"crs" example:"[\"http://www.opengis.net/def/crs/OGC/1.3/CRS84\"]" doc:"The form of the coordinates: longitude, latitude in degrees"`
	StorageCRS  string   `json:"storageCrs" example:"http://www.opengis.net/def/crs/EPSG/0/4490" doc:"The system in which the coordinates were measured: CGCS2000. They are given unshifted"`
	Extent      Extent   `json:"extent" doc:"Where and when"`
	Attribution string   `json:"attribution" example:"边界：天地图" doc:"Must stand on every map made from this"`
	Licence     string   `json:"license" example:"CC BY 4.0" doc:"Under which terms the data may be used"`
	Schematic   bool     `json:"schematic" example:"false" doc:"True for 示意: geometry of the project's own making, no map of the land"`
	Links       []Link   `json:"links" doc:"self and items"`
}

// Extent says where and when the features of a collection are.
type Extent struct {
	Spatial  *SpatialExtent `json:"spatial,omitempty" doc:"Where; absent while no province has an area"`
	Temporal TemporalExtent `json:"temporal" doc:"When"`
}

// SpatialExtent is a list of boxes.
type SpatialExtent struct {
	BBox [][]float64 `json:"bbox" example:"[[121.64,40.86,131.31,46.3]]" doc:"West, south, east, north in degrees"`
	CRS  string      `json:"crs" example:"http://www.opengis.net/def/crs/OGC/1.3/CRS84" doc:"The form of the coordinates"`
}

// TemporalExtent is a list of intervals.
type TemporalExtent struct {
	Interval []Interval `json:"interval" doc:"One interval, from the first moment of the record on"`
	TRS      string     `json:"trs" example:"http://www.opengis.net/def/uom/ISO-8601/0/Gregorian" doc:"The calendar"`
}

// Interval is its first and last moment, date-times of RFC 3339; nil is open.
type Interval [2]*string

// Schema describes the interval.
func (Interval) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeArray, MinItems: pointer(2), MaxItems: pointer(2),
		Items:    &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true},
		Examples: []any{[]any{"1981-12-31T00:00:00+08:00", nil}},
	}
}

func (s *server) ogcRoutes() {
	plain(s, operation("getLanding", "/ogc", tagFeatures, "Landing page", "Leads to the collections, the conformance classes and the description of the API."), s.landing)
	plain(s, operation("getConformance", "/ogc/conformance", tagFeatures, "Conformance classes", "The classes of OGC API that this service meets."), s.conformance)
	onLife(s, operation("listCollections", "/ogc/collections", tagFeatures, "The collections", "What there is, and where and when."), s.collections)
	for _, k := range kinds() {
		onLife(s, operation("describe-"+k.id, collectionPath(k.id), tagFeatures, "About "+k.id, k.description), s.collection(k))
	}
	items(s, kinds()[0], s.divisions, s.divisionItem)
	items(s, kinds()[1], s.lines, s.lineItem)
	items(s, kinds()[2], s.places, s.placeItem)
	items(s, kinds()[3], s.unrefined, s.unrefinedItem)
}

func operation(id, path, tag, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Path: path, Tags: []string{tag}, Summary: summary, Description: description}
}

// items registers the pages and the single features of a collection.
func items[L, I, F any, LP interface {
	*L
	input
}, IP interface {
	*I
	input
}](s *server, k kind, list func(*call, *moment, LP) error, item func(*call, *moment, IP) (*FeatureDocument[F], error)) {
	pages := operation("list-"+k.id, itemsPath(k.id), tagFeatures, "Features of "+k.id,
		k.description+" Pages hold up to 1000 features; follow the link next for more, at the same instant. "+
			"A page that breaks off ends with a broken connection, never with a valid document.")
	describe[FeatureCollection[F]](s, &pages, typeGeoJSON)
	at(s, pages, true, list)
	answerWith(s, operation("get-"+k.id, itemsPath(k.id)+"/{id}", tagFeatures, "One feature of "+k.id,
		k.description+" 404 if there is no such feature on the day."), true, typeGeoJSON, item)
}

func (s *server) landing(c *call, _ *noInput) (*Landing, error) {
	return &Landing{
		Title:       "Jieming 界名",
		Description: "Administrative divisions, boundary lines and place names, as they were on any day and as the registry then knew them.",
		Links: append([]Link{
			c.self(typeJSON),
			c.link("service-desc", typeOpenAPI, "/api/openapi.json", "The description of the API"),
			c.link("conformance", typeJSON, "/ogc/conformance", "Conformance classes"),
			c.link("data", typeJSON, "/ogc/collections", "The collections"),
			c.link("alternate", typeHTML, "/", "The map"),
			c.link("related", typeJSON, "/api/publication", "The current publication"),
			c.link("related", typeJSON, "/api/changes", "The days on which something changed"),
			c.link("related", typeJSON, "/api/reports", "What the load could not settle"),
			c.link("related", typeJSON, "/problems", "The classes of problem"),
		}, c.beside("", func(path string) string { return path })...),
	}, nil
}

func (s *server) conformance(*call, *noInput) (*Conformance, error) {
	return &Conformance{ConformsTo: append(conformsTo(), s.Beside.Conformance...)}, nil
}

func (s *server) collections(c *call, m *moment, _ *PublicationInput) (*CollectionList, error) {
	list := &CollectionList{Links: []Link{c.self(typeJSON)}}
	for _, k := range kinds() {
		described, err := s.describeCollection(c, m, k)
		if err != nil {
			return nil, err
		}
		list.Collections = append(list.Collections, *described)
	}
	return list, nil
}

func (s *server) collection(k kind) func(*call, *moment, *PublicationInput) (*Collection, error) {
	return func(c *call, m *moment, _ *PublicationInput) (*Collection, error) {
		return s.describeCollection(c, m, k)
	}
}

func (s *server) describeCollection(c *call, m *moment, k kind) (*Collection, error) {
	box, err := s.extents.of(c.ctx(), s.reg, m)
	if err != nil {
		return nil, err
	}
	d := &m.publication.Dataset
	return &Collection{
		ID: k.id, Title: k.title, Description: k.description, ItemType: "feature",
		CRS: []string{crs84}, StorageCRS: epsg4490, Extent: newExtent(box, m.begins),
		Attribution: d.Attribution, Licence: d.Licence, Schematic: d.Schematic,
		Links: append([]Link{
			c.link("self", typeJSON, c.inSamePublication(collectionPath(k.id)), "This collection"),
			c.link("items", typeGeoJSON, c.inSamePublication(itemsPath(k.id)), "Its features"),
		}, c.beside(k.id, c.inSamePublication)...),
	}, nil
}

func newExtent(box *orb.Bound, begins registry.Day) Extent {
	extent := Extent{Temporal: TemporalExtent{
		Interval: []Interval{{pointer(begins.String() + "T00:00:00+08:00"), nil}},
		TRS:      "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
	}}
	if box != nil {
		extent.Spatial = &SpatialExtent{CRS: crs84, BBox: [][]float64{{box.Left(), box.Bottom(), box.Right(), box.Top()}}}
	}
	return extent
}

// extentCache keeps the box around the provinces, which takes reading their
// areas, for the publication asked about last.
type extentCache struct {
	mu  sync.Mutex
	at  registry.Instant
	box *orb.Bound
}

// of returns the box around the provinces at a moment, nil if none has an area.
// Whoever asks meanwhile waits for the first reading.
func (e *extentCache) of(ctx context.Context, reg registry.Registry, m *moment) (*orb.Bound, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == m.at {
		return e.box, nil
	}
	box, err := provinceBox(ctx, reg, m.at)
	if err != nil {
		return nil, err
	}
	e.at, e.box = m.at, box
	return box, nil
}

func provinceBox(ctx context.Context, reg registry.Registry, at registry.Instant) (*orb.Bound, error) {
	var box *orb.Bound
	q := registry.UnitQuery{At: at, Level: registry.LevelProvince, Geometry: true}
	err := reg.Units(ctx, q, func(u *registry.Unit) error {
		if u.WKB == nil {
			return nil
		}
		g, _, err := wkb.Decode(u.WKB, mostVertices)
		if err != nil {
			return fmt.Errorf("decoding area of %s: %w", u.Name, err)
		}
		b := g.Bound()
		if box != nil {
			b = b.Union(*box)
		}
		box = &b
		return nil
	})
	return box, err
}
