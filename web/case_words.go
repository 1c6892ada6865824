package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// words says the things of cases in the language of a view, as the rules call
// them. Templates reach them as methods of the pages that hold one.
type words struct {
	view *View
	book *law.Book
}

func (s *site) words(v *View) words { return words{v, s.desk.Book()} }

func (w words) pick(zh, en string) string {
	if w.view.Lang == "zh" {
		return zh
	}
	return en
}

// of is the text of a value of an enumeration: key PREFIX.VALUE.
func (w words) of(prefix, value string, args ...any) string {
	return w.view.text(prefix+"."+value, args...)
}

// KindName names a kind of case.
func (w words) KindName(id string) string {
	if k := w.book.Kind(id); k != nil {
		return w.pick(k.Zh, k.En)
	}
	return id
}

// StateName names a state of a kind of case.
func (w words) StateName(kind, id string) string {
	if s := w.book.State(kind, id); s != nil {
		return w.pick(s.Zh, s.En)
	}
	return id
}

// StepName names a step of a kind of case.
func (w words) StepName(kind, act string) string {
	if s := w.book.Step(kind, act); s != nil {
		return w.pick(s.Zh, s.En)
	}
	return act
}

// PaperName names a kind of paper.
func (w words) PaperName(id string) string {
	if p := w.book.Paper(id); p != nil {
		return w.pick(p.Zh, p.En)
	}
	return id
}

// ClockName names a clock.
func (w words) ClockName(kind, id string) string {
	if c := w.book.Clock(kind, id); c != nil {
		return w.pick(c.Zh, c.En)
	}
	return id
}

// ClockRule is the rule of a clock, nil for none.
func (w words) ClockRule(kind, id string) *law.Clock { return w.book.Clock(kind, id) }

// DepartmentName names a department.
func (w words) DepartmentName(id string) string {
	if d := w.book.Department(id); d != nil {
		return w.pick(d.Zh, d.En)
	}
	return id
}

// ActionName names an action that takes a right.
func (w words) ActionName(a string) string {
	if info := desk.Rights().Action(desk.Action(a)); info != nil {
		return w.pick(info.Zh, info.En)
	}
	return a
}

// Cite names the instrument and the article that a rule comes from.
func (w words) Cite(c law.Citation) string {
	name := w.pick(c.Source.Zh, c.Source.En)
	if w.view.Lang == "zh" && c.Source.ID != "OURS" {
		name = "《" + name + "》"
	}
	if c.Article == "" {
		return name
	}
	return w.view.text("case.article", "source", name, "article", c.Article)
}

// WhoMay names the roles that may do an action on a kind of case.
func (w words) WhoMay(a, kind string) string {
	info := desk.Rights().Action(desk.Action(a))
	if info == nil {
		return ""
	}
	var names []string
	for _, role := range desk.Rights().Roles {
		if info.Reach[role.Role] != desk.Nowhere && role.WorksOn(kind) {
			names = append(names, w.view.RoleName(role.Role))
		}
	}
	return strings.Join(names, w.view.text("desk.and"))
}

// Due is a day on which something is due, as people say it.
type Due struct {
	On   registry.Day
	Text string
	Tone string // "bad" when it is over, "warn" when it is near
}

// DueOf says when something is due; nil for a day that is not known.
func (w words) DueOf(on registry.Day) *Due {
	if on == registry.NoEnd || on == registry.NoStart {
		return nil
	}
	left := int(on - w.view.Today)
	switch {
	case left < 0:
		return &Due{on, w.view.text("due.over", "n", -left), "bad"}
	case left == 0:
		return &Due{on, w.view.text("due.today"), "warn"}
	case left <= 7:
		return &Due{on, w.view.text("due.in", "n", left), "warn"}
	}
	return &Due{on, w.view.text("due.in", "n", left), ""}
}

