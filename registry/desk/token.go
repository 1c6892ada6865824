package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"jieming/registry"
)

// tokenPrefix begins every token, so that one that leaked is recognised.
const tokenPrefix = "jm_"

// longestToken is for how long a token can be made.
const longestToken = 366 * 24 * time.Hour

// Token is a secret with which a program acts for a person.
type Token struct {
	ID        int64
	Account   AccountID
	Name      string
	Scopes    []string // actions, or the parts of them before the dot
	MadeAt    time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero for never; to the minute
	RevokedAt time.Time // zero while it is not
}

// TokenStore keeps tokens.
type TokenStore interface {
	Tokens(ctx context.Context, id AccountID) ([]Token, error)
	AddToken(ctx context.Context, n Token, digest [32]byte, a Access) (int64, error)
	// FindToken finds a token in force, of an account that is not disabled.
	FindToken(ctx context.Context, digest [32]byte, now time.Time) (*Token, error)
	TouchToken(ctx context.Context, id int64, now time.Time) error
	RevokeToken(ctx context.Context, id int64, a Access) error
}

// Scopes are all scopes a token can have: the nouns, and the actions.
func Scopes() (nouns []string, actions []Action) {
	for _, a := range Rights().Actions {
		noun, _, _ := strings.Cut(string(a.Action), ".")
		if !slices.Contains(nouns, noun) {
			nouns = append(nouns, noun)
		}
		actions = append(actions, a.Action)
	}
	return nouns, actions
}

// MakeToken makes a token for who asks, and returns it: it is shown once. It
// does nothing that the person may not do, and nothing beyond its scopes.
func (d *Desk) MakeToken(ctx context.Context, who *Principal, name string, scopes []string, life time.Duration) (string, error) {
	if err := who.person(); err != nil {
		return "", err
	}
	var faults []error
	if name = strings.TrimSpace(name); name == "" || len(name) > 200 {
		faults = append(faults, Refuse("name", "token.name", "say what the token is for"))
	}
	nouns, actions := Scopes()
	if len(scopes) == 0 {
		faults = append(faults, Refuse("scope", "token.scope", "choose what the token may do"))
	}
	for _, s := range scopes {
		if !slices.Contains(nouns, s) && !slices.Contains(actions, Action(s)) {
			faults = append(faults, Refuse("scope", "token.unknown", "there is no scope "+s, "scope", clip(s, 40)))
		}
	}
	if life <= 0 || life > longestToken {
		faults = append(faults, Refuse("days", "token.days", "a token lasts 1 to 366 days"))
	}
	if len(faults) > 0 {
		return "", errors.Join(faults...)
	}
	text := tokenPrefix + secret()
	n := Token{Account: who.Account, Name: name, Scopes: scopes, MadeAt: d.now(), ExpiresAt: d.now().Add(life)}
	_, err := d.store.AddToken(ctx, n, digest(text), d.noted(who, TokenMade, "TOKEN", 0, map[string]any{"name": name, "scopes": scopes}))
	return text, err
}

// Tokens lists the tokens of an account, the person's own or for who manages
// accounts.
func (d *Desk) Tokens(ctx context.Context, who *Principal, id AccountID) ([]Token, error) {
	if err := who.self(id); err != nil {
		return nil, err
	}
	return d.store.Tokens(ctx, id)
}

// RevokeToken takes a token of an account back.
func (d *Desk) RevokeToken(ctx context.Context, who *Principal, id AccountID, token int64) error {
	list, err := d.Tokens(ctx, who, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(t Token) bool { return t.ID == token }) {
		return registry.NotFound("token", token)
	}
	return d.store.RevokeToken(ctx, token, d.noted(who, TokenRevoked, "TOKEN", token, nil))
}

// Bearer finds out for whom a program acts, by its token. It returns nil,
// without an error, for a token that is not (or no longer) one, and that of
// somebody who has yet to choose a password.
func (d *Desk) Bearer(ctx context.Context, token string, from Client) (*Principal, error) {
	if !strings.HasPrefix(token, tokenPrefix) || len(token) > 100 {
		return nil, nil
	}
	now := d.now()
	t, err := d.store.FindToken(ctx, digest(token), now)
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(t.UsedAt) > time.Minute {
		if err := d.store.TouchToken(ctx, t.ID, now); err != nil {
			return nil, err
		}
	}
	who, err := d.principal(ctx, t.Account)
	if err != nil {
		return nil, err
	}
	who.Scopes, who.From, who.Strong = t.Scopes, from, true
	return who, nil
}
