package postgres

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// people are accounts made for a test: what each may do is said by the test.
type people struct {
	*Store
	who map[desk.AccountID]*desk.Principal
}

func (p people) Held(_ context.Context, id desk.AccountID, _ registry.Day) ([]desk.Held, error) {
	if who := p.who[id]; who != nil {
		return who.Grants, nil
	}
	return nil, registry.NotFound("account", id)
}

// Colleagues are all of them, with their roles.
func (p people) Colleagues(_ context.Context, path []registry.UnitID, _ registry.Day) (out []desk.Colleague, err error) {
	for id, who := range p.who {
		for _, g := range who.Grants {
			covers := g.Everywhere || slices.ContainsFunc(g.Tops, func(u registry.UnitID) bool { return slices.Contains(path, u) })
			out = append(out, desk.Colleague{Account: id, Name: who.Name, Role: g.Role, Covers: covers})
		}
	}
	return out, nil
}

// staffed is a desk with one person for each role, of the whole registry.
func staffed(t *testing.T) (d *desk.Desk, as map[desk.Role]*desk.Principal) {
	t.Helper()
	d, as, _ = furnished(t)
	return d, as
}

func furnished(t testing.TB) (d *desk.Desk, as map[desk.Role]*desk.Principal, p people) {
	t.Helper()
	owner := pgtest.New(t)
	s, err := Open(t.Context(), pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(t.Context(), registrytest.Squares(), tester, steps(t))
	check(t, err)
	pool := pgtest.Pool(t, owner)
	p = people{s, map[desk.AccountID]*desk.Principal{}}
	as = map[desk.Role]*desk.Principal{}
	for i, role := range desk.Rights().Roles {
		var id desk.AccountID
		check(t, pool.QueryRow(t.Context(), "INSERT INTO desk.account (login, name) VALUES ($1, $2) RETURNING id",
			fmt.Sprintf("person%d", i), role.Zh).Scan(&id))
		as[role.Role] = &desk.Principal{Account: id, Login: fmt.Sprintf("person%d", i), Name: role.Zh,
			Grants: []desk.Held{{Grant: desk.Grant{Role: role.Role}, Everywhere: true}}}
		if role.Role == desk.Department {
			as[role.Role].Grants[0].Department = "HOUSING"
		}
		p.who[id] = as[role.Role]
	}
	now := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	return desk.New(desk.Options{Store: p, Now: func() time.Time { return now }}), as, p
}

func TestCase_fromDraftToCorrection(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地", Request: "open-1"})
	check(t, err)
	if c.Number != "更正〔2026〕1号" || c.State != "DRAFT" || c.Version != 1 {
		t.Fatalf("opened %s in state %s at version %d", c.Number, c.State, c.Version)
	}
	again, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地", Request: "open-1"})
	check(t, err)
	if again.ID != c.ID {
		t.Errorf("the same command opened case %d and %d", c.ID, again.ID)
	}

	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Step{Act: "SUBMIT"})
	if registry.KindOf(err) != registry.KindConflict {
		t.Errorf("submitted without evidence: %v", err)
	}
	if _, err = d.Case(ctx, as["APPLICANT"], c.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("a stranger sees the case: %v", err)
	}
	if _, err = d.Act(ctx, as[desk.Supervisor], c.ID, 7, "", desk.Edit{Title: "x"}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("a version to come was taken: %v", err)
	}
}

// Comments never conflict, edits on an old version always do.
func TestAct_concurrently(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤县设市"})
	check(t, err)
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for i := range 5 {
		for _, role := range []desk.Role{desk.DivisionEditor, desk.Supervisor} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := d.Act(ctx, as[role], c.ID, 0, fmt.Sprintf("comment-%s-%d", role, i), desk.Comment{Text: fmt.Sprint("意见 ", i)})
				errs <- err
			}()
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		check(t, err)
	}
	now, err := d.Case(ctx, as[desk.Supervisor], c.ID)
	check(t, err)
	if now.Version != 11 {
		t.Errorf("version %d after 10 comments", now.Version)
	}
	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, 1, "", desk.Edit{Title: "撤县设区"})
	if registry.KindOf(err) != registry.KindConflict {
		t.Errorf("an edit on an old version: %v", err)
	}
	if again, err := d.Act(ctx, as[desk.Supervisor], c.ID, 1, "comment-SUPERVISOR-3", desk.Edit{Title: "另"}); err != nil || again.Version != 11 {
		t.Errorf("a command sent twice: version %d, %v", again.Version, err)
	}
	found, err := d.Cases(ctx, as[desk.Supervisor], desk.CaseQuery{Text: "设市"})
	check(t, err)
	if found.Total != 1 || len(found.Rows) != 1 || found.Rows[0].Title != "撤县设市" {
		t.Errorf("found %+v", found)
	}
	if found, err = d.Cases(ctx, as[desk.NameReviewer], desk.CaseQuery{}); err != nil || found.Total != 0 {
		t.Errorf("a reviewer of names finds %d division cases, %v", found.Total, err)
	}
}

