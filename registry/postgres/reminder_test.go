package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jieming/registry"
	"jieming/registry/desk"
)

// dated is a desk whose clock the test turns.
func dated(t testing.TB, p people, now *time.Time) *desk.Desk {
	t.Helper()
	return desk.New(desk.Options{Store: p, Now: func() time.Time { return *now }})
}

// grant writes grants of supervisors, which reminders look up in the tables.
func supervise(t testing.TB, p people, account desk.AccountID, unit registry.UnitID) {
	t.Helper()
	g := desk.Grant{Account: account, Role: desk.Supervisor, Unit: unit, ValidUntil: registry.NoEnd}
	_, err := p.AddGrant(context.Background(), desk.Operator(), g, "test", desk.Access{At: time.Now(), Kind: desk.RoleGranted})
	check(t, err)
}

func kindsOf(t testing.TB, d *desk.Desk, p *desk.Principal) (out []string) {
	t.Helper()
	list, err := d.Messages(context.Background(), p, true, 0, 200)
	check(t, err)
	for _, m := range list {
		out = append(out, strings.TrimSpace(fmt.Sprint(m.Kind, " ", m.Args["clock"], " ", m.Args["days"])))
	}
	slices.Reverse(out)
	return out
}

// A clock of 90 days reminds at 30 and 7 days, on the day, and every week after
// it; the supervisor is told at once, the one above after a week; each once.
func TestRemind_goesByTheDays(t *testing.T) {
	ctx := t.Context()
	_, as, p := furnished(t)
	now := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	d := dated(t, p, &now)
	editor, near, far := as[desk.DivisionEditor], as[desk.Supervisor], as["LEADER"]
	unit := someUnit(t, p)
	supervise(t, p, near.Account, unit)
	supervise(t, p, far.Account, 0)
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议", Unit: unit})
	check(t, err)
	c, err = d.Act(ctx, near, c.ID, c.Version, "", desk.Step{Act: "ACCEPT"})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Step{Act: "NEGOTIATE"})
	check(t, err)
	due, _ := c.Due()
	if due != registry.Date(2027, 2, 26) {
		t.Fatalf("due %s", due)
	}
	_, err = d.ReadMessages(ctx, editor)
	check(t, err)
	given := map[int]int{}
	for left := 95; left >= -20; left-- {
		now = (due - registry.Day(left)).Begins().Add(9 * time.Hour)
		for range 2 {
			n, err := d.Remind(ctx)
			check(t, err)
			given[left] += n
		}
	}
	want := map[int]int{30: 1, 7: 1, 0: 1, -1: 2, -7: 1, -8: 1, -15: 1}
	for left, n := range given {
		if n != want[left] {
			t.Errorf("%d days before the end: %d reminders, want %d", left, n, want[left])
		}
	}
	if got := kindsOf(t, d, editor); !slices.Equal(got, []string{"REMINDED negotiate 30", "REMINDED negotiate 7", "DUE_TODAY negotiate 0", "OVERDUE negotiate 1", "OVERDUE negotiate 8", "OVERDUE negotiate 15"}) {
		t.Errorf("the holder is told %v", got)
	}
	if got := kindsOf(t, d, near); !slices.Contains(got, "ESCALATED negotiate 1") {
		t.Errorf("the supervisor is told %v", got)
	}
	if got := kindsOf(t, d, far); !slices.Equal(got, []string{"ESCALATED negotiate 7"}) {
		t.Errorf("the supervisor above is told %v", got)
	}
	list, err := d.Reminders(ctx, editor, c.ID)
	check(t, err)
	if len(list) != 8 {
		t.Errorf("%d reminders are written down", len(list))
	}
	failures, err := p.Check(ctx, func(string, int) {})
	check(t, err)
	for _, f := range failures {
		t.Errorf("jieming check: %+v", f)
	}
}

