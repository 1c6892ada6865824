package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// NoticeID identifies a public notice for life.
type NoticeID int64

// NoticeKind says what a notice is for.
type NoticeKind string

// The kinds of notice.
const (
	Consultation NoticeKind = "CONSULTATION" // 征求意见: what do people think of a plan
	Publicity    NoticeKind = "PUBLICITY"    // 公示: who objects to what is about to be decided
	Announcement NoticeKind = "ANNOUNCEMENT" // 公告: what was decided; it takes no comments
)

// NoticeKinds are all kinds, in the order in which a case has them.
var NoticeKinds = []NoticeKind{Consultation, Publicity, Announcement}

// Asks reports whether people can comment on such a notice.
func (k NoticeKind) Asks() bool { return k == Consultation || k == Publicity }

func (k NoticeKind) name() (zh, en string) {
	switch k {
	case Consultation:
		return "征求意见公告", "public consultation"
	case Publicity:
		return "公示", "public notice"
	case Announcement:
		return "公告", "announcement"
	}
	return "", ""
}

// NoticeState is how far a notice is.
type NoticeState string

// The states of a notice. What was published is never changed and never goes
// away: it is prolonged, ended or withdrawn, and a mistake in it is put right by
// another notice.
const (
	NoticeDrafted   NoticeState = "DRAFT"
	NoticeDiscarded NoticeState = "DISCARDED" // a draft that nobody outside saw
	NoticePublished NoticeState = "PUBLISHED"
	NoticeOver      NoticeState = "ENDED"
	NoticeWithdrawn NoticeState = "WITHDRAWN"
)

// Public reports whether everybody may read a notice in this state.
func (s NoticeState) Public() bool {
	return s == NoticePublished || s == NoticeOver || s == NoticeWithdrawn
}

// NoticeMap is what a notice shows on a map. Only what is published, or was
// cleared for this notice by who released it, is ever shown.
type NoticeMap string

// The maps of notices.
const (
	NoMap       NoticeMap = ""
	MapNow      NoticeMap = "NOW"      // the divisions as they are published
	MapProposal NoticeMap = "PROPOSAL" // those, and as the draft of the case would have them
)

// NoticeContent is what people write in a notice.
type NoticeContent struct {
	Kind      NoticeKind
	Title     string
	Text      string          // paragraphs, headings and lists; see the package web/prose
	Unit      registry.UnitID // what it is about; 0 for the whole registry
	Opens     registry.Day    // first day for comments; NoStart for the day of publication
	Closes    registry.Day    // last day for comments; NoStart for none
	Contact   string
	Number    string // 文号 of the paper by which it was approved; "" for none
	Map       NoticeMap
	Announces bool    // it announces the change itself: the day counts for the case
	Papers    []int64 // papers of the case that people may download; none above secrecy 0
}

// Notice is a public notice of a case, in its latest version.
type Notice struct {
	NoticeContent
	ID          NoticeID
	Case        registry.CaseID
	Version     int // number of its versions
	State       NoticeState
	Reason      string // why it was prolonged, ended early or withdrawn
	Account     AccountID
	At          time.Time    // of the version
	PublishedAt time.Time    // zero for a draft
	AsOf        registry.Seq // the publication that its map shows
	MapDay      registry.Day // the day that its map shows; NoStart for none

	CaseNumber string // from the store
	CaseTitle  string // from the store
	UnitName   string // as the unit is called today; from the store
	Author     string // of the version; from the store
	Comments   int    // how many there are; from the store
	Unanswered int    // how many wait for an answer; from the store
}

// Open reports whether people can comment on a day.
func (n Notice) Open(on registry.Day) bool {
	return n.State == NoticePublished && n.Kind.Asks() && n.Opens <= on && on <= n.Closes
}

// Left is how many days are left for comments, that day and the last included;
// 0 when it is not open.
func (n Notice) Left(on registry.Day) int {
	if !n.Open(on) {
		return 0
	}
	return int(n.Closes-on) + 1
}

// Length is how many days the period for comments has; 0 for none, or while the
// first day is not known.
func (n Notice) Length() int {
	if !n.Kind.Asks() || n.Opens == registry.NoStart {
		return 0
	}
	return int(n.Closes-n.Opens) + 1
}

// Gone is how many days of the period for comments are over on a day: all, once
// no more comments are taken.
func (n Notice) Gone(on registry.Day) int {
	if n.State != NoticePublished && n.State != NoticeDrafted {
		return n.Length()
	}
	return min(max(int(on-n.Opens), 0), n.Length())
}

