package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry/desk"
)

// Alone implements jobs.Turns: the lock is that of a session of its own, so the
// server gives it back when this process is killed.
func (s *Store) Alone(ctx context.Context, name string, f func(context.Context) error) (ran bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, wrap("take a turn", err)
	}
	defer conn.Release()
	args := pgx.StrictNamedArgs{"name": name}
	if err := conn.QueryRow(ctx, sql("TryJob"), args).Scan(&ran); err != nil || !ran {
		return false, wrap("take a turn", err)
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, left := conn.Exec(ending, sql("LeaveJob"), args); left != nil {
			_ = conn.Conn().Close(ending) // the server gives the lock back with the session
			err = errors.Join(err, wrap("leave a turn", left))
		}
	}()
	if _, err := conn.Exec(ctx, sql("BeginJob"), args); err != nil {
		return true, wrap("begin a job", err)
	}
	err = f(ctx)
	failure := ""
	if err != nil {
		failure = err.Error()
	}
	_, kept := conn.Exec(context.WithoutCancel(ctx), sql("EndJob"), pgx.StrictNamedArgs{"name": name, "error": failure})
	return true, errors.Join(err, wrap("end a job", kept))
}

// Jobs implements desk.JobStore.
func (s *Store) Jobs(ctx context.Context) ([]desk.JobRun, error) {
	rows, err := s.pool.Query(ctx, sql("ListJobs"))
	if err != nil {
		return nil, wrap("list jobs", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (j desk.JobRun, err error) {
		var ended pgtype.Timestamptz
		err = row.Scan(&j.Name, &j.BeganAt, &ended, &j.Error)
		j.EndedAt = ended.Time
		return j, err
	})
	return found, wrap("list jobs", err)
}
