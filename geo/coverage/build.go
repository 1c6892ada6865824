package coverage

import (
	"context"
	"fmt"
	"slices"
)

// Build makes the coverage of regions. The report holds everything [Check] would
// find; where a fault blocks (see [Kind.Blocking]) there is no coverage and the
// error wraps [ErrFaults]. With Options.Tentative there is one all the same.
//
// The result does not depend on where rings start, which way they run, or on the
// order of the regions except for the numbering of faces. Cost is about linear:
// a million vertices take less time than parsing their GeoJSON.
func Build(ctx context.Context, regions []Region, opts Options) (*Coverage, *Report, error) {
	a, err := examine(ctx, regions, opts)
	if err != nil {
		return nil, nil, fmt.Errorf("building a coverage: %w", err)
	}
	faults := a.report.err()
	if faults != nil && !opts.Tentative {
		return nil, a.report, fmt.Errorf("building a coverage: %w", faults)
	}
	c, err := a.assemble(a.owners())
	if err != nil {
		return nil, a.report, fmt.Errorf("building a coverage: %w", err)
	}
	return c, a.report, nil
}

// owners gives each face to the first inside region that covers it, else to the
// first outside one, else outside.
func (a *arrangement) owners() (owner []int32, outsides []string) {
	outsides = a.outsides()
	owner = make([]int32, a.faces.count)
	owner[0] = -1
	for face := int32(1); face < a.faces.count; face++ {
		owner[face] = a.ownerAmong(a.holders(face), outsides)
	}
	return owner, outsides
}

func (a *arrangement) ownerAmong(holders []int32, outsides []string) int32 {
	side := GapSide
	for _, r := range holders {
		if a.regions[r].Side == "" {
			return r
		}
		if side == GapSide {
			side = a.regions[r].Side
		}
	}
	return int32(^slices.Index(outsides, side))
}

// outsides lists the keys of what is outside: nobody, gaps, and every Side.
func (a *arrangement) outsides() []string {
	keys := []string{"", GapSide}
	for _, r := range a.regions {
		if r.Side != "" && !slices.Contains(keys, r.Side) {
			keys = append(keys, r.Side)
		}
	}
	return keys
}
