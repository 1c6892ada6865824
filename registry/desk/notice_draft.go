package desk

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

// WriteNotice drafts a notice, or changes a draft.
type WriteNotice struct {
	Notice NoticeID // 0 for a new one
	Seen   int      // the version that the person has seen; 0 for a new one
	NoticeContent
}

// NoticeValues are what a case knows for a notice, so that nobody types it again:
// they begin the form, and may be changed.
func (d *Desk) NoticeValues(ctx context.Context, c *Case) (NoticeContent, error) {
	phone, err := d.phoneOf(ctx, c.Holder)
	v := NoticeContent{Title: "关于" + c.Title + "的公告", Unit: c.Unit, Opens: registry.NoStart, Closes: registry.NoStart,
		Text: "现将" + c.Title + "的有关情况公告如下。"}
	if summary := strings.TrimSpace(c.Summary); summary != "" {
		v.Text += "\n\n" + summary
	}
	var contact []string
	if name := c.Names[c.Holder]; name != "" {
		contact = append(contact, "联系人："+name)
	}
	if phone != "" {
		contact = append(contact, "联系电话："+phone)
	}
	v.Contact = strings.Join(contact, "\n")
	return v, err
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
	if c.Map == MapProposal {
		if drawn, err := x.Desk.store.HasDraft(x.Ctx, x.Case.ID); err != nil || !drawn {
			return cmp.Or(err, noDraft())
		}
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
