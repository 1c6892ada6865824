package tiles_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"jieming/geo/datatest"
	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/sample"
	"jieming/tiles"
)

var tester = postgres.Author{Actor: "tester"}

// loadedStore is a store of its own with a data folder loaded and published.
func loadedStore(t testing.TB, key string, folder fs.FS) *postgres.Store {
	t.Helper()
	owner := pgtest.Template(t, "tiles-"+key, func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		read, err := dataset.Open(folder)
		if err != nil {
			return err
		}
		b, err := read.Baseline(ctx, func(string, int, int) {})
		if err != nil {
			return err
		}
		if _, _, err := s.Load(ctx, b, tester, func(string, int, int) {}); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
		return err
	})
	s, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func sampleStore(t testing.TB) *postgres.Store {
	t.Helper()
	folder, err := sample.FS()
	if err != nil {
		t.Fatal(err)
	}
	return loadedStore(t, "sample", folder)
}

func jilinStore(t testing.TB) *postgres.Store {
	t.Helper()
	return loadedStore(t, "jilin", os.DirFS(datatest.Dir(t)))
}

func engineOn(t testing.TB, s *postgres.Store) *tiles.Engine {
	t.Helper()
	e := tiles.NewEngine(s.Pool(), tiles.EngineOptions{})
	if err := e.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// layer is what a tile says in one layer, without geometry: the properties of
// each feature by its id.
type layer map[string]map[string]any

// contents decodes a tile and leaves out what only the engine adds.
func contents(t testing.TB, data []byte) map[string]layer {
	t.Helper()
	decoded, err := mvt.Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]layer{}
	for _, l := range decoded {
		found[l.Name] = layer{}
		for _, f := range l.Features {
			p := maps.Clone(map[string]any(f.Properties))
			delete(p, "collapsed")
			delete(p, "roman")
			k := key(l.Name, f.ID, p)
			if l.Name == "boundary" {
				b := f.Geometry.Bound()
				size, _ := found[l.Name][k]["size"].(float64)
				p["size"] = size + min(depth(b), max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]))
			}
			found[l.Name][k] = p
		}
	}
	return found
}

// depth is how far into the buffered tile a rectangle of tile units reaches at
// most.
func depth(b orb.Bound) float64 {
	const low, high = -64, 4096 + 64
	across := func(from, to float64) float64 {
		if from <= (low+high)/2 && (low+high)/2 <= to {
			return high - low
		}
		return max(min(to-low, high-to), min(from-low, high-from))
	}
	return min(across(b.Min[0], b.Max[0]), across(b.Min[1], b.Max[1]))
}

// key identifies a feature. Of borders it is whom they part, in one direction:
// the coarse zooms join arcs.
func key(layer string, id any, p map[string]any) string {
	if layer != "boundary" {
		return fmt.Sprint(id, p["among"], p["name"])
	}
	left, right := fmt.Sprint(p["left"]), fmt.Sprint(p["right"])
	p["left"], p["right"] = min(left, right), max(left, right)
	return fmt.Sprint(p)
}

// forgiveSmall forgets the borders of a few tile units that the engine leaves
// out, because what is on both sides is the same at the scale of the tile, and
// those that reach so little into the buffer: the engine may draw them half a
// pixel, 4 units, further out.
func forgiveSmall(wanted, got layer) {
	for k, p := range wanted {
		if _, there := got[k]; !there && p["size"].(float64) <= 4 {
			delete(wanted, k)
		}
	}
	for _, l := range []layer{wanted, got} {
		for _, p := range l {
			delete(p, "size")
		}
	}
}

// TestEngine_shows_what_PostGIS_shows compares ids and properties of every
// layer with ST_AsMVT, on several days. PostGIS draws without simplifying, so
// features smaller than a tile unit may be there in one and not in the other.
func TestEngine_shows_what_PostGIS_shows(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(testing.TB) *postgres.Store{"sample": sampleStore, "jilin": jilinStore} {
		t.Run(name, func(t *testing.T) {
			s := store(t)
			e, oracle := engineOn(t, s), tiles.NewPostGIS(s.Pool())
			b, _ := e.Snapshot().View(time.Now(), e.Snapshot().Seq()).Bounds()
			for _, day := range []time.Time{time.Now(), registry.Date(1990, 6, 1).Time(), registry.Date(2019, 6, 1).Time()} {
				for _, z := range []int{0, 2, 3, 4, 6, 7, 9} {
					compareZoom(t, e, oracle, b, day, z)
				}
			}
		})
	}
}

