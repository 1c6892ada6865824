package desk

import (
	"encoding/json"
	"fmt"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// EventType is the kind of an act in a case.
type EventType string

// The acts of cases.
const (
	Opened      EventType = "OPENED"
	Edited      EventType = "EDITED"
	Stepped     EventType = "STEPPED"
	Commented   EventType = "COMMENTED"
	Assigned    EventType = "ASSIGNED"    // to a person
	Transferred EventType = "TRANSFERRED" // to another jurisdiction
	HandedOver  EventType = "HANDED_OVER" // to the heir of a unit that was abolished
	AskedFor    EventType = "ASKED"       // opinions
	Replied     EventType = "ANSWERED"
	Unasked     EventType = "UNASKED" // a question was withdrawn
	PaperAdded  EventType = "PAPER_ADDED"
	Extended    EventType = "EXTENDED" // a clock
	Marked      EventType = "MARKED"   // something happened outside of the procedure
	Linked      EventType = "LINKED"
	Unlinked    EventType = "UNLINKED"
	Noticed     EventType = "NOTICED"
	NoticeEnded EventType = "NOTICE_ENDED"

	NoticeWritten   EventType = "NOTICE_WRITTEN"   // a draft, or a change of one
	NoticeReturned  EventType = "NOTICE_RETURNED"  // a draft that has to be changed
	NoticeProlonged EventType = "NOTICE_PROLONGED" // people have more days
)

// EventTypes are all of them.
func EventTypes() []EventType {
	return []EventType{Opened, Edited, Stepped, Commented, Assigned, Transferred, HandedOver, AskedFor, Replied, Unasked, PaperAdded, Extended, Marked,
		Linked, Unlinked, Noticed, NoticeEnded, NoticeWritten, NoticeReturned, NoticeProlonged}
}

// Event is one act in a case.
type Event struct {
	N       int
	Type    EventType
	Account AccountID // 0 for the program itself
	For     AccountID // for whom, if the person stood in for somebody
	At      time.Time // UTC
	Body    Body
}

// Body is the particulars of an event; which are set depends on its type. It is
// kept as JSON, so names of fields stay.
type Body struct {
	Kind    string            `json:"kind,omitempty"`
	Number  string            `json:"number,omitempty"`
	Title   string            `json:"title,omitempty"`
	Summary *string           `json:"summary,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
	Unit    registry.UnitID   `json:"unit,omitempty"`
	Urgent  *bool             `json:"urgent,omitempty"`

	Act        string        `json:"act,omitempty"`
	From       string        `json:"from,omitempty"`
	To         string        `json:"to,omitempty"`
	On         *registry.Day `json:"on,omitempty"`
	Instrument *Citation     `json:"instrument,omitempty"`
	Reason     string        `json:"reason,omitempty"`
	Warnings   []Warning     `json:"warnings,omitempty"` // that whoever took the step was shown

	Started []ClockStart  `json:"started,omitempty"`
	Stopped []string      `json:"stopped,omitempty"` // clocks
	Clock   string        `json:"clock,omitempty"`   // Extended
	DueOn   *registry.Day `json:"dueOn,omitempty"`
	Chosen  bool          `json:"chosen,omitempty"` // AskedFor: a person chose the day; it was not counted

	Text    string      `json:"text,omitempty"`
	Place   *[2]float64 `json:"place,omitempty"` // degrees lon, lat
	ReplyTo int         `json:"replyTo,omitempty"`

	Account     AccountID   `json:"account,omitempty"` // Assigned: to whom; 0 gives it back
	Departments []string    `json:"departments,omitempty"`
	Experts     []AccountID `json:"experts,omitempty"`
	Asked       int         `json:"asked,omitempty"` // Replied: the event that asked
	Department  string      `json:"department,omitempty"`
	Stance      string      `json:"stance,omitempty"`

	Papers   []string        `json:"papers,omitempty"` // PaperAdded: kinds
	Issued   bool            `json:"issued,omitempty"` // PaperAdded: the document was made here
	Other    registry.CaseID `json:"other,omitempty"`
	Relation string          `json:"relation,omitempty"`
	Occasion string          `json:"occasion,omitempty"` // Marked
	Notice   int64           `json:"notice,omitempty"`

	Correction *Correction `json:"correction,omitempty"` // PaperAdded: a sheet of corrections
}

// Warning is what whoever acted was told, in both languages.
type Warning struct {
	Zh string `json:"zh"`
	En string `json:"en,omitempty"`
}

// UnmarshalJSON also reads a warning of before, which was Chinese text alone.
func (w *Warning) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &w.Zh)
	}
	type plain Warning
	return json.Unmarshal(data, (*plain)(w))
}

// Citation names a paper of another authority.
type Citation struct {
	Number   string       `json:"number,omitempty"` // 文号
	IssuedOn registry.Day `json:"issuedOn"`
	Issuer   string       `json:"issuer,omitempty"`
	Title    string       `json:"title,omitempty"`
}

// ClockStart is a clock that an event starts. Its last day is written down with
// it: a later change of how days are counted moves no clock that runs.
type ClockStart struct {
	Clock     string       `json:"clock"`
	BeganOn   registry.Day `json:"beganOn"`
	DueOn     registry.Day `json:"dueOn"`
	Statutory bool         `json:"statutory,omitempty"`
}

// Fold computes what a case is from its events; see fold. It is for who proves
// that what is stored of a case is just that.
func (c *Case) Fold(book *law.Book) error { return c.fold(book) }

// fold computes the case from its events. It fails only on events that the
// program cannot have written.
func (c *Case) fold(book *law.Book) error {
	c.Fields, c.Marks, c.Hands = map[string]string{}, map[string]Mark{}, map[AccountID]Hand{}
	c.Clocks, c.Requests, c.Notices, c.Correction = nil, nil, nil, nil
	links := c.Links
	c.Links = nil
	for i := range c.Events {
		e := &c.Events[i]
		if e.N != i+1 {
			return fmt.Errorf("case %d: event %d stands at place %d", c.ID, e.N, i+1)
		}
		c.take(e, book)
	}
	for i := range c.Links {
		for _, known := range links {
			if known.Case == c.Links[i].Case {
				known.Relation, known.N = c.Links[i].Relation, c.Links[i].N
				c.Links[i] = known
			}
		}
	}
	return nil
}

// take adds one event to what the case is.
func (c *Case) take(e *Event, book *law.Book) {
	b := &e.Body
	c.Version, c.TouchedAt = e.N, e.At
	c.takeHands(e, book)
	switch e.Type {
	case Opened:
		c.Kind, c.Number = b.Kind, b.Number
		c.Opener, c.OpenedAt, c.Holder = e.Account, e.At, b.Account
		c.enter(b.To, e.At, book)
		c.takeFields(b)
	case Edited:
		c.takeFields(b)
	case Stepped:
		c.enter(b.To, e.At, book)
	case Assigned:
		c.Holder = b.Account
	case Transferred, HandedOver:
		c.Unit, c.Holder = b.Unit, b.Account
	case AskedFor:
		for _, d := range b.Departments {
			c.Requests = append(c.Requests, Request{N: e.N, Department: d, Question: b.Text, Due: day(b.DueOn)})
		}
		for _, a := range b.Experts {
			c.Requests = append(c.Requests, Request{N: e.N, Account: a, Question: b.Text, Due: day(b.DueOn)})
		}
	case Replied:
		if r := c.request(b.Asked, b.Department, b.Account); r != nil {
			r.Answer = &Answered{N: e.N, Stance: b.Stance, Text: b.Text}
		}
	case Unasked:
		if r := c.request(b.Asked, b.Department, b.Account); r != nil {
			r.Answer = &Answered{N: e.N, Stance: Withdrawn, Text: b.Reason}
		}
	case PaperAdded:
		if b.Correction != nil {
			c.Correction = b.Correction
		}
	case Marked:
		c.Marks[b.Occasion] = Mark{N: e.N, On: day(b.On), Text: b.Text}
	case Linked:
		c.Links = append(c.Links, Link{Case: b.Other, Relation: b.Relation, N: e.N})
	case Unlinked:
		c.unlink(b.Other)
	case Noticed:
		c.Notices = append(c.Notices, CaseNotice{Notice: b.Notice, N: e.N, Title: b.Title, Until: day(b.DueOn), Ended: b.DueOn == nil})
	case NoticeProlonged:
		for i := range c.Notices {
			if c.Notices[i].Notice == b.Notice {
				c.Notices[i].Until = day(b.DueOn)
			}
		}
	case NoticeEnded:
		for i := range c.Notices {
			c.Notices[i].Ended = c.Notices[i].Ended || c.Notices[i].Notice == b.Notice
		}
	}
	c.takeClocks(e)
}

func day(d *registry.Day) registry.Day {
	if d == nil {
		return registry.NoStart
	}
	return *d
}

func (c *Case) enter(state string, at time.Time, book *law.Book) {
	if c.State != state {
		c.State, c.StateSince = state, at
	}
	if s := book.State(c.Kind, state); s != nil {
		c.Phase = s.Phase
	}
}

func (c *Case) takeFields(b *Body) {
	if b.Title != "" {
		c.Title = b.Title
	}
	if b.Summary != nil {
		c.Summary = *b.Summary
	}
	if b.Urgent != nil {
		c.Urgent = *b.Urgent
	}
	if b.Unit != 0 {
		c.Unit = b.Unit
	}
	for k, v := range b.Fields {
		if v == "" {
			delete(c.Fields, k)
		} else {
			c.Fields[k] = v
		}
	}
}

// takeHands remembers the first hand that a person has had in the case.
func (c *Case) takeHands(e *Event, book *law.Book) {
	hand := handOf(e, c.Kind, book)
	if hand == NoHand {
		return
	}
	for _, account := range []AccountID{e.Account, e.For} {
		if account != 0 && c.Hands[account] == NoHand {
			c.Hands[account] = hand
		}
	}
}

// handOf is the hand that an event gives to who did it.
func handOf(e *Event, kind string, book *law.Book) Hand {
	action := map[EventType]Action{Opened: OpenCase, Edited: EditCase, AskedFor: AskOpinion,
		NoticeWritten: DraftNotice, Noticed: PublishNotice, NoticeReturned: PublishNotice, NoticeProlonged: PublishNotice}[e.Type]
	if e.Type == NoticeEnded && e.Body.Act != "" { // before its time
		action = PublishNotice
	}
	if e.Type == Stepped {
		if s := book.Step(kind, e.Body.Act); s != nil {
			action = Action(s.Right)
		}
	}
	if e.Type == Opened && e.Account == 0 || action == "" {
		return NoHand
	}
	return Rights().Action(action).Hand
}

func (c *Case) request(asked int, department string, account AccountID) *Request {
	for i := range c.Requests {
		r := &c.Requests[i]
		if r.N == asked && r.Department == department && (department != "" || r.Account == account) {
			return r
		}
	}
	return nil
}

func (c *Case) unlink(other registry.CaseID) {
	var kept []Link
	for _, l := range c.Links {
		if l.Case != other {
			kept = append(kept, l)
		}
	}
	c.Links = kept
}

func (c *Case) takeClocks(e *Event) {
	b := &e.Body
	on := registry.DayOf(e.At)
	if b.On != nil {
		on = *b.On
	}
	for _, id := range b.Stopped {
		for i := range c.Clocks {
			if k := &c.Clocks[i]; k.Clock == id && k.Running() {
				k.StoppedOn = on
			}
		}
	}
	for _, s := range b.Started {
		c.Clocks = append(c.Clocks, RunningClock{Clock: s.Clock, N: e.N, BeganOn: s.BeganOn, DueOn: s.DueOn, StoppedOn: registry.NoEnd, Statutory: s.Statutory})
	}
	if e.Type == Extended && b.DueOn != nil {
		for i := range c.Clocks {
			if k := &c.Clocks[i]; k.Clock == b.Clock && k.Running() {
				k.DueOn = *b.DueOn
				k.Extended++
			}
		}
	}
}
