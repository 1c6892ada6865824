package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jieming/registry"
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

// That another department could approve a name is nobody's work before its
// approval has come; the page of the case says what is lacking all the while.
func TestInbox_approvalOfOthers(t *testing.T) {
	ctx := t.Context()
	d, as, _ := furnished(t)
	reviewer := as[desk.NameReviewer]
	c, err := d.OpenCase(ctx, reviewer, desk.OpenRequest{Kind: "NAMING", Title: "命名住宅区"})
	check(t, err)
	for i := range d.Book().Steps { // what has not come is said by the need of the step
		s := &d.Book().Steps[i]
		if slices.Contains(s.Guards, "approval-came") && !slices.ContainsFunc(s.Needs, func(n law.Need) bool { return n.Paper.ID == "APPROVAL" }) {
			t.Errorf("%s %s waits for a paper that it does not need", s.Kind, s.Act)
		}
	}
	recorders := 0
	for _, came := range []bool{false, true} {
		if came {
			u, err := d.Receive(ctx, reviewer, "批准文件.pdf", strings.NewReader(pdf))
			check(t, err)
			c, err = d.Act(ctx, reviewer, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("APPROVAL", "")}})
			check(t, err)
		}
		for role, p := range as {
			choices := d.Choices(p, c)
			i := slices.IndexFunc(choices, func(x desk.Choice) bool { return x.Act == "RECORD" })
			if i < 0 || choices[i].Open() != (came && choices[i].Allowed) || (len(choices[i].Lacks) == 0) != came {
				t.Fatalf("%s: %+v", role, choices)
			}
			box, err := d.Inbox(ctx, p)
			check(t, err)
			listed := slices.ContainsFunc(box.Tasks, func(task desk.Task) bool {
				return task.ID == c.ID && slices.ContainsFunc(task.Steps, func(s *law.Step) bool { return s.Act == "RECORD" })
			})
			if listed != (came && choices[i].Allowed) {
				t.Errorf("%s: the approval has come: %v, it is in the inbox: %v", role, came, listed)
			}
			if listed {
				recorders++
			}
		}
	}
	if recorders == 0 {
		t.Error("nobody records the approval")
	}
}

// Comments that wait for an answer, a notice that is over, and documents that
// wait for their signed scan stand in the inbox of who holds the case, and go
// when they are done.
func TestInbox_beside(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	editor := k.as[desk.DivisionEditor]
	tasks := func(who desk.Role, why desk.Why) (out []desk.Task) {
		t.Helper()
		box, err := k.Inbox(ctx, k.as[who])
		check(t, err)
		for _, task := range box.Tasks {
			if task.Why == why {
				out = append(out, task)
			}
		}
		if len(out) != box.Counts[why] {
			t.Errorf("%s: %d listed, %d counted", why, len(out), box.Counts[why])
		}
		return out
	}
	none := func(when string) {
		t.Helper()
		for _, why := range []desk.Why{desk.ToReply, desk.ToSum, desk.ToScan} {
			if got := tasks(desk.DivisionEditor, why); len(got) > 0 {
				t.Errorf("%s: %+v", when, got)
			}
		}
	}
	c, n := k.consult(t)
	none("before anybody commented")
	for _, text := range []string{"保留旧名", "保留旧名", "反对"} {
		_, err := k.send(t, n.ID, "203.0.113.7", text)
		check(t, err)
	}
	if got := tasks(desk.DivisionEditor, desk.ToReply); len(got) != 1 || got[0].Count != 2 || got[0].Notice != n.ID || got[0].ID != c.ID {
		t.Errorf("comments: %+v", got)
	}
	if got := append(tasks(desk.Supervisor, desk.ToReply), tasks("LEADER", desk.ToReply)...); len(got) > 0 {
		t.Errorf("who does not hold the case has %+v", got)
	}
	page, _, _, err := k.Objections(ctx, editor, desk.ObjectionQuery{Notice: n.ID})
	check(t, err)
	for _, o := range page.Rows {
		if o.State == desk.ObjectionNew {
			check(t, k.DecideObjections(ctx, editor, n.ID, []desk.Seen{{ID: o.ID, State: o.State}}, "", desk.ObjectionDecision{State: desk.ObjectionAnswered, Outcome: "NOTED", Answer: "收悉。"}))
		}
	}
	none("when all are answered, and the notice runs")
	k.now = k.now.AddDate(0, 0, 11)
	if got := tasks(desk.DivisionEditor, desk.ToSum); len(got) != 1 || got[0].Notice != n.ID {
		t.Errorf("a notice that is over: %+v", got)
	}
	c, err = k.Act(ctx, editor, c.ID, 0, "", desk.ConcludeNotice{Notice: n.ID, Seen: n.Version})
	check(t, err)
	none("after the summary")

	check(t, k.SetSeries(ctx, k.as[desk.Supervisor], desk.Series{Issuer: "吉林省民政厅", Paper: "*", Pattern: "吉民区划〔{year}〕{n}号", Reason: "x"}))
	issue := desk.Issue{Kind: "REQUEST", Issuer: "吉林省民政厅", Title: "关于撤乡设镇的请示", On: k.Today(), Values: paperValues(t, k.Desk, c, "REQUEST")}
	issue.Values.Text["recipient"] = "吉林省人民政府"
	c, err = k.Act(ctx, editor, c.ID, c.Version, "", issue)
	check(t, err)
	doc := c.Papers[len(c.Papers)-1]
	if !c.Events[c.Version-1].Body.Issued || !c.AwaitsScan(&doc, k.Book()) {
		t.Errorf("issued as %+v by %+v", doc, c.Events[c.Version-1].Body)
	}
	if got := tasks(desk.DivisionEditor, desk.ToScan); len(got) != 1 || got[0].Count != 1 || got[0].ID != c.ID || got[0].Paper != doc.ID || got[0].Subject != doc.Title {
		t.Errorf("a document without its scan: %+v", got)
	}
	u, err := k.Receive(ctx, editor, "扫描.pdf", strings.NewReader(pdf))
	check(t, err)
	issued := c.Papers[len(c.Papers)-1]
	scan := u.Paper("REQUEST", issued.Title)
	scan.Signed, scan.Replaces, scan.Number = true, issued.ID, issued.Number
	c, err = k.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{scan}})
	check(t, err)
	if c.AwaitsScan(&doc, k.Book()) || c.Events[c.Version-1].Body.Issued {
		t.Error("the document still waits for its scan")
	}
	none("when the scan is back")
}

