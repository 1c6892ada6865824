package coverage

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Kind says what is wrong. The values are stable keys.
type Kind string

const (
	KindGap             Kind = "gap"              // enclosed, and no region covers it
	KindOverlap         Kind = "overlap"          // two or more regions cover it
	KindSliver          Kind = "sliver"           // a region has a thin scrap there
	KindDuplicateRegion Kind = "duplicate-region" // two regions draw the same territory
	KindDuplicateRing   Kind = "duplicate-ring"   // the same ring twice
	KindRepeatedPoint   Kind = "repeated-point"   // a vertex equal to the one before
	KindTJunction       Kind = "t-junction"       // a vertex was inserted into the border beside it
	KindSelfCrossing    Kind = "self-crossing"    // a ring crosses itself
	KindSelfTouch       Kind = "self-touch"       // a ring visits a place twice
	KindNearTouch       Kind = "near-touch"       // a ring comes so near to itself that rounding joins it
	KindSpike           Kind = "spike"            // a ring runs back on itself
	KindUnclosed        Kind = "unclosed"         // the last vertex is not the first
	KindTooFewPoints    Kind = "too-few-points"   // a ring that encloses nothing
	KindWrongNesting    Kind = "wrong-nesting"    // a hole outside its shell, parts of one region over each other
	KindAdjacentParts   Kind = "adjacent-parts"   // two polygons of one region share a border
	KindSplitInterior   Kind = "split-interior"   // rings of one polygon meet so often that they cut it apart
	KindCrossing        Kind = "crossing"         // two arcs meet elsewhere than at a node
	KindOpen            Kind = "open"             // the border of a face does not close at a node
	KindMisplaced       Kind = "misplaced"        // an arc says another face than lies there
	KindBadCoordinate   Kind = "bad-coordinate"   // not a longitude and latitude
	KindEmpty           Kind = "empty"            // a region without polygon
)

// Blocking tells whether a fault of this kind keeps a clean coverage from being
// built. The others lose nothing: a repeated point is counted once, a T-junction
// inserted, a ring that touches itself is a shell with a hole, a polygon cut
// apart by its holes is several, parts that share a border are one, and a sliver
// may be real.
func (k Kind) Blocking() bool {
	switch k {
	case KindRepeatedPoint, KindTJunction, KindSelfTouch, KindNearTouch, KindSliver, KindAdjacentParts, KindSplitInterior:
		return false
	}
	return true
}

// InvalidRing tells whether the kind makes a polygon invalid in the sense of
// OGC Simple Features.
func (k Kind) InvalidRing() bool {
	switch k {
	case KindSelfCrossing, KindSelfTouch, KindSpike, KindUnclosed, KindTooFewPoints, KindWrongNesting,
		KindBadCoordinate, KindAdjacentParts, KindSplitInterior:
		return true
	}
	return false
}

// Fault is one thing wrong, with its place. Coordinates are longitude, latitude
// in degrees.
type Fault struct {
	Kind Kind
	// Blocking is Kind.Blocking, except that faults among outside regions alone
	// never block.
	Blocking bool
	// Regions are the ids concerned, sorted: those that cover an overlap, those
	// around a gap, the one whose ring is invalid.
	Regions []string
	// At is a point in (areas) or on the fault; Bound is its bounding box.
	At    orb.Point
	Bound orb.Bound
	// AreaM2 is its area in m², LengthM its perimeter (areas) or the distance a
	// line was moved (T-junctions) in m; 0 where they mean nothing.
	AreaM2, LengthM float64
	// Sliver marks a gap or overlap that is thin and small, see [Options].
	Sliver bool
	// Geometry is a Polygon, LineString or Point; nil if the fault has no place.
	Geometry orb.Geometry
	// Message is a sentence for the person who mends it.
	Message string
}

// along gives f the place of points: one is a point, several a line.
func (f Fault) along(points []geo.Point) Fault {
	switch len(points) {
	case 0:
		return f
	case 1:
		f.At = points[0].Orb()
		f.Geometry = f.At
	default:
		line := geo.LineOrb(points)
		f.At, f.Geometry = line[0], line
	}
	f.Bound = f.Geometry.Bound()
	return f
}

// Report is what building or checking found.
type Report struct {
	// Regions, Rings and Vertices count the input; Vertices include closing ones.
	Regions, Rings, Vertices int
	// Segments counts the distinct segments of the input, Shared those used by
	// two polygons and Outer those on the outer boundary of the whole.
	Segments, Shared, Outer int
	// Inserted counts the vertices added to existing segments; the largest
	// distance by which one moved its segment is MaxDisplacementUnits grid units.
	Inserted             int
	MaxDisplacementUnits float64
	// Faults are sorted by kind, then largest area first, then place.
	Faults []Fault

	opts Options
}

