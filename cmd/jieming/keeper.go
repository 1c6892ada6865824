package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"jieming/registry/postgres/cluster"
)

// A keeper starts a private database again when it ends by itself, so that the
// server answers 503 for a moment and then goes on.
type keeper struct {
	dir string
	db  *cluster.Cluster // the one running now, or the last; for keep alone while it runs
	log *slog.Logger
}

// restartsAllowed within restartWindow: a database that ends more often has a
// fault that starting it again doesn't mend.
const (
	restartsAllowed = 3
	restartWindow   = time.Minute
)

// keep watches over the database until ctx ends. It returns an error when the
// database can't be kept running at the same address.
func (k *keeper) keep(ctx context.Context) error {
	var restarts []time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.db.Done():
		}
		if ctx.Err() != nil {
			return nil
		}
		restarts = append(restarts, time.Now())
		if n := len(restarts); n > restartsAllowed && restarts[n-1].Sub(restarts[n-1-restartsAllowed]) < restartWindow {
			return fmt.Errorf("PostgreSQL ends again and again; see %s", filepath.Join(k.dir, "server.log"))
		}
		k.log.Error("PostgreSQL ended; starting it again")
		if err := k.restart(ctx); err != nil {
			return fmt.Errorf("PostgreSQL ended: %w; see %s", err, filepath.Join(k.dir, "server.log"))
		}
	}
}

func (k *keeper) restart(ctx context.Context) error {
	address := k.db.AppDSN()
	// Gives up the folder; what went wrong is in the database's own log.
	if err := k.db.Stop(); err != nil {
		k.log.Warn("PostgreSQL had ended", "error", err)
	}
	db, err := startCluster(ctx, k.dir)
	if err != nil {
		return err
	}
	k.db = db
	if db.AppDSN() != address {
		return errors.New("it is reached at another address now: start again")
	}
	return nil
}
