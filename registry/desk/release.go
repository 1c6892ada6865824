package desk

import (
	"context"
	"fmt"
	"time"

	"jieming/registry"
)

// ReleaseID identifies a release set for life.
type ReleaseID int64

// ReleaseState is what has become of a release set.
type ReleaseState string

// The states of a release set. It is superseded once the public sees a later
// one: released, it was current before; prepared, it is out of date.
const (
	ReleasePrepared   ReleaseState = "PREPARED"
	ReleaseReleased   ReleaseState = "RELEASED"
	ReleaseRejected   ReleaseState = "REJECTED"
	ReleaseSuperseded ReleaseState = "SUPERSEDED"
)

// ReleaseTerms are what a release set fixes about the map of its publication.
type ReleaseTerms struct {
	AsOf         registry.Seq // the entry up to which the public would see; 0 when preparing means the latest
	DataDate     registry.Day
	ReviewNumber string           // 审图号; "" while the map has not been reviewed
	Certificate  Certificate      // of processing (脱密处理证明)
	Scale        int              // denominator for which the geometry is cleared; 0 if not said
	Decimals     int              // of a degree, to which geometry is rounded; 0: as stored
	MaxZoom      int              // deepest zoom of tiles; 0: the deepest there is
	Clears       []registry.ArcID // arcs above public secrecy that the certificate clears as they are
	Note         string           // for the public
}

// Certificate is the paper that says that geometry may be public.
type Certificate struct {
	Number string // "" for none
	File   string // its name; "" without a file
	Digest []byte // sha256 of the file; nil without
}

// ReleaseSet is a publication that one person prepares and another releases.
type ReleaseSet struct {
	ReleaseTerms
	ID         ReleaseID
	State      ReleaseState
	AsOfTime   time.Time // when that entry was recorded
	PreparedBy AccountID
	Preparer   string // name
	PreparedAt time.Time
	DecidedBy  AccountID // 0 until decided
	Decider    string
	DecidedAt  time.Time
	Reason     string // of the decision
	Current    bool   // the public sees it now
	Seq        registry.Seq
}

// Generalisation is how far published geometry is made coarser, and who says
// so.
type Generalisation struct {
	Decimals, MaxZoom int // 0 for neither
	Zh, En            string
}

// Generalisations are the choices that the form of a release set offers. No
// norm with numbers is known (docs/publication.md); the second is this
// program's own.
func Generalisations() []Generalisation {
	return []Generalisation{
		{0, 0, "不综合(按存储精度)", "None: as stored"},
		{4, 14, "本系统默认:经纬度 4 位小数、缩放级不超过 14(不是标准)", "This program's default: 4 decimals, zoom 14 at most (not a norm)"},
		{3, 12, "更粗:3 位小数、缩放级不超过 12(不是标准)", "Coarser: 3 decimals, zoom 12 at most (not a norm)"},
	}
}

// ReleaseStore keeps release sets. What is asked of it is logged with the
// login of who asks.
type ReleaseStore interface {
	ReleaseSets(ctx context.Context) ([]ReleaseSet, error)
	ReleaseSet(ctx context.Context, id ReleaseID) (*ReleaseSet, error)
	PrepareRelease(ctx context.Context, by *Principal, t *ReleaseTerms) (ReleaseID, error)
	DecideRelease(ctx context.Context, by *Principal, id ReleaseID, release bool, reason string) error
	Uncleared(ctx context.Context, at registry.Seq) ([]registry.ArcID, error)
	LatestEntry(ctx context.Context) (registry.Seq, error)
	// PublicBefore is the entry that the public sees now, or saw before a set that
	// was decided; 0 for none.
	PublicBefore(ctx context.Context, set *ReleaseSet) (registry.Seq, error)
	Differences(ctx context.Context, from, to registry.Seq) (*Differences, error)
	Movements(ctx context.Context, from, to registry.Seq, day registry.Day) ([]Movement, error)
	ChangedBorders(ctx context.Context, from, to registry.Seq, day registry.Day) (*BorderChange, error)
}

// may refuses as if there were nothing: who may not know gets no hint.
func may(p *Principal, a Action, noun string, id any) error {
	if p.May(a, nil) {
		return nil
	}
	if p.Has(ReadRelease) && a != ReadRelease {
		return &registry.Error{Kind: registry.KindForbidden, Message: fmt.Sprintf("your roles do not allow %s", a)}
	}
	return registry.NotFound(noun, id)
}

// Releases returns all sets, the latest first.
func (d *Desk) Releases(ctx context.Context, p *Principal) ([]ReleaseSet, error) {
	if err := may(p, ReadRelease, "page", "releases"); err != nil {
		return nil, err
	}
	return d.store.ReleaseSets(ctx)
}

// Release returns a set.
func (d *Desk) Release(ctx context.Context, p *Principal, id ReleaseID) (*ReleaseSet, error) {
	if err := may(p, ReadRelease, "release set", id); err != nil {
		return nil, err
	}
	return d.store.ReleaseSet(ctx, id)
}

