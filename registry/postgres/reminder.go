package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// WatchedClocks implements desk.ReminderStore.
func (s *Store) WatchedClocks(ctx context.Context, today, until registry.Day) ([]desk.WatchedClock, error) {
	rows, err := s.pool.Query(ctx, sql("WatchedClocks"), pgx.StrictNamedArgs{"today": date(today), "until": date(until)})
	if err != nil {
		return nil, wrap("list clocks", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k desk.WatchedClock, err error) {
		var began, due pgtype.Date
		err = scanRow(row, &k.Case, &k.Clock, &began, &due, &k.Extended, &k.Statutory, &k.Path, &k.StandIns, &k.Asked, &k.Departments, &k.Reminded)
		k.Began, k.Due = fromTime(began.Time), fromTime(due.Time)
		return k, err
	})
	return found, wrap("list clocks", err)
}

// SupervisorGrants implements desk.ReminderStore.
func (s *Store) SupervisorGrants(ctx context.Context, today registry.Day) ([]desk.Held, error) {
	rows, err := s.pool.Query(ctx, sql("SupervisorGrants"), pgx.StrictNamedArgs{"today": date(today)})
	if err != nil {
		return nil, wrap("list supervisors", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g desk.Held, err error) {
		err = row.Scan(&g.ID, &g.Account, &g.Role, &g.Everywhere, &g.Tops)
		return g, err
	})
	return found, wrap("list supervisors", err)
}

// WriteReminders implements desk.ReminderStore.
func (s *Store) WriteReminders(ctx context.Context, list []desk.Reminder) (given int, err error) {
	_, err = s.write(ctx, Author{Actor: "jieming"}, func(tx pgx.Tx, _ registry.Seq) error {
		given = 0
		for i := range list {
			r := &list[i]
			done, err := tx.Exec(ctx, sql("InsertReminder"), pgx.StrictNamedArgs{"case_id": int64(r.Case), "clock": r.Clock, "began_on": date(r.Began),
				"due_on": date(r.Due), "mark": r.Mark, "level": int(r.Level), "told": distinct(r.Told), "at": r.At})
			if err != nil || done.RowsAffected() == 0 {
				if err != nil {
					return err
				}
				continue
			}
			given++
			if err := tell(ctx, tx, r.Messages); err != nil {
				return err
			}
		}
		return nil
	})
	return given, err
}

// tell writes messages that nobody caused.
func tell(ctx context.Context, tx pgx.Tx, list []desk.Message) error {
	b := &pgx.Batch{}
	for i := range list {
		queueMessage(b, &list[i], 0)
	}
	return tx.SendBatch(ctx, b).Close()
}

// RemindersOf implements desk.ReminderStore.
func (s *Store) RemindersOf(ctx context.Context, id registry.CaseID) ([]desk.Reminder, error) {
	rows, err := s.pool.Query(ctx, sql("RemindersOf"), pgx.StrictNamedArgs{"case_id": int64(id)})
	if err != nil {
		return nil, wrap("list reminders", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r desk.Reminder, err error) {
		var began, due pgtype.Date
		err = row.Scan(&r.Case, &r.Clock, &began, &due, &r.Mark, &r.Level, &r.Told, &r.At)
		r.Began, r.Due = fromTime(began.Time), fromTime(due.Time)
		return r, err
	})
	return found, wrap("list reminders", err)
}
