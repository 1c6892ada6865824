package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

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
