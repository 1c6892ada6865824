package postgres

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// What a person may not read is neither found nor counted, whichever text of the
// case holds the word.
func TestFind_leaksNothing(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "设立翠湖镇"})
	check(t, err)
	_, err = d.Act(ctx, as[desk.Supervisor], c.ID, 0, "", desk.Comment{Text: "翠湖之名与邻县重名 <script>"})
	check(t, err)
	for role, want := range map[desk.Role]int{desk.DivisionEditor: 2, desk.Supervisor: 2, desk.NameReviewer: 0, desk.Department: 0, desk.Expert: 0, desk.Applicant: 0} {
		found, err := d.Find(ctx, as[role], "翠湖", "")
		check(t, err)
		n := 0
		for _, count := range found.Sources {
			n += count
		}
		if len(found.Hits) != want || n != want {
			t.Errorf("%s finds %d and counts %v, want %d", role, len(found.Hits), found.Sources, want)
		}
	}
	if _, err := d.Find(ctx, as[desk.SystemAdmin], "翠湖", ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an administrator searches cases: %v", err)
	}

	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, 2, "", desk.Ask{Departments: []string{"HOUSING"}, Question: "请研提意见"})
	check(t, err)
	found, err := d.Find(ctx, as[desk.Department], "翠湖", "COMMENT")
	check(t, err)
	if len(found.Hits) != 1 || found.Sources["CASE"] != 1 || !strings.Contains(found.Hits[0].Snippet, "<script>") {
		t.Errorf("the department that was asked finds %+v", found)
	}
	scoped := *as[desk.Supervisor]
	scoped.Scopes = []string{"paper"}
	if _, err := d.Find(ctx, &scoped, "翠湖", ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("a token for papers searches cases: %v", err)
	}
}

// A page of the list ends where the next begins, in every order, also while
// cases are touched.
func TestCases_pages(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	for i := range 7 {
		kind := []string{"ADJUSTMENT", "DISPUTE"}[i%2]
		_, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: kind, Title: "第" + string(rune('一'+i))})
		check(t, err)
	}
	for _, sort := range []string{"", "touched", "due", "opened", "number"} {
		q, seen, last := desk.CaseQuery{Sort: sort, Limit: 2}, map[registry.CaseID]bool{}, (*desk.Row)(nil)
		for {
			page, err := d.Cases(ctx, as[desk.DivisionEditor], q)
			check(t, err)
			if page.Total != 7 || page.Kinds["DISPUTE"] != 3 {
				t.Fatalf("%s: total %d, kinds %v", sort, page.Total, page.Kinds)
			}
			for i := range page.Rows {
				r := &page.Rows[i]
				if seen[r.ID] || last != nil && sort == "due" && r.Due < last.Due || last != nil && sort == "number" && lessNumber(r.Number, last.Number) {
					t.Errorf("%s: case %d is out of order", sort, r.ID)
				}
				seen[r.ID], last = true, r
			}
			if q.After = page.Next; page.Next == "" {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("%s: %d of 7 cases", sort, len(seen))
		}
	}
	for _, after := range []string{"x", "e30", "bnVsbA"} {
		if _, err := d.Cases(ctx, as[desk.DivisionEditor], desk.CaseQuery{After: after}); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("the cursor %q: %v", after, err)
		}
	}
}

