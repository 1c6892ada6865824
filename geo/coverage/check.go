package coverage

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Check reports every fault of regions: gaps and overlaps (each connected piece
// one fault), slivers, duplicates, and rings that are unclosed, crossing,
// touching or wrongly nested. It changes nothing, and it does not need the
// input to be anywhere near clean.
//
// The error is for input beyond the limits of opts, or a cancelled ctx. Cost is
// about linear: half a million vertices a second.
func Check(ctx context.Context, regions []Region, opts Options) (*Report, error) {
	a, err := examine(ctx, regions, opts)
	if err != nil {
		return nil, fmt.Errorf("checking regions: %w", err)
	}
	return a.report, nil
}

// examine arranges regions and fills in the report.
func examine(ctx context.Context, regions []Region, opts Options) (*arrangement, error) {
	if err := checkIDs(regions); err != nil {
		return nil, err
	}
	in, err := newInput(ctx, regions, opts)
	if err != nil {
		return nil, err
	}
	a, err := arrange(ctx, in)
	if err != nil {
		return nil, err
	}
	a.findFaults()
	return a, nil
}

func (a *arrangement) findFaults() {
	a.findRingFaults()
	a.findMeetings()
	a.findAdjacentParts()
	a.findDuplicates()
	for face := int32(1); face < a.faces.count; face++ {
		a.findFaceFaults(face)
	}
	a.excuseOutside()
	a.report.sort()
}

// excuseOutside keeps faults that concern outside regions alone from blocking.
func (a *arrangement) excuseOutside() {
	inside := make(map[string]bool, len(a.regions))
	for _, r := range a.regions {
		inside[r.ID] = r.Side == ""
	}
	for i := range a.report.Faults {
		f := &a.report.Faults[i]
		f.Blocking = f.Blocking && slices.ContainsFunc(f.Regions, func(id string) bool { return inside[id] })
	}
}

func (a *arrangement) findFaceFaults(face int32) {
	holders := a.holders(face)
	distinct := slices.Compact(slices.Clone(holders))
	switch {
	case len(distinct) == 0:
		a.areaFault(KindGap, face, a.neighbours(face), "no region covers this")
	case len(distinct) > 1:
		a.areaFault(KindOverlap, face, distinct, fmt.Sprintf("%d regions claim this", len(distinct)))
	default:
		a.findSliver(face, distinct)
	}
	if message := misnested(a.cover[face], len(holders) > len(distinct)); message != "" {
		a.areaFault(KindWrongNesting, face, a.regionsOf(a.cover[face]), message)
	}
}

// misnested says what is wrong with the windings around a face, if anything.
func misnested(cover []winding, twice bool) string {
	for _, w := range cover {
		if w.times < 0 {
			return "a hole reaches outside its outer ring here, or over another hole"
		}
		if w.times > 1 {
			return "a ring winds around this more than once"
		}
	}
	if twice {
		return "two polygons of one region cover this"
	}
	return ""
}

func (a *arrangement) regionsOf(cover []winding) []int32 {
	var regions []int32
	for _, w := range cover {
		regions = append(regions, a.parts[w.part].region)
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// neighbours are the regions across the border of a face.
func (a *arrangement) neighbours(face int32) []int32 {
	var regions []int32
	for _, h := range a.faces.around(face) {
		regions = append(regions, a.holders(a.faces.of[twin(h)])...)
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// areaFault reports a whole face.
func (a *arrangement) areaFault(kind Kind, face int32, regions []int32, message string) {
	s := a.shape(face)
	f := Fault{Kind: kind, Regions: a.names(regions), AreaM2: s.areaM2, LengthM: s.perimeterM, Sliver: s.sliver(a.opts), Message: message}
	f.Geometry, f.At, f.Bound = s.polygon, s.inside, s.polygon.Bound()
	a.fault(f)
}

func (a *arrangement) allOutside(regions []int32) bool {
	return len(regions) > 0 && !slices.ContainsFunc(regions, func(r int32) bool { return a.regions[r].Side == "" })
}

func (a *arrangement) names(regions []int32) []string {
	ids := make([]string, len(regions))
	for i, r := range regions {
		ids[i] = a.regions[r].ID
	}
	slices.Sort(ids)
	return ids
}

// findSliver reports a scrap of territory that only a badly drawn border leaves.
// Only small faces are looked at more closely.
func (a *arrangement) findSliver(face int32, holder []int32) {
	line := a.graph.lines[a.faces.around(face)[0]>>1]
	if float64(a.faces.twice[face])/2*unitAreaM2(line[0]) > 2*a.opts.SliverMaxAreaM2 || a.allOutside(holder) {
		return
	}
	if a.shape(face).sliver(a.opts) {
		a.areaFault(KindSliver, face, holder, "a scrap of the region, thin and small")
	}
}

// shape is what a person wants to know of a face.
type shape struct {
	polygon    orb.Polygon // shell first, as RFC 7946 orients it
	inside     orb.Point
	areaM2     float64
	perimeterM float64
}

func (a *arrangement) shape(face int32) shape {
	rings := a.faceRings(face)
	s := shape{areaM2: polygonAreaM2(rings)}
	for _, r := range rings {
		s.perimeterM += lengthM(r)
		s.polygon = append(s.polygon, orb.Ring(geo.LineOrb(r)))
	}
	s.inside = pointInside(rings)
	return s
}

// faceRings returns the rings of a bounded face, its shell first.
func (a *arrangement) faceRings(face int32) [][]geo.Point {
	var rings [][]geo.Point
	seen := make(map[int32]bool)
	for _, h := range a.faces.around(face) {
		if seen[h] {
			continue
		}
		cycle := walk(h, a.graph.next)
		for _, k := range cycle {
			seen[k] = true
		}
		for _, r := range a.graph.rings(cycle) {
			rings = append(rings, a.graph.points(r))
		}
	}
	shell := slices.IndexFunc(rings, func(r []geo.Point) bool { return twiceArea(r) > 0 })
	if shell > 0 {
		rings[0], rings[shell] = rings[shell], rings[0]
	}
	return rings
}

// widthM is the mean width of a thin shape: its area over half its perimeter.
func (s shape) widthM() float64 { return 2 * s.areaM2 / s.perimeterM }

func (s shape) sliver(o Options) bool {
	return s.areaM2 <= o.SliverMaxAreaM2 && s.widthM() <= o.SliverMaxWidthM
}

// pointInside returns a point in the polygon of rings: the middle of its widest
// stretch along the parallel halfway between two neighbouring vertex latitudes
// near its centre. In a polygon of a single grid unit it may be on the edge.
func pointInside(rings [][]geo.Point) orb.Point {
	y := middleLatitude(rings)
	var xs []float64
	for _, r := range rings {
		for i := 1; i < len(r); i++ {
			a, b := r[i-1], r[i]
			if (float64(a.Y) < y) != (float64(b.Y) < y) {
				t := (y - float64(a.Y)) / (float64(b.Y) - float64(a.Y))
				xs = append(xs, float64(a.X)+t*(float64(b.X)-float64(a.X)))
			}
		}
	}
	slices.Sort(xs)
	best, width := 0.0, -1.0
	for i := 1; i < len(xs); i += 2 {
		if w := xs[i] - xs[i-1]; w > width {
			best, width = (xs[i]+xs[i-1])/2, w
		}
	}
	return orb.Point{best / geo.UnitsPerDegree, y / geo.UnitsPerDegree}
}

// middleLatitude returns a latitude between two vertices of the shell, in grid
// units, as near to its middle as can be.
func middleLatitude(rings [][]geo.Point) float64 {
	lo, hi := extent(rings[0])
	mid := (float64(lo.Y) + float64(hi.Y)) / 2
	below, above := math.Inf(-1), math.Inf(1)
	for _, r := range rings {
		for _, p := range r {
			if y := float64(p.Y); y <= mid {
				below = math.Max(below, y)
			} else {
				above = math.Min(above, y)
			}
		}
	}
	return (below + above) / 2
}
