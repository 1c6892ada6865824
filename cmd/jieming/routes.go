package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// app holds what the routes answer from.
type app struct {
	pool    *pgxpool.Pool
	log     *slog.Logger
	metrics *metrics
	timeout time.Duration // of one request
}

// routes is the map of all URLs.
func (a *app) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(identify, a.observe, a.recovered, secure, sameOrigin(), compress(), deadline(a.timeout))

	r.Get("/healthz", alive)
	r.Get("/readyz", a.ready)
	r.Method(http.MethodGet, "/metrics", a.metrics.handler())
	return r
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
	if err := a.pool.Ping(ctx); err != nil {
		a.log.Warn("not ready", "error", err.Error())
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "The database does not answer.")
		return
	}
	alive(w, r)
}