func lessNumber(a, b string) bool {
	if strings.Split(a, "〕")[0] != strings.Split(b, "〕")[0] {
		return strings.Split(a, "〕")[0] < strings.Split(b, "〕")[0]
	}
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// A view of somebody else's is seen by those in its role, and dropped by nobody
// but its owner.
func TestSavedViews(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	editor, supervisor := as[desk.DivisionEditor], as[desk.Supervisor]
	check(t, d.SaveView(ctx, editor, desk.SavedView{Name: "争议", Query: "kind=DISPUTE", First: true}))
	check(t, d.SaveView(ctx, editor, desk.SavedView{Name: "争议", Query: "kind=DISPUTE&due=over", Role: desk.DivisionEditor}))
	check(t, d.SaveView(ctx, editor, desk.SavedView{Name: "勘界", Query: "kind=SURVEY", First: true}))
	if err := d.SaveView(ctx, editor, desk.SavedView{Name: "全处", Role: desk.Supervisor}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("shared with a role that one does not hold: %v", err)
	}
	own, err := d.SavedViews(ctx, editor)
	check(t, err)
	if len(own) != 2 || own[0].First == own[1].First {
		t.Errorf("views %+v", own)
	}
	if others, err := d.SavedViews(ctx, supervisor); err != nil || len(others) != 0 {
		t.Errorf("the supervisor sees %+v, %v", others, err)
	}
	if err := d.DropView(ctx, supervisor, own[0].ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("another dropped a view: %v", err)
	}
	check(t, d.DropView(ctx, editor, own[0].ID))
}

// With a hundred thousand cases, what a holder sees is read by its index: no
// list of theirs reads all cases. How long lists take is logged, not judged.
func TestCases_amongMany(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 cases")
	}
	ctx := t.Context()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, steps(t))
	check(t, err)
	pool := pgtest.Pool(t, owner)
	_, err = pool.Exec(ctx, many)
	check(t, err)
	var county registry.UnitID
	var holder desk.AccountID
	check(t, pool.QueryRow(ctx, "SELECT min(unit_id), min(holder_id) FROM desk.case_now").Scan(&county, &holder))

	d := desk.New(desk.Options{Store: s})
	who := func(role desk.Role, tops ...registry.UnitID) *desk.Principal {
		return &desk.Principal{Account: holder, Login: "one", Grants: []desk.Held{{Grant: desk.Grant{Role: role}, Everywhere: len(tops) == 0, Tops: tops}}}
	}
	supervisor, editor, reporter := who(desk.Supervisor), who(desk.DivisionEditor), who("COUNTY_REPORTER", county)
	q := desk.CaseQuery{Filter: supervisor.Filter(desk.ReadCase), Today: d.Today(), DueBy: registry.NoEnd, Holder: holder}
	args := caseArgs(q)
	args["kinds"], args["sort"], args["limit"], args["after"], args["after_number"] = q.Kinds, "", 51, 0, ""
	args["after_day"], args["after_time"] = pgtype.Date{}, time.Time{}
	if whole := explain(t, s, sql("ListCases"), args).scanned(); slices.Contains(whole, "case_now") {
		t.Errorf("a holder's list reads all of case_now")
	}
	for name, ask := range map[string]struct {
		who   *desk.Principal
		query desk.CaseQuery
	}{
		"all cases under way":  {supervisor, desk.CaseQuery{Phases: []law.Phase{law.Open}}},
		"all cases, due first": {supervisor, desk.CaseQuery{Sort: "due"}},
		"an editor's kinds":    {editor, desk.CaseQuery{}},
		"a holder's":           {supervisor, desk.CaseQuery{Holder: holder}},
		"a county's":           {reporter, desk.CaseQuery{}},
	} {
		var times []time.Duration
		for range 40 {
			began := time.Now()
			page, err := d.Cases(ctx, ask.who, ask.query)
			check(t, err)
			if page.Total == 0 || len(page.Rows) != 50 {
				t.Fatalf("%s: %d rows of %d", name, len(page.Rows), page.Total)
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		t.Logf("%s: half within %v, 95 of 100 within %v", name, times[20].Round(time.Millisecond/10), times[37].Round(time.Millisecond/10))
	}
}

// many makes 100,000 cases past the log, as only an owner can.
const many = `
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO desk.account (login, name) SELECT 'holder' || i, '承办' || i FROM generate_series(1, 200) i;
INSERT INTO registry.case_file (kind, title, opened_at, opened_by)
SELECT (ARRAY['ADJUSTMENT','CORRECTION','SURVEY','NAMING','CLEANUP','INSPECTION','DISPUTE'])[1 + i % 7], '案 ' || i, now() - i * interval '1 minute', 'x'
FROM generate_series(1, 100000) i;
WITH county AS (SELECT array_agg(DISTINCT unit_id) AS ids FROM registry.unit_version WHERE level = 3 AND upper_inf(recorded)),
person AS (SELECT array_agg(id) AS ids FROM desk.account WHERE login LIKE 'holder%')
INSERT INTO desk.case_now (case_id, version, kind, number, title, state, phase, unit_id, opener_id, holder_id, opened_at, touched_at, state_since, due_on)
SELECT f.id, 1, f.kind, f.kind || '〔2026〕' || f.id || '号', f.title, 'DRAFT', CASE WHEN f.id % 10 = 0 THEN 'OPEN' ELSE 'DONE' END,
       county.ids[CASE WHEN f.id % 60 = 0 THEN 1 ELSE 2 + f.id % (cardinality(county.ids) - 1) END], person.ids[1 + f.id % 200], person.ids[1 + f.id % 200], f.opened_at, f.opened_at, f.opened_at,
       CASE WHEN f.id % 3 = 0 THEN date '2026-12-01' + (f.id % 100)::int END
FROM registry.case_file f, county, person;
COMMIT;
ANALYZE desk.case_now;`
