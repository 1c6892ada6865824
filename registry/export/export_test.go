package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/registry/registrytest"
)

// each runs a test on every layer in every format that is written here.
func each(t *testing.T, run func(t *testing.T, l Layer, f Format)) {
	for _, l := range Layers() {
		for _, f := range l.Formats {
			if f != PMTiles {
				t.Run(l.Name+"."+string(f), func(t *testing.T) { run(t, l, f) })
			}
		}
	}
}

// Equal questions make equal bytes.
func TestWrite_sameBytes(t *testing.T) {
	s := squares(t)
	e := on(t, s, registry.Date(2024, 1, 1))
	each(t, func(t *testing.T, l Layer, f Format) {
		var files [2][]byte
		for i := range files {
			path, _ := write(t, s, e, l, f)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[i] = data
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Error("files differ")
		}
	})
}

// comparable is a value as every format can say it.
func comparable(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return fmt.Sprint(v)
	case int64:
		return fmt.Sprint(v)
	case float64:
		return fmt.Sprintf("%.12g", v)
	case string:
		if len(v) < 30 && strings.Trim(v, "0123456789.-") == "" && strings.Contains(v, ".") {
			var n float64
			if _, err := fmt.Sscan(v, &n); err == nil {
				return fmt.Sprintf("%.12g", n)
			}
		}
		return v
	}
	return fmt.Sprint(v)
}

// All formats of a layer hold the same values, by our own readers.
func TestWrite_formatsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("a short run leaves out what takes long")
	}
	s := sampled(t)
	for _, e := range []Edition{on(t, s, registry.Date(1990, 1, 1)), on(t, s, registry.Date(2023, 12, 31))} {
		for _, l := range Layers() {
			if l.Name != Map && slices.Contains(l.Formats, GeoJSON) {
				t.Run(l.Name+" "+e.Day.String(), func(t *testing.T) { formatsAgree(t, s, e, l) })
			}
		}
	}
}

func formatsAgree(t *testing.T, s Registry, e Edition, l Layer) {
	path, counts := write(t, s, e, l, GeoJSON)
	want := read(t, path)
	if counts.Rows != len(want) {
		t.Errorf("%d rows counted, %d read", counts.Rows, len(want))
	}
	for _, f := range l.Formats {
		if f == CSVZip || f == GeoPackage && l.Shape == format.NoShape {
			continue // what our readers don't read
		}
		path, again := write(t, s, e, l, f)
		if again != counts {
			t.Errorf("%s: counts %+v, want %+v", f, again, counts)
		}
		got := read(t, path)
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows, want %d", f, len(got), len(want))
		}
		for i := range got {
			for _, c := range l.Columns {
				name := c.Name
				if f == Shapefile {
					name = c.Short
				}
				a, _ := want[i].Properties.Get(c.Name)
				b, there := got[i].Properties.Get(name)
				if !there || comparable(a) != comparable(b) {
					t.Fatalf("%s: row %d: %s is %v (%v), want %v", f, i, name, b, there, a)
				}
			}
			if hasGeometry := f != CSV || l.Shape == format.Points; hasGeometry && !sameGeometry(want[i].Geometry, got[i].Geometry) {
				t.Errorf("%s: row %d has another geometry", f, i)
			}
		}
	}
}

// sameGeometry compares what two formats hold: a multi-polygon of one may be a
// polygon, and rings may turn the other way.
func sameGeometry(a, b orb.Geometry) bool {
	return cmp.Equal(formattest.Normal(a), formattest.Normal(b))
}

