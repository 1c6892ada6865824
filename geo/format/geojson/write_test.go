package geojson

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"
	"pgregory.net/rapid"

	"jieming/geo/format"
)

func TestWriter_collection(t *testing.T) {
	point, err := orbwkb.Marshal(orb.Point{125.3, 43.9})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := NewWriter(&out, WriterOptions{Head: []Member{{"numberMatched", []byte("2")}}})
	for _, row := range []Row{
		{ID: "220102", WKB: point, Properties: []byte(`{"name":"南关区"}`), Members: []Member{{"links", []byte("[]")}}},
		{ID: `梨"树`},
	} {
		if err := w.WriteRow(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(Member{"numberReturned", []byte("2")}); err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"FeatureCollection","numberMatched":2,"features":[` +
		`{"type":"Feature","id":"220102","geometry":{"type":"Point","coordinates":[125.3,43.9]},"properties":{"name":"南关区"},"links":[]},` +
		`{"type":"Feature","id":"梨\"树","geometry":null,"properties":null}],"numberReturned":2}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := w.WriteRow(Row{}); err == nil {
		t.Error("wrote after the end")
	}
}

func TestWriter_sequence(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, WriterOptions{Sequence: true})
	for range 2 {
		if err := w.Write(&format.Feature{Geometry: orb.Point{1, 2}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat(`{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}`+"\n", 2)
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriter_faults(t *testing.T) {
	broken := errors.New("client went away")
	w := NewWriter(writerFunc(func([]byte) (int, error) { return 0, broken }), WriterOptions{})
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("second close: got %v", err)
	}
	for _, g := range []orb.Geometry{orb.Point{math.Inf(1), 0}, orb.Ring{}} {
		w := NewWriter(new(bytes.Buffer), WriterOptions{})
		if err := w.Write(&format.Feature{Geometry: g}); err == nil {
			t.Errorf("%v was written", g)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestAppendOrb_sameAsWKB holds that both encoders write the same text.
func TestAppendOrb_sameAsWKB(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGeometry(t, 0)
		decimals := rapid.IntRange(0, 9).Draw(t, "decimals")
		data, err := orbwkb.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		a, err := AppendOrb(nil, g, decimals)
		if err != nil {
			t.Fatal(err)
		}
		b, err := AppendGeometryDecimals(nil, data, decimals)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(b), string(a)); diff != "" || !json.Valid(a) {
			t.Fatal(diff)
		}
	})
}