// A correction that somebody else entered waits for who approves it.
func TestInbox_correctionToApprove(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地"})
	check(t, err)
	u, err := d.Receive(ctx, as[desk.DivisionEditor], "依据.pdf", strings.NewReader(pdf))
	check(t, err)
	c, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("EVIDENCE", "依据")}})
	check(t, err)
	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "", desk.Step{Act: "SUBMIT"})
	check(t, err)
	box, err := d.Inbox(ctx, as[desk.Supervisor])
	check(t, err)
	if len(box.Tasks) != 1 || box.Tasks[0].Why != desk.ToDecide || box.Tasks[0].ID != c.ID || len(box.Tasks[0].Steps) == 0 {
		t.Errorf("the supervisor has %+v", box.Tasks)
	}
	if box, err = d.Inbox(ctx, as[desk.DivisionEditor]); err != nil || box.Counts[desk.ToDecide]+box.Counts[desk.ToWork] > 0 {
		t.Errorf("who entered it has %+v, %v", box.Tasks, err)
	}
}

// Drafts of notices and release sets wait for who may publish them and had no
// hand in them, and the others hear what became of them.
func TestInbox_publishing(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	editor, officer := k.as[desk.DivisionEditor], k.as[releaser]
	waits := func(who desk.Role, why desk.Why) int {
		t.Helper()
		box, err := k.Inbox(ctx, k.as[who])
		check(t, err)
		return box.Counts[why]
	}
	told := func(who *desk.Principal, want ...string) {
		t.Helper()
		list, err := k.Messages(ctx, who, true, 0, 0)
		check(t, err)
		var got []string
		for _, m := range list {
			text, todo := k.MessageText(&m, "zh")
			english, _ := k.MessageText(&m, "en")
			if text == "" || todo == "" || strings.Contains(text+todo+english, "{") {
				t.Errorf("%s says %q, %q, %q", m.Kind, text, todo, english)
			}
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is told %q, want %q", who.Name, got, want)
		}
		_, err = k.ReadMessages(ctx, who)
		check(t, err)
	}
	c, err := k.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	write := desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Publicity, Title: "撤乡设镇公示", Text: "拟撤乡设镇。",
		Opens: registry.NoStart, Closes: registry.Date(2026, 12, 7), Contact: "区划处"}}
	_, err = k.Act(ctx, editor, c.ID, 0, "", write)
	check(t, err)
	n := k.only(t, c.ID)
	box, err := k.Inbox(ctx, officer)
	check(t, err)
	if len(box.Tasks) != 1 || box.Tasks[0].Why != desk.ToPublish || box.Tasks[0].Notice != n.ID || box.Tasks[0].Subject != n.Title || box.Tasks[0].ID != c.ID {
		t.Errorf("who publishes has %+v", box.Tasks)
	}
	if waits(desk.DivisionEditor, desk.ToPublish)+waits(desk.Supervisor, desk.ToPublish) > 0 {
		t.Error("a draft waits for somebody who may not publish it")
	}
	told(officer, editor.Name+"拟好公示，等待发布")
	write.Notice, write.Seen, write.Title = n.ID, n.Version, "撤乡设镇的公示"
	_, err = k.Act(ctx, editor, c.ID, 0, "", write)
	check(t, err)
	told(officer)
	n = k.only(t, c.ID)
	if _, err = k.Act(ctx, editor, c.ID, 0, "", desk.ReturnNotice{Notice: n.ID, Seen: n.Version, Reason: "x"}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("the author sent it back: %v", err)
	}
	if _, err = k.Act(ctx, officer, c.ID, 0, "", desk.ReturnNotice{Notice: n.ID, Seen: n.Version}); fault(err) != "text.missing" {
		t.Errorf("sent back without a reason: %v", err)
	}
	_, err = k.Act(ctx, officer, c.ID, 0, "", desk.ReturnNotice{Notice: n.ID, Seen: n.Version, Reason: "电话有误"})
	check(t, err)
	told(editor, officer.Name+"退回了公示拟稿")
	n = k.only(t, c.ID)
	if waits(releaser, desk.ToPublish) != 0 || waits(desk.DivisionEditor, desk.ToRevise) != 1 {
		t.Error("a draft that was sent back waits for who sent it, or not for its author")
	}
	if _, err = k.Act(ctx, officer, c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: n.Version}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("published what was sent back: %v", err)
	}
	write.Seen, write.Contact = n.Version, "区划处 0431-0000000"
	_, err = k.Act(ctx, editor, c.ID, 0, "", write)
	check(t, err)
	if waits(releaser, desk.ToPublish) != 1 || waits(desk.DivisionEditor, desk.ToRevise) != 0 {
		t.Error("a draft that was changed does not wait again")
	}
	told(officer, editor.Name+"拟好公示，等待发布")
	n = k.only(t, c.ID)
	_, err = k.Act(ctx, officer, c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: n.Version})
	check(t, err)
	told(editor, officer.Name+"发布了公示")
	n = k.only(t, c.ID)
	_, err = k.Act(ctx, officer, c.ID, 0, "", desk.EndNotice{Notice: n.ID, Seen: n.Version, Withdraw: true, Reason: "有误"})
	check(t, err)
	told(editor, officer.Name+"撤回了公示")
	if waits(releaser, desk.ToPublish) > 0 {
		t.Error("what was published still waits")
	}

	terms := desk.ReleaseTerms{DataDate: registry.Date(2024, 6, 30)}
	first, err := k.PrepareRelease(ctx, editor, terms)
	check(t, err)
	if box, err = k.Inbox(ctx, officer); err != nil || len(box.Tasks) != 1 || box.Tasks[0].Why != desk.ToRelease || box.Tasks[0].Release.ID != first {
		t.Errorf("who releases data has %+v, %v", box.Tasks, err)
	}
	told(officer, fmt.Sprintf("%s提交了第 %d 号发布集，待发布", editor.Name, first))
	check(t, k.RejectRelease(ctx, officer, first, "缺审图号"))
	told(editor, fmt.Sprintf("%s退回了第 %d 号发布集", officer.Name, first))
	second, err := k.PrepareRelease(ctx, editor, terms)
	check(t, err)
	check(t, k.PublishRelease(ctx, officer, second, "同意"))
	told(officer) // who decided has read what asked for it
	told(editor, fmt.Sprintf("%s发布了第 %d 号发布集", officer.Name, second))
	if waits(releaser, desk.ToRelease) > 0 {
		t.Error("what was decided still waits")
	}
}

