package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/maptile"

	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/tiles"
	"jieming/tiles/server"
)

// mover moves, in one border after another, a vertex amid it by about 100 m.
type mover struct {
	*benchStore
	lot  *rand.Rand
	arcs []int64 // not moved yet
}

// A moved border, before and after, in degrees lon, lat.
type moved struct {
	before, after orb.LineString
	vertex        orb.Point // where it is now
}

func (s *benchStore) newMover(ctx context.Context, seed uint64) (*mover, error) {
	m := &mover{benchStore: s, lot: rand.New(rand.NewPCG(seed, 2026))}
	latest, err := s.Latest(ctx)
	if err != nil {
		return nil, err
	}
	args := s.instant()
	args["r"] = int64(latest)
	rows, err := s.Pool().Query(ctx, benchTilesStatement("MovableBorders"), args)
	if err != nil {
		return nil, err
	}
	if m.arcs, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return nil, err
	}
	m.lot.Shuffle(len(m.arcs), func(i, j int) { m.arcs[i], m.arcs[j] = m.arcs[j], m.arcs[i] })
	return m, nil
}

// draft drafts the move of the next border, from a day on.
func (m *mover) draft(ctx context.Context, since registry.Day) (registry.CaseID, *moved, error) {
	if len(m.arcs) == 0 {
		return 0, nil, errors.New("no border is left to be moved")
	}
	arc := m.arcs[0]
	m.arcs = m.arcs[1:]
	op, change, err := m.move(ctx, arc)
	if err != nil {
		return 0, nil, err
	}
	opened, err := m.open(ctx, since, op)
	return opened, change, err
}

// times does something with edits until so many have been made. An edit that is
// refused, because the border would meet another, is passed over.
func (b *benchmark) times(n int, edit func() error) error {
	for n > 0 {
		err := edit()
		if refused := (*registry.Error)(nil); errors.As(err, &refused) && refused.Kind == registry.KindInvalid {
			continue
		}
		if err != nil {
			return err
		}
		b.shown.Advance(1)
		n--
	}
	return nil
}

// move makes the operation that moves a vertex of an arc.
func (m *mover) move(ctx context.Context, arc int64) (op registry.Operation, change *moved, err error) {
	var data []byte
	if err := m.Pool().QueryRow(ctx, benchTilesStatement("Course"), arc).Scan(&data); err != nil {
		return op, nil, err
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return op, nil, err
	}
	before := g.(orb.LineString)
	after := before.Clone()
	i := len(after) / 2
	moved100 := geo.PointAtBearingAndDistance(after[i], 360*m.lot.Float64(), 100)
	after[i] = orb.Point{math.Round(moved100[0]*1e7) / 1e7, math.Round(moved100[1]*1e7) / 1e7}
	op = registry.Operation{Kind: registry.Reshape, Arc: registry.ArcID(arc), Course: after, Source: "bench"}
	return op, &moved{before, after, after[i]}, nil
}

// open opens a case with one operation in its draft.
func (s *benchStore) open(ctx context.Context, since registry.Day, op registry.Operation) (registry.CaseID, error) {
	opened, err := s.OpenCase(ctx, "CORRECTION", "基准测试", "jieming bench")
	if err != nil {
		return 0, err
	}
	if _, err := s.OpenDraft(ctx, opened); err != nil {
		return 0, err
	}
	return opened, s.Draft(ctx, opened, registry.Since(since), op)
}

// apply applies a draft from a day on.
func (s *benchStore) apply(ctx context.Context, opened registry.CaseID, since registry.Day) error {
	_, err := s.Apply(ctx, opened, postgres.Author{Actor: "jieming bench"}, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.Cited, Title: "基准测试", Citation: "jieming bench"},
		Event:      registry.Event{Class: registry.Correction, Type: registry.Resurvey, EffectiveOn: since, Precision: registry.PrecisionDay},
	})
	return err
}

