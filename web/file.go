package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/filetype"
)

func (s *site) fileRoutes(r chi.Router) {
	r.Post("/desk/uploads", s.uploading(s.receiveAlone))
	r.Get("/desk/uploads/{id}", s.serveFile(s.openUpload))
	r.Get("/desk/cases/{case}/files/{digest}", s.serveFile(s.openPaper))
	r.Get("/desk/cases/{case}/dossier.zip", s.serveDossier)
}

// uploading is deskUpload for forms with one file: it takes the file and some
// room for the other fields.
func (s *site) uploading(h handler) http.HandlerFunc {
	take := s.deskUpload(s.desk.FileLimit()+mostForm, h)
	return func(w http.ResponseWriter, r *http.Request) {
		// A slow line takes longer than other requests may.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), uploadTime)
		defer cancel()
		c := http.NewResponseController(w)
		_ = c.SetReadDeadline(time.Now().Add(uploadTime))
		_ = c.SetWriteDeadline(time.Now().Add(uploadTime + time.Minute))
		take(w, r.WithContext(ctx))
	}
}

// uploadTime is how long sending a file may take: 50 MB at 1 Mbit/s.
const uploadTime = 8 * time.Minute

// receive reads a form with a file in its field "file", and takes the file in
// as it comes. A form that was sent again without it keeps the one of before,
// by the field "upload". What the file is refused for is a fault of the form.
// The upload is nil if there is none, or it was refused.
func (s *site) receive(r *http.Request, v *View) (*form, *desk.Upload, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, registry.Invalid("form", "the form cannot be read")
	}
	f := &form{Values: url.Values{}}
	var u *desk.Upload
	for fields := 0; ; fields++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, formError(err)
		}
		if fields == 200 {
			return nil, nil, registry.Invalid("form", "the form has too many fields")
		}
		if part.FormName() == "file" {
			if u, err = s.receivePart(r, v, f, u, part); err != nil {
				return nil, nil, err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, mostForm))
		if err != nil {
			return nil, nil, formError(err)
		}
		f.Add(part.FormName(), string(value))
	}
	if u == nil && f.Fault("file") == "" && f.Get("upload") != "" {
		id, _ := strconv.ParseInt(f.Get("upload"), 10, 64)
		u, err = s.desk.Upload(r.Context(), v.Who, desk.UploadID(id))
		if err != nil && registry.KindOf(err) != registry.KindNotFound {
			return nil, nil, err
		}
	}
	f.Del("upload")
	if u != nil {
		f.Set("upload", fmt.Sprint(u.ID))
		f.Set("upload-name", u.Name)
	}
	return f, u, nil
}

// receivePart takes in the file of a form; a field without a file is none.
func (s *site) receivePart(r *http.Request, v *View, f *form, before *desk.Upload, part *multipart.Part) (*desk.Upload, error) {
	if part.FileName() == "" {
		return before, nil
	}
	u, err := s.desk.Receive(r.Context(), v.Who, part.FileName(), part)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), registry.KindOf(err) == registry.KindTooLarge:
		f.Faults = append(f.Faults, formFault{"file", v.text("fault.file.too-large", "limit", s.desk.FileLimit()>>20)})
		return nil, nil
	case f.refused(v, err):
		return nil, nil
	}
	return u, err
}

// receiveAlone answers POST /desk/uploads, by which the island sends a file
// while the rest of a form is being written.
func (s *site) receiveAlone(r *http.Request, v *View) (*answer, error) {
	f, u, err := s.receive(r, v)
	if err != nil {
		return nil, err
	}
	if u == nil {
		fault := f.Fault("file")
		if fault == "" {
			fault = v.text("fault.file.empty")
		}
		status := http.StatusUnprocessableEntity
		if fault == v.text("fault.file.too-large", "limit", s.desk.FileLimit()>>20) {
			status = http.StatusRequestEntityTooLarge
		}
		body, err := json.Marshal(map[string]any{"fault": fault})
		return &answer{body: body, mime: "application/json", status: status}, err
	}
	body, err := json.Marshal(map[string]any{"upload": u.ID, "name": u.Name, "bytes": u.Bytes, "media": u.Media})
	return &answer{body: body, mime: "application/json", status: http.StatusCreated}, err
}

