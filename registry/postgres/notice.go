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

var (
	_ desk.NoticeStore    = (*Store)(nil)
	_ desk.ObjectionStore = (*Store)(nil)
)

// NewNotice implements desk.NoticeStore.
func (s *Store) NewNotice(ctx context.Context) (id desk.NoticeID, err error) {
	err = s.pool.QueryRow(ctx, sql("NewNotice")).Scan(&id)
	return id, wrap("draw the number of a notice", err)
}

// Notice implements desk.NoticeStore.
func (s *Store) Notice(ctx context.Context, id desk.NoticeID, today registry.Day) (*desk.Notice, error) {
	all, err := s.noticeVersions(ctx, id, today, false)
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// NoticeVersions implements desk.NoticeStore.
func (s *Store) NoticeVersions(ctx context.Context, id desk.NoticeID, today registry.Day) ([]desk.Notice, error) {
	return s.noticeVersions(ctx, id, today, true)
}

func (s *Store) noticeVersions(ctx context.Context, id desk.NoticeID, today registry.Day, all bool) ([]desk.Notice, error) {
	rows, err := s.pool.Query(ctx, sql("NoticeVersions"), pgx.StrictNamedArgs{"id": int64(id), "today": date(today), "all": all})
	if err != nil {
		return nil, wrap("read a notice", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Notice, error) { return scanNotice(row) })
	if err == nil && len(found) == 0 {
		return nil, registry.NotFound("notice", id)
	}
	return found, wrap("read a notice", err)
}

// scanNotice reads a notice, and what stands behind it in the row.
func scanNotice(row pgx.CollectableRow, more ...any) (n desk.Notice, err error) {
	var unit, asOf pgtype.Int8
	var unitName pgtype.Text
	var opens, closes, mapDay pgtype.Date
	var published pgtype.Timestamptz
	err = row.Scan(append([]any{&n.ID, &n.Case, &n.Version, &n.State, &n.Kind, &n.Title, &n.Text, &unit, &opens, &closes, &n.Contact, &n.Number, &n.Map,
		&n.Announces, &n.Papers, &n.Reason, &published, &asOf, &mapDay, &n.Account, &n.At, &n.CaseNumber, &n.CaseTitle, &unitName, &n.Author,
		&n.Comments, &n.Unanswered}, more...)...)
	n.Unit, n.UnitName, n.AsOf = registry.UnitID(unit.Int64), unitName.String, registry.Seq(asOf.Int64)
	n.Opens, n.Closes, n.MapDay = startOf(opens), startOf(closes), startOf(mapDay)
	n.At, n.PublishedAt = n.At.UTC(), published.Time.UTC()
	if !published.Valid {
		n.PublishedAt = time.Time{}
	}
	return n, err
}

// startOf is a day, or NoStart for none.
func startOf(d pgtype.Date) registry.Day {
	if !d.Valid {
		return registry.NoStart
	}
	return fromTime(d.Time)
}

// Notices implements desk.NoticeStore.
func (s *Store) Notices(ctx context.Context, q desk.NoticeQuery) (*desk.NoticePage, error) {
	args := filterArgs(q.Filter, q.Today)
	var states []string
	for _, state := range q.States {
		states = append(states, string(state))
	}
	args["public"], args["states"], args["kind"], args["case"], args["unit"] = q.Public, states, string(q.Kind), int64(q.Case), int64(q.Unit)
	args["when"], args["since"], args["before"], args["limit"] = q.When, date(q.Since), int64(q.Before), q.Limit+1
	rows, err := s.pool.Query(ctx, sql("ListNotices"), args)
	if err != nil {
		return nil, wrap("list notices", err)
	}
	page := &desk.NoticePage{}
	page.Rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Notice, error) { return scanNotice(row, &page.Total) })
	if len(page.Rows) > q.Limit {
		page.Rows = page.Rows[:q.Limit]
		page.Next = page.Rows[q.Limit-1].ID
	}
	return page, wrap("list notices", err)
}

// insertNotice writes a version of a notice beside the event of its case.
func insertNotice(ctx context.Context, tx pgx.Tx, c *desk.Case, v *desk.NoticeVersion) error {
	b := &pgx.Batch{}
	if v.Version == 1 {
		b.Queue(sql("InsertNotice"), pgx.StrictNamedArgs{"id": int64(v.ID), "case_id": int64(v.Case)})
	}
	known := func(d registry.Day) pgtype.Date { return nullDate(d, d != registry.NoStart) }
	mapDay := pgtype.Date{}
	if v.AsOf != 0 {
		mapDay = date(v.MapDay)
	}
	papers := v.Papers
	if papers == nil {
		papers = []int64{}
	}
	b.Queue(sql("InsertNoticeVersion"), pgx.StrictNamedArgs{"notice_id": int64(v.ID), "ord": v.Version, "state": string(v.State), "kind": string(v.Kind),
		"title": v.Title, "body": v.Text, "unit_id": nullInt(int64(v.Unit)), "opens_on": known(v.Opens), "closes_on": known(v.Closes), "contact": v.Contact,
		"number": v.Number, "map": string(v.Map), "announces": v.Announces, "papers": papers, "reason": v.Reason,
		"published_at": pgtype.Timestamptz{Time: v.PublishedAt, Valid: !v.PublishedAt.IsZero()}, "as_of": nullInt(int64(v.AsOf)), "map_day": mapDay,
		"account_id": int64(v.Account), "at": v.At, "case_ord": c.Version})
	for _, shape := range v.Shapes {
		b.Queue(sql("InsertNoticeShape"), pgx.StrictNamedArgs{"notice_id": int64(v.ID), "unit_id": int64(shape.Unit), "name": shape.Name,
			"group_id": int64(shape.Group), "wkb": shape.WKB})
	}
	b.Queue(sql("PutCaseText"), pgx.StrictNamedArgs{"case_id": int64(v.Case), "source": "NOTICE", "ref": int64(v.ID), "body": v.Title + "\n" + v.Number + "\n" + v.Text})
	return tx.SendBatch(ctx, b).Close()
}

