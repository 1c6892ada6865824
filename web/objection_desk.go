package web

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/filetype"
)

// objectionsPage is the data of the page "objections".
type objectionsPage struct {
	*desk.ObjectionPage
	Notice *desk.Notice
	Case   *desk.Case
	Form   *form
	Query  url.Values
	view   *View
}

// May reports whether the person answers comments.
func (p *objectionsPage) May() bool { return p.view.Who.May(desk.AnswerPublic, p.Case.Object()) }

// Key is an idempotency key for the form.
func (p *objectionsPage) Key() string { return rand.Text() }

// StateOptions, StanceOptions and OutcomeOptions are the choices of the page.
func (p *objectionsPage) StateOptions() (out []Option) {
	for _, x := range desk.ObjectionStates {
		out = append(out, Option{string(x), p.view.word("objection.state", x)})
	}
	return out
}

// StanceOptions are the stances to choose from.
func (p *objectionsPage) StanceOptions() (out []Option) {
	for _, x := range desk.CitizenStances {
		out = append(out, Option{x, p.view.word("objection.stance", x)})
	}
	return out
}

// OutcomeOptions are the outcomes to choose from.
func (p *objectionsPage) OutcomeOptions() (out []Option) {
	for _, x := range desk.Outcomes {
		out = append(out, Option{x, p.view.word("objection.outcome", x)})
	}
	return out
}

// Next is the address of the next page; "" on the last.
func (p *objectionsPage) Next() string {
	if p.ObjectionPage.Next == 0 {
		return ""
	}
	return p.view.With("after", fmt.Sprint(p.ObjectionPage.Next))
}

// Sum is how many comments there are in all.
func (p *objectionsPage) Sum() (n int) {
	for _, c := range p.Counts {
		n += c.N
	}
	return n
}

// Count is how many comments there are of a stance, or in a state.
func (p *objectionsPage) Count(stance, state string) (n int) {
	for _, c := range p.Counts {
		if (stance == "" || c.Stance == stance) && (state == "" || string(c.State) == state) {
			n += c.N
		}
	}
	return n
}

// showObjections answers /desk/notices/{id}/comments.
func (s *site) showObjections(r *http.Request, v *View) (*answer, error) {
	return s.objectionsAnswer(r, v, &form{Values: url.Values{}})
}

func (s *site) objectionsAnswer(r *http.Request, v *View, f *form) (*answer, error) {
	id, err := pathID(r, "notice")
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	after, err := number64("after", q.Get("after"))
	if err != nil {
		return nil, err
	}
	p := &objectionsPage{Form: f, Query: q, view: v}
	p.ObjectionPage, p.Notice, p.Case, err = s.desk.Objections(r.Context(), v.Who, desk.ObjectionQuery{Notice: desk.NoticeID(id), State: desk.ObjectionState(q.Get("state")),
		Stance: q.Get("stance"), Outcome: q.Get("outcome"), Text: strings.TrimSpace(q.Get("q")), After: desk.ObjectionID(after), Limit: 50})
	return &answer{page: "objections", data: p}, err
}

// decideObjections answers POST /desk/notices/{id}/comments: what comes of those
// that are ticked.
func (s *site) decideObjections(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "notice")
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	var of []desk.Seen
	for _, text := range f.Values["of"] {
		number, state, _ := strings.Cut(text, " ")
		n, _ := strconv.ParseInt(number, 10, 64)
		of = append(of, desk.Seen{ID: desk.ObjectionID(n), State: desk.ObjectionState(state)})
	}
	err = s.desk.DecideObjections(r.Context(), v.Who, desk.NoticeID(id), of, f.Get("request"), desk.ObjectionDecision{State: desk.ObjectionState(f.Get("state")),
		Outcome: f.Get("outcome"), Answer: f.Get("answer"), Reason: f.Get("reason"), Public: f.Has("public", "yes")})
	if err == nil {
		return &answer{redirect: r.URL.RequestURI(), flash: v.text("objection.done", "n", len(of))}, nil
	}
	status := http.StatusUnprocessableEntity
	switch {
	case registry.KindOf(err) == registry.KindConflict:
		status = http.StatusConflict
		f.Faults = append(f.Faults, formFault{"form", v.text("objection.moved")})
	case !f.refused(v, err):
		return nil, err
	}
	a, err := s.objectionsAnswer(r, v, f)
	if err == nil {
		a.status = status
	}
	return a, err
}

// showObjectionSheet answers /desk/notices/{id}/comments.xlsx.
func (s *site) showObjectionSheet(r *http.Request, v *View) (*answer, error) {
	n, _, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.desk.ObjectionSheet(r.Context(), v.Who, n.ID, &out); err != nil {
		return nil, err
	}
	return &answer{body: out.Bytes(), mime: filetype.XLSX.Media, name: v.text("objection.file", "id", n.ID) + ".xlsx"}, nil
}