func newReport(opts Options) *Report { return &Report{opts: opts} }

// SharedRatio is the share of the segments not on the outer boundary that two
// polygons use: 1 in a clean coverage. It is 1 if there are no such segments.
func (r *Report) SharedRatio() float64 {
	inner := r.Segments - r.Outer
	if inner == 0 {
		return 1
	}
	return float64(r.Shared) / float64(inner)
}

// Clean tells whether nothing blocks a coverage.
func (r *Report) Clean() bool {
	return !slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Blocking })
}

// Of returns the faults of one kind.
func (r *Report) Of(kind Kind) []Fault {
	var found []Fault
	for _, f := range r.Faults {
		if f.Kind == kind {
			found = append(found, f)
		}
	}
	return found
}

// Total sums up the faults of one kind.
type Total struct {
	Kind     Kind
	Count    int
	AreaM2   float64
	Blocking int
}

// Totals counts the faults by kind, in the order of the report.
func (r *Report) Totals() []Total {
	var totals []Total
	for _, f := range r.Faults {
		if n := len(totals); n == 0 || totals[n-1].Kind != f.Kind {
			totals = append(totals, Total{Kind: f.Kind})
		}
		t := &totals[len(totals)-1]
		t.Count++
		t.AreaM2 += f.AreaM2
		if f.Blocking {
			t.Blocking++
		}
	}
	return totals
}

// InvalidRegions returns the ids of the regions with an invalid ring, sorted.
func (r *Report) InvalidRegions() []string {
	var ids []string
	for _, f := range r.Faults {
		if f.Kind.InvalidRing() {
			ids = append(ids, f.Regions...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Columns names the cells of [Fault.Row].
var Columns = []string{"kind", "blocking", "regions", "lon", "lat", "area_m2", "length_m", "sliver", "message"}

// Row returns the fault as cells of a table, in the order of [Columns].
func (f Fault) Row() []string {
	return []string{
		string(f.Kind), fmt.Sprint(f.Blocking), strings.Join(f.Regions, " "),
		fmt.Sprintf("%.7f", f.At[0]), fmt.Sprintf("%.7f", f.At[1]),
		fmt.Sprintf("%.2f", f.AreaM2), fmt.Sprintf("%.3f", f.LengthM), fmt.Sprint(f.Sliver), f.Message,
	}
}

func (r *Report) add(f Fault) {
	f.Blocking = f.Kind.Blocking()
	r.Faults = append(r.Faults, f)
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
			return c
		}
		switch {
		case a.AreaM2 > b.AreaM2:
			return -1
		case a.AreaM2 < b.AreaM2:
			return 1
		}
		return geo.Compare(snapped(a.At), snapped(b.At))
	})
}

func snapped(p orb.Point) geo.Point {
	q, _ := geo.Snap(p) // p was made from the grid
	return q
}

// ErrFaults is what [Build] returns, wrapped, when the report holds blocking faults.
var ErrFaults = errors.New("the polygons are not a coverage")

// err describes the first blocking fault of each kind.
func (r *Report) err() error {
	var parts []string
	for _, t := range r.Totals() {
		if t.Blocking > 0 {
			parts = append(parts, fmt.Sprintf("%d × %s", t.Blocking, t.Kind))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	first := r.Faults[slices.IndexFunc(r.Faults, func(f Fault) bool { return f.Blocking })]
	return fmt.Errorf("%w: %s; the first at %.7f, %.7f (%s): %s", ErrFaults,
		strings.Join(parts, ", "), first.At[0], first.At[1], strings.Join(first.Regions, ", "), first.Message)
}

// Pair is what two regions both claim.
type Pair struct {
	A, B   string // A < B
	AreaM2 float64
	Pieces int
}

// Pairs sums up the overlaps by pair of regions, by id. Where three regions
// overlap, the piece counts for each of the three pairs.
func (r *Report) Pairs() []Pair {
	sums := make(map[[2]string]*Pair)
	for _, f := range r.Of(KindOverlap) {
		for i, a := range f.Regions {
			for _, b := range f.Regions[i+1:] {
				p := sums[[2]string{a, b}]
				if p == nil {
					p = &Pair{A: a, B: b}
					sums[[2]string{a, b}] = p
				}
				p.AreaM2 += f.AreaM2
				p.Pieces++
			}
		}
	}
	pairs := make([]Pair, 0, len(sums))
	for _, p := range sums {
		pairs = append(pairs, *p)
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return pairs
}
