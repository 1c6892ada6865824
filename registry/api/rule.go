package api

import (
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// RulesInput are the parameters of the rules.
type RulesInput struct {
	Kind string `query:"kind" example:"ADJUSTMENT" doc:"Only this kind of case"`
}

// Rules answers with what cases follow.
type Rules struct {
	Kinds       []KindRule      `json:"kinds" doc:"The kinds of case"`
	Papers      []PaperRule     `json:"papers" doc:"The kinds of paper"`
	Departments []NameRule      `json:"departments" doc:"Whom an opinion can be asked of"`
	Sources     []SourceOfRules `json:"sources" doc:"The instruments that rules come from"`
}

// RuleSource says where a rule comes from.
type RuleSource struct {
	Source  string     `json:"source" example:"DR" doc:"The instrument"`
	Article *string    `json:"article" example:"13" doc:"The article; null for the whole"`
	Status  law.Status `json:"source_status" enum:"READ,SECONDARY,UNVERIFIED,DEPARTMENT" doc:"How well it is known. Only READ and DEPARTMENT bind"`
}

func newRuleSource(c law.Citation) RuleSource {
	return RuleSource{c.Source.ID, text(c.Article), c.Status}
}

// PaperRule is a kind of paper. Under which article it is issued depends on the
// kind of case.
type PaperRule struct {
	ID string `json:"id" doc:"The identifier"`
	Zh string `json:"zh" doc:"In Chinese"`
	En string `json:"en" doc:"In English"`
}

// NameRule is something with a name in both languages.
type NameRule struct {
	ID string `json:"id" doc:"The identifier"`
	Zh string `json:"zh" doc:"In Chinese"`
	En string `json:"en" doc:"In English"`
	RuleSource
}

// SourceOfRules is an instrument that rules come from.
type SourceOfRules struct {
	ID      string  `json:"id" example:"DR" doc:"The identifier"`
	Zh      string  `json:"zh" doc:"Its title"`
	En      string  `json:"en" doc:"Its title in English"`
	Number  *string `json:"number" doc:"Its number"`
	InForce *string `json:"in_force" format:"date" doc:"From which day"`
}

// KindRule is the procedure of a kind of case.
type KindRule struct {
	NameRule
	First     string      `json:"first" doc:"The state in which it begins"`
	ValidFrom *string     `json:"valid_from" format:"date" doc:"From which day the kind is in force"`
	ValidTo   *string     `json:"valid_to" format:"date" doc:"The day after the last; null for none"`
	States    []StateRule `json:"states" doc:"Its states"`
	Steps     []StepRule  `json:"steps" doc:"What leads from one to another"`
	Clocks    []ClockRule `json:"clocks" doc:"Its limits of time"`
	Issues    []NeedRule  `json:"issues" doc:"The documents that are issued in it under an article that is known"`
}

// StateRule is a state.
type StateRule struct {
	ID    string    `json:"id" doc:"The identifier"`
	Zh    string    `json:"zh" doc:"In Chinese"`
	En    string    `json:"en" doc:"In English"`
	Phase law.Phase `json:"phase" enum:"OPEN,DONE,STOPPED" doc:"Whether work is left in it"`
}

// StepRule is a step.
type StepRule struct {
	NameRule
	From   []string   `json:"from" doc:"The states it leads on from"`
	To     string     `json:"to" doc:"The state it leads to"`
	Right  string     `json:"right" doc:"The right it takes"`
	Asks   []string   `json:"asks" doc:"What it wants to be told"`
	Guards []string   `json:"guards" doc:"Conditions"`
	Needs  []NeedRule `json:"needs" doc:"Papers that must be there"`
}

// NeedRule is a paper that a step wants, or that is issued, with the article.
type NeedRule struct {
	Paper string `json:"paper" doc:"The kind of paper"`
	RuleSource
}

// ClockRule is a limit of time.
type ClockRule struct {
	NameRule
	Starts     []string     `json:"starts" doc:"What starts it"`
	Stops      []string     `json:"stops" doc:"What stops it"`
	Months     int          `json:"months,omitempty" doc:"How long, in months"`
	Days       int          `json:"days,omitempty" doc:"How long, in days"`
	YearDay    *string      `json:"year_day" example:"--03-31" doc:"The next such day of a year; null for a length of time"`
	Extensions int          `json:"extensions" doc:"How often it may be extended"`
	Counting   law.Counting `json:"counting" enum:"CALENDAR,WORKING,CONFIGURED" doc:"Which days it counts"`
	Statutory  bool         `json:"statutory" doc:"It comes from law"`
}

func (s *deskServer) ruleRoutes() {
	handleDesk[RulesInput, noInput, Rules](s, huma.Operation{
		OperationID: "getRules", Method: http.MethodGet, Path: "/desk/api/rules", Tags: []string{"Rules"},
		Summary:     "What cases follow",
		Description: "Kinds, states, steps, papers and clocks, each with where it comes from and how well it is known.",
	}, http.StatusOK, (*deskCall).rules)
}

func (c *deskCall) rules(in *RulesInput) error {
	if !c.who.Has(desk.ReadRules) {
		return &registry.Error{Kind: registry.KindForbidden, Message: "no right to read the rules"}
	}
	book := c.desk.Book()
	if in.Kind != "" && book.Kind(in.Kind) == nil {
		return registry.Invalid("kind", "there is no such kind of case")
	}
	out := Rules{Kinds: []KindRule{},
		Papers:      each(book.Papers, func(p *law.Paper) PaperRule { return PaperRule{p.ID, p.Zh, p.En} }),
		Departments: each(book.Departments, func(d *law.Department) NameRule { return NameRule{d.ID, d.Zh, d.En, newRuleSource(d.Citation)} }),
		Sources: each(book.Sources, func(s *law.Source) SourceOfRules {
			return SourceOfRules{s.ID, s.Zh, s.En, text(s.Number), text(s.InForce)}
		})}
	for i := range book.Kinds {
		if k := &book.Kinds[i]; in.Kind == "" || k.ID == in.Kind {
			out.Kinds = append(out.Kinds, c.kindRule(book, k))
		}
	}
	return c.write(http.StatusOK, "", out)
}

func (c *deskCall) kindRule(book *law.Book, k *law.Kind) KindRule {
	states := book.StatesOf(k.ID)
	clocks := book.ClocksOf(k.ID, c.desk.Today())
	out := KindRule{NameRule: NameRule{k.ID, k.Zh, k.En, newRuleSource(k.Citation)}, First: k.First, ValidFrom: date(k.Valid.From), ValidTo: date(k.Valid.To),
		States: each(states, func(s *law.State) StateRule { return StateRule{s.ID, s.Zh, s.En, s.Phase} }),
		Steps:  []StepRule{}, Issues: []NeedRule{}, Clocks: each(clocks, func(k **law.Clock) ClockRule { return newClockRule(*k) })}
	for i := range book.Steps {
		if s := &book.Steps[i]; s.Kind == k.ID {
			out.Steps = append(out.Steps, StepRule{NameRule: NameRule{s.Act, s.Zh, s.En, newRuleSource(s.Citation)}, From: s.From, To: s.To, Right: s.Right,
				Asks: list(s.Asks), Guards: list(s.Guards), Needs: each(s.Needs, func(n *law.Need) NeedRule { return NeedRule{n.Paper.ID, newRuleSource(n.Citation)} })})
		}
	}
	for _, p := range book.PapersOf(k.ID) {
		if basis := book.Basis(k.ID, p.ID); p.Issued && basis != nil {
			out.Issues = append(out.Issues, NeedRule{p.ID, newRuleSource(*basis)})
		}
	}
	return out
}

func newClockRule(k *law.Clock) ClockRule {
	out := ClockRule{NameRule: NameRule{k.ID, k.Zh, k.En, newRuleSource(k.Citation)}, Starts: list(k.Starts), Stops: list(k.Stops),
		Months: k.Limit.Months, Days: k.Limit.Days, Extensions: k.Extensions, Counting: k.Counting, Statutory: k.Statutory}
	if k.Limit.Month != 0 {
		out.YearDay = pointer(fmt.Sprintf("--%02d-%02d", k.Limit.Month, k.Limit.Day))
	}
	return out
}
