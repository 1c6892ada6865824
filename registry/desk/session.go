package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"jieming/registry"
)

// Session is a browser in which somebody signed in.
type Session struct {
	ID      int64
	Account AccountID
	Strong  bool // a second factor was shown
	MadeAt  time.Time
	SeenAt  time.Time
	Network string
	Agent   string
	Secret  string // for the cookie; only of one just made
}

// Stage is what still stands between a sign-in and the work.
type Stage string

// The stages, in the order in which they are passed.
const (
	NeedsCode     Stage = "CODE"     // the second factor is to be shown
	NeedsPassword Stage = "PASSWORD" // another password is to be chosen
	NeedsFactor   Stage = "FACTOR"   // a second factor is to be set up
	Passed        Stage = ""
)

// Visit is a request of somebody who signed in.
type Visit struct {
	Who     *Principal
	Session Session
	Stage   Stage // the Principal may do nothing but pass it, unless it is Passed
	Proof   Proof
}

// Proof is what an account signs in with, as far as anybody needs to know.
type Proof struct {
	HasPassword bool
	ChangedAt   time.Time // when the password was set
	MustChange  bool
	HasFactor   bool
	FactorAt    time.Time
}

// SessionStore keeps sessions and what accounts sign in with.
type SessionStore interface {
	// PasswordOf returns the account of a login, with the digest of its password;
	// no account and "" for unknown and disabled ones, without an error.
	PasswordOf(ctx context.Context, login string) (AccountID, string, error)
	// PasswordFor is PasswordOf by account.
	PasswordFor(ctx context.Context, account AccountID) (string, error)
	// SetPassword keeps the digest of a password, and ends all sessions but one.
	SetPassword(ctx context.Context, account AccountID, digest string, mustChange bool, but int64, a Access) error
	Proof(ctx context.Context, account AccountID) (Proof, error)

	AddSession(ctx context.Context, s Session, digest [32]byte) (int64, error)
	// FindSession finds a session that has not ended, of an account that is not
	// disabled: one made after oldest and seen after idle.
	FindSession(ctx context.Context, digest [32]byte, oldest, idle time.Time) (*Session, error)
	TouchSession(ctx context.Context, id int64, now time.Time) error
	// RenewSession gives a session another secret, so that one that was known
	// before the second factor is worth nothing after it.
	RenewSession(ctx context.Context, id int64, digest [32]byte, strong bool) error
	EndSession(ctx context.Context, id int64, now time.Time) error
	// EndSessions ends all sessions of an account but one.
	EndSessions(ctx context.Context, account AccountID, but int64, now time.Time) error
	// Sessions lists the sessions of an account that have not ended, the last seen first.
	Sessions(ctx context.Context, account AccountID, oldest, idle time.Time) ([]Session, error)
}

// secret is a random text of 256 bits.
func secret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func digest(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// errWrongLogin says the same of an unknown login, a disabled account and a
// wrong password.
var errWrongLogin = Refuse("login", "login.wrong", "login and password do not belong together")

// SignIn checks a login and a password, and begins a session. Unknown logins
// take as long as known ones and are refused alike.
func (d *Desk) SignIn(ctx context.Context, login, password string, from Client) (*Session, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if login == "" || password == "" || len(login) > 64 || len(password) > longestPassword {
		return nil, errWrongLogin
	}
	a := newAttempt("password", login, from)
	if err := d.begin(ctx, a); err != nil {
		return nil, errors.Join(err, d.noteFailure(ctx, err, 0, from))
	}
	account, known, err := d.store.PasswordOf(ctx, login)
	if err != nil {
		return nil, err
	}
	ok, err := d.hasher.check(ctx, password, known)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.Join(errWrongLogin, d.noteFailure(ctx, nil, account, from))
	}
	if err := d.succeeded(ctx, a); err != nil {
		return nil, err
	}
	return d.beginSession(ctx, account, false, from)
}

// noteFailure writes down that somebody was refused.
func (d *Desk) noteFailure(ctx context.Context, why error, account AccountID, from Client) error {
	kind, blocked := Refused, (*Blocked)(nil)
	if errors.As(why, &blocked) {
		kind = BlockedAttempts
	}
	return d.Note(ctx, &Principal{From: from}, kind, "ACCOUNT", int64(account), nil)
}

