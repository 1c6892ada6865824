package postgres

import (
	"strings"
	"testing"

	"jieming/registry/desk"
)

// Whoever changes what lists show of a case, and not its events, is found out,
// and the lists are computed anew.
func TestCheck_foldsOfCases(t *testing.T) {
	ctx := t.Context()
	d, as, p := furnished(t)
	editor := as[desk.DivisionEditor]
	first, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
	check(t, err)
	c, err := d.Act(ctx, as[desk.Supervisor], first.ID, first.Version, "", desk.Step{Act: "ACCEPT"})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"HOUSING"}, Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "请研提意见"})
	check(t, err)
	_, err = d.Act(ctx, as[desk.Department], c.ID, 0, "", desk.Reply{Asked: c.Version, Department: "HOUSING", Stance: "AGREE"})
	check(t, err)
	other, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤县设市", Urgent: true})
	check(t, err)
	_, err = d.Act(ctx, editor, other.ID, other.Version, "", desk.Relate{Other: c.ID, Relation: "NEEDS"})
	check(t, err)
	problems, err := p.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		t.Fatalf("before: %v, %v", problems, err)
	}
	for _, tamper := range []struct{ statement, want string }{
		{"UPDATE desk.case_now SET state = 'DONE', phase = 'DONE' WHERE case_id = 1", `lists say phase "DONE", its events "OPEN"; lists say state "DONE"`},
		{"UPDATE desk.case_now SET holder_id = NULL WHERE case_id = 1", "holder_id"},
		{"UPDATE desk.case_now SET title = '别的' WHERE case_id = 2", "title"},
		{"UPDATE desk.case_clock SET due_on = due_on + 30 WHERE case_id = 1", "clock"},
		{"DELETE FROM desk.case_request WHERE case_id = 1 AND department <> ''", "request"},
		{"DELETE FROM desk.case_link WHERE case_id = 2", "link"},
	} {
		tag, err := p.pool.Exec(ctx, tamper.statement)
		check(t, err)
		if tag.RowsAffected() == 0 {
			t.Errorf("%s changes nothing", tamper.statement)
			continue
		}
		problems, err := p.Check(ctx, nil)
		check(t, err)
		if len(problems) != 1 || !strings.Contains(problems[0].Detail, tamper.want) {
			t.Errorf("%s: %+v", tamper.statement, problems)
		}
		if n, err := p.RebuildCases(ctx); n != 1 || err != nil {
			t.Errorf("%s: rebuilt %d, %v", tamper.statement, n, err)
		}
		noProblem(t, p.Store)
	}
}
