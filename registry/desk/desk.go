package desk

import (
	"context"
	"io"
	"log/slog"
	"time"

	"jieming/registry"
	"jieming/registry/desk/filetype"
	"jieming/registry/law"
)

// Store keeps what the desk knows. Each noun declares the part it needs.
type Store interface {
	AccessStore
	AccountStore
	AttemptStore
	CaseStore
	SavedViewStore
	TourStore
	FindStore
	FileStore
	TemplateStore
	SeriesStore
	DossierStore
	MessageStore
	InboxStore
	LogStore
	SettingStore
	CalendarStore
	ClockStore
	ReminderStore
	MailStore
	FeedStore
	BoardStore
	JobStore
	Ledger
	QualityStore
	DelegationStore
	FactorStore
	GrantStore
	HeirStore
	IdentityStore
	SessionStore
	TokenStore
	NoticeStore
	ObjectionStore
	// UnitPath returns a unit as it is on a day, or its heir, and all above it,
	// the finest first; nil for unit 0. KindNotFound for an unknown unit.
	UnitPath(ctx context.Context, unit registry.UnitID, on registry.Day) ([]registry.UnitID, error)
	ReleaseStore
	LayerStore
	ZoneStore
	TrainingStore
}

// Options are what a Desk is made of.
type Options struct {
	Store  Store
	Book   *law.Book        // nil means law.Shipped
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil discards
	Policy Policy           // the zero value is the policy of DefaultPolicy
	Limits PublicLimits     // of what comes from people without account; zero values mean the usual ones
	Key    []byte           // 32 bytes that seal secrets at rest; nil: there can be no second factors
	Files  FileOptions      // the zero value takes files of 50 MB, and reads no PDF

	ReviewedOnly bool // no release set is prepared without 审图号

	Drill  bool   // the store is a training space (演练): papers and calendars say so
	Ground Ground // where the training space is made; nil for nowhere
}

// Desk is the use cases of the department. Each act takes who does it, and
// checks the right itself. It is safe for concurrent use.
type Desk struct {
	store    Store
	book     *law.Book
	now      func() time.Time
	log      *slog.Logger
	policy   Policy
	key      []byte
	files    FileOptions
	reviewed bool // see Options.ReviewedOnly
	limits   PublicLimits
	drill    bool
	ground   Ground
	hasher   *hasher
}

// New returns a desk over a store.
func New(o Options) *Desk {
	d := &Desk{store: o.Store, book: o.Book, now: o.Now, log: o.Log, policy: o.Policy.orDefault(), key: o.Key, files: o.Files, reviewed: o.ReviewedOnly, limits: o.Limits.orDefault(),
		drill: o.Drill, ground: o.Ground}
	if d.files.Limits == (filetype.Limits{}) {
		d.files.Limits = filetype.DefaultLimits()
	}
	if d.book == nil {
		d.book = law.Shipped()
	}
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

// Book is the rules that the desk follows.
func (d *Desk) Book() *law.Book { return d.book }

// Now is the time by the clock of the desk.
func (d *Desk) Now() time.Time { return d.now() }

// Today is the day in China.
func (d *Desk) Today() registry.Day { return registry.DayOf(d.now()) }
