package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/postgres"
	"jieming/tiles"
	"jieming/web"
)

// app holds what the routes answer from.
type app struct {
	store   *postgres.Store
	log     *slog.Logger
	metrics *metrics
	timeout time.Duration // of one request
}

// routes is the map of all URLs.
func (a *app) routes() (http.Handler, error) {
	pages, err := web.New(a.store, web.Options{Log: a.log})
	if err != nil {
		return nil, err
	}
	data := api.New(a.store, api.Options{Version: version, Log: a.log})

	r := a.router()
	r.Mount("/api", data)
	r.Mount("/ogc", data)
	r.Mount("/problems", data)
	r.Get(tiles.Route, a.tile())
	r.Mount("/", pages)
	return r, nil
}

// router is what every request passes, and the routes that operators ask.
func (a *app) router() chi.Router {
	r := chi.NewRouter()
	r.Use(identify, a.observe, a.recovered, secure, sameOrigin(), compress(), deadline(a.timeout))
	r.Get("/healthz", alive)
	r.Get("/readyz", a.ready)
	r.Method(http.MethodGet, "/metrics", a.metrics.handler())
	return r
}

// tile serves vector tiles of what is published.
func (a *app) tile() http.HandlerFunc {
	return tiles.Handler(tiles.NewPostGIS(a.store.Pool()), tiles.Options{
		Clock: func(ctx context.Context, datetime, recordedAsOf string) (tiles.Moment, error) {
			at, err := api.ResolveInstant(ctx, a.store, time.Now(), datetime, recordedAsOf)
			return tiles.Moment{Day: at.Valid.Time(), Seq: int64(at.Recorded)}, err
		},
		Fail: func(w http.ResponseWriter, r *http.Request, err error) {
			switch {
			case errors.Is(err, tiles.ErrAddress):
				err = &registry.Error{Kind: registry.KindNotFound, Message: err.Error()}
			case errors.Is(err, tiles.ErrParameter):
				err = registry.Invalid("", err.Error())
			default:
				err = postgres.Explain("make a tile", err)
			}
			api.WriteProblem(w, r, a.log, err)
		},
	})
}

// alive answers as long as the process does.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers 200 when the database can be read, else 503.
func (a *app) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := a.store.Ready(ctx); err != nil {
		a.log.Warn("not ready", "error", err.Error())
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "The database does not answer.")
		return
	}
	alive(w, r)
}
