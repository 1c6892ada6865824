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
	r.Get("/login/{stage:code|password|factor}", s.gatePage(s.showStage))
	r.Post("/login/code", s.gatePage(s.showCode))
	r.Post("/login/password", s.gatePage(s.choosePassword))
	r.Post("/login/factor", s.gatePage(s.setFactor))
	r.Post("/login/on", s.gatePage(s.goOn))
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
		return s.cookieHere(safeCookie)
	}
	return s.cookieHere(plainCookie)
}

// cookieHere names a cookie of this site. A browser sends those of the registry
// to its training space as well when both are on one host: cookies do not tell
// ports apart.
func (s *site) cookieHere(name string) string {
	if s.training {
		return name + "-training"
	}
	return name
}

// sessionOf is the secret of the session that a request carries, or "".
func (s *site) sessionOf(r *http.Request) string {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

// SessionSecret is the secret of the session that a request carries, or "", for
// what is served beside the pages. public and training are as in [Options].
func SessionSecret(r *http.Request, public string, training bool) string {
	return (&site{public: public, training: training}).sessionOf(r)
}

func (s *site) setSession(w http.ResponseWriter, r *http.Request, secret string) {
	c := &http.Cookie{Name: s.cookieName(r), Value: secret, Path: "/", HttpOnly: true, Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signInPage is the data of the pages of signing in.
type signInPage struct {
	Form      *form
	Next      string
	Kept      *kept           // what was typed before the session ended; nil for nothing
	Wait      string          // why nothing is tried for now
	Provider  string          // the identity provider that people can sign in with; "" for none
	Enrolment *desk.Enrolment // the second factor that is offered
	Codes     []string        // recovery codes, just made
	MustShow  bool            // the present password is asked for
	Length    int             // of the shortest password
}

func (s *site) signInData(f *form) *signInPage {
	return &signInPage{Form: f, Next: local(f.Get("next")), Kept: readKept(f.Get("kept")), Provider: s.providerName(), Length: s.length()}
}

func (s *site) length() int { return s.desk.Policy().PasswordLength }

// showSignIn answers GET /login.
func (s *site) showSignIn(_ http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	page := s.signInData(&form{Values: url.Values{"next": r.URL.Query()["next"]}})
	if v.visit != nil && v.visit.Stage == desk.Passed {
		return &answer{redirect: page.Next}, nil
	}
	return &answer{page: "sign-in", data: page}, nil
}

// signIn answers POST /login.
func (s *site) signIn(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	page := s.signInData(f)
	session, err := s.desk.SignIn(r.Context(), f.Get("login"), f.Get("password"), s.clientOf(r))
	if err != nil {
		return page.again("sign-in", v, err)
	}
	s.setSession(w, r, session.Secret)
	return s.passed(r, v, session.Secret, page)
}

// again is a page that comes back because of an error, or the error.
func (p *signInPage) again(name string, v *View, err error) (*answer, error) {
	var blocked *desk.Blocked
	if errors.As(err, &blocked) {
		p.Wait = v.text("login.wait", "time", blocked.Until.In(registry.China).Format("15:04:05"))
		return &answer{page: name, data: p, status: http.StatusTooManyRequests, until: blocked.Until}, nil
	}
	if p.Form.refused(v, err) {
		return refusedForm(name, p), nil
	}
	return nil, err
}

// passed goes on after a step of signing in: to the next step, or to the page
// that was asked for, where a form that was kept is filled in again.
func (s *site) passed(r *http.Request, v *View, secret string, p *signInPage) (*answer, error) {
	visit, err := s.desk.Resume(r.Context(), secret, s.clientOf(r))
	switch {
	case err != nil:
		return nil, err
	case visit == nil || p.Kept == nil && visit.Stage != desk.Passed:
		return &answer{redirect: gate(visit, p.Next)}, nil
	case p.Kept == nil:
		return &answer{redirect: p.Next}, nil
	case visit.Stage != desk.Passed:
		v.visit = visit
		return s.stagePage(v, &signInPage{Form: &form{}, Next: p.Next, Kept: p.Kept, Length: s.length()})
	}
	return s.refill(r, v, visit, secret, p.Kept)
}

// stagePage is the page of the stage that a visit has to pass.
func (s *site) stagePage(v *View, p *signInPage) (a *answer, err error) {
	switch v.visit.Stage {
	case desk.NeedsCode:
		return &answer{page: "sign-in-code", data: p}, nil
	case desk.NeedsPassword:
		p.MustShow = !v.visit.Proof.MustChange
		return &answer{page: "sign-in-password", data: p}, nil
	}
	p.Enrolment, err = s.desk.Enrol(v.visit, v.text("site.name"))
	return &answer{page: "sign-in-factor", data: p}, err
}

// showStage answers GET /login/{stage}: the step of signing in that comes next.
func (s *site) showStage(_ http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	page := s.signInData(&form{Values: url.Values{"next": r.URL.Query()["next"]}})
	if v.visit == nil || v.visit.Stage == desk.Passed {
		return &answer{redirect: gate(nil, page.Next)}, nil
	}
	if r.URL.Path != "/login/"+strings.ToLower(string(v.visit.Stage)) {
		return &answer{redirect: gate(v.visit, page.Next)}, nil
	}
	return s.stagePage(v, page)
}

// atStage reads the form of a step of signing in; without a visit at that step
// there is a redirect instead.
func (s *site) atStage(r *http.Request, v *View, stage desk.Stage) (*signInPage, *answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, nil, err
	}
	page := s.signInData(f)
	switch {
	case v.visit == nil && page.Kept != nil:
		return nil, &answer{page: "sign-in", data: page, status: http.StatusUnauthorized}, nil
	case v.visit == nil || v.visit.Stage != stage:
		return nil, &answer{redirect: gate(v.visit, page.Next)}, nil
	}
	return page, nil, nil
}

// showCode answers POST /login/code.
func (s *site) showCode(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	page, a, err := s.atStage(r, v, desk.NeedsCode)
	if a != nil || err != nil {
		return a, err
	}
	secret, err := s.desk.ShowCode(r.Context(), v.visit, page.Form.Get("code"))
	if err != nil {
		return page.again("sign-in-code", v, err)
	}
	s.setSession(w, r, secret)
	return s.passed(r, v, secret, page)
}

// choosePassword answers POST /login/password.
func (s *site) choosePassword(_ http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	page, a, err := s.atStage(r, v, desk.NeedsPassword)
	if a != nil || err != nil {
		return a, err
	}
	page.MustShow = !v.visit.Proof.MustChange
	f := page.Form
	if err := s.desk.ChangePassword(r.Context(), v.visit, f.Get("present"), f.Get("chosen"), f.Get("again")); err != nil {
		return page.again("sign-in-password", v, err)
	}
	return s.passed(r, v, s.sessionOf(r), page)
}

// setFactor answers POST /login/factor: it shows the recovery codes, and leads on.
func (s *site) setFactor(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	page, a, err := s.atStage(r, v, desk.NeedsFactor)
	if a != nil || err != nil {
		return a, err
	}
	codes, secret, err := s.desk.ConfirmFactor(r.Context(), v.visit, page.Form.Get("sealed"), page.Form.Get("code"))
	if err != nil {
		var offer error
		if page.Enrolment, offer = s.desk.Reoffer(v.visit, page.Form.Get("sealed"), v.text("site.name")); offer != nil {
			return nil, offer
		}
		return page.again("sign-in-factor", v, err)
	}
	s.setSession(w, r, secret)
	page.Codes = codes
	return &answer{page: "sign-in-codes", data: page}, nil
}

// goOn answers POST /login/on: from the recovery codes to the work.
func (s *site) goOn(_ http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	return s.passed(r, v, s.sessionOf(r), s.signInData(f))
}

// signOut answers POST /logout.
func (s *site) signOut(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	if v.visit != nil {
		if err := s.desk.SignOut(r.Context(), v.visit); err != nil {
			return nil, err
		}
	}
	s.setSession(w, r, "")
	w.Header().Set("Clear-Site-Data", `"cache"`)
	return &answer{redirect: "/login", flash: v.text("login.out")}, nil
}

// QR is a second factor as a picture that a telephone reads: the path of its
// dark squares.
func (p *signInPage) QR() (qrPicture, error) { return drawQR(p.Enrolment.URI) }
