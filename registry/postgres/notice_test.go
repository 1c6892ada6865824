package postgres

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"github.com/xuri/excelize/v2"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// noticeOffice is a desk with a person of each role, and a clock that a test moves.
type noticeOffice struct {
	*desk.Desk
	store *Store
	owner string // address of the database, for its owner
	as    map[desk.Role]*desk.Principal
	now   time.Time
}

func openNoticeOffice(t *testing.T, limits desk.PublicLimits) *noticeOffice {
	t.Helper()
	owner := pgtest.New(t)
	s, err := Open(t.Context(), pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(t.Context(), registrytest.Squares(), tester, steps(t))
	check(t, err)
	_, err = s.Publish(t.Context(), tester, registry.Date(2023, 12, 31), "", "test")
	check(t, err)
	pool := pgtest.Pool(t, owner)
	k := &noticeOffice{store: s, owner: owner, as: map[desk.Role]*desk.Principal{}, now: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)}
	p := people{s, map[desk.AccountID]*desk.Principal{}}
	for i, role := range desk.Rights().Roles {
		var id desk.AccountID
		login := fmt.Sprintf("person%d", i)
		check(t, pool.QueryRow(t.Context(), "INSERT INTO desk.account (login, name) VALUES ($1, $2) RETURNING id", login, role.Zh).Scan(&id))
		k.as[role.Role] = &desk.Principal{Account: id, Login: login, Name: role.Zh, Grants: []desk.Held{{Grant: desk.Grant{Role: role.Role}, Everywhere: true}}}
		p.who[id] = k.as[role.Role]
	}
	k.Desk = desk.New(desk.Options{Store: p, Now: func() time.Time { return k.now }, Limits: limits})
	return k
}

const releaser desk.Role = "SECRECY_OFFICER"

// consult publishes a consultation of ten days.
func (k *noticeOffice) consult(t *testing.T) (*desk.Case, *desk.Notice) {
	t.Helper()
	ctx := t.Context()
	c, err := k.OpenCase(ctx, k.as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	c, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Consultation,
		Title: "征求意见", Text: "拟撤乡设镇。", Opens: registry.NoStart, Closes: registry.Date(2026, 12, 7), Contact: "区划处", Map: desk.MapNow}})
	check(t, err)
	n := k.only(t, c.ID)
	_, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: n.Version})
	check(t, err)
	return c, k.only(t, c.ID)
}

func (k *noticeOffice) only(t *testing.T, id registry.CaseID) *desk.Notice {
	t.Helper()
	page, err := k.Notices(t.Context(), k.as[desk.DivisionEditor], desk.NoticeQuery{Case: id})
	check(t, err)
	if len(page.Rows) != 1 || page.Total != 1 {
		t.Fatalf("the case has %d notices", page.Total)
	}
	return &page.Rows[0]
}

// send sends a comment with a new form, from an address.
func (k *noticeOffice) send(t *testing.T, n desk.NoticeID, address, text string) (desk.Receipt, error) {
	t.Helper()
	token, err := k.FormToken(t.Context(), n)
	check(t, err)
	k.now = k.now.Add(10 * time.Second)
	return k.Object(t.Context(), desk.Client{Address: netip.MustParseAddr(address)}, n, desk.CommentForm{Token: token, Stance: "OPPOSE", Text: text, Name: "张三", Contact: "13800000000", Lang: "zh"})
}

func fault(err error) string {
	var f *desk.Fault
	if errors.As(err, &f) {
		return f.Key
	}
	return ""
}

