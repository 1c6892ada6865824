package postgres

import (
	"errors"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
)

// Who is only asked brings opinions and what belongs to them, and replaces only
// what is theirs; who follows a case of their own brings no approval of it.
func TestPaper_kindsByReach(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.Applicant], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	c, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Ask{Departments: []string{"HOUSING"},
		Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "请提意见"})
	check(t, err)
	add := func(who desk.Role, kind string, replaces int64) error {
		t.Helper()
		u, err := d.Receive(ctx, as[who], kind+".txt", strings.NewReader(string(who)+kind))
		check(t, err)
		p := u.Paper(kind, "")
		p.Signed, p.Replaces = true, replaces
		after, err := d.Act(ctx, as[who], c.ID, 0, "", desk.AddPapers{Papers: []desk.Paper{p}})
		if err == nil {
			c = after
		}
		return err
	}
	last := func() int64 { return c.Papers[len(c.Papers)-1].ID }

	for _, x := range []struct {
		who  desk.Role
		kind string
		want string
	}{
		{desk.Department, "APPROVAL", "paper.kind"}, {desk.Department, "APPLICATION", "paper.kind"}, {desk.Department, "OPINION", ""}, {desk.Department, "OTHER", ""},
		{desk.Expert, "APPROVAL", "paper.kind"}, {desk.Expert, "EXPERT_REVIEW", "paper.kind"}, {desk.Expert, "OPINION", ""}, {desk.Expert, "OTHER", ""},
		{desk.Applicant, "APPROVAL", "paper.kind"}, {desk.Applicant, "REPLY", "paper.kind"}, {desk.Applicant, "APPLICATION", ""}, {desk.Applicant, "PUBLIC_OPINION", ""},
		{desk.DivisionEditor, "APPROVAL", ""}, {"RECORDER", "APPROVAL", ""}, {desk.Supervisor, "REPLY", ""}, {"ARCHIVIST", "OTHER", ""},
	} {
		if err := add(x.who, x.kind, 0); fault(err) != x.want || x.want == "" && err != nil {
			t.Errorf("%s adds %s: %v, want %q", x.who, x.kind, err, x.want)
		}
	}

	check(t, add(desk.Department, "OPINION", 0))
	theirs := last()
	if err := add(desk.Expert, "OPINION", theirs); fault(err) != "paper.others" {
		t.Errorf("an expert replaced the paper of a department: %v", err)
	}
	if err := add(desk.Department, "OPINION", theirs); err != nil {
		t.Errorf("a department replaces its own: %v", err)
	}
	if err := add(desk.DivisionEditor, "OPINION", last()); err != nil {
		t.Errorf("an editor replaces a paper: %v", err)
	}
}

// What the zone may not hold is refused at the field, before the store does.
func TestPaper_secrecyOfTheZone(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t) // on the internet: nothing above 公开
	editor := as[desk.DivisionEditor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	u, err := d.Receive(ctx, editor, "图.txt", strings.NewReader("图"))
	check(t, err)
	issue := desk.Issue{Kind: "REQUEST", Issuer: "民政厅", Title: "请示", On: d.Today()}
	for level, want := range map[int]string{-1: "secrecy.level", 1: "secrecy.zone", 4: "secrecy.zone", 5: "secrecy.level"} {
		p := u.Paper("OTHER", "")
		p.Secrecy, issue.Secrecy = level, level
		_, err := d.Act(ctx, editor, c.ID, 0, "", desk.AddPapers{Papers: []desk.Paper{p}})
		refusedAt(t, err, "secrecy", want)
		_, err = d.Act(ctx, editor, c.ID, c.Version, "", issue)
		refusedAt(t, err, "secrecy", want)
		_, err = d.Preview(ctx, editor, c.ID, issue)
		refusedAt(t, err, "secrecy", want)
	}
	_, err = d.Act(ctx, editor, c.ID, 0, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("OTHER", "")}})
	check(t, err)
}

// refusedAt wants a fault at a field.
func refusedAt(t *testing.T, err error, field, key string) {
	t.Helper()
	var f *desk.Fault
	if !errors.As(err, &f) || f.Field != field || f.Key != key || registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("%v, want %s at %s", err, key, field)
	}
}