// LimitText writes a limit of time.
func (w words) LimitText(l law.Limit) string {
	switch {
	case l.Month != 0:
		return w.view.text("limit.on", "month", int(l.Month), "day", l.Day)
	case l.Months != 0:
		return w.view.text("limit.months", "n", l.Months)
	case l.Days != 0:
		return w.view.text("limit.days", "n", l.Days)
	}
	return ""
}

// Bytes writes the size of a file.
func (w words) Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// caseWords says what happened in one case.
type caseWords struct {
	words
	Case *desk.Case
}

// Person names somebody of the case; the program itself has a name, too.
func (w caseWords) Person(id desk.AccountID) string {
	if id == 0 {
		return w.view.text("case.program")
	}
	if name := w.Case.Names[id]; name != "" {
		return name
	}
	return fmt.Sprint("#", id)
}

// Unit names a unit of the case; the whole registry when there is none.
func (w caseWords) Unit(id registry.UnitID) string {
	if id == 0 {
		return w.view.text("case.everywhere")
	}
	if u, ok := w.Case.Units[id]; ok {
		return u.Name
	}
	return fmt.Sprint("#", id)
}

// Here names the unit in whose jurisdiction the case lies, with what it lies in.
func (w caseWords) Here() string {
	if w.Case.Unit == 0 {
		return w.view.text("case.everywhere")
	}
	var names []string
	for i := len(w.Case.Path) - 1; i >= 0; i-- {
		names = append(names, w.Unit(w.Case.Path[i]))
	}
	if len(names) == 0 {
		return w.Unit(w.Case.Unit)
	}
	return strings.Join(names, " › ")
}

// Renamed is the unit that the case names, where another looks after it today;
// "" where that is itself.
func (w caseWords) Renamed() string {
	if w.Case.Unit == 0 || len(w.Case.Path) == 0 || w.Case.Path[0] == w.Case.Unit {
		return ""
	}
	return w.Unit(w.Case.Unit)
}

// Warned is what whoever acted was told. What was told before is Chinese only.
func (w caseWords) Warned(x desk.Warning) string { return cmp.Or(w.pick(x.Zh, x.En), x.Zh) }

// What says in a line what an event did.
func (w caseWords) What(e *desk.Event) string {
	b := &e.Body
	v := w.view
	switch e.Type {
	case desk.Opened:
		return v.text("caseevent.OPENED", "kind", w.KindName(b.Kind))
	case desk.Edited:
		return v.text("caseevent.EDITED", "what", w.edited(b))
	case desk.Stepped:
		return v.text("caseevent.STEPPED", "step", w.StepName(w.Case.Kind, b.Act), "to", w.StateName(w.Case.Kind, b.To))
	case desk.Commented:
		if b.ReplyTo > 0 {
			return v.text("caseevent.COMMENTED.reply", "n", b.ReplyTo)
		}
		return v.text("caseevent.COMMENTED")
	case desk.Assigned:
		switch b.Account {
		case 0:
			return v.text("caseevent.ASSIGNED.back")
		case e.Account:
			return v.text("caseevent.ASSIGNED.took")
		}
		return v.text("caseevent.ASSIGNED", "who", w.Person(b.Account))
	case desk.Transferred, desk.HandedOver:
		text := w.of("caseevent", string(e.Type), "unit", w.Unit(b.Unit))
		if b.Account != 0 {
			text += v.text("caseevent.to", "who", w.Person(b.Account))
		}
		return text
	case desk.AskedFor:
		return v.text("caseevent.ASKED", "who", w.asked(b))
	case desk.Replied:
		return v.text("caseevent.ANSWERED", "who", w.whoseOpinion(b), "stance", w.of("stance", b.Stance))
	case desk.Unasked:
		return v.text("caseevent.UNASKED", "who", w.whoseOpinion(b))
	case desk.PaperAdded:
		if b.Issued {
			return v.text("caseevent.PAPER_ADDED.issued", "papers", w.papers(e))
		}
		return v.text("caseevent.PAPER_ADDED", "papers", w.papers(e))
	case desk.Extended:
		return v.text("caseevent.EXTENDED", "clock", w.ClockName(w.Case.Kind, b.Clock), "day", w.dayOf(b.DueOn))
	case desk.Marked:
		return v.text("caseevent.MARKED", "what", w.of("occasion", b.Occasion), "day", w.dayOf(b.On))
	case desk.Linked:
		return v.text("caseevent.LINKED", "relation", w.of("relation", b.Relation), "case", w.other(b.Other))
	case desk.Unlinked:
		return v.text("caseevent.UNLINKED", "case", w.other(b.Other))
	}
	return w.whatOfNotice(e)
}

