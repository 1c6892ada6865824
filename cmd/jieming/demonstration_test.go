package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
)

// The demonstration of the built-in sample: each login leads to work, or to
// something to read, as its rights have it; every state of every kind has a case;
// papers are documents; and a second start adds nothing.
func TestDemonstration(t *testing.T) {
	if testing.Short() {
		t.Skip("plays the whole demonstration")
	}
	x := playedOut(t)
	for _, role := range desk.Rights().Roles {
		x.landing(role.Role)
	}
	x.stands()
	x.cases()
	before, err := x.store.LatestEntry(t.Context())
	x.must(err)
	x.must(x.stage.play(t.Context(), io.Discard))
	after, err := x.store.LatestEntry(t.Context())
	x.must(err)
	if after != before {
		t.Errorf("a second start wrote entries %d to %d", before+1, after)
	}
}

// shown is a demonstration with all its people signed in.
type shown struct {
	*testing.T
	ctx   context.Context
	store *postgres.Store
	desk  *desk.Desk
	stage *staging
	as    map[desk.Role]*desk.Principal
	boxes map[desk.Role]*desk.Inbox
}

func (x *shown) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

func playedOut(t *testing.T) *shown {
	t.Helper()
	url := pgtest.New(t)
	x := &shown{T: t, ctx: t.Context(), as: map[desk.Role]*desk.Principal{}, boxes: map[desk.Role]*desk.Inbox{}}
	x.must(loadDemonstration(x.ctx, url, "", newProgress(io.Discard)))
	var err error
	x.store, err = postgres.Open(x.ctx, pgtest.App(t, url))
	x.must(err)
	t.Cleanup(x.store.Close)
	x.desk = desk.New(desk.Options{Store: x.store, Policy: desk.Policy{Cost: chanceCost}})
	x.stage = &staging{store: x.store, desk: x.desk, file: t.TempDir() + "/logins"}
	var out bytes.Buffer
	x.must(x.stage.play(x.ctx, &out))
	if !strings.Contains(out.String(), "a case in every state is at the desk") {
		t.Errorf("said %q", &out)
	}
	password, err := x.stage.password()
	x.must(err)
	x.stage = &staging{store: x.store, desk: x.desk, file: x.stage.file} // as the next start finds it
	for _, role := range desk.Rights().Roles {
		x.as[role.Role], err = x.stage.enter(x.ctx, demoLogin(role.Role), password, "")
		x.must(err)
		x.boxes[role.Role], err = x.desk.Inbox(x.ctx, x.as[role.Role])
		x.must(err)
	}
	return x
}

// works are the actions whose holders have something to do; who only reads has
// something to read.
var works = []desk.Action{desk.EditCase, desk.ReviewCase, desk.ApproveCase, desk.RecordApproval, desk.ReleaseCase, desk.ArchiveCase, desk.GiveOpinion}

// landing proves that a login leads to something.
func (x *shown) landing(role desk.Role) {
	who, box := x.as[role], x.boxes[role]
	if slices.ContainsFunc(works, who.Has) && !slices.ContainsFunc(box.Tasks, func(t desk.Task) bool { return t.Why != desk.ToAwait }) {
		x.Errorf("%s has nothing to do", role)
	}
	if who.Has(desk.ReadBoard) {
		board, err := x.desk.Board(x.ctx, who)
		x.must(err)
		if len(board.Lines()) == 0 {
			x.Errorf("%s sees empty boards", role)
		}
	}
	if who.Has(desk.ReadRelease) {
		sets, err := x.desk.Releases(x.ctx, who)
		x.must(err)
		for _, state := range []desk.ReleaseState{desk.ReleasePrepared, desk.ReleaseReleased} {
			if !slices.ContainsFunc(sets, func(s desk.ReleaseSet) bool { return s.State == state }) {
				x.Errorf("%s sees no release set that is %s", role, state)
			}
		}
	}
	if who.Has(desk.ReadLog) {
		entries, err := x.desk.LogEntries(x.ctx, who, desk.LogQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 10})
		x.must(err)
		if len(entries) == 0 {
			x.Errorf("%s sees an empty log", role)
		}
	}
	if who.Has(desk.ManageAccounts) || who.Has(desk.GrantRights) {
		accounts, err := x.desk.Accounts(x.ctx, who, desk.AccountQuery{Limit: 100})
		x.must(err)
		if len(accounts) < len(desk.Rights().Roles) {
			x.Errorf("%s sees %d accounts", role, len(accounts))
		}
	}
}

