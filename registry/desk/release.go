package desk

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
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

// Incomplete reports whether the map goes out without its review number, its
// certificate or the scale that it is cleared for: then who releases it says why.
func (t *ReleaseTerms) Incomplete() bool {
	return t.ReviewNumber == "" || t.Certificate.Number == "" || t.Scale == 0
}

// Certificate is the paper that says that geometry may be public.
type Certificate struct {
	Number   string   // "" for none
	Upload   UploadID // its file, when preparing; 0 without
	FileName string   // "" without a file
	File     File     // as stored; the zero value without
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
		{0, 0, "不综合（按存储精度）", "None: as stored"},
		{4, GridZoom(4), "本系统默认：经纬度 4 位小数（约 10 米），瓦片到 9 级（不是标准）", "This program's default: 4 decimals (about 10 m), tiles to zoom 9 (not a norm)"},
		{3, GridZoom(3), "更粗：经纬度 3 位小数（约 100 米），瓦片到 6 级（不是标准）", "Coarser: 3 decimals (about 100 m), tiles to zoom 6 (not a norm)"},
	}
}

// GridZoom is the deepest zoom whose tiles are no finer than a number of
// decimals: a tile of zoom z has a grid of 360 / (2^z · 4096) degrees.
func GridZoom(decimals int) int {
	z := 0
	for step := 360.0 / 4096; z < 14 && step/2 >= math.Pow10(-decimals); step /= 2 {
		z++
	}
	return z
}

// ReleaseStore keeps release sets. What is asked of it is logged with the
// login of who asks.
type ReleaseStore interface {
	ReleaseSets(ctx context.Context) ([]ReleaseSet, error)
	ReleaseSet(ctx context.Context, id ReleaseID) (*ReleaseSet, error)
	// PrepareRelease also keeps the file of the certificate. It tells people in the
	// entry that it makes; the messages get the set as their argument.
	PrepareRelease(ctx context.Context, by *Principal, t *ReleaseTerms, tell []Message) (ReleaseID, error)
	DecideRelease(ctx context.Context, by *Principal, id ReleaseID, release bool, reason string, tell []Message) error
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

// OpenCertificate returns a set and the bytes of its certificate's file;
// KindNotFound if it has none.
func (d *Desk) OpenCertificate(ctx context.Context, p *Principal, id ReleaseID) (*ReleaseSet, Content, error) {
	set, err := d.Release(ctx, p, id)
	if err != nil {
		return nil, nil, err
	}
	if set.Certificate.FileName == "" {
		return nil, nil, registry.NotFound("certificate of release set", id)
	}
	content, err := d.store.OpenFile(ctx, set.Certificate.File.Digest)
	return set, content, err
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
	if t.Decimals > 0 { // tiles tell no more than the rest
		t.MaxZoom = min(cmp.Or(t.MaxZoom, 14), GridZoom(t.Decimals))
	}
	if t.Certificate.Upload != 0 {
		u, err := d.store.Upload(ctx, p.Account, t.Certificate.Upload)
		if err != nil {
			return 0, err
		}
		t.Certificate.FileName, t.Certificate.File = u.Name, u.File
	}
	open, err := d.store.Uncleared(ctx, t.AsOf)
	if err != nil {
		return 0, err
	}
	if err := covers(t.Clears, open); err != nil {
		return 0, err
	}
	releasers, err := d.whoMay(ctx, PublishRelease, nil)
	if err != nil {
		return 0, err
	}
	return d.store.PrepareRelease(ctx, p, &t, d.toldOfRelease(p, ToldReleaseAsked, releasers...))
}

func (d *Desk) checkTerms(t *ReleaseTerms, latest registry.Seq) error {
	switch {
	case t.AsOf < 1 || t.AsOf > latest:
		return Refuse("as-of", "release.as-of", fmt.Sprintf("the log has entries 1 to %d", latest))
	case t.DataDate > d.Today():
		return Refuse("data-date", "release.data-date", "lies in the future")
	case t.ReviewNumber == "" && d.reviewed:
		return Refuse("review-number", "release.review-number", "this installation publishes only reviewed maps: give the 审图号")
	case len([]rune(t.ReviewNumber)) > 60:
		return Refuse("review-number", "release.long", "has more than 60 characters")
	case len([]rune(t.Certificate.Number)) > 100:
		return Refuse("certificate", "release.long", "has more than 100 characters")
	case t.Certificate.Number == "" && (len(t.Clears) > 0 || t.Certificate.Upload != 0):
		return Refuse("certificate", "release.certificate", "give the number of the certificate that clears the borders above public secrecy")
	case t.Scale < 0 || t.Scale > 100_000_000:
		return Refuse("scale", "release.scale", "is the number after 1: such as 250000")
	case t.Decimals != 0 && (t.Decimals < 3 || t.Decimals > 6):
		return Refuse("decimals", "release.decimals", "lies between 3 and 6, or is 0 for as stored")
	case t.MaxZoom != 0 && (t.MaxZoom < 6 || t.MaxZoom > 14):
		return Refuse("max-zoom", "release.max-zoom", "lies between 6 and 14, or is 0 for the deepest")
	case len([]rune(t.Note)) > 2000:
		return Refuse("note", "release.long", "has more than 2000 characters")
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
			return Refuse("clears", "release.clears", fmt.Sprintf("border %d is above public secrecy: clear it by the certificate, or have its cleared course recorded first", id), "arc", id)
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
	if err := mayRelease(p, set); err != nil {
		return err
	}
	switch reason = strings.TrimSpace(reason); {
	case reason == "" && set.Incomplete():
		return Refuse("reason", "release.incomplete", "the set has no review number, no certificate or no scale: say why it goes out all the same; the public reads it")
	case len([]rune(reason)) > 2000:
		return Refuse("reason", "release.long", "has more than 2000 characters")
	}
	return d.store.DecideRelease(ctx, p, id, true, reason, d.releaseDecided(p, set, ToldReleased))
}

// mayRelease refuses a person who has the right to release data a set that is
// theirs, or that waits for nobody.
func mayRelease(p *Principal, set *ReleaseSet) error {
	delegated, _ := p.Acting(PublishRelease, nil)
	switch {
	case set.PreparedBy == p.Account, delegated != nil && delegated.From == set.PreparedBy:
		return &registry.Error{Kind: registry.KindForbidden, Message: "who prepared a release set does not release it: another person must"}
	case set.State == ReleaseSuperseded:
		return &registry.Error{Kind: registry.KindConflict, Message: "the public sees a later state already: prepare another set"}
	case set.State != ReleasePrepared:
		return &registry.Error{Kind: registry.KindConflict, Message: "this set is decided already"}
	}
	return nil
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
		return Refuse("reason", "release.why", "say why")
	case len([]rune(reason)) > 2000:
		return Refuse("reason", "release.long", "has more than 2000 characters")
	case set.DecidedBy != 0:
		return &registry.Error{Kind: registry.KindConflict, Message: "this set is decided already"}
	}
	return d.store.DecideRelease(ctx, p, id, false, reason, d.releaseDecided(p, set, ToldRejected))
}

// ReadyToRelease is what a set prepared now would show: the latest entry, and the
// borders above public secrecy that it would have to clear.
func (d *Desk) ReadyToRelease(ctx context.Context, p *Principal) (registry.Seq, []registry.ArcID, error) {
	if err := may(p, PrepareRelease, "page", "releases/new"); err != nil {
		return 0, nil, err
	}
	latest, err := d.store.LatestEntry(ctx)
	if err != nil {
		return 0, nil, err
	}
	open, err := d.store.Uncleared(ctx, latest)
	return latest, open, err
}
