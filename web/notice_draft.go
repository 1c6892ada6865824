package web

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
)

// noticeFormPage is the data of the page "notice-form".
type noticeFormPage struct {
	Form   *form
	Case   *desk.Case   // nil while none is chosen
	Notice *desk.Notice // nil for a new one
	Unit   unitField
	Cases  []desk.Row // to choose from
	Drawn  bool       // the case has a draft whose map can be shown
	view   *View
}

// Kinds are the kinds to choose from.
func (p *noticeFormPage) Kinds() []Option { return p.view.options("notice.kind", desk.NoticeKinds...) }

// Maps are what the map can show.
func (p *noticeFormPage) Maps() []Option {
	maps := []Option{{"", p.view.text("notice.map.none")}, {"NOW", p.view.text("notice.map.NOW")}}
	if p.Drawn {
		maps = append(maps, Option{"PROPOSAL", p.view.text("notice.map.PROPOSAL")})
	}
	return maps
}

// Papers are the papers that can be attached.
func (p *noticeFormPage) Papers() (out []desk.Paper) {
	for _, paper := range p.Case.Current() {
		if paper.Secrecy == 0 {
			out = append(out, paper)
		}
	}
	return out
}

// Self is the address of the form.
func (p *noticeFormPage) Self() string {
	if p.Notice == nil {
		return "/desk/notices/new"
	}
	return fmt.Sprintf("/desk/notices/%d/edit", p.Notice.ID)
}

// showNewNotice answers GET /desk/notices/new: of a case, or which case.
func (s *site) showNewNotice(r *http.Request, v *View) (*answer, error) {
	p := &noticeFormPage{Form: &form{Values: url.Values{}}, view: v}
	id, err := number64("case", r.URL.Query().Get("case"))
	if err != nil {
		return nil, err
	}
	if id == 0 {
		found, err := s.desk.Cases(r.Context(), v.Who, desk.CaseQuery{Text: strings.TrimSpace(r.URL.Query().Get("q")), DueBy: registry.NoEnd, Limit: 30})
		if err != nil {
			return nil, err
		}
		p.Form.Values, p.Cases = r.URL.Query(), found.Rows
		return &answer{page: "notice-form", data: p}, nil
	}
	c, err := s.desk.Case(r.Context(), v.Who, registry.CaseID(id))
	if err != nil {
		return nil, err
	}
	if p, err = s.noticeForm(r, v, p.Form, c, nil); err != nil {
		return nil, err
	}
	known, err := s.desk.NoticeValues(r.Context(), c)
	if err != nil {
		return nil, err
	}
	p.Form.Set("request", rand.Text())
	p.Form.Set("title", known.Title)
	p.Form.Set("text", known.Text)
	p.Form.Set("contact", known.Contact)
	if u, ok := p.Case.Units[p.Case.Unit]; ok {
		p.Form.Set("unit", u.Name)
		p.Form.Set("unit_id", fmt.Sprint(u.ID))
		p.Unit = unitField{Text: u.Name, ID: u.ID, Name: u.Name}
	}
	return &answer{page: "notice-form", data: p}, nil
}

// noticeForm is the form of a notice of a case, new or of a draft.
func (s *site) noticeForm(r *http.Request, v *View, f *form, c *desk.Case, n *desk.Notice) (p *noticeFormPage, err error) {
	p = &noticeFormPage{Form: f, Case: c, Notice: n, view: v}
	p.Drawn, err = s.desk.HasDraft(r.Context(), c)
	return p, err
}

// showNoticeForm answers GET /desk/notices/{id}/edit.
func (s *site) showNoticeForm(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	p, err := s.noticeForm(r, v, &form{Values: contentForm(n)}, c, n)
	if err != nil {
		return nil, err
	}
	p.Form.Set("request", rand.Text())
	p.Unit = unitField{Text: n.UnitName, ID: n.Unit, Name: n.UnitName}
	return &answer{page: "notice-form", data: p}, nil
}

