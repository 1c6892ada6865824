package desk

import (
	"context"
	"slices"

	"jieming/registry"
)

// Differences is everything that the public would see otherwise once the
// registry of one log entry takes the place of that of another, for all days.
type Differences struct {
	From, To registry.Seq // 0 for a registry that shows nothing
	Items    []Difference
	Events   []registry.EventRecord // that the public does not know yet
	Days     []registry.Day         // on which a difference begins or ends, in order
}

// DifferenceKind is what a difference is about.
type DifferenceKind string

// The kinds of difference, in the order in which people read them.
const (
	UnitDiffers   DifferenceKind = "unit"
	CodeDiffers   DifferenceKind = "code"
	HolderDiffers DifferenceKind = "holder" // who holds a face
	BorderDiffers DifferenceKind = "border"
	LineDiffers   DifferenceKind = "line"
	PlaceDiffers  DifferenceKind = "place"
	EdgeDiffers   DifferenceKind = "lineage"
)

// DifferenceKinds are all kinds.
func DifferenceKinds() []DifferenceKind {
	return []DifferenceKind{UnitDiffers, CodeDiffers, HolderDiffers, BorderDiffers, LineDiffers, PlaceDiffers, EdgeDiffers}
}

// Difference is what is otherwise of one thing during a period. Before or After
// is empty where the public did or would not see it.
type Difference struct {
	Kind   DifferenceKind
	ID     int64  // of the unit, face, arc, line or place; for a code its number
	Name   string // how people call it
	Valid  registry.Period
	Fields []FieldDifference // those that differ; all of them when it comes or goes
	Comes  bool
	Goes   bool
}

// FieldDifference is one property that is otherwise.
type FieldDifference struct {
	Field         string // specific, generic, superior_id, geom …
	Before, After string // as a person reads it; "" for none
}

// Count is how many differences there are of a kind.
func (d *Differences) Count(k DifferenceKind) (n int) {
	for i := range d.Items {
		if d.Items[i].Kind == k {
			n++
		}
	}
	return n
}

// Named is how many differences touch a property.
func (d *Differences) Named(fields ...string) (n int) {
	for i := range d.Items {
		if slices.ContainsFunc(d.Items[i].Fields, func(f FieldDifference) bool { return slices.Contains(fields, f.Field) }) {
			n++
		}
	}
	return n
}

// Of returns one page of the differences of a kind, all kinds for "".
func (d *Differences) Of(k DifferenceKind, offset, limit int) (page []Difference, total int) {
	for i := range d.Items {
		if k != "" && d.Items[i].Kind != k {
			continue
		}
		if total >= offset && total < offset+limit {
			page = append(page, d.Items[i])
		}
		total++
	}
	return page, total
}

// Movement is land that changes hands at a level on a day: what the map gave to
// one unit before, and gives to another after.
type Movement struct {
	Level    registry.Level
	From, To registry.UnitRef // ID 0 where nobody of the level is known to hold it
	AreaM2   float64
}

// BorderChange is the borders of a day, as they are drawn before and after.
type BorderChange struct {
	Day    registry.Day
	Same   [][]byte // WKB LineStrings, lon lat degrees, that both have
	Before [][]byte // that only the map before has
	After  [][]byte // that only the map after has
}

// ReleaseDifferences tells what a set would change for the public, against what the
// public sees now, or saw when it was decided.
func (d *Desk) ReleaseDifferences(ctx context.Context, p *Principal, id ReleaseID) (*Differences, error) {
	set, from, err := d.against(ctx, p, id)
	if err != nil {
		return nil, err
	}
	return d.store.Differences(ctx, from, set.AsOf)
}

// ReleaseMovements tells what land changes hands on a day. What it measures the
// public does not see yet, so the reading is noted.
func (d *Desk) ReleaseMovements(ctx context.Context, p *Principal, id ReleaseID, day registry.Day) ([]Movement, error) {
	set, from, err := d.against(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if err := d.Note(ctx, p, ReadUnpublished, "RELEASE", int64(id), map[string]any{"map": "areas", "day": day.String()}); err != nil {
		return nil, err
	}
	return d.store.Movements(ctx, from, set.AsOf, day)
}

// ReleaseBorders returns the borders of a day before and after. The public does
// not see them yet, so the reading is noted.
func (d *Desk) ReleaseBorders(ctx context.Context, p *Principal, id ReleaseID, day registry.Day) (*BorderChange, error) {
	set, before, err := d.against(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if err := d.Note(ctx, p, ReadUnpublished, "RELEASE", int64(id), map[string]any{"map": "borders", "day": day.String()}); err != nil {
		return nil, err
	}
	return d.store.ChangedBorders(ctx, before, set.AsOf, day)
}

// against finds a set and the entry that the public saw before it.
func (d *Desk) against(ctx context.Context, p *Principal, id ReleaseID) (*ReleaseSet, registry.Seq, error) {
	set, err := d.Release(ctx, p, id)
	if err != nil {
		return nil, 0, err
	}
	from, err := d.store.PublicBefore(ctx, set)
	return set, from, err
}