func TestNotice_fromDraftToAnswer(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	c, err := k.OpenCase(ctx, k.as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	content := desk.NoticeContent{Kind: desk.Consultation, Title: "征求意见", Text: "拟撤乡设镇。", Opens: registry.NoStart, Closes: registry.Date(2026, 12, 7), Contact: "区划处"}
	_, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{NoticeContent: content})
	check(t, err)
	n := k.only(t, c.ID)
	if _, err := k.PublicNotice(ctx, n.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("the public reads a draft: %v", err)
	}
	if page, err := k.PublicNotices(ctx, desk.NoticeQuery{}); err != nil || page.Total != 0 {
		t.Errorf("the public lists %d drafts, %v", page.Total, err)
	}

	both := *k.as[desk.DivisionEditor]
	both.Grants = append(both.Grants, desk.Held{Grant: desk.Grant{Role: releaser}, Everywhere: true})
	if _, err := k.Act(ctx, &both, c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: 1}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("who drafted published: %v", err)
	}
	if _, err := k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: 2}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("a version that was not seen was published: %v", err)
	}
	c, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.PublishNoticeAct{Notice: n.ID, Seen: 1})
	check(t, err)
	if len(c.Notices) != 1 || c.Notices[0].Ended || c.Notices[0].Until != content.Closes || c.Hands[k.as[releaser].Account] != desk.Releaser {
		t.Errorf("the case has %+v", c.Notices)
	}
	if _, err := k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{Notice: n.ID, Seen: 2, NoticeContent: content}); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("what is published was changed: %v", err)
	}
	n, err = k.PublicNotice(ctx, n.ID)
	check(t, err)
	if n.Left(registry.DayOf(k.now)) != 10 || n.Opens != registry.DayOf(k.now) {
		t.Errorf("%d days left from %s", n.Left(registry.DayOf(k.now)), n.Opens)
	}

	receipt, err := k.send(t, n.ID, "203.0.113.7", "名称\r\n不妥")
	check(t, err)
	same, err := k.send(t, n.ID, "203.0.113.8", "名称 不妥 ")
	check(t, err)
	o, _, err := k.ObjectionOf(ctx, receipt)
	check(t, err)
	if o.State != desk.ObjectionNew || o.Text != "名称\n不妥" || o.Sender != (desk.Sender{}) {
		t.Errorf("under the receipt is %+v", o)
	}
	page, _, _, err := k.Objections(ctx, k.as[desk.DivisionEditor], desk.ObjectionQuery{Notice: n.ID})
	check(t, err)
	if page.Total != 1 || page.Rows[0].Times != 2 || page.Rows[0].Sender.Name != "张三" {
		t.Errorf("the desk sees %+v", page.Rows)
	}
	if page, _, _, err = k.Objections(ctx, k.as["LEADER"], desk.ObjectionQuery{Notice: n.ID}); err != nil || page.Rows[0].Sender != (desk.Sender{}) {
		t.Errorf("who does not answer sees the sender: %+v, %v", page.Rows, err)
	}
	answer := desk.ObjectionDecision{State: desk.ObjectionAnswered, Outcome: "PARTLY", Answer: "名称将再论证。", Public: true}
	seen := []desk.Seen{{ID: page.Rows[0].ID, State: desk.ObjectionNew}}
	if err := k.DecideObjections(ctx, k.as["LEADER"], n.ID, seen, "", answer); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("a leader answered: %v", err)
	}
	check(t, k.DecideObjections(ctx, k.as[desk.DivisionEditor], n.ID, seen, "answer-1", answer))
	check(t, k.DecideObjections(ctx, k.as[desk.DivisionEditor], n.ID, seen, "answer-1", answer))
	if err := k.DecideObjections(ctx, k.as[desk.Supervisor], n.ID, seen, "", answer); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("an answer on what has moved on: %v", err)
	}
	if o, _, err = k.ObjectionOf(ctx, same); err != nil || o.Answer != answer.Answer || o.Outcome != "PARTLY" {
		t.Errorf("who said the same sees %+v, %v", o, err)
	}
	public, err := k.PublicObjections(ctx, n, 0)
	check(t, err)
	if len(public.Rows) != 1 || public.Rows[0].Sender != (desk.Sender{}) || public.Rows[0].DoneBy != "" {
		t.Errorf("the public sees %+v", public.Rows)
	}
	problems, err := k.store.Check(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Error(p)
	}
	found, err := k.Cases(ctx, k.as[desk.DivisionEditor], desk.CaseQuery{Text: "不妥"})
	if err != nil || found.Total != 1 {
		t.Errorf("an objection finds %d cases, %v", found.Total, err)
	}
}