// PrepareRelease records a set as prepared by who asks. Faults name the field;
// see also ReleaseTerms.Warnings.
func (d *Desk) PrepareRelease(ctx context.Context, p *Principal, t ReleaseTerms) (ReleaseID, error) {
	if err := may(p, PrepareRelease, "page", "releases"); err != nil {
		return 0, err
	}
	latest, err := d.store.LatestEntry(ctx)
	if err != nil {
		return 0, err
	}
	if t.AsOf == 0 {
		t.AsOf = latest
	}
	if err := d.checkTerms(&t, latest); err != nil {
		return 0, err
	}
	open, err := d.store.Uncleared(ctx, t.AsOf)
	if err != nil {
		return 0, err
	}
	if err := covers(t.Clears, open); err != nil {
		return 0, err
	}
	return d.store.PrepareRelease(ctx, p, &t)
}

func (d *Desk) checkTerms(t *ReleaseTerms, latest registry.Seq) error {
	switch {
	case t.AsOf < 1 || t.AsOf > latest:
		return registry.Invalid("as-of", fmt.Sprintf("the log has entries 1 to %d", latest))
	case t.DataDate > d.today():
		return registry.Invalid("data-date", "lies in the future")
	case t.ReviewNumber == "" && d.reviewed:
		return registry.Invalid("review-number", "this installation publishes only reviewed maps: give the 审图号")
	case len([]rune(t.ReviewNumber)) > 60:
		return registry.Invalid("review-number", "has more than 60 characters")
	case len([]rune(t.Certificate.Number)) > 100:
		return registry.Invalid("certificate", "has more than 100 characters")
	case t.Certificate.Number == "" && (len(t.Clears) > 0 || t.Certificate.Digest != nil):
		return registry.Invalid("certificate", "give the number of the certificate that clears the borders above public secrecy")
	case t.Scale < 0 || t.Scale > 100_000_000:
		return registry.Invalid("scale", "is the number after 1: such as 250000")
	case t.Decimals != 0 && (t.Decimals < 3 || t.Decimals > 6):
		return registry.Invalid("decimals", "lies between 3 and 6, or is 0 for as stored")
	case t.MaxZoom != 0 && (t.MaxZoom < 6 || t.MaxZoom > 14):
		return registry.Invalid("max-zoom", "lies between 6 and 14, or is 0 for the deepest")
	case len([]rune(t.Note)) > 2000:
		return registry.Invalid("note", "has more than 2000 characters")
	}
	return nil
}

// covers refuses to publish borders above public secrecy that the set does not
// clear.
func covers(clears, open []registry.ArcID) error {
	known := map[registry.ArcID]bool{}
	for _, id := range clears {
		known[id] = true
	}
	for _, id := range open {
		if !known[id] {
			return registry.Invalid("clears", fmt.Sprintf("border %d is above public secrecy: clear it by the certificate, or have its cleared course recorded first", id))
		}
	}
	return nil
}

// Warnings are what a person should know before a set is prepared or released:
// keys of texts.
func (t *ReleaseTerms) Warnings() (keys []string) {
	if t.ReviewNumber == "" {
		keys = append(keys, "review")
	}
	if t.Certificate.Number == "" {
		keys = append(keys, "certificate")
	}
	if t.Scale == 0 {
		keys = append(keys, "scale")
	}
	return keys
}

// PublishRelease makes a set public. Who prepared it may not, neither may who acts for
// them.
func (d *Desk) PublishRelease(ctx context.Context, p *Principal, id ReleaseID, reason string) error {
	if err := may(p, PublishRelease, "release set", id); err != nil {
		return err
	}
	set, err := d.store.ReleaseSet(ctx, id)
	if err != nil {
		return err
	}
	delegated, _ := p.Acting(PublishRelease, nil)
	switch {
	case set.PreparedBy == p.Account, delegated != nil && delegated.From == set.PreparedBy:
		return &registry.Error{Kind: registry.KindForbidden, Message: "who prepared a release set does not release it: another person must"}
	case set.State == ReleaseSuperseded:
		return &registry.Error{Kind: registry.KindConflict, Message: "the public sees a later state already: prepare another set"}
	case set.State != ReleasePrepared:
		return &registry.Error{Kind: registry.KindConflict, Message: "this set is decided already"}
	}
	return d.store.DecideRelease(ctx, p, id, true, reason)
}

// RejectRelease ends a set that is not released, with a reason. Its preparer may
// withdraw it so.
func (d *Desk) RejectRelease(ctx context.Context, p *Principal, id ReleaseID, reason string) error {
	set, err := d.Release(ctx, p, id)
	if err != nil {
		return err
	}
	if !p.May(PublishRelease, nil) && (set.PreparedBy != p.Account || !p.May(PrepareRelease, nil)) {
		return may(p, PublishRelease, "release set", id)
	}
	switch {
	case reason == "":
		return registry.Invalid("reason", "say why")
	case len([]rune(reason)) > 2000:
		return registry.Invalid("reason", "has more than 2000 characters")
	case set.DecidedBy != 0:
		return &registry.Error{Kind: registry.KindConflict, Message: "this set is decided already"}
	}
	return d.store.DecideRelease(ctx, p, id, false, reason)
}
