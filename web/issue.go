package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/document"
	"jieming/registry/law"
)

func (s *site) issueRoutes(r chi.Router) {
	r.Get("/desk/cases/{id}/issue/{kind}", s.deskPage(s.showIssue))
	r.Post("/desk/cases/{id}/issue/{kind}", s.deskForm(s.issuePaper))
}

// issuePage is the data of the page "issue": an official document is drawn up.
type issuePage struct {
	*casePage
	Paper  *law.Paper
	Fields []*document.Field // to be filled in, besides issuer, title and date
	Draft  *form
	Text   string // of the preview
}

// issueField is the field of the form for a field of a template.
const issueField = "v-"

// given by the form under their own names, or by the case and the series.
var issueOwn = []string{"issuer", "title", "date", "number", "case.number", "case.title", "case.kind", "case.unit"}

// newIssuePage finds the case and the kind of document that an address names.
func (s *site) newIssuePage(r *http.Request, v *View) (*issuePage, error) {
	c, err := s.caseOf(r, v)
	if err != nil {
		return nil, err
	}
	p := &issuePage{casePage: &casePage{caseWords: caseWords{s.words(v), c}}}
	p.Paper = p.book.Paper(chi.URLParam(r, "kind"))
	if p.Paper == nil || !slices.Contains(p.Issuable(), p.Paper) {
		return nil, registry.NotFound("document", chi.URLParam(r, "kind"))
	}
	if !p.May("paper.issue") {
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: p.why(desk.IssuePaper)}
	}
	for _, f := range document.FieldsOf(p.Paper.Template) {
		if f.List == "" && !slices.Contains(issueOwn, f.Name) {
			p.Fields = append(p.Fields, f)
		}
	}
	return p, nil
}

// Issuable are the documents that can be issued in the case.
func (p *casePage) Issuable() []*law.Paper {
	var out []*law.Paper
	for _, k := range p.book.PapersOf(p.Case.Kind) {
		if k.Issued && k.Template != "" {
			out = append(out, k)
		}
	}
	return out
}

// showIssue answers GET /desk/cases/{id}/issue/{kind}: the form, with all that
// the case knows filled in.
func (s *site) showIssue(r *http.Request, v *View) (*answer, error) {
	p, err := s.newIssuePage(r, v)
	if err != nil {
		return nil, err
	}
	known := s.desk.PaperValues(p.Case, p.Paper.ID)
	p.Draft = &form{Values: map[string][]string{"request": {rand.Text()}, "version": {strconv.Itoa(p.Case.Version)}, "title": {known.Text["title"]}, "on": {v.Today.String()}}}
	for _, f := range p.Fields {
		p.Draft.Set(issueField+f.Name, known.Text[f.Name])
	}
	if p.Draft.Values["issuer"], err = s.issuers(r, v, p.Paper.ID); err != nil {
		return nil, err
	}
	var names []string
	for _, item := range known.Lists["attachments"] {
		names = append(names, item["name"])
	}
	p.Draft.Set("attachments", strings.Join(names, "\n"))
	return &answer{page: "issue", data: p}, nil
}

// issuers are those who number a kind of paper, those with a series of its own
// first.
func (s *site) issuers(r *http.Request, v *View, paper string) (own []string, err error) {
	if !v.Who.Has(desk.ReadRules) {
		return nil, nil
	}
	series, err := s.desk.Series(r.Context(), v.Who)
	var all []string
	for _, x := range series {
		switch x.Paper {
		case paper:
			own = append(own, x.Issuer)
		case "*":
			all = append(all, x.Issuer)
		}
	}
	return append(own, all...), err
}

// issuePaper answers POST of the same: a preview, the document without a number
// to be looked at in a word processor, or the document itself.
func (s *site) issuePaper(r *http.Request, v *View) (*answer, error) {
	p, err := s.newIssuePage(r, v)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p.Draft = f
	act, err := s.issueOf(p, f)
	var after *desk.Case
	var docx []byte
	if err == nil && f.Get("do") == "issue" {
		seen, _ := strconv.Atoi(f.Get("version"))
		after, err = s.desk.Act(r.Context(), v.Who, p.Case.ID, seen, f.Get("request"), act)
	} else if err == nil {
		docx, p.Text, err = s.desk.Preview(r.Context(), v.Who, p.Case.ID, act)
	}
	var moved *desk.Moved
	switch {
	case errors.As(err, &moved):
		p.Case, p.Since, p.Seen, p.Sent = moved.Case, moved.Since, moved.Seen, f
		f.Set("form", "issue")
		f.Set("version", strconv.Itoa(moved.Case.Version))
		return &answer{page: "issue", data: p, status: http.StatusConflict}, nil
	case f.refused(v, err):
		return refusedForm("issue", p), nil
	case err != nil:
		return nil, err
	case after != nil:
		return &answer{redirect: caseLink(after.ID) + "#event-" + strconv.Itoa(after.Version), flash: v.text("issue.done", "paper", p.PaperName(p.Paper.ID))}, nil
	case f.Get("do") == "docx":
		return &answer{body: docx, mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", name: f.Get("title") + ".docx"}, nil
	}
	return &answer{page: "issue", data: p}, nil
}

// issueOf is the act that a form asks for. Attachments are as the form has them,
// other lists as the case knows them.
func (s *site) issueOf(p *issuePage, f *form) (desk.Issue, error) {
	known := s.desk.PaperValues(p.Case, p.Paper.ID)
	a := desk.Issue{Kind: p.Paper.ID, Issuer: strings.TrimSpace(f.Get("issuer")), Title: strings.TrimSpace(f.Get("title")), Values: known}
	for _, field := range p.Fields {
		a.Values.Text[field.Name] = strings.ReplaceAll(f.Get(issueField+field.Name), "\r\n", "\n")
	}
	var names []string
	for line := range strings.Lines(f.Get("attachments")) {
		if line = strings.TrimSpace(line); line != "" {
			names = append(names, line)
		}
	}
	a.Values.Lists["attachments"] = document.Attach(names...)
	on, err := formDay(f, "on")
	if err == nil && on == nil {
		err = desk.Refuse("on", "day.missing", "give the date of the document")
	}
	if err != nil {
		return a, err
	}
	a.On = *on
	a.Secrecy, _ = strconv.Atoi(f.Get("secrecy"))
	return a, nil
}

// Label names a field of a template.
func (p *issuePage) Label(f *document.Field) string { return p.pick(f.Zh, f.MeaningEn) }

// Meaning says what a field is; in English, what it is called on the document.
func (p *issuePage) Meaning(f *document.Field) string { return p.pick(f.MeaningZh, f.Zh) }

// Long reports whether a field takes several lines.
func (p *issuePage) Long(f *document.Field) bool {
	return slices.Contains([]string{"body", "facts", "remedy", "proposal", "basis"}, f.Name)
}
