package server

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/tiles"
)

// The identifiers of OGC for the tile matrix set of Web Mercator.
const (
	matrixSet     = "WebMercatorQuad"
	matrixSetURI  = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	crsURI        = "http://www.opengis.net/def/crs/EPSG/0/3857"
	mvtMedia      = "application/vnd.mapbox-vector-tile"
	tilesetsRel   = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	tilingRel     = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
	jsonMedia     = "application/json"
	metresPerCell = 40075016.685578488 / 256
)

// Conformance lists the classes of OGC API – Tiles – Part 1 that are met.
func Conformance() []string {
	const classes = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
	return []string{classes + "core", classes + "tileset", classes + "tilesets-list", classes + "dataset-tilesets",
		classes + "geodata-tilesets", classes + "datetime", classes + "mvt",
		"http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset"}
}

// link is a link of OGC API.
type link struct {
	Href      string `json:"href"`
	Rel       string `json:"rel"`
	Type      string `json:"type,omitempty"`
	Title     string `json:"title,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// tileset is tiles that OGC API offers: all, or those of a collection.
type tileset struct {
	path, title string
	set         layers
}

func tilesets() []tileset {
	return []tileset{
		{"/ogc", "All layers", layersAll},
		{"/ogc/collections/divisions", "行政区划 Administrative divisions", layersDivisions},
		{"/ogc/collections/boundary-lines", "行政区域界线 Boundary lines", layersLines},
		{"/ogc/collections/places", "地名 Places", layersPlaces},
		{"/ogc/collections/unrefined-areas", "未细化区域 Unrefined areas", layersUnrefined},
	}
}

func (s *Server) ogcRoutes(r chi.Router) {
	r.Get("/ogc/tileMatrixSets", s.document(s.matrixSets))
	r.Get("/ogc/tileMatrixSets/"+matrixSet, s.document(s.matrixSet))
	for _, t := range tilesets() {
		r.Get(t.path+"/tiles", s.document(t.list, "datetime", "recorded-as-of"))
		r.Get(t.path+"/tiles/"+matrixSet, s.document(t.describe, "datetime", "recorded-as-of"))
		r.Get(t.path+"/tiles/"+matrixSet+"/{z}/{row}/{column}", s.ogcTile(t.set))
	}
}

// ogcTile serves a tile by zoom, row and column: in OGC API the row comes first.
func (s *Server) ogcTile(set layers) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		z, x, y, err := parseAddress(chi.URLParam(r, "z"), chi.URLParam(r, "column"), chi.URLParam(r, "row"))
		if err == nil {
			err = s.serve(w, r, set, z, x, y)
		}
		if err != nil {
			s.Fail(w, r, err)
		}
	}
}

func (t tileset) list(r *request) (any, error) {
	return map[string]any{
		"links":    []link{{Href: r.origin + t.path + "/tiles" + r.instant(), Rel: "self", Type: jsonMedia}},
		"tilesets": []any{t.summary(r)},
	}, nil
}

func (t tileset) summary(r *request) map[string]any {
	here := r.origin + t.path + "/tiles/" + matrixSet
	return map[string]any{
		"title": t.title, "dataType": "vector", "crs": crsURI, "tileMatrixSetURI": matrixSetURI,
		"links": []link{
			{Href: here + r.instant(), Rel: "self", Type: jsonMedia},
			{Href: r.origin + "/ogc/tileMatrixSets/" + matrixSet, Rel: tilingRel, Type: jsonMedia},
			{Href: here + "/{tileMatrix}/{tileRow}/{tileCol}" + r.instant(), Rel: "item", Type: mvtMedia, Templated: true},
		},
	}
}

func (t tileset) describe(r *request) (any, error) {
	d := t.summary(r)
	b := r.about.Bounds
	d["attribution"] = r.about.Attribution
	d["boundingBox"] = map[string]any{"lowerLeft": b[:2], "upperRight": b[2:], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
	d["layers"] = t.layers()
	d["tileMatrixSetLimits"] = limits(b)
	return d, nil
}

func (t tileset) layers() []any {
	var found []any
	for _, l := range VectorLayers() {
		if t.set != layersAll && t.set != l.set {
			continue
		}
		properties := map[string]any{}
		for name, description := range l.Fields {
			properties[name] = map[string]string{"description": description}
		}
		found = append(found, map[string]any{
			"id": l.ID, "description": l.Description, "dataType": "vector", "geometryDimension": l.geometry,
			"minTileMatrix": strconv.Itoa(l.MinZoom), "maxTileMatrix": strconv.Itoa(l.MaxZoom),
			"propertiesSchema": map[string]any{"type": "object", "properties": properties},
		})
	}
	return found
}

// limits are the rows and columns of each zoom that meet the bounds.
func limits(degrees [4]float64) []any {
	var found []any
	for z := range maxZoom + 1 {
		west, north, east, south := span(degrees, z)
		found = append(found, map[string]any{"tileMatrix": strconv.Itoa(z),
			"minTileRow": north, "maxTileRow": south, "minTileCol": west, "maxTileCol": east})
	}
	return found
}

func (s *Server) matrixSets(r *request) (any, error) {
	return map[string]any{"tileMatrixSets": []any{map[string]any{
		"id": matrixSet, "title": "Google Maps Compatible for the World", "uri": matrixSetURI, "crs": crsURI,
		"links": []link{{Href: r.origin + "/ogc/tileMatrixSets/" + matrixSet, Rel: tilingRel, Type: jsonMedia}},
	}}}, nil
}

// matrixSet is Web Mercator after OGC Two Dimensional Tile Matrix Set 2.0, annex
// D.1.
func (s *Server) matrixSet(*request) (any, error) {
	const corner = 20037508.342789244
	var matrices []any
	for z := range maxZoom + 1 {
		cell := math.Ldexp(metresPerCell, -z)
		matrices = append(matrices, map[string]any{
			"id": strconv.Itoa(z), "scaleDenominator": cell / 0.00028, "cellSize": cell, "cornerOfOrigin": "topLeft",
			"pointOfOrigin": [2]float64{-corner, corner}, "tileWidth": 256, "tileHeight": 256, "matrixWidth": 1 << z, "matrixHeight": 1 << z,
		})
	}
	return map[string]any{"id": matrixSet, "title": "Google Maps Compatible for the World", "uri": matrixSetURI, "crs": crsURI,
		"orderedAxes": []string{"E", "N"}, "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible", "tileMatrices": matrices}, nil
}

// languageOf reads the parameter lang.
func languageOf(r *request) (string, error) {
	switch lang := r.query.Get("lang"); lang {
	case "", "zh":
		return "zh", nil
	case "en":
		return lang, nil
	default:
		return "", fmt.Errorf("lang is zh or en, not %q: %w", lang, tiles.ErrParameter)
	}
}
