package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/postgres"
	"jieming/registry/roman"
	"jieming/tiles"
	"jieming/tiles/server"
)

// tileset serves the tiles of what is published. It connects the tile engine,
// which knows rows, with the clocks of the registry.
type tileset struct {
	*server.Server
	engine *tiles.Engine
	store  *postgres.Store
	log    *slog.Logger
	now    func() time.Time
	today  atomic.Pointer[todayView]
	proven atomic.Pointer[proof]
	stops  *layerStops
}

func newTileset(store *postgres.Store, log *slog.Logger) *tileset {
	t := &tileset{store: store, log: log, now: time.Now, stops: newLayerStops(store, log)}
	t.engine = tiles.NewEngine(store.Pool(), tiles.EngineOptions{Log: log, Roman: romanNames(), Ready: t.prepare})
	t.Server = server.New(server.Options{
		Instants: t,
		Fallback: server.FallBackOn(tiles.NewPostGIS(store.Pool()), t.moment),
		About:    t.about,
		Stopped:  t.stops.mask,
		Origin:   api.Origin,
		Fail:     t.fail,
	})
	return t
}

// beside tells the API of the tiles.
func (t *tileset) beside() api.Beside {
	return api.Beside{Conformance: server.Conformance(), Document: t.Document, Links: func(collection string) (links []api.Link) {
		for _, l := range server.Links(collection) {
			links = append(links, api.Link{Href: l.Path, Rel: l.Rel, Type: l.Type, Title: l.Title})
		}
		return links
	}}
}

// romanNames spells names, and remembers them: a tile may label thousands.
func romanNames() func(name string) string {
	var known sync.Map
	return func(name string) string {
		if spelled, ok := known.Load(name); ok {
			return spelled.(string)
		}
		spelled := roman.Display(name)
		known.Store(name, spelled)
		return spelled
	}
}

// run follows the registry until ctx ends.
func (t *tileset) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { t.engine.Run(ctx) })
	all.Go(func() { t.Server.Run(ctx) })
	all.Go(func() { t.stops.follow(ctx) })
	all.Go(func() { t.warm(ctx) })
	all.Wait()
}

// prepare makes the fine zooms of the view of today ready before it is served;
// warm sees to the others.
func (t *tileset) prepare(s *tiles.Snapshot) {
	if p, ok := s.Publication(time.Time{}); ok {
		s.View(registry.DayOf(t.now()).Time(), p.AsOf).PrepareFine()
	}
}

// warmZoom is the deepest zoom that is drawn before anybody asks.
const warmZoom = 7

// warm draws the coarse zooms of each new view of today, also at midnight.
func (t *tileset) warm(ctx context.Context) {
	last := tiles.Epoch{Seq: -1}
	for ctx.Err() == nil {
		changed := t.engine.Changed()
		if view, err := t.View(ctx, "", ""); err == nil && view.Epoch() != last {
			view.(drawn).Prepare() // by itself, so that readers of fine zooms do not wait for it
			if degrees, any := view.Bounds(); any {
				t.Warm(ctx, view, server.Cover(degrees, warmZoom))
			}
			last = view.Epoch()
		}
		tomorrow := (registry.DayOf(t.now()) + 1).Begins()
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(tomorrow.Sub(t.now()) + time.Millisecond):
		}
	}
}

// drawn is a view of the engine as the server wants it.
type drawn struct {
	*tiles.View
	deepest int
}

// MaxZoom implements server.View.
func (d drawn) MaxZoom() int { return d.deepest }

// Draw implements server.View.
func (d drawn) Draw(z, x, y int) server.Drawing { return d.View.Draw(z, x, y) }

// todayView is the view that requests without parameters get.
type todayView struct {
	snapshot *tiles.Snapshot
	view     server.View
	until    time.Time // when the next day begins
}

// View implements server.Instants.
func (t *tileset) View(ctx context.Context, datetime, recordedAsOf string) (v server.View, err error) {
	s := t.engine.Snapshot()
	if s == nil {
		return nil, server.ErrNotReady
	}
	if datetime == "" && recordedAsOf == "" {
		if known := t.today.Load(); known != nil && known.snapshot == s && t.now().Before(known.until) {
			return known.view, nil
		}
	}
	at, err := api.ResolveInstant(ctx, t.published(s), t.now(), datetime, recordedAsOf)
	if err != nil {
		return nil, err
	}
	if s, err = t.reaching(ctx, s, int64(at.Recorded)); err != nil {
		return nil, err
	}
	asOf, _ := time.Parse(time.RFC3339, recordedAsOf) // resolved before; zero for now
	p, _ := s.Publication(asOf)
	v = drawn{s.View(at.Valid.Time(), int64(at.Recorded)), p.MaxZoom}
	if datetime == "" && recordedAsOf == "" {
		t.today.Store(&todayView{s, v, (at.Valid + 1).Begins()})
	}
	return v, nil
}

