package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
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
	pool, err := openPool(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	a := &app{pool: pool, log: log, metrics: newMetrics(pool), timeout: f.RequestTimeout}
	server := &http.Server{
		Handler:           a.routes(),
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

// openPool prepares connections to a database; it doesn't connect yet.
//
// Connections are short-lived, so that a demoted primary is left soon. Plans
// are made for the very parameters: a plan for any day is far from the best
// for a given day.
func openPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	config.MaxConnLifetime = 30 * time.Minute
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.HealthCheckPeriod = 15 * time.Second
	config.ConnConfig.ConnectTimeout = 3 * time.Second
	config.ConnConfig.RuntimeParams["application_name"] = "jieming"
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}
