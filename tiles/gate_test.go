package tiles

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/datatest"
	"jieming/geo/format"
	"jieming/geo/format/open"
	"jieming/tiles/gate"
)

// counties reads a file of counties.
func counties(t testing.TB, name string) (regions []coverage.Region) {
	t.Helper()
	r, err := open.File(datatest.File(t, name), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return regions
		}
		if err != nil {
			t.Fatal(err)
		}
		var g orb.MultiPolygon
		switch p := f.Geometry.(type) {
		case orb.Polygon:
			g = orb.MultiPolygon{p}
		case orb.MultiPolygon:
			g = p
		}
		regions = append(regions, coverage.Region{ID: f.Properties.Text("code"), Geometry: g})
	}
}

// judge draws and judges tiles of a snapshot.
type judge struct {
	*testing.T
	view   *View
	judged int
}

func (j *judge) tile(z, x, y int) *gate.Tile {
	j.Helper()
	data := j.view.Draw(z, x, y).Encode(nil)
	tile, err := gate.Decode(data)
	if err != nil {
		j.Fatalf("tile %d/%d/%d: %v", z, x, y, err)
	}
	for level := province; level <= j.view.levelAt(z); level++ {
		r := gate.Judge(tile, gate.Subject{
			Layers: []string{layerNames[level]}, Boundary: "boundary", Labels: "label", Outer: outer,
		})
		if !r.Zero() {
			j.Errorf("tile %d/%d/%d, %s: %v: %s", z, x, y, layerNames[level], r, r.First)
		}
	}
	j.judged++
	return tile
}

// outer tells of the borders of a coverage.
func outer(f *gate.Feature) bool { return f.Tag("left") == outside || f.Tag("right") == outside }

func TestGates_jilin(t *testing.T) {
	regions := counties(t, "boundaries-jilin/counties_2023_tianditu.geojson")
	s := snapshotOf(t, regions)
	last := 12
	if testing.Short() {
		last = 9
	}
	j := &judge{T: t, view: today(s)}
	for z := 0; z <= last; z++ {
		for _, at := range span(s, z) {
			j.tile(z, at[0], at[1])
		}
	}
	t.Logf("%d tiles judged", j.judged)
}

func TestGates_china(t *testing.T) {
	regions := counties(t, "boundaries-china/counties_2023_tianditu.geojson.gz")
	s := snapshotOf(t, regions)
	random := rand.New(rand.NewPCG(3, 2026))
	j := &judge{T: t, view: today(s)}
	for n := range 2000 {
		z := n % 13
		all := span(s, z)
		at := all[random.IntN(len(all))]
		j.tile(z, at[0], at[1])
	}
	t.Logf("%d tiles judged", j.judged)
}
