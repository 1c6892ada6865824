package mvt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"pgregory.net/rapid"

	"jieming/tiles/mvt"
)

// feature is what a test writes and what a reader should find.
type feature struct {
	id       uint64
	geometry orb.Geometry // MultiLineString, MultiPolygon or Point, in whole numbers
	tags     []tag
}

type tag struct {
	key   string
	value any // string, int64 or bool
}

type layer struct {
	name     string
	features []feature
}

func cells(points []orb.Point) []mvt.Cell {
	out := make([]mvt.Cell, len(points))
	for i, p := range points {
		out[i] = mvt.Cell{X: int32(p[0]), Y: int32(p[1])}
	}
	return out
}

func encode(e *mvt.Encoder, layers []layer) []byte {
	e.Reset()
	for _, l := range layers {
		e.Layer(l.name)
		for _, f := range l.features {
			f.encode(e)
		}
	}
	return e.Bytes()
}

func (f feature) encode(e *mvt.Encoder) {
	switch g := f.geometry.(type) {
	case orb.Point:
		e.Point(f.id, int32(g[0]), int32(g[1]))
	case orb.MultiLineString:
		e.BeginLines(f.id)
		for _, l := range g {
			e.Line(cells(l))
		}
	case orb.MultiPolygon:
		var rings [][]mvt.Cell
		for _, polygon := range g {
			for _, r := range polygon {
				rings = append(rings, cells(r))
			}
		}
		e.Polygon(f.id, rings)
	}
	for _, t := range f.tags {
		switch v := t.value.(type) {
		case string:
			e.TagString(t.key, v)
		case int64:
			e.TagInt(t.key, v)
		case bool:
			e.TagBool(t.key, v)
		}
	}
}

func TestEncoderWritesTheSpecification(t *testing.T) {
	var e mvt.Encoder
	e.Layer("water")
	e.Polygon(7, [][]mvt.Cell{{{X: 3, Y: 6}, {X: 8, Y: 12}, {X: 20, Y: 34}}})
	e.TagString("a", "b")
	e.TagInt("n", -1)
	e.TagBool("c", true)
	want := []byte{
		3<<3 | 2, 59,
		15 << 3, 2, // version
		1<<3 | 2, 5, 'w', 'a', 't', 'e', 'r',
		2<<3 | 2, 23,
		1 << 3, 7, // id
		2<<3 | 2, 6, 0, 0, 1, 1, 2, 2, // tags
		3 << 3, 3, // polygon
		4<<3 | 2, 9, 9, 6, 12, 18, 10, 12, 24, 44, 15, // the polygon of the specification, section 4.3.5.4
		3<<3 | 2, 1, 'a', 3<<3 | 2, 1, 'n', 3<<3 | 2, 1, 'c',
		4<<3 | 2, 3, 1<<3 | 2, 1, 'b', 4<<3 | 2, 2, 6 << 3, 1, 4<<3 | 2, 2, 7 << 3, 1,
		5 << 3, 0x80, 0x20,
	}
	if diff := cmp.Diff(want, e.Bytes()); diff != "" {
		t.Error(diff)
	}
}

