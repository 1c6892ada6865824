package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

func (s *site) casePaperRoutes(r chi.Router) {
	r.Post("/desk/cases/{id}/paper", s.uploading(s.addPaper))
}

// addPaper answers POST /desk/cases/{id}/paper: a form with a file.
func (s *site) addPaper(r *http.Request, v *View) (*answer, error) {
	c, err := s.caseOf(r, v)
	if err != nil {
		return nil, err
	}
	if !v.Who.May(desk.AddPaper, c.Object()) { // before a file is taken in that nothing will hold
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: (&casePage{caseWords: caseWords{s.words(v), c}}).why(desk.AddPaper)}
	}
	f, upload, err := s.receive(r, v)
	if err != nil {
		return nil, err
	}
	if upload == nil && f.Fault("file") == "" {
		f.Faults = append(f.Faults, formFault{"file", v.text("fault.file.empty")})
	}
	paper, err := paperOf(f, upload)
	if err == nil && len(f.Faults) == 0 {
		seen, _ := strconv.Atoi(f.Get("version"))
		var after *desk.Case
		if after, err = s.desk.Act(r.Context(), v.Who, c.ID, seen, f.Get("request"), desk.AddPapers{Papers: []desk.Paper{paper}}); err == nil {
			return &answer{redirect: caseLink(c.ID) + "#event-" + strconv.Itoa(after.Version), flash: s.doneText(v, after)}, nil
		}
	}
	return s.refusedAct(r, v, c, f, unitField{}, err)
}

// paperOf is the paper that a form describes.
func paperOf(f *form, upload *desk.Upload) (desk.Paper, error) {
	if upload == nil {
		return desk.Paper{}, nil
	}
	p := upload.Paper(f.Get("kind"), f.Get("title"))
	p.Number, p.Issuer, p.Signed = f.Get("number"), f.Get("issuer"), f.Get("signed") != ""
	p.Replaces, _ = strconv.ParseInt(f.Get("replaces"), 10, 64)
	p.Secrecy, _ = strconv.Atoi(f.Get("secrecy"))
	on, err := formDay(f, "issuedOn")
	if on != nil {
		p.IssuedOn = *on
	}
	return p, err
}

// PaperOptions are the kinds of paper that belong in the case and that the
// person may add.
func (p *casePage) PaperOptions() []Option {
	var out []Option
	for _, k := range p.book.PapersOf(p.Case.Kind) {
		if p.MayAddKind(k.ID) {
			out = append(out, Option{k.ID, p.pick(k.Zh, k.En)})
		}
	}
	return out
}

// filled is the form for a paper with what a link of the page has chosen: a kind
// that is lacking, or the document whose signed form is to come.
func (p *casePage) filled(r *http.Request) *form {
	q := r.URL.Query()
	f := &form{Prefix: "paper-", Values: url.Values{}}
	if kind := q.Get("paper"); p.book.Paper(kind) != nil && p.MayAddKind(kind) {
		f.Set("kind", kind)
		return f
	}
	id, _ := strconv.ParseInt(q.Get("scan"), 10, 64)
	for _, k := range p.Case.Current() {
		if k.ID == id && p.AwaitsScan(k) {
			for name, value := range map[string]string{"kind": k.Kind, "title": k.Title, "number": k.Number, "issuer": k.Issuer,
				"secrecy": strconv.Itoa(k.Secrecy), "replaces": strconv.FormatInt(k.ID, 10), "signed": "yes"} {
				f.Set(name, value)
			}
			if k.IssuedOn != registry.NoStart {
				f.Set("issuedOn", k.IssuedOn.String())
			}
			return f
		}
	}
	return nil
}

// AwaitsScan reports whether the signed form of a document is to come, and the
// person may bring it.
func (p *casePage) AwaitsScan(k desk.Paper) bool {
	return p.MayAddPaper() && p.Case.AwaitsScan(&k, p.book) && p.view.Who.MayReplace(p.Case, &k)
}

// MayIssue reports whether the person may issue a kind of paper in the case now.
func (p *casePage) MayIssue(kind string) bool {
	return p.Working() && p.May("paper.issue") && slices.ContainsFunc(p.Issuable(), func(k *law.Paper) bool { return k.ID == kind })
}

// ReplaceOptions are the papers in whose place the person may put another.
func (p *casePage) ReplaceOptions() []Option {
	var out []Option
	for _, k := range p.Case.Current() {
		if p.view.Who.MayReplace(p.Case, &k) {
			out = append(out, Option{strconv.FormatInt(k.ID, 10), p.PaperName(k.Kind) + " · " + k.Title})
		}
	}
	return out
}

// SecrecyOptions are the levels of secrecy of a paper that this network zone may
// hold.
func (p *casePage) SecrecyOptions() []Option {
	return p.Options("secrecy", []string{"0", "1", "2", "3", "4"}[:p.Highest+1]...)
}

// MayAddPaper reports whether the person may put papers into the case now.
func (p *casePage) MayAddPaper() bool { return p.Case.Phase != "STOPPED" && p.May("paper.add") }

// MayAddKind reports whether the person may put papers of a kind into the case
// now.
func (p *casePage) MayAddKind(kind string) bool {
	return p.MayAddPaper() && p.view.Who.MayAdd(p.Case, kind)
}

// MayReadPapers reports whether the person may open the papers of the case.
func (p *casePage) MayReadPapers() bool {
	return p.view.Who.Reaches(desk.ReadPaper, p.Case.Object())
}
