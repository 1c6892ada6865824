package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"jieming/registry"
	"jieming/registry/law"
)

// Act is something that a person does in a case.
type Act interface {
	// Needs is the right that doing it takes.
	Needs(c *Case, b *law.Book) Action
	// Do checks that it can be done and adds the events it makes.
	Do(x *Acting) error
}

// Commuting acts may be done on a case that has moved on: a comment loses
// nothing because somebody else has commented. All other acts name the version
// that the person has seen.
type Commuting interface{ Commutes() }

// Acting is an act under way.
type Acting struct {
	Ctx   context.Context
	Desk  *Desk
	Who   *Principal
	For   *Delegation // nil for themselves
	Case  *Case       // as it was; Add brings it up to date
	Now   time.Time
	Today registry.Day
	Days  *Counting // how limits are counted
	write *CaseWrite
}

// Add records an event. Its number, time and persons are filled in here.
func (x *Acting) Add(t EventType, b Body) *Event {
	e := Event{N: x.Case.Version + 1, Type: t, Account: x.Who.Account, At: x.Now, Body: b}
	if x.For != nil {
		e.For = x.For.From
	}
	x.clocks(&e)
	before := map[AccountID]Hand{}
	for a, h := range x.Case.Hands {
		before[a] = h
	}
	x.Case.take(&e, x.Desk.book)
	for a, h := range x.Case.Hands {
		if before[a] == NoHand {
			x.write.Hands[a] = h
		}
	}
	x.Case.Events = append(x.Case.Events, e)
	x.write.Events = append(x.write.Events, e)
	return &x.write.Events[len(x.write.Events)-1]
}

// AddPaper adds a paper to the event that was added last.
func (x *Acting) AddPaper(p Paper) {
	p.N = x.Case.Version
	x.write.Papers = append(x.write.Papers, p)
	x.Case.Papers = append(x.Case.Papers, p)
}

// clocks starts and stops the clocks that wait for an event.
func (x *Acting) clocks(e *Event) {
	var occasions []string
	switch e.Type {
	case Opened:
		occasions = []string{"OPEN"}
	case Stepped:
		occasions = []string{e.Body.Act}
	case AskedFor:
		occasions = []string{"ASKED"}
	case Replied, Unasked:
		if x.lastAnswer() {
			occasions = []string{"ANSWERED"}
		}
	case Marked:
		occasions = []string{e.Body.Occasion}
	}
	began := x.Today
	if e.Body.On != nil {
		began = *e.Body.On
	}
	if e.Body.Instrument != nil && e.Type == Stepped {
		began = e.Body.Instrument.IssuedOn // the limit runs from the approval, not from the day we heard of it
	}
	kind := x.Case.Kind
	if e.Type == Opened {
		kind = e.Body.Kind
	}
	for _, k := range x.Desk.book.ClocksOf(kind, began) {
		for _, occasion := range occasions {
			if contains(k.Stops, occasion) && x.runs(k.ID) {
				e.Body.Stopped = append(e.Body.Stopped, k.ID)
			}
			if contains(k.Starts, occasion) && !x.runs(k.ID) {
				due := x.Days.Due(k.Limit, k, began)
				if e.Type == AskedFor && e.Body.DueOn != nil {
					due = *e.Body.DueOn
				} else if w, ok := x.Days.warning(k, began, due); ok {
					e.Body.Warnings = append(e.Body.Warnings, w)
				}
				e.Body.Started = append(e.Body.Started, ClockStart{Clock: k.ID, BeganOn: began, DueOn: due, Statutory: k.Statutory})
			}
		}
	}
	if e.Type == Stepped {
		x.stopAll(e)
	}
}

// stopAll stops what still runs when a case comes to its end.
func (x *Acting) stopAll(e *Event) {
	if s := x.Desk.book.State(x.Case.Kind, e.Body.To); s == nil || s.Phase == law.Open {
		return
	}
	for _, k := range x.Case.Clocks {
		if k.Running() && !contains(e.Body.Stopped, k.Clock) {
			e.Body.Stopped = append(e.Body.Stopped, k.Clock)
		}
	}
}