func TestAct_keepsHandsApart(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	both := *as[desk.DivisionEditor]
	both.Grants = append(both.Grants, desk.Held{Grant: desk.Grant{Role: desk.Supervisor}, Everywhere: true})
	c, err := d.OpenCase(ctx, &both, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
	check(t, err)
	if _, err := d.Act(ctx, &both, c.ID, c.Version, "", desk.Step{Act: "ACCEPT"}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("who opened the case accepted it: %v", err)
	}
	c, err = d.Act(ctx, as[desk.Supervisor], c.ID, c.Version, "", desk.Step{Act: "ACCEPT"})
	check(t, err)
	if c.State != "ACCEPTED" || c.Phase != law.Open {
		t.Errorf("state %s", c.State)
	}
	for _, k := range c.Clocks {
		if k.Clock == "accept" && k.Running() {
			t.Errorf("the clock for acceptance still runs")
		}
	}
	stand := *as[desk.Expert]
	stand.Grants = []desk.Held{{Grant: desk.Grant{Role: desk.DivisionEditor}, Everywhere: true, For: &desk.Delegation{From: as[desk.Supervisor].Account}}}
	if _, err := d.Act(ctx, &stand, c.ID, c.Version, "", desk.Step{Act: "NEGOTIATE"}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("who stands in for the approver edited: %v", err)
	}
}

func TestAct_asksAndAnswers(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "乡改镇"})
	check(t, err)
	if _, err = d.Case(ctx, as[desk.Department], c.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("a department reads a case it was not asked about: %v", err)
	}
	c, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Ask{Departments: []string{"HOUSING", "WATER"}, Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "请研提意见"})
	check(t, err)
	if len(c.Requests) != 3 || c.Requests[0].Due != registry.Date(2026, 12, 13) {
		t.Errorf("requests %+v", c.Requests)
	}
	asked := c.Version
	if _, err = d.Act(ctx, as[desk.Department], c.ID, 0, "", desk.Reply{Asked: asked, Department: "WATER", Stance: "AGREE"}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("housing answers for water: %v", err)
	}
	if c, err = d.Act(ctx, as[desk.Department], c.ID, 0, "", desk.Reply{Asked: asked, Department: "HOUSING", Stance: "AGREE_IF", Text: "衔接规划"}); err != nil {
		t.Fatal(err)
	}
	if _, err = d.Act(ctx, as[desk.Department], c.ID, 0, "", desk.Reply{Asked: asked, Department: "HOUSING", Stance: "AGREE"}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("a second answer: %v", err)
	}
	if _, err = d.Act(ctx, as[desk.Expert], c.ID, 0, "", desk.Reply{Asked: asked, Stance: "DISAGREE", Text: "理由不足"}); err != nil {
		t.Error(err)
	}
	list, err := d.Cases(ctx, as[desk.Department], desk.CaseQuery{})
	check(t, err)
	if list.Total != 1 {
		t.Errorf("the department lists %d cases", list.Total)
	}
}

// A case is given to somebody who can work on it as it stands: who may only read
// it would hold it up.
func TestAssign_toWhoCanWork(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "设镇"})
	check(t, err)
	for role, can := range map[desk.Role]bool{desk.DivisionEditor: true, "COUNTY_REPORTER": true, "AUDITOR": false, "LEADER": false, "ARCHIVIST": false} {
		after, err := d.Act(ctx, as[desk.Supervisor], c.ID, c.Version, "", desk.Assign{To: as[role].Account, Reason: "分派"})
		switch {
		case can && err != nil:
			t.Errorf("%s cannot get it: %v", role, err)
		case can:
			c = after
		case fault(err) != "assign.right":
			t.Errorf("%s got it: %v", role, err)
		}
	}
}