// near lists the tiles of zooms 0 to 12 that the border may show in, before or
// after.
func (m *moved) near() (all [][3]int) {
	bound := m.before.Bound().Union(m.after.Bound())
	for z := range benchLastZoom + 1 {
		around := bound.Pad(360 / math.Exp2(float64(z)) / 32) // more than the buffer of a tile
		nw, se := maptile.At(around.LeftTop(), maptile.Zoom(z)), maptile.At(around.RightBottom(), maptile.Zoom(z))
		for x := nw.X; x <= se.X; x++ {
			for y := nw.Y; y <= se.Y; y++ {
				all = append(all, [3]int{z, int(x), int(y)})
			}
		}
	}
	return all
}

// rebuiltEdits is how many edits are made to see what they rebuild, in rounds of
// so many.
const rebuiltEdits = 20

// rebuilt measures how many tiles are made anew after an edit, when all tiles
// near it are asked for again, against those whose bytes have changed.
func (t *tileBench) rebuilt(ctx context.Context) ([]figure, error) {
	m, err := t.store.newMover(ctx, 12)
	if err != nil {
		return nil, err
	}
	t.shown.Step("editing borders", rebuiltEdits*t.runs)
	f := figure{name: "tiles made anew for each edit, zooms 0 to 12", yardstick: "tiles whose bytes have changed", unit: "tiles", byUnit: "tiles", limit: 2}
	asked := 0
	for range t.runs {
		made, changed := 0, 0
		err := t.times(rebuiltEdits, func() error {
			n, c, of, err := t.rebuildOnce(ctx, m)
			made, changed, asked = made+n, changed+c, asked+of
			return err
		})
		if err != nil {
			return nil, err
		}
		f.ours, f.by = append(f.ours, float64(made)/rebuiltEdits), append(f.by, float64(changed)/rebuiltEdits)
	}
	t.note("edits: %d of one vertex by 100 m; %.0f tiles are near each on average", rebuiltEdits*t.runs, float64(asked)/float64(rebuiltEdits*t.runs))
	return []figure{f}, nil
}

func (t *tileBench) rebuildOnce(ctx context.Context, m *mover) (made, changed, asked int, err error) {
	opened, change, err := m.draft(ctx, t.store.now.Valid)
	if err != nil {
		return 0, 0, 0, err
	}
	near := change.near()
	shown := &oneView{drawn{View: t.latest()}}
	s := server.New(server.Options{Instants: shown, Fail: failTile})
	before := readAll(s, near)
	already := s.Stats().Made
	if err := t.store.apply(ctx, opened, t.store.now.Valid); err != nil {
		return 0, 0, 0, err
	}
	if err := t.engine.Load(ctx); err != nil {
		return 0, 0, 0, err
	}
	shown.view = drawn{View: t.latest()}
	for i, after := range readAll(s, near) {
		if !bytes.Equal(before[i], after) {
			changed++
		}
	}
	if changed == 0 {
		return 0, 0, 0, fmt.Errorf("an edit at %v changed no tile", change.vertex)
	}
	return int(s.Stats().Made - already), changed, len(near), nil
}

// latest is the view of today of all that is recorded.
func (t *tileBench) latest() *tiles.View {
	s := t.engine.Snapshot()
	return s.View(t.store.now.Valid.Time(), s.Seq())
}

