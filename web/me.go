package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) meRoutes(r chi.Router) {
	r.Get("/desk/me", s.deskPage(s.showMe))
	r.Post("/desk/me", s.deskForm(s.changeMe))
	r.Get("/desk/me/password", s.deskPage(s.showPassword))
	r.Post("/desk/me/password", s.deskForm(s.changePassword))
	r.Get("/desk/me/factor", s.deskPage(s.showFactor))
	r.Post("/desk/me/factor", s.deskForm(s.confirmFactor))
	r.Post("/desk/me/factor/remove", s.deskForm(s.removeFactor))
	r.Post("/desk/me/sessions/{id}/end", s.deskForm(s.endSession))
	r.Get("/desk/me/tokens", s.deskPage(s.showTokens))
	r.Post("/desk/me/tokens", s.deskForm(s.makeToken))
	r.Post("/desk/me/tokens/{id}/revoke", s.deskForm(s.revokeToken))
	r.Get("/desk/me/delegation", s.deskPage(s.showDelegation))
	r.Post("/desk/me/delegation", s.deskForm(s.delegate))
	r.Post("/desk/me/delegation/{id}/end", s.deskForm(s.endDelegation))
}

// mePage is the data of the pages of one's own account.
type mePage struct {
	Tab         string
	Form        *form
	Account     *desk.Account
	Proof       desk.Proof
	Here        int64 // the session that asks
	Sessions    []desk.Session
	Grants      []desk.GrantRecord
	Recovery    int
	Length      int
	MustHave    bool // a role of the person needs a second factor
	Enrolment   *desk.Enrolment
	Codes       []string
	Tokens      []desk.Token
	Token       string // just made
	Nouns       []string
	Delegations []desk.DelegationRecord
	Identities  []desk.Identity
	Provider    string
	Now         time.Time
}

// QR is the second factor that is offered, as a picture.
func (p *mePage) QR() (qrPicture, error) { return drawQR(p.Enrolment.URI) }

func (s *site) me(v *View, tab string) *mePage {
	return &mePage{Tab: tab, Form: &form{Values: url.Values{}}, Proof: v.visit.Proof, Here: v.visit.Session.ID, Length: s.length(), Provider: s.providerName(), Now: s.now()}
}

// showMe answers /desk/me: who one is here, and where one is signed in.
func (s *site) showMe(r *http.Request, v *View) (*answer, error) {
	p := s.me(v, "me")
	if err := s.fillMe(r, v, p); err != nil {
		return nil, err
	}
	p.Form.Values = url.Values{"mail": {p.Account.Mail}, "phone": {p.Account.Phone}, "language": {p.Account.Language}}
	return &answer{page: "me", data: p}, nil
}

func (s *site) fillMe(r *http.Request, v *View, p *mePage) (err error) {
	ctx, id := r.Context(), v.Who.Account
	if p.Account, err = s.desk.Account(ctx, v.Who, id); err != nil {
		return err
	}
	if p.Sessions, err = s.desk.Sessions(ctx, v.Who, id); err != nil {
		return err
	}
	if p.Grants, err = s.desk.Grants(ctx, v.Who, id); err != nil {
		return err
	}
	if p.Identities, err = s.desk.Identities(ctx, v.Who, id); err != nil {
		return err
	}
	p.Recovery, err = s.desk.RecoveryLeft(ctx, v.Who)
	return err
}

// changeMe answers POST /desk/me.
func (s *site) changeMe(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := s.me(v, "me")
	p.Form = f
	if err := s.fillMe(r, v, p); err != nil {
		return nil, err
	}
	a := *p.Account
	a.Mail, a.Phone, a.Language = f.Get("mail"), f.Get("phone"), f.Get("language")
	err = s.desk.SetAccount(r.Context(), v.Who, a)
	return done(v, f, err, "me", p, "/desk/me", "me.saved")
}

// done is the answer to a form: the page after it, the form again with its
// faults, or an error.
func done(v *View, f *form, err error, page string, data any, next, message string) (*answer, error) {
	if f.refused(v, err) {
		return refusedForm(page, data), nil
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: next, flash: v.text(message)}, nil
}

func (s *site) showPassword(_ *http.Request, v *View) (*answer, error) {
	return &answer{page: "me-password", data: s.me(v, "password")}, nil
}

func (s *site) changePassword(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := s.me(v, "password")
	p.Form = f
	err = s.desk.ChangePassword(r.Context(), v.visit, f.Get("present"), f.Get("chosen"), f.Get("again"))
	return done(v, f, err, "me-password", p, "/desk/me", "password.changed")
}

