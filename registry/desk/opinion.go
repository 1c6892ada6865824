package desk

import (
	"fmt"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/law"
)

// Ask asks departments and experts for their opinion.
type Ask struct {
	Departments []string
	Experts     []AccountID
	Question    string
	Due         *registry.Day // nil for the limit of the clock "opinion"
}

// ownDepartment is the department that keeps the registry.
const ownDepartment = "CIVIL"

// Askable are the departments that can be asked for an opinion: all but the one
// that asks.
func (d *Desk) Askable() []law.Department {
	return slices.DeleteFunc(slices.Clone(d.book.Departments), func(x law.Department) bool { return x.ID == ownDepartment })
}

// Needs implements [Act].
func (Ask) Needs(*Case, *law.Book) Action { return AskOpinion }

// Do implements [Act].
func (a Ask) Do(x *Acting) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	if len(a.Departments)+len(a.Experts) == 0 {
		return Refuse("departments", "ask.none", "choose at least one department or expert")
	}
	if len(a.Departments)+len(a.Experts) > 100 {
		return Refuse("departments", "ask.many", "at most 100 can be asked at once")
	}
	if err := checkText("question", a.Question, 1, 5_000); err != nil {
		return err
	}
	for _, d := range a.Departments {
		if x.Desk.book.Department(d) == nil || d == ownDepartment {
			return Refuse("departments", "ask.department", fmt.Sprintf("%q is no department that can be asked", d))
		}
	}
	for _, e := range a.Experts {
		if err := x.isExpert(e); err != nil {
			return err
		}
	}
	due := a.Due
	if due == nil {
		k := x.Desk.book.Clock(x.Case.Kind, "opinion")
		on := x.Days.Due(k.Limit, k, x.Today)
		due = &on
	}
	if *due < x.Today {
		return Refuse("due", "day.over", "this day is over")
	}
	x.Add(AskedFor, Body{Departments: a.Departments, Experts: a.Experts, Text: strings.TrimSpace(a.Question), DueOn: due, Chosen: a.Due != nil})
	return nil
}

func (x *Acting) isExpert(id AccountID) error {
	p, err := x.Desk.principal(x.Ctx, id)
	if err != nil && registry.KindOf(err) != registry.KindNotFound {
		return err
	}
	if err == nil {
		for _, g := range p.Grants {
			if g.Role == Expert && g.For == nil {
				return nil
			}
		}
	}
	return Refuse("experts", "ask.expert", "not an expert of the list")
}

// Reply gives the opinion that was asked for.
type Reply struct {
	Asked      int    // the event that asked
	Department string // for which department; "" for an expert's own
	Stance     string // AGREE, AGREE_IF, DISAGREE, NONE
	Text       string
}

// Stances are what an opinion can be.
var Stances = []string{"AGREE", "AGREE_IF", "DISAGREE", "NONE"}

// Needs implements [Act].
func (Reply) Needs(*Case, *law.Book) Action { return GiveOpinion }

// Commutes implements [Commuting].
func (Reply) Commutes() {}

// Do implements [Act].
func (r Reply) Do(x *Acting) error {
	if !contains(Stances, r.Stance) {
		return Refuse("stance", "reply.stance", "say whether you agree")
	}
	least := 0
	if r.Stance == "AGREE_IF" || r.Stance == "DISAGREE" {
		least = 1
	}
	if err := checkText("text", r.Text, least, 20_000); err != nil {
		return err
	}
	account := x.Who.Account
	if x.For != nil {
		account = x.For.From
	}
	request := x.Case.request(r.Asked, r.Department, account)
	if request == nil || r.Department != "" && !x.speaksFor(r.Department) {
		return Refuse("asked", "reply.asked", "you were not asked for this opinion")
	}
	if request.Answer != nil {
		return denied(registry.KindConflict, "reply.given", "this opinion was given already")
	}
	body := Body{Asked: r.Asked, Department: r.Department, Stance: r.Stance, Text: strings.TrimSpace(r.Text)}
	if r.Department == "" {
		body.Account = account
	}
	x.Add(Replied, body)
	return nil
}