// readAll reads tiles from a server, not compressed.
func readAll(s http.Handler, at [][3]int) (all [][]byte) {
	for _, t := range at {
		r, _ := http.NewRequest(http.MethodGet, fmt.Sprintf("%s%d/%d/%d.mvt", server.Path, t[0], t[1], t[2]), nil) // the address is valid
		w := &answer{header: http.Header{}}
		s.ServeHTTP(w, r)
		all = append(all, w.body)
	}
	return all
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	body   []byte
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(int)             {}
func (a *answer) Write(p []byte) (int, error) { a.body = append(a.body, p...); return len(p), nil }

// pastEdits is how many borders are moved on days gone by, and pastAssigned how
// many faces have another holder for a while.
const (
	pastEdits    = 250
	pastAssigned = 50
)

// past measures tiles of days gone by, of a registry with many superseded
// versions, against those of a registry that holds the state of the day alone.
func (t *tileBench) past(ctx context.Context) ([]figure, error) {
	first := registry.Date(2024, time.January, 1)
	t.shown.Step("making history", pastEdits+pastAssigned)
	days, err := t.makeHistory(ctx, first)
	if err != nil {
		return nil, err
	}
	if err := t.engine.Load(ctx); err != nil {
		return nil, err
	}
	f := figure{name: "bytes of tiles of days gone by, gzip", yardstick: "a registry that holds that day alone", unit: "B", byUnit: "B", limit: 1.05}
	const looks = 5
	t.shown.Step("looking at days gone by", looks)
	for i := range looks {
		day := first + registry.Day(i*days/looks+1)
		ours, alone, err := t.weighDay(ctx, day)
		if err != nil {
			return nil, err
		}
		f.ours, f.by = append(f.ours, ours), append(f.by, alone)
		t.shown.Advance(1)
	}
	t.note("history: %d moved borders and %d faces with another holder for a while, over %d days", pastEdits, pastAssigned, days)
	return []figure{f}, nil
}

// makeHistory moves a border on each of many days, and assigns faces for some
// days. It returns how many days it took.
func (t *tileBench) makeHistory(ctx context.Context, first registry.Day) (days int, err error) {
	m, err := t.store.newMover(ctx, 14)
	if err != nil {
		return 0, err
	}
	day := first
	err = t.times(pastEdits, func() error {
		day++
		opened, _, err := m.draft(ctx, day)
		if err != nil {
			return err
		}
		return t.store.apply(ctx, opened, day)
	})
	if err != nil {
		return 0, err
	}
	return int(day - first), t.assignFaces(ctx, first, m.lot)
}

// assignFaces gives small faces to a neighbour, each from a day on.
func (t *tileBench) assignFaces(ctx context.Context, first registry.Day, lot *rand.Rand) error {
	rows, err := t.store.Pool().Query(ctx, benchTilesStatement("SpareFaces"), t.store.instant())
	if err != nil {
		return err
	}
	type spare struct{ Face, Unit int64 }
	spares, err := pgx.CollectRows(rows, pgx.RowToStructByPos[spare])
	if err != nil {
		return err
	}
	lot.Shuffle(len(spares), func(i, j int) { spares[i], spares[j] = spares[j], spares[i] })
	for n, s := range spares[:min(pastAssigned, len(spares))] {
		day := first + registry.Day(5*n)
		op := registry.Operation{Kind: registry.Assign, Face: registry.FaceID(s.Face), Unit: registry.UnitID(s.Unit)}
		opened, err := t.store.open(ctx, day, op)
		if err != nil {
			return err
		}
		if err := t.store.apply(ctx, opened, day); err != nil {
			return err
		}
		t.shown.Advance(1)
	}
	return nil
}

// weighDay weighs the listed tiles of a day, and those of an engine that reads
// the rows of that day alone.
func (t *tileBench) weighDay(ctx context.Context, day registry.Day) (ours, alone float64, err error) {
	seq := t.engine.Snapshot().Seq()
	args := pgx.StrictNamedArgs{"t": pgtype.Date{Time: day.Time(), Valid: true}, "r": seq}
	if _, err := t.store.Pool().Exec(ctx, benchTilesStatement("ForgetDay")); err != nil {
		return 0, 0, err
	}
	if _, err := t.store.Pool().Exec(ctx, benchTilesStatement("KeepDay"), pgx.QueryExecModeSimpleProtocol, args); err != nil {
		return 0, 0, fmt.Errorf("keep %s: %w", day, err)
	}
	config := t.store.Pool().Config()
	config.ConnConfig.RuntimeParams["search_path"] = "bench_day, registry, public"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return 0, 0, err
	}
	defer pool.Close()
	engine := tiles.NewEngine(pool, tiles.EngineOptions{})
	if err := engine.Load(ctx); err != nil {
		return 0, 0, err
	}
	then, only := t.engine.Snapshot().View(day.Time(), seq), engine.Snapshot().View(day.Time(), seq)
	for _, z := range t.zooms {
		for _, at := range z.at {
			ours += gzipped(then.Draw(z.z, at[0], at[1]).Encode(nil))
			alone += gzipped(only.Draw(z.z, at[0], at[1]).Encode(nil))
		}
	}
	return ours, alone, nil
}