// Answered is how many comments have an answer, or were set aside.
func (n Notice) Answered() int { return n.Comments - n.Unanswered }

// recentDays is for how many days after its publication a notice that takes no
// comments is listed with what is current.
const recentDays = 30

// NoticeShape is the area of a unit as a draft would have it, cleared by who
// released the notice. It is kept with the notice, because a draft moves on.
type NoticeShape struct {
	Unit  registry.UnitID
	Name  string
	Group registry.UnitID // the unit above it: areas of one group look alike on the map
	WKB   []byte          // MultiPolygon, lon lat degrees; empty if it would have no area any more
}

// NoticeStore keeps notices.
type NoticeStore interface {
	// NewNotice draws the identity of a notice.
	NewNotice(ctx context.Context) (NoticeID, error)
	// Notice returns the latest version of a notice; KindNotFound for none.
	Notice(ctx context.Context, id NoticeID, today registry.Day) (*Notice, error)
	// NoticeVersions returns all versions of a notice, the first first.
	NoticeVersions(ctx context.Context, id NoticeID, today registry.Day) ([]Notice, error)
	// Notices lists notices, the latest first.
	Notices(ctx context.Context, q NoticeQuery) (*NoticePage, error)
	// NoticeShapes returns the areas that were cleared for a notice.
	NoticeShapes(ctx context.Context, id NoticeID) ([]NoticeShape, error)
	// DraftShapes returns the areas of the units of the county level that the
	// draft of a case changes, on a day, rounded to some decimals of a degree (0 for
	// as they are). Borders above public secrecy are refused.
	DraftShapes(ctx context.Context, id registry.CaseID, day registry.Day, decimals int) ([]NoticeShape, error)
	// Published is the publication that is current.
	Published(ctx context.Context) (*registry.Publication, error)
}

// NoticeQuery selects notices.
type NoticeQuery struct {
	Filter Filter // of the cases whose notices are listed; not used when Public
	Public bool   // only what everybody may read
	Today  registry.Day
	Since  registry.Day  // what takes no comments and was published before is past; set by the desk
	States []NoticeState // nil for any
	Kind   NoticeKind    // "" for any
	Case   registry.CaseID
	Unit   registry.UnitID // in its subtree, and above it; 0 for any
	When   string          // "current", "past", or "" for any
	Before NoticeID        // cursor: the last of the page before; 0 for the first page
	Limit  int
}

// NoticePage is a page of a list of notices.
type NoticePage struct {
	Rows  []Notice
	Total int // of all pages
	Next  NoticeID
}

// NoticeVersion is a version of a notice as the store writes it, with the case
// in one entry of the log.
type NoticeVersion struct {
	Notice
	Shapes []NoticeShape
}

// --- what people do with notices ---

// WriteNotice drafts a notice, or changes a draft.
type WriteNotice struct {
	Notice NoticeID // 0 for a new one
	Seen   int      // the version that the person has seen; 0 for a new one
	NoticeContent
}

