package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/document"
	"jieming/registry/desk/filetype"
)

func (s *site) templateRoutes(r chi.Router) {
	r.Get("/desk/templates", s.deskPage(s.showTemplates))
	r.Post("/desk/templates/series", s.deskForm(s.setSeries))
	r.Get("/desk/templates/numbers", s.deskPage(s.showNumbers))
	r.Post("/desk/templates/numbers", s.deskForm(s.voidNumber))
	r.Get("/desk/templates/{name}", s.deskPage(s.showTemplate))
	r.Post("/desk/templates/{name}", s.uploading(s.replaceTemplate))
	r.Post("/desk/templates/{name}/restore", s.deskForm(s.restoreTemplate))
	r.Get("/desk/templates/{name}/template.docx", s.deskPage(s.sendTemplate))
	r.Get("/desk/templates/{name}/example.docx", s.deskPage(s.sendExample))
}

// templatesPage is the data of the page "templates".
type templatesPage struct {
	Rows   []templateRow
	Series []desk.Series
	Form   *form
	Papers []option
	Year   int
}

type templateRow struct {
	Kind *document.PaperKind
	desk.TemplateVersion
}

// PaperName names a kind of paper in the language of the view.
func (v *View) PaperName(paper string) string {
	if paper == "*" {
		return v.text("series.all")
	}
	for _, k := range document.Kinds() {
		if k.Paper == paper {
			return v.KindName(k)
		}
	}
	return paper
}

// KindName names the paper of a template in the language of the view.
func (v *View) KindName(k *document.PaperKind) string {
	if v.Lang == "zh" {
		return k.Zh
	}
	return k.En
}

// showTemplates answers /desk/templates.
func (s *site) showTemplates(r *http.Request, v *View) (*answer, error) {
	page, err := s.templatesPage(r, v, &form{})
	return &answer{page: "templates", data: page}, err
}

