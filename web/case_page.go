package web

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// casePage is the data of the pages "case" and "dossier".
type casePage struct {
	caseWords
	Choices     []Choice
	Sent        *form // the form that came back; nil for none
	Filled      *form // the form for a paper with what a link has chosen; nil for none
	Since       []desk.Event
	Seen        int // the version that the form was made on, when the case has moved on
	Unit        unitField
	Colleagues  []desk.Colleague
	Experts     []desk.Colleague
	Departments []law.Department // that can be asked
	Map         *caseMap
	Passing     *desk.Passing // what would pass on if the unit of the case ended; nil for who does not decide on that, and when nothing would
	FileLimit   int64         // MB
	Highest     int           // the highest secrecy that the zone may hold
	Now         time.Time     // of a dossier: when it was made
}

// Choice is a step with what the page says of it.
type Choice struct {
	desk.Choice
	Why string // why the person may not take it; "" if they may
}

func caseID(r *http.Request) (registry.CaseID, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, registry.NotFound("case", chi.URLParam(r, "id"))
	}
	return registry.CaseID(id), nil
}

// showCase answers GET /desk/cases/{id}.
func (s *site) showCase(r *http.Request, v *View) (*answer, error) {
	c, err := s.caseOf(r, v)
	if err != nil {
		return nil, err
	}
	return s.caseAnswer(r, v, c, nil)
}

// caseAnswer is the page of a case, with a form that came back if there is one.
func (s *site) caseAnswer(r *http.Request, v *View, c *desk.Case, fill func(*casePage)) (*answer, error) {
	p := &casePage{caseWords: caseWords{s.words(v), c}, FileLimit: s.desk.FileLimit() >> 20, Departments: s.desk.Askable()}
	p.Filled = p.filled(r)
	for _, choice := range s.desk.Choices(v.Who, c) {
		p.Choices = append(p.Choices, Choice{choice, p.why(desk.Action(choice.Right))})
	}
	var err error
	if p.Highest, err = s.desk.HighestSecrecy(r.Context()); err != nil {
		return nil, err
	}
	if p.MayAssign() || p.May("case.ask") {
		if p.Colleagues, p.Experts, err = s.desk.Colleagues(r.Context(), v.Who, c); err != nil {
			return nil, err
		}
	}
	if p.decidesOnUnit() {
		if p.Passing, err = s.desk.WouldPass(r.Context(), v.Who, c.Unit, 0, v.Today); err != nil {
			return nil, err
		}
		p.Passing.Cases = slices.DeleteFunc(p.Passing.Cases, func(x desk.PassingCase) bool { return x.Case == c.ID })
		if len(p.Passing.Grants)+len(p.Passing.Cases) == 0 {
			p.Passing = nil
		}
	}
	if p.Map, err = s.drawCase(r.Context(), v, c); err != nil {
		return nil, err
	}
	if fill != nil {
		fill(p)
	}
	return &answer{page: "case", data: p}, nil
}

// decidesOnUnit reports whether the person may now take a step by which the unit
// of an adjustment may come to an end.
func (p *casePage) decidesOnUnit() bool {
	return p.Case.Kind == "ADJUSTMENT" && p.Case.Unit != 0 && slices.ContainsFunc(p.Choices, func(c Choice) bool {
		return c.Allowed && slices.Contains([]desk.Action{desk.ReviewCase, desk.ApproveCase, "case.record"}, desk.Action(c.Right))
	}) && (p.view.May("case.review") || p.view.May("case.approve"))
}

// why says why somebody may not do an action in the case: "" if they may.
func (p *casePage) why(a desk.Action) string {
	o, v := p.Case.Object(), p.view
	switch {
	case v.Who.May(a, o):
		return ""
	case v.Who.Reaches(a, o):
		return v.text("case.why.hand", "hand", p.of("hand", string(p.MyHand())))
	}
	return v.text("case.why.right", "who", p.WhoMay(string(a), p.Case.Kind))
}

