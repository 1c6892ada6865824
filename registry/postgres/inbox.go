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
	args["paper"] = q.Paper
	return s.tasks(ctx, "TasksOpen", args, scanTask)
}

// TasksAsked implements desk.InboxStore.
func (s *Store) TasksAsked(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := filterArgs(q.Filter, q.Today)
	args["owner"], args["speaks_for"], args["limit"] = int64(q.Owner), texts(q.Departments), q.Limit
	return s.tasks(ctx, "TasksAsked", args, scanTask)
}

// TasksBeside implements desk.InboxStore.
func (s *Store) TasksBeside(ctx context.Context, why desk.Why, q desk.TaskQuery) ([]desk.Task, error) {
	args := wideArgs(q.Filter, q.Today)
	args["owner"], args["limit"] = int64(q.Owner), q.Limit
	args["why"], args["summed"] = string(why), texts(q.Kinds)
	return s.tasks(ctx, "TasksBeside", args, scanBeside)
}

// TasksPublish implements desk.InboxStore.
func (s *Store) TasksPublish(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := wideArgs(q.Filter, q.Today)
	args["actor"], args["owner"], args["hand"], args["limit"] = int64(q.Actor), int64(q.Owner), q.Hand, q.Limit
	return s.tasks(ctx, "TasksPublish", args, scanBeside)
}

// LogUnsigned implements desk.InboxStore.
func (s *Store) LogUnsigned(ctx context.Context) (since time.Time, err error) {
	var at pgtype.Timestamptz
	err = s.pool.QueryRow(ctx, sql("LogUnsigned")).Scan(&at)
	return at.Time, wrap("look for a checkpoint", err)
}

func (s *Store) tasks(ctx context.Context, statement string, args pgx.StrictNamedArgs, scan pgx.RowToFunc[desk.Task]) ([]desk.Task, error) {
	rows, err := s.pool.Query(ctx, sql(statement), args)
	if err != nil {
		return nil, wrap("list tasks", err)
	}
	found, err := pgx.CollectRows(rows, scan)
	return found, wrap("list tasks", err)
}

func scanTask(row pgx.CollectableRow) (t desk.Task, err error) {
	var until pgtype.Date
	err = scanRow(row, &t.Row, &t.Clock, &t.Department, &t.Asked, &t.Since, &until)
	t.Until = endOf(until)
	return t, err
}

// scanBeside reads what has no limit of its own.
func scanBeside(row pgx.CollectableRow) (t desk.Task, err error) {
	err = scanRow(row, &t.Row, &t.Since, &t.Count, &t.Notice, &t.Paper, &t.Subject)
	t.Until = registry.NoEnd
	return t, err
}
