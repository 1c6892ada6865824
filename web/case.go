package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

func (s *site) caseRoutes(r chi.Router) {
	s.caseViewRoutes(r)
	s.casePaperRoutes(r)
	s.issueRoutes(r)
	r.Get("/desk/cases", s.deskPage(s.showCases))
	r.Get("/desk/cases/new", s.deskPage(s.showNewCase))
	r.Post("/desk/cases/new", s.deskForm(s.openCase))
	r.Get("/desk/cases/{id}", s.deskPage(s.showCase))
	r.Get("/desk/cases/{id}/dossier", s.deskPage(s.showDossier))
	r.Get("/desk/cases/{id}/map.svg", s.deskPage(s.showCaseMap))
	r.Post("/desk/cases/{id}/{verb}", s.deskForm(s.actOnCase))
}

// caseList is what a list of cases is asked by: the query of its address.
type caseList struct {
	url.Values
	query desk.CaseQuery
	Unit  unitField
}

// caseParameters are what the list of cases may be asked by.
var caseParameters = []string{"q", "kind", "state", "phase", "unit", "holder", "due", "sort", "after", "view", "lang"}

// dueWithin are the choices of the filter by day, in days from today.
var dueWithin = map[string]int{"over": -1, "7": 7, "30": 30, "90": 90}

// caseSorts are the orders of the list, the first being that of the list itself.
var caseSorts = []string{"touched", "due", "opened", "number"}

// readCaseList reads the query of a list of cases.
func (s *site) readCaseList(r *http.Request, v *View) (*caseList, error) {
	l := &caseList{Values: v.URL.Query()}
	for name, values := range l.Values {
		if !slices.Contains(caseParameters, name) {
			return nil, registry.Invalid(name, "there is no such parameter")
		}
		if len(values) > 1 && name != "kind" && name != "state" {
			return nil, registry.Invalid(name, "give it once")
		}
	}
	book := s.desk.Book()
	q := &l.query
	q.Text, q.DueBy, q.After, q.Sort = strings.TrimSpace(l.Get("q")), registry.NoEnd, l.Get("after"), l.Get("sort")
	for _, kind := range given(l.Values["kind"]) {
		if book.Kind(kind) == nil {
			return nil, registry.Invalid("kind", strconv.Quote(kind)+" is no kind of case")
		}
		q.Kinds = append(q.Kinds, kind)
	}
	q.States = given(l.Values["state"])
	if err := l.readPhase(); err != nil {
		return nil, err
	}
	if err := l.readHolder(v); err != nil {
		return nil, err
	}
	if due := l.Get("due"); due != "" {
		days, ok := dueWithin[due]
		if !ok {
			return nil, registry.Invalid("due", "give over, 7, 30 or 90")
		}
		q.DueBy = v.Today + registry.Day(days)
	}
	if q.Sort != "" && !slices.Contains(caseSorts, q.Sort) {
		return nil, registry.Invalid("sort", "give "+strings.Join(caseSorts, ", "))
	}
	var err error
	l.Unit, err = s.typedUnit(r.Context(), v, l.Get("unit"))
	q.Unit = l.Unit.ID
	return l, err
}

// given leaves out empty values, which forms send for no choice.
func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
}

// readPhase reads whether work is left: cases under way unless asked otherwise.
func (l *caseList) readPhase() error {
	switch p := l.Get("phase"); p {
	case "":
		if len(l.query.States) == 0 {
			l.query.Phases = []law.Phase{law.Open}
		}
	case "any":
	case string(law.Open), string(law.Done), string(law.Stopped):
		l.query.Phases = []law.Phase{law.Phase(p)}
	default:
		return registry.Invalid("phase", "give OPEN, DONE, STOPPED or any")
	}
	return nil
}

func (l *caseList) readHolder(v *View) error {
	switch h := l.Get("holder"); h {
	case "":
	case "me":
		l.query.Holder = v.Who.Account
	case "nobody":
		l.query.Unheld = true
	default:
		id, err := strconv.ParseInt(h, 10, 64)
		if err != nil || id <= 0 {
			return registry.Invalid("holder", "give me, nobody or the number of an account")
		}
		l.query.Holder = desk.AccountID(id)
	}
	return nil
}

// Filtered reports whether the list leaves out anything by choice.
func (l *caseList) Filtered() bool {
	return slices.ContainsFunc([]string{"q", "kind", "state", "phase", "unit", "holder", "due"}, func(name string) bool { return l.Get(name) != "" })
}

