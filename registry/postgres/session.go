package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry/desk"
)

// PasswordOf returns the account of a login, with the digest of its password;
// no account and "" for unknown and disabled ones.
func (s *Store) PasswordOf(ctx context.Context, login string) (id desk.AccountID, digest string, err error) {
	err = s.pool.QueryRow(ctx, sql("PasswordOf"), pgx.StrictNamedArgs{"login": login}).Scan(&id, &digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	return id, digest, wrap("look up login", err)
}

// PasswordFor returns the digest of the password of an account, "" for none.
func (s *Store) PasswordFor(ctx context.Context, account desk.AccountID) (digest string, err error) {
	err = s.pool.QueryRow(ctx, sql("PasswordFor"), pgx.StrictNamedArgs{"account": int64(account)}).Scan(&digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return digest, wrap("look up password", err)
}

// SetPassword keeps the digest of a password, and ends all sessions but one.
func (s *Store) SetPassword(ctx context.Context, account desk.AccountID, digest string, mustChange bool, but int64, a desk.Access) error {
	return s.noted(ctx, "set password", a, func(tx pgx.Tx) (int64, error) {
		args := pgx.StrictNamedArgs{"account": int64(account), "password": digest, "must_change": mustChange, "now": a.At}
		if _, err := tx.Exec(ctx, sql("SetPassword"), args); err != nil {
			return 0, err
		}
		_, err := tx.Exec(ctx, sql("EndSessions"), pgx.StrictNamedArgs{"account": int64(account), "but": but, "now": a.At})
		return 0, err
	})
}

// Proof says what an account signs in with.
func (s *Store) Proof(ctx context.Context, account desk.AccountID) (p desk.Proof, err error) {
	var changed, factor pgtype.Timestamptz
	err = s.pool.QueryRow(ctx, sql("ProofOf"), pgx.StrictNamedArgs{"account": int64(account)}).
		Scan(&p.HasPassword, &changed, &p.MustChange, &p.HasFactor, &factor)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, nil
	}
	p.ChangedAt, p.FactorAt = changed.Time, factor.Time
	return p, wrap("read proof", err)
}

// AddSession keeps a session under the digest of its secret.
func (s *Store) AddSession(ctx context.Context, n desk.Session, digest [32]byte) (id int64, err error) {
	err = s.pool.QueryRow(ctx, sql("AddSession"), pgx.StrictNamedArgs{"account": int64(n.Account), "digest": digest[:], "strong": n.Strong,
		"now": n.MadeAt, "address": n.Network, "agent": n.Agent}).Scan(&id)
	return id, wrap("begin session", err)
}

// FindSession finds a session that has not ended, of an account that is not
// disabled: one made after oldest and seen after idle.
func (s *Store) FindSession(ctx context.Context, digest [32]byte, oldest, idle time.Time) (*desk.Session, error) {
	rows, err := s.pool.Query(ctx, sql("FindSession"), pgx.StrictNamedArgs{"digest": digest[:], "oldest": oldest, "idle": idle})
	if err != nil {
		return nil, wrap("find session", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scanSession)
	return &found, wrap("find session", err)
}

func scanSession(row pgx.CollectableRow) (n desk.Session, err error) {
	err = row.Scan(&n.ID, &n.Account, &n.Strong, &n.MadeAt, &n.SeenAt, &n.Network, &n.Agent)
	return n, err
}

// TouchSession notes that a session is used.
func (s *Store) TouchSession(ctx context.Context, id int64, now time.Time) error {
	_, err := s.pool.Exec(ctx, sql("TouchSession"), pgx.StrictNamedArgs{"id": id, "now": now})
	return wrap("touch session", err)
}

// RenewSession gives a session another secret.
func (s *Store) RenewSession(ctx context.Context, id int64, digest [32]byte, strong bool) error {
	_, err := s.pool.Exec(ctx, sql("RenewSession"), pgx.StrictNamedArgs{"id": id, "digest": digest[:], "strong": strong})
	return wrap("renew session", err)
}

// EndSession ends a session.
func (s *Store) EndSession(ctx context.Context, id int64, now time.Time) error {
	_, err := s.pool.Exec(ctx, sql("EndSession"), pgx.StrictNamedArgs{"id": id, "now": now})
	return wrap("end session", err)
}

// EndSessions ends all sessions of an account but one.
func (s *Store) EndSessions(ctx context.Context, account desk.AccountID, but int64, now time.Time) error {
	_, err := s.pool.Exec(ctx, sql("EndSessions"), pgx.StrictNamedArgs{"account": int64(account), "but": but, "now": now})
	return wrap("end sessions", err)
}

// Sessions lists the sessions of an account that have not ended, the last seen
// first.
func (s *Store) Sessions(ctx context.Context, account desk.AccountID, oldest, idle time.Time) ([]desk.Session, error) {
	rows, err := s.pool.Query(ctx, sql("ListSessions"), pgx.StrictNamedArgs{"account": int64(account), "oldest": oldest, "idle": idle})
	if err != nil {
		return nil, wrap("list sessions", err)
	}
	found, err := pgx.CollectRows(rows, scanSession)
	return found, wrap("list sessions", err)
}
