// Package formattest is the conformance suite that every format runs: what is
// written reads back, ogr2ogr reads and writes the same, limits hold, and a
// damaged file is refused with a fault in that file.
package formattest

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/geo/format"
	"jieming/geo/format/open"
)

// A Codec is a format under test.
type Codec struct {
	Extension string // of the file, with its dot
	Driver    string // the name that ogr2ogr has for the format
	// Create starts a file at a path, New one on a stream; a format has one
	// of the two. The suite reads with package open.
	Create func(path string, columns []format.Column) (format.Writer, error)
	New    func(w io.Writer, columns []format.Column) (format.Writer, error)
	// OnlyPoints says that the format is tested with points only.
	OnlyPoints bool
	// OnlyText says that every value comes back as text, null as empty text.
	OnlyText bool
	// KeepsID says that identifiers come back.
	KeepsID bool
	// BlankIsNull says that empty text comes back as null.
	BlankIsNull bool
	// OGROptions are given to ogr2ogr when it writes the format, OpenOptions
	// when it reads it.
	OGROptions, OpenOptions []string
}

// Run runs the suite.
func Run(t *testing.T, c Codec) {
	for _, set := range sets(c) {
		t.Run(set.name, func(t *testing.T) {
			path := write(t, c, set)
			t.Run("reads back", func(t *testing.T) { readsBack(t, c, path, set.features) })
			t.Run("ogr2ogr reads the same", func(t *testing.T) { ogrReads(t, c, path) })
			t.Run("ogr2ogr writes the same", func(t *testing.T) { ogrWrites(t, c, set) })
		})
	}
	set := sets(c)[0]
	t.Run("limits", func(t *testing.T) { limits(t, write(t, c, set), c) })
	t.Run("damage", func(t *testing.T) { damage(t, write(t, c, set)) })
}

// A set is a layer of test data.
type set struct {
	name     string
	features []*format.Feature
}

// Columns are those of the test data.
func Columns() []format.Column {
	return []format.Column{
		{Name: "code", Type: format.String, Width: 12}, {Name: "名称", Type: format.String, Width: 60},
		{Name: "rank", Type: format.Int}, {Name: "area", Type: format.Float}, {Name: "seat", Type: format.Bool},
	}
}

func sets(c Codec) []set {
	square := func(x, y, size float64) orb.Ring {
		// Rounding to the grid keeps to 15 digits, more than which ogr2ogr
		// does not write in every format.
		x1, y1 := math.Round((x+size)*1e7)/1e7, math.Round((y+size)*1e7)/1e7
		return orb.Ring{{x, y}, {x1, y}, {x1, y1}, {x, y1}, {x, y}}
	}
	hole := func(x, y, size float64) orb.Ring { r := square(x, y, size); r.Reverse(); return r }
	points := set{"points", features(orb.Point{125.3245, 43.8868}, nil, orb.Point{-0.1, 1e-7})}
	if c.OnlyPoints {
		return []set{points}
	}
	return []set{
		{"polygons", features(
			orb.Polygon{square(125.1234567, 43.7654321, 0.5), hole(125.2, 43.8, 0.1)},
			orb.MultiPolygon{
				{square(130, 42, 1), hole(130.1, 42.1, 0.5)},
				{square(130.2, 42.2, 0.2)}, // an island in the hole
				{square(132, 42, 1)},
			},
			nil,
		)},
		points,
		{"lines", features(
			orb.LineString{{125, 43}, {126.123456789, 44}},
			orb.MultiLineString{{{125, 43}, {126, 44}}, {{127, 43}, {128, 44}, {129, 43.5}}},
		)},
	}
}

func features(geometries ...orb.Geometry) []*format.Feature {
	texts := []any{"公主岭市", `前郭尔罗斯蒙古族自治县 "Qian Gorlos"`, nil}
	var list []*format.Feature
	for i, g := range geometries {
		list = append(list, &format.Feature{
			Index: i, ID: []string{"1", "2", "3"}[i], Geometry: g,
			Properties: format.Properties{
				{Name: "code", Value: []any{"220184", "220721", "010203"}[i]},
				{Name: "名称", Value: texts[i]},
				{Name: "rank", Value: []any{int64(3), nil, int64(-123456789012)}[i]},
				{Name: "area", Value: []any{0.1, 1e-9, nil}[i]},
				{Name: "seat", Value: []any{true, false, nil}[i]},
			},
		})
	}
	return list
}

func write(t *testing.T, c Codec, s set) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layer"+c.Extension)
	w, err := c.create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.features {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	return path
}

