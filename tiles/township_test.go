package tiles_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/coverage"
	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/tiles"
)

// lattice makes regions of the cells of a bent lattice, some 0.3 degrees wide,
// with the ids of rows from north to south. Cells share their edges.
func lattice(ids ...[]string) (all []coverage.Region) {
	random := rand.New(rand.NewPCG(8, 4))
	nudge := func() float64 { return (random.Float64() - 0.5) * 0.08 }
	known := map[[3]int]orb.Point{}
	// Vertices at thirds of edges: (column, row) in thirds.
	at := func(x, y int) orb.Point {
		key := [3]int{x, y}
		if _, ok := known[key]; !ok {
			known[key] = orb.Point{125 + float64(x)*0.1 + nudge(), 44 - float64(y)*0.1 + nudge()/2}
		}
		return known[key]
	}
	for row, of := range ids {
		for col, id := range of {
			var ring orb.Ring
			for i := range 3 {
				ring = append(ring, at(3*col+i, 3*row))
			}
			for i := range 3 {
				ring = append(ring, at(3*col+3, 3*row+i))
			}
			for i := range 3 {
				ring = append(ring, at(3*col+3-i, 3*row+3))
			}
			for i := range 3 {
				ring = append(ring, at(3*col, 3*row+3-i))
			}
			all = append(all, coverage.Region{ID: id, Geometry: orb.MultiPolygon{{append(ring, ring[0])}}})
		}
	}
	return all
}

// townships are counties of every kind: 220121 and 220321 consist of townships,
// 220122 and 220222 have none, of 220221 a part is held by no township that is
// known, and of 2202 a part is held by no county that is.
func townships() []coverage.Region {
	return lattice(
		[]string{"220121101", "220121102", "220122", "220321101", "220321102"},
		[]string{"220121103", "220121104", "220221101", "220222", "220321103"},
		[]string{"2202", "220221102", "220221", "220221103", "220321104"},
	)
}

// partly is the ground of townships: what ends at the part of 220221.
func partly(g *ground) *ground {
	g.partial = map[string]bool{"220221": true}
	return g
}

func TestGates_some_townships(t *testing.T) {
	j := newJudge(t, partly(laid(tiles.SnapshotOf(t, townships(), coverage.Options{}))))
	for z := range deepest() {
		j.zoom(z)
	}
	if len(j.pieces) != 1 {
		t.Errorf("territory whose county is not known: %v", j.pieces)
	}
}

func TestView_townships_from_zoom_8(t *testing.T) {
	s, _ := tiles.SnapshotOf(t, townships(), coverage.Options{})
	view := s.View(epoch, 1)
	for z, want := range map[int]bool{7: false, 8: true, 12: true} {
		b, _ := view.Bounds()
		shown, ranked := false, false
		for _, at := range cover(b, z) {
			c := contents(t, view.Draw(z, int(at.X), int(at.Y)).Encode(nil))
			shown = shown || len(c["township"]) > 0
			for _, p := range c["boundary"] {
				ranked = ranked || p["rank"] == 4.
			}
		}
		if shown != want || ranked != want {
			t.Errorf("zoom %d: townships are drawn: %t, their borders: %t", z, shown, ranked)
		}
	}
}

// baselineOf makes a baseline of regions whose ids are codes of two to nine
// digits, held so since a day.
func baselineOf(t testing.TB, regions []coverage.Region, since registry.Day) *registry.Baseline {
	t.Helper()
	c, _, err := coverage.Build(context.Background(), regions, coverage.Options{})
	check(t, err)
	digest := sha256.New()
	for _, r := range regions {
		fmt.Fprintln(digest, r.ID, r.Geometry)
	}
	l := &synthetic{index: map[string]int{}, valid: registry.Since(since), Baseline: &registry.Baseline{
		Dataset: registry.Dataset{Name: "合成", Schematic: true, Source: "test", Licence: "none", Attribution: "test",
			DataDate: registry.Date(2023, 12, 31), Digest: [32]byte(digest.Sum(nil))},
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "合成清单", Citation: "test"}},
		Events:      []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: since, Precision: registry.PrecisionDay}},
	}}
	l.fill(c)
	return l.Baseline
}

