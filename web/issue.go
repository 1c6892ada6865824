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
	"jieming/registry/desk/filetype"
	"jieming/registry/law"
)

func (s *site) issueRoutes(r chi.Router) {
	r.Get("/desk/cases/{id}/issue/{kind}", s.deskPage(s.showIssue))
	r.Post("/desk/cases/{id}/issue/{kind}", s.deskForm(s.issuePaper))
}

// issuePage is the data of the pages "issue", the form of an official document,
// and "issue-sheet", which shows it before it is issued.
type issuePage struct {
	*casePage
	Paper *law.Paper
	Used  map[string]bool   // what the template in force asks for, by name
	Head  []*document.Field // to be filled in, besides issuer, title and date: what stands above the text
	Long  []*document.Field // the text
	Foot  []*document.Field // what stands below it
	Draft *form
	Sheet *document.Sheet // of the preview
	Next  *desk.Draft     // of the preview
}

// issueField is the field of the form for a field of a template.
const issueField = "v-"

// given by the form under their own names, or by the case and the series.
var issueOwn = []string{"issuer", "title", "date", "secrecy", "number", "case.number", "case.title", "case.kind", "case.unit"}

// The fields that stand above the text of a document, and those of several lines.
var (
	issueHead = []string{"urgency", "signer", "recipient", "party", "incoming.title", "incoming.number", "line.name", "line.sides", "office", "handler"}
	issueLong = []string{"body", "facts", "remedy", "proposal", "basis"}
)

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
	if p.Highest, err = s.desk.HighestSecrecy(r.Context()); err != nil {
		return nil, err
	}
	p.Used, err = s.desk.PaperFields(r.Context(), p.Paper)
	p.sort()
	return p, err
}

// sort finds the fields that the template asks for.
func (p *issuePage) sort() {
	for _, f := range document.FieldsOf(p.Paper.Template) {
		switch {
		case f.List != "" || !p.Used[f.Name] || slices.Contains(issueOwn, f.Name):
		case slices.Contains(issueHead, f.Name):
			p.Head = append(p.Head, f)
		case slices.Contains(issueLong, f.Name):
			p.Long = append(p.Long, f)
		default:
			p.Foot = append(p.Foot, f)
		}
	}
}

// fields are all fields to be filled in.
func (p *issuePage) fields() []*document.Field { return slices.Concat(p.Head, p.Long, p.Foot) }

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

// Basis is what a kind of document is issued under in the case; nil for nothing
// that is known.
func (p *casePage) Basis(k *law.Paper) *law.Citation { return p.book.Basis(p.Case.Kind, k.ID) }

// showIssue answers GET /desk/cases/{id}/issue/{kind}: the form, with all that
// the case knows filled in.
func (s *site) showIssue(r *http.Request, v *View) (*answer, error) {
	p, err := s.newIssuePage(r, v)
	if err != nil {
		return nil, err
	}
	known, err := s.desk.PaperValues(r.Context(), p.Case, p.Paper.ID)
	if err != nil {
		return nil, err
	}
	p.Draft = &form{Values: map[string][]string{"request": {rand.Text()}, "version": {strconv.Itoa(p.Case.Version)}, "title": {known.Text["title"]}, "on": {v.Today.String()}}}
	for _, f := range p.fields() {
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

// issuePaper answers POST of the same: the form again with what was typed, the
// document as it would be, as a page or a file, or the document itself. Only who
// was shown which number it draws issues it.
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
	if f.Get("do") == "edit" {
		return &answer{page: "issue", data: p}, nil
	}
	act, err := s.issueOf(r, p, f)
	if f.refused(v, err) {
		return refusedForm("issue", p), nil
	}
	if err != nil {
		return nil, err
	}
	if f.Get("do") == "issue" && f.Values.Has("shown") {
		return s.issueNow(r, v, p, act)
	}
	return s.issueSheet(r, v, p, act)
}

// issueNow issues the document. If its number was drawn meanwhile, the page
// shows the next one; if the case has moved, what happened since.
func (s *site) issueNow(r *http.Request, v *View, p *issuePage, act desk.Issue) (*answer, error) {
	f := p.Draft
	seen, _ := strconv.Atoi(f.Get("version"))
	act.Expect = f.Get("shown")
	after, err := s.desk.Act(r.Context(), v.Who, p.Case.ID, seen, f.Get("request"), act)
	var moved *desk.Moved
	var fault *desk.Fault
	switch {
	case err == nil:
		return &answer{redirect: caseLink(after.ID) + "#event-" + strconv.Itoa(after.Version), flash: v.text("issue.done", "paper", p.PaperName(p.Paper.ID))}, nil
	case errors.As(err, &moved):
		p.Case, p.Since, p.Seen, p.Sent = moved.Case, moved.Since, moved.Seen, f
		f.Set("form", "issue")
		f.Set("version", strconv.Itoa(moved.Case.Version))
		return &answer{page: "issue", data: p, status: http.StatusConflict}, nil
	case errors.As(err, &fault) && fault.Key == desk.NumberTaken:
		f.note(v, err)
		a, err := s.issueSheet(r, v, p, act)
		if err == nil {
			a.status = http.StatusConflict
		}
		return a, err
	case f.refused(v, err):
		return refusedForm("issue", p), nil
	}
	return nil, err
}

// issueSheet shows the document as it would be, or sends it as a file. Nothing is
// stored.
func (s *site) issueSheet(r *http.Request, v *View, p *issuePage, act desk.Issue) (*answer, error) {
	f := p.Draft
	draft, err := s.desk.Preview(r.Context(), v.Who, p.Case.ID, act)
	if err == nil && f.Get("do") == "docx" {
		return &answer{body: draft.Docx, mime: filetype.DOCX.Media, name: act.Title + ".docx"}, nil
	}
	if err == nil {
		p.Next = draft
		p.Sheet, err = document.Read(draft.Docx)
	}
	if err != nil {
		f.note(v, err)
		if len(f.Faults) > 0 {
			return refusedForm("issue", p), nil
		}
		return nil, err
	}
	return &answer{page: "issue-sheet", data: p}, nil
}

// Typed is what was typed in the form, so that nothing is lost between its pages.
func (p *issuePage) Typed() (out []Option) {
	for name, values := range p.Draft.Values {
		if name == "do" || name == "shown" || name == "form" {
			continue
		}
		for _, value := range values {
			out = append(out, Option{name, value})
		}
	}
	slices.SortStableFunc(out, func(a, b Option) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// issueOf is the act that a form asks for. Attachments are as the form has them,
// other lists as the case knows them.
func (s *site) issueOf(r *http.Request, p *issuePage, f *form) (a desk.Issue, err error) {
	a = desk.Issue{Kind: p.Paper.ID, Issuer: strings.TrimSpace(f.Get("issuer")), Title: strings.TrimSpace(f.Get("title"))}
	if a.Values, err = s.desk.PaperValues(r.Context(), p.Case, p.Paper.ID); err != nil {
		return a, err
	}
	for _, field := range p.fields() {
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