func (c Codec) create(path string) (format.Writer, error) {
	if c.Create != nil {
		return c.Create(path, Columns())
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w, err := c.New(f, Columns())
	return &fileWriter{w, f}, err
}

// A fileWriter closes the file behind a writer.
type fileWriter struct {
	format.Writer
	file *os.File
}

func (w *fileWriter) Close() error {
	err := w.Writer.Close()
	if w.file != nil {
		err = errors.Join(err, w.file.Close())
	}
	w.file = nil
	return err
}

// ReadAll reads a file to its end and closes it.
func ReadAll(path string, limits format.Limits, options format.Options) ([]*format.Feature, error) {
	r, err := open.File(path, limits, options)
	if err != nil {
		return nil, err
	}
	var list []*format.Feature
	for {
		f, err := r.Read()
		if err == io.EOF {
			return list, r.Close()
		}
		if err != nil {
			return list, errors.Join(err, r.Close())
		}
		list = append(list, f)
	}
}

func mustRead(t *testing.T, path string) []*format.Feature {
	t.Helper()
	list, err := ReadAll(path, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func readsBack(t *testing.T, c Codec, path string, want []*format.Feature) {
	got := mustRead(t, path)
	if len(got) != len(want) {
		t.Fatalf("%d features came back of %d", len(got), len(want))
	}
	for i, f := range got {
		if f.Index != i {
			t.Errorf("feature %d has index %d", i, f.Index)
		}
		if c.KeepsID && f.ID != want[i].ID {
			t.Errorf("feature %d has ID %q, want %q", i, f.ID, want[i].ID)
		}
		if diff := cmp.Diff(Normal(want[i].Geometry), Normal(f.Geometry)); diff != "" {
			t.Errorf("feature %d: geometry (-want +got)\n%s", i, diff)
		}
		if diff := cmp.Diff(c.expected(want[i].Properties), f.Properties); diff != "" {
			t.Errorf("feature %d: properties (-want +got)\n%s", i, diff)
		}
	}
}

// expected is what the format makes of the properties.
func (c Codec) expected(p format.Properties) format.Properties {
	p = slices.Clone(p)
	for i := range p {
		switch {
		case c.OnlyText:
			p[i].Value = textOf(p, p[i].Name)
		case c.BlankIsNull && p[i].Value == "":
			p[i].Value = nil
		}
	}
	return p
}

func textOf(p format.Properties, name string) string {
	if v, _ := p.Get(name); v == 1e-9 {
		return "0.000000001"
	}
	return p.Text(name)
}

// Normal makes geometries comparable that formats tell apart or not: a
// multi-geometry of one part is that part, outer rings run counter-clockwise.
func Normal(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.MultiPolygon:
		if len(g) == 1 {
			return Normal(g[0])
		}
		out := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			out[i] = Normal(p).(orb.Polygon)
		}
		return out
	case orb.Polygon:
		out := make(orb.Polygon, len(g))
		for i, r := range g {
			out[i] = slices.Clone(r)
			if planar.Area(orb.Polygon{r}) > 0 && (r.Orientation() == orb.CCW) != (i == 0) {
				out[i].Reverse()
			}
		}
		return out
	case orb.MultiLineString:
		if len(g) == 1 {
			return g[0]
		}
	case orb.MultiPoint:
		if len(g) == 1 {
			return g[0]
		}
	}
	return g
}

func limits(t *testing.T, path string, c Codec) {
	tests := map[string]format.Limits{
		"features": {MaxFeatures: 1}, "bytes": {MaxBytes: 30}, "properties": {MaxProperties: 2},
		"vertices in the file": {MaxVertices: 1},
	}
	if !c.OnlyPoints {
		tests["vertices"] = format.Limits{MaxVerticesPerFeature: 5}
	}
	for name, l := range tests {
		_, err := ReadAll(path, l, format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if !ok || fault.Recoverable || fault.File == "" || fault.Advice == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// damage cuts the file at many places and changes bytes. The reader may read
// it or refuse it, but only with a fault in that file.
func damage(t *testing.T, path string) {
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	damaged := filepath.Join(t.TempDir(), filepath.Base(path))
	try := func(data []byte) {
		if err := os.WriteFile(damaged, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadAll(damaged, format.Limits{}, format.Options{})
		fault, ok := errors.AsType[*format.Error](err)
		if err != nil && (!ok || fault.File == "" || fault.Problem == "" || fault.Advice == "") {
			t.Errorf("got an error that tells too little: %v", err)
		}
	}
	for i := range 60 {
		try(whole[:len(whole)*i/60])
		changed := slices.Clone(whole)
		for range 1 + i%5 {
			changed[random.IntN(len(changed))] ^= byte(1 + random.IntN(255))
		}
		try(changed)
	}
}
