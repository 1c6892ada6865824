package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// Delegations lists those from and to an account, the latest first.
func (s *Store) Delegations(ctx context.Context, id desk.AccountID) ([]desk.DelegationRecord, error) {
	rows, err := s.pool.Query(ctx, sql("ListDelegations"), pgx.StrictNamedArgs{"account": int64(id)})
	if err != nil {
		return nil, wrap("list delegations", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n desk.DelegationRecord, err error) {
		var days pgtype.Range[pgtype.Date]
		err = row.Scan(&n.ID, &n.From, &n.Name, &n.To, &n.ToName, &days, &n.Reason, &n.Ended)
		p := fromRange(days)
		n.Since, n.Until = p.From, p.To
		return n, err
	})
	return found, wrap("list delegations", err)
}

// AddDelegation lets a person do another's work.
func (s *Store) AddDelegation(ctx context.Context, who *desk.Principal, n desk.Delegation, reason string, a desk.Access) (int64, error) {
	return s.recorded(ctx, who, a, func(tx pgx.Tx) (id int64, err error) {
		err = tx.QueryRow(ctx, sql("AddDelegation"), pgx.StrictNamedArgs{"from": int64(n.From), "to": int64(n.To),
			"days": period(registry.Period{From: n.Since, To: n.Until}), "reason": reason, "by": int64(who.Account)}).Scan(&id)
		return id, err
	})
}

// EndDelegation ends a delegation before its time.
func (s *Store) EndDelegation(ctx context.Context, who *desk.Principal, id int64, a desk.Access) error {
	_, err := s.recorded(ctx, who, a, func(tx pgx.Tx) (int64, error) {
		_, err := tx.Exec(ctx, sql("EndDelegation"), pgx.StrictNamedArgs{"id": id, "by": int64(who.Account)})
		return 0, err
	})
	return err
}