func (s *site) templatesPage(r *http.Request, v *View, f *form) (*templatesPage, error) {
	page := &templatesPage{Form: f, Year: v.Today.Year(), Papers: []option{{"*", v.text("series.all")}}}
	versions, err := s.desk.Templates(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	for _, t := range versions {
		k := document.Kind(t.Name)
		page.Rows = append(page.Rows, templateRow{k, t})
		page.Papers = append(page.Papers, option{k.Paper, v.KindName(k)})
	}
	page.Series, err = s.desk.Series(r.Context(), v.Who)
	return page, err
}

// setSeries answers POST /desk/templates/series.
func (s *site) setSeries(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	after, err := strconv.Atoi(strings.TrimSpace(f.Get("after")))
	if err != nil && strings.TrimSpace(f.Get("after")) != "" {
		after = -1 // refused as such
	}
	x := desk.Series{Issuer: strings.TrimSpace(f.Get("issuer")), Paper: f.Get("paper"), Pattern: strings.TrimSpace(f.Get("pattern")), After: after, Reason: f.Get("reason")}
	if err = s.desk.SetSeries(r.Context(), v.Who, x); f.refused(v, err) {
		page, err := s.templatesPage(r, v, f)
		return refusedForm("templates", page), err
	}
	return &answer{redirect: "/desk/templates#series", flash: v.text("series.set")}, err
}

// numbersPage is the data of the page "numbers".
type numbersPage struct {
	Pattern string
	Year    int
	Numbers []desk.PaperNumber
	Form    *form
}

// showNumbers answers /desk/templates/numbers?series=…&year=….
func (s *site) showNumbers(r *http.Request, v *View) (*answer, error) {
	page, err := s.numbersPage(r, v, &form{}, r.URL.Query().Get("series"), r.URL.Query().Get("year"))
	return &answer{page: "numbers", data: page}, err
}

func (s *site) numbersPage(r *http.Request, v *View, f *form, pattern, year string) (*numbersPage, error) {
	page := &numbersPage{Pattern: pattern, Year: v.Today.Year(), Form: f}
	if year != "" {
		n, err := strconv.Atoi(year)
		if err != nil || n < 0 || n > 9999 {
			return nil, registry.Invalid("year", "it is no year")
		}
		page.Year = n
	}
	if !(&desk.Series{Pattern: pattern}).Yearly() {
		page.Year = 0
	}
	var err error
	page.Numbers, err = s.desk.PaperNumbers(r.Context(), v.Who, pattern, page.Year)
	return page, err
}

// voidNumber answers POST /desk/templates/numbers.
func (s *site) voidNumber(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if err = s.desk.VoidNumber(r.Context(), v.Who, f.Get("number"), f.Get("reason")); f.refused(v, err) {
		page, err := s.numbersPage(r, v, f, f.Get("series"), f.Get("year"))
		return refusedForm("numbers", page), err
	}
	return &answer{redirect: r.URL.Path + "?" + url.Values{"series": {f.Get("series")}, "year": {f.Get("year")}}.Encode(), flash: v.text("series.void.done", "number", f.Get("number"))}, err
}

// templatePage is the data of the page "template".
type templatePage struct {
	Kind     *document.PaperKind
	Now      desk.TemplateVersion
	Versions []desk.TemplateVersion
	Fields   []fieldGroup
	Form     *form
	Limit    int64 // MB
}

// fieldGroup is the fields of a list, or those that there are once.
type fieldGroup struct {
	List   string
	Fields []*document.Field
}

// showTemplate answers /desk/templates/{name}.
func (s *site) showTemplate(r *http.Request, v *View) (*answer, error) {
	page, err := s.templatePage(r, v, &form{})
	return &answer{page: "template", data: page}, err
}

func (s *site) templatePage(r *http.Request, v *View, f *form) (*templatePage, error) {
	name := chi.URLParam(r, "name")
	versions, err := s.desk.TemplateVersions(r.Context(), v.Who, name)
	if err != nil {
		return nil, err
	}
	page := &templatePage{Kind: document.Kind(name), Versions: versions, Form: f, Limit: document.TemplateMost >> 20}
	if len(versions) > 0 {
		page.Now = versions[0]
	}
	for _, field := range document.FieldsOf(name) {
		if n := len(page.Fields); n == 0 || page.Fields[n-1].List != field.List {
			page.Fields = append(page.Fields, fieldGroup{List: field.List})
		}
		last := &page.Fields[len(page.Fields)-1]
		last.Fields = append(last.Fields, field)
	}
	return page, nil
}

// Meaning says what a field is in the language of the view.
func (v *View) Meaning(f *document.Field) string {
	if v.Lang == "zh" {
		return f.MeaningZh
	}
	return f.MeaningEn
}

// replaceTemplate answers POST /desk/templates/{name}.
func (s *site) replaceTemplate(r *http.Request, v *View) (*answer, error) {
	f, u, err := s.receive(r, v)
	if err != nil {
		return nil, err
	}
	if u == nil && f.Fault("file") == "" {
		f.Faults = append(f.Faults, formFault{"file", v.text("fault.file.empty")})
	}
	if u != nil {
		seen, _ := strconv.Atoi(f.Get("seen"))
		err = s.desk.ReplaceTemplate(r.Context(), v.Who, chi.URLParam(r, "name"), seen, u, f.Get("reason"))
		f.refused(v, err)
	}
	if len(f.Faults) > 0 {
		page, err := s.templatePage(r, v, f)
		return refusedForm("template", page), err
	}
	return &answer{redirect: r.URL.Path, flash: v.text("template.replaced")}, err
}

// restoreTemplate answers POST /desk/templates/{name}/restore.
func (s *site) restoreTemplate(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	seen, _ := strconv.Atoi(f.Get("seen"))
	err = s.desk.RestoreTemplate(r.Context(), v.Who, chi.URLParam(r, "name"), seen, v.text("template.restore"))
	return &answer{redirect: strings.TrimSuffix(r.URL.Path, "/restore"), flash: v.text("template.restored")}, err
}

// sendTemplate sends the template in use, to be edited.
func (s *site) sendTemplate(r *http.Request, v *View) (*answer, error) {
	k, docx, err := s.templateOf(r, v)
	if err != nil {
		return nil, err
	}
	return &answer{body: docx, mime: filetype.DOCX.Media, name: k.Zh + "-模板.docx"}, nil
}

// sendExample sends the template in use, filled with an example.
func (s *site) sendExample(r *http.Request, v *View) (*answer, error) {
	k, docx, err := s.templateOf(r, v)
	if err != nil {
		return nil, err
	}
	filled, err := document.Fill(docx, k.Name, document.Example(k.Name))
	return &answer{body: filled, mime: filetype.DOCX.Media, name: k.Zh + "-示例.docx"}, err
}

func (s *site) templateOf(r *http.Request, v *View) (*document.PaperKind, []byte, error) {
	if !v.Who.Has(desk.ReadRules) {
		return nil, nil, registry.NotFound("template", chi.URLParam(r, "name"))
	}
	docx, _, err := s.desk.Template(r.Context(), chi.URLParam(r, "name"))
	return document.Kind(chi.URLParam(r, "name")), docx, err
}
