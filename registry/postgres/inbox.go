package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// TasksOpen implements desk.InboxStore.
func (s *Store) TasksOpen(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := filterArgs(q.Filter, q.Today)
	args["training"], args["actor"], args["owner"], args["limit"] = q.Training, int64(q.Actor), int64(q.Owner), q.Limit
	args["kinds"], args["states"], args["hand"], args["held"], args["unheld"] = q.Kinds, q.States, q.Hand, q.Held, q.Unheld
	return s.tasks(ctx, "TasksOpen", args)
}

// TasksAsked implements desk.InboxStore.
func (s *Store) TasksAsked(ctx context.Context, q desk.TaskQuery) ([]desk.Task, error) {
	args := filterArgs(q.Filter, q.Today)
	args["training"], args["owner"], args["speaks_for"], args["limit"] = q.Training, int64(q.Owner), texts(q.Departments), q.Limit
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
	var unit, holder, opener pgtype.Int8
	var unitName, holderName, openerName pgtype.Text
	var due, until pgtype.Date
	r := &t.Row
	err = row.Scan(&r.ID, &r.Version, &r.Kind, &r.Number, &r.Title, &r.State, &r.Phase, &unit, &unitName, &holder, &holderName, &opener, &openerName,
		&r.Urgent, &r.Training, &r.OpenedAt, &r.TouchedAt, &r.StateSince, &due, &t.Clock, &t.Department, &t.Asked, &t.Since, &until)
	r.Unit, r.UnitName = registry.UnitID(unit.Int64), unitName.String
	r.Holder, r.HolderName, r.Opener, r.OpenerName = desk.AccountID(holder.Int64), holderName.String, desk.AccountID(opener.Int64), openerName.String
	r.Due, t.Until = endOf(due), endOf(until)
	return t, err
}
