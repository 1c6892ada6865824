package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-chi/chi/v5"
	"golang.org/x/oauth2"

	"jieming/registry"
	"jieming/registry/desk"
)

// Provider is an identity provider (OpenID Connect) that people can sign in with.
type Provider struct {
	Issuer   string // its address, as its configuration says
	ClientID string
	Secret   string
	Name     string   // what people call it; "" for its host
	Strong   []string // values of acr or amr that mean a second factor; none: it never counts as one
}

// identities signs people in with a provider. It asks for the provider's
// configuration at the first use, so that a provider that is away stops nobody
// who has a password.
type identities struct {
	Provider
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

func newIdentities(p *Provider) *identities {
	if p == nil {
		return nil
	}
	i := &identities{Provider: *p, client: &http.Client{Timeout: 10 * time.Second}}
	if u, err := url.Parse(p.Issuer); i.Name == "" && err == nil {
		i.Name = u.Host
	}
	return i
}

// providerName names the identity provider that people can sign in with.
func (s *site) providerName() string {
	if s.identities == nil {
		return ""
	}
	return s.identities.Name
}

func (s *site) identityRoutes(r chi.Router) {
	if s.identities == nil {
		return
	}
	r.Post("/login/provider", s.gatePage(s.goToProvider))
	r.Get("/login/callback", s.gatePage(s.comeFromProvider))
	r.Post("/desk/me/identity", s.deskForm(s.linkIdentity))
	r.Post("/desk/me/identity/{id}/unlink", s.deskForm(s.unlinkIdentity))
}

// provider reads the provider's configuration, once it answers.
func (i *identities) provider(ctx context.Context) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.found != nil {
		return i.found, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.client), i.Issuer)
	if err != nil {
		return nil, &registry.Error{Kind: registry.KindUnavailable, Message: "the identity provider does not answer", Err: err}
	}
	i.found = p
	return p, nil
}

func (i *identities) config(p *oidc.Provider, callback string) *oauth2.Config {
	return &oauth2.Config{ClientID: i.ClientID, ClientSecret: i.Secret, Endpoint: p.Endpoint(), RedirectURL: callback, Scopes: []string{oidc.ScopeOpenID}}
}

// journey is what a browser carries, sealed, while it is away at the provider.
type journey struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // PKCE
	Next     string    `json:"next"`
	Link     int64     `json:"link"` // the session that links the identity to its account; 0 to sign in
	Until    time.Time `json:"until"`
}

const (
	journeyCookie  = "journey"
	journeyPurpose = "sign-in at an identity provider"
	longestJourney = 10 * time.Minute
)

// callback is where the provider sends the browser back to.
func (s *site) callback(r *http.Request) string {
	if s.public != "" {
		return strings.TrimSuffix(s.public, "/") + "/login/callback"
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/login/callback"
}

// goToProvider answers POST /login/provider.
func (s *site) goToProvider(_ http.ResponseWriter, r *http.Request, _ *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	return s.depart(r, journey{Next: local(f.Get("next"))})
}

// linkIdentity answers POST /desk/me/identity: the person shows the provider
// who they are, and is linked when they come back in the same session.
func (s *site) linkIdentity(r *http.Request, v *View) (*answer, error) {
	return s.depart(r, journey{Next: "/desk/me", Link: v.visit.Session.ID})
}

func (s *site) unlinkIdentity(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "identity")
	if err != nil {
		return nil, err
	}
	if err := s.desk.UnlinkIdentity(r.Context(), v.Who, v.Who.Account, id); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/me", flash: v.text("identity.done")}, nil
}

// depart sends the browser to the provider. The form of the page leads to us and
// from there to another host, which the policy of our forms forbids; the page in
// between leads there instead.
func (s *site) depart(r *http.Request, j journey) (*answer, error) {
	p, err := s.identities.provider(r.Context())
	if err != nil {
		return nil, err
	}
	j.State, j.Nonce, j.Verifier, j.Until = rand.Text(), rand.Text(), oauth2.GenerateVerifier(), s.now().Add(longestJourney)
	data, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	sealed, err := s.desk.Seal(journeyPurpose, data)
	if err != nil {
		return nil, err
	}
	c := s.identities.config(p, s.callback(r))
	address := c.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier))
	return &answer{page: "sign-in-away", data: &awayPage{Address: address, Name: s.identities.Name},
		cookie: s.journeyCookie(r, base64.RawURLEncoding.EncodeToString(sealed))}, nil
}

