package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry/desk"
)

// Tokens lists the tokens of an account, the latest first.
func (s *Store) Tokens(ctx context.Context, id desk.AccountID) ([]desk.Token, error) {
	rows, err := s.pool.Query(ctx, sql("ListTokens"), pgx.StrictNamedArgs{"account": int64(id)})
	if err != nil {
		return nil, wrap("list tokens", err)
	}
	found, err := pgx.CollectRows(rows, scanToken)
	return found, wrap("list tokens", err)
}

func scanToken(row pgx.CollectableRow) (t desk.Token, err error) {
	var used, revoked pgtype.Timestamptz
	err = row.Scan(&t.ID, &t.Account, &t.Name, &t.Scopes, &t.MadeAt, &t.ExpiresAt, &used, &revoked)
	t.UsedAt, t.RevokedAt = used.Time, revoked.Time
	return t, err
}

// AddToken keeps a token under its digest.
func (s *Store) AddToken(ctx context.Context, n desk.Token, digest [32]byte, a desk.Access) (id int64, err error) {
	err = s.noted(ctx, "make token", a, func(tx pgx.Tx) (int64, error) {
		err := tx.QueryRow(ctx, sql("AddToken"), pgx.StrictNamedArgs{"account": int64(n.Account), "name": n.Name, "digest": digest[:],
			"scopes": n.Scopes, "now": n.MadeAt, "expires": n.ExpiresAt}).Scan(&id)
		return id, err
	})
	return id, err
}

// FindToken finds a token in force, of an account that is not disabled.
func (s *Store) FindToken(ctx context.Context, digest [32]byte, now time.Time) (*desk.Token, error) {
	rows, err := s.pool.Query(ctx, sql("FindToken"), pgx.StrictNamedArgs{"digest": digest[:], "now": now})
	if err != nil {
		return nil, wrap("find token", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanToken)
	return &t, wrap("find token", err)
}

// TouchToken notes that a token is used.
func (s *Store) TouchToken(ctx context.Context, id int64, now time.Time) error {
	_, err := s.pool.Exec(ctx, sql("TouchToken"), pgx.StrictNamedArgs{"id": id, "now": now})
	return wrap("touch token", err)
}

// RevokeToken takes a token back.
func (s *Store) RevokeToken(ctx context.Context, id int64, a desk.Access) error {
	return s.noted(ctx, "revoke token", a, func(tx pgx.Tx) (int64, error) {
		_, err := tx.Exec(ctx, sql("RevokeToken"), pgx.StrictNamedArgs{"id": id, "now": a.At})
		return 0, err
	})
}
