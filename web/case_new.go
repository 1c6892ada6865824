package web

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// newCasePage is the data of the page "case-new".
type newCasePage struct {
	words
	Kind  *law.Kind // nil while none is chosen
	Kinds []law.Kind
	Form  *form
	Unit  unitField
}

// First names the state in which a kind of case begins, and what leads on.
func (p *newCasePage) First(k law.Kind) string { return p.StateName(k.ID, k.First) }

// Name names a kind.
func (p *newCasePage) Name(k law.Kind) string { return p.pick(k.Zh, k.En) }

// Source cites the law of a kind.
func (p *newCasePage) Source(k law.Kind) string { return p.Cite(k.Citation) }

// openable are the kinds that somebody may open somewhere, in force today.
func (w words) openable(p *desk.Principal) []law.Kind {
	var out []law.Kind
	for _, k := range w.book.Kinds {
		for _, c := range p.Filter(desk.OpenCase) {
			if k.Valid.Holds(w.view.Today) && (c.Kinds == nil || contains(c.Kinds, k.ID)) {
				out = append(out, k)
				break
			}
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}

// showNewCase answers GET /desk/cases/new: first the kinds, then the form of one.
func (s *site) showNewCase(r *http.Request, v *View) (*answer, error) {
	p := &newCasePage{words: s.words(v), Form: &form{}}
	p.Kinds = p.openable(v.Who)
	if len(p.Kinds) == 0 {
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: "no right to open cases"}
	}
	if err := p.choose(v.URL.Query().Get("kind")); err != nil {
		return nil, err
	}
	if p.Kind != nil {
		p.Form = &form{Values: map[string][]string{"request": {rand.Text()}, "kind": {p.Kind.ID}}}
		if err := s.home(r, v, p.Form); err != nil {
			return nil, err
		}
	}
	return &answer{page: "case-new", data: p}, nil
}

func (p *newCasePage) choose(kind string) error {
	if kind == "" {
		return nil
	}
	for i := range p.Kinds {
		if p.Kinds[i].ID == kind {
			p.Kind = &p.Kinds[i]
			return nil
		}
	}
	return registry.Invalid("kind", strconv.Quote(kind)+" is no kind of case that you can open")
}

// home fills in the unit of somebody who works for just one.
func (s *site) home(r *http.Request, v *View, f *form) error {
	var top registry.UnitID
	for _, g := range v.Who.Grants {
		if len(g.Tops) != 1 || top != 0 && top != g.Tops[0] {
			return nil
		}
		top = g.Tops[0]
	}
	if top == 0 {
		return nil
	}
	u, err := s.typedUnit(r.Context(), v, "#"+strconv.FormatInt(int64(top), 10))
	if u.ID != 0 {
		f.Set("unit", u.Name)
		f.Set("unit_was", u.Name)
		f.Set("unit_id", strconv.FormatInt(int64(u.ID), 10))
	}
	return err
}

// unitOf reads the unit of a form. What fits none or several is a fault, and
// the choice comes back.
func (s *site) unitOf(r *http.Request, v *View, f *form) (unitField, error) {
	text := f.Get("unit")
	if id := f.Get("unit_id"); id != "" && text == f.Get("unit_was") {
		u, err := s.typedUnit(r.Context(), v, "#"+id)
		u.Text = text
		if err == nil && u.Missing() {
			f.Faults = append(f.Faults, formFault{"unit", v.text("fault.unit.none")})
		}
		return u, err
	}
	u, err := s.typedUnit(r.Context(), v, text)
	switch {
	case u.Missing() && len(u.Others) == 1:
		f.Faults = append(f.Faults, formFault{"unit", v.text("fault.unit.confirm")})
	case u.Missing() && len(u.Others) > 0:
		f.Faults = append(f.Faults, formFault{"unit", v.text("fault.unit.which")})
	case u.Missing() && len(u.Former) > 0:
		f.Faults = append(f.Faults, formFault{"unit", v.text("fault.unit.former")})
	case u.Missing():
		f.Faults = append(f.Faults, formFault{"unit", v.text("fault.unit.none")})
	}
	return u, err
}

// openCase answers POST /desk/cases/new.
func (s *site) openCase(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := &newCasePage{words: s.words(v), Form: f}
	p.Kinds = p.openable(v.Who)
	if err := p.choose(f.Get("kind")); err != nil || p.Kind == nil {
		return nil, registry.Invalid("kind", "choose the kind of case first")
	}
	if p.Unit, err = s.unitOf(r, v, f); err != nil {
		return nil, err
	}
	if len(f.Faults) > 0 {
		return refusedForm("case-new", p), nil
	}
	c, err := s.desk.OpenCase(r.Context(), v.Who, desk.OpenRequest{Kind: p.Kind.ID, Title: f.Get("title"), Summary: f.Get("summary"), Unit: p.Unit.ID,
		Urgent: f.Get("urgent") != "", Request: f.Get("request")})
	if f.refused(v, err) {
		return refusedForm("case-new", p), nil
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: caseLink(c.ID), flash: v.text("case.opened", "number", c.Number)}, nil
}

// caseLink is the address of a case.
func caseLink(id registry.CaseID) string { return "/desk/cases/" + strconv.FormatInt(int64(id), 10) }