// showFactor answers /desk/me/factor: it offers a second factor.
func (s *site) showFactor(r *http.Request, v *View) (_ *answer, err error) {
	p := s.me(v, "factor")
	if p.Recovery, err = s.desk.RecoveryLeft(r.Context(), v.Who); err != nil {
		return nil, err
	}
	if !p.Proof.HasFactor || r.URL.Query().Has("new") {
		p.Enrolment, err = s.desk.Enrol(v.visit, v.text("site.name"))
	}
	return &answer{page: "me-factor", data: p}, err
}

// confirmFactor answers POST /desk/me/factor. The session goes on under another
// secret, which the answer sets.
func (s *site) confirmFactor(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := s.me(v, "factor")
	p.Form = f
	codes, secret, err := s.desk.ConfirmFactor(r.Context(), v.visit, f.Get("sealed"), f.Get("code"))
	if f.refused(v, err) {
		if p.Enrolment, err = s.desk.Reoffer(v.visit, f.Get("sealed"), v.text("site.name")); err != nil {
			return nil, err
		}
		return refusedForm("me-factor", p), nil
	}
	if err != nil {
		return nil, err
	}
	p.Codes = codes
	return &answer{page: "me-factor", data: p, session: secret}, nil
}

func (s *site) removeFactor(r *http.Request, v *View) (*answer, error) {
	if err := s.desk.RemoveFactor(r.Context(), v.Who, v.Who.Account, ""); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/me", flash: v.text("factor.removed")}, nil
}

func (s *site) endSession(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "session")
	if err != nil {
		return nil, err
	}
	if err := s.desk.RevokeSession(r.Context(), v.Who, v.Who.Account, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/me", flash: v.text("session.ended")}, nil
}

func (s *site) showTokens(r *http.Request, v *View) (*answer, error) {
	p := s.me(v, "tokens")
	return &answer{page: "me-tokens", data: p}, s.fillTokens(r, v, p)
}

func (s *site) fillTokens(r *http.Request, v *View, p *mePage) (err error) {
	p.Nouns, _ = desk.Scopes()
	p.Tokens, err = s.desk.Tokens(r.Context(), v.Who, v.Who.Account)
	return err
}

// makeToken answers POST /desk/me/tokens with the token, which is shown this
// once only: there is no page to come back to.
func (s *site) makeToken(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := s.me(v, "tokens")
	p.Form = f
	days, _ := strconv.Atoi(f.Get("days")) // what is no number is refused as 0
	token, made := s.desk.MakeToken(r.Context(), v.Who, f.Get("name"), f.Values["scope"], time.Duration(min(days, 10000))*24*time.Hour)
	if err := s.fillTokens(r, v, p); err != nil {
		return nil, err
	}
	if f.refused(v, made) {
		return refusedForm("me-tokens", p), nil
	}
	p.Token, p.Form = token, &form{Values: url.Values{}}
	return &answer{page: "me-tokens", data: p}, made
}

func (s *site) revokeToken(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "token")
	if err != nil {
		return nil, err
	}
	if err := s.desk.RevokeToken(r.Context(), v.Who, v.Who.Account, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/me/tokens", flash: v.text("token.revoked")}, nil
}

func (s *site) showDelegation(r *http.Request, v *View) (_ *answer, err error) {
	p := s.me(v, "delegation")
	p.Delegations, err = s.desk.Delegations(r.Context(), v.Who)
	return &answer{page: "me-delegation", data: p}, err
}

func (s *site) delegate(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	p := s.me(v, "delegation")
	p.Form = f
	if p.Delegations, err = s.desk.Delegations(r.Context(), v.Who); err != nil {
		return nil, err
	}
	since, last := f.day(v, "since"), f.day(v, "last")
	if len(f.Faults) == 0 {
		_, err = s.desk.Delegate(r.Context(), v.Who, f.Get("to"), since, last, f.Get("reason"))
	}
	return done(v, f, err, "me-delegation", p, "/desk/me/delegation", "delegation.made")
}

// day reads a date from a form, and notes a fault if it is none.
func (f *form) day(v *View, field string) registry.Day {
	day, err := registry.ParseDay(f.Get(field))
	if err != nil {
		f.note(v, desk.Refuse(field, "date", "this is not a date; write it as 2026-12-31"))
	}
	return day
}

func (s *site) endDelegation(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "delegation")
	if err != nil {
		return nil, err
	}
	if err := s.desk.EndDelegation(r.Context(), v.Who, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/me/delegation", flash: v.text("delegation.ended")}, nil
}

// Last is the last day of something that ends before a day.
func (v *View) Last(until registry.Day) string {
	if until == registry.NoEnd {
		return v.text("grant.open")
	}
	return v.day(until - 1)
}
