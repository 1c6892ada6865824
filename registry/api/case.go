package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

const tagCases = "Cases"

func (s *deskServer) caseRoutes() {
	handleDesk[CasesInput, noInput, CaseList](s, huma.Operation{
		OperationID: "listCases", Method: http.MethodGet, Path: "/desk/api/cases", Tags: []string{tagCases},
		Summary:     "Cases that the person may read",
		Description: "A page of them. Follow next for the pages after it.",
	}, http.StatusOK, (*deskCall).listCases)
	handleDesk[CaseInput, noInput, Case](s, huma.Operation{
		OperationID: "getCase", Method: http.MethodGet, Path: "/desk/api/cases/{id}", Tags: []string{tagCases},
		Summary:     "A case as it is now",
		Description: "Its ETag is its version. The events that made it are at events, what can be done next at choices.",
	}, http.StatusOK, (*deskCall).getCase)
	handleDesk[EventsInput, noInput, CaseEvents](s, huma.Operation{
		OperationID: "listCaseEvents", Method: http.MethodGet, Path: "/desk/api/cases/{id}/events", Tags: []string{tagCases},
		Summary:     "What was done in a case",
		Description: "In order. A program that has seen some asks for those after.",
	}, http.StatusOK, (*deskCall).listCaseEvents)
	handleDesk[CaseInput, noInput, CaseChoices](s, huma.Operation{
		OperationID: "listCaseChoices", Method: http.MethodGet, Path: "/desk/api/cases/{id}/choices", Tags: []string{tagCases},
		Summary:     "What can be done next in a case",
		Description: "The steps that lead on from its state, what each asks for, what is lacking, and whether the person has the right.",
	}, http.StatusOK, (*deskCall).listCaseChoices)
}

// CasesInput are the parameters of the list of cases.
type CasesInput struct {
	Q      string `query:"q" example:"公主岭" doc:"In number, title, papers, comments and opinions"`
	Kind   string `query:"kind" example:"ADJUSTMENT" doc:"A kind of case; several separated by commas"`
	State  string `query:"state" example:"DRAFT" doc:"A state; several separated by commas"`
	Phase  string `query:"phase" example:"OPEN" doc:"OPEN, DONE or STOPPED; several separated by commas. Left out: all"`
	Unit   string `query:"unit" example:"72" doc:"The identifier of a unit: cases in it and below it"`
	Holder string `query:"holder" example:"me" doc:"me, nobody, or the number of an account"`
	Opener string `query:"opener" example:"me" doc:"me, or the number of an account"`
	DueBy  string `query:"due-by" example:"2026-12-31" doc:"Those with a clock that ends on this day or before"`
	Sort   string `query:"sort" example:"due" doc:"touched (the default), due, opened or number"`
	Limit  string `query:"limit" example:"50" doc:"1 to 200, default 50"`
	Next   string `query:"next" doc:"The token next of the page before"`
}

