package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

var _ desk.NoticeStore = (*Store)(nil)

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

// Published implements desk.NoticeStore.
func (s *Store) Published(ctx context.Context) (*registry.Publication, error) {
	return s.Publication(ctx, time.Time{})
}
