package desk

import (
	"context"

	"jieming/registry"
)

// Passing is what goes to whom when a unit ends: the grants that are in it, and
// the work that is open in it.
type Passing struct {
	Unit     registry.UnitID
	UnitName string
	Heir     registry.UnitID // the unit itself while it goes on
	HeirName string
	Grants   []GrantRecord // in force, in the unit itself or a functional zone that reports for it
	Cases    []PassingCase // that who asks may read
}

// PassingCase is an open case of a unit that ends.
type PassingCase struct {
	Case   registry.CaseID
	Kind   string
	Number string
	Title  string
	Holder string // name; "" while nobody has taken it
}

// HeirStore says who comes after a unit.
type HeirStore interface {
	// Heir returns who comes after a unit on a day by the lineage that is recorded
	// (the unit itself while it exists), and what both are called.
	Heir(ctx context.Context, unit registry.UnitID, on registry.Day) (*Passing, error)
	// UnitName is what a unit is, or was last, called.
	UnitName(ctx context.Context, unit registry.UnitID) (string, error)
	GrantsIn(ctx context.Context, unit registry.UnitID, on registry.Day) ([]GrantRecord, error)
	// OpenCasesIn lists the open cases of a unit that a rule of rights lets through.
	OpenCasesIn(ctx context.Context, unit registry.UnitID, f Filter, today registry.Day) ([]PassingCase, error)
}

// WouldPass says what would go to whom if a unit ended, before anybody decides
// that it does: to a unit that a case proposes, or with 0 to the heir by the
// lineage that is recorded for a day. Nothing has to be done for it to happen:
// jurisdiction is worked out anew each day. It is for those who grant rights
// and those who review cases; of the cases, each sees those they may read.
func (d *Desk) WouldPass(ctx context.Context, who *Principal, unit, to registry.UnitID, on registry.Day) (*Passing, error) {
	if who.allow(GrantRights) != nil && !who.Has(ReviewCase) && !who.Has(ApproveCase) {
		return nil, registry.NotFound("unit", unit)
	}
	p, err := d.store.Heir(ctx, unit, on)
	if err != nil {
		return nil, err
	}
	if to != 0 {
		p.Heir = to
		if p.HeirName, err = d.store.UnitName(ctx, to); err != nil {
			return nil, err
		}
	}
	if p.Grants, err = d.store.GrantsIn(ctx, unit, d.Today()); err != nil {
		return nil, err
	}
	p.Cases, err = d.store.OpenCasesIn(ctx, unit, who.Filter(ReadCase), d.Today())
	return p, err
}