func TestObject_refuses(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	for want, text := range map[string]string{
		"text.missing": " \n ", "text.long": strings.Repeat("长", desk.MostComment+1), "text.invisible": "甲\u202e乙", "": "甲<script>",
	} {
		if _, err := k.send(t, n.ID, "203.0.113.7", text); fault(err) != want {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	if _, err := k.send(t, n.ID, "203.0.113.7", "甲\x00乙"); fault(err) != "text.invisible" {
		t.Errorf("a zero byte: %v", err)
	}
	other, err := k.FormToken(ctx, n.ID+1)
	check(t, err)
	form := desk.CommentForm{Stance: "OPPOSE", Text: "甲", Lang: "zh"}
	for _, token := range []string{"", "x", other, strings.Repeat("A", 64)} {
		form.Token = token
		if _, err := k.Object(ctx, desk.Client{}, n.ID, form); fault(err) != "objection.stale" {
			t.Errorf("token %q: %v", token, err)
		}
	}
	form.Text = "甲乙"
	form.Token, err = k.FormToken(ctx, n.ID)
	check(t, err)
	if _, err := k.Object(ctx, desk.Client{}, n.ID, form); fault(err) != "objection.hasty" {
		t.Errorf("at once: %v", err)
	}
	k.now = k.now.Add(25 * time.Hour)
	if _, err := k.Object(ctx, desk.Client{}, n.ID, form); fault(err) != "objection.stale" {
		t.Errorf("after a day: %v", err)
	}
	form.Token, err = k.FormToken(ctx, n.ID)
	check(t, err)
	k.now = k.now.Add(time.Minute)
	form.Trap = "http://spam.example"
	if _, err := k.Object(ctx, desk.Client{}, n.ID, form); fault(err) != "objection.hasty" {
		t.Errorf("a filled trap: %v", err)
	}
	k.now = time.Date(2026, 12, 7, 15, 59, 0, 0, time.UTC)
	if _, err := k.send(t, n.ID, "203.0.113.9", "最后一分钟"); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	k.now = k.now.Add(2 * time.Minute)
	if _, err := k.send(t, n.ID, "203.0.113.9", "太晚了"); fault(err) != "objection.closed" {
		t.Errorf("after the last day: %v", err)
	}
}

// A form sent many times at once is one comment, with one receipt.
func TestObject_onceForAForm(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	_, n := k.consult(t)
	token, err := k.FormToken(ctx, n.ID)
	check(t, err)
	k.now = k.now.Add(time.Minute)
	var wg sync.WaitGroup
	receipts := make(chan desk.Receipt, 8)
	for range 8 {
		wg.Go(func() {
			r, err := k.Object(ctx, desk.Client{}, n.ID, desk.CommentForm{Token: token, Stance: "SUPPORT", Text: "同意", Lang: "zh"})
			if err != nil {
				t.Error(err)
			}
			receipts <- r
		})
	}
	wg.Wait()
	close(receipts)
	first := <-receipts
	for r := range receipts {
		if r != first {
			t.Errorf("receipts %s and %s", first, r)
		}
	}
	page, _, _, err := k.Objections(ctx, k.as[desk.DivisionEditor], desk.ObjectionQuery{Notice: n.ID, All: true})
	check(t, err)
	if page.Total != 1 {
		t.Errorf("%d comments", page.Total)
	}
}

func TestObject_bounds_what_comes_in(t *testing.T) {
	k := openNoticeOffice(t, desk.PublicLimits{Network: 3, Total: 5})
	_, n := k.consult(t)
	taken := 0
	for i := range 6 {
		_, err := k.send(t, n.ID, fmt.Sprintf("203.0.113.%d", i), fmt.Sprint("意见 ", i)) // one network of 256 addresses
		var many *desk.TooMany
		switch {
		case err == nil:
			taken++
		case !errors.As(err, &many) || !many.Own:
			t.Error(err)
		}
	}
	if taken != 3 {
		t.Errorf("%d of one network were taken", taken)
	}
	for i := range 5 {
		if _, err := k.send(t, n.ID, fmt.Sprintf("2001:db8:%d::1", i), fmt.Sprint("更多 ", i)); err == nil {
			taken++
		}
	}
	if taken != 5 {
		t.Errorf("%d of all were taken", taken)
	}
	k.now = k.now.Add(time.Hour)
	if _, err := k.send(t, n.ID, "203.0.113.1", "一小时后"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	var clear int
	check(t, k.store.pool.QueryRow(t.Context(), "SELECT count(*) FROM desk.objection_tally WHERE encode(key, 'escape') LIKE '%203.0%'").Scan(&clear))
	if clear != 0 {
		t.Error("addresses are kept in clear")
	}
}

func TestNotice_ends(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	c, n := k.consult(t)
	c, err := k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.ProlongNotice{Notice: n.ID, Seen: n.Version, Closes: n.Closes + 7, Reason: "应群众要求"})
	check(t, err)
	if c.Notices[0].Until != n.Closes+7 {
		t.Errorf("until %s", c.Notices[0].Until)
	}
	if _, err := k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.ProlongNotice{Notice: n.ID, Seen: n.Version + 1, Closes: n.Closes, Reason: "x"}); fault(err) != "notice.longer" {
		t.Errorf("made shorter: %v", err)
	}
	c, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.EndNotice{Notice: n.ID, Seen: n.Version + 1, Withdraw: true, Reason: "方案有误"})
	check(t, err)
	if !c.Notices[0].Ended {
		t.Error("the case waits for a notice that was withdrawn")
	}
	n, err = k.PublicNotice(ctx, n.ID)
	check(t, err)
	if n.State != desk.NoticeWithdrawn || n.Reason != "方案有误" {
		t.Errorf("the public reads %s: %s", n.State, n.Reason)
	}
	_, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Announcement,
		Title: "公告", Text: "已撤乡设镇。", Opens: registry.NoStart, Closes: registry.NoStart, Contact: "区划处"}})
	check(t, err)
	page, err := k.Notices(ctx, k.as[desk.DivisionEditor], desk.NoticeQuery{States: []desk.NoticeState{desk.NoticeDrafted}})
	check(t, err)
	c, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", desk.PublishNoticeAct{Notice: page.Rows[0].ID, Seen: 1})
	check(t, err)
	if len(c.Marks) > 0 || !c.Notices[1].Ended {
		t.Errorf("marks %+v, notices %+v", c.Marks, c.Notices)
	}
	past, err := k.PublicNotices(ctx, desk.NoticeQuery{When: "past", Limit: 1})
	check(t, err)
	if past.Total != 1 || past.Rows[0].ID != n.ID {
		t.Errorf("past: %+v", past.Rows)
	}
	all, err := k.PublicNotices(ctx, desk.NoticeQuery{Limit: 1})
	check(t, err)
	next, err := k.PublicNotices(ctx, desk.NoticeQuery{Limit: 1, Before: all.Next})
	check(t, err)
	if all.Total != 2 || len(next.Rows) != 1 || next.Rows[0].ID == all.Rows[0].ID || next.Next != 0 {
		t.Errorf("pages: %+v then %+v", all.Rows, next.Rows)
	}
}

