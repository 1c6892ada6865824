package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

var _ desk.ObjectionStore = (*Store)(nil)

// DayKey implements desk.ObjectionStore.
func (s *Store) DayKey(ctx context.Context, day registry.Day, fresh []byte) (key []byte, err error) {
	for range 2 { // another server may have made it after our snapshot was taken
		err = s.pool.QueryRow(ctx, sql("DayKey"), pgx.StrictNamedArgs{"day": date(day), "fresh": fresh}).Scan(&key)
		if !errors.Is(err, pgx.ErrNoRows) {
			break
		}
	}
	return key, wrap("read the key of the day", err)
}

// CountObjection implements desk.ObjectionStore.
func (s *Store) CountObjection(ctx context.Context, hour time.Time, key []byte, limit int) (bool, error) {
	var sent int
	err := s.pool.QueryRow(ctx, sql("CountObjection"), pgx.StrictNamedArgs{"hour": hour, "key": key, "limit": limit}).Scan(&sent)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, wrap("count a comment", err)
}

// ObjectionByForm implements desk.ObjectionStore.
func (s *Store) ObjectionByForm(ctx context.Context, form [32]byte) (id desk.ObjectionID, err error) {
	err = s.pool.QueryRow(ctx, sql("ObjectionByForm"), pgx.StrictNamedArgs{"form": form[:]}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, wrap("look for a comment", err)
}

// AddObjection implements desk.ObjectionStore.
func (s *Store) AddObjection(ctx context.Context, o *desk.NewObjection) (id desk.ObjectionID, err error) {
	var lon, lat pgtype.Float8
	if o.Place != nil {
		lon, lat = pgtype.Float8{Float64: o.Place[0], Valid: true}, pgtype.Float8{Float64: o.Place[1], Valid: true}
	}
	_, err = s.write(ctx, Author{Actor: "public", Case: o.Case}, func(tx pgx.Tx, _ registry.Seq) error {
		err := tx.QueryRow(ctx, sql("InsertObjection"), pgx.StrictNamedArgs{"notice_id": int64(o.Notice), "stance": o.Stance, "body": o.Text, "lon": lon,
			"lat": lat, "language": o.Lang, "form": o.Form[:], "receipt": o.Receipt[:], "at": o.At}).Scan(&id)
		if err != nil {
			return err
		}
		if o.Sender != (desk.Sender{}) {
			if _, err := tx.Exec(ctx, sql("InsertObjectionSender"), pgx.StrictNamedArgs{"id": int64(id), "name": o.Sender.Name, "contact": o.Sender.Contact}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, sql("PutCaseText"), pgx.StrictNamedArgs{"case_id": int64(o.Case), "source": "OBJECTION", "ref": int64(id), "body": o.Text})
		return err
	})
	if registry.KindOf(err) == registry.KindConflict { // the same form, sent to another server meanwhile
		if known, again := s.ObjectionByForm(ctx, o.Form); again == nil && known != 0 {
			return known, nil
		}
	}
	return id, err
}

// ObjectionByReceipt implements desk.ObjectionStore.
func (s *Store) ObjectionByReceipt(ctx context.Context, receipt [32]byte) (*desk.Objection, error) {
	rows, err := s.pool.Query(ctx, sql("ObjectionByReceipt"), pgx.StrictNamedArgs{"receipt": receipt[:]})
	if err != nil {
		return nil, wrap("look up a receipt", err)
	}
	o, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (desk.Objection, error) { return scanObjection(row) })
	return &o, wrap("look up a receipt", err)
}

func scanObjection(row pgx.CollectableRow) (o desk.Objection, err error) {
	var lon, lat pgtype.Float8
	var done pgtype.Timestamptz
	err = row.Scan(&o.ID, &o.Notice, &o.Stance, &o.Text, &o.Same, &lon, &lat, &o.Lang, &o.At, &o.State, &o.Outcome, &o.Answer, &o.Reason,
		&o.Public, &done, &o.DoneBy, &o.Times, &o.Sender.Name, &o.Sender.Contact)
	if lon.Valid {
		o.Place = &[2]float64{lon.Float64, lat.Float64}
	}
	o.At, o.DoneAt = o.At.UTC(), done.Time
	return o, err
}

// Objections implements desk.ObjectionStore. A page is read by index; totals are
// counted without reading what was said.
func (s *Store) Objections(ctx context.Context, q desk.ObjectionQuery) (*desk.ObjectionPage, error) {
	page := &desk.ObjectionPage{}
	err := s.read(ctx, func(tx pgx.Tx) (err error) {
		args := pgx.StrictNamedArgs{"notice_id": int64(q.Notice), "ids": nil, "state": string(q.State), "stance": q.Stance, "outcome": q.Outcome,
			"text": q.Text, "public": q.Public, "all": q.All}
		if q.IDs != nil {
			args["ids"] = distinct(q.IDs)
		}
		if page.Counts, page.Total, err = countObjections(ctx, tx, args); err != nil {
			return err
		}
		args["sender"], args["after"], args["limit"] = q.Sender, int64(q.After), q.Limit+1
		rows, err := tx.Query(ctx, sql("ListObjections"), args)
		if err != nil {
			return err
		}
		page.Rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Objection, error) { return scanObjection(row) })
		if len(page.Rows) > q.Limit {
			page.Rows = page.Rows[:q.Limit]
			page.Next = page.Rows[q.Limit-1].ID
		}
		return err
	})
	return page, wrap("list comments", err)
}

// countObjections counts the comments of a notice by stance, state and outcome,
// and those that a list shows.
func countObjections(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) (counts []desk.OpinionCount, listed int, err error) {
	rows, err := tx.Query(ctx, sql("CountObjections"), args)
	if err != nil {
		return nil, 0, err
	}
	counts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c desk.OpinionCount, err error) {
		var n int
		err = row.Scan(&c.Stance, &c.State, &c.Outcome, &c.N, &c.First, &n)
		listed += n
		return c, err
	})
	return counts, listed, err
}

// ActOnObjections implements desk.ObjectionStore.
func (s *Store) ActOnObjections(ctx context.Context, w *desk.ObjectionWrite) error {
	if _, ok, err := s.RecordedCase(ctx, w.Request); ok || err != nil {
		return err
	}
	_, err := s.write(ctx, Author{Actor: w.Actor, Case: w.Case, Request: w.Request}, func(tx pgx.Tx, _ registry.Seq) error {
		for _, of := range w.Of {
			done, err := tx.Exec(ctx, sql("InsertObjectionAct"), pgx.StrictNamedArgs{"id": int64(of.ID), "case_id": int64(w.Case), "seen": string(of.State),
				"state": string(w.State), "outcome": w.Outcome, "answer": w.Answer, "reason": w.Reason, "public": w.Public,
				"account_id": int64(w.Account), "for_id": nullInt(int64(w.For)), "at": w.At})
			if err != nil {
				return err
			}
			if done.RowsAffected() == 0 {
				return &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("comment %d is not as you saw it any more; look at it and try again", of.ID)}
			}
		}
		return nil
	})
	if err != nil {
		if _, ok, again := s.RecordedCase(ctx, w.Request); again == nil && ok {
			return nil // another server has recorded the same command meanwhile
		}
	}
	return err
}

// ForgetSenders implements desk.ObjectionStore.
func (s *Store) ForgetSenders(ctx context.Context, over registry.Day) (int, error) {
	done, err := s.pool.Exec(ctx, sql("ForgetSenders"), pgx.StrictNamedArgs{"over": date(over)})
	return int(done.RowsAffected()), wrap("forget who sent comments", err)
}