// patience is how long a reader waits for the engine to learn of an entry that
// the database already has.
const patience = 2 * time.Second

// reaching returns a snapshot that knows an entry.
func (t *tileset) reaching(ctx context.Context, s *tiles.Snapshot, seq int64) (*tiles.Snapshot, error) {
	if s.Seq() >= seq {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s = t.engine.Await(ctx, seq); s == nil {
		return nil, server.ErrNotReady
	}
	return s, nil
}

// moment finds the moment of a request in the database.
func (t *tileset) moment(ctx context.Context, datetime, recordedAsOf string) (tiles.Moment, error) {
	at, err := api.ResolveInstant(ctx, t.store, t.now(), datetime, recordedAsOf)
	return tiles.Moment{Day: at.Valid.Time(), Seq: int64(at.Recorded)}, err
}

// published answers questions about publications from a snapshot, if there is
// one, as far as it can tell.
func (t *tileset) published(s *tiles.Snapshot) registry.Registry {
	if s == nil {
		return t.store
	}
	return released{t.store, t, s}
}

// released answers about publications from a snapshot where that is certain, so
// that tiles go on being served while the database is away, and a flood of
// questions about the past does not reach it.
type released struct {
	registry.Registry
	tiles    *tileset
	snapshot *tiles.Snapshot
}

// proof is that a publication was still the latest at a time.
type proof struct {
	publication int64
	until       time.Time
}

// Publication implements registry.Registry. A time up to that of the latest
// publication the snapshot knows has found its answer for good, for the times of
// entries rise; after it, a publication may have been released that the snapshot
// doesn't know, unless the database has said otherwise about a later time.
func (r released) Publication(ctx context.Context, at time.Time) (*registry.Publication, error) {
	latest, any := r.snapshot.Publication(time.Time{})
	if !any || !at.IsZero() && at.After(latest.ReleasedAt) && !r.tiles.proves(latest.ID, at) {
		p, err := r.Registry.Publication(ctx, at)
		if err == nil && !at.IsZero() {
			r.tiles.proven.Store(&proof{int64(p.ID), at})
		}
		return p, err
	}
	p, ok := r.snapshot.Publication(at)
	if !ok {
		return nil, &registry.Error{Kind: registry.KindNotFound, Message: "nothing was published at that time"}
	}
	return &registry.Publication{ID: p.ID, AsOf: registry.Seq(p.AsOf), ReleasedAt: p.ReleasedAt,
		ReviewNumber: p.ReviewNumber, DataDate: registry.DayOf(p.DataDate), MaxZoom: p.MaxZoom, Decimals: p.Decimals,
		Dataset: registry.Dataset{Attribution: p.Attribution, Schematic: p.Schematic}}, nil
}

// proves tells whether a publication is known to have been the latest at a time.
func (t *tileset) proves(publication int64, at time.Time) bool {
	p := t.proven.Load()
	return p != nil && p.publication == publication && !at.After(p.until)
}

// about describes the data of a request for the documents about tiles.
func (t *tileset) about(ctx context.Context, datetime, recordedAsOf string) (server.About, error) {
	reg := t.published(t.engine.Snapshot())
	if _, err := api.ResolveInstant(ctx, reg, t.now(), datetime, recordedAsOf); err != nil {
		return server.About{}, err
	}
	asOf, _ := time.Parse(time.RFC3339, recordedAsOf) // resolved before
	p, err := reg.Publication(ctx, asOf)
	if err != nil {
		return server.About{}, err
	}
	return server.About{Attribution: p.Dataset.Attribution, Schematic: p.Dataset.Schematic, DataDate: p.DataDate.String(),
		ReviewNumber: p.ReviewNumber, Seq: int64(p.AsOf), MaxZoom: p.MaxZoom, Stopped: t.stops.names()}, nil
}

// invalid names each parameter that is wrong.
func invalid(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, invalid(one))
		}
		return errors.Join(all...)
	}
	var f *server.Fault
	if errors.As(err, &f) {
		return registry.Invalid(f.Parameter, f.Message)
	}
	return err
}

// fail answers a request for tiles that cannot be served.
func (t *tileset) fail(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	switch {
	case errors.Is(err, server.ErrStopped):
		err = &registry.Error{Kind: registry.KindStopped, Message: err.Error()}
	case errors.Is(err, server.ErrMethod):
		err = &registry.Error{Kind: api.KindMethod, Message: err.Error()}
	case errors.Is(err, tiles.ErrAddress):
		err = &registry.Error{Kind: registry.KindNotFound, Message: err.Error()}
	case errors.Is(err, tiles.ErrParameter):
		err = invalid(err)
	case errors.Is(err, server.ErrBusy), errors.Is(err, server.ErrNotReady):
		w.Header().Set("Retry-After", "1")
		err = &registry.Error{Kind: registry.KindUnavailable, Message: err.Error()}
	default:
		err = postgres.Explain("make a tile", err)
	}
	api.WriteProblem(w, r, t.log, err)
}