// NoticeShapes implements desk.NoticeStore.
func (s *Store) NoticeShapes(ctx context.Context, id desk.NoticeID) ([]desk.NoticeShape, error) {
	rows, err := s.pool.Query(ctx, sql("NoticeShapes"), pgx.StrictNamedArgs{"notice_id": int64(id)})
	if err != nil {
		return nil, wrap("read the map of a notice", err)
	}
	shapes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.NoticeShape])
	return shapes, wrap("read the map of a notice", err)
}

// DraftShapes implements desk.NoticeStore. What the draft changes is found by
// comparing the units under it with those of now without it, so that other work
// that is not published yet does not show.
func (s *Store) DraftShapes(ctx context.Context, id registry.CaseID, day registry.Day, decimals int) (shapes []desk.NoticeShape, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		before, err := shapeKeys(ctx, tx, day)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql("LookAtBranch"), pgx.StrictNamedArgs{"case_id": fmt.Sprint(id)}); err != nil {
			return err
		}
		after, err := shapeKeys(ctx, tx, day)
		if err != nil {
			return err
		}
		var changed []int64
		for unit, key := range after {
			if before[unit] != key {
				changed = append(changed, unit)
			}
		}
		for unit := range before {
			if _, there := after[unit]; !there {
				changed = append(changed, unit)
			}
		}
		if len(changed) == 0 {
			return nil
		}
		if err := refuseSecret(ctx, tx, day, changed); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql("DraftShapes"), pgx.StrictNamedArgs{"day": date(day), "units": changed, "decimals": decimals})
		if err != nil {
			return err
		}
		shapes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[desk.NoticeShape])
		return err
	})
	return shapes, err
}

// shapeKeys tells by what counties look alike on a map: area, name, and group.
func shapeKeys(ctx context.Context, tx pgx.Tx, day registry.Day) (map[int64]string, error) {
	rows, err := tx.Query(ctx, sql("ShapeKeys"), pgx.StrictNamedArgs{"day": date(day)})
	if err != nil {
		return nil, err
	}
	keys := map[int64]string{}
	var unit int64
	var key string
	_, err = pgx.ForEachRow(rows, []any{&unit, &key}, func() error { keys[unit] = key; return nil })
	return keys, err
}

// refuseSecret refuses areas with a border that is not public.
func refuseSecret(ctx context.Context, tx pgx.Tx, day registry.Day, units []int64) error {
	var secret int
	if err := tx.QueryRow(ctx, sql("SecretBorders"), pgx.StrictNamedArgs{"day": date(day), "units": units}).Scan(&secret); err != nil {
		return err
	}
	if secret > 0 {
		return desk.Refuse("map", "notice.secret", fmt.Sprintf("%d borders of the proposal are above public secrecy", secret), "n", secret)
	}
	return nil
}

// Published implements desk.NoticeStore.
func (s *Store) Published(ctx context.Context) (*registry.Publication, error) {
	return s.Publication(ctx, time.Time{})
}

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

func scanObjection(row pgx.CollectableRow, more ...any) (o desk.Objection, err error) {
	var lon, lat pgtype.Float8
	var done pgtype.Timestamptz
	err = row.Scan(append([]any{&o.ID, &o.Notice, &o.Stance, &o.Text, &o.Same, &lon, &lat, &o.Lang, &o.At, &o.State, &o.Outcome, &o.Answer, &o.Reason,
		&o.Public, &done, &o.DoneBy, &o.Times, &o.Sender.Name, &o.Sender.Contact}, more...)...)
	if lon.Valid {
		o.Place = &[2]float64{lon.Float64, lat.Float64}
	}
	o.At, o.DoneAt = o.At.UTC(), done.Time
	return o, err
}

// Objections implements desk.ObjectionStore.
func (s *Store) Objections(ctx context.Context, q desk.ObjectionQuery) (*desk.ObjectionPage, error) {
	page := &desk.ObjectionPage{}
	err := s.read(ctx, func(tx pgx.Tx) error {
		var ids []int64
		if q.IDs != nil {
			ids = distinct(q.IDs)
		}
		rows, err := tx.Query(ctx, sql("ListObjections"), pgx.StrictNamedArgs{"notice_id": int64(q.Notice), "ids": ids, "state": string(q.State),
			"stance": q.Stance, "outcome": q.Outcome, "text": q.Text, "public": q.Public, "all": q.All, "sender": q.Sender,
			"after": int64(q.After), "limit": q.Limit + 1})
		if err != nil {
			return err
		}
		page.Rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Objection, error) { return scanObjection(row, &page.Total) })
		if err != nil {
			return err
		}
		if len(page.Rows) > q.Limit {
			page.Rows = page.Rows[:q.Limit]
			page.Next = page.Rows[q.Limit-1].ID
		}
		if rows, err = tx.Query(ctx, sql("CountObjections"), pgx.StrictNamedArgs{"notice_id": int64(q.Notice)}); err != nil {
			return err
		}
		page.Counts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[desk.OpinionCount])
		return err
	})
	return page, wrap("list comments", err)
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
