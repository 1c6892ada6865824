package coverage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// RepairOptions bound what [Propose] may move.
type RepairOptions struct {
	Options
	// SnapToleranceM is how far, in m, a vertex may be moved onto one of another
	// region, and a border onto a vertex of another region. 0 moves nothing
	// beyond the rounding to the grid.
	SnapToleranceM float64
	// RepairMaxAreaM2 is the largest gap or overlap, in m², that is given away.
	// Larger ones are listed and left. 0 gives nothing away.
	RepairMaxAreaM2 float64
}

// Award gives one gap or overlap to one region.
type Award struct {
	Kind    Kind // KindGap or KindOverlap
	Regions []string
	To      string
	// SharedM is the length in m of the border it shares with its new owner.
	SharedM, AreaM2 float64
	At              orb.Point
	Geometry        orb.Polygon
}

// Proposal is a repair for a person to accept. Nothing has been applied.
type Proposal struct {
	// Regions are the regions as they would be, in the order of the input.
	Regions []Region
	// Found is what was wrong before, and Left what would still be. If Left is
	// Clean, Regions build a coverage.
	Found, Left *Report
	// Awards are the slivers given away, largest first.
	Awards []Award
	// Changes say what each region gains and loses against its input, in m²,
	// snapping included. Regions that keep everything are not listed.
	Changes []UnitChange
	// Snapped counts the vertices moved, by at most MaxSnapM m.
	Snapped  int
	MaxSnapM float64
}

// Propose works out how little has to move to make regions one coverage. It snaps
// vertices to those of other regions within the tolerance, nodes, and gives each
// gap or overlap up to the area limit to the neighbour with the longest shared
// border: for an overlap, one of those that claim it. The smallest are settled
// first. The errors are those of [Check], whose cost it has four times.
func Propose(ctx context.Context, regions []Region, opts RepairOptions) (*Proposal, error) {
	found, err := Check(ctx, regions, opts.Options)
	if err != nil {
		return nil, fmt.Errorf("proposing a repair: %w", err)
	}
	p := &Proposal{Found: found}
	a, err := p.snapped(ctx, regions, opts)
	if err != nil {
		return nil, fmt.Errorf("proposing a repair: %w", err)
	}
	s := newSettlement(a, opts.RepairMaxAreaM2)
	p.Awards = s.settle()
	p.Regions = s.regionsOut()
	if p.Left, err = Check(ctx, p.Regions, opts.Options); err != nil {
		return nil, fmt.Errorf("checking a proposed repair: %w", err)
	}
	o, err := overlay(ctx, regions, p.Regions)
	if err != nil {
		return nil, fmt.Errorf("measuring a proposed repair: %w", err)
	}
	p.Changes = o.changes()
	return p, nil
}

func (p *Proposal) snapped(ctx context.Context, regions []Region, opts RepairOptions) (*arrangement, error) {
	inner := opts.Options
	inner.ToleranceUnits = math.Max(inner.ToleranceUnits, opts.SnapToleranceM/unitM)
	in, err := newInput(ctx, regions, inner)
	if err != nil {
		return nil, err
	}
	if opts.SnapToleranceM > 0 {
		p.Snapped, p.MaxSnapM = in.snapVertices(opts.SnapToleranceM)
	}
	return arrange(ctx, in)
}

// settlement gives faces to regions.
type settlement struct {
	*arrangement
	limitM2 float64
	members [][]int32 // the regions each face belongs to; one when settled
	lengthM []float64 // of each line
}

func newSettlement(a *arrangement, limitM2 float64) *settlement {
	s := &settlement{arrangement: a, limitM2: limitM2, members: make([][]int32, a.faces.count), lengthM: make([]float64, len(a.graph.lines))}
	for f := range s.members {
		s.members[f] = slices.Compact(a.holders(int32(f)))
	}
	for i, line := range a.graph.lines {
		s.lengthM[i] = lengthM(line)
	}
	return s
}

// cell is a gap or overlap small enough to be given away.
type cell struct {
	face  int32
	shape shape
}

func (s *settlement) settle() []Award {
	cells := s.cells()
	var awards []Award
	for {
		open := cells[:0:0]
		for _, c := range cells {
			if award, ok := s.award(c); ok {
				awards = append(awards, award)
			} else {
				open = append(open, c)
			}
		}
		if len(open) == len(cells) {
			break
		}
		cells = open
	}
	slices.SortStableFunc(awards, func(a, b Award) int { return cmp.Compare(b.AreaM2, a.AreaM2) })
	return awards
}

// cells returns what may be given away, smallest first.
func (s *settlement) cells() []cell {
	var cells []cell
	for f := int32(1); f < s.faces.count; f++ {
		if len(s.members[f]) == 1 {
			continue
		}
		if c := (cell{f, s.shape(f)}); c.shape.areaM2 <= s.limitM2 {
			cells = append(cells, c)
		}
	}
	slices.SortStableFunc(cells, func(a, b cell) int { return cmp.Compare(a.shape.areaM2, b.shape.areaM2) })
	return cells
}

// award gives a cell to the settled neighbour with the longest border; false if
// it has none yet.
func (s *settlement) award(c cell) (Award, bool) {
	shared := make(map[int32]float64)
	for _, h := range s.faces.around(c.face) {
		beyond := s.members[s.faces.of[twin(h)]]
		if len(beyond) == 1 {
			shared[beyond[0]] += s.lengthM[h>>1]
		}
	}
	claims := s.members[c.face]
	best, length := int32(-1), 0.0
	for r, m := range shared {
		if len(claims) > 0 && !slices.Contains(claims, r) {
			continue
		}
		if best < 0 || m > length || m == length && r < best {
			best, length = r, m
		}
	}
	if best < 0 {
		return Award{}, false
	}
	a := Award{Kind: KindOverlap, Regions: s.names(claims), To: s.regions[best].ID, SharedM: length, AreaM2: c.shape.areaM2, At: c.shape.inside, Geometry: c.shape.polygon}
	if len(claims) == 0 {
		a.Kind, a.Regions = KindGap, s.names(s.neighbours(c.face))
	}
	s.members[c.face] = []int32{best}
	return a, true
}

// regionsOut draws the regions as they are settled. An overlap that was left
// stays with all that claim it.
func (s *settlement) regionsOut() []Region {
	halves := make([][]int32, len(s.regions))
	for h, f := range s.faces.of {
		beyond := s.members[s.faces.of[twin(int32(h))]]
		for _, r := range s.members[f] {
			if !slices.Contains(beyond, r) {
				halves[r] = append(halves[r], int32(h))
			}
		}
	}
	out := slices.Clone(s.regions)
	for r := range out {
		out[r].Geometry = s.graph.outline(halves[r], func(h int32) bool {
			return slices.Contains(s.members[s.faces.of[h]], int32(r))
		})
	}
	return out
}