// casesPage is the data of the page "cases".
type casesPage struct {
	words
	List  *caseList
	Found *desk.CasePage
	Kinds []law.Kind // that the person can meet
	Form  *form      // for the pieces of forms: the query
	View  *form      // that keeps the list as a view
	Tabs  []viewTab
}

// showCases answers /desk/cases. Asked for nothing, it opens with the view that
// the person has chosen for that.
func (s *site) showCases(r *http.Request, v *View) (*answer, error) {
	if len(v.Keep()) == 0 {
		saved, err := s.desk.SavedViews(r.Context(), v.Who)
		if err != nil {
			return nil, err
		}
		for _, one := range saved {
			if one.First && one.Account == v.Who.Account {
				return &answer{redirect: viewAddress(one)}, nil
			}
		}
	}
	return s.casesAnswer(r, v, nil)
}

// casesAnswer is the list, with the form of a view that came back.
func (s *site) casesAnswer(r *http.Request, v *View, view *form) (*answer, error) {
	l, err := s.readCaseList(r, v)
	if err != nil {
		return nil, err
	}
	p := &casesPage{words: s.words(v), List: l, Form: &form{Values: l.Values}, View: view}
	if view == nil {
		p.View = &form{Prefix: "view-"}
	}
	if p.Found, err = s.desk.Cases(r.Context(), v.Who, l.query); err != nil {
		return nil, err
	}
	saved, err := s.desk.SavedViews(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	p.Kinds, p.Tabs = p.kindsOf(v.Who), p.viewTabs(saved, l.Get("view"))
	return &answer{page: "cases", data: p}, nil
}

// kindsOf are the kinds of case that somebody can meet.
func (w words) kindsOf(p *desk.Principal) []law.Kind {
	var out []law.Kind
	for _, k := range w.book.Kinds {
		for _, c := range p.Filter(desk.ReadCase) {
			if c.Kinds == nil || slices.Contains(c.Kinds, k.ID) {
				out = append(out, k)
				break
			}
		}
	}
	return out
}

// KindName names a kind; a shorter way for templates that range over kinds.
func (p *casesPage) Kind(k law.Kind) string { return p.pick(k.Zh, k.En) }

// States are the states to choose from: of the one kind that is chosen.
func (p *casesPage) States() []law.State {
	if len(p.List.query.Kinds) != 1 {
		return nil
	}
	return p.book.StatesOf(p.List.query.Kinds[0])
}

// Option is a choice of a list.
type Option struct{ Value, Text string }

// Options are choices with their texts in the catalogue: keys PREFIX.VALUE.
func (w words) Options(prefix string, values ...string) []Option {
	var out []Option
	for _, value := range values {
		out = append(out, Option{value, w.view.text(prefix + "." + value)})
	}
	return out
}

// MayOpen reports whether the person may open a case of any kind.
func (p *casesPage) MayOpen() bool { return p.view.Who.Has(desk.OpenCase) }

// From is the number of cases of a kind, of all pages.
func (p *casesPage) Count(kind string) int { return p.Found.Kinds[kind] }

// All is the number of cases of all kinds.
func (p *casesPage) All() (n int) {
	for _, each := range p.Found.Kinds {
		n += each
	}
	return n
}

// OfKind is the address of the list with another kind; "" for all.
func (p *casesPage) OfKind(kind string) string {
	q := p.view.Keep("after", "state", "view")
	q.Del("kind")
	if kind != "" {
		q.Set("kind", kind)
	}
	return address("/desk/cases", q)
}

// Sorted is the address of the list in another order.
func (p *casesPage) Sorted(by string) string {
	q := p.view.Keep("after")
	q.Set("sort", by)
	return address("/desk/cases", q)
}

// Next is the address of the next page; "" on the last.
func (p *casesPage) Next() string {
	if p.Found.Next == "" {
		return ""
	}
	return p.view.With("after", p.Found.Next)
}

func address(path string, q url.Values) string {
	for name, values := range q {
		if q[name] = given(values); len(q[name]) == 0 {
			q.Del(name)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// InUnit is the address of the list in one of several units that fit.
func (p *casesPage) InUnit(id registry.UnitID, name string) string {
	return p.view.With("unit", "#"+strconv.FormatInt(int64(id), 10)+" "+name)
}

// Export is the address of the list as a file.
func (p *casesPage) Export(format string) string {
	return address("/desk/cases."+format, p.view.Keep("after", "view"))
}