// content reads one file of an archive.
func content(t *testing.T, path, name string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if y, m, d := f.Modified.UTC().Date(); y != 1980 || m != 1 || d != 1 {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every file states what it shows, as its format can.
func TestWrite_statesWhatItShows(t *testing.T) {
	s := sampled(t)
	e := on(t, s, registry.Date(1990, 1, 1))
	l := layer(t, "county")
	p := e.Publication
	common := []string{"1990-01-01", "审图号", "吉S(2026)001号", Note, p.Dataset.Attribution, "CGCS2000", "4490", fmt.Sprintf("publication %d", p.ID), "示意", "范围不完整", "县级行政区"}
	for _, f := range []Format{Shapefile, CSVZip} {
		path, counts := write(t, s, e, l, f)
		text := content(t, path, readmeName)
		for _, want := range append(common, fmt.Sprintf("Rows: %d", counts.Rows), fmt.Sprintf("Incomplete: %d units", counts.Incomplete), "VALID_FROM"[:5]) {
			if !strings.Contains(strings.ToUpper(text), strings.ToUpper(want)) {
				t.Errorf("%s: the README does not say %q:\n%s", f, want, text)
			}
		}
		if counts.Incomplete == 0 || counts.Placed == 0 || counts.Placed == counts.Rows {
			t.Errorf("%s: counts %+v show nothing", f, counts)
		}
	}
	var about struct {
		Name       string
		Instant    struct{ Datetime string }
		System     struct{ EPSG int } `json:"coordinateSystem"`
		Review     string             `json:"review_number"`
		Schematic  bool
		Note       string
		Columns    []struct{ Name, Title, Description string }
		Returned   int `json:"numberReturned"`
		Placed     int `json:"numberWithGeometry"`
		Incomplete int `json:"numberIncomplete"`
	}
	path, counts := write(t, s, e, l, GeoJSON)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &about); err != nil {
		t.Fatal(err)
	}
	if about.Name != "county" || about.Instant.Datetime != "1990-01-01" || about.System.EPSG != 4490 || about.Review != p.ReviewNumber || !about.Schematic ||
		about.Note != Note || len(about.Columns) != len(l.Columns) || about.Returned != counts.Rows || about.Placed != counts.Placed || about.Incomplete != counts.Incomplete {
		t.Errorf("GeoJSON says %+v", about)
	}
	if path, _ := write(t, s, e, l, CSVZip); true {
		var description struct {
			URL         string
			TableSchema struct {
				Columns []struct{ Name, Datatype string }
			}
		}
		stem := e.Stem(l)
		if err := json.Unmarshal([]byte(content(t, path, stem+".csv-metadata.json")), &description); err != nil || description.URL != stem+".csv" {
			t.Errorf("description %+v, %v", description, err)
		}
		head, _, _ := strings.Cut(content(t, path, stem+".csv"), "\n")
		var names []string
		for _, c := range description.TableSchema.Columns {
			names = append(names, c.Name)
			if c.Datatype == "" {
				t.Errorf("column %s has no type", c.Name)
			}
		}
		if head != "\ufeff"+strings.Join(names, ",") {
			t.Errorf("the table begins %q, its description has %v", head, names)
		}
	}
}

// Days of which nothing is known give an empty file that says so.
func TestWrite_nothingKnown(t *testing.T) {
	s := sampled(t)
	for _, c := range []struct {
		layer string
		day   registry.Day
		want  string
	}{
		{"county", registry.Date(1970, 1, 1), "No record before 1981-12-31"},
		{"township", registry.Date(1990, 1, 1), "The registry has nothing of this kind for 1990-01-01"},
		{"village", registry.Date(1990, 1, 1), "The registry has nothing of this kind for 1990-01-01"},
	} {
		e, l := on(t, s, c.day), layer(t, c.layer)
		for _, f := range l.Formats {
			path, counts := write(t, s, e, l, f)
			if counts.Rows != 0 {
				t.Errorf("%s of %s has %d rows", c.layer, c.day, counts.Rows)
			}
			text := ""
			switch f {
			case CSVZip, Shapefile:
				text = content(t, path, readmeName)
			case CSV:
				continue // a table alone has no room for it
			default:
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text = string(data)
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%s.%s of %s does not say %q", c.layer, f, c.day, c.want)
			}
		}
	}
}

// broken is a registry whose streams break.
type broken struct {
	*postgres.Store
	after int
}

var errBroken = errors.New("the database went away")

func (b broken) Units(ctx context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error {
	n := 0
	return b.Store.Units(ctx, q, func(u *registry.Unit) error {
		if n++; n > b.after {
			return errBroken
		}
		return yield(u)
	})
}

// A file that cannot be finished is not there, nor is anything beside it.
func TestWrite_leavesNothingHalf(t *testing.T) {
	s := squares(t)
	e, l := on(t, s, registry.Date(2024, 1, 1)), layer(t, "county")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, f := range l.Formats {
		for name, c := range map[string]struct {
			ctx  context.Context
			reg  Registry
			o    Options
			want error
		}{
			"broken":    {t.Context(), broken{s, 1}, Options{}, errBroken},
			"cancelled": {cancelled, s, Options{}, context.Canceled},
			"too large": {t.Context(), s, Options{MaxBytes: 400}, ErrTooLarge},
		} {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if _, err := Write(c.ctx, c.reg, e, l, f, path, c.o); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: got %v", f, name, err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s, %s: left behind %v", f, name, left)
			}
		}
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(t.Context(), s, e, l, f, path, Options{}); err == nil {
			t.Errorf("%s: replaced a file", f)
		}
		if data, err := os.ReadFile(path); string(data) != "mine" {
			t.Errorf("%s: a file is gone: %v", f, err)
		}
	}
}

// large is a registry of units with an area of half a megabyte each.
type large struct {
	Registry
	n   int
	wkb []byte
}

func (l large) Units(ctx context.Context, _ registry.UnitQuery, yield func(*registry.Unit) error) error {
	for i := range l.n {
		u := registry.Unit{UnitRef: registry.UnitRef{ID: registry.UnitID(i + 1), Name: "大县", Level: registry.LevelCounty}, Areal: true, WKB: l.wkb}
		if err := yield(&u); err != nil {
			return err
		}
	}
	return nil
}

