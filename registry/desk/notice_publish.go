package desk

import (
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

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
	if n.Announces && !contains(x.Case.Occasions(x.Desk.book), announced) {
		return Refuse("announces", "notice.unapproved", "the case is not one that has been approved: nothing of it can be announced yet")
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
	if n.Announces && !x.Case.marked(announced) {
		x.Add(Marked, Body{Occasion: announced, On: &x.Today, Text: n.Title})
	}
	x.putNotice(n, shapes)
	return nil
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
