package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
)

type upCommand struct {
	listenFlags
	Data    string `default:"data" placeholder:"DIR" type:"path" help:"Folder for the database and the logs; made when missing (default ./data)."`
	Dataset string `placeholder:"DIR" type:"path" help:"Folder with the demonstration's data. Without it, the built-in sample is loaded."`
	NoCases bool   `help:"Leave out the people and the cases of the demonstration."`
	Empty   bool   `help:"Load nothing: begin with an empty registry, for jieming import to fill."`
}

func (upCommand) Help() string {
	return "Starts a private PostgreSQL with PostGIS in the data folder (as an unprivileged user when run as root), " +
		"migrates it, loads the demonstration on first use, and serves. Its last line on standard output is the address. " +
		"Ctrl-C stops both.\n\n" +
		"Examples:\n\n    jieming up\n    jieming up --data /srv/jieming --dataset ../shared/data --addr 127.0.0.1:9000\n    jieming up --data /srv/province --empty"
}

// Run brings everything up, serves until ctx ends, and takes it down again in
// the opposite order: HTTP, connections, database.
func (u upCommand) Run(ctx context.Context, c *console) (err error) {
	if err := u.checkDataset(); err != nil {
		return err
	}
	listener, err := u.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	aside, err := u.trainingFlags.listenAside(listener)
	if err != nil {
		return err
	}
	log, err := u.openLog()
	if err != nil {
		return err
	}
	defer log.Close()

	shown := newProgress(c.err)
	shown.Step("starting PostgreSQL", 0)
	db, err := startCluster(ctx, filepath.Join(u.Data, "postgres"))
	if err != nil {
		return err
	}
	k := &keeper{dir: filepath.Join(u.Data, "postgres"), db: db, log: u.logger(log)}
	defer func() { err = errors.Join(err, k.db.Stop()) }()
	if err := u.prepare(ctx, db, shown); err != nil {
		return err
	}
	shown.Close()

	u.KeyFile = cmp.Or(u.KeyFile, filepath.Join(u.Data, "secret.key"))
	u.FactorRoles = cmp.Or(u.FactorRoles, "none")
	if u.AuditKey == "" {
		u.keyFlags = u.inFolder(u.Data)
		if err := keyOfFolder(u.AuditKey); err != nil {
			return err
		}
	}
	u.TrainingOwner = cmp.Or(u.TrainingOwner, db.OwnerDSN())
	u.DownloadDir = cmp.Or(u.DownloadDir, filepath.Join(u.Data, "downloads"))
	ctx, lost := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := k.keep(ctx); err != nil {
			lost(err)
		}
	}()
	defer func() { lost(nil); <-done }()
	if !u.Empty && !u.NoCases {
		defer inBackground(ctx, func(ctx context.Context) { u.staffDemonstration(ctx, db.AppDSN(), k.log, c) })()
	}
	err = u.serve(ctx, listener, aside, db.AppDSN(), k.log, c)
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// openLog makes the data folder and opens the server's log in it: the terminal
// is for the address. One earlier log of about 10 MB is kept.
func (u upCommand) openLog() (*os.File, error) {
	if err := os.MkdirAll(u.Data, 0o755); err != nil {
		return nil, fmt.Errorf("make data folder: %w (choose another with --data DIR)", err)
	}
	name := filepath.Join(u.Data, "jieming.log")
	if info, err := os.Stat(name); err == nil && info.Size() > 10<<20 {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, fmt.Errorf("rotate log: %w", err)
		}
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open log: %w (choose another data folder with --data DIR)", err)
	}
	return f, nil
}

// checkDataset finds a mistyped folder before the slow part.
func (u upCommand) checkDataset() error {
	if u.Dataset == "" {
		return nil
	}
	if u.Empty {
		return errors.New("--empty loads nothing and --dataset names what to load: give one of them")
	}
	info, err := os.Stat(u.Dataset)
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return fmt.Errorf("dataset %s: %w (give the folder with --dataset DIR, or leave it out for the built-in sample)", u.Dataset, err)
	}
	return nil
}

// startCluster starts the private database. Ctrl-C breaks off the start; once
// started, the database outlives ctx until [cluster.Cluster.Stop], for the
// requests still under way.
func startCluster(ctx context.Context, dir string) (*cluster.Cluster, error) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, end)
	db, err := cluster.Start(life, cluster.Options{Dir: dir, Durable: true})
	detach()
	if ctx.Err() != nil {
		end()
		return nil, errors.Join(ctx.Err(), err)
	}
	return db, err
}

// prepare migrates the database and loads the demonstration.
func (u upCommand) prepare(ctx context.Context, db *cluster.Cluster, shown *progress) error {
	shown.Step("migrating", 0)
	if _, err := migrate.Up(ctx, db.OwnerDSN(), func(string) { shown.Advance(1) }); err != nil {
		return err
	}
	if u.Empty {
		return nil
	}
	if err := loadDemonstration(ctx, db.OwnerDSN(), u.Dataset, shown); err != nil {
		return fmt.Errorf("load demonstration: %w", err)
	}
	return nil
}
