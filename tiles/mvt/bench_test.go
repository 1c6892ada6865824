package mvt_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"jieming/tiles/mvt"
)

// benchmarkLayer is 60 wavy polygons of 400 points, as many as a busy tile has.
func benchmarkLayer() layer {
	l := layer{name: "county"}
	for i := range 60 {
		ring := make(orb.Ring, 0, 401)
		for k := range 400 {
			angle := 2 * math.Pi * float64(k) / 400
			r := 800 + 90*math.Sin(17*angle)
			ring = append(ring, orb.Point{math.Round(2048 + r*math.Cos(angle)), math.Round(2048 + r*math.Sin(angle))})
		}
		l.features = append(l.features, feature{uint64(i), orb.MultiPolygon{{append(ring, ring[0])}},
			[]tag{{"name", fmt.Sprint("unit ", i)}, {"code", fmt.Sprint(220000 + i)}, {"level", int64(3)}}})
	}
	return l
}

// BenchmarkEncode compares the encoder with that of orb on the same tile. Read
// it as a ratio.
func BenchmarkEncode(b *testing.B) {
	l := benchmarkLayer()
	b.Run("ours", func(b *testing.B) {
		var e mvt.Encoder
		rings := make([][][]mvt.Cell, len(l.features))
		for i, f := range l.features {
			rings[i] = [][]mvt.Cell{cells(f.geometry.(orb.MultiPolygon)[0][0])}
		}
		b.ReportAllocs()
		for b.Loop() {
			e.Reset()
			e.Layer(l.name)
			for i, f := range l.features {
				e.Polygon(f.id, rings[i])
				e.TagString("name", f.tags[0].value.(string))
				e.TagString("code", f.tags[1].value.(string))
				e.TagInt("level", 3)
			}
			e.Bytes()
		}
	})
	b.Run("orb", func(b *testing.B) {
		theirs := &orbmvt.Layer{Name: l.name, Version: 2, Extent: mvt.Extent}
		for _, f := range l.features {
			g := geojson.NewFeature(f.geometry.(orb.MultiPolygon)[0])
			g.ID = f.id
			for _, t := range f.tags {
				g.Properties[t.key] = t.value
			}
			theirs.Features = append(theirs.Features, g)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := orbmvt.Marshal(orbmvt.Layers{theirs}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
