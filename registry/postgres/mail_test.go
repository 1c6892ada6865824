package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
)

// postbox takes letters, and answers as it is told.
type postbox struct {
	mu     sync.Mutex
	took   []desk.Letter
	answer error
}

func (b *postbox) Send(_ context.Context, l desk.Letter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answer == nil {
		b.took = append(b.took, l)
	}
	return b.answer
}

// mailed is a desk on which the editor and the supervisor have an address, with
// a case that the supervisor stepped on.
func mailed(t *testing.T) (d *desk.Desk, as map[desk.Role]*desk.Principal, p people, now *time.Time, c *desk.Case) {
	t.Helper()
	_, as, p = furnished(t)
	at := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	now = &at
	d = dated(t, p, now)
	for _, role := range []desk.Role{desk.DivisionEditor, desk.Department, desk.Expert} {
		_, err := p.pool.Exec(t.Context(), "UPDATE desk.account SET mail = $2 WHERE id = $1", int64(as[role].Account), strings.ToLower(string(role))+"@jieming.example")
		check(t, err)
	}
	c, err := d.OpenCase(t.Context(), as[desk.DivisionEditor], desk.OpenRequest{Kind: "DISPUTE", Title: "绝不能写进邮件的标题"})
	check(t, err)
	return d, as, p, now, c
}

func TestPost_writesNoContent(t *testing.T) {
	ctx := t.Context()
	d, as, p, now, c := mailed(t)
	editor, supervisor := as[desk.DivisionEditor], as[desk.Supervisor]
	box := &postbox{}
	post := &desk.Post{Desk: d, Mailer: box, Public: "https://jieming.example", Domain: "jieming.example"}
	c, err := d.Act(ctx, supervisor, c.ID, c.Version, "", desk.Step{Act: "ACCEPT", Reason: "内部理由"})
	check(t, err)
	_, err = d.Act(ctx, supervisor, c.ID, c.Version, "", desk.Comment{Text: "内部批注"})
	check(t, err)
	n, err := post.Run(ctx)
	check(t, err)
	if n != 0 {
		t.Errorf("%d mails of what nobody wants by mail", n)
	}
	g := desk.Grant{Account: as[desk.Department].Account, Role: desk.Department, Department: "HOUSING", ValidUntil: registry.NoEnd}
	_, err = p.AddGrant(ctx, desk.Operator(), g, "test", desk.Access{At: *now, Kind: desk.RoleGranted})
	check(t, err)
	c, err = d.Act(ctx, editor, c.ID, 3, "", desk.Ask{Departments: []string{"HOUSING"}, Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "内部问题"})
	check(t, err)
	c, err = d.Act(ctx, supervisor, c.ID, c.Version, "", desk.Assign{To: 0, Reason: "内部安排"})
	check(t, err)
	c, err = d.Act(ctx, supervisor, c.ID, c.Version, "", desk.Assign{To: editor.Account, Reason: "内部安排"})
	check(t, err)
	n, err = post.Run(ctx)
	check(t, err)
	if n != 3 || len(box.took) != 3 {
		t.Fatalf("%d mails, want one to the expert, the department and the new holder: %+v", n, box.took)
	}
	for _, l := range box.took {
		all := l.Subject + l.Body
		for _, secret := range []string{"标题", "内部", supervisor.Name} {
			if strings.Contains(all, secret) {
				t.Errorf("a mail tells %q:\n%s", secret, all)
			}
		}
		if !strings.Contains(l.Subject, c.Number) || !strings.Contains(l.Body, "https://jieming.example/desk/messages/") || !strings.HasSuffix(l.MessageID, "@jieming.example") {
			t.Errorf("mail %+v", l)
		}
	}
	if n, err = post.Run(ctx); n != 0 || err != nil {
		t.Errorf("a second run sent %d, %v", n, err)
	}
}

func TestPost_triesAgainAndGivesUp(t *testing.T) {
	ctx := t.Context()
	d, as, p, now, c := mailed(t)
	box := &postbox{answer: errors.New("451 greylisted")}
	post := &desk.Post{Desk: d, Mailer: box, Domain: "jieming.example"}
	_, err := d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Ask{Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "?"})
	check(t, err)
	state := func() desk.Mail {
		t.Helper()
		for _, s := range []desk.MailState{desk.Queued, desk.Sent, desk.Dead} {
			list, err := p.Mails(ctx, s, 10)
			check(t, err)
			if len(list) == 1 {
				return list[0]
			}
		}
		t.Fatal("no mail is kept")
		return desk.Mail{}
	}
	_, err = post.Run(ctx)
	check(t, err)
	first := state()
	if first.State != desk.Queued || first.Tries != 1 || !first.NextAt.Equal(now.Add(time.Minute)) || !strings.Contains(first.Answer, "451") {
		t.Errorf("after greylisting: %+v", first)
	}
	for range 20 {
		*now = now.Add(25 * time.Hour)
		_, err = post.Run(ctx)
		check(t, err)
	}
	if m := state(); m.State != desk.Dead || m.Tries != 9 {
		t.Errorf("after weeks: %s after %d tries", m.State, m.Tries)
	}
	admin := as[desk.SystemAdmin]
	if err := d.RetryMail(ctx, as[desk.DivisionEditor], first.ID); err == nil {
		t.Error("an editor sends mails again")
	}
	check(t, d.RetryMail(ctx, admin, first.ID))
	box.answer = nil
	_, err = post.Run(ctx)
	check(t, err)
	if m := state(); m.State != desk.Sent || box.took[0].MessageID != first.MessageID {
		t.Errorf("tried again: %+v", m)
	}
	board, err := d.MailBoard(ctx, admin)
	check(t, err)
	if board.Counts[desk.Sent] != 1 || len(board.Dead) != 0 {
		t.Errorf("board %+v", board)
	}
}

