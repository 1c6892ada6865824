package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/workbook"
	"jieming/registry/law"
)

func (s *site) qualityRoutes(r chi.Router) {
	r.Get("/desk/quality", s.deskPage(s.showQuality))
	r.Post("/desk/quality", s.deskForm(s.runQuality))
	r.Get("/desk/quality/{check}", s.deskPage(s.showFindings))
	r.Get("/desk/quality/{check}.xlsx", s.deskPage(s.exportFindings))
	r.Post("/desk/quality/{check}/finding", s.deskForm(s.acceptFinding))
	r.Post("/desk/quality/{check}/owner", s.deskForm(s.ownQuality))
}

// qualityPage is the data of the page "quality".
type qualityPage struct {
	*desk.QualityBoard
	Last *desk.QualityRun // nil before the first
	view *View
}

// showQuality answers GET /desk/quality.
func (s *site) showQuality(r *http.Request, v *View) (*answer, error) {
	b, err := s.desk.QualityBoard(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	p := &qualityPage{QualityBoard: b, view: v}
	if len(b.Runs) > 0 {
		p.Last = &b.Runs[0]
	}
	return &answer{page: "quality", data: p}, nil
}

// runQuality answers POST /desk/quality.
func (s *site) runQuality(r *http.Request, v *View) (*answer, error) {
	run, err := s.desk.RunQuality(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/quality", flash: v.text("quality.ran", "ms", run.TookMS)}, nil
}

// Place names a column of the board.
func (p *qualityPage) Place(at desk.Prefecture) string { return placeName(p.view, at) }

func placeName(v *View, at desk.Prefecture) string {
	if at.Name == "" {
		return v.text("quality.elsewhere")
	}
	return strings.NewReplacer("朝鲜族自治州", "州").Replace(at.Name)
}

// CheckName names a check in the language of the view.
func (v *View) CheckName(c *law.Check) string {
	if v.Lang == "zh" {
		return c.Zh
	}
	return c.En
}

// SourceName names where a rule comes from in the language of the view.
func (v *View) SourceName(c law.Citation) string {
	if v.Lang == "zh" {
		return c.Source.Zh
	}
	return c.Source.En
}

// Link is the address of the findings behind a number.
func (p *qualityPage) Link(c *law.Check, at desk.Prefecture) string {
	id := at.ID
	if id == 0 {
		id = desk.NoPrefecture
	}
	return fmt.Sprintf("/desk/quality/%s?in=%d", c.ID, id)
}

// Heat grades a number of open findings among those of its check, 0 to 4.
func (p *qualityPage) Heat(line desk.QualityLine, cell desk.QualityCell) int {
	most := 0
	for _, c := range line.Cells {
		most = max(most, c.Open())
	}
	if most == 0 || cell.Open() == 0 {
		return 0
	}
	return 1 + 3*cell.Open()/most
}

// Trend draws a row of numbers as a line; they stand in the table of runs, too.
func (p *qualityPage) Trend(numbers []int) template.HTML { return trendLine(numbers, 64, 22) }

// trendLine is a line of w × h pixels through numbers, the last with a dot.
func trendLine(numbers []int, w, h float64) template.HTML {
	if len(numbers) == 0 {
		return ""
	}
	most, least := slices.Max(numbers), slices.Min(numbers)
	var points strings.Builder
	var x, y float64
	for i, n := range numbers {
		x, y = w-4, h/2
		if len(numbers) > 1 {
			x = 4 + (w-8)*float64(i)/float64(len(numbers)-1)
		}
		if most > least {
			y = 4 + (h-8)*float64(most-n)/float64(most-least)
		}
		fmt.Fprintf(&points, "%.1f,%.1f ", x, y)
	}
	return template.HTML(fmt.Sprintf(`<svg class="trend" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" aria-hidden="true"><polyline points="%s"/><circle cx="%.1f" cy="%.1f" r="2.5"/></svg>`,
		w, h, w, h, strings.TrimSpace(points.String()), x, y))
}

// findingsPage is the data of the page "quality-check".
type findingsPage struct {
	Form       *form
	Check      *law.Check
	Line       desk.QualityLine
	Board      *desk.QualityBoard
	Query      desk.FindingQuery
	Findings   []desk.Finding
	Next       string // address of the next page; "" for none
	Candidates []desk.Account
	view       *View
}

// pageOfFindings is how many findings a page shows.
const pageOfFindings = 100

// showFindings answers GET /desk/quality/{check}.
func (s *site) showFindings(r *http.Request, v *View) (*answer, error) {
	p, err := s.findings(r, v, &form{Values: url.Values{}})
	return &answer{page: "quality-check", data: p}, err
}

func (s *site) findings(r *http.Request, v *View, f *form) (p *findingsPage, err error) {
	p = &findingsPage{Form: f, view: v}
	given := r.URL.Query()
	p.Query = desk.FindingQuery{Check: chi.URLParam(r, "check"), Text: strings.TrimSpace(given.Get("q")), Accepted: given.Get("aside"), Limit: pageOfFindings + 1}
	if p.Query.Prefecture, err = unitParameter(given, "in"); err != nil {
		return nil, err
	}
	if p.Query.After, err = strconv.Atoi("0" + given.Get("after")); err != nil {
		return nil, registry.Invalid("after", "is no number")
	}
	if p.Check, p.Findings, err = s.desk.Findings(r.Context(), v.Who, p.Query); err != nil {
		return nil, err
	}
	if len(p.Findings) > pageOfFindings {
		p.Findings = p.Findings[:pageOfFindings]
		given.Set("after", strconv.Itoa(p.Findings[pageOfFindings-1].Ord))
		p.Next = r.URL.Path + "?" + given.Encode()
	}
	if p.Candidates, err = s.desk.QualityCandidates(r.Context(), v.Who, p.Check.ID); err != nil {
		return nil, err
	}
	if p.Board, err = s.desk.QualityBoard(r.Context(), v.Who); err != nil {
		return nil, err
	}
	for _, line := range p.Board.Lines {
		if line.Check.ID == p.Check.ID {
			p.Line = line
		}
	}
	return p, nil
}

// unitParameter reads the id of a unit, which may be NoPrefecture.
func unitParameter(given url.Values, name string) (registry.UnitID, error) {
	if given.Get(name) == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(given.Get(name), 10, 64)
	if err != nil || id < int64(desk.NoPrefecture) {
		return 0, registry.Invalid(name, "is no number of a unit")
	}
	return registry.UnitID(id), nil
}

// Place names a prefecture.
func (p *findingsPage) Place(at desk.Prefecture) string { return placeName(p.view, at) }

// Trend draws the open findings of the last runs.
func (p *findingsPage) Trend() template.HTML { return trendLine(p.Line.Trend, 320, 64) }

// TrendRow is a run in the table below the line.
type TrendRow struct {
	Run  desk.QualityRun
	Open int
}

// Trends are the numbers of the line, the newest first.
func (p *findingsPage) Trends() (rows []TrendRow) {
	for i, run := range p.Board.Runs {
		rows = append(rows, TrendRow{run, p.Line.Trend[len(p.Line.Trend)-1-i]})
	}
	return rows
}

// Prefectures are the choices of the filter.
func (p *findingsPage) Prefectures() (all []option) {
	for _, at := range p.Board.Prefectures {
		id := at.ID
		if id == 0 {
			id = desk.NoPrefecture
		}
		all = append(all, option{strconv.FormatInt(int64(id), 10), p.Place(at)})
	}
	return all
}

// People are the choices of an owner.
func (p *findingsPage) People() (all []option) {
	for _, a := range p.Candidates {
		all = append(all, option{strconv.FormatInt(int64(a.ID), 10), a.Name})
	}
	return all
}

// Correctable reports whether what the check finds can be corrected in Excel.
func (p *findingsPage) Correctable() bool { return p.Check.About != "event" }

// Address is the page of a finding's thing.
func (p *findingsPage) Address(f desk.Finding) string { return fmt.Sprintf("/id/%s/%d", f.Kind, f.ID) }

// Says is what makes it a finding, in the language of the view.
func (p *findingsPage) Says(f desk.Finding) string { return saysFinding(p.view, p.Check, f) }

func saysFinding(v *View, c *law.Check, f desk.Finding) string {
	var args []any
	for name, value := range f.Facts {
		for _, prefix := range []string{"eventtype.", "type.", "complete."} {
			if (name == "type" || name == "completeness") && v.has(prefix+value) {
				value = v.text(prefix + value)
			}
		}
		if strings.HasSuffix(name, "code") && len(value) == 12 {
			value = shortCode(value)
		}
		args = append(args, name, value)
	}
	return v.text(fmt.Sprint("quality.says.", c.ID), args...)
}

// Sheet is the address of the records to correct in Excel.
func (p *findingsPage) Sheet() string {
	q := url.Values{"about": {p.Check.About}, "check": {p.Check.ID}}
	if p.Query.Prefecture != 0 {
		q.Set("in", strconv.FormatInt(int64(p.Query.Prefecture), 10))
	}
	return "/desk/corrections/sheet.xlsx?" + q.Encode()
}

// List is the address of the findings as a file.
func (p *findingsPage) List() string {
	q := url.Values{}
	for name, value := range map[string]string{"q": p.Query.Text, "aside": p.Query.Accepted} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if p.Query.Prefecture != 0 {
		q.Set("in", strconv.FormatInt(int64(p.Query.Prefecture), 10))
	}
	return "/desk/quality/" + p.Check.ID + ".xlsx?" + q.Encode()
}

// acceptFinding answers POST /desk/quality/{check}/finding.
func (s *site) acceptFinding(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(f.Get("id"), 10, 64)
	accept := f.Get("accept") == "yes"
	err = s.desk.AcceptFinding(r.Context(), v.Who, chi.URLParam(r, "check"), f.Get("kind"), id, accept, f.Get("reason"))
	if f.refused(v, err) {
		p, err := s.findings(r, v, f)
		return refusedForm("quality-check", p), err
	}
	key := "quality.aside.done"
	if !accept {
		key = "quality.again.done"
	}
	return &answer{redirect: s.back(r, f), flash: v.text(key, "name", f.Get("name"))}, err
}

// ownQuality answers POST /desk/quality/{check}/owner.
func (s *site) ownQuality(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	account, _ := strconv.ParseInt(f.Get("account"), 10, 64)
	in, err := unitParameter(f.Values, "in")
	if err != nil {
		return nil, err
	}
	err = s.desk.OwnQuality(r.Context(), v.Who, chi.URLParam(r, "check"), max(in, 0), desk.AccountID(account))
	if f.refused(v, err) {
		p, err := s.findings(r, v, f)
		return refusedForm("quality-check", p), err
	}
	return &answer{redirect: s.back(r, f), flash: v.text("quality.owner.done")}, err
}

// back is the list that a form stands on, with its filters.
func (s *site) back(r *http.Request, f *form) string {
	path := "/desk/quality/" + url.PathEscape(chi.URLParam(r, "check"))
	if q, err := url.ParseQuery(f.Get("back")); err == nil && len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// exportFindings answers GET /desk/quality/{check}.xlsx.
func (s *site) exportFindings(r *http.Request, v *View) (*answer, error) {
	given := r.URL.Query()
	in, err := unitParameter(given, "in")
	if err != nil {
		return nil, err
	}
	c, list, err := s.desk.Findings(r.Context(), v.Who, desk.FindingQuery{Check: chi.URLParam(r, "check"), Prefecture: in,
		Text: given.Get("q"), Accepted: given.Get("aside"), Limit: desk.MaxFindings})
	if err != nil {
		return nil, err
	}
	t := &workbook.Table{Sheet: c.ID}
	for i, key := range []string{"name", "prefecture", "says", "since", "aside", "link"} {
		t.Columns = append(t.Columns, workbook.Column{Header: v.text(fmt.Sprint("quality.head.", key)), Locked: true, Width: []float64{26, 18, 50, 14, 30, 24}[i]})
	}
	for _, f := range list {
		t.Rows = append(t.Rows, []string{f.Name, placeName(v, f.Prefecture), saysFinding(v, c, f), registry.DayOf(f.Since).String(), f.Reason, fmt.Sprintf("/id/%s/%d", f.Kind, f.ID)})
	}
	var out bytes.Buffer
	if err := workbook.Write(&out, t); err != nil {
		return nil, err
	}
	return &answer{body: out.Bytes(), mime: workbook.Media, name: c.ID + ".xlsx"}, nil
}

// Clock writes a time in China to the minute.
func (v *View) Clock(t time.Time) string { return t.In(registry.China).Format("2006-01-02 15:04") }

// OwnerRole is the role that looks after a check.
func (v *View) OwnerRole(c *law.Check) desk.Role { return desk.Role(c.Owner) }
