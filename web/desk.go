package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// A deskSection is an entry of the desk's navigation.
type deskSection struct {
	Group string      // the heading it stands under: key desk.group.GROUP
	Name  string      // key desk.section.NAME
	Path  string      // its page; it and the pages below it mark the entry
	Needs desk.Action // who may not do this anywhere does not see it; "" for everybody
}

// sections are all entries, in order.
var sections = []deskSection{
	{"work", "inbox", "/desk", ""},
	{"work", "cases", "/desk/cases", desk.ReadCase},
	{"work", "boards", "/desk/boards", desk.ReadBoard},
	{"work", "search", "/desk/search", desk.ReadCase},
	{"public", "notices", "/desk/notices", desk.AnswerPublic},
	{"public", "releases", "/desk/releases", desk.ReadRelease},
	{"public", "layers", "/desk/layers", desk.KillLayer},
	{"record", "quality", "/desk/quality", desk.ReadQuality},
	{"record", "corrections", "/desk/corrections", desk.CorrectQuality},
	{"record", "rules", "/desk/rules", desk.ReadRules},
	{"record", "templates", "/desk/templates", desk.ReadRules},
	{"record", "log", "/desk/log", desk.ReadLog},
	{"manage", "accounts", "/desk/accounts", desk.ManageAccounts},
	{"manage", "grants", "/desk/accounts", desk.GrantRights},
	{"manage", "functional-zones", "/desk/functional-zones", desk.GrantRights},
	{"manage", "zone", "/desk/zone", desk.ChangeZone},
	{"manage", "settings", "/desk/settings", desk.ChangeSettings},
	{"manage", "training", "/desk/training", ""},
	{"manage", "heirs", "/desk/heirs", desk.ReviewCase},
	{"manage", "rights", "/desk/rights", desk.ReadRules},
}

// deskRoutes is every address of the desk. Nouns add theirs in their own files.
func (s *site) deskRoutes(r chi.Router) {
	s.sessionRoutes(r)
	s.identityRoutes(r)
	s.fileRoutes(r)
	s.templateRoutes(r)
	s.inboxRoutes(r)
	s.messageRoutes(r)
	s.feedRoutes(r)
	s.boardRoutes(r)
	s.qualityRoutes(r)
	s.correctionRoutes(r)
	s.settingRoutes(r)
	s.meRoutes(r)
	s.accountRoutes(r)
	s.releaseRoutes(r)
	s.layerRoutes(r)
	s.functionalZoneRoutes(r)
	s.zoneRoutes(r)
	s.caseRoutes(r)
	s.ruleRoutes(r)
	s.findRoutes(r)
	s.noticeRoutes(r)
	s.deskHelpRoutes(r)
	s.tourRoutes(r)
	s.logRoutes(r)
	s.trainingRoutes(r)
}

// routed reports whether there is a page at an address.
func routed(r chi.Routes, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return r.Match(chi.NewRouteContext(), http.MethodGet, path)
}

// SectionGroup is what stands under one heading of the navigation.
type SectionGroup struct {
	Name     string
	Sections []deskSection
}

