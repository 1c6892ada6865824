package desk

import (
	"context"
	"time"

	"jieming/registry"
)

// Identity is an account at an identity provider (OpenID Connect) that stands
// for an account here. Providers reuse names and mail addresses; issuer and
// subject together name one person for life.
type Identity struct {
	ID       int64
	Account  AccountID
	Issuer   string
	Subject  string
	LinkedAt time.Time
}

// IdentityStore keeps identities.
type IdentityStore interface {
	Identities(ctx context.Context, id AccountID) ([]Identity, error)
	// FindIdentity returns the account of an identity; KindNotFound if it is not
	// linked, or the account is disabled.
	FindIdentity(ctx context.Context, issuer, subject string) (AccountID, error)
	AddIdentity(ctx context.Context, n Identity, a Access) (int64, error)
	RemoveIdentity(ctx context.Context, id int64, a Access) error
}

// SignInAs begins a session for an identity that a provider has vouched for. One
// that is not linked is refused: an account is linked by its person, signed in,
// or by who manages accounts, never because a mail address is alike. strong
// says that the provider asked for a second factor.
func (d *Desk) SignInAs(ctx context.Context, issuer, subject string, strong bool, from Client) (*Session, error) {
	id, err := d.store.FindIdentity(ctx, issuer, subject)
	if registry.KindOf(err) == registry.KindNotFound {
		err = Refuse("login", "identity.unknown", "this identity is not linked to an account; sign in with your password and link it, or ask the system administrator")
	}
	if err != nil {
		return nil, err
	}
	return d.beginSession(ctx, id, strong, from)
}

// Identities lists what is linked to an account.
func (d *Desk) Identities(ctx context.Context, who *Principal, id AccountID) ([]Identity, error) {
	if err := who.self(id); err != nil {
		return nil, err
	}
	return d.store.Identities(ctx, id)
}

// LinkIdentity links an identity to an account.
func (d *Desk) LinkIdentity(ctx context.Context, who *Principal, id AccountID, issuer, subject string) error {
	if err := who.self(id); err != nil {
		return err
	}
	if issuer == "" || subject == "" || len(issuer)+len(subject) > 1000 {
		return Refuse("subject", "identity.subject", "write the subject, as the provider calls the person")
	}
	n := Identity{Account: id, Issuer: issuer, Subject: subject, LinkedAt: d.now()}
	_, err := d.store.AddIdentity(ctx, n, d.noted(who, IdentityLinked, "ACCOUNT", int64(id), map[string]any{"issuer": issuer, "subject": subject}))
	if registry.KindOf(err) == registry.KindConflict {
		return Refuse("subject", "identity.taken", "this identity is linked to an account already")
	}
	return err
}

// UnlinkIdentity takes an identity off an account.
func (d *Desk) UnlinkIdentity(ctx context.Context, who *Principal, id AccountID, identity int64) error {
	list, err := d.Identities(ctx, who, id)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.ID == identity {
			return d.store.RemoveIdentity(ctx, identity, d.noted(who, IdentityUnlinked, "ACCOUNT", int64(id), map[string]any{"issuer": x.Issuer, "subject": x.Subject}))
		}
	}
	return registry.NotFound("identity", identity)
}