// synthetic is a baseline in the making.
type synthetic struct {
	*registry.Baseline
	index map[string]int
	valid registry.Period
}

func (l *synthetic) fill(c *coverage.Coverage) {
	for _, f := range c.Faces {
		l.hold(l.unit(c.Units[f.Unit].ID), true)
	}
	outside := len(c.Faces)
	for range c.Outsides {
		l.hold(l.unit(""), false)
	}
	side := func(f coverage.FaceIndex) int {
		if i, out := f.Outside(); out {
			return outside + i
		}
		return int(f)
	}
	used := map[int]bool{}
	for _, a := range c.Arcs {
		used[side(a.Left)], used[side(a.Right)] = true, true
		l.Arcs = append(l.Arcs, registry.BaselineArc{Line: geo.LineOrb(a.Line), Left: side(a.Left), Right: side(a.Right), Basis: registry.Published, Valid: l.valid})
	}
	l.Tenures = slices.DeleteFunc(l.Tenures, func(t registry.BaselineTenure) bool { return !used[t.Face] })
}

func (l *synthetic) hold(unit int, bounded bool) {
	l.Tenures = append(l.Tenures, registry.BaselineTenure{Face: len(l.Faces), Unit: unit, Valid: l.valid, EndedBy: registry.NoRef})
	l.Faces = append(l.Faces, registry.BaselineFace{Bounded: bounded})
}

// unit returns the index of a unit, with those above it; "" is the outside.
func (l *synthetic) unit(code string) int {
	if i, known := l.index[code]; known {
		return i
	}
	superior := registry.NoRef
	level := map[int]registry.Level{0: registry.LevelOutside, 2: registry.LevelProvince, 4: registry.LevelPrefecture, 6: registry.LevelCounty, 9: registry.LevelTownship}[len(code)]
	if level > registry.LevelProvince {
		superior = l.unit(code[:[]int{2: 2, 3: 4, 4: 6}[level]])
	}
	kind := []registry.UnitType{registry.OutsideProvince, registry.Province, registry.PrefectureCity, registry.County, registry.Town}[level]
	i := len(l.Units)
	l.index[code] = i
	v := registry.BaselineUnitVersion{Level: level, Type: kind, Specific: "合成" + code, Generic: []string{"外", "省", "市", "县", "镇"}[level],
		Superior: superior, Custodian: registry.NoRef, Basis: registry.Published, AttestedOn: l.Dataset.DataDate, Valid: l.valid, EndedBy: registry.NoRef}
	l.Units = append(l.Units, registry.BaselineUnit{Key: code + "*", Versions: []registry.BaselineUnitVersion{v}})
	if code != "" {
		l.Codes = append(l.Codes, registry.BaselineCode{Unit: i, Code: (code + "0000000000")[:12], Valid: l.valid, EndedBy: registry.NoRef})
	}
	return i
}

// townshipStore is a store of its own that holds townships, published.
func townshipStore(t testing.TB, key string, regions []coverage.Region) *postgres.Store {
	t.Helper()
	owner := pgtest.Template(t, "tiles-"+key, func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b := baselineOf(t, regions, registry.Date(1981, 12, 31))
		if _, _, err := s.Load(ctx, b, tester, nil); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
		return err
	})
	s, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// Townships are drawn as PostGIS draws them: ids, names, codes, ranks and sides.
func TestEngine_townships_as_PostGIS(t *testing.T) {
	t.Parallel()
	sets := map[string][]coverage.Region{"some": townships()}
	if !testing.Short() {
		sets["jilin"] = regions(t, "bench-synthetic-townships/townships_SYNTHETIC.geojson.gz")
	}
	for name, of := range sets {
		t.Run(name, func(t *testing.T) {
			s := townshipStore(t, "townships-"+name, of)
			e, oracle := engineOn(t, s), tiles.NewPostGIS(s.Pool())
			b, _ := e.Snapshot().View(time.Now(), e.Snapshot().Seq()).Bounds()
			zooms := []int{4, 7, 8, 9}
			if name == "jilin" {
				zooms = zooms[2:3]
			}
			for _, z := range zooms {
				compareZoom(t, e, oracle, b, time.Now(), z)
			}
		})
	}
}
