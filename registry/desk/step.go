package desk

import (
	"fmt"
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

// Step takes a case to its next state.
type Step struct {
	Act        string
	Reason     string
	On         *registry.Day // the day on which it happened, where the step asks for it
	Instrument *Citation     // where the step asks for it
	Fields     map[string]string
}

// Needs implements [Act].
func (s Step) Needs(c *Case, b *law.Book) Action {
	if step := b.Step(c.Kind, s.Act); step != nil {
		return Action(step.Right)
	}
	return ReadCase // Do refuses it
}

// Do implements [Act].
func (s Step) Do(x *Acting) error {
	step := x.Desk.book.Step(x.Case.Kind, s.Act)
	if step == nil {
		return Refuse("act", "case.step", fmt.Sprintf("%q is no step of such a case", s.Act))
	}
	if !contains(step.From, x.Case.State) {
		return denied(registry.KindConflict, "case.state", fmt.Sprintf("%s: the case is in state %s", step.En, x.Case.State))
	}
	if err := s.given(step, x.Today); err != nil {
		return err
	}
	var warnings []Warning
	for _, lack := range x.Desk.Lacks(x.Case, step) {
		if lack.Binding {
			return &registry.Error{Kind: registry.KindConflict, Field: lack.Key, Message: lack.En, Err: &Lacking{Step: step, Lacks: x.Desk.Lacks(x.Case, step)}}
		}
		warnings = append(warnings, Warning{lack.Zh, lack.En})
	}
	if err := x.carryOut(s.Act); err != nil {
		return err
	}
	x.Add(Stepped, Body{Act: s.Act, From: x.Case.State, To: step.To, Reason: strings.TrimSpace(s.Reason), On: s.On,
		Instrument: s.Instrument, Warnings: warnings})
	return nil
}

// given checks what a step asks of who takes it.
func (s Step) given(step *law.Step, today registry.Day) error {
	if err := checkText("reason", s.Reason, 0, 5_000); err != nil {
		return err
	}
	for _, ask := range step.Asks {
		switch ask {
		case "reason":
			if err := checkText("reason", s.Reason, 1, 5_000); err != nil {
				return err
			}
		case "date":
			if s.On == nil {
				return Refuse("on", "day.missing", "give the day on which it happened")
			}
			if *s.On > today {
				return Refuse("on", "day.tocome", "this day is still to come")
			}
		case "instrument":
			if err := s.Instrument.check(today); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *Citation) check(today registry.Day) error {
	if i == nil {
		return Refuse("number", "instrument.missing", "give number, date and issuer of the paper")
	}
	if err := checkText("number", i.Number, 1, 100); err != nil {
		return err
	}
	if err := checkText("issuer", i.Issuer, 1, 100); err != nil {
		return err
	}
	if err := checkText("title", i.Title, 0, 500); err != nil {
		return err
	}
	return checkDated("issuedOn", i.IssuedOn, today)
}

// checkDated refuses the date of a paper that cannot be: one of before the
// People's Republic, or one still to come.
func checkDated(field string, on, today registry.Day) error {
	if on < registry.Date(1949, 10, 1) || on > today {
		return Refuse(field, "day.range", "the date of the paper lies before 1949-10-01 or is still to come")
	}
	return nil
}

// Choice is a step that leads on from the state of a case, with what stands in
// its way.
type Choice struct {
	*law.Step
	Allowed bool // the person has the right
	Lacks   []Lack
}

// Open reports whether the person could take the step now.
func (c *Choice) Open() bool {
	for _, l := range c.Lacks {
		if l.Binding {
			return false
		}
	}
	return c.Allowed
}

// Choices returns the steps that lead on from the state of a case.
func (d *Desk) Choices(p *Principal, c *Case) []Choice {
	var out []Choice
	o := c.Object()
	for _, s := range d.book.StepsFrom(c.Kind, c.State) {
		out = append(out, Choice{Step: s, Allowed: p.May(Action(s.Right), o), Lacks: d.Lacks(c, s)})
	}
	return out
}
