package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// Board implements desk.BoardStore.
func (s *Store) Board(ctx context.Context, f desk.Filter, today registry.Day) (*desk.Board, error) {
	b := &desk.Board{}
	err := s.read(ctx, func(tx pgx.Tx) (err error) {
		args := wideArgs(f, today)
		if b.Cells, err = collect(ctx, tx, "BoardCells", args, func(row pgx.CollectableRow) (t desk.Tally, err error) {
			err = row.Scan(&t.Unit, &t.UnitName, &t.Kind, &t.Open, &t.Overdue, &t.Week, &t.Month, &t.Days, &t.Oldest)
			return t, err
		}); err != nil {
			return err
		}
		if b.Clocks, err = collect(ctx, tx, "BoardClocks", args, func(row pgx.CollectableRow) (t desk.ClockTally, err error) {
			err = row.Scan(&t.Kind, &t.Clock, &t.Statutory, &t.Running, &t.Overdue, &t.Week)
			return t, err
		}); err != nil {
			return err
		}
		b.States, err = collect(ctx, tx, "BoardStates", args, func(row pgx.CollectableRow) (t desk.StateTally, err error) {
			err = row.Scan(&t.Kind, &t.State, &t.Open, &t.Days, &t.Oldest)
			return t, err
		})
		return err
	})
	return b, err
}

func collect[T any](ctx context.Context, tx pgx.Tx, statement string, args pgx.StrictNamedArgs, scan pgx.RowToFunc[T]) ([]T, error) {
	rows, err := tx.Query(ctx, sql(statement), args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// BoardCases implements desk.BoardStore.
func (s *Store) BoardCases(ctx context.Context, f desk.Filter, today registry.Day, q desk.BoardQuery) ([]desk.Row, error) {
	args := wideArgs(f, today)
	args["prefecture"], args["kind"], args["state"], args["clock"], args["due"], args["limit"] = int64(q.Unit), q.Kind, q.State, q.Clock, q.Due, q.Limit
	rows, err := s.pool.Query(ctx, sql("BoardCases"), args)
	if err != nil {
		return nil, wrap("list the cases of a board", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r desk.Row, err error) {
		err = scanRow(row, &r)
		return r, err
	})
	return found, wrap("list the cases of a board", err)
}
