package desk

import (
	"context"
	"fmt"
	"time"

	"jieming/registry"
	"jieming/registry/desk/ical"
)

// Feed is the calendar of a person under a secret address.
type Feed struct {
	Account AccountID
	MadeAt  time.Time
	UsedAt  time.Time // zero if it was never read
	Secret  string    // for the address; only of one just made
}

// FeedStore keeps the addresses of calendars.
type FeedStore interface {
	// Feed returns the address of a person; KindNotFound for none.
	Feed(ctx context.Context, account AccountID) (*Feed, error)
	// SetFeed gives a person an address, instead of the one before.
	SetFeed(ctx context.Context, account AccountID, digest [32]byte, now time.Time) error
	// EndFeed takes the address of a person back.
	EndFeed(ctx context.Context, account AccountID) error
	// FindFeed finds whose address it is, and notes that it was read.
	FindFeed(ctx context.Context, digest [32]byte, now time.Time) (AccountID, error)
}

// Feed returns the calendar of a person; nil for none.
func (d *Desk) Feed(ctx context.Context, p *Principal) (*Feed, error) {
	if !p.Known() {
		return nil, registry.NotFound("account", 0)
	}
	f, err := d.store.Feed(ctx, p.Account)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil
	}
	return f, err
}

// MakeFeed gives a person a secret address for their calendar; the one before
// ends. It is shown once.
func (d *Desk) MakeFeed(ctx context.Context, p *Principal) (*Feed, error) {
	if !p.Known() || p.Scopes != nil {
		return nil, registry.NotFound("account", 0)
	}
	f := &Feed{Account: p.Account, MadeAt: d.now(), Secret: secret()}
	return f, d.store.SetFeed(ctx, p.Account, digest(f.Secret), f.MadeAt)
}

// EndFeed takes the address back.
func (d *Desk) EndFeed(ctx context.Context, p *Principal) error {
	if !p.Known() {
		return registry.NotFound("account", 0)
	}
	return d.store.EndFeed(ctx, p.Account)
}

// Calendar of due dates --------------------------------------------------------

// DueCalendar returns the calendar behind a secret address: what is due of the
// cases that wait for its owner, by their numbers and without their titles. An
// unknown address, and that of an account that was disabled, is KindNotFound.
func (d *Desk) DueCalendar(ctx context.Context, given, public string) (*ical.Calendar, error) {
	unknown := registry.NotFound("calendar", 0)
	if given == "" || len(given) > 100 {
		return nil, unknown
	}
	account, err := d.store.FindFeed(ctx, digest(given), d.now())
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	p, err := d.principal(ctx, account)
	if err != nil || p.Disabled {
		return nil, unknown
	}
	box, err := d.Inbox(ctx, p)
	if err != nil {
		return nil, err
	}
	c := &ical.Calendar{Product: "-//Jieming//Desk//ZH", Name: "界名待办期限", Refresh: time.Hour}
	if p.Language == "en" {
		c.Name = "Jieming: due dates"
	}
	if d.drill {
		c.Name = "【演练】" + c.Name
	}
	for i := range box.Tasks {
		if t := &box.Tasks[i]; t.Limited() {
			c.Events = append(c.Events, d.dueEvent(t, p, public))
		}
	}
	return c, nil
}

// dueEvent says that something of a case is due. Its number of changes is that
// of the case.
func (d *Desk) dueEvent(t *Task, p *Principal, public string) ical.Event {
	// Who practises keeps the real day in the same calendar program.
	space := "jieming"
	if d.drill {
		space = "training.jieming"
	}
	e := ical.Event{UID: fmt.Sprintf("case-%d-%s-%d-%s@%s", t.ID, t.Clock, t.Asked, t.Department, space), Sequence: t.Version, Changed: t.TouchedAt,
		Day: t.Until.Time(), Urgent: t.Urgent, Summary: t.Number}
	if k := d.book.Clock(t.Kind, t.Clock); k != nil {
		name := k.Zh
		if p.Language == "en" {
			name = k.En
		}
		e.Summary += " " + name
	}
	if d.drill {
		e.Summary = "【演练】" + e.Summary
	}
	if t.For != nil {
		e.Summary += "（代" + t.For.Name + "）"
	}
	if public != "" {
		e.URL = fmt.Sprintf("%s/desk/cases/%d", public, t.ID)
	}
	return e
}