// After a month of downtime nobody is flooded: one reminder, the most urgent.
func TestRemind_afterDowntime(t *testing.T) {
	ctx := t.Context()
	_, as, p := furnished(t)
	now := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	d := dated(t, p, &now)
	editor := as[desk.DivisionEditor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
	check(t, err)
	_, err = d.Act(ctx, as[desk.Supervisor], c.ID, c.Version, "", desk.Step{Act: "ACCEPT"})
	check(t, err)
	_, err = d.Act(ctx, editor, c.ID, c.Version+1, "", desk.Step{Act: "NEGOTIATE"})
	check(t, err)
	_, err = d.ReadMessages(ctx, editor)
	check(t, err)
	now = now.Add(88 * 24 * time.Hour)
	_, err = d.Remind(ctx)
	check(t, err)
	if got := kindsOf(t, d, editor); !slices.Equal(got, []string{"REMINDED negotiate 2"}) {
		t.Errorf("after downtime the holder is told %v", got)
	}
}

// Ten servers that remind at once give each reminder once.
func TestRemind_onSeveralServers(t *testing.T) {
	ctx := t.Context()
	_, as, p := furnished(t)
	now := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	d := dated(t, p, &now)
	for i := range 5 {
		_, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "DISPUTE", Title: fmt.Sprint("争议 ", i)})
		check(t, err)
	}
	now = now.Add(3 * 24 * time.Hour)
	var all sync.WaitGroup
	counts := make(chan int, 10)
	for range 10 {
		all.Go(func() {
			n, err := d.Remind(ctx)
			if err != nil {
				t.Error(err)
			}
			counts <- n
		})
	}
	all.Wait()
	close(counts)
	sum := 0
	for n := range counts {
		sum += n
	}
	got := kindsOf(t, d, as[desk.DivisionEditor])
	if sum != 5 || len(got) != 5 {
		t.Errorf("%d reminders were counted, %d told: %v", sum, len(got), got)
	}
}

// One server at a time does a job, also when the one before was killed.
func TestAlone(t *testing.T) {
	ctx := t.Context()
	_, _, p := furnished(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := p.Alone(ctx, "test", func(context.Context) error { close(inside); <-leave; return nil })
		done <- err
	}()
	<-inside
	if ran, err := p.Alone(ctx, "test", func(context.Context) error { return nil }); ran || err != nil {
		t.Errorf("a second server ran the job: %v, %v", ran, err)
	}
	if ran, err := p.Alone(ctx, "other", func(context.Context) error { return fmt.Errorf("trouble") }); !ran || err == nil {
		t.Errorf("another job: %v, %v", ran, err)
	}
	close(leave)
	check(t, <-done)
	if ran, err := p.Alone(ctx, "test", func(context.Context) error { return nil }); !ran || err != nil {
		t.Errorf("the job did not run once it was free: %v, %v", ran, err)
	}
	runs, err := p.Jobs(ctx)
	check(t, err)
	if len(runs) != 2 || runs[0].Error != "trouble" || runs[1].Error != "" || runs[1].EndedAt.IsZero() {
		t.Errorf("jobs %+v", runs)
	}
}

// A setting decides how days are counted, and a changed one moves no clock that
// runs; the calendar says which days are worked.
func TestSettings_decideHowDaysAreCounted(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	admin, editor := as[desk.SystemAdmin], as[desk.DivisionEditor]
	open := func() (registry.Day, *desk.Case) {
		c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
		check(t, err)
		due, _ := c.Due()
		return due, c
	}
	if err := d.ChangeSetting(ctx, editor, desk.Setting{Key: "deadline.counting", Value: "WORKING", Reason: "x"}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an editor changes settings: %v", err)
	}
	if err := d.ChangeSetting(ctx, admin, desk.Setting{Key: "deadline.counting", Value: "SOMETIMES", Reason: "x"}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("a value that is none: %v", err)
	}
	if err := d.ChangeSetting(ctx, admin, desk.Setting{Key: "deadline.counting", Value: "WORKING"}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("without a reason: %v", err)
	}
	before, first := open() // Saturday 28 November 2026, three days
	if before != registry.Date(2026, 12, 1) {
		t.Errorf("calendar days: due %s", before)
	}
	check(t, d.ChangeSetting(ctx, admin, desk.Setting{Key: "deadline.counting", Value: "WORKING", Reason: "省厅规定"}))
	due, c := open()
	if due != registry.Date(2026, 12, 2) {
		t.Errorf("working days: due %s", due)
	}
	if w := c.Events[0].Body.Warnings; len(w) != 1 || !strings.Contains(w[0].Zh, "没有 2026 年") || !strings.Contains(w[0].En, "no calendar of 2026") {
		t.Errorf("without a calendar: warnings %q", w)
	}
	days, err := desk.ReadCalendar(strings.NewReader("日期,上班,说明\n2026-12-01,否,试验\n2026-12-05,是,调休\n"), "试验通知〔2026〕1号")
	check(t, err)
	check(t, d.ImportCalendar(ctx, admin, days))
	due, c = open()
	if due != registry.Date(2026, 12, 3) || len(c.Events[0].Body.Warnings) != 0 {
		t.Errorf("with a holiday: due %s, warnings %q", due, c.Events[0].Body.Warnings)
	}
	if now, err := d.Case(ctx, editor, first.ID); err != nil || now.Clocks[0].DueOn != before {
		t.Errorf("a running clock moved: %v", err)
	}
	drifts, err := d.Drifts(ctx, editor)
	check(t, err)
	if len(drifts) != 2 || drifts[0].Case.ID != first.ID || drifts[0].Would != registry.Date(2026, 12, 3) {
		t.Errorf("drifts %+v", drifts)
	}
	check(t, d.ChangeSetting(ctx, admin, desk.Setting{Key: "deadline.counting.DISPUTE.accept", Value: "CALENDAR", Reason: "例外"}))
	if due, _ := open(); due != before {
		t.Errorf("an exception for one clock: due %s", due)
	}
	sets, err := d.Settings(ctx, admin)
	check(t, err)
	for _, s := range sets {
		if s.Key == "deadline.counting" && (s.Now != "WORKING" || s.Latest.ByName != as[desk.SystemAdmin].Name || s.Latest.Reason != "省厅规定") {
			t.Errorf("setting %+v", s)
		}
	}
}

