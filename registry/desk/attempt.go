package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"jieming/registry"
)

// Guesses bounds how often somebody may fail to prove who they are.
type Guesses struct {
	Account int           // failures for one login before it waits
	Address int           // failures from one address before it waits
	Wait    time.Duration // how long the first wait is; each further failure doubles it
	Longest time.Duration // and the longest
	Forget  time.Duration // failures are forgotten when there was none for so long
}

var defaultGuesses = Guesses{Account: 5, Address: 30, Wait: time.Minute, Longest: time.Hour, Forget: 2 * time.Hour}

// AttemptStore counts failures, for all servers of the installation.
type AttemptStore interface {
	// BeginAttempt counts an attempt as failed before it is made, so that many at
	// once are not more than the limit. While a key waits, nothing is counted, and
	// the end of the wait is returned; else the zero time.
	BeginAttempt(ctx context.Context, key string, limit int, g Guesses, now time.Time) (until time.Time, err error)
	// ForgetAttempts forgets what was counted for a key.
	ForgetAttempts(ctx context.Context, key string) error
	// UncountAttempt takes back one attempt that did not fail.
	UncountAttempt(ctx context.Context, key string) error
}

// Blocked says that there were too many failures, and until when to wait.
type Blocked struct{ Until time.Time }

func (b *Blocked) Error() string {
	return "too many failed attempts; try again after " + b.Until.UTC().Format(time.RFC3339)
}

// Unwrap makes it an error of the kind "try again later".
func (b *Blocked) Unwrap() error {
	return &registry.Error{Kind: registry.KindUnavailable, Message: b.Error()}
}

// attempt counts an attempt at an account, from an address.
type attempt struct{ who, from string }

// newAttempt is an attempt to prove, by some means, to be who a login or an
// account stands for. Unknown logins are counted like others.
func newAttempt(means, who string, from Client) attempt {
	digest := sha256.Sum256([]byte(means + " " + who))
	return attempt{who: means + " " + hex.EncodeToString(digest[:16]), from: "address " + network(from.Address, 32, 64)}
}

// begin refuses an attempt while there were too many.
func (d *Desk) begin(ctx context.Context, a attempt) error {
	now, g := d.now(), d.policy.Guesses
	for _, c := range []struct {
		key   string
		limit int
	}{{a.from, g.Address}, {a.who, g.Account}} {
		until, err := d.store.BeginAttempt(ctx, c.key, c.limit, g, now)
		if err != nil {
			return err
		}
		if !until.IsZero() {
			return &Blocked{Until: until}
		}
	}
	return nil
}

// succeeded forgets the failures before a success.
func (d *Desk) succeeded(ctx context.Context, a attempt) error {
	return errors.Join(d.store.ForgetAttempts(ctx, a.who), d.store.UncountAttempt(ctx, a.from))
}

// Client is where a request came from.
type Client struct {
	Address netip.Addr
	Agent   string // what the program calls itself
}

// Network is the network of the client, coarse enough to name no person.
func (c Client) Network() string { return network(c.Address, 24, 48) }

func network(a netip.Addr, v4, v6 int) string {
	a = a.Unmap().WithZone("")
	bits := v6
	if a.Is4() {
		bits = v4
	}
	if p, err := a.Prefix(bits); err == nil && p.IsValid() {
		return p.String()
	}
	return ""
}
