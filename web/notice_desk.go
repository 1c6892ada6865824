package web

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/filetype"
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

// deskNoticesPage is the data of the page "desk-notices".
type deskNoticesPage struct {
	*desk.NoticePage
	State string
	view  *View
}

// States are the states to choose from.
func (p *deskNoticesPage) States() []desk.NoticeState {
	return []desk.NoticeState{desk.NoticeDrafted, desk.NoticePublished, desk.NoticeOver, desk.NoticeWithdrawn}
}

// Next is the address of the next page; "" on the last.
func (p *deskNoticesPage) Next() string {
	if p.NoticePage.Next == 0 {
		return ""
	}
	return p.view.With("before", fmt.Sprint(p.NoticePage.Next))
}

// showDeskNotices answers /desk/notices.
func (s *site) showDeskNotices(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	p := &deskNoticesPage{State: q.Get("state"), view: v}
	query := desk.NoticeQuery{}
	if p.State != "" {
		if !slices.Contains(p.States(), desk.NoticeState(p.State)) {
			return nil, registry.Invalid("state", "give DRAFT, PUBLISHED, ENDED or WITHDRAWN")
		}
		query.States = []desk.NoticeState{desk.NoticeState(p.State)}
	}
	before, err := number64("before", q.Get("before"))
	if err != nil {
		return nil, err
	}
	query.Before = desk.NoticeID(before)
	id, err := number64("case", q.Get("case"))
	if err != nil {
		return nil, err
	}
	query.Case = registry.CaseID(id)
	p.NoticePage, err = s.desk.Notices(r.Context(), v.Who, query)
	return &answer{page: "desk-notices", data: p}, err
}

// noticeFormPage is the data of the page "notice-form".
type noticeFormPage struct {
	Form   *form
	Case   *desk.Case   // nil while none is chosen
	Notice *desk.Notice // nil for a new one
	Unit   unitField
	Cases  []desk.Row // to choose from
	view   *View
}

// Kinds are the kinds to choose from.
func (p *noticeFormPage) Kinds() []Option { return p.view.options("notice.kind", desk.NoticeKinds...) }

// Maps are what the map can show.
func (p *noticeFormPage) Maps() []Option {
	return []Option{{"", p.view.text("notice.map.none")}, {"NOW", p.view.text("notice.map.NOW")}, {"PROPOSAL", p.view.text("notice.map.PROPOSAL")}}
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
	if p.Case, err = s.desk.Case(r.Context(), v.Who, registry.CaseID(id)); err != nil {
		return nil, err
	}
	p.Form.Set("request", rand.Text())
	p.Form.Set("title", p.Case.Title)
	if u, ok := p.Case.Units[p.Case.Unit]; ok {
		p.Form.Set("unit", u.Name)
		p.Form.Set("unit_id", fmt.Sprint(u.ID))
		p.Unit = unitField{Text: u.Name, ID: u.ID, Name: u.Name}
	}
	return &answer{page: "notice-form", data: p}, nil
}

// showNoticeForm answers GET /desk/notices/{id}/edit.
func (s *site) showNoticeForm(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	p := &noticeFormPage{Form: &form{Values: contentForm(n)}, Case: c, Notice: n, view: v}
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
	p := &noticeFormPage{Form: f, Case: c, Notice: n, Unit: unit, view: v}
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

// noticeActs make the act of each form of the page of a notice.
var noticeActs = map[string]func(*form, desk.NoticeID, int) (desk.Act, error){
	"publish": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.PublishNoticeAct{Notice: id, Seen: seen, Cleared: f.Has("cleared", "yes")}, nil
	},
	"prolong": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		day, err := formDay(f, "closes")
		if day == nil {
			return desk.ProlongNotice{}, errors.Join(err, desk.Refuse("closes", "notice.closes", "give the last day for comments"))
		}
		return desk.ProlongNotice{Notice: id, Seen: seen, Closes: *day, Reason: f.Get("reason")}, err
	},
	"end": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.EndNotice{Notice: id, Seen: seen, Reason: f.Get("reason")}, nil
	},
	"withdraw": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.EndNotice{Notice: id, Seen: seen, Reason: f.Get("reason"), Withdraw: true}, nil
	},
	"return": func(f *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.ReturnNotice{Notice: id, Seen: seen, Reason: f.Get("reason")}, nil
	},
	"discard": func(_ *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.DiscardNotice{Notice: id, Seen: seen}, nil
	},
	"conclude": func(_ *form, id desk.NoticeID, seen int) (desk.Act, error) {
		return desk.ConcludeNotice{Notice: id, Seen: seen}, nil
	},
}

// actOnNotice answers POST /desk/notices/{id}/{verb}.
func (s *site) actOnNotice(r *http.Request, v *View) (*answer, error) {
	n, c, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	verb := chi.URLParam(r, "verb")
	from := noticeActs[verb]
	if from == nil {
		return nil, registry.NotFound("form", shown(verb))
	}
	seen, _ := strconv.Atoi(f.Get("version"))
	act, err := from(f, n.ID, seen)
	if err == nil {
		_, err = s.desk.Act(r.Context(), v.Who, c.ID, 0, f.Get("request"), act)
	}
	if err == nil {
		return &answer{redirect: s.afterNotice(n, c, verb), flash: v.word("notice.done", verb)}, nil
	}
	f.Prefix = verb + "-"
	status := http.StatusUnprocessableEntity
	switch {
	case registry.KindOf(err) == registry.KindConflict:
		status = http.StatusConflict
		f.Faults = append(f.Faults, formFault{"form", v.text("notice.moved.act")})
	case registry.KindOf(err) == registry.KindForbidden:
		status = http.StatusForbidden
		f.Faults = append(f.Faults, formFault{"form", v.text("notice.hands")})
	case !f.refused(v, err):
		return nil, err
	}
	a, err := s.deskNoticeAnswer(r, v, n, c, f, verb)
	if err == nil {
		a.status = status
	}
	return a, err
}

// afterNotice is where an act leads: a draft that was thrown away has no page of
// interest any more.
func (s *site) afterNotice(n *desk.Notice, c *desk.Case, verb string) string {
	if verb == "discard" {
		return "/desk/notices"
	}
	if verb == "conclude" {
		return caseLink(c.ID) + "#papers"
	}
	return fmt.Sprintf("/desk/notices/%d", n.ID)
}

// showDraftNoticeMap answers /desk/notices/{id}/map-now.svg and
// map-proposal.svg: what the map of a draft would show, for who clears it.
func (s *site) showDraftNoticeMap(r *http.Request, v *View) (*answer, error) {
	n, _, err := s.deskNotice(r, v)
	if err != nil {
		return nil, err
	}
	pub, err := s.publicationOf(r.Context(), n)
	if err != nil {
		return nil, err
	}
	v.Pub, v.At = pub, registry.Instant{Valid: v.Day, Recorded: pub.AsOf}
	var shapes []desk.NoticeShape
	switch {
	case n.Map == desk.NoMap:
		return nil, registry.NotFound("map of notice", n.ID)
	case n.Map == desk.MapNow:
	case n.State == desk.NoticeDrafted:
		shapes, err = s.desk.ProposalShapes(r.Context(), v.Who, n.ID)
	default:
		v.Day, v.At = n.MapDay, registry.Instant{Valid: n.MapDay, Recorded: n.AsOf}
		shapes, err = s.desk.NoticeShapes(r.Context(), n)
	}
	if err != nil {
		return nil, err
	}
	return s.drawNotice(r, v, n, shapes)
}

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
