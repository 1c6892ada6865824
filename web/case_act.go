package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// caseForms make the act of each form of the page of a case.
var caseForms = map[string]func(*form, *desk.Case) (desk.Act, error){
	"step":        stepForm,
	"edit":        editForm,
	"comment":     commentForm,
	"assign":      assignForm,
	"ask":         askForm,
	"reply":       replyForm,
	"paper-reply": paperReplyForm,
	"withdraw":    withdrawForm,
	"extend":      extendForm,
	"record":      recordForm,
}

// actOnCase answers POST /desk/cases/{id}/{verb}.
func (s *site) actOnCase(r *http.Request, v *View) (*answer, error) {
	id, err := caseID(r)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	c, err := s.desk.Case(r.Context(), v.Who, id)
	if err != nil {
		return nil, err
	}
	if verb := chi.URLParam(r, "verb"); verb == "comment" && f.Get("at.x") != "" {
		return s.pickPlace(r, v, c, f)
	}
	act, unit, err := s.caseAct(r, v, c, f)
	if err == nil && len(f.Faults) == 0 {
		seen, _ := strconv.Atoi(f.Get("version"))
		var after *desk.Case
		if after, err = s.desk.Act(r.Context(), v.Who, id, seen, f.Get("request"), act); err == nil {
			return &answer{redirect: caseLink(id) + "#event-" + strconv.Itoa(after.Version), flash: s.doneText(v, after)}, nil
		}
	}
	return s.refusedAct(r, v, c, f, unit, err)
}

// doneText says what was done last in a case. A cookie holds it: it is short.
func (s *site) doneText(v *View, c *desk.Case) string {
	what := []rune(caseWords{s.words(v), c}.What(&c.Events[len(c.Events)-1]))
	if len(what) > 80 {
		what = append(what[:80], '…')
	}
	return v.text("case.saved", "what", string(what))
}

// caseAct makes the act that a form asks for.
func (s *site) caseAct(r *http.Request, v *View, c *desk.Case, f *form) (desk.Act, unitField, error) {
	switch verb := chi.URLParam(r, "verb"); verb {
	case "transfer":
		unit, err := s.unitOf(r, v, f)
		if err == nil && unit.Text == "" {
			f.Faults = append(f.Faults, formFault{"unit", v.text("fault.text.missing")})
		}
		return desk.Transfer{Unit: unit.ID, Reason: f.Get("reason")}, unit, err
	case "link":
		act, err := s.linkForm(r, v, f)
		return act, unitField{}, err
	default:
		from := caseForms[verb]
		if from == nil {
			return nil, unitField{}, registry.NotFound("form", verb)
		}
		act, err := from(f, c)
		return act, unitField{}, err
	}
}

// refusedAct shows the case again with the form that was refused: on the case as
// it is now, with all that was typed.
func (s *site) refusedAct(r *http.Request, v *View, c *desk.Case, f *form, unit unitField, err error) (*answer, error) {
	var moved *desk.Moved
	var lacking *desk.Lacking
	status := http.StatusUnprocessableEntity
	switch {
	case errors.As(err, &moved):
		c, status = moved.Case, http.StatusConflict
	case errors.As(err, &lacking):
		status = http.StatusConflict
		for _, l := range lacking.Lacks {
			if l.Binding {
				f.Faults = append(f.Faults, formFault{"form", s.words(v).pick(l.Zh, l.En)})
			}
		}
	case !f.refused(v, err):
		return nil, err
	}
	f.Prefix = f.Get("form") + "-"
	a, err := s.caseAnswer(r, v, c, func(p *casePage) {
		p.Sent, p.Unit = f, unit
		if moved != nil {
			p.Since, p.Seen = moved.Since, moved.Seen
		}
	})
	if err == nil {
		a.status = status
	}
	return a, err
}

// formDay reads a day of a form; nil for none.
func formDay(f *form, field string) (*registry.Day, error) {
	text := strings.TrimSpace(f.Get(field))
	if text == "" {
		return nil, nil
	}
	d, err := registry.ParseDay(text)
	if err != nil {
		return nil, desk.Refuse(field, "day.wrong", "write it as 2026-01-31")
	}
	return &d, nil
}

// instrumentOf reads the paper of another authority; nil for none.
func instrumentOf(f *form) (*desk.Citation, error) {
	i := &desk.Citation{Number: strings.TrimSpace(f.Get("number")), Issuer: strings.TrimSpace(f.Get("issuer")), Title: strings.TrimSpace(f.Get("title"))}
	on, err := formDay(f, "issuedOn")
	if err != nil {
		return nil, err
	}
	if *i == (desk.Citation{}) && on == nil {
		return nil, nil
	}
	if on == nil {
		return nil, desk.Refuse("issuedOn", "day.missing", "give the date of the paper")
	}
	i.IssuedOn = *on
	return i, nil
}

