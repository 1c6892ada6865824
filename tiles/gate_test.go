package tiles_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/datatest"
	"jieming/geo/format"
	"jieming/geo/format/open"
	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/tiles"
)

// regions reads a file of units with codes.
func regions(t testing.TB, name string) (all []coverage.Region) {
	t.Helper()
	r, err := open.File(datatest.File(t, name), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all
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
		all = append(all, coverage.Region{ID: f.Properties.Text("code"), Geometry: g})
	}
}

// deepest is the zoom down to which every tile is judged.
func deepest() int {
	if testing.Short() {
		return 9
	}
	return 12
}

// Every tile of Jilin.
func TestGates_jilin(t *testing.T) {
	t.Parallel()
	j := newJudge(t, laid(tiles.SnapshotOf(t, regions(t, "boundaries-jilin/counties_2023_tianditu.geojson"), coverage.Options{})))
	for z := range deepest() + 1 {
		j.zoom(z)
	}
	t.Logf("%d tiles judged", j.judged)
}

// Every tile of Jilin with townships of our own making.
func TestGates_townships(t *testing.T) {
	t.Parallel()
	j := newJudge(t, laid(tiles.SnapshotOf(t, regions(t, "bench-synthetic-townships/townships_SYNTHETIC.geojson.gz"), coverage.Options{})))
	for z := range deepest() + 1 {
		j.zoom(z)
	}
	t.Logf("%d tiles judged", j.judged)
}

// 2,000 tiles of all China, after the repair that the coverage proposes. The two
// islands that two counties claim stay with the first: that takes a person.
func TestGates_china(t *testing.T) {
	t.Parallel()
	proposed, err := coverage.Propose(context.Background(), regions(t, "boundaries-china/counties_2023_tianditu.geojson.gz"),
		coverage.RepairOptions{RepairMaxAreaM2: 5e6})
	if err != nil {
		t.Fatal(err)
	}
	j := newJudge(t, laid(tiles.SnapshotOf(t, proposed.Regions, coverage.Options{Tentative: true})))
	random := rand.New(rand.NewPCG(3, 2026))
	at := make(chan [3]int)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for a := range at {
				j.sample(a[0], a[1], a[2])
			}
		})
	}
	picked := map[[3]int]bool{}
	for n := 0; len(picked) < 2000; n++ {
		z := n % 13
		x, y := j.seeded(z, random.IntN)
		if a := [3]int{z, x, y}; !picked[a] {
			picked[a] = true
			at <- a
		}
	}
	close(at)
	all.Wait()
	t.Logf("%d tiles judged", j.judged)
}

// Days on which the county of some territory is not known, among others, as
// registered: Jilin, and the sample.
func TestGates_history(t *testing.T) {
	long, recent, now := registry.Date(1990, 6, 1), registry.Date(2019, 6, 1), registry.Date(2024, 1, 1)
	for _, c := range []struct {
		name    string
		store   func(testing.TB) *postgres.Store
		on      registry.Day
		deepest int
	}{{"jilin", jilinStore, long, 11}, {"jilin", jilinStore, recent, 10}, {"jilin", jilinStore, now, 9},
		{"sample", sampleStore, long, 12}, {"sample", sampleStore, now, 12}} {
		t.Run(c.name+"/"+c.on.String(), func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, registered(t, c.store(t), c.on))
			for z := range min(c.deepest, deepest()) + 1 {
				j.zoom(z)
			}
			if unknown := len(j.pieces) > 0; unknown != (c.on == long) {
				t.Errorf("territory whose county is not known: %t", unknown)
			}
			random := rand.New(rand.NewPCG(5, 1990))
			for range 200 {
				x, y := j.seeded(12, random.IntN)
				j.sample(12, x, y)
			}
			t.Logf("%d tiles judged", j.judged)
		})
	}
}

// registered is the ground of a store on a day: its units are those that have an
// area by the registry's own account.
func registered(t testing.TB, s *postgres.Store, on registry.Day) *ground {
	t.Helper()
	e := engineOn(t, s)
	seq := e.Snapshot().Seq()
	g := &ground{view: e.Snapshot().View(on.Time(), seq), outside: map[string]bool{}, units: map[int][]uint64{}, refined: map[uint64]bool{}}
	g.bounds, _ = g.view.Bounds()
	at := registry.Instant{Valid: on, Recorded: registry.Seq(seq)}
	prefectures, leaps := map[string]bool{}, false
	for level := registry.LevelProvince; level <= registry.LevelTownship; level++ {
		check(t, s.Units(t.Context(), registry.UnitQuery{At: at, Level: level, Geometry: true}, func(u *registry.Unit) error {
			if u.WKB != nil {
				g.units[int(level)] = append(g.units[int(level)], uint64(u.ID))
			}
			if u.WKB != nil && level == registry.LevelTownship {
				g.refined[uint64(u.Superior.ID)] = true
			}
			if u.WKB != nil && level == registry.LevelPrefecture {
				prefectures[u.Name] = true
			}
			leaps = leaps || u.WKB != nil && level == registry.LevelCounty && u.Custodian == nil && u.Superior.Level < registry.LevelPrefecture
			return nil
		}))
	}
	check(t, s.Unrefined(t.Context(), at, registry.LevelPrefecture, false, func(*registry.Unrefined) error {
		leaps = true
		return nil
	}))
	if leaps {
		g.partly = prefectures
	}
	rows, err := s.Pool().Query(t.Context(), "SELECT name FROM unit_version WHERE level = 0")
	check(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	for _, name := range names {
		g.outside[name] = true
	}
	return g
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
