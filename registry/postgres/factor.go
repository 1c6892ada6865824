package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// Factor returns the sealed secret of an account, nil for none.
func (s *Store) Factor(ctx context.Context, id desk.AccountID) (sealed []byte, err error) {
	err = s.pool.QueryRow(ctx, sql("FactorOf"), pgx.StrictNamedArgs{"account": int64(id)}).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return sealed, wrap("read second factor", err)
}

// SetFactor keeps a sealed secret with recovery codes, in place of any others.
func (s *Store) SetFactor(ctx context.Context, id desk.AccountID, sealed []byte, codes [][32]byte, step int64, a desk.Access) error {
	return s.noted(ctx, "set second factor", a, func(tx pgx.Tx) (int64, error) {
		if err := setFactor(ctx, tx, id, sealed, step, a); err != nil {
			return 0, err
		}
		digests := make([][]byte, len(codes))
		for i := range codes {
			digests[i] = codes[i][:]
		}
		_, err := tx.Exec(ctx, sql("AddRecovery"), pgx.StrictNamedArgs{"account": int64(id), "digests": digests})
		return 0, err
	})
}

// RemoveFactor takes the second factor off an account, with its recovery codes.
func (s *Store) RemoveFactor(ctx context.Context, id desk.AccountID, a desk.Access) error {
	return s.noted(ctx, "remove second factor", a, func(tx pgx.Tx) (int64, error) {
		return 0, setFactor(ctx, tx, id, nil, 0, a)
	})
}

func setFactor(ctx context.Context, tx pgx.Tx, id desk.AccountID, sealed []byte, step int64, a desk.Access) error {
	if _, err := tx.Exec(ctx, sql("SetFactor"), pgx.StrictNamedArgs{"account": int64(id), "factor": sealed, "step": step, "now": a.At}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sql("DropRecovery"), pgx.StrictNamedArgs{"account": int64(id)})
	return err
}

// TakeStep notes the time step of a code, and is false if it or a later one was
// taken before.
func (s *Store) TakeStep(ctx context.Context, id desk.AccountID, step int64) (bool, error) {
	tag, err := s.pool.Exec(ctx, sql("TakeStep"), pgx.StrictNamedArgs{"account": int64(id), "step": step})
	return tag.RowsAffected() == 1, wrap("take code", err)
}

// UseRecovery uses up a recovery code, and is false if there is none such.
func (s *Store) UseRecovery(ctx context.Context, id desk.AccountID, digest [32]byte, a desk.Access) (bool, error) {
	none := errors.New("no such code")
	err := s.noted(ctx, "use recovery code", a, func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, sql("UseRecovery"), pgx.StrictNamedArgs{"account": int64(id), "digest": digest[:], "now": a.At})
		if err == nil && tag.RowsAffected() == 0 {
			err = none
		}
		return 0, err
	})
	if errors.Is(err, none) {
		return false, nil
	}
	return err == nil, err
}

// RecoveryLeft counts the recovery codes that were not used.
func (s *Store) RecoveryLeft(ctx context.Context, id desk.AccountID) (n int, err error) {
	err = s.pool.QueryRow(ctx, sql("RecoveryLeft"), pgx.StrictNamedArgs{"account": int64(id)}).Scan(&n)
	return n, wrap("count recovery codes", err)
}
