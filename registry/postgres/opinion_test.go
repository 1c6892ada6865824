package postgres

import (
	"errors"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
)

// The department that keeps the registry asks others, and a day that somebody
// chose is known from one that was counted.
func TestAsk(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	editor := as[desk.DivisionEditor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "设镇"})
	check(t, err)
	var fault *desk.Fault
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"CIVIL"}, Question: "请研提意见"}); !errors.As(err, &fault) || fault.Field != "departments" {
		t.Errorf("civil affairs asks itself: %v", err)
	}
	for _, x := range d.Askable() {
		if x.ID == "CIVIL" {
			t.Error("civil affairs is offered to be asked")
		}
	}
	if len(d.Askable()) != len(d.Book().Departments)-1 {
		t.Errorf("%d of %d departments can be asked", len(d.Askable()), len(d.Book().Departments))
	}
	day := registry.Date(2026, 12, 24)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"WATER"}, Question: "请研提意见", Due: &day})
	check(t, err)
	if b := c.Events[c.Version-1].Body; !b.Chosen || *b.DueOn != day {
		t.Errorf("a chosen day is recorded as %+v", b)
	}
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"HOUSING"}, Question: "请研提意见"})
	check(t, err)
	if c.Events[c.Version-1].Body.Chosen {
		t.Error("a counted day is recorded as chosen")
	}
}

// A department that has no account answers on paper, and a question can be
// withdrawn: nobody who does not answer holds a case up for ever.
func TestOpinion_onPaperAndWithdrawn(t *testing.T) {
	ctx := t.Context()
	d, as, _ := furnished(t)
	editor := as[desk.DivisionEditor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "设镇"})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"WATER", "HOUSING"}, Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "请研提意见"})
	check(t, err)
	asked := c.Version
	if to := paperValues(t, d, c, "CONSULTATION").Text["recipient"]; !strings.Contains(to, "、") || !strings.Contains(to, "水利") {
		t.Errorf("the letter goes to %q", to)
	}
	letter := &desk.Citation{Number: "吉水函〔2026〕3号", Issuer: "吉林省水利厅", IssuedOn: registry.Date(2026, 11, 27)}
	if _, err := d.Act(ctx, as["LEADER"], c.ID, c.Version, "", desk.RecordReply{Asked: asked, Department: "WATER", Stance: "AGREE", Instrument: letter}); err == nil {
		t.Error("a reader recorded a reply")
	}
	var fault *desk.Fault
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.RecordReply{Asked: asked, Department: "WATER", Stance: "AGREE"}); !errors.As(err, &fault) || fault.Field != "number" {
		t.Errorf("a reply without its letter: %v", err)
	}
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.RecordReply{Asked: asked, Department: "WATER", Stance: "AGREE_IF", Text: "避让河道", Instrument: letter})
	check(t, err)
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.Withdraw{Asked: asked, Department: "WATER", Reason: "x"}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("a question with an answer was withdrawn: %v", err)
	}
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.Withdraw{Asked: asked, Department: "HOUSING"}); !errors.As(err, &fault) || fault.Field != "reason" {
		t.Errorf("withdrawn without a reason: %v", err)
	}
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Withdraw{Asked: asked, Department: "HOUSING", Reason: "不涉及城建"})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Withdraw{Asked: asked, Account: as[desk.Expert].Account, Reason: "专家出国"})
	check(t, err)
	if _, err := d.Act(ctx, as[desk.Department], c.ID, c.Version, "", desk.Reply{Asked: asked, Department: "HOUSING", Stance: "AGREE"}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("answered what was withdrawn: %v", err)
	}
	for _, r := range c.Requests {
		if r.Answer == nil {
			t.Errorf("%+v still waits", r)
		}
	}
	for _, k := range c.Clocks {
		if k.Clock == "opinion" && k.Running() {
			t.Error("the clock of opinions still runs")
		}
	}
}
