package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"jieming/registry/desk"
	"jieming/registry/postgres"
)

// trainingCommand makes and drops the training space from the command line.
type trainingCommand struct {
	Reset  trainingReset  `cmd:"" help:"Make the training space anew, as the registry is now."`
	Drop   trainingDrop   `cmd:"" help:"Drop the training space."`
	Status trainingStatus `cmd:"" help:"Say what training space there is."`
}

// onTrainer runs do with a trainer of the registry.
func onTrainer(ctx context.Context, c *console, f storeFlags, do func(*postgres.Store, *postgres.Trainer, string) error) (err error) {
	dsn, stop, err := ownerDatabase(ctx, c, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	return unmigrated(do(store, postgres.NewTrainer(store, dsn), dsn))
}

type trainingReset struct{ storeFlags }

func (trainingReset) Help() string {
	return "Copies the registry, while it is used, into a second database beside it, and puts that in the place of the former training space, which is lost. " +
		"If it fails, the former one stays. Servers follow within a second. The user of a database URL must be a superuser.\n\n" +
		"Example:\n\n    jieming training reset --data /srv/jieming"
}

// Run makes the training space anew.
func (t trainingReset) Run(ctx context.Context, c *console) error {
	return onTrainer(ctx, c, t.storeFlags, func(store *postgres.Store, by *postgres.Trainer, dsn string) error {
		shown := newProgress(c.err)
		defer shown.Close()
		shown.Step("copying the registry", 0)
		if err := by.Reset(ctx, desk.Operator()); err != nil {
			return err
		}
		shown.Close()
		return sayTraining(ctx, c, store, dsn)
	})
}

type trainingDrop struct{ storeFlags }

func (trainingDrop) Help() string {
	return "What was done in it is lost. The user of a database URL must be a superuser.\n\nExample:\n\n    jieming training drop --data /srv/jieming"
}

// Run drops the training space.
func (t trainingDrop) Run(ctx context.Context, c *console) error {
	return onTrainer(ctx, c, t.storeFlags, func(_ *postgres.Store, by *postgres.Trainer, _ string) error {
		if err := by.Drop(ctx, desk.Operator()); err != nil {
			return err
		}
		fmt.Fprintln(c.out, "dropped")
		return nil
	})
}

type trainingStatus struct{ storeFlags }

func (trainingStatus) Help() string {
	return "Example:\n\n    jieming training status --data /srv/jieming"
}

// Run says what training space there is.
func (t trainingStatus) Run(ctx context.Context, c *console) error {
	return onTrainer(ctx, c, t.storeFlags, func(store *postgres.Store, _ *postgres.Trainer, dsn string) error {
		return sayTraining(ctx, c, store, dsn)
	})
}

func sayTraining(ctx context.Context, c *console, store *postgres.Store, dsn string) error {
	acts, err := store.TrainingActs(ctx)
	if err != nil {
		return err
	}
	run, err := store.TrainingRun(ctx)
	if err != nil {
		return err
	}
	switch {
	case run == nil:
	case run.Running:
		fmt.Fprintf(c.out, "being made since %s (%s)\n", run.BeganAt.UTC().Format(time.RFC3339), strings.ToLower(run.Step))
	case run.Failed():
		fmt.Fprintf(c.out, "the last try, of %s, failed: %s\n", run.BeganAt.UTC().Format(time.RFC3339), cmp.Or(run.Error, "it was broken off"))
	}
	if len(acts) == 0 || acts[0].Space == "" {
		fmt.Fprintln(c.out, "no training space")
		return nil
	}
	a := acts[0]
	fmt.Fprintf(c.out, "training space %s: copied %s, log entry %d, digest %s, by %s\n", a.Space, a.CopiedAt.UTC().Format(time.RFC3339), a.Entry, a.Digest, cmp.Or(a.By, "command line"))
	work, err := postgres.TrainingWork(ctx, dsn, a.Space)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "since then: %s, %s\n", counted(work.Cases, "new case"), strings.Replace(counted(work.Entries, "log entry"), "entrys", "entries", 1))
	return nil
}
