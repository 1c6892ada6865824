package server

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// route is an address with what the description of the API says of it.
type route struct {
	id, path string
	summary  string
	media    string   // of the answer
	query    []string // the parameters it knows
	serve    http.HandlerFunc
}

// routes lists every address. The identifiers of OGC's end as its standard asks.
func (s *Server) routes() []route {
	clocks := []string{paramDatetime, paramRecorded}
	all := []route{
		{"getTile", Path + "{z}/{x}/{y}.mvt", "A tile by zoom, column and row", mvtMedia, clocks, s.ServeHTTP},
		{"getTileJSON", "/tiles/current.json", "The tiles in TileJSON 3.0", jsonMedia, clocks, s.document(s.tileJSON, clocks...)},
		{"getStyle", "/tiles/current/style.json", "A style of the map for MapLibre", jsonMedia, append(clocks, "lang", "theme"), s.document(s.style, append(clocks, "lang", "theme")...)},
		{"getTileMatrixSetsList", "/ogc/tileMatrixSets", "The grids of the tiles", jsonMedia, nil, s.document(s.matrixSets)},
		{"getTileMatrixSet", "/ogc/tileMatrixSets/" + matrixSet, "The grid of Web Mercator", jsonMedia, nil, s.document(s.matrixSet)},
	}
	for _, t := range tilesets() {
		id, tiles, query := t.id+".vector.", t.path+"/tiles", t.parameters()
		all = append(all,
			route{id + "getTileSetsList", tiles, "The tilesets: " + t.title, jsonMedia, query, s.document(t.list, query...)},
			route{id + "getTileSet", tiles + "/" + matrixSet, "The tileset: " + t.title, jsonMedia, query, s.document(t.describe, query...)},
			route{id + "getTile", tiles + "/" + matrixSet + "/{tileMatrix}/{tileRow}/{tileCol}", "A tile by zoom, row and column: " + t.title, mvtMedia, query, s.ogcTile(t)})
	}
	return all
}

// Routes adds the tiles, and the documents about them, to a router.
func (s *Server) Routes(r chi.Router) {
	for _, one := range s.routes() {
		r.HandleFunc(one.path, func(w http.ResponseWriter, r *http.Request) {
			if s.reads(w, r) {
				one.serve(w, r)
			}
		})
	}
	r.HandleFunc("/tiles", s.unknown)
	r.HandleFunc("/tiles/*", s.unknown)
}

const tag = "Tiles"

// Document adds the operations to a description of the API, whose components
// hold the answers invalid, not-found, unavailable and internal.
func (s *Server) Document(doc *huma.OpenAPI) {
	doc.Tags = append(doc.Tags, &huma.Tag{Name: tag, Description: "Vector tiles, by address and as OGC API Tiles"})
	for _, one := range s.routes() {
		doc.Paths[one.path] = &huma.PathItem{Get: one.operation()}
	}
}

func (r route) operation() *huma.Operation {
	op := &huma.Operation{Method: http.MethodGet, Path: r.path, OperationID: r.id, Summary: r.summary, Tags: []string{tag},
		Description: "Answers carry an ETag of their content; those with recorded-as-of never change."}
	text := &huma.Schema{Type: huma.TypeString}
	for _, name := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(r.path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name[1], In: "path", Required: true, Description: pathParameters[name[1]],
			Example: "0", Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^(0|[1-9][0-9]*)$"}})
	}
	for _, name := range r.query {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Description: queryParameters[name].description,
			Example: queryParameters[name].example, Schema: text})
	}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "The answer. HEAD gives its headers alone.", Content: map[string]*huma.MediaType{r.media: {Schema: r.schema()}},
			Headers: map[string]*huma.Header{"ETag": {Description: "Names the content, for If-None-Match", Schema: text}}},
		"304": {Description: "The client has the answer already (If-None-Match)."},
	}
	if r.media == mvtMedia {
		op.Responses["204"] = &huma.Response{Description: "The tile is empty."}
	}
	for status, name := range map[string]string{"400": "invalid", "404": "not-found", "500": "internal", "503": "unavailable"} {
		op.Responses[status] = &huma.Response{Ref: fmt.Sprintf("#/components/responses/%s", name)}
	}
	return op
}

func (r route) schema() *huma.Schema {
	if r.media == mvtMedia {
		return &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "A Mapbox Vector Tile 2.1"}
	}
	return &huma.Schema{Type: huma.TypeObject}
}

var pathParameters = map[string]string{
	"z": "The zoom, 0 to 14", "x": "The column, from the west", "y": "The row, from the north",
	"tileMatrix": "The zoom, 0 to 14", "tileRow": "The row, from the north", "tileCol": "The column, from the west",
}

var queryParameters = map[string]struct{ description, example string }{
	paramDatetime:    {"The day shown: a date, a date-time, or an interval, of which the last day is shown. Default: today.", "2020-06-30"},
	paramRecorded:    {"The publication current at this time, a date-time of RFC 3339 with zone. Default: the latest.", "2026-06-30T12:00:00Z"},
	paramSubset:      {"Another way to write datetime.", `datetime("2020-06-30")`},
	paramCollections: {"The collections whose layers are wanted, separated by commas. Default: all.", "divisions,boundary-lines"},
	"lang":           {"The language of labels: zh or en. Default: zh.", "en"},
	"theme":          {"light or dark. Default: light.", "dark"},
}
