package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// link is a link of OGC API.
type link struct {
	Href, Rel, Type string
	Templated       bool
}

func linkOf(t *testing.T, links []link, rel string) link {
	t.Helper()
	i := slices.IndexFunc(links, func(l link) bool { return l.Rel == rel })
	if i < 0 {
		t.Fatalf("no link %s among %v", rel, links)
	}
	return links[i]
}

// A client of OGC API Tiles finds its way from the landing page, and from each
// collection, to tiles, which are those of the engine; what is declared holds.
func TestTileset_ogc(t *testing.T) {
	s := opened(t, sampled(t))
	path := func(l link) string { return strings.TrimPrefix(l.Href, s.url) }
	const relations = "http://www.opengis.net/def/rel/ogc/1.0/"
	var conformance struct{ ConformsTo []string }
	s.read("/ogc/conformance", &conformance)
	for _, class := range []string{"core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection", "datetime", "mvt"} {
		if !slices.Contains(conformance.ConformsTo, "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"+class) {
			t.Errorf("%s is not declared", class)
		}
	}
	var documents []struct{ Links []link }
	for _, at := range []string{"/ogc", "/ogc/collections/divisions", "/ogc/collections/boundary-lines", "/ogc/collections/places", "/ogc/collections/unrefined-areas"} {
		var one struct{ Links []link }
		s.read(at, &one)
		documents = append(documents, one)
	}
	for i, d := range documents {
		var list struct {
			Tilesets []struct {
				DataType, CRS, TileMatrixSetURI string
				Links                           []link
			}
		}
		s.read(path(linkOf(t, d.Links, relations+"tilesets-vector")), &list)
		if len(list.Tilesets) != 1 || list.Tilesets[0].DataType != "vector" || !strings.HasSuffix(list.Tilesets[0].CRS, "/3857") || !strings.HasSuffix(list.Tilesets[0].TileMatrixSetURI, "/WebMercatorQuad") {
			t.Fatalf("%d: the list is %+v", i, list)
		}
		var set struct {
			Links               []link
			Layers              []struct{ ID string }
			TileMatrixSetLimits []struct {
				TileMatrix                                     string
				MinTileRow, MaxTileRow, MinTileCol, MaxTileCol int
			}
		}
		s.read(path(linkOf(t, list.Tilesets[0].Links, "self")), &set)
		item := linkOf(t, set.Links, "item")
		if !item.Templated || item.Type != "application/vnd.mapbox-vector-tile" {
			t.Errorf("%d: the link to tiles is %+v", i, item)
		}
		limits := set.TileMatrixSetLimits[7]
		at := func(row, col int) string {
			return strings.NewReplacer("{tileMatrix}", limits.TileMatrix, "{tileRow}", fmt.Sprint(row), "{tileCol}", fmt.Sprint(col)).Replace(path(item))
		}
		if limits.MinTileRow > 46 || limits.MaxTileRow < 46 || limits.MinTileCol > 108 || limits.MaxTileCol < 108 {
			t.Errorf("%d: limits %+v", i, limits)
		}
		answer, body := s.get(at(46, 108))
		if want := map[bool]int{true: 204, false: 200}[i == 4]; answer.StatusCode != want { // all is known today
			t.Errorf("%d: a tile answers %d", i, answer.StatusCode)
		}
		if _, whole := s.want(200, changchun); i == 0 && !slices.Equal(body, whole) {
			t.Error("a tile by row and column is not that by column and row")
		}
		s.want(404, at(limits.MaxTileRow+1, 108))
		s.want(404, at(46, limits.MinTileCol-1))
	}
	var grid struct {
		TileMatrices []struct {
			ID            string
			CellSize      float64
			PointOfOrigin [2]float64
			MatrixWidth   int
		}
	}
	s.read("/ogc/tileMatrixSets/WebMercatorQuad", &grid)
	if m := grid.TileMatrices[7]; m.ID != "7" || math.Abs(m.CellSize-1222.992452563) > 1e-6 || m.PointOfOrigin != [2]float64{-20037508.342789244, 20037508.342789244} || m.MatrixWidth != 128 {
		t.Errorf("matrix 7 is %+v", m)
	}
}