// contentForm writes a notice as its form has it.
func contentForm(n *desk.Notice) url.Values {
	f := url.Values{"kind": {string(n.Kind)}, "title": {n.Title}, "text": {n.Text}, "contact": {n.Contact}, "number": {n.Number}, "map": {string(n.Map)},
		"version": {strconv.Itoa(n.Version)}}
	if n.Unit != 0 {
		f.Set("unit", n.UnitName)
		f.Set("unit_id", fmt.Sprint(n.Unit))
	}
	for field, day := range map[string]registry.Day{"opens": n.Opens, "closes": n.Closes} {
		if day != registry.NoStart {
			f.Set(field, day.String())
		}
	}
	if n.Announces {
		f.Set("announces", "yes")
	}
	for _, paper := range n.Papers {
		f.Add("papers", fmt.Sprint(paper))
	}
	return f
}

// writeNewNotice answers POST /desk/notices/new.
func (s *site) writeNewNotice(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(f.Get("case"), 10, 64)
	c, err := s.desk.Case(r.Context(), v.Who, registry.CaseID(id))
	if err != nil {
		return nil, err
	}
	return s.saveNotice(r, v, f, c, nil)
}

// writeNotice answers POST /desk/notices/{id}/edit.
func (s *site) writeNotice(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	return s.saveNotice(r, v, f, c, n)
}

func (s *site) saveNotice(r *http.Request, v *View, f *form, c *desk.Case, n *desk.Notice) (*answer, error) {
	act := desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.NoticeKind(f.Get("kind")), Title: f.Get("title"), Text: f.Get("text"),
		Contact: f.Get("contact"), Number: f.Get("number"), Map: desk.NoticeMap(f.Get("map")), Announces: f.Has("announces", "yes"),
		Opens: registry.NoStart, Closes: registry.NoStart}}
	if n != nil {
		act.Notice = n.ID
		act.Seen, _ = strconv.Atoi(f.Get("version"))
	}
	for field, day := range map[string]*registry.Day{"opens": &act.Opens, "closes": &act.Closes} {
		given, err := formDay(f, field)
		f.note(v, err)
		if given != nil {
			*day = *given
		}
	}
	for _, text := range f.Values["papers"] {
		id, _ := strconv.ParseInt(text, 10, 64)
		act.Papers = append(act.Papers, id)
	}
	unit, err := s.unitOf(r, v, f)
	if err != nil {
		return nil, err
	}
	act.Unit = unit.ID
	if len(f.Faults) == 0 {
		var after *desk.Case
		if after, err = s.desk.Act(r.Context(), v.Who, c.ID, 0, f.Get("request"), act); err == nil {
			return &answer{redirect: fmt.Sprintf("/desk/notices/%d", writtenNotice(after, act.Notice)), flash: v.text("notice.saved")}, nil
		}
	}
	return s.noticeRefused(r, v, f, c, n, unit, err)
}

// noticeRefused shows the form of a notice again with what is wrong with it.
func (s *site) noticeRefused(r *http.Request, v *View, f *form, c *desk.Case, n *desk.Notice, unit unitField, err error) (*answer, error) {
	p, formErr := s.noticeForm(r, v, f, c, n)
	if formErr != nil {
		return nil, formErr
	}
	p.Unit = unit
	if registry.KindOf(err) == registry.KindConflict {
		f.Faults = append(f.Faults, formFault{"form", v.text("notice.moved")})
		if n != nil {
			f.Set("version", strconv.Itoa(n.Version)) // sent once more, it goes over what others wrote: they were told
		}
		return &answer{page: "notice-form", data: p, status: http.StatusConflict}, nil
	}
	if len(f.Faults) > 0 || f.refused(v, err) {
		return refusedForm("notice-form", p), nil
	}
	return nil, err
}

// writtenNotice is the notice that was written, the last of its case if it is new.
func writtenNotice(c *desk.Case, known desk.NoticeID) desk.NoticeID {
	for i := len(c.Events) - 1; known == 0 && i >= 0; i-- {
		if e := &c.Events[i]; e.Type == desk.NoticeWritten {
			return desk.NoticeID(e.Body.Notice)
		}
	}
	return known
}
