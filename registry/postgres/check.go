package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Problem is one thing that Check found wrong.
type Problem struct {
	Check   string // what was checked
	Subject string // which row, face, day …
	Detail  string // what is wrong with it
}

// checks are the invariants, in the order in which a person would ask.
var checks = []struct{ statement, says string }{
	{"CheckLogOrder", "log entries follow each other in number and time"},
	{"CheckLogChain", "the digests of the log chain"},
	{"CheckLeaves", "every row is as the log recorded it"},
	{"CheckTree", "the tree stands on the log"},
	{"CheckPaper", "no change without paper"},
	{"CheckClosed", "every face closes on every day"},
	{"CheckCrossing", "no two borders cross"},
	{"CheckTenure", "every face is held exactly while it is bounded"},
	{"CheckExistence", "whoever is named exists on that day"},
	{"CheckRank", "a superior is of a higher level"},
	{"CheckSides", "no two faces overlap"},
	{"CheckTiling", "children tile their parents on every day of change"},
	{"CheckExtents", "derived extents name their arcs"},
	{"CheckAreas", "stored polygons equal their arcs"},
	{"CheckCodes", "no code is borne twice on a day"},
	{"CheckNames", "every name is noted for search"},
	{"CheckFiles", "the bytes of every file are those of its digest"},
	{"CheckNumbers", "numbers of documents follow each other without a gap"},
	{"CheckDrafts", "drafts stand on entries that exist"},
}

// Check proves the invariants over the whole store, in one snapshot, and
// returns what is wrong, at most 100 findings per check. after, if not nil, is
// told each check as it ends. It reads every row, so that a row altered behind
// the registry's back is named.
func (s *Store) Check(ctx context.Context, after func(says string, problems int)) ([]Problem, error) {
	var all []Problem
	err := s.read(ctx, func(tx pgx.Tx) error {
		for _, c := range checks {
			rows, err := tx.Query(ctx, sql(c.statement))
			if err != nil {
				return fmt.Errorf("%s: %w", c.says, err)
			}
			found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Problem, error) {
				p := Problem{Check: c.says}
				return p, row.Scan(&p.Subject, &p.Detail)
			})
			if err != nil {
				return fmt.Errorf("%s: %w", c.says, err)
			}
			if after != nil {
				after(c.says, len(found))
			}
			all = append(all, found...)
		}
		found, err := checkFolds(ctx, tx)
		if err != nil {
			return fmt.Errorf("%s: %w", saysFolded, err)
		}
		if after != nil {
			after(saysFolded, len(found))
		}
		all = append(all, found...)
		return nil
	})
	return all, err
}
