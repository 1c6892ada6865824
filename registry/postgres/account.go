package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

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
	err = row.Scan(&a.ID, &a.Login, &a.Name, &a.Department, &a.Mail, &a.Phone, &a.Language, &a.CreatedAt, &a.Disabled, &a.Training)
	return a, err
}

// Held lists the grants of an account that are in force on a day, and after
// them those of the people whose work it does on that day.
func (s *Store) Held(ctx context.Context, id desk.AccountID, on registry.Day) ([]desk.Held, error) {
	rows, err := s.pool.Query(ctx, sql("ListHeld"), pgx.StrictNamedArgs{"account": int64(id), "today": date(on)})
	if err != nil {
		return nil, wrap("read rights", err)
	}
	held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Held, error) {
		h, by := desk.Held{}, desk.Delegation{To: id}
		var until pgtype.Date
		var days pgtype.Range[pgtype.Date]
		err := row.Scan(&h.ID, &h.Account, &h.Role, &h.Unit, &h.Zone, &h.Department, &until, &h.Everywhere, &h.Tops, &by.ID, &by.Name, &days)
		h.ValidUntil = endOf(until)
		if by.ID != 0 {
			lent := fromRange(days)
			by.From, by.Since, by.Until = h.Account, lent.From, lent.To
			h.For = &by
		}
		return h, err
	})
	return held, wrap("read rights", err)
}

// endOf is the day from which something is no longer so: NoEnd for null.
func endOf(d pgtype.Date) registry.Day {
	if !d.Valid {
		return registry.NoEnd
	}
	return fromTime(d.Time)
}
