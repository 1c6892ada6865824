package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jieming/registry/desk"
	"jieming/registry/law"
)

// Each sees what waits for them, and why, as a case goes its way.
func TestInbox_followsACase(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	holds := func(role desk.Role) map[desk.Why]int {
		t.Helper()
		box, err := d.Inbox(ctx, as[role])
		check(t, err)
		return box.Counts
	}
	editor, supervisor := as[desk.DivisionEditor], as[desk.Supervisor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
	check(t, err)
	if got := holds(desk.DivisionEditor); got[desk.ToWork]+got[desk.ToAwait] != 1 {
		t.Errorf("who opened the case has %v", got)
	}
	if got := holds(desk.Supervisor); got[desk.ToDecide] != 1 {
		t.Errorf("who can accept the case has %v", got)
	}
	if got := holds("LEADER"); len(got) != 0 {
		t.Errorf("a leader has to do %v", got)
	}
	c, err = d.Act(ctx, supervisor, c.ID, c.Version, "", desk.Step{Act: "ACCEPT"})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Ask{Departments: []string{"HOUSING"}, Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "请研提意见"})
	check(t, err)
	for _, role := range []desk.Role{desk.Department, desk.Expert} {
		if got := holds(role); got[desk.ToAnswer] != 1 {
			t.Errorf("%s, whose opinion was asked, has %v", role, got)
		}
	}
	asked := c.Version
	_, err = d.Act(ctx, as[desk.Department], c.ID, 0, "", desk.Reply{Asked: asked, Department: "HOUSING", Stance: "AGREE"})
	check(t, err)
	if got := holds(desk.Department); len(got) != 0 {
		t.Errorf("a department that answered has %v", got)
	}
	c, err = d.Act(ctx, supervisor, c.ID, c.Version+1, "", desk.Assign{To: 0, Reason: "重新分派"})
	check(t, err)
	if got := holds(desk.DivisionEditor); got[desk.ToTake] != 1 {
		t.Errorf("an editor has %v while nobody holds the case", got)
	}
	_, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.Assign{To: editor.Account})
	check(t, err)
	if got := holds(desk.DivisionEditor); got[desk.ToTake] != 0 || got[desk.ToWork] != 1 {
		t.Errorf("who took the case has %v", got)
	}
}

// What is told to whom, never to who did it, and no longer to who has acted
// since.
func TestMessages_tellOthers(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	editor, supervisor, expert := as[desk.DivisionEditor], as[desk.Supervisor], as[desk.Expert]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "DISPUTE", Title: "界线争议"})
	check(t, err)
	act := func(who *desk.Principal, a desk.Act) {
		t.Helper()
		var err error
		c, err = d.Act(ctx, who, c.ID, c.Version, "", a)
		check(t, err)
	}
	told := func(p *desk.Principal, want ...desk.MessageKind) {
		t.Helper()
		list, err := d.Messages(ctx, p, true, 0, 0)
		check(t, err)
		var got []desk.MessageKind
		for _, m := range list {
			got = append(got, m.Kind)
			if m.Number != c.Number || m.Title != c.Title || m.Read {
				t.Errorf("message %+v", m)
			}
			for _, lang := range []string{"zh", "en"} {
				if text, todo := d.MessageText(&m, lang); text == "" || todo == "" || strings.Contains(text+todo, "{") {
					t.Errorf("%s in %s says %q, %q", m.Kind, lang, text, todo)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is told %v, want %v", p.Name, got, want)
		}
	}
	act(supervisor, desk.Step{Act: "ACCEPT"})
	act(supervisor, desk.Comment{Text: "请抓紧"})
	told(editor, desk.ToldCommented, desk.ToldStepped)
	told(supervisor)
	act(editor, desk.Comment{Text: "好的", ReplyTo: c.Version})
	told(editor)
	told(supervisor, desk.ToldCommented)
	act(editor, desk.Ask{Departments: []string{"WATER"}, Experts: []desk.AccountID{expert.Account}, Question: "请研提意见"})
	told(expert, desk.ToldInvited)
	act(expert, desk.Reply{Asked: c.Version, Stance: "AGREE"})
	told(expert)
	told(editor, desk.ToldAnswered)

	list, err := d.Messages(ctx, supervisor, false, 0, 0)
	check(t, err)
	if _, err := d.OpenMessage(ctx, editor, list[0].ID); err == nil {
		t.Error("a person opens the message of another")
	}
	if n, err := d.ReadMessages(ctx, editor, list[0].ID); n != 0 || err != nil {
		t.Errorf("a person marks the message of another: %d, %v", n, err)
	}
	n, err := d.ReadMessages(ctx, editor)
	check(t, err)
	if left, err := d.Unread(ctx, editor); err != nil || n != 1 || left != 0 {
		t.Errorf("marked %d, %d unread are left, %v", n, left, err)
	}
}

// The inbox lists a step exactly when the rule for one case allows it.
func TestInbox_agreesWithTheRuleForOneCase(t *testing.T) {
	ctx := t.Context()
	d, as, p := furnished(t)
	book, unit := law.Shipped(), someUnit(t, p)
	for i, k := range book.Kinds {
		for _, role := range []desk.Role{desk.DivisionEditor, desk.NameReviewer, desk.Supervisor, "PREF_REVIEWER"} {
			r := desk.OpenRequest{Kind: k.ID, Title: fmt.Sprint("案件 ", i)}
			if i%2 == 0 {
				r.Unit = unit
			}
			c, err := d.OpenCase(ctx, as[role], r)
			if err != nil {
				continue
			}
			for _, s := range book.StepsFrom(k.ID, c.State) {
				for _, who := range desk.Rights().Roles {
					if after, err := d.Act(ctx, as[who.Role], c.ID, c.Version, "", desk.Step{Act: s.Act, Reason: "推进"}); err == nil {
						c = after
						break
					}
				}
			}
		}
	}
	narrow(as, unit)
	for role, p := range as {
		all, err := d.Cases(ctx, p, desk.CaseQuery{Limit: 200})
		check(t, err)
		want := map[string]bool{}
		for _, r := range all.Rows {
			c, err := d.Case(ctx, p, r.ID)
			check(t, err)
			for _, choice := range d.Choices(p, c) {
				mine := (desk.Action(choice.Right) != desk.EditCase || c.Holder == p.Account) && onward(choice.Step)
				if choice.Allowed && mine {
					want[fmt.Sprint(c.Number, choice.Act)] = true
				}
			}
		}
		box, err := d.Inbox(ctx, p)
		check(t, err)
		got := map[string]bool{}
		for _, task := range box.Tasks {
			for _, s := range slices.DeleteFunc(task.Steps, func(s *law.Step) bool { return !onward(s) }) {
				got[fmt.Sprint(task.Number, s.Act)] = true
			}
		}
		for k := range want {
			if !got[k] {
				t.Errorf("%s: %s is allowed and not in the inbox", role, k)
			}
		}
		for k := range got {
			if !want[k] {
				t.Errorf("%s: %s is in the inbox and not allowed", role, k)
			}
		}
	}
}

// onward says that a step neither stops a case nor sends it back.
func onward(s *law.Step) bool {
	to := law.Shipped().State(s.Kind, s.To)
	return to.Phase != law.Stopped && to.ID != "RETURNED"
}
