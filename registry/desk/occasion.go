package desk

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"jieming/registry"
	"jieming/registry/law"
)

// occasions are what can be recorded besides the procedure, in the order in
// which they are offered.
var occasions = []string{announced, "CODE", "SURVEY", "MAP"}

// announced is the occasion of which a notice of the desk is the usual record.
const announced = "ANNOUNCED"

// guardOccasions are the occasions that the guards of steps wait for.
var guardOccasions = map[string][]string{
	"announced":  {announced},
	"tasks-done": {"CODE", "SURVEY", "MAP"},
}

// Awaits returns the occasions that the guards of a step wait for.
func Awaits(s *law.Step) []string {
	var out []string
	for _, guard := range s.Guards {
		out = append(out, guardOccasions[guard]...)
	}
	return out
}

// occasionsOf are the occasions that mean something in a kind of case: one of
// its clocks stops by them, or one of its steps waits for them.
func occasionsOf(kind string, b *law.Book) []string {
	var known []string
	for i := range b.Clocks {
		if b.Clocks[i].Kind == kind {
			known = append(known, b.Clocks[i].Stops...)
		}
	}
	for i := range b.Steps {
		if b.Steps[i].Kind == kind {
			known = append(known, Awaits(&b.Steps[i])...)
		}
	}
	return slices.DeleteFunc(slices.Clone(occasions), func(o string) bool { return !contains(known, o) })
}

// Occasions returns what can be recorded in the case now: what its kind knows,
// once it has been approved. Nothing that carries out a change comes before the
// approval of the change.
func (c *Case) Occasions(b *law.Book) []string {
	if c.Phase != law.Open || !c.approved() {
		return nil
	}
	return occasionsOf(c.Kind, b)
}

// approved reports whether the case has been approved.
func (c *Case) approved() bool {
	return slices.ContainsFunc(c.Events, func(e Event) bool { return e.Type == Stepped && e.Body.To == "APPROVED" })
}

// Record says that something happened outside of the procedure: the change was
// announced elsewhere, the codes published, the survey scheduled, the map renewed.
type Record struct {
	Occasion string // ANNOUNCED, CODE, SURVEY, MAP
	On       registry.Day
	Text     string // for ANNOUNCED, where and under which number
}

// Needs implements [Act]. An announcement of another authority is recorded by
// who records its approvals.
func (m Record) Needs(*Case, *law.Book) Action {
	if m.Occasion == announced {
		return RecordApproval
	}
	return MarkCase
}

// Do implements [Act].
func (m Record) Do(x *Acting) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	switch {
	case !contains(occasions, m.Occasion):
		return Refuse("occasion", "record.occasion", "give "+strings.Join(occasions, ", "))
	case !contains(occasionsOf(x.Case.Kind, x.Desk.book), m.Occasion):
		return Refuse("occasion", "record.kind", fmt.Sprintf("%s means nothing in a case of %s", m.Occasion, x.Case.Kind))
	case !x.Case.approved():
		return Refuse("occasion", "record.early", "the case has not been approved; nothing of it is announced or carried out yet")
	}
	if err := m.checkText(); err != nil {
		return err
	}
	if m.On < registry.Date(1949, 10, 1) || m.On > x.Today {
		return Refuse("on", "day.range", "this day lies before 1949 or is still to come")
	}
	x.Add(Marked, Body{Occasion: m.Occasion, On: &m.On, Text: strings.TrimSpace(m.Text)})
	return nil
}

// checkText wants to read where something was announced, and under which number.
func (m Record) checkText() error {
	if err := checkText("text", m.Text, 0, 2_000); err != nil {
		return err
	}
	words := strings.ContainsFunc(m.Text, unicode.IsLetter)
	if m.Occasion == announced && !(words && strings.ContainsFunc(m.Text, isNumeral)) {
		return Refuse("text", "record.where", "say where it was announced and under which number, such as 吉政公告〔2026〕3号")
	}
	return nil
}

// isNumeral reports digits, in Chinese too.
func isNumeral(r rune) bool {
	return unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九十", r)
}