// served is a file that may be sent to who asked.
type served struct {
	name    string
	media   string
	digest  desk.Digest
	content desk.Content
}

// openPaper finds the file of a paper, if the person may read it in its case.
func (s *site) openPaper(r *http.Request, v *View) (*served, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "case"), 10, 64)
	if err != nil {
		return nil, registry.NotFound("case", chi.URLParam(r, "case"))
	}
	digest, err := desk.ParseDigest(chi.URLParam(r, "digest"))
	if err != nil {
		return nil, err
	}
	p, content, err := s.desk.OpenPaper(r.Context(), v.Who, registry.CaseID(id), digest)
	if err != nil {
		return nil, err
	}
	return &served{p.FileName, p.Media, digest, content}, nil
}

// openUpload finds an upload of the person.
func (s *site) openUpload(r *http.Request, v *View) (*served, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return nil, registry.NotFound("upload", chi.URLParam(r, "id"))
	}
	u, content, err := s.desk.OpenUpload(r.Context(), v.Who, desk.UploadID(id))
	if err != nil {
		return nil, err
	}
	return &served{u.Name, u.Media, u.Digest, content}, nil
}

// serveFile sends a file that open lets the person have: to be saved, or, for
// PDF and pictures with ?show, to be looked at in a sandbox. No cache keeps it,
// nothing in it runs, and it asks nobody for anything.
func (s *site) serveFile(open func(*http.Request, *View) (*served, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := s.enterPassed(w, r)
		if !ok {
			return
		}
		f, err := open(r, v)
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		s.sendFile(w, r, f)
	}
}

// sendFile sends a file: to be saved, or looked at in a sandbox.
func (s *site) sendFile(w http.ResponseWriter, r *http.Request, f *served) {
	defer f.content.Close()
	h := w.Header()
	h.Set("Content-Type", mediaOf(f.media))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+f.digest.String()+`"`)
	disposition := "attachment"
	if t := filetype.ByMedia(f.media); t != nil && t.Inline && r.URL.Query().Has("show") {
		disposition = "inline"
	}
	h.Set("Content-Disposition", disposition+`; filename*=UTF-8''`+url.PathEscape(f.name))
	http.ServeContent(w, r, "", registry.Date(1, 1, 1).Time(), f.content)
}

// mediaOf is the media type as it is sent. A type that we do not know is bytes.
func mediaOf(media string) string {
	t := filetype.ByMedia(media)
	switch {
	case t == nil:
		return "application/octet-stream"
	case strings.HasPrefix(t.Media, "text/"):
		return "application/octet-stream" // its encoding is not known, and nothing shows it inline
	}
	return t.Media
}

// enterPassed is enter for what only those see who signed in: it has answered
// when it returns false.
func (s *site) enterPassed(w http.ResponseWriter, r *http.Request) (*View, bool) {
	v, ok := s.enter(w, r)
	if ok && (v.visit == nil || v.visit.Stage != desk.Passed) {
		http.Redirect(w, r, gate(v.visit, r.URL.RequestURI()), http.StatusSeeOther)
		return nil, false
	}
	return v, ok
}

// serveDossier answers /desk/cases/{case}/dossier.zip.
func (s *site) serveDossier(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enterPassed(w, r)
	if !ok {
		return
	}
	id, err := strconv.ParseInt(chi.URLParam(r, "case"), 10, 64)
	if err != nil {
		s.fail(w, r, v, registry.NotFound("case", chi.URLParam(r, "case")))
		return
	}
	d, err := s.desk.Dossier(r.Context(), v.Who, registry.CaseID(id))
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename*=UTF-8''`+url.PathEscape(d.FileName()))
	if r.Method == http.MethodHead {
		return
	}
	if err := s.desk.WriteDossier(r.Context(), v.Who, w, d); err != nil {
		s.log.ErrorContext(r.Context(), "dossier broke off", "case", id, "error", err)
		panic(http.ErrAbortHandler) // half an archive must not look whole
	}
}
