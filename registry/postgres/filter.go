package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// filterArgs puts a rule of rights into the arguments of desk.subtree_filter:
// owners, kinds, reaches, wheres, tops and departments, one entry for each
// clause, and today. An empty rule lets nothing through.
func filterArgs(f desk.Filter, today registry.Day, args pgx.StrictNamedArgs) pgx.StrictNamedArgs {
	n := len(f)
	owners, wheres := make([]int64, n), make([]bool, n)
	kinds, reaches, tops, departments := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, c := range f {
		owners[i], wheres[i], reaches[i], departments[i] = int64(c.Owner), c.Everywhere, string(c.Reach), c.Department
		kinds[i], tops[i] = strings.Join(c.Kinds, "|"), idList(c.Tops)
	}
	args["owners"], args["wheres"], args["reaches"], args["departments"], args["kinds"], args["tops"] = owners, wheres, reaches, departments, kinds, tops
	args["today"] = date(today)
	return args
}

// idList is an array literal of PostgreSQL.
func idList(ids []registry.UnitID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(int64(id), 10)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// FilterCases lists the cases that a rule of rights lets through.
func (s *Store) FilterCases(ctx context.Context, f desk.Filter, today registry.Day) ([]registry.CaseID, error) {
	rows, err := s.pool.Query(ctx, sql("FilterCases"), filterArgs(f, today, pgx.StrictNamedArgs{}))
	if err != nil {
		return nil, wrap("filter cases", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[registry.CaseID])
	return found, wrap("filter cases", err)
}