func TestNotice_concludes(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	c, n := k.consult(t)
	for _, text := range []string{"保留旧名", "保留旧名", "=cmd|' /C calc'!A0", "广告"} {
		_, err := k.send(t, n.ID, "203.0.113.7", text)
		check(t, err)
	}
	conclude := desk.ConcludeNotice{Notice: n.ID, Seen: n.Version}
	if _, err := k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", conclude); fault(err) != "notice.running" {
		t.Errorf("concluded while it runs: %v", err)
	}
	k.now = k.now.AddDate(0, 0, 11)
	if _, err := k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", conclude); fault(err) != "notice.unanswered" {
		t.Errorf("concluded without answers: %v", err)
	}
	page, _, _, err := k.Objections(ctx, k.as[desk.DivisionEditor], desk.ObjectionQuery{Notice: n.ID})
	check(t, err)
	var two []desk.Seen
	for _, o := range page.Rows[:2] {
		two = append(two, desk.Seen{ID: o.ID, State: o.State})
	}
	check(t, k.DecideObjections(ctx, k.as[desk.DivisionEditor], n.ID, two, "", desk.ObjectionDecision{State: desk.ObjectionAnswered, Outcome: "ADOPTED", Answer: "已保留。"}))
	check(t, k.DecideObjections(ctx, k.as[desk.DivisionEditor], n.ID, []desk.Seen{{ID: page.Rows[2].ID, State: desk.ObjectionNew}}, "",
		desk.ObjectionDecision{State: desk.ObjectionAside, Reason: "广告"}))
	c, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "conclude", conclude)
	check(t, err)
	if !c.Notices[0].Ended || !c.HasPaper("PUBLIC_OPINION") {
		t.Errorf("notices %+v, papers %+v", c.Notices, c.Papers)
	}
	content, err := k.store.OpenFile(ctx, c.Papers[0].Digest)
	check(t, err)
	docx, err := io.ReadAll(content)
	check(t, err)
	text := docxText(t, docx)
	for _, want := range []string{"共收到意见 4 份，内容不同的 3 条", "采纳 3 份", "不作为意见处理的 1 份", "保留旧名（2）", "已保留。"} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
	if strings.Contains(text, "张三") || strings.Contains(text, "138") {
		t.Error("the summary names a sender")
	}
	var sheet bytes.Buffer
	check(t, k.ObjectionSheet(ctx, k.as["LEADER"], n.ID, &sheet))
	f, err := excelize.OpenReader(&sheet)
	check(t, err)
	rows, err := f.GetRows("意见")
	check(t, err)
	if formula, _ := f.GetCellFormula("意见", "D4"); len(rows) != 5 || rows[2][4] != "1" || rows[1][7] != "" || formula != "" {
		t.Errorf("the workbook holds %q, formula %q", rows, formula)
	}
	problems, err := k.store.Check(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Error(p)
	}
}

