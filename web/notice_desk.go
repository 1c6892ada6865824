package web

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func (s *site) deskNoticeRoutes(r chi.Router) {
	r.Get("/desk/notices", s.deskPage(s.showDeskNotices))
	r.Get("/desk/notices/new", s.deskPage(s.showNewNotice))
	r.Post("/desk/notices/new", s.deskForm(s.writeNewNotice))
	r.Get("/desk/notices/{id}", s.deskPage(s.showDeskNotice))
	r.Get("/desk/notices/{id}/edit", s.deskPage(s.showNoticeForm))
	r.Post("/desk/notices/{id}/edit", s.deskForm(s.writeNotice))
	r.Get("/desk/notices/{id}/map-{side}.svg", s.deskPage(s.showDraftNoticeMap))
	r.Get("/desk/notices/{id}/comments", s.deskPage(s.showObjections))
	r.Get("/desk/notices/{id}/comments.xlsx", s.deskPage(s.showObjectionSheet))
	r.Post("/desk/notices/{id}/comments", s.deskForm(s.decideObjections))
	r.Post("/desk/notices/{id}/{verb}", s.deskForm(s.actOnNotice))
}

func (s *site) deskNotice(r *http.Request, v *View) (*desk.Notice, *desk.Case, error) {
	id, err := pathID(r, "notice")
	if err != nil {
		return nil, nil, err
	}
	return s.desk.Notice(r.Context(), v.Who, desk.NoticeID(id))
}

// deskNoticePage is the data of the page "desk-notice".
type deskNoticePage struct {
	*desk.Notice
	Case     *desk.Case
	Versions []desk.Notice
	Papers   []desk.Paper
	Counts   []desk.OpinionCount
	Form     *form
	Verb     string // of the form that was refused
	view     *View
}

// Body is the text of the notice.
func (p *deskNoticePage) Body() template.HTML { return prose(p.Text) }

// May reports whether the person may do an action on the case of the notice.
func (p *deskNoticePage) May(a desk.Action) bool { return p.view.Who.May(a, p.Case.Object()) }

// Kept reports whether only another hand in the case keeps the person from an
// action.
func (p *deskNoticePage) Kept(a desk.Action) bool {
	return !p.May(a) && p.view.Who.Reaches(a, p.Case.Object())
}

// Over reports whether the last day is over.
func (p *deskNoticePage) Over() bool {
	return p.State != desk.NoticePublished || p.Closes < p.view.Today
}

// Concluded reports whether the summary is in the dossier.
func (p *deskNoticePage) Concluded() bool {
	for _, n := range p.Case.Notices {
		if n.Notice == int64(p.ID) && n.Ended && p.State == desk.NoticeOver && p.Case.HasPaper("PUBLIC_OPINION") {
			return true
		}
	}
	return false
}

// Of is the form of an act: what was typed, if it was refused.
func (p *deskNoticePage) Of(verb string) *form {
	if p.Verb == verb {
		return p.Form
	}
	return &form{Values: url.Values{}, Prefix: verb + "-"}
}

// Endings are the ways to end a notice before its time.
func (p *deskNoticePage) Endings() []string {
	if p.Kind.Asks() && !p.Over() {
		return []string{"end", "withdraw"}
	}
	return []string{"withdraw"}
}

// Key is an idempotency key for a form.
func (p *deskNoticePage) Key() string { return rand.Text() }

// showDeskNotice answers /desk/notices/{id}.
func (s *site) showDeskNotice(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	return s.deskNoticeAnswer(r, v, n, c, &form{Values: url.Values{}}, "")
}

func (s *site) deskNoticeAnswer(r *http.Request, v *View, n *desk.Notice, c *desk.Case, f *form, verb string) (*answer, error) {
	p := &deskNoticePage{Notice: n, Case: c, Form: f, Verb: verb, view: v}
	var err error
	if p.Versions, err = s.desk.NoticeVersions(r.Context(), v.Who, n.ID); err != nil {
		return nil, err
	}
	if p.Papers, err = s.desk.NoticePapers(r.Context(), n); err != nil {
		return nil, err
	}
	if n.Kind.Asks() && n.State.Public() {
		page, _, _, err := s.desk.Objections(r.Context(), v.Who, desk.ObjectionQuery{Notice: n.ID, Limit: 1})
		if err != nil {
			return nil, err
		}
		p.Counts = page.Counts
	}
	return &answer{page: "desk-notice", data: p}, nil
}