func TestEncoderLeavesOutWhatDrawsNothing(t *testing.T) {
	var e mvt.Encoder
	for _, test := range []struct {
		name string
		draw func()
		same func() // what gives the same bytes; nil is nothing
	}{
		{"nothing", func() {}, nil},
		{"a layer without features", func() { e.Layer("void") }, nil},
		{"a chain of one place", func() { e.BeginLines(1); e.Line([]mvt.Cell{{X: 5, Y: 5}, {X: 5, Y: 5}}); e.TagString("a", "b") }, nil},
		{"an empty chain", func() { e.BeginLines(1); e.Line(nil) }, nil},
		{"a ring of two places", func() {
			e.Polygon(1, [][]mvt.Cell{{{X: 0, Y: 0}, {X: 0, Y: 0}, {X: 9, Y: 0}, {X: 0, Y: 0}}})
			e.TagInt("a", 1)
		}, nil},
		{"a ring of nothing", func() { e.Polygon(1, [][]mvt.Cell{nil}) }, nil},
		{"repeated points", func() {
			e.Polygon(1, [][]mvt.Cell{{{X: 0, Y: 0}, {X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}, {X: 9, Y: 9}, {X: 0, Y: 0}, {X: 0, Y: 0}}})
		},
			func() { e.Polygon(1, [][]mvt.Cell{{{X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}}}) }},
		{"a chain among others", func() {
			e.BeginLines(1)
			e.Line([]mvt.Cell{{X: 5, Y: 5}})
			e.Line([]mvt.Cell{{X: 5, Y: 5}, {X: 5, Y: 5}, {X: 6, Y: 5}})
		},
			func() { e.BeginLines(1); e.Line([]mvt.Cell{{X: 5, Y: 5}, {X: 6, Y: 5}}) }},
		{"tags of a feature left out", func() { e.BeginLines(1); e.TagString("a", "b"); e.Point(2, 0, 0); e.TagBool("c", false) },
			func() { e.Point(2, 0, 0); e.TagBool("c", false) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			write := func(draw func()) []byte {
				e.Reset()
				if draw != nil {
					e.Layer("x")
					draw()
				}
				return append([]byte(nil), e.Bytes()...)
			}
			if diff := cmp.Diff(write(test.same), write(test.draw), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func drawLayers(t *rapid.T) []layer {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), 1, 3, rapid.ID).Draw(t, "names")
	var layers []layer
	for _, name := range names {
		features := rapid.SliceOfN(rapid.Custom(drawFeature), 1, 5).Draw(t, "features")
		layers = append(layers, layer{name, features})
	}
	return layers
}

func drawFeature(t *rapid.T) feature {
	f := feature{id: rapid.Uint64Range(0, 1<<53).Draw(t, "id")}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		f.geometry = drawPoint(t)
	case 1:
		var lines orb.MultiLineString
		for range rapid.IntRange(1, 3).Draw(t, "lines") {
			lines = append(lines, orb.LineString(rapid.SliceOfNDistinct(rapid.Custom(drawPoint), 2, 9, rapid.ID).Draw(t, "line")))
		}
		f.geometry = lines
	default:
		var polygons orb.MultiPolygon
		for range rapid.IntRange(1, 3).Draw(t, "polygons") {
			polygons = append(polygons, drawPolygon(t))
		}
		f.geometry = polygons
	}
	keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,2}`), 0, 4, rapid.ID).Draw(t, "keys")
	for _, key := range keys {
		f.tags = append(f.tags, tag{key, drawValue(t)})
	}
	return f
}

func drawValue(t *rapid.T) any {
	switch rapid.IntRange(0, 3).Draw(t, "type") {
	case 0:
		return rapid.Bool().Draw(t, "bool")
	case 1:
		return rapid.Int64Range(-3, 3).Draw(t, "few")
	case 2:
		return rapid.Int64Range(-1<<53, 1<<53).Draw(t, "int")
	}
	return rapid.String().Draw(t, "string")
}

func drawPoint(t *rapid.T) orb.Point {
	c := rapid.Int32Range(-300, mvt.Extent+300)
	return orb.Point{float64(c.Draw(t, "x")), float64(c.Draw(t, "y"))}
}

// drawPolygon is a rectangle, perhaps with a hole, wound as tiles want it.
func drawPolygon(t *rapid.T) orb.Polygon {
	p := drawPoint(t)
	w, h := float64(rapid.IntRange(4, 99).Draw(t, "w")), float64(rapid.IntRange(4, 99).Draw(t, "h"))
	x, y := p[0], p[1]
	polygon := orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
	if rapid.Bool().Draw(t, "hole") {
		polygon = append(polygon, orb.Ring{{x + 1, y + 1}, {x + 1, y + 2}, {x + 2, y + 2}, {x + 2, y + 1}, {x + 1, y + 1}})
	}
	return polygon
}

// asRead is a feature as readers of tiles give it: multi only where several.
func asRead(f feature) *geojson.Feature {
	out := geojson.NewFeature(f.geometry)
	switch g := f.geometry.(type) {
	case orb.MultiLineString:
		if len(g) == 1 {
			out.Geometry = g[0]
		}
	case orb.MultiPolygon:
		if len(g) == 1 {
			out.Geometry = g[0]
		}
	}
	out.ID = float64(f.id)
	for _, t := range f.tags {
		switch v := t.value.(type) {
		case int64:
			out.Properties[t.key] = float64(v)
		default:
			out.Properties[t.key] = v
		}
	}
	return out
}

func TestOrbReadsWhatWasWritten(t *testing.T) {
	var e mvt.Encoder // one for all, so that what is left of a tile would show
	rapid.Check(t, func(t *rapid.T) {
		layers := drawLayers(t)
		got, err := orbmvt.Unmarshal(encode(&e, layers))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(layers) {
			t.Fatalf("read %d layers, wrote %d", len(got), len(layers))
		}
		for i, l := range layers {
			if got[i].Name != l.name || got[i].Version != 2 || got[i].Extent != mvt.Extent {
				t.Errorf("layer %q is read as %q, version %d, extent %d", l.name, got[i].Name, got[i].Version, got[i].Extent)
			}
			var want []*geojson.Feature
			for _, f := range l.features {
				want = append(want, asRead(f))
			}
			if diff := cmp.Diff(want, got[i].Features, cmpopts.EquateEmpty(), asNumbers); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// asNumbers compares integers of different types by value.
var asNumbers = cmp.FilterValues(func(a, b any) bool { return isNumber(a) && isNumber(b) },
	cmp.Comparer(func(a, b any) bool { return fmt.Sprintf("%.0f", number(a)) == fmt.Sprintf("%.0f", number(b)) }))

func isNumber(v any) bool {
	switch v.(type) {
	case float64, int64, uint64:
		return true
	}
	return false
}

func number(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case uint64:
		return float64(n)
	}
	return v.(float64)
}

// sample has one of everything.
func sample() []layer {
	tags := []tag{{"name", "长春市"}, {"code", "220100"}, {"level", int64(2)}, {"depth", int64(-40)}, {"known", true}, {"collapsed", false}}
	square := func(x, y, w float64) orb.Ring {
		return orb.Ring{{x, y}, {x + w, y}, {x + w, y + w}, {x, y + w}, {x, y}}
	}
	hole := square(20, 20, 10)
	hole.Reverse()
	return []layer{
		{"area", []feature{
			{1, orb.MultiPolygon{{square(0, 0, 100), hole}, {square(200, 0, 50)}}, tags},
			{2, orb.MultiPolygon{{square(-64, 4000, 160)}}, tags[:2]}}},
		{"line", []feature{{3, orb.MultiLineString{{{0, 0}, {4096, 4096}}, {{7, 7}, {8, 8}, {9, 7}}}, tags[2:]}}},
		{"point", []feature{{1<<53 - 1, orb.Point{2048, 1}, tags}}},
	}
}

// webFolder holds the npm readers, if they are installed.
const webFolder = "../../web"

// TestMapboxReadsWhatWasWritten reads a tile with the reader of the map.
func TestMapboxReadsWhatWasWritten(t *testing.T) {
	if _, err := os.Stat(filepath.Join(webFolder, "node_modules/@mapbox/vector-tile")); err != nil {
		t.Skip("the npm packages are not installed")
	}
	const script = `
import {VectorTile} from '@mapbox/vector-tile'
import {PbfReader} from 'pbf'
import {readFileSync} from 'fs'
const tile = new VectorTile(new PbfReader(readFileSync(0)))
const out = {}
for (const [name, layer] of Object.entries(tile.layers)) {
  out[name] = []
  for (let i = 0; i < layer.length; i++) {
    const f = layer.feature(i)
    out[name].push({id: f.id, type: f.type, tags: f.properties, geometry: f.loadGeometry().map(r => r.map(p => [p.x, p.y]))})
  }
}
console.log(JSON.stringify(out))`
	got := read(t, webFolder, "node", "--input-type=module", "-e", script)
	want := map[string]any{}
	for _, l := range sample() {
		var features []any
		for _, f := range l.features {
			features = append(features, f.plain())
		}
		want[l.name] = features
	}
	if diff := cmp.Diff(throughJSON(t, want), got); diff != "" {
		t.Error(diff)
	}
}

// plain is a feature as the script prints it.
func (f feature) plain() map[string]any {
	tags := map[string]any{}
	for _, t := range f.tags {
		tags[t.key] = t.value
	}
	out := map[string]any{"id": f.id, "tags": tags}
	switch g := f.geometry.(type) {
	case orb.Point:
		out["type"], out["geometry"] = 1, []any{[]any{g}}
	case orb.MultiLineString:
		out["type"], out["geometry"] = 2, g
	case orb.MultiPolygon:
		var rings []orb.Ring
		for _, polygon := range g {
			rings = append(rings, polygon...)
		}
		out["type"], out["geometry"] = 3, rings
	}
	return out
}

func throughJSON(t *testing.T, v any) (out any) {
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read runs a program in a folder with the sample on its standard input, and
// returns the JSON it prints.
func read(t *testing.T, folder, name string, args ...string) (out any) {
	t.Helper()
	var e mvt.Encoder
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, bytes.NewReader(encode(&e, sample())), os.Stderr
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatalf("read the tile with %s: %v", name, err)
	}
	return out
}

// TestOGRReadsWhatWasWritten reads the areas of a tile with GDAL, whose y axis
// runs to the north.
func TestOGRReadsWhatWasWritten(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed")
	}
	got := read(t, ".", "sh", "-c", `cat >"$0/0.mvt" && ogr2ogr -f GeoJSON /vsistdout/ "$0/0.mvt" area -oo CLIP=NO`, t.TempDir())
	var features []any
	for _, f := range sample()[0].features {
		tags := map[string]any{"mvt_id": f.id}
		for _, t := range f.tags {
			tags[t.key] = t.value
		}
		north := orb.Clone(f.geometry).(orb.MultiPolygon)
		for _, polygon := range north {
			for _, ring := range polygon {
				for i := range ring {
					ring[i][1] = mvt.Extent - ring[i][1]
				}
			}
		}
		features = append(features, map[string]any{"type": "Feature", "properties": tags, "geometry": geojson.NewGeometry(north)})
	}
	if diff := cmp.Diff(throughJSON(t, features), got.(map[string]any)["features"]); diff != "" {
		t.Error(diff)
	}
}

func TestEncodingTakesNoMemory(t *testing.T) {
	var e mvt.Encoder
	ring := [][]mvt.Cell{{{X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}}}
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprint("unit ", i)
	}
	draw := func() {
		e.Reset()
		e.Layer("county")
		for i, name := range names {
			e.Polygon(uint64(i), ring)
			e.TagString("name", name)
			e.TagInt("level", int64(i))
		}
		e.Layer("boundary")
		for i := range names {
			e.BeginLines(uint64(i))
			e.Line(ring[0])
			e.TagBool("known", i%2 == 0)
		}
		e.Bytes()
	}
	draw()
	if allocations := testing.AllocsPerRun(20, draw); allocations > 0 {
		t.Errorf("a tile takes %v allocations, want none", allocations)
	}
}