// awayPage is the data of the page that leads to the provider.
type awayPage struct{ Address, Name string }

func (s *site) journeyCookie(r *http.Request, value string) *http.Cookie {
	c := &http.Cookie{Name: journeyCookie, Value: value, Path: "/login/callback", MaxAge: int(longestJourney.Seconds()), HttpOnly: true,
		Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// errStray refuses an answer of the provider that this browser did not ask for.
var errStray = &registry.Error{Kind: registry.KindInvalid, Field: "state", Message: "this sign-in was not begun in this browser, or took too long; begin again"}

// comeFromProvider answers GET /login/callback.
func (s *site) comeFromProvider(w http.ResponseWriter, r *http.Request, v *View) (*answer, error) {
	j, err := s.journeyOf(r)
	if err != nil {
		return nil, err
	}
	http.SetCookie(w, s.journeyCookie(r, ""))
	token, err := s.identities.redeem(r, j, s.callback(r), s.now)
	if err != nil {
		return nil, err
	}
	if j.Link != 0 {
		return s.arriveToLink(r, v, j, token)
	}
	session, err := s.desk.SignInAs(r.Context(), token.Issuer, token.Subject, s.identities.strong(token), s.clientOf(r))
	if err != nil {
		return s.signInData(&form{Values: url.Values{"next": {j.Next}}}).again("sign-in", v, err)
	}
	s.setSession(w, r, session.Secret)
	return s.passed(r, v, session.Secret, &signInPage{Next: local(j.Next)})
}

// arriveToLink links an identity to the account whose session asked for it.
func (s *site) arriveToLink(r *http.Request, v *View, j *journey, token *oidc.IDToken) (*answer, error) {
	if v.visit == nil || v.visit.Stage != desk.Passed || v.visit.Session.ID != j.Link {
		return nil, errStray
	}
	err := s.desk.LinkIdentity(r.Context(), v.visit.Who, v.visit.Who.Account, token.Issuer, token.Subject)
	var fault *desk.Fault
	if errors.As(err, &fault) {
		return &answer{redirect: "/desk/me", flash: v.faultText(fault)}, nil
	}
	return &answer{redirect: "/desk/me", flash: v.text("identity.done")}, err
}

// journeyOf opens the journey that a browser comes back from.
func (s *site) journeyOf(r *http.Request) (*journey, error) {
	c, err := r.Cookie(journeyCookie)
	if err != nil {
		return nil, errStray
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil, errStray
	}
	data, err := s.desk.Unseal(journeyPurpose, sealed)
	if err != nil {
		return nil, errStray
	}
	var j journey
	if json.Unmarshal(data, &j) != nil || s.now().After(j.Until) ||
		subtle.ConstantTimeCompare([]byte(j.State), []byte(r.URL.Query().Get("state"))) != 1 {
		return nil, errStray
	}
	return &j, nil
}

// redeem fetches the token that the provider has left for us, and verifies it.
func (i *identities) redeem(r *http.Request, j *journey, callback string, now func() time.Time) (*oidc.IDToken, error) {
	if why := r.URL.Query().Get("error"); why != "" {
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: "the identity provider refused: " + shown(why)}
	}
	p, err := i.provider(r.Context())
	if err != nil {
		return nil, err
	}
	ctx := oidc.ClientContext(r.Context(), i.client)
	answer, err := i.config(p, callback).Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return nil, &registry.Error{Kind: registry.KindInvalid, Field: "code", Message: "the identity provider does not know this sign-in; begin again", Err: err}
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := p.Verifier(&oidc.Config{ClientID: i.ClientID, Now: now}).Verify(ctx, raw)
	if err == nil && subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(j.Nonce)) != 1 {
		err = errors.New("its nonce is of another sign-in")
	}
	if err != nil {
		return nil, &registry.Error{Kind: registry.KindInvalid, Field: "id_token", Message: "what the identity provider says cannot be verified; begin again", Err: err}
	}
	return token, nil
}

// strong reports whether the provider has asked for a second factor.
func (i *identities) strong(token *oidc.IDToken) bool {
	var said struct {
		ACR string   `json:"acr"`
		AMR []string `json:"amr"`
	}
	if token.Claims(&said) != nil {
		return false
	}
	return slices.ContainsFunc(i.Strong, func(s string) bool { return s == said.ACR || slices.Contains(said.AMR, s) })
}