// RecordReply records the opinion of a department that came on paper, by who
// asked for it. Departments without an account answer in no other way.
type RecordReply struct {
	Asked      int // the event that asked
	Department string
	Stance     string // AGREE, AGREE_IF, DISAGREE, NONE
	Text       string
	Instrument *Citation // the letter
}

// Needs implements [Act].
func (RecordReply) Needs(*Case, *law.Book) Action { return AskOpinion }

// Do implements [Act].
func (r RecordReply) Do(x *Acting) error {
	if !contains(Stances, r.Stance) {
		return Refuse("stance", "reply.stance", "say whether you agree")
	}
	if err := checkText("text", r.Text, 0, 20_000); err != nil {
		return err
	}
	if err := r.Instrument.check(x.Today); err != nil {
		return err
	}
	if r.Department == "" {
		return Refuse("asked", "reply.department", "only departments answer on paper")
	}
	if err := x.unanswered(r.Asked, r.Department, 0); err != nil {
		return err
	}
	x.Add(Replied, Body{Asked: r.Asked, Department: r.Department, Stance: r.Stance, Text: strings.TrimSpace(r.Text), Instrument: r.Instrument})
	return nil
}

// Withdraw takes back a question that nobody has answered.
type Withdraw struct {
	Asked      int // the event that asked
	Department string
	Account    AccountID // the expert; 0 for a department
	Reason     string
}

// Withdrawn is what stands for the answer to a question that was withdrawn.
const Withdrawn = "WITHDRAWN"

// Needs implements [Act].
func (Withdraw) Needs(*Case, *law.Book) Action { return AskOpinion }

// Do implements [Act].
func (w Withdraw) Do(x *Acting) error {
	if err := checkText("reason", w.Reason, 1, 2_000); err != nil {
		return err
	}
	if err := x.unanswered(w.Asked, w.Department, w.Account); err != nil {
		return err
	}
	x.Add(Unasked, Body{Asked: w.Asked, Department: w.Department, Account: w.Account, Reason: strings.TrimSpace(w.Reason)})
	return nil
}

// unanswered refuses what is no question of an open case, or has its answer.
func (x *Acting) unanswered(asked int, department string, account AccountID) error {
	if x.Case.Phase != law.Open {
		return ended(x.Case)
	}
	switch request := x.Case.request(asked, department, account); {
	case request == nil:
		return Refuse("asked", "reply.unasked", "nobody was asked this")
	case request.Answer != nil:
		return denied(registry.KindConflict, "reply.given", "this opinion was given already")
	}
	return nil
}

func (x *Acting) speaksFor(department string) bool {
	for _, g := range x.Who.Grants {
		if g.Role == Department && g.Department == department {
			return true
		}
	}
	return false
}

// Extend gives a clock more time, as often as its rule allows.
type Extend struct {
	Clock      string
	Reason     string
	Instrument *Citation // of who extended a statutory limit
}

// Needs implements [Act].
func (e Extend) Needs(c *Case, b *law.Book) Action {
	if k := b.Clock(c.Kind, e.Clock); k != nil && k.Statutory {
		return RecordApproval
	}
	return AssignCase
}

// Do implements [Act].
func (e Extend) Do(x *Acting) error {
	rule := x.Desk.book.Clock(x.Case.Kind, e.Clock)
	var running *RunningClock
	for i := range x.Case.Clocks {
		if k := &x.Case.Clocks[i]; k.Clock == e.Clock && k.Running() {
			running = k
		}
	}
	if rule == nil || running == nil {
		return Refuse("clock", "clock.none", "no such clock is running")
	}
	if running.Extended >= rule.Extensions {
		return &Fault{Kind: registry.KindConflict, Field: "clock", Key: "clock.extended",
			Message: fmt.Sprintf("%s may be extended %d times, and was", rule.En, rule.Extensions), Args: []any{"n", rule.Extensions}}
	}
	if err := checkText("reason", e.Reason, 1, 2_000); err != nil {
		return err
	}
	if rule.Statutory {
		if err := e.Instrument.check(x.Today); err != nil {
			return err
		}
	}
	due := x.Days.Due(rule.Extension, rule, running.DueOn)
	x.Add(Extended, Body{Clock: e.Clock, DueOn: &due, Reason: strings.TrimSpace(e.Reason), Instrument: e.Instrument})
	return nil
}