// Collections are chosen, and days written as a subset.
func TestTileset_ogc_selection(t *testing.T) {
	s := opened(t, sampled(t))
	const tile = "/ogc/tiles/WebMercatorQuad/7/46/108?"
	_, lines := s.want(200, tile+"collections=boundary-lines")
	_, same := s.want(200, "/ogc/collections/boundary-lines/tiles/WebMercatorQuad/7/46/108")
	_, byURL := s.want(200, tile+"collections="+url.QueryEscape(s.url+"/ogc/collections/boundary-lines"))
	if !slices.Equal(lines, same) || !slices.Equal(lines, byURL) {
		t.Error("a collection chosen differs from the tiles of the collection")
	}
	_, two := s.want(200, tile+"collections=divisions,boundary-lines")
	_, all := s.want(200, tile[:len(tile)-1])
	if len(two) <= len(lines) || len(two) >= len(all) {
		t.Errorf("one collection has %d bytes, two %d, all %d", len(lines), len(two), len(all))
	}
	_, day := s.want(200, tile+"datetime=2019-06-01")
	for _, subset := range []string{`datetime("2019-06-01")`, `datetime("2001-01-01":"2019-06-01")`, `datetime(*:"2019-06-01")`, `datetime("2019-06-01T12:00:00Z")`} {
		if _, got := s.want(200, tile+"subset="+url.QueryEscape(subset)); !slices.Equal(got, day) {
			t.Errorf("%s shows another day", subset)
		}
	}
}

// The description of the API lists every address of tiles that there is.
func TestTileset_described(t *testing.T) {
	s := opened(t, sampled(t))
	var document struct {
		Paths      map[string]struct{ Get struct{ OperationID string } }
		Components struct{ Responses map[string]any }
	}
	s.read("/api/openapi.json", &document)
	for path, id := range map[string]string{"/tiles/current/{z}/{x}/{y}.mvt": "getTile", "/tiles/current.json": "getTileJSON",
		"/ogc/tiles": "dataset.vector.getTileSetsList", "/ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": "dataset.vector.getTile",
		"/ogc/collections/places/tiles/WebMercatorQuad": "places.collection.vector.getTileSet"} {
		if got := document.Paths[path].Get.OperationID; got != id {
			t.Errorf("%s is described as %q, want %q", path, got, id)
		}
	}
	for _, name := range []string{"invalid", "not-found", "internal", "unavailable"} {
		if document.Components.Responses[name] == nil {
			t.Errorf("the answer %s is not described", name)
		}
	}
}

// GDAL reads a tile where it lies: the counties have the extent that the features
// of the API have.
func TestTileset_in_GDAL(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("no ogr2ogr")
	}
	s := opened(t, sampled(t))
	name := filepath.Join(t.TempDir(), "county.geojson")
	out, err := exec.Command("ogr2ogr", "-f", "GeoJSON", "-oo", "CLIP=NO", "-t_srs", "EPSG:4326", name, "MVT:"+s.url+"/tiles/current/4/13/5.mvt", "county").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("ogr2ogr: %v: %s", err, out)
	}
	got := boxes(t, name, "mvt_id")
	_, body := s.want(200, "/ogc/collections/divisions/items?level=county&limit=1000")
	features := filepath.Join(t.TempDir(), "features.geojson")
	if err := os.WriteFile(features, body, 0o644); err != nil {
		t.Fatal(err)
	}
	want := boxes(t, features, "id")
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("GDAL reads %d counties of a tile, the API has %d", len(got), len(want))
	}
	const unit = 360. / 16 / 4096 // degrees
	for id, box := range got {
		for i, v := range want[id] {
			if d := v - box[i]; d > 5*unit || d < -5*unit {
				t.Errorf("county %s: GDAL has it at %v, the API at %v", id, box, want[id])
			}
		}
	}
}

// boxes reads a file of GeoJSON: west, south, east and north of each feature, by
// one of its properties.
func boxes(t *testing.T, name, by string) map[string][4]float64 {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Features []struct {
			Properties map[string]any
			Geometry   struct{ Coordinates any }
		}
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	found := map[string][4]float64{}
	for _, f := range read.Features {
		box := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
		grow(&box, f.Geometry.Coordinates)
		found[fmt.Sprint(f.Properties[by])] = box
	}
	return found
}

// grow makes a box hold positions, however deep they are nested.
func grow(box *[4]float64, coordinates any) {
	list, _ := coordinates.([]any)
	if len(list) == 0 {
		return
	}
	if x, ok := list[0].(float64); ok {
		y := list[1].(float64)
		*box = [4]float64{min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y)}
		return
	}
	for _, one := range list {
		grow(box, one)
	}
}
