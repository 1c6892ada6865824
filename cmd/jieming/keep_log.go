package main

import (
	"context"
	"log/slog"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/postgres"
)

// How often the server looks after the log: it signs once an hour if the log
// grew, and soon after a release.
const (
	logPace        = 10 * time.Second
	checkpointPace = time.Hour
	sealPace       = time.Minute
)

// keepLog seals what was read and who signed in, and signs checkpoints, until
// ctx ends. Servers of one database need not know of each other. by is nil where
// there is no key: then nothing is signed.
func keepLog(ctx context.Context, store *postgres.Store, by audit.Signer, log *slog.Logger) {
	if by == nil {
		log.Warn("no key for checkpoints: nothing proves what the log was; see jieming audit key")
	}
	var sealed time.Time
	tick := time.NewTicker(logPace)
	defer tick.Stop()
	for {
		if time.Since(sealed) >= sealPace {
			sealed = time.Now()
			sealAccess(ctx, store, log)
		}
		if by != nil {
			signIfDue(ctx, store, by, log)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func signIfDue(ctx context.Context, store *postgres.Store, by audit.Signer, log *slog.Logger) {
	due, err := store.CheckpointDue(ctx, checkpointPace)
	fresh := false
	if due {
		_, fresh, err = store.Checkpoint(ctx, by, by.Name(), time.Now())
	}
	sayOf(ctx, log, "sign a checkpoint", err)
	if fresh {
		log.Info("signed a checkpoint of the log")
	}
}

func sealAccess(ctx context.Context, store *postgres.Store, log *slog.Logger) {
	n, err := store.SealAccess(ctx)
	sayOf(ctx, log, "seal accesses", err)
	if n > 0 {
		log.Debug("sealed accesses", "rows", n)
	}
}

// sayOf logs what went wrong; a database that is away is said elsewhere.
func sayOf(ctx context.Context, log *slog.Logger, doing string, err error) {
	if err != nil && ctx.Err() == nil && registry.KindOf(err) != registry.KindUnavailable {
		log.Error("cannot "+doing, "error", err)
	}
}