func compareZoom(t *testing.T, e *tiles.Engine, oracle *tiles.PostGIS, degrees [4]float64, day time.Time, z int) {
	t.Helper()
	snapshot := e.Snapshot()
	view := snapshot.View(day, snapshot.Seq())
	wantLabels, gotLabels := layer{}, layer{}
	for i, at := range cover(degrees, z) {
		if z > 7 && i%7 != 0 {
			continue
		}
		want, err := oracle.Tile(t.Context(), z, int(at.X), int(at.Y), tiles.Moment{Day: day, Seq: snapshot.Seq()})
		if err != nil {
			t.Fatal(err)
		}
		wanted, got := contents(t, want), contents(t, view.Draw(z, int(at.X), int(at.Y)).Encode(nil))
		maps.Copy(wantLabels, wanted["label"])
		maps.Copy(gotLabels, got["label"])
		forgiveSmall(wanted["boundary"], got["boundary"])
		delete(wanted, "label") // the engine puts them elsewhere
		delete(got, "label")
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s, tile %d/%d/%d (-PostGIS +engine):\n%s", day.Format(time.DateOnly), z, at.X, at.Y, diff)
		}
	}
	if diff := cmp.Diff(wantLabels, gotLabels); z <= 7 && diff != "" {
		t.Errorf("%s, labels of zoom %d (-PostGIS +engine):\n%s", day.Format(time.DateOnly), z, diff)
	}
}

// cover lists the tiles of a zoom that meet a rectangle in degrees.
func cover(degrees [4]float64, z int) []maptile.Tile {
	nw := maptile.At([2]float64{degrees[0], degrees[3]}, maptile.Zoom(z))
	se := maptile.At([2]float64{degrees[2], degrees[1]}, maptile.Zoom(z))
	var found []maptile.Tile
	for x := nw.X; x <= se.X; x++ {
		for y := nw.Y; y <= se.Y; y++ {
			found = append(found, maptile.New(x, y, maptile.Zoom(z)))
		}
	}
	return found
}

// TestEngine_follows_commits: what one process commits, the engine of another
// shows, and tiles elsewhere keep their digest.
func TestEngine_follows_commits(t *testing.T) {
	s := sampleStore(t)
	e := tiles.NewEngine(s.Pool(), tiles.EngineOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	defer func() { cancel(); <-done }()
	eventually(t, func() bool { return e.Snapshot() != nil })
	before := e.Snapshot().Seq()
	seq, err := s.Publish(t.Context(), tester, registry.DayOf(time.Now()), "", "again")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return e.Snapshot().Seq() == int64(seq) })
	if int64(seq) <= before {
		t.Errorf("the log stood at %d, and at %d after a commit", before, seq)
	}
	p, ok := e.Snapshot().Publication(time.Time{})
	if !ok || p.AsOf != int64(seq)-1 {
		t.Errorf("the latest publication is %+v", p)
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it did not come about in ten seconds")
}

// A notification is only a wake-up: an engine that was not listening when another
// instance committed, and never looks by itself, knows after it is connected
// again. Engines that came to an entry in different ways show the same.
func TestEngine_catches_up_with_what_it_missed(t *testing.T) {
	s := squaresStore(t)
	e := tiles.NewEngine(s.Pool(), tiles.EngineOptions{Poll: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	defer func() { cancel(); <-done }()
	eventually(t, func() bool { return e.Snapshot() != nil })

	from := registry.Date(2025, 1, 1)
	id := draft(t, s, from, registry.Operation{Kind: registry.Assign, Face: faceOf(t, s, "丙"), Unit: unitOf(t, s, "乙")})
	_, err := s.Pool().Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	check(t, err)
	s.Pool().Reset()
	seq := approve(t, s, id, from)
	eventually(t, func() bool { return e.Snapshot().Seq() == int64(seq) })
	if n := differing(drawn(e.Snapshot(), from, seq), drawn(engineOn(t, s).Snapshot(), from, seq)); n > 0 {
		t.Errorf("%d tiles differ between two engines", n)
	}
	if late := e.Await(ctx, int64(seq)); late == nil || late.Seq() != int64(seq) {
		t.Error("who waits for the entry does not get it")
	}
}
