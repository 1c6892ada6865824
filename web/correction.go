package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/filetype"
	"jieming/registry/desk/workbook"
)

func (s *site) correctionRoutes(r chi.Router) {
	r.Get("/desk/corrections", s.deskPage(s.showCorrections))
	r.Get("/desk/corrections/sheet.xlsx", s.deskPage(s.exportSheet))
	r.Post("/desk/corrections", s.deskUpload(workbook.MaxBytes+mostForm, s.receiveSheet))
	r.Get("/desk/corrections/{upload}", s.deskPage(s.showCorrection))
	r.Post("/desk/corrections/{upload}", s.deskForm(s.openCorrection))
	r.Post("/desk/corrections/undo/{event}", s.deskForm(s.undoCorrection))
	r.Get("/desk/cases/{case}/correction", s.deskPage(s.showCaseCorrection))
}

// correctionsPage is the data of the page "corrections".
type correctionsPage struct {
	Form     *form
	Unit     unitField // below which the export lies
	Written  []desk.Rewriting
	Subjects []option
}

// showCorrections answers GET /desk/corrections.
func (s *site) showCorrections(r *http.Request, v *View) (*answer, error) {
	p, err := s.corrections(r, v, &form{Values: r.URL.Query()})
	return &answer{page: "corrections", data: p}, err
}

func (s *site) corrections(r *http.Request, v *View, f *form) (p *correctionsPage, err error) {
	p = &correctionsPage{Form: f}
	for _, subject := range desk.Subjects {
		p.Subjects = append(p.Subjects, option{string(subject), v.text(fmt.Sprint("correction.about.", subject))})
	}
	p.Written, err = s.desk.Rewrites(r.Context(), v.Who, 50)
	return p, err
}

// exportSheet answers GET /desk/corrections/sheet.xlsx.
func (s *site) exportSheet(r *http.Request, v *View) (*answer, error) {
	given := r.URL.Query()
	in, err := unitParameter(given, "in")
	if err != nil {
		return nil, err
	}
	f := &form{Values: given}
	below, err := s.unitOf(r, v, f)
	if err != nil {
		return nil, err
	}
	if len(f.Faults) > 0 {
		return s.refusedExport(r, v, f, below)
	}
	subject := desk.Subject(given.Get("about"))
	list, day, err := s.desk.Entries(r.Context(), v.Who, subject, desk.Selection{Check: given.Get("check"), Prefecture: in,
		Under: below.ID, Text: strings.TrimSpace(given.Get("text"))})
	if known := (*registry.Error)(nil); errors.As(err, &known) && known.Kind == registry.KindNotFound {
		f.Faults = append(f.Faults, formFault{"text", v.text("correction.none")})
		return s.refusedExport(r, v, f, below)
	}
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := desk.WriteSheet(&out, subject, list, day); err != nil {
		return nil, err
	}
	return &answer{body: out.Bytes(), mime: workbook.Media, name: fmt.Sprintf("更正-%s-%s.xlsx", v.text(fmt.Sprint("correction.about.", subject)), day)}, nil
}

func (s *site) refusedExport(r *http.Request, v *View, f *form, below unitField) (*answer, error) {
	p, err := s.corrections(r, v, f)
	if err != nil {
		return nil, err
	}
	p.Unit = below
	return refusedForm("corrections", p), nil
}

// receiveSheet answers POST /desk/corrections: an upload, of which the next page
// shows what it would do.
func (s *site) receiveSheet(r *http.Request, v *View) (*answer, error) {
	if err := r.ParseMultipartForm(mostForm); err != nil {
		return nil, formError(err)
	}
	f := &form{Values: r.PostForm}
	u, err := s.receivedSheet(r, v)
	if refusal := (*filetype.Refusal)(nil); errors.As(err, &refusal) || registry.KindOf(err) == registry.KindTooLarge {
		f.Faults = append(f.Faults, formFault{"file", v.text("correction.nofile")})
	} else if err != nil && !f.refused(v, err) {
		return nil, err
	}
	if len(f.Faults) > 0 {
		p, err := s.corrections(r, v, f)
		return refusedForm("corrections", p), err
	}
	return &answer{redirect: fmt.Sprintf("/desk/corrections/%d", u.ID)}, nil
}

func (s *site) receivedSheet(r *http.Request, v *View) (*desk.Upload, error) {
	file, head, err := r.FormFile("file")
	if err != nil {
		return nil, registry.Invalid("file", v.text("correction.choose"))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, workbook.MaxBytes+1))
	if err != nil {
		return nil, formError(err)
	}
	u, _, err := s.desk.ReceiveSheet(r.Context(), v.Who, head.Filename, data)
	return u, err
}

