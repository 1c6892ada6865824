package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/postgres"
)

type serveCommand struct {
	databaseFlags
	listenFlags
}

func (serveCommand) Help() string {
	return "The schema must be current (see jieming migrate). The server starts also while the database is down, " +
		"and recovers by itself; /readyz says which.\n\n" +
		"Example:\n\n    JIEMING_DATABASE_URL=postgres://jieming_app@db.example/jieming jieming serve --addr :8080"
}

// Run serves until ctx ends, logging to stderr.
func (s serveCommand) Run(ctx context.Context, c *console) error {
	dsn, err := s.url()
	if err != nil {
		return err
	}
	listener, err := s.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	return s.serve(ctx, listener, dsn, s.logger(c.err), c)
}

// serve answers HTTP on a listener from a database until ctx ends, then lets
// the requests under way finish. The address is the last line it prints.
func (f listenFlags) serve(ctx context.Context, l net.Listener, dsn string, log *slog.Logger, c *console) error {
	sender, err := f.sender()
	if err != nil {
		return err
	}
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: f.RequestTimeout}
	if a.desk, err = f.deskFlags.open(store, log); err != nil {
		return err
	}
	a.public, a.client, a.provider = f.PublicURL, f.deskFlags.client(), f.OIDC.provider()
	a.tiles.stops.load(ctx)
	a.metrics.watchTiles(a.tiles)
	defer inBackground(ctx, a.tiles.run)()
	downloads, closeDownloads, err := f.downloadFlags.open(store, a.tiles)
	if err != nil {
		return err
	}
	defer closeDownloads()
	a.downloads = downloads
	defer inBackground(ctx, func(ctx context.Context) { indexNames(ctx, store, log) })()
	defer inBackground(ctx, func(ctx context.Context) { sweepUploads(ctx, store, log) })()
	defer inBackground(ctx, func(ctx context.Context) { runJobs(ctx, store, a.desk, sender, f.PublicURL, log) })()
	var by audit.Signer
	if f.AuditKey != "" {
		if by, err = f.keyFlags.read(); err != nil {
			return err
		}
	}
	defer inBackground(ctx, func(ctx context.Context) { keepLog(ctx, store, by, log) })()
	handler, err := a.routes()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      f.RequestTimeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	log.Info("listening", "address", l.Addr().String(), "version", version)
	fmt.Fprintln(c.out, address(l))

	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
		return f.shutdown(server, log)
	}
}

// indexNames makes the names findable that a migration, or an earlier version
// of the program, left without keys. A search that needs them meanwhile makes
// them itself.
func indexNames(ctx context.Context, store *postgres.Store, log *slog.Logger) {
	const pause = 10 * time.Second
	for {
		indexed := 0
		err := store.IndexNames(ctx, func(done int) { indexed = done })
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if indexed > 0 {
				log.Info("indexed names for search", "names", indexed)
			}
			return
		case registry.KindOf(err) != registry.KindUnavailable:
			log.Error("names are not indexed for search", "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// inBackground runs f until ctx ends or the function it returns is called, which
// waits for f.
func inBackground(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); f(ctx) }()
	return func() { cancel(); <-done }
}

// shutdown stops taking requests, waits for those under way as long as it is
// allowed to, and breaks off the rest.
func (f listenFlags) shutdown(server *http.Server, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), f.ShutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests broken off at shutdown")
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("stop HTTP: %w", err)
	}
	return nil
}
