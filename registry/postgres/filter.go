package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// FilterCases lists the cases that a rule of rights lets through.
func (s *Store) FilterCases(ctx context.Context, f desk.Filter, today registry.Day) ([]registry.CaseID, error) {
	rows, err := s.pool.Query(ctx, sql("FilterCases"), filterArgs(f, today))
	if err != nil {
		return nil, wrap("filter cases", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[registry.CaseID])
	return found, wrap("filter cases", err)
}

// wideArgs are filterArgs for statements that need not ask the filter when the
// rule lets through every case of some kinds (see [desk.Filter.Wide]).
func wideArgs(f desk.Filter, today registry.Day) pgx.StrictNamedArgs {
	args := filterArgs(f, today)
	args["wide"], args["may_kinds"] = f.Wide()
	return args
}