// Sections are the entries that are of use to who looks, by heading.
func (v *View) Sections() (groups []SectionGroup) {
	for _, x := range sections {
		if x.Needs != "" && !v.Who.Has(x.Needs) {
			continue
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != x.Group {
			groups = append(groups, SectionGroup{Name: x.Group})
		}
		last := &groups[len(groups)-1]
		last.Sections = append(last.Sections, x)
	}
	return groups
}

// Here reports whether the page shown is one of a section.
func (v *View) Here(x deskSection) bool {
	return v.URL.Path == x.Path || x.Path != "/desk" && strings.HasPrefix(v.URL.Path, x.Path+"/")
}

// Roles names the roles of who looks, each once.
func (v *View) Roles() string {
	var names []string
	seen := map[desk.Role]bool{}
	for _, g := range v.Who.Grants {
		if g.For == nil && !seen[g.Role] {
			seen[g.Role] = true
			names = append(names, v.RoleName(g.Role))
		}
	}
	return strings.Join(names, v.text("desk.and"))
}

// RoleName names a role in the language of the view.
func (v *View) RoleName(r desk.Role) string {
	info := desk.Rights().Role(r)
	switch {
	case info == nil:
		return string(r)
	case v.Lang == "zh":
		return info.Zh
	}
	return info.En
}

// May reports whether who looks may do an action anywhere; for templates that
// leave out what is of no use.
func (v *View) May(a desk.Action) bool { return v.Who.Has(a) }

// deskPage adapts the handler of a page of the desk. Who is not signed in is
// sent to sign in first, and comes back. Nothing of it is stored by anybody.
func (s *site) deskPage(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := s.enter(w, r)
		if !ok {
			return
		}
		if v.visit == nil || v.visit.Stage != desk.Passed {
			http.Redirect(w, r, gate(v.visit, r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		a, err := h(r, v)
		s.answerDesk(w, r, v, a, err)
	}
}

// deskForm adapts the handler of a form of the desk. What somebody typed whose
// session has ended meanwhile is kept: they sign in, and see their form again.
func (s *site) deskForm(h handler) http.HandlerFunc { return s.deskUpload(mostForm, h) }

// mostForm is how much a form without files may send.
const mostForm = 1 << 20

// deskUpload is deskForm for forms that send up to some bytes, with files, which
// the handler reads as it likes. Files are not kept when a session has ended.
func (s *site) deskUpload(most int64, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		v, ok := s.enter(w, r)
		if !ok {
			return
		}
		if v.visit == nil || v.visit.Stage != desk.Passed {
			s.interrupt(w, r, v)
			return
		}
		a, err := h(r, v)
		s.answerDesk(w, r, v, a, err)
	}
}

// enter finds out who asks. It has answered when it returns false.
func (s *site) enter(w http.ResponseWriter, r *http.Request) (*View, bool) {
	private(w.Header())
	v := s.deskView(w, r)
	var err error
	if v.visit, err = s.visitOf(r); err != nil {
		if registry.KindOf(err) == kindToken {
			w.Header().Set("WWW-Authenticate", `Bearer realm="jieming", error="invalid_token"`)
		}
		s.fail(w, r, v, err)
		return nil, false
	}
	if v.visit != nil && v.visit.Stage == desk.Passed {
		v.Who = v.visit.Who
		if v.Unread, err = s.desk.Unread(r.Context(), v.Who); err != nil {
			s.fail(w, r, v, err)
			return nil, false
		}
	}
	return v, true
}

// visitOf is the visit of who makes a request: of a program by its token, or of
// a person by their session; nil for nobody.
func (s *site) visitOf(r *http.Request) (*desk.Visit, error) {
	scheme, token, given := strings.Cut(r.Header.Get("Authorization"), " ")
	if !given || !strings.EqualFold(scheme, "Bearer") {
		return s.desk.Resume(r.Context(), s.sessionOf(r), s.clientOf(r))
	}
	who, err := s.desk.Bearer(r.Context(), strings.TrimSpace(token), s.clientOf(r))
	if err == nil && who == nil {
		err = &registry.Error{Kind: kindToken, Message: "this token is not in force"}
	}
	return &desk.Visit{Who: who}, err
}

// deskView is the view of a page that shows no publication.
func (s *site) deskView(w http.ResponseWriter, r *http.Request) *View {
	v := s.blank(r, s.catalogs[languageOf(w, r)])
	v.Desk = true
	if r.Method == http.MethodGet {
		v.Flash = s.takeFlash(w, r)
	}
	return v
}

// private keeps an answer out of every cache.
func private(h http.Header) {
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("X-Content-Type-Options", "nosniff")
}

// answerDesk writes the answer of a handler of the desk, or its error.
func (s *site) answerDesk(w http.ResponseWriter, r *http.Request, v *View, a *answer, err error) {
	if err == nil && a.cookie != nil {
		http.SetCookie(w, a.cookie)
	}
	if err == nil && a.redirect != "" {
		if a.flash != "" {
			s.leaveFlash(w, r, a.flash)
		}
		http.Redirect(w, r, a.redirect, http.StatusSeeOther)
		return
	}
	if err == nil && a.body == nil {
		a.body, err = s.render(a, v)
		a.mime = "text/html; charset=utf-8"
	}
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	private(w.Header())
	if a.refresh > 0 {
		w.Header().Set("Refresh", strconv.Itoa(a.refresh))
	}
	if a.session != "" {
		s.setSession(w, r, a.session)
	}
	w.Header().Set("Content-Type", a.mime)
	if a.name != "" {
		w.Header().Set("Content-Disposition", `attachment; filename*=UTF-8''`+url.PathEscape(a.name))
	}
	s.tellWait(w.Header(), a)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body) // a reader that went away misses the rest
}

// flashCookie carries a message to the page that follows a form.
const flashCookie = "flash"

func (s *site) leaveFlash(w http.ResponseWriter, r *http.Request, text string) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieHere(flashCookie), Value: url.QueryEscape(text), Path: "/", MaxAge: 60, HttpOnly: true,
		Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode})
}

func (s *site) takeFlash(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(s.cookieHere(flashCookie))
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookieHere(flashCookie), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode})
	text, err := url.QueryUnescape(c.Value)
	if err != nil || len(text) > 1000 {
		return ""
	}
	return text
}

// clientOf is where a request came from.
func (s *site) clientOf(r *http.Request) desk.Client {
	c := desk.Client{Agent: r.UserAgent()}
	if s.client != nil {
		c.Address = s.client(r)
		return c
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	c.Address, _ = netip.ParseAddr(host)
	return c
}