// However many rows there are, memory holds a few of them.
func TestWrite_memory(t *testing.T) {
	if testing.Short() {
		t.Skip("a short run leaves out what takes long")
	}
	ring := make(orb.Ring, 0, 30_001)
	for i := range 30_000 {
		a := 2 * math.Pi * float64(i) / 30_000
		ring = append(ring, orb.Point{125 + math.Round(math.Cos(a)*1e7)/1e7, 43 + math.Round(math.Sin(a)*1e7)/1e7})
	}
	reg := large{n: 120, wkb: wkb.MustMarshal(orb.MultiPolygon{{append(ring, ring[0])}})}
	e := Edition{Publication: &registry.Publication{}, Day: registry.Date(2024, 1, 1), Begins: registrytest.Start}
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	for _, f := range []Format{GeoPackage, GeoJSON, Shapefile} {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		path := filepath.Join(t.TempDir(), "file")
		peak := watchHeap(t, func() {
			if _, err := Write(t.Context(), reg, e, layer(t, "county"), f, path, Options{}); err != nil {
				t.Fatal(err)
			}
		})
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d MB written, %.1f MB held at most", f, info.Size()>>20, float64(peak-before.HeapAlloc)/(1<<20))
		if peak > before.HeapAlloc+16<<20 {
			t.Errorf("%s: %d MB were held, of %d MB written", f, (peak-before.HeapAlloc)>>20, info.Size()>>20)
		}
	}
}

// watchHeap returns the most that was in use while f ran.
func watchHeap(t *testing.T, f func()) uint64 {
	t.Helper()
	var peak atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	<-done
	return peak.Load()
}

// GDAL reads every file without a warning, with as many features, fields and
// the coordinate system that it ought to have.
func TestOgrinfo(t *testing.T) {
	if testing.Short() {
		t.Skip("a short run leaves out what takes long")
	}
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed: the comparison with it was not run")
	}
	s := sampled(t)
	e := on(t, s, registry.Date(1990, 1, 1))
	each(t, func(t *testing.T, l Layer, f Format) {
		if f == CSVZip {
			return // the table in it is that of CSV
		}
		path, counts := write(t, s, e, l, f)
		source := path
		if f == Shapefile {
			source = "/vsizip/" + path
		}
		out, err := exec.Command("ogrinfo", "-ro", "-so", "-al", source).CombinedOutput()
		info := string(out)
		if err != nil || strings.Contains(info, "Warning") || strings.Contains(info, "ERROR") {
			t.Fatalf("ogrinfo: %v\n%s", err, info)
		}
		if !strings.Contains(info, fmt.Sprintf("Feature Count: %d\n", counts.Rows)) {
			t.Errorf("ogrinfo counts otherwise than %d:\n%s", counts.Rows, info)
		}
		kind := map[format.Type]string{format.String: "String", format.Int: "Integer", format.Float: "Real", format.Date: "Date"}
		for _, c := range l.Columns {
			name, want := c.Name, kind[c.Type]
			if f == Shapefile {
				name = c.Short
			}
			if f == CSV || f == GeoJSON {
				want = "" // GDAL finds the type by the values
			}
			if counts.Rows > 0 && !strings.Contains(info, "\n"+name+": "+want) {
				t.Errorf("ogrinfo has no field %s of type %s:\n%s", name, want, info)
			}
		}
		if (f == GeoPackage || f == Shapefile) && l.Shape != format.NoShape && !strings.Contains(info, `ID["EPSG",4490]`) {
			t.Errorf("ogrinfo does not know EPSG:4490:\n%s", info)
		}
	})
}

// A correction changes no earlier edition, byte for byte; a later publication
// has it.
func TestWrite_clocks(t *testing.T) {
	ctx := context.Background()
	s := squares(t)
	e := on(t, s, registry.Date(2024, 1, 1))
	l := layer(t, "county")
	contents := func(e Edition) []byte {
		path, _ := write(t, s, e, l, GeoJSON)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	before := contents(e)
	moved := orb.LineString{{126, 43}, {126.1, 43.5}, {126, 44}}
	id, _, err := s.ArcBetween(ctx, "甲县", "乙县", e.At())
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.OpenCase(ctx, "ADJUSTMENT", "clocks", "tester")
	if err == nil {
		_, err = s.OpenDraft(ctx, draft)
	}
	if err == nil {
		err = s.Draft(ctx, draft, registry.Since(registry.Date(2020, 1, 1)), registry.Operation{Kind: registry.Reshape, Arc: id, Course: moved, Source: "test"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contents(e), before) {
		t.Error("a draft changed what is published")
	}
	_, err = s.Apply(ctx, draft, tester, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.Cited, Title: "勘界", Citation: "test"},
		Event:      registry.Event{Class: registry.Survey, Type: registry.Resurvey, EffectiveOn: registry.Date(2020, 1, 1), Precision: registry.PrecisionDay}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contents(on(t, s, e.Day)), before) {
		t.Error("a change that is not published is exported")
	}
	if _, err := s.Publish(ctx, tester, e.Publication.DataDate, "", ""); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contents(e), before) {
		t.Error("an earlier edition changed")
	}
	if after := contents(on(t, s, e.Day)); bytes.Equal(after, before) || !bytes.Contains(after, []byte("126.1")) {
		t.Error("the new publication does not have the new border")
	}
}
