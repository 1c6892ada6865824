package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// CalendarDays implements desk.CalendarStore.
func (s *Store) CalendarDays(ctx context.Context) ([]desk.CalendarDay, error) {
	rows, err := s.pool.Query(ctx, sql("ListCalendarDays"))
	if err != nil {
		return nil, wrap("read calendar", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c desk.CalendarDay, err error) {
		var day pgtype.Date
		err = row.Scan(&day, &c.Working, &c.Note, &c.Source)
		c.Day = fromTime(day.Time)
		return c, err
	})
	return found, wrap("read calendar", err)
}

// AddCalendarDays implements desk.CalendarStore.
func (s *Store) AddCalendarDays(ctx context.Context, actor string, by desk.AccountID, days []desk.CalendarDay) error {
	_, err := s.write(ctx, Author{Actor: actor}, func(tx pgx.Tx, _ registry.Seq) error {
		b := &pgx.Batch{}
		for _, c := range days {
			b.Queue(sql("InsertCalendarDay"), pgx.StrictNamedArgs{"day": date(c.Day), "working": c.Working, "note": c.Note, "source": c.Source, "set_by": nullInt(int64(by))})
		}
		return tx.SendBatch(ctx, b).Close()
	})
	return err
}

// RunningClocks implements desk.ClockStore.
func (s *Store) RunningClocks(ctx context.Context, f desk.Filter, today registry.Day) ([]desk.CaseClock, error) {
	args := wideArgs(f, today)
	rows, err := s.pool.Query(ctx, sql("RunningClocks"), args)
	if err != nil {
		return nil, wrap("list clocks", err)
	}
	found, err := pgx.CollectRows(rows, scanCaseClock)
	return found, wrap("list clocks", err)
}

func scanCaseClock(row pgx.CollectableRow) (k desk.CaseClock, err error) {
	var began, due pgtype.Date
	err = scanRow(row, &k.Case, &k.Clock, &began, &due, &k.Extended, &k.Statutory)
	k.Began, k.Due = fromTime(began.Time), fromTime(due.Time)
	return k, err
}

// scanRow reads a case in a list, and what stands after it.
func scanRow(row pgx.CollectableRow, r *desk.Row, more ...any) error {
	var unit, holder, opener pgtype.Int8
	var unitName, holderName, openerName pgtype.Text
	var due pgtype.Date
	into := []any{&r.ID, &r.Version, &r.Kind, &r.Number, &r.Title, &r.State, &r.Phase, &unit, &unitName, &holder, &holderName, &opener, &openerName,
		&r.Urgent, &r.OpenedAt, &r.TouchedAt, &r.StateSince, &due}
	err := row.Scan(append(into, more...)...)
	r.Unit, r.UnitName = registry.UnitID(unit.Int64), unitName.String
	r.Holder, r.HolderName, r.Opener, r.OpenerName = desk.AccountID(holder.Int64), holderName.String, desk.AccountID(opener.Int64), openerName.String
	r.Due = endOf(due)
	return err
}