// whatOfNotice says in a line what an event did with a public notice.
func (w caseWords) whatOfNotice(e *desk.Event) string {
	b := &e.Body
	v := w.view
	switch e.Type {
	case desk.Noticed:
		return v.text("caseevent.NOTICED", "title", b.Title)
	case desk.NoticeWritten:
		if b.Act != "" {
			return v.text("caseevent.NOTICE_WRITTEN.discarded", "title", b.Title)
		}
		return v.text("caseevent.NOTICE_WRITTEN", "title", b.Title)
	case desk.NoticeReturned:
		return v.text("caseevent.NOTICE_RETURNED", "title", b.Title)
	case desk.NoticeProlonged:
		return v.text("caseevent.NOTICE_PROLONGED", "title", b.Title, "day", v.day(*b.DueOn))
	case desk.NoticeEnded:
		return v.text("caseevent.NOTICE_ENDED")
	}
	return string(e.Type)
}

// whoseOpinion names the department or the expert that an event is about.
func (w caseWords) whoseOpinion(b *desk.Body) string {
	if b.Department != "" {
		return w.DepartmentName(b.Department)
	}
	return w.Person(b.Account)
}

func (w caseWords) dayOf(d *registry.Day) string {
	if d == nil {
		return ""
	}
	return w.view.day(*d)
}

func (w caseWords) edited(b *desk.Body) string {
	var parts []string
	if b.Title != "" {
		parts = append(parts, w.view.text("case.title"))
	}
	if b.Summary != nil {
		parts = append(parts, w.view.text("case.summary"))
	}
	if b.Urgent != nil {
		key := "case.urgent.off"
		if *b.Urgent {
			key = "case.urgent.on"
		}
		parts = append(parts, w.view.text(key))
	}
	for _, name := range slices.Sorted(maps.Keys(b.Fields)) {
		parts = append(parts, w.FieldName(name))
	}
	return strings.Join(parts, w.view.text("desk.and"))
}

// FieldName names a field that a kind of case asks for.
func (w words) FieldName(name string) string {
	if key := "casefield." + name; w.view.has(key) {
		return w.view.text(key)
	}
	return name
}

func (w caseWords) asked(b *desk.Body) string {
	var names []string
	for _, d := range b.Departments {
		names = append(names, w.DepartmentName(d))
	}
	for _, a := range b.Experts {
		names = append(names, w.Person(a))
	}
	return strings.Join(names, w.view.text("desk.and"))
}

// papers names the papers that an event added, with their titles where the
// case holds them.
func (w caseWords) papers(e *desk.Event) string {
	var names []string
	for i := range w.Case.Papers {
		if p := &w.Case.Papers[i]; p.N == e.N {
			name := w.PaperName(p.Kind)
			if p.Title != name {
				name += w.view.text("case.papertitle", "title", p.Title)
			}
			if e.Body.Issued && p.Number != "" {
				name += w.view.text("case.papernumber", "number", p.Number)
			}
			names = append(names, name)
		}
	}
	if names == nil {
		for _, kind := range e.Body.Papers {
			names = append(names, w.PaperName(kind))
		}
	}
	return strings.Join(names, w.view.text("desk.and"))
}

func (w caseWords) other(id registry.CaseID) string {
	for _, l := range w.Case.Links {
		if l.Case == id {
			return l.Name()
		}
	}
	return fmt.Sprint("#", id)
}