// MyHand is the hand that the person, or whom they stand in for, has in the case.
func (p *casePage) MyHand() desk.Hand {
	if h := p.Case.Hands[p.view.Who.Account]; h != desk.NoHand {
		return h
	}
	for _, g := range p.view.Who.Grants {
		if g.For != nil && p.Case.Hands[g.For.From] != desk.NoHand {
			return p.Case.Hands[g.For.From]
		}
	}
	return desk.NoHand
}

// May reports whether the person may do an action in the case.
func (p *casePage) May(a string) bool { return p.view.Who.May(desk.Action(a), p.Case.Object()) }

// Working reports whether the case can be worked on.
func (p *casePage) Working() bool { return p.Case.Phase == law.Open }

// MayTake reports whether the person may take the case, which nobody has.
func (p *casePage) MayTake() bool {
	return p.Working() && p.Case.Holder == 0 && p.May("case.comment")
}

// MayAssign reports whether the person may give the case to somebody.
func (p *casePage) MayAssign() bool { return p.Working() && p.May("case.assign") }

// Form is the form of a name: the one that came back, or a new one. Its fields
// have ids of their own on the page.
func (p *casePage) Form(name string) *form {
	switch {
	case p.Is(name):
		return p.Sent
	case name == "paper" && p.Filled != nil:
		return p.Filled
	}
	return &form{Prefix: name + "-"}
}

// Is reports whether a form is the one that came back.
func (p *casePage) Is(name string) bool { return p.Sent != nil && p.Sent.Get("form") == name }

// Key is an idempotency key for a form: its own if it came back.
func (p *casePage) Key(name string) string {
	if p.Is(name) && p.Sent.Get("request") != "" {
		return p.Sent.Get("request")
	}
	return rand.Text()
}

// Stage is a state on the way of the case.
type Stage struct {
	law.State
	Here    bool
	Entered string // when it was last entered; "" for not yet
}

// Stages are the states of the procedure, with where the case has been. States
// off the way are shown only when the case is in one.
func (p *casePage) Stages() []Stage {
	entered := map[string]string{}
	for i := range p.Case.Events {
		if e := &p.Case.Events[i]; e.Type == desk.Opened || e.Type == desk.Stepped {
			entered[e.Body.To] = p.view.day(registry.DayOf(e.At))
		}
	}
	var out []Stage
	for _, s := range p.book.StatesOf(p.Case.Kind) {
		here := s.ID == p.Case.State
		if !here && (s.Phase == law.Stopped || s.ID == "RETURNED") {
			continue
		}
		out = append(out, Stage{s, here, entered[s.ID]})
	}
	return out
}

// Lacked is the kind of paper that a lack is about; "" for another condition.
func (p *casePage) Lacked(l desk.Lack) string {
	kind, _ := strings.CutPrefix(l.Key, "paper:")
	if kind == l.Key {
		return ""
	}
	return kind
}

// PaperGroup is the papers of one kind, and whether steps to come want one.
type PaperGroup struct {
	Kind    string
	Current []desk.Paper
	Old     []desk.Paper
	For     []*law.Step // the steps that want it and have none
}

// PaperGroups are the papers of the case by kind: those that next steps lack
// first.
func (p *casePage) PaperGroups() []PaperGroup {
	groups := map[string]*PaperGroup{}
	group := func(kind string) *PaperGroup {
		if groups[kind] == nil {
			groups[kind] = &PaperGroup{Kind: kind}
		}
		return groups[kind]
	}
	current := p.Case.Current()
	for _, paper := range p.Case.Papers {
		g := group(paper.Kind)
		if slices.ContainsFunc(current, func(c desk.Paper) bool { return c.ID == paper.ID }) {
			g.Current = append(g.Current, paper)
		} else {
			g.Old = append(g.Old, paper)
		}
	}
	if p.Working() {
		for i := range p.book.Steps {
			for _, need := range p.book.Steps[i].Needs {
				if p.book.Steps[i].Kind == p.Case.Kind && !p.Case.HasPaper(need.Paper.ID) {
					g := group(need.Paper.ID)
					g.For = append(g.For, &p.book.Steps[i])
				}
			}
		}
	}
	var out []PaperGroup
	for _, paper := range p.book.Papers {
		if g := groups[paper.ID]; g != nil {
			out = append(out, *g)
		}
	}
	return out
}