// stands proves what there is beside the cases.
func (x *shown) stands() {
	editor := x.boxes[desk.DivisionEditor]
	for _, waits := range []struct {
		role desk.Role
		why  desk.Why
	}{{desk.DivisionEditor, desk.ToScan}, {desk.DivisionEditor, desk.ToReply}, {desk.NameReviewer, desk.ToRevise}, {"SECRECY_OFFICER", desk.ToPublish},
		{"SECRECY_OFFICER", desk.ToRelease}, {desk.Department, desk.ToAnswer}, {desk.Expert, desk.ToAnswer}, {"LINE_MANAGER", desk.ToTake}} {
		if x.boxes[waits.role].Counts[waits.why] == 0 {
			x.Errorf("nothing of the kind %s waits for %s", waits.why, waits.role)
		}
	}
	if !slices.ContainsFunc(editor.Tasks, func(t desk.Task) bool { return t.For != nil }) {
		x.Error("the division editor stands in for nobody")
	}
	if x.boxes[desk.Supervisor].Overdue == 0 {
		x.Error("nothing is overdue")
	}
	board, err := x.desk.QualityBoard(x.ctx, x.as[desk.DivisionEditor])
	x.must(err)
	if len(board.Runs) < 2 || !slices.ContainsFunc(board.Lines, func(l desk.QualityLine) bool { return l.Owner != 0 }) {
		x.Errorf("the quality board has %d runs, and perhaps no owner", len(board.Runs))
	}
}

// cases proves what the cases hold.
func (x *shown) cases() {
	found := map[string]bool{}
	for after := ""; ; {
		page, err := x.desk.Cases(x.ctx, x.as["AUDITOR"], desk.CaseQuery{DueBy: registry.NoEnd, After: after, Limit: 200})
		x.must(err)
		for _, row := range page.Rows {
			c, err := x.desk.Case(x.ctx, x.as["AUDITOR"], row.ID)
			x.must(err)
			x.look(c, found)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for _, state := range law.Shipped().States {
		if !found[state.Kind+" "+state.ID] {
			x.Errorf("no case is in state %s %s", state.Kind, state.ID)
		}
	}
	for _, what := range []string{"signed scan of a numbered document", "open question", "withdrawn question", "answer on paper", "bulk correction APPLIED", "bulk correction REVIEWING"} {
		if !found[what] {
			x.Errorf("there is no %s", what)
		}
	}
}

// look notes what a case holds.
func (x *shown) look(c *desk.Case, found map[string]bool) {
	found[c.Kind+" "+c.State] = true
	if strings.Contains(c.Title, "%") || c.Summary == "" {
		x.Errorf("%s is called %q: %q", c.Number, c.Title, c.Summary)
	}
	for _, p := range c.Papers {
		if p.Media == "text/plain" || p.Bytes < 1000 {
			x.Errorf("%s: %s is %s of %d bytes", c.Number, p.Title, p.Media, p.Bytes)
		}
		found["signed scan of a numbered document"] = found["signed scan of a numbered document"] || p.Signed && p.Replaces != 0 && p.Number != ""
	}
	for _, r := range c.Requests {
		switch {
		case r.Answer == nil:
			found["open question"] = true
		case r.Answer.Stance == desk.Withdrawn:
			found["withdrawn question"] = true
		case c.Events[r.Answer.N-1].Body.Instrument != nil:
			found["answer on paper"] = true
		}
	}
	if c.Correction != nil {
		found["bulk correction "+c.State] = true
	}
	if c.State == "IMPLEMENTING" && slices.ContainsFunc(c.Clocks, func(k desk.RunningClock) bool { return k.Clock == "announce-change" && k.Running() }) {
		x.Errorf("%s is announced, and its clock runs", c.Number)
	}
}
