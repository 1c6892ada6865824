package desk

import (
	"fmt"
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

// Edit changes what a case says of itself.
type Edit struct {
	Title   string            // "" leaves it
	Summary *string           // nil leaves it
	Fields  map[string]string // those given; "" removes one
	Urgent  *bool
}

// Needs implements [Act].
func (Edit) Needs(*Case, *law.Book) Action { return EditCase }

// Do implements [Act].
func (e Edit) Do(x *Acting) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	if e.Title != "" {
		if err := checkText("title", e.Title, 1, 200); err != nil {
			return err
		}
	}
	if e.Summary != nil {
		if err := checkText("summary", *e.Summary, 0, 20_000); err != nil {
			return err
		}
	}
	if err := checkFields(e.Fields); err != nil {
		return err
	}
	b := e.difference(x.Case)
	if b == nil {
		return nil
	}
	x.Add(Edited, *b)
	return nil
}

// difference is what an edit changes; nil for nothing.
func (e Edit) difference(c *Case) *Body {
	b, changed := Body{}, false
	if t := strings.TrimSpace(e.Title); t != "" && t != c.Title {
		b.Title, changed = t, true
	}
	if e.Summary != nil && *e.Summary != c.Summary {
		b.Summary, changed = e.Summary, true
	}
	if e.Urgent != nil && *e.Urgent != c.Urgent {
		b.Urgent, changed = e.Urgent, true
	}
	for k, v := range e.Fields {
		if c.Fields[k] != v {
			if b.Fields == nil {
				b.Fields = map[string]string{}
			}
			b.Fields[k], changed = v, true
		}
	}
	if !changed {
		return nil
	}
	return &b
}

func ended(c *Case) error {
	return denied(registry.KindConflict, "case.ended", fmt.Sprintf("case %s has ended; its dossier can be read, not changed", c.Number))
}

// Comment says something in a case, about a place or in answer to another
// comment, or about the case as a whole.
type Comment struct {
	Text    string
	Place   *[2]float64 // degrees lon, lat
	ReplyTo int         // the event of the comment that it answers; 0 for none
}

// Needs implements [Act].
func (Comment) Needs(*Case, *law.Book) Action { return CommentCase }

// Commutes implements [Commuting].
func (Comment) Commutes() {}

// Do implements [Act].
func (m Comment) Do(x *Acting) error {
	if err := checkText("text", m.Text, 1, 5_000); err != nil {
		return err
	}
	// Written so that NaN fails.
	if p := m.Place; p != nil && !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
		return Refuse("place", "place", "it is not a point; give longitude and latitude in degrees")
	}
	if m.ReplyTo < 0 || m.ReplyTo > x.Case.Version || m.ReplyTo > 0 && x.Case.Events[m.ReplyTo-1].Type != Commented {
		return Refuse("replyTo", "case.comment", "there is no such comment")
	}
	x.Add(Commented, Body{Text: strings.TrimSpace(m.Text), Place: m.Place, ReplyTo: m.ReplyTo})
	return nil
}

// Assign gives the work to a person of the jurisdiction, or takes it.
type Assign struct {
	To     AccountID // 0 gives it back to all
	Reason string
}

// Needs implements [Act]. Whoever may work on a case may take one that nobody
// has.
func (a Assign) Needs(c *Case, _ *law.Book) Action {
	if c.Holder == 0 && a.To != 0 && a.Reason == "" {
		return CommentCase
	}
	return AssignCase
}

// Do implements [Act].
func (a Assign) Do(x *Acting) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	if a.Needs(x.Case, nil) == CommentCase && a.To != x.Who.Account {
		return &Fault{Kind: registry.KindForbidden, Field: "reason", Key: "assign.reason", Message: "you can take this case yourself; to give it to somebody else, give a reason"}
	}
	if err := checkText("reason", a.Reason, 0, 2_000); err != nil {
		return err
	}
	if err := x.mayHold(a.To, x.Case.Object()); err != nil {
		return err
	}
	if a.To == x.Case.Holder {
		return nil
	}
	x.Add(Assigned, Body{Account: a.To, Reason: strings.TrimSpace(a.Reason)})
	return nil
}

// mayHold refuses to give a case to somebody who could not work on it.
func (x *Acting) mayHold(to AccountID, o *Object) error {
	if to == 0 {
		return nil
	}
	p, err := x.Desk.principal(x.Ctx, to)
	if registry.KindOf(err) == registry.KindNotFound || err == nil && p.Disabled {
		return Refuse("to", "assign.account", "there is no such account")
	}
	if err != nil {
		return err
	}
	held := *o
	held.Holder = to
	for _, right := range x.Desk.work(x.Case) {
		if p.Reaches(right, &held) {
			return nil
		}
	}
	return Refuse("to", "assign.right", "this person could do nothing in such a case there")
}

// Transfer moves a case to another jurisdiction.
type Transfer struct {
	Unit   registry.UnitID
	To     AccountID // who gets it there; 0 leaves that to them
	Reason string
}

// Needs implements [Act].
func (Transfer) Needs(*Case, *law.Book) Action { return AssignCase }

// Do implements [Act].
func (t Transfer) Do(x *Acting) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	if err := checkText("reason", t.Reason, 1, 2_000); err != nil {
		return err
	}
	path, err := x.Desk.store.UnitPath(x.Ctx, t.Unit, x.Today)
	if registry.KindOf(err) == registry.KindNotFound {
		return Refuse("unit", "unit.none", "there is no such unit")
	}
	if err != nil {
		return err
	}
	o := x.Case.Object()
	o.Path = path
	if err := x.mayHold(t.To, o); err != nil {
		return err
	}
	x.Add(Transferred, Body{Unit: t.Unit, Account: t.To, Reason: strings.TrimSpace(t.Reason)})
	return nil
}

// Relate links a case with another that the person may read.
type Relate struct {
	Other    registry.CaseID
	Relation string // NEEDS, FOLLOWS, RELATED; "" takes the link away
}

// Needs implements [Act].
func (Relate) Needs(*Case, *law.Book) Action { return EditCase }

// Commutes implements [Commuting].
func (Relate) Commutes() {}

// Do implements [Act].
func (r Relate) Do(x *Acting) error {
	if r.Relation == "" {
		x.Add(Unlinked, Body{Other: r.Other})
		return nil
	}
	if !contains([]string{"NEEDS", "FOLLOWS", "RELATED"}, r.Relation) {
		return Refuse("relation", "link.relation", "give NEEDS, FOLLOWS or RELATED")
	}
	if r.Other == x.Case.ID {
		return Refuse("other", "link.self", "a case is not linked with itself")
	}
	if _, err := x.Desk.Case(x.Ctx, x.Who, r.Other); registry.KindOf(err) == registry.KindNotFound {
		return Refuse("other", "link.none", "there is no such case")
	} else if err != nil {
		return err
	}
	x.Add(Linked, Body{Other: r.Other, Relation: r.Relation})
	return nil
}
