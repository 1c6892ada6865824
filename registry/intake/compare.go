package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/geo/coverage"
	"jieming/geo/measure"
	"jieming/registry"
)

// gridUnitM is the side of a grid cell in m. Areas that differ by no more than
// a strip of this width along the outline are the same.
const gridUnitM = 0.0112

// outlines tells, for regions of two layers with the same ids, what each of the
// second layer gains and loses against the first, largest move first. Regions
// that differ by rounding only are left out. Faults of the second layer come
// with it; overlaps in it go to the region that comes first.
func outlines(ctx context.Context, before, after []coverage.Region) (map[string][]coverage.Move, *coverage.Report, error) {
	old, _, err := coverage.Build(ctx, before, coverage.Options{Tentative: true})
	if err != nil {
		return nil, nil, fmt.Errorf("comparing areas: %w", err)
	}
	fresh, report, err := coverage.Build(ctx, after, coverage.Options{Tentative: true})
	if err != nil {
		return nil, nil, fmt.Errorf("comparing areas: %w", err)
	}
	diff, err := coverage.Diff(ctx, old, fresh)
	if err != nil {
		return nil, nil, err
	}
	moves := map[string][]coverage.Move{}
	for _, m := range diff.Moves {
		moves[m.From] = append(moves[m.From], m)
		moves[m.To] = append(moves[m.To], m)
	}
	changed := map[string][]coverage.Move{}
	for _, r := range after {
		sum, tolerance := 0.0, gridUnitM*perimeterM(r)
		for _, m := range moves[r.ID] {
			sum += m.AreaM2
		}
		if sum > tolerance {
			changed[r.ID] = moves[r.ID]
		}
	}
	return changed, report, nil
}

func perimeterM(r coverage.Region) (sum float64) {
	for _, line := range rings(r.Geometry) {
		sum += measure.LengthM(line)
	}
	return sum
}

// compareAreas finds out which stored units have another area in the files, and
// adds the faults of the files' areas.
func (p *Plan) compareAreas(ctx context.Context) (map[string][]coverage.Move, error) {
	all := map[string][]coverage.Move{}
	for level := registry.LevelProvince; level <= registry.LevelTownship; level++ {
		given := p.regions(func(u *unit) bool { return u.is.Level == level })
		if len(given) == 0 {
			continue
		}
		moves, report, err := outlines(ctx, p.state.areas[level], given)
		if err != nil {
			return nil, err
		}
		for id, m := range moves {
			all[id] = m
		}
		p.addFaults(report.Faults)
	}
	return all, nil
}

// regions makes coverage regions of the units with an area that keep picks.
func (p *Plan) regions(keep func(*unit) bool) (regions []coverage.Region) {
	for _, u := range p.read.units {
		if u.area != nil && keep(u) {
			regions = append(regions, coverage.Region{ID: short(u.code), Name: u.name, Geometry: u.area})
		}
	}
	return regions
}

// addFaults gathers faults in the order of a report: by kind.
func (p *Plan) addFaults(faults []coverage.Fault) {
	p.Faults = append(p.Faults, faults...)
	slices.SortStableFunc(p.Faults, func(a, b coverage.Fault) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
}
