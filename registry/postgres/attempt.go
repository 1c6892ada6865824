package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// BeginAttempt counts an attempt as failed before it is made. While the key
// waits it counts nothing, and returns the end of the wait.
func (s *Store) BeginAttempt(ctx context.Context, key string, limit int, g desk.Guesses, now time.Time) (until time.Time, err error) {
	var failures int
	err = s.pool.QueryRow(ctx, sql("BeginAttempt"), pgx.StrictNamedArgs{"key": key, "limit": limit, "now": now,
		"forget": g.Forget, "wait": g.Wait, "longest": g.Longest}).Scan(&failures)
	if errors.Is(err, pgx.ErrNoRows) {
		err = s.pool.QueryRow(ctx, sql("BlockedUntil"), pgx.StrictNamedArgs{"key": key, "now": now}).Scan(&until)
	}
	if errors.Is(err, pgx.ErrNoRows) { // forgotten meanwhile: somebody succeeded
		return now, nil
	}
	return until, wrap("count attempt", err)
}

// ForgetAttempts forgets what was counted for a key.
func (s *Store) ForgetAttempts(ctx context.Context, key string) error {
	_, err := s.pool.Exec(ctx, sql("ForgetAttempts"), pgx.StrictNamedArgs{"key": key})
	return wrap("forget attempts", err)
}

// UncountAttempt takes back one attempt that did not fail.
func (s *Store) UncountAttempt(ctx context.Context, key string) error {
	_, err := s.pool.Exec(ctx, sql("UncountAttempt"), pgx.StrictNamedArgs{"key": key})
	return wrap("take back attempt", err)
}