// lastAnswer reports whether, with the answer being given, nobody is asked for
// an opinion any more.
func (x *Acting) lastAnswer() bool {
	open := 0
	for _, r := range x.Case.Requests {
		if r.Answer == nil {
			open++
		}
	}
	return open <= 1
}

func (x *Acting) runs(clock string) bool {
	for _, k := range x.Case.Clocks {
		if k.Clock == clock && k.Running() {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}

// Act does something in a case. seen is the version of the case that the person
// looked at; acts that are [Commuting] may leave it 0. request is an idempotency
// key: the same act under the same key is done once. An act on a case that has
// moved on is KindConflict with a [Moved] as its cause, and does nothing.
func (d *Desk) Act(ctx context.Context, p *Principal, id registry.CaseID, seen int, request string, act Act) (*Case, error) {
	_, commutes := act.(Commuting)
	if done, ok, err := d.done(ctx, p, request); ok || err != nil {
		return done, err
	}
	for try := 0; ; try++ {
		c, err := d.act(ctx, p, id, seen, request, act, commutes)
		var late *overtaken
		if !commutes || !errors.As(err, &late) || try == 50 {
			return c, err
		}
	}
}

func (d *Desk) act(ctx context.Context, p *Principal, id registry.CaseID, seen int, request string, act Act, commutes bool) (*Case, error) {
	c, err := d.Case(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !commutes && seen == 0 {
		return nil, Refuse("version", "case.version", "say which version of the case you have seen")
	}
	if seen > c.Version {
		return nil, Refuse("version", "case.version", fmt.Sprintf("the case has only %d events", c.Version))
	}
	if !commutes && seen != c.Version {
		return nil, moved(c, seen)
	}
	action := act.Needs(c, d.book)
	standIn, ok := p.Acting(action, c.Object())
	if !ok {
		return nil, d.refusal(p, action, c)
	}
	days, err := d.counting(ctx)
	if err != nil {
		return nil, err
	}
	now := d.now().UTC().Truncate(time.Microsecond)
	x := &Acting{Ctx: ctx, Desk: d, Who: p, For: standIn, Case: c, Now: now, Today: registry.DayOf(now), Days: days,
		write: &CaseWrite{Actor: p.Login, By: p.Account, Request: p.key(request), Expect: c.Version, Case: c, Hands: map[AccountID]Hand{}}}
	if err := act.Do(x); err != nil {
		return nil, err
	}
	if len(x.write.Events) == 0 {
		return c, nil // nothing to change
	}
	if err := x.tell(); err != nil {
		return nil, err
	}
	if _, err := d.store.WriteCase(ctx, x.write); registry.KindOf(err) == registry.KindConflict {
		return nil, &overtaken{err}
	} else if err != nil {
		return nil, err
	}
	return d.Case(ctx, p, id)
}

// overtaken is a write that came after somebody else's. An act that commutes is
// decided again on the case as it is then; what an act itself refuses is not.
type overtaken struct{ error }

// Unwrap returns the conflict.
func (o *overtaken) Unwrap() error { return o.error }

// done returns the case that a command was recorded in before, as it is now.
func (d *Desk) done(ctx context.Context, p *Principal, request string) (*Case, bool, error) {
	if request == "" {
		return nil, false, nil
	}
	id, ok, err := d.store.RecordedCase(ctx, p.key(request))
	if err != nil || !ok {
		return nil, false, err
	}
	c, err := d.Case(ctx, p, id)
	return c, true, err
}

// key is an idempotency key as it is recorded: nobody meets another's.
func (p *Principal) key(request string) string {
	if request == "" {
		return ""
	}
	return p.Login + " " + request
}

// refusal explains why an action is not allowed on a case that the person may
// read.
func (d *Desk) refusal(p *Principal, a Action, c *Case) error {
	info := Rights().Action(a)
	if p.Reaches(a, c.Object()) && info != nil {
		return denied(registry.KindForbidden, "case.hands",
			fmt.Sprintf("%s: whoever had another hand in this case may not have this one (editor, approver and releaser are different people)", info.En))
	}
	return denied(registry.KindForbidden, "case.right", "no right to "+string(a)+" in this case")
}

// Moved says what happened in a case since a person looked at it.
type Moved struct {
	Case  *Case
	Seen  int
	Since []Event
}

// Error says that the case moved on.
func (m *Moved) Error() string {
	return fmt.Sprintf("case %s is at version %d, not %d", m.Case.Number, m.Case.Version, m.Seen)
}

func moved(c *Case, seen int) error {
	return &registry.Error{Kind: registry.KindConflict, Message: "the case has moved on since you opened it; look at what happened and try again",
		Err: &Moved{Case: c, Seen: seen, Since: c.Events[seen:]}}
}

// OpenRequest is what a new case needs.
type OpenRequest struct {
	Kind    string
	Title   string
	Summary string
	Unit    registry.UnitID // 0 for the whole registry, for those whose jurisdiction it is
	Fields  map[string]string
	Urgent  bool
	Request string // idempotency key
}

// OpenCase opens a case, held by who opens it.
func (d *Desk) OpenCase(ctx context.Context, p *Principal, r OpenRequest) (*Case, error) {
	if done, ok, err := d.done(ctx, p, r.Request); ok || err != nil {
		return done, err
	}
	kind := d.book.Kind(r.Kind)
	if kind == nil {
		return nil, Refuse("kind", "case.kind", fmt.Sprintf("%q is no kind of case", r.Kind))
	}
	if err := checkText("title", r.Title, 1, 200); err != nil {
		return nil, err
	}
	if err := checkText("summary", r.Summary, 0, 20_000); err != nil {
		return nil, err
	}
	if err := checkFields(r.Fields); err != nil {
		return nil, err
	}
	now := d.now().UTC().Truncate(time.Microsecond)
	c := &Case{Kind: r.Kind, Fields: map[string]string{}, Marks: map[string]Mark{}, Hands: map[AccountID]Hand{}}
	var err error
	c.Path, err = d.store.UnitPath(ctx, r.Unit, registry.DayOf(now))
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, Refuse("unit", "unit.none", "there is no such unit")
	}
	if err != nil {
		return nil, err
	}
	object := c.Object()
	object.Opener, object.Holder = p.Account, p.Account
	standIn, ok := p.Acting(OpenCase, object)
	if !ok {
		return nil, &Fault{Kind: registry.KindForbidden, Field: "unit", Key: "case.open", Message: "no right to open a case of this kind there"}
	}
	days, err := d.counting(ctx)
	if err != nil {
		return nil, err
	}
	x := &Acting{Ctx: ctx, Desk: d, Who: p, For: standIn, Case: c, Now: now, Today: registry.DayOf(now), Days: days,
		write: &CaseWrite{Actor: p.Login, By: p.Account, Request: p.key(r.Request), Case: c, Hands: map[AccountID]Hand{}, Series: kind.Series, Year: now.In(registry.China).Year()}}
	x.Add(Opened, Body{Kind: r.Kind, Title: strings.TrimSpace(r.Title), Summary: &r.Summary, Unit: r.Unit, Fields: r.Fields,
		Urgent: &r.Urgent, To: kind.First, Account: p.Account})
	id, err := d.store.WriteCase(ctx, x.write)
	if err != nil {
		return nil, err
	}
	return d.Case(ctx, p, id)
}

// checkText refuses texts that are too short or too long, and characters that
// show nothing.
func checkText(field, s string, least, most int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, invisible):
		return Refuse(field, "text.unseen", "it holds characters that cannot be shown; type it again")
	case n < least:
		return Refuse(field, "text.missing", "it is missing")
	case n > most:
		return Refuse(field, "text.long", fmt.Sprintf("it has %d characters; at most %d fit", n, most), "n", n, "most", most)
	}
	return nil
}

// invisible reports control characters, and those that turn the direction of
// text around.
func invisible(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

func checkFields(fields map[string]string) error {
	if len(fields) > 100 {
		return registry.Invalid("fields", "too many")
	}
	for name, value := range fields {
		if len(name) > 64 {
			return registry.Invalid("fields", "a name is too long")
		}
		if err := checkText(name, value, 0, 20_000); err != nil {
			return err
		}
	}
	return nil
}