func (d *Desk) beginSession(ctx context.Context, account AccountID, strong bool, from Client) (*Session, error) {
	s := Session{Account: account, Strong: strong, MadeAt: d.now(), SeenAt: d.now(), Network: from.Network(), Agent: clip(from.Agent, 300), Secret: secret()}
	var err error
	if s.ID, err = d.store.AddSession(ctx, s, digest(s.Secret)); err != nil {
		return nil, err
	}
	return &s, d.Note(ctx, &Principal{Account: account, From: from}, SignedIn, "SESSION", s.ID, nil)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// Resume finds out who makes a request, by the secret of their cookie. It
// returns nil, without an error, when nobody is signed in.
func (d *Desk) Resume(ctx context.Context, secret string, from Client) (*Visit, error) {
	if secret == "" {
		return nil, nil
	}
	now := d.now()
	s, err := d.store.FindSession(ctx, digest(secret), now.Add(-d.policy.Longest), now.Add(-d.policy.Idle))
	if registry.KindOf(err) == registry.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(s.SeenAt) > time.Minute {
		if err := d.store.TouchSession(ctx, s.ID, now); err != nil {
			return nil, err
		}
	}
	v := &Visit{Session: *s}
	if v.Proof, err = d.store.Proof(ctx, s.Account); err != nil {
		return nil, err
	}
	if v.Who, err = d.principal(ctx, s.Account); err != nil {
		return nil, err
	}
	v.Who.Session, v.Who.From = s.ID, from
	v.Who.Strong = s.Strong || !d.policy.needsFactor(v.Who)
	v.Stage = d.policy.stage(v, now)
	return v, nil
}

// stage is what somebody has to pass next.
func (p *Policy) stage(v *Visit, now time.Time) Stage {
	switch {
	case v.Proof.HasFactor && !v.Session.Strong:
		return NeedsCode
	case v.Proof.HasPassword && (v.Proof.MustChange || p.due(v.Proof.ChangedAt, now)):
		return NeedsPassword
	case !v.Session.Strong && p.needsFactor(v.Who):
		return NeedsFactor
	}
	return Passed
}

// needsFactor reports whether one of the roles of a person needs a second factor.
func (p *Policy) needsFactor(who *Principal) bool {
	for _, g := range who.Grants {
		for _, r := range p.StrongRoles {
			if g.Role == r {
				return true
			}
		}
	}
	return false
}

// SignOut ends the session of a visit.
func (d *Desk) SignOut(ctx context.Context, v *Visit) error {
	if err := d.store.EndSession(ctx, v.Session.ID, d.now()); err != nil {
		return err
	}
	return d.Note(ctx, v.Who, SignedOut, "SESSION", v.Session.ID, nil)
}

// Sessions lists the sessions of an account: their own to everybody, anybody's
// to who manages accounts.
func (d *Desk) Sessions(ctx context.Context, who *Principal, id AccountID) ([]Session, error) {
	if err := who.self(id); err != nil {
		return nil, err
	}
	now := d.now()
	return d.store.Sessions(ctx, id, now.Add(-d.policy.Longest), now.Add(-d.policy.Idle))
}

// self refuses who neither is a person nor manages accounts.
func (p *Principal) self(id AccountID) error {
	if p.Known() && p.Account == id && p.Scopes == nil || p.allow(ManageAccounts) == nil {
		return nil
	}
	return registry.NotFound("account", id)
}

// RevokeSession ends a session of an account.
func (d *Desk) RevokeSession(ctx context.Context, who *Principal, id AccountID, session int64) error {
	list, err := d.Sessions(ctx, who, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(s Session) bool { return s.ID == session }) {
		return registry.NotFound("session", session)
	}
	if err := d.store.EndSession(ctx, session, d.now()); err != nil {
		return err
	}
	return d.Note(ctx, who, SessionEnded, "SESSION", session, nil)
}

// ChangePassword sets another password for who visits, and ends their other
// sessions. The present one is asked for, unless somebody else chose it and it
// was just shown.
func (d *Desk) ChangePassword(ctx context.Context, v *Visit, present, next, again string) error {
	if err := v.Who.person(); err != nil {
		return err
	}
	a := newAttempt("change", v.Who.Login, v.Who.From)
	if err := d.begin(ctx, a); err != nil {
		return err
	}
	known, err := d.store.PasswordFor(ctx, v.Who.Account)
	if err != nil {
		return err
	}
	if !v.Proof.MustChange {
		if ok, err := d.hasher.check(ctx, present, known); err != nil || !ok {
			return errors.Join(err, Refuse("present", "password.present", "this is not your present password"))
		}
	}
	if err := d.succeeded(ctx, a); err != nil {
		return err
	}
	if err := d.checkChosen(ctx, known, v.Who.Login, next, again); err != nil {
		return err
	}
	hashed, err := d.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	return d.store.SetPassword(ctx, v.Who.Account, hashed, false, v.Session.ID, d.noted(v.Who, PasswordChanged, "ACCOUNT", int64(v.Who.Account), nil))
}

// checkChosen refuses a password that may not follow another.
func (d *Desk) checkChosen(ctx context.Context, known, login, next, again string) error {
	if err := d.policy.checkNewPassword("chosen", next, login); err != nil {
		return err
	}
	if next != again {
		return Refuse("again", "password.again", "the two are not the same")
	}
	same, err := d.hasher.check(ctx, next, known)
	if err == nil && same {
		err = Refuse("chosen", "password.same", "this is your present password; choose another")
	}
	return err
}