// Needs implements [Act].
func (WriteNotice) Needs(*Case, *law.Book) Action { return DraftNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (WriteNotice) Commutes() {}

// Do implements [Act].
func (w WriteNotice) Do(x *Acting) error {
	if x.Case.Phase == law.Stopped {
		return ended(x.Case)
	}
	n := &Notice{Case: x.Case.ID}
	var err error
	if w.Notice == 0 {
		n.ID, err = x.Desk.store.NewNotice(x.Ctx)
	} else {
		n, err = x.notice(w.Notice, w.Seen, NoticeDrafted)
	}
	if err != nil {
		return err
	}
	if err := w.check(x); err != nil {
		return err
	}
	n.NoticeContent = w.NoticeContent
	n.Title, n.Contact, n.Number = strings.TrimSpace(n.Title), strings.TrimSpace(n.Contact), strings.TrimSpace(n.Number)
	n.State, n.Reason = NoticeDrafted, ""
	x.Add(NoticeWritten, Body{Notice: int64(n.ID), Title: n.Title})
	x.putNotice(n, nil)
	return nil
}

// check refuses what cannot stand in a notice.
func (c *NoticeContent) check(x *Acting) error {
	if !contains([]string{string(Consultation), string(Publicity), string(Announcement)}, string(c.Kind)) {
		return Refuse("kind", "notice.kind", "choose what kind of notice it is")
	}
	for _, field := range []struct {
		name, text  string
		least, most int
	}{{"title", c.Title, 1, 200}, {"text", c.Text, 1, 20_000}, {"contact", c.Contact, 1, 500}, {"number", c.Number, 0, 100}} {
		if err := sayText(field.name, field.text, field.least, field.most); err != nil {
			return err
		}
	}
	if err := c.checkDays(x.Today); err != nil {
		return err
	}
	if !contains([]string{string(NoMap), string(MapNow), string(MapProposal)}, string(c.Map)) {
		return Refuse("map", "notice.map", "choose what the map shows")
	}
	if c.Announces && c.Kind != Announcement {
		return Refuse("announces", "notice.announces", "only an announcement announces the change")
	}
	return c.checkPlace(x)
}

func (c *NoticeContent) checkDays(today registry.Day) error {
	switch {
	case !c.Kind.Asks() && c.Closes != registry.NoStart:
		return Refuse("closes", "notice.noperiod", "an announcement takes no comments: leave the days empty")
	case !c.Kind.Asks():
		c.Opens = registry.NoStart
	case c.Closes == registry.NoStart:
		return Refuse("closes", "notice.closes", "give the last day for comments")
	case c.Closes < today:
		return Refuse("closes", "notice.over", "this day is over")
	case c.Opens != registry.NoStart && c.Opens > c.Closes:
		return Refuse("closes", "notice.order", "the last day comes before the first")
	case c.Closes > today+mostNoticeDays:
		return Refuse("closes", "notice.far", "a period ends within a year")
	}
	return nil
}

// mostNoticeDays is how long people may be asked: more is a slip of the pen.
const mostNoticeDays = 366

func (c *NoticeContent) checkPlace(x *Acting) error {
	if c.Unit != 0 {
		if _, err := x.Desk.store.UnitPath(x.Ctx, c.Unit, x.Today); registry.KindOf(err) == registry.KindNotFound {
			return Refuse("unit", "notice.unit", "there is no such unit")
		} else if err != nil {
			return err
		}
	}
	if len(c.Papers) > 50 {
		return Refuse("papers", "notice.papers", "choose papers of the case that are public")
	}
	for _, id := range c.Papers {
		if p := x.Case.paper(id); p == nil || p.Secrecy != 0 {
			return Refuse("papers", "notice.papers", "choose papers of the case that are public")
		}
	}
	return nil
}

// paper returns a paper of the case that nothing has taken the place of.
func (c *Case) paper(id int64) *Paper {
	for _, p := range c.Current() {
		if p.ID == id {
			return &p
		}
	}
	return nil
}

// sayText is checkText with a fault that pages say in the reader's language.
func sayText(field, s string, least, most int) error {
	err := checkText(field, s, least, most)
	switch n := len([]rune(strings.TrimSpace(s))); {
	case err == nil:
		return nil
	case n < least:
		return Refuse(field, "text.missing", "it is missing")
	case n > most:
		return Refuse(field, "text.long", fmt.Sprintf("it has %d characters; at most %d fit", n, most), "n", n, "most", most)
	}
	return Refuse(field, "text.invisible", "it holds characters that cannot be shown; type it again")
}

// notice returns a notice of the case that is still as the person has seen it,
// in one of some states.
func (x *Acting) notice(id NoticeID, seen int, in ...NoticeState) (*Notice, error) {
	n, err := x.Desk.store.Notice(x.Ctx, id, x.Today)
	if err != nil {
		return nil, err
	}
	if n.Case != x.Case.ID {
		return nil, registry.NotFound("notice", id)
	}
	if n.Version != seen {
		return nil, &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("somebody else has changed this notice: it is at version %d, not %d; look at it and try again", n.Version, seen)}
	}
	for _, s := range in {
		if n.State == s {
			return n, nil
		}
	}
	return nil, &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("the notice is in state %s", n.State)}
}

// putNotice adds a version of a notice to the event that was added last.
func (x *Acting) putNotice(n *Notice, shapes []NoticeShape) {
	n.Version++
	n.Account, n.At = x.Who.Account, x.Now
	x.write.Notice = &NoticeVersion{Notice: *n, Shapes: shapes}
}

// PublishNoticeAct publishes a draft that somebody else has written.
type PublishNoticeAct struct {
	Notice  NoticeID
	Seen    int
	Cleared bool // what the map of the proposal shows may be public
}

