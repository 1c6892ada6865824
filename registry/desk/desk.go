package desk

import (
	"io"
	"log/slog"
	"time"

	"jieming/registry"
)

// Store keeps what the desk knows. Each noun declares the part it needs.
type Store interface {
	AccountStore
	SessionStore
	AttemptStore
	AccessStore
	ReleaseStore
	LayerStore
	ZoneStore
}

// Options are what a Desk is made of.
type Options struct {
	Store  Store
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil discards
	Policy Policy           // the zero value is the policy of DefaultPolicy

	ReviewedOnly bool // no release set is prepared without 审图号
}

// Desk is the use cases of the department. Each act takes who does it, and
// checks the right itself. It is safe for concurrent use.
type Desk struct {
	store    Store
	now      func() time.Time
	log      *slog.Logger
	policy   Policy
	reviewed bool // see Options.ReviewedOnly
	hasher   *hasher
}

// New returns a desk over a store.
func New(o Options) *Desk {
	d := &Desk{store: o.Store, now: o.Now, log: o.Log, policy: o.Policy.orDefault(), reviewed: o.ReviewedOnly}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d.hasher = newHasher(d.policy.Cost)
	return d
}

// today is the day in China.
func (d *Desk) today() registry.Day { return registry.DayOf(d.now()) }
