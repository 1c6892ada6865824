package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) sessionRoutes(r chi.Router) {
	r.Get("/login", s.gatePage(s.showSignIn))
	r.Post("/login", s.gatePage(s.signIn))
	r.Post("/logout", s.gatePage(s.signOut))
}

// gate is the address of what somebody has to pass before a page.
func gate(v *desk.Visit, next string) string {
	path := "/login"
	if v != nil {
		path += "/" + strings.ToLower(string(v.Stage))
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// local is an address of ours to go to after signing in.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/desk"
	}
	return next
}

// gateHandler makes the answer to a page of signing in.
type gateHandler func(w http.ResponseWriter, r *http.Request, v *View) (*answer, error)

// gatePage adapts the handler of a page of signing in, which sets cookies.
func (s *site) gatePage(h gateHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		v, ok := s.enter(w, r)
		if !ok {
			return
		}
		v.Who = nil // these pages stand before the desk
		if !s.encrypted(r) && !s.plainAllowed(r) {
			s.fail(w, r, v, errPlain)
			return
		}
		a, err := h(w, r, v)
		s.answerDesk(w, r, v, a, err)
	}
}

// errPlain refuses passwords over connections that others can read.
var errPlain = &registry.Error{Kind: registry.KindForbidden, Message: "sign in over https, or on this machine itself"}

// encrypted reports whether the browser talks to us over https, as the
// connection or the address that the operator gave says.
func (s *site) encrypted(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.public, "https://")
}

// plainAllowed lets people sign in without https on the machine itself, and
// where the operator has given an address that says so.
func (s *site) plainAllowed(r *http.Request) bool {
	if s.public != "" {
		return true
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}

// The session's cookie. The first name makes browsers insist on https, this
// host and the whole of it.
const (
	safeCookie  = "__Host-session"
	plainCookie = "session"
)

func (s *site) cookieName(r *http.Request) string {
	if s.encrypted(r) {
		return safeCookie
	}
	return plainCookie
}

// sessionOf is the secret of the session that a request carries, or "".
func (s *site) sessionOf(r *http.Request) string {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

func (s *site) setSession(w http.ResponseWriter, r *http.Request, secret string) {
	c := &http.Cookie{Name: s.cookieName(r), Value: secret, Path: "/", HttpOnly: true, Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signInPage is the data of the page "sign-in".
type signInPage struct {
	Form *form
	Next string
	Kept *kept // what was typed before the session ended; nil for nothing
	Wait string
}

// showSignIn answers GET /login.
func (s *site) showSignIn(_ http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	next := local(r.URL.Query().Get("next"))
	if v.visit != nil && v.visit.Stage == desk.Passed {
		return &answer{redirect: next}, nil
	}
	return &answer{page: "sign-in", data: &signInPage{Form: &form{}, Next: next}}, nil
}

// signIn answers POST /login.
func (s *site) signIn(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	page := &signInPage{Form: f, Next: local(f.Get("next")), Kept: keptOf(f)}
	session, err := s.desk.SignIn(r.Context(), f.Get("login"), f.Get("password"), s.clientOf(r))
	if a := page.refused(v, err); a != nil {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	s.setSession(w, r, session.Secret)
	return s.passed(r, v, session.Secret, page.Next, page.Kept)
}

// refused is the page again, if that is what an error asks for.
func (p *signInPage) refused(v *View, err error) *answer {
	var blocked *desk.Blocked
	if errors.As(err, &blocked) {
		p.Wait = v.text("login.wait", "time", blocked.Until.In(registry.China).Format("15:04:05"))
		return &answer{page: "sign-in", data: p, status: http.StatusTooManyRequests}
	}
	if p.Form.refused(v, err) {
		return refusedForm("sign-in", p)
	}
	return nil
}

// passed goes on after a step of signing in: to the next step, or to the page
// that was asked for.
func (s *site) passed(r *http.Request, _ *View, secret, next string, k *kept) (*answer, error) {
	visit, err := s.desk.Resume(r.Context(), secret, s.clientOf(r))
	if err != nil {
		return nil, err
	}
	if visit == nil {
		return &answer{redirect: gate(nil, next)}, nil
	}
	if visit.Stage != desk.Passed {
		return &answer{redirect: gate(visit, next)}, nil
	}
	return &answer{redirect: next}, nil
}

// signOut answers POST /logout.
func (s *site) signOut(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	if v.visit != nil {
		if err := s.desk.SignOut(r.Context(), v.visit); err != nil {
			return nil, err
		}
	}
	s.setSession(w, r, "")
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return &answer{redirect: "/login", flash: v.text("login.out")}, nil
}

// kept is what was typed into a form whose session ended before it was sent.
type kept struct {
	Action string     // where the form goes
	Page   string     // the page it stands on
	Fields url.Values // what was typed
}

func keptOf(*form) *kept { return nil }

// interrupt answers a form of somebody who is not signed in (any more).
func (s *site) interrupt(w http.ResponseWriter, r *http.Request, v *View) {
	http.Redirect(w, r, gate(v.visit, "/desk"), http.StatusSeeOther)
}