// Needs implements [Act].
func (PublishNoticeAct) Needs(*Case, *law.Book) Action { return PublishNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (PublishNoticeAct) Commutes() {}

// Do implements [Act].
func (p PublishNoticeAct) Do(x *Acting) error {
	if x.Case.Phase == law.Stopped {
		return ended(x.Case)
	}
	n, err := x.notice(p.Notice, p.Seen, NoticeDrafted)
	if err != nil {
		return err
	}
	if n.Returned() {
		return returned()
	}
	if err := n.check(x); err != nil { // days pass, papers are replaced
		return err
	}
	if n.Kind.Asks() && n.Opens < x.Today {
		n.Opens = x.Today
	}
	shapes, err := x.noticeMap(n, p.Cleared)
	if err != nil {
		return err
	}
	n.State, n.PublishedAt, n.Reason = NoticePublished, x.Now, ""
	body := Body{Notice: int64(n.ID), Title: n.Title}
	if n.Kind.Asks() {
		body.DueOn = &n.Closes
	}
	x.Add(Noticed, body)
	if n.Announces && !x.Case.marked("ANNOUNCED") {
		x.Add(Marked, Body{Occasion: "ANNOUNCED", On: &x.Today, Text: n.Title})
	}
	x.putNotice(n, shapes)
	return nil
}

// noticeMap says which publication the map of a notice shows, and returns the
// areas of the proposal, if they were cleared.
func (x *Acting) noticeMap(n *Notice, cleared bool) ([]NoticeShape, error) {
	if n.Map == NoMap {
		return nil, nil
	}
	pub, err := x.Desk.store.Published(x.Ctx)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, Refuse("map", "notice.unpublished", "nothing is published yet that a map could show")
	}
	if err != nil {
		return nil, err
	}
	n.AsOf, n.MapDay = pub.AsOf, x.Today
	if n.Map != MapProposal {
		return nil, nil
	}
	if !cleared {
		return nil, Refuse("cleared", "notice.cleared", "say that the areas of the proposal may be shown to everybody, or take the map out of the draft")
	}
	shapes, err := x.Desk.store.DraftShapes(x.Ctx, x.Case.ID, n.MapDay, pub.Decimals)
	if err != nil {
		return nil, err
	}
	if len(shapes) == 0 {
		return nil, Refuse("map", "notice.nodraft", "the case has no draft that changes an area of the map")
	}
	return shapes, nil
}

// ProlongNotice gives people more days.
type ProlongNotice struct {
	Notice NoticeID
	Seen   int
	Closes registry.Day
	Reason string
}