// Replies are the requests that the person can answer now.
func (p *casePage) Replies() []desk.Request {
	var out []desk.Request
	if !p.May("opinion.give") {
		return nil
	}
	for _, r := range p.Case.Requests {
		mine := slices.ContainsFunc(p.view.Who.Grants, func(g desk.Held) bool {
			return g.Role == desk.Department && r.Department != "" && g.Department == r.Department ||
				r.Department == "" && (r.Account == p.view.Who.Account || g.For != nil && g.For.From == r.Account)
		})
		if r.Answer == nil && mine {
			out = append(out, r)
		}
	}
	return out
}

// Extendable reports whether the person may give a clock more time.
func (p *casePage) Extendable(k desk.RunningClock) bool {
	rule := p.book.Clock(p.Case.Kind, k.Clock)
	if rule == nil || !k.Running() || k.Extended >= rule.Extensions || !p.Working() {
		return false
	}
	return p.May(string(desk.Extend{Clock: k.Clock}.Needs(p.Case, p.book)))
}

// Comments are the comments of the case, in order.
func (p *casePage) Comments() []desk.Event {
	var out []desk.Event
	for _, e := range p.Case.Events {
		if e.Type == desk.Commented {
			out = append(out, e)
		}
	}
	return out
}

// Trail is the events, the last first.
func (p *casePage) Trail() []desk.Event {
	out := slices.Clone(p.Case.Events)
	slices.Reverse(out)
	return out
}

// HandRow is somebody with a hand in the case.
type HandRow struct {
	Name string
	Hand desk.Hand
}

// HandRows are the hands of the case.
func (p *casePage) HandRows() []HandRow {
	var out []HandRow
	for account, hand := range p.Case.Hands {
		out = append(out, HandRow{p.Person(account), hand})
	}
	slices.SortFunc(out, func(a, b HandRow) int { return cmp.Or(cmp.Compare(a.Hand, b.Hand), cmp.Compare(a.Name, b.Name)) })
	return out
}

// RelationOptions are what a linked case can be.
func (p *casePage) RelationOptions() []Option {
	return p.Options("relation", "NEEDS", "FOLLOWS", "RELATED")
}

// OccasionOptions are what the person can record now besides the procedure.
func (p *casePage) OccasionOptions() []Option {
	return p.Options("occasion", slices.DeleteFunc(p.Case.Occasions(p.book), func(o string) bool {
		return !p.May(string(desk.Record{Occasion: o}.Needs(p.Case, p.book)))
	})...)
}

// StanceOptions are what an opinion can be.
func (p *casePage) StanceOptions() []Option { return p.Options("stance", desk.Stances...) }

// ColleagueOptions are the people a case can be given to.
func (p *casePage) ColleagueOptions() []Option {
	var out []Option
	for _, c := range p.Colleagues {
		out = append(out, Option{strconv.FormatInt(int64(c.Account), 10), c.Name + p.view.text("case.role", "role", p.view.RoleName(c.Role))})
	}
	return out
}

// CommentOptions are the comments that another can answer.
func (p *casePage) CommentOptions() []Option {
	var out []Option
	for _, e := range p.Comments() {
		text := []rune(e.Body.Text)
		if len(text) > 30 {
			text = append(text[:30], '…')
		}
		out = append(out, Option{strconv.Itoa(e.N), p.Person(e.Account) + ": " + string(text)})
	}
	return out
}

// Chosen reports whether a person chose the day of a clock: then no limit was
// counted.
func (p *casePage) Chosen(k desk.RunningClock) bool {
	return k.N > 0 && k.N <= len(p.Case.Events) && p.Case.Events[k.N-1].Body.Chosen
}

// Lack says what stands in the way of a step.
func (p *casePage) Lack(l desk.Lack) string { return p.pick(l.Zh, l.En) }

// Asks reports whether a step asks for something.
func (p *casePage) Asks(s *law.Step, what string) bool { return slices.Contains(s.Asks, what) }
