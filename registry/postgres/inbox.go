package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// TasksOpen implements desk.InboxStore.
func (s *Store) TasksOpen(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := wideArgs(q.Filter, q.Today)
	args["actor"], args["owner"], args["limit"] = int64(q.Actor), int64(q.Owner), q.Limit
	args["kinds"], args["states"], args["hand"], args["held"], args["unheld"] = q.Kinds, q.States, q.Hand, q.Held, q.Unheld
	return s.tasks(ctx, "TasksOpen", args)
}

// TasksAsked implements desk.InboxStore.
func (s *Store) TasksAsked(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := filterArgs(q.Filter, q.Today)
	args["owner"], args["speaks_for"], args["limit"] = int64(q.Owner), texts(q.Departments), q.Limit
	return s.tasks(ctx, "TasksAsked", args)
}

// TasksBeside implements desk.InboxStore.
func (s *Store) TasksBeside(ctx context.Context, why desk.Why, q desk.TaskQuery) ([]desk.Task, error) {
	args := wideArgs(q.Filter, q.Today)
	args["owner"], args["limit"] = int64(q.Owner), q.Limit
	args["why"], args["summed"] = string(why), texts(q.Kinds)
	rows, err := s.pool.Query(ctx, sql("TasksBeside"), args)
	if err != nil {
		return nil, wrap("list tasks", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t desk.Task, err error) {
		err = scanRow(row, &t.Row, &t.Since, &t.Count, &t.Notice)
		t.Until = registry.NoEnd
		return t, err
	})
	return found, wrap("list tasks", err)
}

// LogUnsigned implements desk.InboxStore.
func (s *Store) LogUnsigned(ctx context.Context) (since time.Time, err error) {
	var at pgtype.Timestamptz
	err = s.pool.QueryRow(ctx, sql("LogUnsigned")).Scan(&at)
	return at.Time, wrap("look for a checkpoint", err)
}

func (s *Store) tasks(ctx context.Context, statement string, args pgx.StrictNamedArgs) ([]desk.Task, error) {
	rows, err := s.pool.Query(ctx, sql(statement), args)
	if err != nil {
		return nil, wrap("list tasks", err)
	}
	found, err := pgx.CollectRows(rows, scanTask)
	return found, wrap("list tasks", err)
}

func scanTask(row pgx.CollectableRow) (t desk.Task, err error) {
	var until pgtype.Date
	err = scanRow(row, &t.Row, &t.Clock, &t.Department, &t.Asked, &t.Since, &until)
	t.Until = endOf(until)
	return t, err
}
