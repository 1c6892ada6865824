package api

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
)

// counties are as many areas as a province has, of as many vertices as real
// ones, on the grid of 1e-7 degrees.
func counties() []registry.Unit {
	units := make([]registry.Unit, 60)
	for i := range units {
		ring := make(orb.Ring, 0, 3001)
		for k := range 3000 {
			angle := float64(k) / 3000 * 2 * math.Pi
			x, y := 125+float64(i%10)/2+0.2*math.Cos(angle), 42+float64(i/10)/2+0.2*math.Sin(angle)
			ring = append(ring, orb.Point{math.Round(x*1e7) / 1e7, math.Round(y*1e7) / 1e7})
		}
		ring = append(ring, ring[0])
		u := newFake().units[3]
		u.ID, u.WKB = registry.UnitID(i+1), wkb.MustMarshal(orb.MultiPolygon{{ring}})
		units[i] = u
	}
	return units
}

// discard is a response that counts.
type discard struct {
	header http.Header
	n      int64
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { d.n += int64(len(p)); return len(p), nil }

type fixed struct {
	*fake
	list []registry.Unit
}

func (f fixed) Units(_ context.Context, _ registry.UnitQuery, yield func(*registry.Unit) error) error {
	for i := range f.list {
		if err := yield(&f.list[i]); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkItems is a whole request for 60 counties, from WKB to bytes.
func BenchmarkItems(b *testing.B) {
	h := New(fixed{newFake(), counties()}, testOptions())
	r := httptest.NewRequest("GET", "/ogc/collections/divisions/items?limit=1000", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := &discard{header: http.Header{}}
		h.ServeHTTP(w, r)
		b.SetBytes(w.n)
	}
}

// BenchmarkItems_marshal is the yardstick: the same features decoded to orb and
// written by encoding/json at once.
func BenchmarkItems_marshal(b *testing.B) {
	type geometry struct {
		Type        string           `json:"type"`
		Coordinates orb.MultiPolygon `json:"coordinates"`
	}
	type feature struct {
		Type       string   `json:"type"`
		ID         string   `json:"id"`
		Geometry   geometry `json:"geometry"`
		Properties Unit     `json:"properties"`
	}
	list, c := counties(), &call{}
	b.ReportAllocs()
	for b.Loop() {
		var features []feature
		for i := range list {
			g, err := wkb.Unmarshal(list[i].WKB)
			if err != nil {
				b.Fatal(err)
			}
			features = append(features, feature{"Feature", number(list[i].ID), geometry{"MultiPolygon", g.(orb.MultiPolygon)}, c.unit(&list[i])})
		}
		text, err := json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Discard.Write(text)
		b.SetBytes(int64(len(text)))
	}
}

// BenchmarkWhere is a small JSON answer.
func BenchmarkWhere(b *testing.B) {
	h := New(newFake(), testOptions())
	r := httptest.NewRequest("GET", "/api/where?lon=126&lat=44", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(&discard{header: http.Header{}}, r)
	}
}