// docxText is the text of a .docx, without its marks.
func docxText(t *testing.T, docx []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	check(t, err)
	f, err := z.Open("word/document.xml")
	check(t, err)
	defer f.Close()
	var out strings.Builder
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if err == io.EOF {
			return out.String()
		}
		check(t, err)
		if text, ok := token.(xml.CharData); ok {
			out.Write(text)
		}
	}
}

// A notice and a letter begin with what the case knows: who handles it, and the
// telephone of their account, if they gave one.
func TestNotice_beginsWithItsCase(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	c, err := k.OpenCase(ctx, k.as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇", Summary: "拟撤乡设镇。"})
	check(t, err)
	v, err := k.NoticeValues(ctx, c)
	check(t, err)
	if v.Title != "关于撤乡设镇的公告" || v.Text != "现将撤乡设镇的有关情况公告如下。\n\n拟撤乡设镇。" || v.Contact != "联系人："+k.as[desk.DivisionEditor].Name {
		t.Errorf("%+v", v)
	}
	if phone := paperValues(t, k.Desk, c, "CONSULTATION").Text["phone"]; phone != "" {
		t.Errorf("a telephone nobody gave: %q", phone)
	}
	_, err = pgtest.Pool(t, k.owner).Exec(ctx, "UPDATE desk.account SET phone = '0431-12345678' WHERE id = $1", int64(c.Holder))
	check(t, err)
	if v, err = k.NoticeValues(ctx, c); err != nil || !strings.HasSuffix(v.Contact, "\n联系电话：0431-12345678") {
		t.Errorf("%q, %v", v.Contact, err)
	}
	if phone := paperValues(t, k.Desk, c, "CONSULTATION").Text["phone"]; phone != "0431-12345678" {
		t.Errorf("the letter names the telephone %q", phone)
	}
}

// redraw gives 乙县 to 甲县 in the draft of a case, which is open, and returns the
// units by name.
func (k *noticeOffice) redraw(t *testing.T, id registry.CaseID) map[string]registry.UnitID {
	t.Helper()
	units := map[string]registry.UnitID{}
	pub, err := k.store.Published(t.Context())
	check(t, err)
	at := registry.Instant{Valid: registry.DayOf(k.now), Recorded: pub.AsOf}
	check(t, k.store.Units(t.Context(), registry.UnitQuery{At: at}, func(u *registry.Unit) error { units[u.Name] = u.ID; return nil }))
	var face registry.FaceID
	check(t, k.store.pool.QueryRow(t.Context(), "SELECT face_id FROM tenure WHERE unit_id = $1", units["乙县"]).Scan(&face))
	check(t, k.store.Draft(t.Context(), id, registry.Since(at.Valid), registry.Operation{Kind: registry.Assign, Face: face, Unit: units["甲县"]}))
	return units
}

// The map of a proposal shows what the draft was when it was released, and only
// what was cleared.
func TestNotice_shows_the_proposal_that_was_cleared(t *testing.T) {
	ctx := t.Context()
	k := openNoticeOffice(t, desk.PublicLimits{})
	c, err := k.OpenCase(ctx, k.as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "划界"})
	check(t, err)
	content := desk.NoticeContent{Kind: desk.Consultation, Title: "征求意见", Text: "见图。", Opens: registry.NoStart, Closes: registry.Date(2026, 12, 7),
		Contact: "区划处", Map: desk.MapProposal}
	if _, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{NoticeContent: content}); fault(err) != "notice.nodraft" {
		t.Errorf("the map of a proposal without a draft: %v", err)
	}
	_, err = k.store.OpenDraft(ctx, c.ID)
	check(t, err)
	if drawn, err := k.HasDraft(ctx, c); err != nil || drawn {
		t.Errorf("an empty draft can be shown: %v, %v", drawn, err)
	}
	units := k.redraw(t, c.ID)
	if drawn, err := k.HasDraft(ctx, c); err != nil || !drawn {
		t.Errorf("the draft cannot be shown: %v, %v", drawn, err)
	}
	_, err = k.Act(ctx, k.as[desk.DivisionEditor], c.ID, 0, "", desk.WriteNotice{NoticeContent: content})
	check(t, err)
	n := k.only(t, c.ID)
	publish := desk.PublishNoticeAct{Notice: n.ID, Seen: n.Version}
	if _, err := k.Act(ctx, k.as[releaser], c.ID, 0, "", publish); fault(err) != "notice.cleared" {
		t.Errorf("published without clearance: %v", err)
	}
	publish.Cleared = true
	_, err = k.Act(ctx, k.as[releaser], c.ID, 0, "", publish)
	check(t, err)
	n, err = k.PublicNotice(ctx, n.ID)
	check(t, err)
	shapes, err := k.NoticeShapes(ctx, n)
	check(t, err)
	if len(shapes) != 2 || len(shapes[1].WKB) != 0 || shapes[1].Name != "乙县" || shapes[0].Name != "甲县" || shapes[0].Group != units["西市"] {
		t.Fatalf("shown: %+v", shapes)
	}
	g, err := wkb.Unmarshal(shapes[0].WKB)
	check(t, err)
	if got := planar.Area(g); got != 2 {
		t.Errorf("甲县 has %g square degrees in the proposal, want 2", got)
	}
}
