package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// Identities lists what is linked to an account.
func (s *Store) Identities(ctx context.Context, id desk.AccountID) ([]desk.Identity, error) {
	rows, err := s.pool.Query(ctx, sql("ListIdentities"), pgx.StrictNamedArgs{"account": int64(id)})
	if err != nil {
		return nil, wrap("list identities", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.Identity])
	return found, wrap("list identities", err)
}

// FindIdentity returns the account of an identity; KindNotFound if it is not
// linked, or the account is disabled.
func (s *Store) FindIdentity(ctx context.Context, issuer, subject string) (id desk.AccountID, err error) {
	err = s.pool.QueryRow(ctx, sql("FindIdentity"), pgx.StrictNamedArgs{"issuer": issuer, "subject": subject}).Scan(&id)
	return id, wrap("find identity", err)
}

// AddIdentity links an identity to an account.
func (s *Store) AddIdentity(ctx context.Context, n desk.Identity, a desk.Access) (id int64, err error) {
	err = s.noted(ctx, "link identity", a, func(tx pgx.Tx) (int64, error) {
		return 0, tx.QueryRow(ctx, sql("AddIdentity"), pgx.StrictNamedArgs{"account": int64(n.Account), "issuer": n.Issuer,
			"subject": n.Subject, "now": n.LinkedAt}).Scan(&id)
	})
	return id, err
}

// RemoveIdentity takes an identity off its account.
func (s *Store) RemoveIdentity(ctx context.Context, id int64, a desk.Access) error {
	return s.noted(ctx, "unlink identity", a, func(tx pgx.Tx) (int64, error) {
		_, err := tx.Exec(ctx, sql("RemoveIdentity"), pgx.StrictNamedArgs{"id": id})
		return 0, err
	})
}