func TestPost_daily(t *testing.T) {
	ctx := t.Context()
	d, as, _, now, c := mailed(t)
	editor, supervisor := as[desk.DivisionEditor], as[desk.Supervisor]
	check(t, d.ChooseMail(ctx, editor, desk.MailChoice{Kinds: []desk.MessageKind{desk.ToldCommented, desk.ToldStepped}, Daily: true}))
	box := &postbox{}
	post := &desk.Post{Desk: d, Mailer: box, Domain: "jieming.example"}
	for i := range 3 {
		_, err := d.Act(ctx, supervisor, c.ID, 0, "", desk.Comment{Text: fmt.Sprint(i)})
		check(t, err)
	}
	if n, err := post.Run(ctx); n != 0 || err != nil {
		t.Errorf("at ten in the morning: %d mails, %v", n, err)
	}
	*now = time.Date(2026, 11, 29, 0, 0, 30, 0, time.UTC) // eight in China
	if n, err := post.Run(ctx); n != 1 || err != nil || !strings.Contains(box.took[0].Subject, "3 条") {
		t.Errorf("the next morning: %d mails, %v: %+v", n, err, box.took)
	}
	_, err := d.Act(ctx, supervisor, c.ID, 0, "", desk.Comment{Text: "已在界面读过"})
	check(t, err)
	_, err = d.ReadMessages(ctx, editor)
	check(t, err)
	*now = now.Add(24 * time.Hour)
	if n, err := post.Run(ctx); n != 0 || err != nil {
		t.Errorf("what was read went out: %d, %v", n, err)
	}
}

// Several servers send each mail once.
func TestPost_onSeveralServers(t *testing.T) {
	ctx := t.Context()
	d, as, _, _, c := mailed(t)
	box := &postbox{}
	for range 8 {
		var err error
		c, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Ask{Experts: []desk.AccountID{as[desk.Expert].Account}, Question: "?"})
		check(t, err)
		check(t, (&desk.Post{Desk: d, Mailer: box, Domain: "jieming.example"}).Write(ctx))
	}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, err := (&desk.Post{Desk: d, Mailer: box, Domain: "jieming.example"}).Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, l := range box.took {
		seen[l.MessageID] = true
	}
	if len(box.took) != 8 || len(seen) != 8 {
		t.Errorf("%d mails, %d different", len(box.took), len(seen))
	}
}

// The address of a calendar shows what is due, without titles, until it is
// taken back or its owner may not sign in.
func TestFeed(t *testing.T) {
	ctx := t.Context()
	d, as, p, now, c := mailed(t)
	supervisor := as[desk.Supervisor]
	f, err := d.MakeFeed(ctx, supervisor)
	check(t, err)
	cal, err := d.DueCalendar(ctx, f.Secret, "https://jieming.example")
	check(t, err)
	if len(cal.Events) != 1 || !strings.Contains(cal.Events[0].Summary, c.Number) || strings.Contains(cal.Events[0].Summary, c.Title) || cal.Events[0].Day.Format("2006-01-02") != "2026-12-01" {
		t.Errorf("calendar %+v", cal)
	}
	before := cal.Events[0]
	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, 0, "", desk.Comment{Text: "x"})
	check(t, err)
	cal, err = d.DueCalendar(ctx, f.Secret, "")
	check(t, err)
	if cal.Events[0].UID != before.UID || cal.Events[0].Sequence <= before.Sequence {
		t.Errorf("event %+v after %+v", cal.Events[0], before)
	}
	drill, err := desk.New(desk.Options{Store: p, Now: func() time.Time { return *now }, Drill: true}).DueCalendar(ctx, f.Secret, "")
	check(t, err)
	if len(drill.Events) != 1 || drill.Events[0].UID == before.UID || !strings.HasPrefix(drill.Events[0].Summary, "【演练】") {
		t.Errorf("a drill takes the place of the real day: %+v", drill.Events)
	}
	second, err := d.MakeFeed(ctx, supervisor)
	check(t, err)
	for _, secret := range []string{"", f.Secret, strings.Repeat("x", 43), strings.Repeat("x", 4000)} {
		if _, err := d.DueCalendar(ctx, secret, ""); err == nil {
			t.Errorf("%.50q opens a calendar", secret)
		}
	}
	_, err = p.pool.Exec(ctx, "UPDATE desk.account SET disabled_at = now() WHERE id = $1", int64(supervisor.Account))
	check(t, err)
	if _, err := d.DueCalendar(ctx, second.Secret, ""); err == nil {
		t.Error("a disabled account has a calendar")
	}
}
