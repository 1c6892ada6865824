package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/tiles"
)

//go:embed bench_tiles.sql
var benchTilesSQL string

// benchTilesStatement returns a statement of bench_tiles.sql.
func benchTilesStatement(name string) string {
	_, after, ok := strings.Cut(benchTilesSQL, "-- name: "+name+"\n")
	if !ok {
		panic("no SQL statement " + name)
	}
	text, _, _ := strings.Cut(after, "-- name: ")
	return strings.TrimSpace(text)
}

// tiles measures the tile engine against ST_AsMVT on tables projected
// beforehand that say the same.
func (b *benchmark) tiles(ctx context.Context) (_ []figure, err error) {
	s, zooms, err := b.countryStore(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	t := &tileBench{benchmark: b, store: s, zooms: zooms, engine: tiles.NewEngine(s.Pool(), tiles.EngineOptions{})}
	if err := t.project(ctx); err != nil {
		return nil, fmt.Errorf("project the yardstick: %w", err)
	}
	defer t.pool.Close()
	var all []figure
	for _, measure := range []func(context.Context) ([]figure, error){t.load, t.inProcess, t.overHTTP, t.warm, t.bytes, t.past, t.rebuilt, t.follow} {
		figures, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, figures...)
	}
	return all, nil
}

// countryStore is a registry of the counties of the country, with the tiles to
// be measured.
func (b *benchmark) countryStore(ctx context.Context) (*benchStore, []zoomTiles, error) {
	baseline, err := b.countryBaseline(ctx)
	if err != nil {
		return nil, nil, err
	}
	zooms := chooseTiles(baseline)
	if b.dataset != "" {
		if zooms, err = readTiles(); err != nil {
			return nil, nil, err
		}
	}
	s, err := b.open(ctx, baseline)
	return s, zooms, err
}

// tileBench is what the measurements of tiles share.
type tileBench struct {
	*benchmark
	store  *benchStore
	pool   *pgxpool.Pool // of the yardstick
	engine *tiles.Engine
	view   *tiles.View
	zooms  []zoomTiles
}

// project makes the tables of the yardstick and a pool that suits it: plans are
// made once, and not compiled.
func (t *tileBench) project(ctx context.Context) (err error) {
	t.shown.Step("projecting the country for the yardstick", 0)
	pool := t.store.Pool()
	if _, err := pool.Exec(ctx, benchStatement("FillAreas"), t.store.instant()); err != nil {
		return err
	}
	for _, name := range []string{"ProjectAreas", "ProjectBorders"} {
		if _, err := pool.Exec(ctx, benchTilesStatement(name), pgx.QueryExecModeSimpleProtocol, t.store.instant()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := pool.Exec(ctx, benchTilesStatement("IndexProjected"), pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	config := pool.Config()
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "auto"
	config.ConnConfig.RuntimeParams["jit"] = "off"
	t.pool, err = pgxpool.NewWithConfig(ctx, config)
	return err
}

// load loads the engine and weighs it.
func (t *tileBench) load(ctx context.Context) ([]figure, error) {
	t.shown.Step("loading the tile engine", 0)
	before := heapBytes()
	begun := time.Now()
	if err := t.engine.Load(ctx); err != nil {
		return nil, err
	}
	loaded := time.Since(begun)
	snapshot := t.engine.Snapshot()
	t.view = snapshot.View(t.store.now.Valid.Time(), int64(t.store.now.Recorded))
	t.view.Prepare()
	ready := time.Since(begun)
	taken := heapBytes() - before
	vertices, distinct := snapshot.Vertices()
	t.note("tile engine: %d vertices of arcs, %d of them distinct; read in %s, ready in %s", vertices, distinct, duration(loaded), duration(ready))
	return []figure{{name: "tile engine: memory for each distinct vertex", yardstick: "distinct vertices; everything that is kept between tiles counts",
		ours: series{float64(taken)}, unit: "B", by: series{float64(distinct)}, byUnit: "vertices", limit: 40}}, nil
}

// heapBytes is what is in use after the garbage has been cleared away, and with
// it, at the second time, what pools keep.
func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// tileFunc makes a tile, not compressed.
type tileFunc func(ctx context.Context, z, x, y int) ([]byte, error)

// ours makes a tile with the engine.
func (t *tileBench) ours(_ context.Context, z, x, y int) ([]byte, error) {
	return t.view.Draw(z, x, y).Encode(nil), nil
}

// theirs makes a tile with ST_AsMVT.
func (t *tileBench) theirs(ctx context.Context, z, x, y int) (mvt []byte, err error) {
	err = t.pool.QueryRow(ctx, benchTilesStatement("AsMVT"), pgx.StrictNamedArgs{"z": z, "x": x, "y": y}).Scan(&mvt)
	return mvt, err
}

// makePasses is how often a round makes each tile of a zoom, so that it takes
// longer than what else the machine does in between.
const makePasses = 4

// make makes all tiles of a zoom, one after another.
func (z *zoomTiles) make(ctx context.Context, tile tileFunc) error {
	for range makePasses {
		for _, at := range z.at {
			data, err := tile(ctx, z.z, at[0], at[1])
			if err == nil && len(data) == 0 {
				err = errors.New("it is empty")
			}
			if err != nil {
				return fmt.Errorf("tile %d/%d/%d: %w", z.z, at[0], at[1], err)
			}
		}
	}
	return nil
}

const projected = "ST_AsMVT of projected, indexed tables"

// inProcess makes tiles without HTTP.
func (t *tileBench) inProcess(ctx context.Context) (all []figure, err error) {
	t.shown.Step("making tiles in the process", len(t.zooms)*(t.runs+1))
	limits := map[int]float64{6: 15, 7: 15, 8: 15, 9: 5, 10: 5}
	for _, z := range t.zooms {
		n := len(z.at) * makePasses
		times, err := t.warmRounds(ctx,
			func(ctx context.Context) error { return z.make(ctx, t.ours) },
			func(ctx context.Context) error { return z.make(ctx, t.theirs) })
		if err != nil {
			return nil, err
		}
		all = append(all, figure{name: fmt.Sprintf("a tile of zoom %d, in the process", z.z), yardstick: projected, faster: true,
			ours: times[0].each(n), by: times[1].each(n), limit: limits[z.z]})
	}
	return all, nil
}