// Needs implements [Act].
func (ProlongNotice) Needs(*Case, *law.Book) Action { return PublishNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (ProlongNotice) Commutes() {}

// Do implements [Act].
func (p ProlongNotice) Do(x *Acting) error {
	n, err := x.notice(p.Notice, p.Seen, NoticePublished)
	if err != nil {
		return err
	}
	switch {
	case !n.Kind.Asks():
		return Refuse("closes", "notice.noperiod", "an announcement takes no comments")
	case p.Closes <= n.Closes:
		return Refuse("closes", "notice.longer", "a period is only ever made longer; to end it early, end the notice")
	case p.Closes < x.Today:
		return Refuse("closes", "notice.over", "this day is over")
	case p.Closes > x.Today+mostNoticeDays:
		return Refuse("closes", "notice.far", "a period ends within a year")
	}
	if err := sayText("reason", p.Reason, 1, 2_000); err != nil {
		return err
	}
	n.Closes, n.Reason = p.Closes, strings.TrimSpace(p.Reason)
	x.Add(NoticeProlonged, Body{Notice: int64(n.ID), Title: n.Title, DueOn: &n.Closes, Reason: n.Reason})
	x.putNotice(n, nil)
	return nil
}

// EndNotice ends a notice before its last day, or takes it back. It stays
// readable, with the reason.
type EndNotice struct {
	Notice   NoticeID
	Seen     int
	Withdraw bool
	Reason   string
}

// Needs implements [Act].
func (EndNotice) Needs(*Case, *law.Book) Action { return PublishNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (EndNotice) Commutes() {}

// Do implements [Act].
func (e EndNotice) Do(x *Acting) error {
	n, err := x.notice(e.Notice, e.Seen, NoticePublished)
	if err != nil {
		return err
	}
	if err := sayText("reason", e.Reason, 1, 2_000); err != nil {
		return err
	}
	n.State, n.Reason = NoticeOver, strings.TrimSpace(e.Reason)
	if e.Withdraw {
		n.State = NoticeWithdrawn
	}
	x.Add(NoticeEnded, Body{Notice: int64(n.ID), Title: n.Title, Reason: n.Reason, Act: string(n.State)})
	x.putNotice(n, nil)
	return nil
}

// DiscardNotice throws a draft away.
type DiscardNotice struct {
	Notice NoticeID
	Seen   int
}

// Needs implements [Act].
func (DiscardNotice) Needs(*Case, *law.Book) Action { return DraftNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (DiscardNotice) Commutes() {}

// Do implements [Act].
func (d DiscardNotice) Do(x *Acting) error {
	n, err := x.notice(d.Notice, d.Seen, NoticeDrafted)
	if err != nil {
		return err
	}
	n.State = NoticeDiscarded
	x.Add(NoticeWritten, Body{Notice: int64(n.ID), Title: n.Title, Act: string(n.State)})
	x.putNotice(n, nil)
	return nil
}

// --- what people read of them ---

// Notice returns a notice of a case that the person may read, drafts too.
func (d *Desk) Notice(ctx context.Context, p *Principal, id NoticeID) (*Notice, *Case, error) {
	n, err := d.store.Notice(ctx, id, d.Today())
	if err != nil {
		return nil, nil, err
	}
	c, err := d.Case(ctx, p, n.Case)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil, registry.NotFound("notice", id)
	}
	return n, c, err
}

// NoticeVersions returns what a notice of a case that the person may read has
// been, the first version first.
func (d *Desk) NoticeVersions(ctx context.Context, p *Principal, id NoticeID) ([]Notice, error) {
	if _, _, err := d.Notice(ctx, p, id); err != nil {
		return nil, err
	}
	return d.store.NoticeVersions(ctx, id, d.Today())
}

// Notices lists the notices of the cases that the person may read.
func (d *Desk) Notices(ctx context.Context, p *Principal, q NoticeQuery) (*NoticePage, error) {
	q.Filter, q.Public, q.Today = p.Filter(ReadCase), false, d.Today()
	if len(q.Filter) == 0 {
		return &NoticePage{}, nil
	}
	return d.store.Notices(ctx, bounded(q))
}

// PublicNotices lists what everybody may read.
func (d *Desk) PublicNotices(ctx context.Context, q NoticeQuery) (*NoticePage, error) {
	q.Filter, q.Public, q.Today, q.States, q.Case = nil, true, d.Today(), nil, 0
	return d.store.Notices(ctx, bounded(q))
}

func bounded(q NoticeQuery) NoticeQuery {
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 30
	}
	q.Since = q.Today - recentDays
	return q
}

// PublicNotice returns a notice that everybody may read. To the public a draft
// is as good as none.
func (d *Desk) PublicNotice(ctx context.Context, id NoticeID) (*Notice, error) {
	n, err := d.store.Notice(ctx, id, d.Today())
	if err != nil {
		return nil, err
	}
	if !n.State.Public() {
		return nil, registry.NotFound("notice", id)
	}
	return n, nil
}

// NoticePapers are the papers that people may download with a notice: those
// that were chosen, as far as they are public still.
func (d *Desk) NoticePapers(ctx context.Context, n *Notice) ([]Paper, error) {
	if len(n.Papers) == 0 {
		return nil, nil
	}
	c, err := d.record(ctx, n.Case)
	if err != nil {
		return nil, err
	}
	var out []Paper
	for _, id := range n.Papers {
		for _, p := range c.Papers {
			if p.ID == id && p.Secrecy == 0 {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// OpenNoticePaper returns a paper that people may download with a notice, and
// its bytes; KindNotFound for any other.
func (d *Desk) OpenNoticePaper(ctx context.Context, notice NoticeID, paper int64) (*Paper, Content, error) {
	n, err := d.PublicNotice(ctx, notice)
	if err != nil {
		return nil, nil, err
	}
	papers, err := d.NoticePapers(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	for i := range papers {
		if papers[i].ID == paper {
			content, err := d.store.OpenFile(ctx, papers[i].Digest)
			return &papers[i], content, err
		}
	}
	return nil, nil, registry.NotFound("paper", paper)
}

// ProposalShapes returns the areas that the draft of the case of a notice would
// have today, for who decides whether they may be shown. The reading is noted.
func (d *Desk) ProposalShapes(ctx context.Context, p *Principal, id NoticeID) ([]NoticeShape, error) {
	n, c, err := d.Notice(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(ReadGeometry, c.Object()) {
		return nil, registry.NotFound("map of notice", id)
	}
	if err := d.Note(ctx, p, ReadUnpublished, "CASE", int64(n.Case), map[string]any{"notice": n.ID}); err != nil {
		return nil, err
	}
	return d.store.DraftShapes(ctx, n.Case, d.Today(), 0)
}

// NoticeShapes returns the areas of a proposal that were cleared for a notice.
func (d *Desk) NoticeShapes(ctx context.Context, n *Notice) ([]NoticeShape, error) {
	if n.Map != MapProposal || !n.State.Public() {
		return nil, nil
	}
	return d.store.NoticeShapes(ctx, n.ID)
}
