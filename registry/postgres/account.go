package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

var _ desk.Store = (*Store)(nil)

// Account returns an account, disabled ones too.
func (s *Store) Account(ctx context.Context, id desk.AccountID) (*desk.Account, error) {
	rows, err := s.pool.Query(ctx, sql("AccountByID"), pgx.StrictNamedArgs{"id": int64(id)})
	if err != nil {
		return nil, wrap("read account", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	return &a, wrap("read account", err)
}

func scanAccount(row pgx.CollectableRow) (a desk.Account, err error) {
	err = row.Scan(&a.ID, &a.Login, &a.Name, &a.Department, &a.Mail, &a.Phone, &a.Language, &a.CreatedAt, &a.Disabled)
	return a, err
}

// AccountByLogin returns the account of a login, disabled ones too.
func (s *Store) AccountByLogin(ctx context.Context, login string) (*desk.Account, error) {
	rows, err := s.pool.Query(ctx, sql("AccountByLogin"), pgx.StrictNamedArgs{"login": login})
	if err != nil {
		return nil, wrap("read account", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	return &a, wrap("no account "+login, err)
}

// Accounts lists accounts by login.
func (s *Store) Accounts(ctx context.Context, q desk.AccountQuery, today registry.Day) ([]desk.Account, error) {
	rows, err := s.pool.Query(ctx, sql("ListAccounts"), pgx.StrictNamedArgs{"text": q.Text, "role": q.Role, "disabled": q.Disabled,
		"after": q.After, "limit": nullInt(int64(q.Limit)), "today": date(today)})
	if err != nil {
		return nil, wrap("list accounts", err)
	}
	found, err := pgx.CollectRows(rows, scanAccount)
	return found, wrap("list accounts", err)
}

// AddAccount makes an account with a password.
func (s *Store) AddAccount(ctx context.Context, n *desk.Account, digest string, mustChange bool, a desk.Access) (id desk.AccountID, err error) {
	err = s.noted(ctx, "make account", a, func(tx pgx.Tx) (int64, error) {
		args := pgx.StrictNamedArgs{"login": n.Login, "name": n.Name, "department": n.Department, "mail": n.Mail, "phone": n.Phone,
			"language": n.Language, "now": a.At}
		if err := tx.QueryRow(ctx, sql("AddAccount"), args).Scan(&id); err != nil {
			return 0, err
		}
		_, err := tx.Exec(ctx, sql("SetPassword"), pgx.StrictNamedArgs{"account": int64(id), "password": digest, "must_change": mustChange, "now": a.At})
		return int64(id), err
	})
	return id, err
}

// SetAccount changes what is known of a person.
func (s *Store) SetAccount(ctx context.Context, n *desk.Account, a desk.Access) error {
	return s.noted(ctx, "change account", a, func(tx pgx.Tx) (int64, error) {
		_, err := tx.Exec(ctx, sql("SetAccount"), pgx.StrictNamedArgs{"id": int64(n.ID), "name": n.Name, "department": n.Department,
			"mail": n.Mail, "phone": n.Phone, "language": n.Language})
		return 0, err
	})
}

// DisableAccount disables an account, and ends its sessions and tokens; or
// enables it.
func (s *Store) DisableAccount(ctx context.Context, id desk.AccountID, disabled bool, a desk.Access) error {
	return s.noted(ctx, "disable account", a, func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, sql("DisableAccount"), pgx.StrictNamedArgs{"id": int64(id), "disabled": disabled, "now": a.At})
		if err == nil && tag.RowsAffected() == 0 {
			err = registry.NotFound("account", id)
		}
		if err != nil || !disabled {
			return 0, err
		}
		if _, err := tx.Exec(ctx, sql("EndSessions"), pgx.StrictNamedArgs{"account": int64(id), "but": int64(0), "now": a.At}); err != nil {
			return 0, err
		}
		_, err = tx.Exec(ctx, sql("RevokeTokens"), pgx.StrictNamedArgs{"account": int64(id), "now": a.At})
		return 0, err
	})
}
