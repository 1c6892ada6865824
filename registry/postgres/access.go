package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jieming/registry"
	"jieming/registry/desk"
)

// AddAccess writes down one thing that happened to rights or was done by them.
func (s *Store) AddAccess(ctx context.Context, a desk.Access) error {
	return wrap("write down access", addAccess(ctx, s.pool, a))
}

type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func addAccess(ctx context.Context, to executor, a desk.Access) error {
	detail := []byte("{}")
	if a.Detail != nil {
		var err error
		if detail, err = json.Marshal(a.Detail); err != nil {
			return err
		}
	}
	_, err := to.Exec(ctx, sql("AddAccess"), pgx.StrictNamedArgs{"at": a.At, "account": nullInt(int64(a.Account)), "address": a.Network,
		"kind": a.Kind, "object_kind": a.ObjectKind, "object_id": nullInt(a.ObjectID), "detail": detail})
	return err
}

// noted runs f in a transaction that also writes down what it does. The id that
// f returns, if any, is that of the thing it was done on.
func (s *Store) noted(ctx context.Context, doing string, a desk.Access, f func(pgx.Tx) (int64, error)) error {
	return wrap(doing, pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		id, err := f(tx)
		if err != nil {
			return err
		}
		a.ObjectID = cmp.Or(id, a.ObjectID)
		return addAccess(ctx, tx, a)
	}))
}

// recorded is noted in a log entry.
func (s *Store) recorded(ctx context.Context, who *desk.Principal, a desk.Access, f func(pgx.Tx) (int64, error)) (id int64, err error) {
	_, err = s.write(ctx, Author{Actor: who.Actor()}, func(tx pgx.Tx, _ registry.Seq) error {
		if id, err = f(tx); err != nil {
			return err
		}
		a.ObjectID = cmp.Or(id, a.ObjectID)
		return addAccess(ctx, tx, a)
	})
	return id, err
}

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
