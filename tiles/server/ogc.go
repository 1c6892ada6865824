package server

import (
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
)

// The identifiers of OGC for the tile matrix set of Web Mercator.
const (
	matrixSet     = "WebMercatorQuad"
	matrixSetURI  = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	crsURI        = "http://www.opengis.net/def/crs/EPSG/0/3857"
	mvtMedia      = "application/vnd.mapbox-vector-tile"
	tilesetsRel   = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	matrixSetsRel = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
	tilingRel     = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
	jsonMedia     = "application/json"
	metresPerCell = 40075016.685578488 / 256
)

// Conformance lists the classes of OGC API – Tiles – Part 1 and of Two Dimensional
// Tile Matrix Set 2.0 that are met.
func Conformance() (classes []string) {
	for prefix, names := range map[string][]string{
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/": {"core", "tileset", "tilesets-list", "dataset-tilesets",
			"geodata-tilesets", "collections-selection", "datetime", "mvt"},
		"http://www.opengis.net/spec/tms/2.0/conf/": {"tilematrixset", "tilematrixsetlimits", "tilesetmetadata",
			"json-tilematrixset", "json-tilematrixsetlimits", "json-tilesetmetadata"},
	} {
		for _, name := range names {
			classes = append(classes, prefix+name)
		}
	}
	slices.Sort(classes)
	return classes
}

// Link leads from a document of OGC API to tiles.
type Link struct{ Path, Rel, Type, Title string }

// Links are those that a collection has to its tiles, or, for "", the landing
// page to the tiles of all. A collection without tiles has none.
func Links(id string) []Link {
	if id == "" {
		return []Link{
			{"/ogc/tiles", tilesetsRel, jsonMedia, "Tiles of all collections"},
			{"/ogc/tileMatrixSets", matrixSetsRel, jsonMedia, "The grids of the tiles"},
			{"/tiles/current.json", "related", jsonMedia, "The tiles in TileJSON"},
			{"/tiles/current/style.json", "related", jsonMedia, "A style of the map for MapLibre"},
		}
	}
	for _, c := range collections {
		if c.id == id {
			return []Link{{"/ogc/collections/" + id + "/tiles", tilesetsRel, jsonMedia, "Its tiles"}}
		}
	}
	return nil
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
	id, path, title string
	set             layers
}

func tilesets() []tileset {
	all := []tileset{{"dataset", "/ogc", "All layers", layersAll}}
	for _, c := range collections {
		all = append(all, tileset{c.id + ".collection", "/ogc/collections/" + c.id, c.title, c.set})
	}
	return all
}

// parameters are those that a tileset and its tiles know.
func (t tileset) parameters() []string {
	clocks := []string{paramDatetime, paramSubset, paramRecorded}
	if t.set == layersAll {
		return append(clocks, paramCollections)
	}
	return clocks
}

// ogcTile serves a tile by zoom, row and column: in OGC API the row comes first.
// Beyond the limits of the tileset there are none.
func (s *Server) ogcTile(t tileset) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		z, x, y, err := parseAddress(chi.URLParam(r, "tileMatrix"), chi.URLParam(r, "tileCol"), chi.URLParam(r, "tileRow"))
		if err == nil {
			err = s.serveOf(w, r, t, z, x, y)
		}
		if err != nil {
			s.Fail(w, r, err)
		}
	}
}

func (s *Server) serveOf(w http.ResponseWriter, r *http.Request, t tileset, z, x, y int) error {
	query, err := known(r.URL.RawQuery, t.parameters()...)
	if err != nil {
		return err
	}
	q, err := parseAsked(query)
	if err != nil {
		return err
	}
	q.set, q.limited = q.set&t.set, true
	return s.serve(w, r, q, z, x, y)
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
	b := r.bounds
	d["attribution"] = r.about.Attribution
	d["boundingBox"] = map[string]any{"lowerLeft": b[:2], "upperRight": b[2:], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
	d["layers"] = (t.set & r.asked.set &^ Stopped(r.about.Stopped)).describe()
	d["tileMatrixSetLimits"] = limits(b, r.about.deepest())
	return d, nil
}

// describe describes the layers of a choice as OGC does.
func (l layers) describe() []any {
	var found []any
	for _, v := range VectorLayers() {
		if l&v.set == 0 {
			continue
		}
		properties := map[string]any{}
		for name, description := range v.Fields {
			properties[name] = map[string]string{"description": description}
		}
		found = append(found, map[string]any{
			"id": v.ID, "description": v.Description, "dataType": "vector", "geometryDimension": v.geometry,
			"minTileMatrix": strconv.Itoa(v.MinZoom), "maxTileMatrix": strconv.Itoa(v.MaxZoom),
			"propertiesSchema": map[string]any{"type": "object", "properties": properties},
		})
	}
	return found
}

// limits are the rows and columns of each zoom that meet the bounds.
func limits(degrees [4]float64, deepest int) []any {
	var found []any
	for z := range deepest + 1 {
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
		"boundingBox": map[string]any{"lowerLeft": [2]float64{-corner, -corner}, "upperRight": [2]float64{corner, corner}, "crs": crsURI},
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
		return "", wrong("lang", "%.60q is not a language of the map; write zh or en", lang)
	}
}
