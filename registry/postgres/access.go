package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
)

// SealAccess seals the accesses that were written since the last time in one log
// entry, at most 10,000, and returns how many. With none there is no entry.
// Servers may call it at the same time: they pass the gate one after another,
// and what one sealed the next does not find.
func (s *Store) SealAccess(ctx context.Context) (sealed int64, err error) {
	var waits bool
	if err := s.pool.QueryRow(ctx, sql("AccessWaits")).Scan(&waits); err != nil || !waits {
		return 0, wrap("look for accesses", err)
	}
	nothing := errors.New("another server has sealed them")
	_, err = s.write(ctx, Author{Actor: "jieming"}, func(tx pgx.Tx, _ registry.Seq) error {
		tag, err := tx.Exec(ctx, sql("SealAccess"))
		if sealed = tag.RowsAffected(); err == nil && sealed == 0 {
			return nothing
		}
		return err
	})
	if errors.Is(err, nothing) {
		return 0, nil
	}
	return sealed, err
}
