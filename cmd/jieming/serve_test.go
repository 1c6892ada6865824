package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
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
