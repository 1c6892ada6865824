package web

import (
	"errors"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
)

// errUnpublished says that the public had been shown nothing yet at the time
// asked about.
var errUnpublished = errors.New("nothing was published")

// kindUnpublished is how the page of problems calls errUnpublished.
const kindUnpublished registry.Kind = "unpublished"

// kindToken is that of a token that is wrong, expired or revoked.
const kindToken registry.Kind = "token"

// statusOf is the HTTP status of each kind of error.
var statusOf = map[registry.Kind]int{
	registry.KindInvalid:     http.StatusBadRequest,
	registry.KindNotFound:    http.StatusNotFound,
	registry.KindConflict:    http.StatusConflict,
	registry.KindForbidden:   http.StatusForbidden,
	registry.KindStopped:     http.StatusUnavailableForLegalReasons,
	registry.KindTooLarge:    http.StatusRequestEntityTooLarge,
	registry.KindUnavailable: http.StatusServiceUnavailable,
	registry.KindInternal:    http.StatusInternalServerError,
	kindToken:                http.StatusUnauthorized,
	kindUnpublished:          http.StatusNotFound,
}

// retryAfter is how many seconds a reader waits before asking again; the page
// does so by itself.
const retryAfter = "5"

// tellWait tells programs how many seconds to wait, where the answer says until
// when.
func (s *site) tellWait(h http.Header, a *answer) {
	if !a.until.IsZero() {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(a.until.Sub(s.now()).Seconds())))))
	}
}

// problemPage is the data of the page "problem".
type problemPage struct {
	Kind   registry.Kind
	Status int
	Field  string
	Why    string // what is wrong with the field, in the reader's language
	Detail string // in English, from the registry; shown only for bad input
	Retry  string // seconds after which the page asks again; "" never
}

// fail writes an error as a page. What went wrong inside is logged, not shown.
func (s *site) fail(w http.ResponseWriter, r *http.Request, v *View, err error) {
	kind := registry.KindOf(err)
	if errors.Is(err, errUnpublished) {
		kind = kindUnpublished
	}
	p := problemPage{Kind: kind, Status: statusOf[kind]}
	p.explain(err, v)
	if kind == registry.KindUnavailable {
		p.Retry = retryAfter
		w.Header().Set("Retry-After", retryAfter)
	}
	if p.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "kind", kind, "error", err)
	}
	s.writeProblem(w, v, p)
}

// explain says what is wrong with what the reader asked.
func (p *problemPage) explain(err error, v *View) {
	var why *refusal
	var bad *registry.Error
	switch {
	case p.Kind != registry.KindInvalid:
	case errors.As(err, &why):
		p.Field, p.Why = why.field, why.in(v.catalog)
	case errors.As(err, &bad):
		p.Field, p.Detail = bad.Field, bad.Message
	}
}

func (s *site) writeProblem(w http.ResponseWriter, v *View, p problemPage) {
	body, err := s.render(&answer{page: "problem", data: p}, v)
	if err != nil {
		s.log.Error("page failed", "path", v.URL.Path, "error", err)
		http.Error(w, http.StatusText(p.Status), p.Status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if v.Desk {
		private(h)
	}
	h.Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// notFound answers addresses that no page has.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	v := s.blank(r, s.catalogs[languageOf(w, r)])
	s.writeProblem(w, v, problemPage{Kind: registry.KindNotFound, Status: http.StatusNotFound})
}

// notAllowed answers a method that an address does not take. Who comes by a
// link to where only a form goes, as after a refused form, is led to the page
// that the form is of.
func (s *site) notAllowed(w http.ResponseWriter, r *http.Request) {
	takes := func(method, path string) bool { return s.root.Match(chi.NewRouteContext(), method, path) }
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		http.Redirect(w, r, s.pageAbove(r.URL.Path), http.StatusSeeOther)
		return
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if takes(method, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// pageAbove is the nearest page above an address.
func (s *site) pageAbove(address string) string {
	address, _, _ = strings.Cut(address, "?")
	up := path.Dir(address)
	for up != "/" && !s.root.Match(chi.NewRouteContext(), http.MethodGet, up) {
		up = path.Dir(up)
	}
	return up
}
