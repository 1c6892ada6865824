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
	"jieming/registry/desk"
	"jieming/registry/mail"
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
	aside, err := s.trainingFlags.listen()
	if err != nil {
		return err
	}
	return s.serve(ctx, listener, aside, dsn, s.logger(c.err), c)
}

// serve answers HTTP on a listener from a database until ctx ends, then lets
// the requests under way finish; on aside, which it closes, from the training
// space, unless it is nil. The address is the last line it prints.
func (f listenFlags) serve(ctx context.Context, l, aside net.Listener, dsn string, log *slog.Logger, c *console) error {
	if aside != nil {
		defer aside.Close()
	}
	var o portalOptions
	var err error
	if o.sender, err = f.sender(); err != nil {
		return err
	}
	if f.AuditKey != "" {
		if o.signer, err = f.keyFlags.read(); err != nil {
			return err
		}
	}
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	if is, err := store.IsTraining(ctx); err == nil && is {
		return errors.New("this database is a training space: name the live one, and serve this one beside it with --training-addr HOST:PORT")
	}
	space := f.newTraining(ctx, store, l, dsn, log)
	defer space.close()
	o.ground = space
	if aside != nil {
		o.beside = f.trainingFlags.address(aside)
	}
	live, err := f.openPortal(ctx, store, o, log)
	if err != nil {
		return err
	}
	defer live.close()
	failed := make(chan error, 2)
	servers := []*http.Server{f.server(live, log)}
	go func() { failed <- servers[0].Serve(l) }()
	if aside != nil {
		defer inBackground(ctx, space.follow)()
		servers = append(servers, f.server(space, log))
		go func() { failed <- servers[1].Serve(aside) }()
		log.Info("listening for the training space", "address", aside.Addr().String())
	}
	log.Info("listening", "address", l.Addr().String(), "version", version)
	fmt.Fprintln(c.out, address(l))

	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
		var all []error
		for _, s := range servers {
			all = append(all, f.shutdown(s, log))
		}
		return errors.Join(all...)
	}
}

func (f listenFlags) server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      f.RequestTimeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// portal is what is served at one address, with what runs in the background for it.
type portal struct {
	http.Handler
	close func()
}

// portalOptions tell the portal of the live registry from that of a training space.
type portalOptions struct {
	training bool
	beside   string       // the other of the two, as in web.Options
	ground   desk.Ground  // of the live portal
	sender   *mail.Sender // nil: no mail goes out
	signer   audit.Signer // nil: nothing is signed
}

// openPortal makes the portal of a registry. The store must stay open until
// the portal is closed.
func (f listenFlags) openPortal(ctx context.Context, store *postgres.Store, o portalOptions, log *slog.Logger) (_ *portal, err error) {
	var ends []func()
	closeAll := func() {
		for i := range ends {
			ends[len(ends)-1-i]()
		}
	}
	defer func() {
		if err != nil {
			closeAll()
		}
	}()
	run := func(job func(context.Context)) { ends = append(ends, inBackground(ctx, job)) }

	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: f.RequestTimeout, training: o.training, beside: o.beside}
	if a.desk, err = f.deskFlags.open(store, o.training, o.ground, log); err != nil {
		return nil, err
	}
	a.public, a.client, a.provider = f.PublicURL, f.deskFlags.client(), f.OIDC.provider()
	a.tiles.stops.load(ctx)
	a.metrics.watchTiles(a.tiles)
	run(a.tiles.run)
	downloads, closeDownloads, err := f.downloadFlags.open(store, a.tiles)
	if err != nil {
		return nil, err
	}
	ends = append(ends, closeDownloads)
	a.downloads = downloads
	run(func(ctx context.Context) { indexNames(ctx, store, log) })
	run(func(ctx context.Context) { sweepUploads(ctx, store, log) })
	run(func(ctx context.Context) { runJobs(ctx, store, a.desk, o.sender, f.PublicURL, log) })
	if !o.training { // nobody vouches for the log of a training space
		run(func(ctx context.Context) { keepLog(ctx, store, o.signer, log) })
	}
	handler, err := a.routes()
	if err != nil {
		return nil, err
	}
	return &portal{handler, closeAll}, nil
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
