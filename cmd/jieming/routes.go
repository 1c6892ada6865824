package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/tiles/server"
	"jieming/web"
)

// app holds what the routes answer from.
type app struct {
	store   *postgres.Store
	log     *slog.Logger
	metrics *metrics
	tiles   *tileset
	timeout time.Duration // of one request

	desk      *desk.Desk
	public    string // the address that browsers use; "" for that of the connection
	client    func(*http.Request) netip.Addr
	provider  *web.Provider  // of identities; nil for none
	downloads *api.Downloads // nil for none

	training bool   // this is the training space
	beside   string // the other of registry and training space, as in web.Options
}

// routes answers at all URLs.
func (a *app) routes() (http.Handler, error) {
	r, err := a.mux()
	if err != nil {
		return nil, err
	}
	if a.training {
		return a.drill(a.shortcut(r)), nil
	}
	return a.shortcut(r), nil
}

// mux is the map of all URLs.
func (a *app) mux() (chi.Router, error) {
	stops := a.tiles.stops.current
	public := registry.Generalise(a.store, a.store)
	pages, err := web.New(registry.Guard(public, stops, true), web.Options{Log: a.log, Desk: a.desk, Public: a.public, Client: a.client, Provider: a.provider, Stops: stops, Training: a.training, Beside: a.beside})
	if err != nil {
		return nil, err
	}
	data := api.New(registry.Guard(public, stops, false), api.Options{Version: version, Stops: stops, Log: a.log, Downloads: a.downloads, Proofs: a.store, Beside: a.tiles.beside()})

	r := a.router()
	r.Mount("/api", data)
	r.Mount("/ogc", data)
	r.Mount("/data", data)
	r.Mount("/problems", data)
	if a.desk != nil {
		r.Mount("/desk/api", api.Bearer(a.desk, a.clientOf, a.log)(api.NewDesk(a.desk, api.DeskOptions{Log: a.log, Authenticate: a.visitor})))
	}
	a.tiles.Routes(r)
	r.Mount("/", pages)
	return r, nil
}

// visitor is who asks from a browser in which they signed in; nil for nobody.
func (a *app) visitor(r *http.Request) (*desk.Principal, error) {
	visit, err := a.desk.Resume(r.Context(), web.SessionSecret(r, a.public, a.training), a.clientOf(r))
	if err != nil || visit == nil || visit.Stage != desk.Passed {
		return nil, err
	}
	return visit.Who, nil
}

// clientOf is where a request came from.
func (a *app) clientOf(r *http.Request) desk.Client {
	c := desk.Client{Agent: r.UserAgent()}
	if a.client != nil {
		c.Address = a.client(r)
	} else if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.Address = at.Addr()
	}
	return c
}

// shortcut serves tiles before the router: they are most of all requests, and
// nothing that other requests pass is of use to them. Those that fail are
// counted by the tile server, too.
func (a *app) shortcut(others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if server.Mine(r.URL.Path) {
			a.tiles.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

// router is what every request passes, and the routes that operators ask.
func (a *app) router() chi.Router {
	r := chi.NewRouter()
	r.Use(identify, a.observe, a.recovered, secure, sameOrigin(), compress(), deadline(a.timeout))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r.Method(method, "/healthz", http.HandlerFunc(alive))
		r.Method(method, "/readyz", http.HandlerFunc(a.ready))
		r.Method(method, "/metrics", a.metrics.handler())
	}
	return r
}

// alive answers as long as the process does.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers 200 when the database can be read and the tiles have been loaded
// once, else 503. Until they are, tiles come from the database, which a crowd
// should not be sent to.
func (a *app) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := a.store.Ready(ctx); err != nil {
		a.log.Warn("not ready", "error", err.Error())
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "The database does not answer.")
		return
	}
	if a.tiles.engine.Snapshot() == nil || !a.tiles.stops.asked() {
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusServiceUnavailable, "The tiles are being loaded.")
		return
	}
	alive(w, r)
}
