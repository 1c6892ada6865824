package desk

import (
	"io"
	"log/slog"
	"time"

	"jieming/registry"
)

// Store keeps what the desk knows. Each noun declares the part it needs.
type Store interface {
	AccessStore
	AccountStore
	AttemptStore
	DelegationStore
	FactorStore
	GrantStore
	HeirStore
	IdentityStore
	SessionStore
	TokenStore
}

// Options are what a Desk is made of.
type Options struct {
	Store  Store
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil discards
	Policy Policy           // the zero value is the policy of DefaultPolicy
	Key    []byte           // 32 bytes that seal secrets at rest; nil: there can be no second factors
}

// Desk is the use cases of the department. Each act takes who does it, and
// checks the right itself. It is safe for concurrent use.
type Desk struct {
	store  Store
	now    func() time.Time
	log    *slog.Logger
	policy Policy
	key    []byte
	hasher *hasher
}

// New returns a desk over a store.
func New(o Options) *Desk {
	d := &Desk{store: o.Store, now: o.Now, log: o.Log, policy: o.Policy.orDefault(), key: o.Key}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d.hasher = newHasher(d.policy.Cost)
	return d
}

// Policy is what the installation asks of those who sign in.
func (d *Desk) Policy() Policy { return d.policy }

// Today is the day in China.
func (d *Desk) Today() registry.Day { return registry.DayOf(d.now()) }
