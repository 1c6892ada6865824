package tiles

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Draft returns a snapshot of the registry as the open draft of a case would
// make it: the rows that the draft adds and without those it closes. It shares
// the lines of what is recorded, is not kept, and belongs to readers who may see
// the draft.
func (e *Engine) Draft(ctx context.Context, caseID int64) (*Snapshot, error) {
	base := e.Snapshot()
	if base == nil {
		base = &Snapshot{relations: &relations{}}
	}
	var got *loaded
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, e.pool, options, func(tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, sql("branch"), pgx.StrictNamedArgs{"case_id": fmt.Sprint(caseID)}); err != nil {
			return err
		}
		got, err = readSince(ctx, tx, 0, base.arcs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load the draft of case %d: %w", caseID, err)
	}
	for id, line := range base.arcs {
		got.arcs[id] = line
	}
	return newSnapshot(got, e.works.apart()), nil
}