func TestReadCalendar_namesTheLine(t *testing.T) {
	for _, text := range []string{"2026-13-01,no", "2026-12-01,maybe", "2026-12-01", "2026-12-01,no\n2026-12-01,yes", "2026-12-01,no,a,b", "", "day,working\n", "1999-01-01,no"} {
		if days, err := desk.ReadCalendar(strings.NewReader(text), "通知"); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%q is read as %v, %v", text, days, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if days, err := desk.ReadCalendar(strings.NewReader(text), "通知"); err == nil && len(days) == 0 {
			t.Fatal("an empty calendar")
		}
	})
}

// No number on the board tells of a case that lists hide, and each number is
// that of the list behind it.
func TestBoard_countsWhatListsShow(t *testing.T) {
	ctx := t.Context()
	_, as, p := furnished(t)
	now := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	d := dated(t, p, &now)
	unit := someUnit(t, p)
	for i, kind := range []string{"DISPUTE", "DISPUTE", "ADJUSTMENT", "INSPECTION", "SURVEY"} {
		r := desk.OpenRequest{Kind: kind, Title: fmt.Sprint("案件 ", i)}
		if i%2 == 0 {
			r.Unit = unit
		}
		for _, role := range []desk.Role{desk.DivisionEditor, "LINE_MANAGER"} {
			if _, err := d.OpenCase(ctx, as[role], r); err == nil {
				break
			}
		}
	}
	narrow(as, unit)
	now = now.Add(5 * 24 * time.Hour)
	total := 0
	for role, who := range as {
		b, err := d.Board(ctx, who)
		if !who.Has(desk.ReadBoard) {
			if registry.KindOf(err) != registry.KindForbidden {
				t.Errorf("%s sees a board: %v", role, err)
			}
			continue
		}
		check(t, err)
		sum := b.Sum().Total
		list, err := d.Cases(ctx, who, desk.CaseQuery{Limit: 200})
		check(t, err)
		if sum.Open != list.Total {
			t.Errorf("%s: the board counts %d, the list %d", role, sum.Open, list.Total)
		}
		total += sum.Open
		for _, c := range b.Cells {
			for due, n := range map[string]int{"": c.Open, "overdue": c.Overdue, "week": c.Week, "month": c.Month} {
				rows, err := d.BoardCases(ctx, who, desk.BoardQuery{Unit: c.Unit, Kind: c.Kind, Due: due, Limit: 100})
				check(t, err)
				if len(rows) != n {
					t.Errorf("%s: %s in %d %q counts %d, lists %d", role, c.Kind, c.Unit, due, n, len(rows))
				}
			}
		}
		for _, k := range b.Clocks {
			rows, err := d.BoardCases(ctx, who, desk.BoardQuery{Unit: desk.AnyUnit, Kind: k.Kind, Clock: k.Clock, Due: "overdue", Limit: 100})
			check(t, err)
			if len(rows) != k.Overdue {
				t.Errorf("%s: clock %s counts %d, lists %d", role, k.Clock, k.Overdue, len(rows))
			}
		}
	}
	if total == 0 {
		t.Error("nobody sees a case")
	}
}

// narrow adds people whose jurisdiction is one unit.
func narrow(as map[desk.Role]*desk.Principal, unit registry.UnitID) {
	for _, role := range []desk.Role{desk.DivisionEditor, desk.Supervisor, "COUNTY_REPORTER", releaser} {
		who := *as[role]
		who.Grants = []desk.Held{{Grant: desk.Grant{Role: role, Unit: unit}, Tops: []registry.UnitID{unit}}}
		as[role+" of one unit"] = &who
	}
}

func someUnit(t testing.TB, p people) (id registry.UnitID) {
	t.Helper()
	check(t, p.pool.QueryRow(context.Background(), "SELECT unit_id FROM registry.unit_version WHERE upper_inf(recorded) AND upper_inf(valid) AND level = 3 ORDER BY unit_id LIMIT 1").Scan(&id))
	return id
}
