package desk

import (
	"context"
	"time"
)

// AccessKind is what happened to a right, or was read by one.
type AccessKind string

// What is written down of rights and their use.
const (
	SignedIn         AccessKind = "SIGNED_IN"
	SignedOut        AccessKind = "SIGNED_OUT"
	Refused          AccessKind = "REFUSED" // a wrong password or code
	BlockedAttempts  AccessKind = "BLOCKED" // too many of them
	PasswordChanged  AccessKind = "PASSWORD_CHANGED"
	PasswordReset    AccessKind = "PASSWORD_RESET"
	FactorSet        AccessKind = "FACTOR_SET"
	FactorRemoved    AccessKind = "FACTOR_REMOVED"
	RecoveryUsed     AccessKind = "RECOVERY_USED"
	SessionEnded     AccessKind = "SESSION_ENDED"
	TokenMade        AccessKind = "TOKEN_MADE"
	TokenRevoked     AccessKind = "TOKEN_REVOKED"
	AccountMade      AccessKind = "ACCOUNT_MADE"
	AccountChanged   AccessKind = "ACCOUNT_CHANGED"
	AccountDisabled  AccessKind = "ACCOUNT_DISABLED"
	AccountEnabled   AccessKind = "ACCOUNT_ENABLED"
	RoleGranted      AccessKind = "GRANTED"
	RoleRevoked      AccessKind = "REVOKED"
	Delegated        AccessKind = "DELEGATED"
	ZoneMade         AccessKind = "ZONE_MADE"
	DelegationEnded  AccessKind = "DELEGATION_ENDED"
	IdentityLinked   AccessKind = "IDENTITY_LINKED"
	IdentityUnlinked AccessKind = "IDENTITY_UNLINKED"
	ReadUnpublished  AccessKind = "READ_UNPUBLISHED" // geometry that is not public
)

// AccessKinds are all kinds, as people look through them.
func AccessKinds() []AccessKind {
	return []AccessKind{ReadUnpublished, SignedIn, SignedOut, Refused, BlockedAttempts, PasswordChanged, PasswordReset, FactorSet, FactorRemoved,
		RecoveryUsed, SessionEnded, TokenMade, TokenRevoked, AccountMade, AccountChanged, AccountDisabled, AccountEnabled, RoleGranted, RoleRevoked,
		Delegated, DelegationEnded, ZoneMade, IdentityLinked, IdentityUnlinked}
}

// Access is one thing that is written down of rights and their use. It holds no
// secret.
type Access struct {
	ID         int64
	At         time.Time
	Account    AccountID // who; 0 for somebody unknown, or the command line
	Network    string    // where from
	Kind       AccessKind
	ObjectKind string // ACCOUNT, GRANT, SESSION, TOKEN, ARC …
	ObjectID   int64
	Detail     map[string]any
}

// AccessStore keeps what was written down.
type AccessStore interface {
	AddAccess(ctx context.Context, a Access) error
}

// Note writes down what somebody read or did by their rights. It is the caller's
// to let the act fail when it cannot be written down.
func (d *Desk) Note(ctx context.Context, who *Principal, kind AccessKind, objectKind string, id int64, detail map[string]any) error {
	return d.store.AddAccess(ctx, d.noted(who, kind, objectKind, id, detail))
}

// noted is what is written down of an act.
func (d *Desk) noted(who *Principal, kind AccessKind, objectKind string, id int64, detail map[string]any) Access {
	return Access{At: d.now(), Account: who.Account, Network: who.From.Network(), Kind: kind, ObjectKind: objectKind, ObjectID: id, Detail: detail}
}