func (in *CasesInput) query(c *deskCall) (q desk.CaseQuery, err error) {
	q = desk.CaseQuery{Text: in.Q, DueBy: registry.NoEnd, Sort: in.Sort, After: in.Next, Limit: 50}
	var wrong []error
	bad := func(field, message string) { wrong = append(wrong, registry.Invalid(field, message)) }
	book := c.desk.Book()
	q.Kinds, q.States = splitList(in.Kind), splitList(in.State)
	for _, kind := range q.Kinds {
		if book.Kind(kind) == nil {
			bad("kind", fmt.Sprintf("%q is no kind of case; see /desk/api/rules", shorten(kind)))
		}
	}
	for _, phase := range splitList(in.Phase) {
		if !slices.Contains([]law.Phase{law.Open, law.Done, law.Stopped}, law.Phase(phase)) {
			bad("phase", "give OPEN, DONE or STOPPED")
		}
		q.Phases = append(q.Phases, law.Phase(phase))
	}
	if in.Unit != "" {
		id, err := strconv.ParseInt(in.Unit, 10, 64)
		if err != nil || id <= 0 {
			bad("unit", "give the identifier of a unit")
		}
		q.Unit = registry.UnitID(id)
	}
	person := func(field, text string) desk.AccountID {
		if text == "me" {
			return c.who.Account
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if text != "" && (err != nil || id <= 0) {
			bad(field, "give me, or the number of an account")
		}
		return desk.AccountID(id)
	}
	if q.Unheld = in.Holder == "nobody"; !q.Unheld {
		q.Holder = person("holder", in.Holder)
	}
	q.Opener = person("opener", in.Opener)
	if in.DueBy != "" {
		if q.DueBy, err = registry.ParseDay(in.DueBy); err != nil {
			bad("due-by", err.Error())
		}
	}
	if !slices.Contains([]string{"", "touched", "due", "opened", "number"}, q.Sort) {
		bad("sort", "give touched, due, opened or number")
	}
	if in.Limit != "" {
		if q.Limit, err = strconv.Atoi(in.Limit); err != nil || q.Limit < 1 || q.Limit > 200 {
			bad("limit", "give a number from 1 to 200")
		}
	}
	return q, errors.Join(wrong...)
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// CaseList answers with a page of cases.
type CaseList struct {
	Cases []CaseSummary  `json:"cases" doc:"The cases of the page"`
	Total int            `json:"total" example:"35" doc:"How many there are on all pages"`
	Kinds map[string]int `json:"kinds" doc:"How many of each kind, whichever kinds were asked for"`
	Next  *string        `json:"next" doc:"The token of the next page; null on the last"`
}

// CaseSummary is a case in a list.
type CaseSummary struct {
	ID       registry.CaseID  `json:"id" example:"7" doc:"The identifier"`
	Version  int              `json:"version" example:"9" doc:"The number of its events"`
	Kind     string           `json:"kind" example:"ADJUSTMENT" doc:"The kind of case"`
	Number   string           `json:"number" example:"区划〔2026〕12号" doc:"By which people call it"`
	Title    string           `json:"title" example:"撤县设市" doc:"The title"`
	State    string           `json:"state" example:"ASSESSING" doc:"The state of its procedure"`
	Phase    law.Phase        `json:"phase" enum:"OPEN,DONE,STOPPED" example:"OPEN" doc:"Whether work is left"`
	Unit     *registry.UnitID `json:"unit" example:"72" doc:"In whose jurisdiction it lies; null for the whole registry"`
	UnitName *string          `json:"unit_name" example:"公主岭市" doc:"Its name"`
	Holder   *desk.AccountID  `json:"holder" example:"3" doc:"Whose work it is; null while nobody has taken it"`
	Opener   *desk.AccountID  `json:"opener" example:"3" doc:"Who opened it"`
	Urgent   bool             `json:"urgent" example:"false" doc:"Marked 急件"`
	OpenedAt time.Time        `json:"opened_at" doc:"When it was opened"`
	Touched  time.Time        `json:"touched_at" doc:"When something last happened"`
	Due      *string          `json:"due" format:"date" example:"2026-12-18" doc:"The earliest day on which a running clock ends; null for none"`
}

func newCaseSummary(r *desk.Row) CaseSummary {
	return CaseSummary{ID: r.ID, Version: r.Version, Kind: r.Kind, Number: r.Number, Title: r.Title, State: r.State, Phase: r.Phase,
		Unit: unlessZero(r.Unit), UnitName: text(r.UnitName), Holder: unlessZero(r.Holder), Opener: unlessZero(r.Opener), Urgent: r.Urgent,
		OpenedAt: r.OpenedAt.UTC(), Touched: r.TouchedAt.UTC(), Due: date(r.Due)}
}

func (c *deskCall) listCases(in *CasesInput) error {
	q, err := in.query(c)
	if err != nil {
		return err
	}
	page, err := c.desk.Cases(c.ctx(), c.who, q)
	if err != nil {
		return err
	}
	kinds := page.Kinds
	if kinds == nil {
		kinds = map[string]int{}
	}
	return c.write(http.StatusOK, "", CaseList{Cases: each(page.Rows, newCaseSummary), Total: page.Total, Kinds: kinds, Next: text(page.Next)})
}

// CaseInput names a case.
type CaseInput struct {
	ID string `path:"id" example:"7" doc:"The identifier of a case"`
}

func (in *CaseInput) id() (registry.CaseID, error) {
	id, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil || id <= 0 {
		return 0, registry.NotFound("case", shorten(in.ID))
	}
	return registry.CaseID(id), nil
}

func (c *deskCall) find(in *CaseInput) (*desk.Case, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return c.desk.Case(c.ctx(), c.who, id)
}

// Case is a case in full.
type Case struct {
	CaseSummary
	Summary  string               `json:"summary" doc:"What it is about"`
	Fields   map[string]string    `json:"fields" doc:"What the kind of case asks for besides"`
	Path     []registry.UnitID    `json:"path" doc:"The unit as it is today, and all above it, the finest first"`
	Secrecy  int                  `json:"secrecy" example:"0" doc:"The highest of its papers: 0 公开 to 4 绝密"`
	Since    time.Time            `json:"state_since" doc:"Since when it has been in its state"`
	Papers   []CasePaper          `json:"papers" doc:"Its papers; empty for who may not read them"`
	Clocks   []CaseClock          `json:"clocks" doc:"Its clocks"`
	Requests []CaseRequest        `json:"requests" doc:"The opinions that were asked for"`
	Links    []CaseLink           `json:"links" doc:"Other cases that it has to do with"`
	Hands    map[string]desk.Hand `json:"hands" doc:"By number of account: EDITOR, APPROVER or RELEASER. Nobody has two"`
	People   map[string]string    `json:"people" doc:"Names of the accounts that the case names, by number"`
	Units    map[string]string    `json:"units" doc:"Names of the units that the case names, by identifier"`
	Marks    map[string]CaseMark  `json:"marks" doc:"What happened outside of the procedure: ANNOUNCED, CODE, SURVEY, MAP"`
}

// CasePaper is a paper of a case.
type CasePaper struct {
	ID       int64   `json:"id" doc:"The identifier"`
	Event    int     `json:"event" doc:"The event that added it"`
	Kind     string  `json:"kind" example:"APPLICATION" doc:"The kind of paper"`
	Title    string  `json:"title" doc:"The title"`
	Number   *string `json:"number" doc:"文号"`
	IssuedOn *string `json:"issued_on" format:"date" doc:"The date of the paper"`
	Issuer   *string `json:"issuer" doc:"Who issued it"`
	Signed   bool    `json:"signed" doc:"The signed or sealed form"`
	Replaces *int64  `json:"replaces" doc:"The paper that it takes the place of"`
	Secrecy  int     `json:"secrecy" doc:"0 公开 to 4 绝密"`
	SHA256   string  `json:"sha256" doc:"The digest of its file"`
	Bytes    int64   `json:"bytes" doc:"The size of its file"`
	Media    string  `json:"media" doc:"The media type of its file"`
	FileName string  `json:"file_name" doc:"What its file is called"`
	Href     string  `json:"href" doc:"Where its file is"`
}

// CaseClock is a clock of a case.
type CaseClock struct {
	Clock     string  `json:"clock" example:"implement" doc:"The clock, as in the rules"`
	BeganOn   *string `json:"began_on" format:"date" doc:"From which day it runs"`
	DueOn     *string `json:"due_on" format:"date" doc:"The last day that is in time"`
	StoppedOn *string `json:"stopped_on" format:"date" doc:"When what it waits for happened; null while it runs"`
	Extended  int     `json:"extended" doc:"How often it was extended"`
	Statutory bool    `json:"statutory" doc:"It comes from law"`
}

// CaseRequest is an opinion that was asked for.
type CaseRequest struct {
	Event      int             `json:"event" doc:"The event that asked"`
	Department *string         `json:"department" example:"HOUSING" doc:"The department; null for an expert"`
	Account    *desk.AccountID `json:"account" doc:"The expert; null for a department"`
	Question   string          `json:"question" doc:"What was asked"`
	Due        *string         `json:"due" format:"date" doc:"Until when"`
	Answered   *int            `json:"answered" doc:"The event that answered; null while it waits"`
	Stance     *string         `json:"stance" example:"AGREE" doc:"AGREE, AGREE_IF, DISAGREE or NONE; WITHDRAWN if the question was taken back"`
	Text       *string         `json:"text" doc:"The opinion, or why the question was taken back"`
}

// CaseLink is another case that a case has to do with.
type CaseLink struct {
	Case     registry.CaseID `json:"case" doc:"The identifier"`
	Relation string          `json:"relation" enum:"NEEDS,FOLLOWS,RELATED" doc:"NEEDS: waits for it"`
	Number   string          `json:"number" doc:"Its number; empty for who may not read it"`
}

// CaseMark is something that happened outside of the procedure.
type CaseMark struct {
	On    *string `json:"on" format:"date" doc:"When"`
	Event int     `json:"event" doc:"The event that recorded it"`
	Text  *string `json:"text" doc:"A note"`
}

func (c *deskCall) newCase(k *desk.Case) Case {
	due, ok := k.Due()
	if !ok {
		due = registry.NoEnd
	}
	out := Case{CaseSummary: CaseSummary{ID: k.ID, Version: k.Version, Kind: k.Kind, Number: k.Number, Title: k.Title, State: k.State, Phase: k.Phase,
		Unit: unlessZero(k.Unit), UnitName: text(k.Units[k.Unit].Name), Holder: unlessZero(k.Holder), Opener: unlessZero(k.Opener), Urgent: k.Urgent,
		OpenedAt: k.OpenedAt, Touched: k.TouchedAt, Due: date(due)},
		Summary: k.Summary, Fields: k.Fields, Path: k.Path, Secrecy: k.Secrecy(), Since: k.StateSince, Papers: []CasePaper{}, Clocks: each(k.Clocks, newCaseClock),
		Requests: each(k.Requests, newCaseRequest), Links: each(k.Links, newCaseLink), Hands: map[string]desk.Hand{}, People: map[string]string{},
		Units: map[string]string{}, Marks: map[string]CaseMark{}}
	if c.who.Reaches(desk.ReadPaper, k.Object()) {
		for i := range k.Papers {
			out.Papers = append(out.Papers, newCasePaper(k.ID, &k.Papers[i]))
		}
	}
	for account, hand := range k.Hands {
		out.Hands[fmt.Sprint(account)] = hand
	}
	for account, name := range k.Names {
		out.People[fmt.Sprint(account)] = name
	}
	for id, u := range k.Units {
		out.Units[fmt.Sprint(id)] = u.Name
	}
	for occasion, m := range k.Marks {
		out.Marks[occasion] = CaseMark{date(m.On), m.N, text(m.Text)}
	}
	return out
}

func newCasePaper(id registry.CaseID, p *desk.Paper) CasePaper {
	return CasePaper{ID: p.ID, Event: p.N, Kind: p.Kind, Title: p.Title, Number: text(p.Number), IssuedOn: date(p.IssuedOn), Issuer: text(p.Issuer), Signed: p.Signed,
		Replaces: unlessZero(p.Replaces), Secrecy: p.Secrecy, SHA256: p.Digest.String(), Bytes: p.Bytes, Media: p.Media, FileName: p.FileName,
		Href: fmt.Sprintf("/desk/cases/%d/files/%s", id, p.Digest)}
}

func newCaseClock(k *desk.RunningClock) CaseClock {
	return CaseClock{k.Clock, date(k.BeganOn), date(k.DueOn), date(k.StoppedOn), k.Extended, k.Statutory}
}

func newCaseRequest(r *desk.Request) CaseRequest {
	out := CaseRequest{Event: r.N, Department: text(r.Department), Account: unlessZero(r.Account), Question: r.Question, Due: date(r.Due)}
	if a := r.Answer; a != nil {
		out.Answered, out.Stance, out.Text = &a.N, &a.Stance, &a.Text
	}
	return out
}

func newCaseLink(l *desk.Link) CaseLink { return CaseLink{l.Case, l.Relation, l.Number} }

func (c *deskCall) getCase(in *CaseInput) error {
	k, err := c.find(in)
	if err != nil {
		return err
	}
	return c.writeCase(http.StatusOK, k)
}

// writeCase answers with a case, under its version.
func (c *deskCall) writeCase(status int, k *desk.Case) error {
	return c.write(status, strconv.Itoa(k.Version), c.newCase(k))
}

// EventsInput names a case, and an event of it.
type EventsInput struct {
	CaseInput
	After string `query:"after" example:"5" doc:"Only events after this one"`
}

// CaseEvents answers with events.
type CaseEvents struct {
	Version int         `json:"version" doc:"The number of all events of the case"`
	Events  []CaseEvent `json:"events" doc:"Those asked for, in order"`
}

// CaseEvent is an act in a case.
type CaseEvent struct {
	N       int             `json:"n" example:"5" doc:"Its number in the case, from 1"`
	Type    desk.EventType  `json:"type" example:"STEPPED" doc:"What kind of act"`
	Account *desk.AccountID `json:"account" doc:"Who did it; null for the program itself"`
	For     *desk.AccountID `json:"for" doc:"For whom, if they stood in for somebody"`
	At      time.Time       `json:"at" doc:"When"`
	Body    desk.Body       `json:"body" doc:"The particulars; which there are depends on the type"`
}

func newCaseEvent(e *desk.Event) CaseEvent {
	return CaseEvent{e.N, e.Type, unlessZero(e.Account), unlessZero(e.For), e.At, e.Body}
}

func (c *deskCall) listCaseEvents(in *EventsInput) error {
	after := 0
	if in.After != "" {
		var err error
		if after, err = strconv.Atoi(in.After); err != nil || after < 0 {
			return registry.Invalid("after", "give the number of an event")
		}
	}
	k, err := c.find(&in.CaseInput)
	if err != nil {
		return err
	}
	events := k.Events[min(after, len(k.Events)):]
	return c.write(http.StatusOK, strconv.Itoa(k.Version)+"-"+strconv.Itoa(after), CaseEvents{k.Version, each(events, newCaseEvent)})
}

// CaseChoices answers with steps.
type CaseChoices struct {
	Version int          `json:"version" doc:"The version of the case"`
	Choices []CaseChoice `json:"choices" doc:"The steps that lead on from its state"`
}

// CaseChoice is a step that leads on.
type CaseChoice struct {
	Act     string     `json:"act" example:"SUBMIT" doc:"The step, for steps"`
	To      string     `json:"to" example:"SUBMITTED" doc:"The state it leads to"`
	Right   string     `json:"right" example:"case.approve" doc:"The right it takes"`
	Allowed bool       `json:"allowed" doc:"The person has it"`
	Open    bool       `json:"open" doc:"The person could take the step now"`
	Asks    []string   `json:"asks" doc:"What it wants to be told: reason, date, instrument"`
	Lacks   []CaseLack `json:"lacks" doc:"What stands in its way, or should be known"`
}

// CaseLack is something that is lacking.
type CaseLack struct {
	Key     string     `json:"key" example:"paper:RISK_ASSESSMENT" doc:"What"`
	Zh      string     `json:"zh" example:"缺少风险评估报告" doc:"In Chinese"`
	En      string     `json:"en" doc:"In English"`
	Binding bool       `json:"binding" doc:"It stands in the way; else it only warns"`
	Source  string     `json:"source" example:"DR" doc:"The instrument, as in the rules"`
	Article *string    `json:"article" example:"13" doc:"The article"`
	Status  law.Status `json:"source_status" enum:"READ,SECONDARY,UNVERIFIED,DEPARTMENT" doc:"How well the rule is known"`
}

func newCaseLack(l *desk.Lack) CaseLack {
	return CaseLack{l.Key, l.Zh, l.En, l.Binding, l.Source.ID, text(l.Article), l.Status}
}

func (c *deskCall) listCaseChoices(in *CaseInput) error {
	k, err := c.find(in)
	if err != nil {
		return err
	}
	choices := c.desk.Choices(c.who, k)
	return c.write(http.StatusOK, "", CaseChoices{k.Version, each(choices, func(x *desk.Choice) CaseChoice {
		return CaseChoice{x.Act, x.To, x.Right, x.Allowed, x.Open(), list(x.Asks), each(x.Lacks, newCaseLack)}
	})})
}

// list is a list that is never null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
