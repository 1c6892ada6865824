package desk

import (
	"context"
	"fmt"
	"time"

	"jieming/registry"
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
	// HasDraft reports whether a case has a draft of the map that was not applied.
	HasDraft(ctx context.Context, id registry.CaseID) (bool, error)
	// DraftShapes returns the areas of the units of the county level that the
	// draft of a case changes, on a day, rounded to some decimals of a degree (0 for
	// as they are). Borders above public secrecy are refused.
	DraftShapes(ctx context.Context, id registry.CaseID, day registry.Day, decimals int) ([]NoticeShape, error)
	// Published is the publication that is current.
	Published(ctx context.Context) (*registry.Publication, error)
}

// NoticeVersion is a version of a notice as the store writes it, with the case
// in one entry of the log.
type NoticeVersion struct {
	Notice
	Shapes []NoticeShape
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
