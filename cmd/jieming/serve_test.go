package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

func TestServe_recovers_when_the_database_comes_back(t *testing.T) {
	options := cluster.Options{Dir: t.TempDir()}
	db, err := cluster.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { db.Stop() }()
	if _, err := migrate.Up(t.Context(), db.OwnerDSN(), nil); err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(t.Context(), db.AppDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: time.Minute}
	server := httptest.NewServer(a.router())
	defer server.Close()

	ready := func(want int) *http.Response {
		t.Helper()
		answer := do(t, "GET", server.URL+"/readyz", nil)
		if answer.StatusCode != want {
			t.Fatalf("ready answers %d, want %d", answer.StatusCode, want)
		}
		return answer
	}
	ready(http.StatusServiceUnavailable) // nothing has been loaded yet
	a.tiles.stops.load(t.Context())
	if err := a.tiles.engine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ready(http.StatusOK)
	if err := db.Stop(); err != nil {
		t.Fatal(err)
	}
	if ready(http.StatusServiceUnavailable).Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if db, err = cluster.Start(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	ready(http.StatusOK)
}

// A server makes the keys of names that a migration left without any.
func TestIndexNames(t *testing.T) {
	ctx := t.Context()
	dsn := pgtest.New(t)
	store, err := postgres.Open(ctx, pgtest.App(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, _, err := store.Load(ctx, registrytest.Squares(), postgres.Author{Actor: "test"}, nil); err != nil {
		t.Fatal(err)
	}
	pool := pgtest.Pool(t, dsn)
	if _, err := pool.Exec(ctx, "UPDATE registry.search_name SET edition = 0, keys = NULL, folded = NULL, rank = NULL"); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	indexNames(ctx, store, slog.New(slog.NewTextHandler(&said, nil)))
	var without int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM registry.search_name WHERE keys IS NULL").Scan(&without); err != nil || without > 0 {
		t.Errorf("%d names without keys, %v", without, err)
	}
	if !strings.Contains(said.String(), "names=7") {
		t.Errorf("said %s", said.String())
	}

	ended, end := context.WithCancel(ctx)
	end()
	indexNames(ended, store, slog.New(slog.NewTextHandler(io.Discard, nil))) // returns
}

func TestRomanNames(t *testing.T) {
	spell := romanNames()
	for range 2 {
		if got := spell("公主岭市") + spell("十里堡村"); got != "Gongzhuling Shi" {
			t.Errorf("%q", got)
		}
	}
}