func stepForm(f *form, _ *desk.Case) (desk.Act, error) {
	on, err1 := formDay(f, "on")
	paper, err2 := instrumentOf(f)
	return desk.Step{Act: f.Get("act"), Reason: f.Get("reason"), On: on, Instrument: paper}, errors.Join(err1, err2)
}

func editForm(f *form, _ *desk.Case) (desk.Act, error) {
	summary, urgent := f.Get("summary"), f.Get("urgent") != ""
	return desk.Edit{Title: f.Get("title"), Summary: &summary, Urgent: &urgent}, nil
}

func commentForm(f *form, _ *desk.Case) (desk.Act, error) {
	m := desk.Comment{Text: f.Get("text")}
	m.ReplyTo, _ = strconv.Atoi(f.Get("replyTo"))
	if text := strings.TrimSpace(f.Get("place")); text != "" {
		at, err := parsePoint("place", strings.NewReplacer("，", ",", " ", "").Replace(text))
		if err != nil {
			return nil, desk.Refuse("place", "place", "write longitude,latitude")
		}
		m.Place = (*[2]float64)(&at)
	}
	return m, nil
}

func assignForm(f *form, _ *desk.Case) (desk.Act, error) {
	a := desk.Assign{Reason: f.Get("reason")}
	if text := f.Get("to"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, desk.Refuse("to", "assign.account", "there is no such account")
		}
		a.To = desk.AccountID(id)
	}
	return a, nil
}

func askForm(f *form, _ *desk.Case) (desk.Act, error) {
	due, err := formDay(f, "due")
	a := desk.Ask{Departments: given(f.Values["departments"]), Question: f.Get("question"), Due: due}
	for _, text := range given(f.Values["experts"]) {
		id, badNumber := strconv.ParseInt(text, 10, 64)
		if badNumber != nil {
			return nil, desk.Refuse("experts", "ask.expert", "not an expert of the list")
		}
		a.Experts = append(a.Experts, desk.AccountID(id))
	}
	return a, err
}

func replyForm(f *form, _ *desk.Case) (desk.Act, error) {
	asked, _ := strconv.Atoi(f.Get("asked"))
	return desk.Reply{Asked: asked, Department: f.Get("department"), Stance: f.Get("stance"), Text: f.Get("text")}, nil
}

func paperReplyForm(f *form, _ *desk.Case) (desk.Act, error) {
	asked, _ := strconv.Atoi(f.Get("asked"))
	letter, err := instrumentOf(f)
	return desk.RecordReply{Asked: asked, Department: f.Get("department"), Stance: f.Get("stance"), Text: f.Get("text"), Instrument: letter}, err
}

func withdrawForm(f *form, _ *desk.Case) (desk.Act, error) {
	asked, _ := strconv.Atoi(f.Get("asked"))
	expert, _ := strconv.ParseInt(f.Get("account"), 10, 64)
	return desk.Withdraw{Asked: asked, Department: f.Get("department"), Account: desk.AccountID(expert), Reason: f.Get("reason")}, nil
}

func extendForm(f *form, _ *desk.Case) (desk.Act, error) {
	paper, err := instrumentOf(f)
	return desk.Extend{Clock: f.Get("clock"), Reason: f.Get("reason"), Instrument: paper}, err
}

func recordForm(f *form, _ *desk.Case) (desk.Act, error) {
	on, err := formDay(f, "on")
	if err == nil && on == nil {
		err = desk.Refuse("on", "day.missing", "give the day on which it happened")
	}
	if err != nil {
		return nil, err
	}
	return desk.Record{Occasion: f.Get("occasion"), On: *on, Text: f.Get("text")}, nil
}

// linkForm links with a case by its number, or takes a link away.
func (s *site) linkForm(r *http.Request, v *View, f *form) (desk.Act, error) {
	text := strings.TrimSpace(f.Get("other"))
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return desk.Relate{Other: registry.CaseID(id), Relation: f.Get("relation")}, nil
	}
	c, err := s.desk.CaseByNumber(r.Context(), v.Who, text)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, desk.Refuse("other", "link.none", "there is no such case")
	}
	return desk.Relate{Other: c, Relation: f.Get("relation")}, err
}