// followedEdits is how many commits are followed to a second instance.
const followedEdits = 200

// follow measures how long after the commit of a publication another instance
// answers with the new tile. Each has an engine, a server and connections of
// its own; both run as they do in service.
func (t *tileBench) follow(ctx context.Context) ([]figure, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	writer, err := t.instance(ctx)
	if err != nil {
		return nil, err
	}
	defer writer.stop()
	other, err := t.instance(ctx)
	if err != nil {
		return nil, err
	}
	defer other.stop()
	m, err := t.store.newMover(ctx, 13)
	if err != nil {
		return nil, err
	}
	t.shown.Step("following commits on another instance", followedEdits)
	var took, commits series
	err = t.times(followedEdits, func() error {
		commit, late, err := t.followOnce(ctx, m, writer, other)
		if err == nil {
			took, commits = append(took, late), append(commits, commit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: fmt.Sprintf("COMMIT to right tile on a second instance, p99 of %d", followedEdits), yardstick: "publishing, COMMIT included, p99",
			ours: series{took.percentile(0.99)}, by: series{commits.percentile(0.99)}, limit: 1, absolute: true},
		{name: "the same, median", yardstick: "publishing, COMMIT included, median", ours: series{took.median()}, by: series{commits.median()}},
	}, nil
}

// instance is the tile service of one process.
type instance struct {
	*tileset
	http *tileServer
	stop func()
}

func (t *tileBench) instance(ctx context.Context) (*instance, error) {
	store, err := postgres.Open(ctx, t.store.db.AppDSN())
	if err != nil {
		return nil, err
	}
	i := &instance{tileset: newTileset(store, slog.New(slog.DiscardHandler))}
	if i.http, err = serveTiles(i.tileset); err != nil {
		store.Close()
		return nil, err
	}
	stop := inBackground(ctx, i.run)
	i.stop = func() { stop(); _ = i.http.Close(); store.Close() }
	if i.engine.Await(ctx, int64(t.store.now.Recorded)) == nil {
		i.stop()
		return nil, ctx.Err()
	}
	return i, nil
}

// followOnce edits and publishes, and asks the other instance until it answers
// with the tile that the writer has. Any other answer but that and the old one
// is an error.
func (t *tileBench) followOnce(ctx context.Context, m *mover, writer, other *instance) (commit, took float64, err error) {
	opened, change, err := m.draft(ctx, t.store.now.Valid)
	if err != nil {
		return 0, 0, err
	}
	z, x, y := tileOf(change.vertex, benchLastZoom)
	url := fmt.Sprintf("http://%s%s%d/%d/%d.mvt", other.http.address, server.Path, z, x, y)
	old, err := fetch(ctx, url)
	if err != nil {
		return 0, 0, err
	}
	if err := t.store.apply(ctx, opened, t.store.now.Valid); err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	seq, err := t.store.Publish(ctx, postgres.Author{Actor: "jieming bench"}, t.store.now.Valid, "", "")
	if err != nil {
		return 0, 0, err
	}
	committed := time.Now()
	now, err := firstOther(ctx, url, old)
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(committed).Seconds()
	s := writer.engine.Await(ctx, int64(seq))
	if s == nil {
		return 0, 0, ctx.Err()
	}
	if want := s.View(t.store.now.Valid.Time(), int64(seq)).Draw(z, x, y).Encode(nil); !bytes.Equal(now, want) {
		return 0, 0, fmt.Errorf("tile %d/%d/%d: after the old tile the second instance answered neither it nor the new one", z, x, y)
	}
	return committed.Sub(begun).Seconds(), took, nil
}

// firstOther asks until the answer is another one.
func firstOther(ctx context.Context, url string, old []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		got, err := fetch(ctx, url)
		if err != nil || !bytes.Equal(got, old) {
			return got, err
		}
		time.Sleep(time.Millisecond)
	}
}

// fetch reads a tile. The transport unpacks it.
func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return data, err
}
