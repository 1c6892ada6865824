package postgres

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

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
	count := func(public bool) pgx.StrictNamedArgs {
		return pgx.StrictNamedArgs{"notice_id": id, "ids": nil, "state": "", "stance": "", "outcome": "", "text": "", "public": public, "all": false}
	}
	list := func(public bool) pgx.StrictNamedArgs {
		args := count(public)
		args["sender"], args["after"], args["limit"] = !public, int64(0), 51
		return args
	}
	for _, c := range []struct {
		name string
		args pgx.StrictNamedArgs
	}{
		{"ListObjections", list(true)},
		{"ListObjections", list(false)},
		{"CountObjections", count(true)},
		{"CountObjections", count(false)},
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

// Whatever a list is narrowed to, its total is the number of its rows, page by
// page or at once; the counts of the notice are those of all its comments.
func TestObjections_count_what_they_list(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	k.crowd(t, n, 297)
	for range 3 {
		_, err := k.send(t, n.ID, "203.0.113.7", "众人一词")
		check(t, err)
	}
	all, err := k.store.Objections(ctx, desk.ObjectionQuery{Notice: n.ID, All: true, Limit: 1000})
	check(t, err)
	counted := map[desk.OpinionCount]int{}
	for _, o := range all.Rows {
		counted[desk.OpinionCount{Stance: o.Stance, State: o.State, Outcome: o.Outcome}]++
	}
	for _, c := range all.Counts {
		if key := (desk.OpinionCount{Stance: c.Stance, State: c.State, Outcome: c.Outcome}); counted[key] != c.N {
			t.Errorf("%+v: %d are listed", c, counted[key])
		}
	}
	if len(all.Rows) != 300 || len(counted) != len(all.Counts) || len(counted) < 2 {
		t.Fatalf("%d comments of %d sorts, counted as %+v", len(all.Rows), len(counted), all.Counts)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := desk.ObjectionQuery{Notice: n.ID, Limit: rapid.SampledFrom([]int{40, 150, 299, 300, 400}).Draw(t, "limit"), All: rapid.Bool().Draw(t, "all"), Public: rapid.Bool().Draw(t, "public"),
			State:   rapid.SampledFrom(append(desk.ObjectionStates, "")).Draw(t, "state"),
			Stance:  rapid.SampledFrom(append(desk.CitizenStances, "")).Draw(t, "stance"),
			Outcome: rapid.SampledFrom(append(desk.Outcomes, "")).Draw(t, "outcome"),
			Text:    rapid.SampledFrom([]string{"", all.Rows[0].Text, "众人一词", "没有人说过"}).Draw(t, "text")}
		if rapid.Bool().Draw(t, "some") {
			q.IDs = []desk.ObjectionID{all.Rows[0].ID, all.Rows[7].ID, all.Rows[299].ID}
		}
		listed, total := 0, -1
		for {
			page, err := k.store.Objections(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if total >= 0 && page.Total != total {
				t.Fatalf("%+v: %d in all on one page, %d on the next", q, total, page.Total)
			}
			listed, total = listed+len(page.Rows), page.Total
			if q.After = page.Next; q.After == 0 {
				break
			}
		}
		if listed != total {
			t.Fatalf("%+v: %d are listed of %d", q, listed, total)
		}
	})
}
