package postgres

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
)

// crowd writes many comments on a notice, every tenth of them answered and every
// twentieth released, past the limits that would take them days.
func (k *noticeOffice) crowd(t *testing.T, n *desk.Notice, many int) {
	t.Helper()
	_, err := k.store.write(t.Context(), Author{Actor: "public"}, func(tx pgx.Tx, _ registry.Seq) error {
		_, err := tx.Exec(t.Context(), `
WITH said AS (
  INSERT INTO desk.objection (notice_id, stance, body, digest, language, form, receipt, at)
  SELECT $1, (ARRAY['SUPPORT', 'OPPOSE', 'SUGGEST'])[1 + i % 3], '意见 ' || i, sha256(('d' || i)::bytea), 'zh', sha256(('f' || i)::bytea), sha256(('r' || i)::bytea),
         $3::timestamptz + i * interval '1 second'
  FROM generate_series(1, $2::int) i RETURNING id)
INSERT INTO desk.objection_act (objection_id, ord, state, outcome, answer, public, account_id, at)
SELECT id, 1, 'ANSWERED', 'NOTED', '已知悉。', id % 20 = 0, $4, $3::timestamptz + interval '1 day' FROM said WHERE id % 10 = 0`,
			int64(n.ID), many, k.now, int64(k.as[desk.DivisionEditor].Account))
		return err
	})
	check(t, err)
}

// Ten thousand people comment on one notice. Its pages go on reading a page at a
// time, and no table from end to end.
func TestObjections_of_a_crowd(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	k.crowd(t, n, 10_000)
	_, other := k.consult(t)
	_, err := pgtest.Pool(t, k.owner).Exec(ctx, "ANALYZE")
	check(t, err)
	start := time.Now()
	seen, last := 0, desk.ObjectionID(0)
	for after := desk.ObjectionID(0); ; {
		page, _, _, err := k.Objections(ctx, k.as[desk.DivisionEditor], desk.ObjectionQuery{Notice: n.ID, After: after, Limit: 1000})
		check(t, err)
		for _, o := range page.Rows {
			if o.ID <= last {
				t.Fatalf("comment %d after %d", o.ID, last)
			}
			last = o.ID
		}
		if seen += len(page.Rows); page.Total != 10_000 {
			t.Fatalf("page of %d", page.Total)
		}
		if after = page.Next; after == 0 {
			break
		}
	}
	t.Logf("pages of all: %v", time.Since(start))
	if seen != 10_000 {
		t.Errorf("%d comments on all pages", seen)
	}
	for name, ask := range map[string]func() error{
		"notice": func() error { _, err := k.PublicNotice(ctx, n.ID); return err },
		"list":   func() error { _, err := k.PublicNotices(ctx, desk.NoticeQuery{When: "current"}); return err },
		"public": func() error { _, err := k.PublicObjections(ctx, n, 0); return err },
		"desk": func() error {
			_, _, _, err := k.Objections(ctx, k.as[desk.DivisionEditor], desk.ObjectionQuery{Notice: n.ID})
			return err
		},
	} {
		start := time.Now()
		for range 5 {
			check(t, ask())
		}
		t.Logf("%s: %v", name, time.Since(start)/5)
	}
	public, err := k.PublicObjections(ctx, n, 0)
	check(t, err)
	if len(public.Rows) != 50 || public.Total != 500 || public.Next == 0 {
		t.Errorf("the public reads %d of %d", len(public.Rows), public.Total)
	}
	n, err = k.PublicNotice(ctx, n.ID)
	check(t, err)
	if n.Comments != 10_000 || n.Answered() != 1000 {
		t.Errorf("%d of %d answered", n.Answered(), n.Comments)
	}
	if n, err = k.PublicNotice(ctx, other.ID); err != nil || n.Comments != 0 {
		t.Errorf("another notice has %d comments, %v", n.Comments, err)
	}
}

// What a page of a notice asks reads no table of comments from end to end.
func TestPlans_ofNotices(t *testing.T) {
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	k.crowd(t, n, 10_000)
	_, other := k.consult(t)
	k.crowdOthers(t, other)
	id := int64(other.ID)
	list := func(public bool) pgx.StrictNamedArgs {
		return pgx.StrictNamedArgs{"notice_id": id, "ids": nil, "state": "", "stance": "", "outcome": "", "text": "", "public": public, "all": false,
			"sender": !public, "after": int64(0), "limit": 51}
	}
	for _, c := range []struct {
		name string
		args pgx.StrictNamedArgs
	}{
		{"ListObjections", list(true)},
		{"ListObjections", list(false)},
		{"CountObjections", pgx.StrictNamedArgs{"notice_id": id}},
		{"NoticeVersions", pgx.StrictNamedArgs{"id": id, "today": date(registry.DayOf(k.now)), "all": false}},
		{"ObjectionByReceipt", pgx.StrictNamedArgs{"receipt": make([]byte, 32)}},
		{"ObjectionByForm", pgx.StrictNamedArgs{"form": make([]byte, 32)}},
	} {
		for _, table := range explain(t, k.store, sql(c.name), c.args).scanned() {
			if slices.Contains([]string{"objection", "objection_act"}, table) {
				t.Errorf("%s reads all of %s", c.name, table)
			}
		}
	}
}

// crowdOthers tells the planner of what there is, as in a registry that runs.
func (k *noticeOffice) crowdOthers(t *testing.T, n *desk.Notice) {
	t.Helper()
	for _, text := range []string{"保留旧名", "同意"} {
		_, err := k.send(t, n.ID, "203.0.113.7", text)
		check(t, err)
	}
	_, err := pgtest.Pool(t, k.owner).Exec(t.Context(), "ANALYZE")
	check(t, err)
}

// Who commented is forgotten some time after the notice is over; what was said,
// its answer and its receipt stay.
func TestForget_senders(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	c, early := k.consult(t)
	receipt, err := k.send(t, n.ID, "203.0.113.7", "保留旧名")
	check(t, err)
	_, err = k.send(t, early.ID, "203.0.113.7", "同意")
	check(t, err)
	senders := func() (found int) {
		check(t, k.store.pool.QueryRow(ctx, "SELECT count(*) FROM desk.objection_sender").Scan(&found))
		return found
	}
	_, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.EndNotice{Notice: early.ID, Seen: early.Version, Reason: "意见已经收齐"})
	check(t, err)
	ended := k.now
	for _, step := range []struct {
		at   time.Time
		left int
	}{
		{ended.AddDate(0, 0, 180), 2},
		{ended.AddDate(0, 0, 181), 1}, // of the one that was ended early
		{time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC).AddDate(0, 0, 180), 1},
		{time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC).AddDate(0, 0, 181), 0},
	} {
		k.now = step.at
		_, err := k.Forget(ctx)
		check(t, err)
		if got := senders(); got != step.left {
			t.Errorf("on %s %d senders are known, want %d", step.at.Format(time.DateOnly), got, step.left)
		}
	}
	if o, _, err := k.ObjectionOf(ctx, receipt); err != nil || o.Text != "保留旧名" {
		t.Errorf("under the receipt is %+v, %v", o, err)
	}
	problems, err := k.store.Check(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Error(p)
	}
}
