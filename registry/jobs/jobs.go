// Package jobs runs what nobody asks for: reminders, mails, tidying. Each job
// runs on one server at a time.
package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Job is something that is done again and again.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
}

// Turns lets one server at a time do a job.
type Turns interface {
	// Alone runs f unless another server is doing the job of this name; ran says
	// whether it did. How it went is kept under the name.
	Alone(ctx context.Context, name string, f func(context.Context) error) (ran bool, err error)
}

// Run does jobs until ctx ends, and waits for those under way. A job that fails
// is logged, and done again at its next turn.
func Run(ctx context.Context, turns Turns, log *slog.Logger, list ...Job) {
	var all sync.WaitGroup
	for _, j := range list {
		all.Go(func() { repeat(ctx, turns, log, j) })
	}
	all.Wait()
}

func repeat(ctx context.Context, turns Turns, log *slog.Logger, j Job) {
	for ctx.Err() == nil {
		if _, err := turns.Alone(ctx, j.Name, j.Run); err != nil && ctx.Err() == nil {
			log.Error("a job failed", "job", j.Name, "error", err)
		}
		// A tenth more or less, so that servers started together do not meet.
		pause := time.Duration(float64(j.Every) * (0.9 + 0.2*rand.Float64()))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
