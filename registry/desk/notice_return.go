package desk

import (
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

// ReturnNotice sends a draft back to who wrote it, with a reason. It is not
// published before it was changed.
type ReturnNotice struct {
	Notice NoticeID
	Seen   int
	Reason string
}

// Needs implements [Act].
func (ReturnNotice) Needs(*Case, *law.Book) Action { return PublishNotice }

// Commutes implements [Commuting]: the version of the notice guards it.
func (ReturnNotice) Commutes() {}

// Do implements [Act].
func (r ReturnNotice) Do(x *Acting) error {
	n, err := x.notice(r.Notice, r.Seen, NoticeDrafted)
	if err != nil {
		return err
	}
	if n.Returned() {
		return returned()
	}
	if err := sayText("reason", r.Reason, 1, 2_000); err != nil {
		return err
	}
	n.Reason = strings.TrimSpace(r.Reason)
	x.Add(NoticeReturned, Body{Notice: int64(n.ID), Title: n.Title, Reason: n.Reason})
	x.putNotice(n, nil)
	return nil
}

// Returned reports whether a draft was sent back and has not been changed since.
func (n Notice) Returned() bool { return n.State == NoticeDrafted && n.Reason != "" }

func returned() error {
	return &registry.Error{Kind: registry.KindConflict, Message: "the draft was sent back: it has to be changed first"}
}
