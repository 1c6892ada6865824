package postgres

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// crowdedDesk has twenty thousand cases, as many messages and a thousand
// calendars, of which one person has few.
const crowdedDesk = `SET session_replication_role = replica;
	INSERT INTO desk.account (login, name) SELECT 'crowd' || n, 'x' FROM generate_series(1, 1000) n;
	INSERT INTO registry.case_file (kind, title, opened_by) SELECT 'NAMING', 'x', 'x' FROM generate_series(1, 20000);
	INSERT INTO desk.case_now (case_id, version, kind, number, title, state, phase, unit_id, opener_id, holder_id, opened_at, touched_at, state_since, due_on)
	SELECT id, 1, 'NAMING', id::text, 'x', 'DRAFT', CASE WHEN id % 4 = 0 THEN 'OPEN' ELSE 'DONE' END, 1 + id % 6, 1 + id % 1000, 1 + id % 1000, now(), now(), now(), current_date FROM registry.case_file;
	INSERT INTO desk.message (account_id, kind, case_id, args, made_at) SELECT 1 + id % 1000, 'ASSIGNED', id, '{}', now() FROM registry.case_file;
	INSERT INTO desk.feed (account_id, digest, made_at) SELECT id, sha256(id::text::bytea), now() FROM desk.account;
	INSERT INTO desk.case_clock (case_id, clock, began_on, due_on, statutory, stopped_on)
	SELECT id, 'accept', current_date, current_date + 30, false, CASE WHEN id % 4 > 0 THEN current_date END FROM registry.case_file;
	INSERT INTO desk.case_request (case_id, ord, department, account_id, due_on, answered_ord)
	SELECT id, 1, CASE WHEN id % 2 = 0 THEN '' ELSE 'D' || id % 13 END, CASE WHEN id % 2 = 0 THEN 1 + id % 1000 END, current_date, CASE WHEN id % 50 > 0 THEN 2 END FROM registry.case_file;
	ANALYZE`

// What everybody's browser and calendar asks all day reads what is theirs, and
// not what everybody has.
func TestPlans_ofTheInbox(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	conn, err := pgx.Connect(ctx, owner)
	check(t, err)
	_, err = conn.Exec(ctx, crowdedDesk)
	check(t, err)
	check(t, conn.Close(ctx))

	p := &desk.Principal{Account: 7, Grants: []desk.Held{{Grant: desk.Grant{Role: desk.Applicant}, Tops: []registry.UnitID{4}}}}
	today := registry.Date(2026, 11, 28)
	task := func(more pgx.StrictNamedArgs) pgx.StrictNamedArgs {
		args := wideArgs(p.Filter(desk.EditCase), today)
		for name, v := range more {
			args[name] = v
		}
		return args
	}
	department := &desk.Principal{Account: 7, Grants: []desk.Held{{Grant: desk.Grant{Role: desk.Department, Department: "D5"}}}}
	asked := filterArgs(department.Filter(desk.GiveOpinion), today)
	asked["owner"], asked["speaks_for"], asked["limit"] = 7, []string{"D5"}, 500
	board := wideArgs(p.Filter(desk.ReadCase), today)
	behind := wideArgs(p.Filter(desk.ReadCase), today)
	for name, v := range map[string]any{"prefecture": -1, "kind": "", "state": "", "clock": "", "due": "", "limit": 50} {
		behind[name] = v
	}
	messages := wideArgs(p.Filter(desk.ReadCase), today)
	messages["account"], messages["before"], messages["unread"], messages["limit"] = 7, 0, true, 50
	for _, c := range []struct {
		name, text string
		args       pgx.StrictNamedArgs
		not        string // the table that is not read from end to end
	}{
		{"unread messages", sql("CountUnread"), pgx.StrictNamedArgs{"account": 7}, "message"},
		{"messages", sql("ListMessages"), messages, "message"},
		{"one message", sql("FindMessage"), pgx.StrictNamedArgs{"account": 7, "id": 99}, "message"},
		{"calendar", sql("FindFeed"), pgx.StrictNamedArgs{"digest": make([]byte, 32), "now": timeZero}, "feed"},
		{"what somebody holds", sql("TasksOpen"), task(pgx.StrictNamedArgs{"actor": 7, "owner": 7, "limit": 50, "kinds": nil, "states": nil, "paper": "", "hand": "EDITOR", "held": true, "unheld": false}), "case_now"},
		{"opinions that are asked", sql("TasksAsked"), asked, "case_request"},
		{"cases of the opinions that are asked", sql("TasksAsked"), asked, "case_now"},
		{"board", sql("BoardCells"), board, "case_now"},
		{"board of clocks", sql("BoardClocks"), board, "case_clock"},
		{"cases of the board of clocks", sql("BoardClocks"), board, "case_now"},
		{"board of states", sql("BoardStates"), board, "case_now"},
		{"cases behind a number of the board", sql("BoardCases"), behind, "case_now"},
		{"rule of lists", sql("FilterCases"), filterArgs(p.Filter(desk.ReadCase), today), "case_now"},
	} {
		if tables := explain(t, s, c.text, c.args).scanned(); slices.Contains(tables, c.not) {
			t.Errorf("%s: reads all of %s", c.name, c.not)
		}
	}
	if tables := explain(t, s, "SELECT count(*) FROM desk.message WHERE args = @args", pgx.StrictNamedArgs{"args": []byte("{}")}).scanned(); !slices.Contains(tables, "message") {
		t.Fatalf("the test doesn't see a scan: %v", tables)
	}
}
