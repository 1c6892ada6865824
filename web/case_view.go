package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) caseViewRoutes(r chi.Router) {
	r.Post("/desk/cases/views", s.deskForm(s.saveView))
	r.Post("/desk/cases/views/{view}/drop", s.deskForm(s.dropView))
	r.Get("/desk/cases.csv", s.deskPage(s.exportCases))
	r.Get("/desk/cases.xlsx", s.deskPage(s.exportCases))
}

// viewTab is a view of the list as a tab.
type viewTab struct {
	ID      int64 // 0 for those that everybody has
	Name    string
	Address string
	Here    bool
	Own     bool
	Shared  string // the name of the role it is shared with
	First   bool
}

// viewTabs are the views of the list: those that everybody has, then those that
// the person keeps, then those that colleagues share.
func (w words) viewTabs(saved []desk.SavedView, here string) []viewTab {
	tabs := []viewTab{
		{Name: w.view.text("view.all"), Address: "/desk/cases?view=all", Here: here == "all" || here == ""},
		{Name: w.view.text("view.mine"), Address: "/desk/cases?holder=me&view=mine", Here: here == "mine"},
		{Name: w.view.text("view.over"), Address: "/desk/cases?due=over&sort=due&view=over", Here: here == "over"},
	}
	for _, v := range saved {
		tab := viewTab{ID: v.ID, Name: v.Name, Address: viewAddress(v), Here: here == strconv.FormatInt(v.ID, 10), Own: v.Account == w.view.Who.Account, First: v.First}
		if v.Role != "" {
			tab.Shared = w.view.RoleName(v.Role)
		}
		tabs = append(tabs, tab)
	}
	return tabs
}

// viewAddress is the list as a view asks for it.
func viewAddress(v desk.SavedView) string {
	q, err := url.ParseQuery(v.Query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("view", strconv.FormatInt(v.ID, 10))
	return address("/desk/cases", q)
}

// Shown is the view that is shown, if it is one that the person keeps.
func (p *casesPage) Shown() *viewTab {
	for i := range p.Tabs {
		if p.Tabs[i].Here && p.Tabs[i].Own {
			return &p.Tabs[i]
		}
	}
	return nil
}

// Query is the conditions of the list, as a view keeps them.
func (p *casesPage) Query() string {
	_, query, _ := strings.Cut(address("", p.view.Keep("after", "view")), "?")
	return query
}

// RoleOptions are the roles that a view can be shared with.
func (p *casesPage) RoleOptions() []Option {
	var out []Option
	seen := map[desk.Role]bool{}
	for _, g := range p.view.Who.Grants {
		if g.For == nil && !seen[g.Role] {
			seen[g.Role] = true
			out = append(out, Option{string(g.Role), p.view.RoleName(g.Role)})
		}
	}
	return out
}

// saveView answers POST /desk/cases/views.
func (s *site) saveView(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	kept, err := url.ParseQuery(f.Get("query"))
	if err != nil {
		return nil, registry.Invalid("query", "is not the query of a list")
	}
	r = r.Clone(r.Context()) // the list behind the form, should it be refused
	r.URL = &url.URL{Path: "/desk/cases", RawQuery: kept.Encode()}
	v.URL = r.URL
	err = s.desk.SaveView(r.Context(), v.Who, desk.SavedView{Name: strings.TrimSpace(f.Get("name")), Query: kept.Encode(), Role: desk.Role(f.Get("role")), First: f.Get("first") != ""})
	if f.refused(v, err) {
		f.Prefix = "view-"
		a, err := s.casesAnswer(r, v, f)
		if err == nil {
			a.status = http.StatusUnprocessableEntity
		}
		return a, err
	}
	if err != nil {
		return nil, err
	}
	saved, err := s.desk.SavedViews(r.Context(), v.Who)
	for _, one := range saved {
		if one.Account == v.Who.Account && one.Name == strings.TrimSpace(f.Get("name")) {
			return &answer{redirect: viewAddress(one), flash: v.text("view.saved", "name", one.Name)}, nil
		}
	}
	return &answer{redirect: "/desk/cases?view=all"}, err
}

// dropView answers POST /desk/cases/views/{view}/drop.
func (s *site) dropView(r *http.Request, v *View) (*answer, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "view"), 10, 64)
	if err != nil {
		return nil, registry.NotFound("view", chi.URLParam(r, "view"))
	}
	if err := s.desk.DropView(r.Context(), v.Who, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/cases?view=all", flash: v.text("view.dropped")}, nil
}

// mostExported bounds the cases of a file.
const mostExported = 10_000

// exportCases answers /desk/cases.csv and .xlsx: the list, all its pages.
func (s *site) exportCases(r *http.Request, v *View) (*answer, error) {
	l, err := s.readCaseList(r, v)
	if err != nil {
		return nil, err
	}
	w := s.words(v)
	t := table{w.exportHead()}
	for l.query.Limit, l.query.Bare = 200, true; len(t) <= mostExported; {
		page, err := s.desk.Cases(r.Context(), v.Who, l.query)
		if err != nil {
			return nil, err
		}
		for i := range page.Rows {
			t = append(t, w.exportRow(&page.Rows[i]))
		}
		if l.query.After = page.Next; page.Next == "" {
			break
		}
	}
	name := "cases-" + v.Today.String()
	if strings.HasSuffix(r.URL.Path, ".csv") {
		body, err := t.csv()
		return &answer{body: body, mime: "text/csv; charset=utf-8", name: name + ".csv"}, err
	}
	body, err := t.xlsx(20, 40, 16, 14, 18, 14, 12, 8, 12, 12)
	return &answer{body: body, mime: sheetMedia, name: name + ".xlsx"}, err
}

func (w words) exportHead() []any {
	v := w.view
	return []any{v.text("case.number"), v.text("case.title"), v.text("cases.kind"), v.text("cases.state"), v.text("cases.unit"),
		v.text("cases.holder"), v.text("cases.due"), v.text("case.urgent"), v.text("case.openedon"), v.text("case.touchedon")}
}

func (w words) exportRow(r *desk.Row) []any {
	due, urgent, unit := "", "", r.UnitName
	if r.Due != registry.NoEnd {
		due = r.Due.String()
	}
	if r.Urgent {
		urgent = w.view.text("case.urgent")
	}
	if unit == "" {
		unit = w.view.text("case.everywhere")
	}
	return []any{r.Number, r.Title, w.KindName(r.Kind), w.StateName(r.Kind, r.State), unit, r.HolderName, due, urgent,
		registry.DayOf(r.OpenedAt).String(), registry.DayOf(r.TouchedAt).String()}
}