// Who reads the log is told when it grows and nobody signs it; others are not.
func TestInbox_unsigned(t *testing.T) {
	ctx := t.Context()
	_, as, p := furnished(t)
	at := time.Now()
	d := desk.New(desk.Options{Store: p, Now: func() time.Time { return at }})
	unsigned := func(role desk.Role) bool {
		t.Helper()
		box, err := d.Inbox(ctx, as[role])
		check(t, err)
		return !box.Unsigned.IsZero()
	}
	if unsigned("AUDIT_ADMIN") {
		t.Error("alarmed within minutes")
	}
	at = at.Add(4 * time.Hour)
	if !unsigned("AUDIT_ADMIN") || !unsigned("AUDITOR") || unsigned(desk.Supervisor) || unsigned(desk.SystemAdmin) {
		t.Error("after four hours without a checkpoint the alarm is not for those who read the log, and only for them")
	}
	by, _ := signer(t, "civil.example/log")
	_, _, err := p.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	if unsigned("AUDIT_ADMIN") {
		t.Error("alarmed although all is signed")
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
	names, err := d.Cases(ctx, as[desk.NameReviewer], desk.CaseQuery{Limit: 200})
	check(t, err)
	for _, r := range names.Rows { // one name that another department approved, and others
		if r.Kind == "NAMING" && r.Phase == law.Open {
			u, err := d.Receive(ctx, as[desk.NameReviewer], "批准文件.pdf", strings.NewReader(pdf))
			check(t, err)
			_, err = d.Act(ctx, as[desk.NameReviewer], r.ID, r.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("APPROVAL", "")}})
			check(t, err)
			break
		}
	}
	draftsAndSets(t, d, as)
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
				if slices.Contains(choice.Guards, "approval-came") {
					mine = mine && c.HasPaper("APPROVAL")
				}
				if choice.Allowed && mine {
					want[fmt.Sprint(c.Number, choice.Act)] = true
				}
			}
			notices, err := d.Notices(ctx, p, desk.NoticeQuery{Case: r.ID, Limit: 200})
			check(t, err)
			for _, n := range notices.Rows {
				if n.State == desk.NoticeDrafted && !n.Returned() && c.Phase != law.Stopped && p.May(desk.PublishNotice, c.Object()) {
					want[fmt.Sprint("notice ", n.ID)] = true
				}
			}
		}
		sets, _ := d.Releases(ctx, p)
		for _, set := range sets {
			if set.State == desk.ReleasePrepared && p.May(desk.PublishRelease, nil) && set.PreparedBy != p.Account {
				want[fmt.Sprint("set ", set.ID)] = true
			}
		}
		box, err := d.Inbox(ctx, p)
		check(t, err)
		got := map[string]bool{}
		for _, task := range box.Tasks {
			for _, s := range slices.DeleteFunc(task.Steps, func(s *law.Step) bool { return !onward(s) }) {
				got[fmt.Sprint(task.Number, s.Act)] = true
			}
			switch task.Why {
			case desk.ToPublish:
				got[fmt.Sprint("notice ", task.Notice)] = true
			case desk.ToRelease:
				got[fmt.Sprint("set ", task.Release.ID)] = true
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

// draftsAndSets drafts a notice in every case where somebody may, as different
// people, publishes some, and prepares two release sets. One person more both
// edits and publishes.
func draftsAndSets(t *testing.T, d *desk.Desk, as map[desk.Role]*desk.Principal) {
	t.Helper()
	ctx := t.Context()
	both := *as[desk.DivisionEditor]
	both.Grants = append(slices.Clone(both.Grants), as[releaser].Grants...)
	as["editor and releaser"] = &both
	all, err := d.Cases(ctx, as[desk.Supervisor], desk.CaseQuery{Limit: 200})
	check(t, err)
	drafted, published := 0, 0
	for i, r := range all.Rows {
		w := desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Announcement, Title: fmt.Sprint("公告 ", i), Text: "现予公告。", Contact: "区划处", Opens: registry.NoStart, Closes: registry.NoStart}}
		for _, role := range []desk.Role{desk.NameReviewer, desk.DivisionEditor, "PREF_REVIEWER"} {
			c, err := d.Act(ctx, as[role], r.ID, 0, "", w)
			if err != nil {
				continue
			}
			drafted++
			if last := c.Version; i%3 == 0 {
				page, err := d.Notices(ctx, as[role], desk.NoticeQuery{Case: r.ID})
				check(t, err)
				if _, err := d.Act(ctx, as[releaser], r.ID, last, "", desk.PublishNoticeAct{Notice: page.Rows[0].ID, Seen: 1}); err == nil {
					published++
				}
			} else if i%3 == 1 {
				page, err := d.Notices(ctx, as[role], desk.NoticeQuery{Case: r.ID})
				check(t, err)
				_, _ = d.Act(ctx, as[releaser], r.ID, last, "", desk.ReturnNotice{Notice: page.Rows[0].ID, Seen: 1, Reason: "退改"})
			}
			break
		}
	}
	if drafted < 4 || published == 0 {
		t.Fatalf("%d notices drafted, %d published", drafted, published)
	}
	for range 2 {
		_, err := d.PrepareRelease(ctx, as[desk.DivisionEditor], desk.ReleaseTerms{DataDate: registry.Date(2024, 6, 30)})
		check(t, err)
	}
}

// onward says that a step neither stops a case nor sends it back.
func onward(s *law.Step) bool {
	to := law.Shipped().State(s.Kind, s.To)
	return to.Phase != law.Stopped && to.ID != "RETURNED"
}
