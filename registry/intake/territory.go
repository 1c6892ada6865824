package intake

import (
	"context"
	"errors"
	"fmt"

	"jieming/geo/coverage"
	"jieming/registry"
)

// KindParentDiffers is a unit whose own area is not the union of the areas of
// the units below it.
const KindParentDiffers coverage.Kind = "parent-differs"

// buildFirst builds the first coverage of the registry from the finest areas of
// the files. There is none if it has faults that block, which the plan lists.
func (p *Plan) buildFirst(ctx context.Context) error {
	holds := p.finest()
	regions := p.regions(func(u *unit) bool { return holds[u] })
	if len(regions) == 0 {
		return nil
	}
	built, report, err := coverage.Build(ctx, regions, coverage.Options{})
	if err != nil && !errors.Is(err, coverage.ErrFaults) {
		return err
	}
	p.addFaults(report.Faults)
	if built == nil {
		return nil
	}
	p.coverage = built
	return p.checkParents(ctx, holds)
}

// finest tells which units with an area have none below them with one. The
// units are in order of code, so what lies below a unit follows it.
func (p *Plan) finest() map[*unit]bool {
	holds := map[*unit]bool{}
	var last *unit
	for _, u := range p.read.units {
		if u.area == nil {
			continue
		}
		if last != nil && over(last.code, u.code) {
			delete(holds, last)
		}
		holds[u], last = true, u
	}
	return holds
}

// checkParents compares the areas that the files give to coarser units with
// those that follow from the coverage.
func (p *Plan) checkParents(ctx context.Context, holds map[*unit]bool) error {
	for level := registry.LevelProvince; level < registry.LevelVillage; level++ {
		given := p.regions(func(u *unit) bool { return u.is.Level == level && !holds[u] })
		if len(given) == 0 {
			continue
		}
		moves, _, err := outlines(ctx, p.derived(given), given)
		if err != nil {
			return err
		}
		for _, r := range given {
			if m := moves[r.ID]; m != nil {
				p.addFaults([]coverage.Fault{parentFault(r, m)})
			}
		}
	}
	return nil
}

// derived makes regions of what lies below each of the parents.
func (p *Plan) derived(parents []coverage.Region) []coverage.Region {
	areas := p.coverage.Polygons(func(face int) string {
		code := p.coverage.ByUnit(face) + "000000"
		for _, r := range parents {
			if over(r.ID+"000000000000"[len(r.ID):], code) {
				return r.ID
			}
		}
		return ""
	})
	regions := make([]coverage.Region, len(parents))
	for i, r := range parents {
		regions[i] = coverage.Region{ID: r.ID, Name: r.Name, Geometry: areas[r.ID]}
	}
	return regions
}

func parentFault(r coverage.Region, moves []coverage.Move) coverage.Fault {
	bound := r.Geometry.Bound()
	gained, lost := gainAndLoss(r.ID, moves)
	return coverage.Fault{Kind: KindParentDiffers, Blocking: true, Regions: []string{r.ID}, At: bound.Center(), Bound: bound,
		AreaM2: gained + lost, Geometry: bound.ToPolygon(),
		Message: fmt.Sprintf("the area given to %s %s has %.0f m² that none of the units below it covers, and lacks %.0f m² of theirs", r.ID, r.Name, gained, lost)}
}

// gainAndLoss sums up, in m², what a unit gains and loses.
func gainAndLoss(id string, moves []coverage.Move) (gainedM2, lostM2 float64) {
	for _, m := range moves {
		if m.To == id {
			gainedM2 += m.AreaM2
		}
		if m.From == id {
			lostM2 += m.AreaM2
		}
	}
	return gainedM2, lostM2
}