// correctionPage is the data of the page "correction": what a sheet would do.
type correctionPage struct {
	*desk.Review
	Form   *form
	Upload *desk.Upload // nil on the page of a case
	Case   *desk.Case   // nil before there is one
	Name   rules
	view   *View
}

// showCorrection answers GET /desk/corrections/{upload}.
func (s *site) showCorrection(r *http.Request, v *View) (*answer, error) {
	p, err := s.correction(r, v, &form{Values: url.Values{}})
	return &answer{page: "correction", data: p}, err
}

func (s *site) correction(r *http.Request, v *View, f *form) (*correctionPage, error) {
	id, _ := strconv.ParseInt(chi.URLParam(r, "upload"), 10, 64)
	u, review, err := s.desk.ReviewUpload(r.Context(), v.Who, desk.UploadID(id))
	return &correctionPage{Review: review, Form: f, Upload: u, Name: s.rules(v), view: v}, err
}

// showCaseCorrection answers GET /desk/cases/{case}/correction.
func (s *site) showCaseCorrection(r *http.Request, v *View) (*answer, error) {
	id, _ := strconv.ParseInt(chi.URLParam(r, "case"), 10, 64)
	c, review, err := s.desk.ReviewCase(r.Context(), v.Who, registry.CaseID(id))
	if err != nil {
		return nil, err
	}
	if review == nil {
		return nil, registry.NotFound("sheet of case", id)
	}
	return &answer{page: "correction", data: &correctionPage{Review: review, Case: c, Form: &form{Values: url.Values{}}, Name: s.rules(v), view: v}}, nil
}

// openCorrection answers POST /desk/corrections/{upload}.
func (s *site) openCorrection(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(chi.URLParam(r, "upload"), 10, 64)
	c, err := s.desk.OpenCorrection(r.Context(), v.Who, desk.UploadID(id), desk.OpenRequest{Title: f.Get("title"), Summary: f.Get("summary"),
		Request: fmt.Sprintf("correction-%d", id)})
	if f.refused(v, err) {
		p, err := s.correction(r, v, f)
		return refusedForm("correction", p), err
	}
	if err != nil {
		return nil, err
	}
	return s.toCase(v, c)
}

// toCase goes to the sheet of a case that was just opened.
func (s *site) toCase(v *View, c *desk.Case) (*answer, error) {
	return &answer{redirect: fmt.Sprintf("/desk/cases/%d/correction", c.ID), flash: v.text("correction.opened", "number", c.Number)}, nil
}

// undoCorrection answers POST /desk/corrections/undo/{event}.
func (s *site) undoCorrection(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	event, _ := strconv.ParseInt(chi.URLParam(r, "event"), 10, 64)
	partial := f.Get("partial") == "yes"
	c, err := s.desk.UndoCorrection(r.Context(), v.Who, registry.EventID(event), partial, desk.OpenRequest{
		Title: v.text("correction.undo.title", "title", f.Get("title")), Request: fmt.Sprintf("undo-%d-%v", event, partial)})
	if registry.KindOf(err) == registry.KindConflict {
		f.Faults = append(f.Faults, formFault{fmt.Sprintf("undo-%d", event), err.Error()})
		p, err := s.corrections(r, v, f)
		return refusedForm("corrections", p), err
	}
	if err != nil {
		return nil, err
	}
	return s.toCase(v, c)
}

// Done reports whether the case has been applied: then there is nothing to review.
func (p *correctionPage) Done() bool { return p.Case != nil && p.Case.State == "APPLIED" }

// Column names a column in the language of the view.
func (p *correctionPage) Column(c desk.Column) string {
	if p.view.Lang == "zh" {
		return c.Zh
	}
	return c.En
}

// Why says what is wrong, in the language of the view.
func (p *correctionPage) Why(f desk.CellFault) string {
	if f.Bad != nil {
		return p.view.text(fmt.Sprint("correction.bad.", f.Bad.Key), f.Bad.Args...)
	}
	return p.view.text(fmt.Sprint("correction.fault.", f.Kind), "theirs", f.Theirs)
}

// shownChanges is how many differences a page lists; the counts are whole.
const shownChanges = 1000

// Shown are the differences that the page lists.
func (p *correctionPage) Shown() []desk.Change { return p.Changes[:min(len(p.Changes), shownChanges)] }
