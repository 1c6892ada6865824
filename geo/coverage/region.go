package coverage

import (
	"github.com/paulmach/orb"
)

// Region is the territory of one unit as its source draws it.
type Region struct {
	// ID names the unit in reports and results: a code or another stable key.
	ID string
	// Name is for people and may be empty.
	Name string
	// Geometry holds longitude, latitude in degrees on CGCS2000. Rings may run
	// either way; the first ring of a polygon is its shell.
	Geometry orb.MultiPolygon
	// Side is empty for a region of the coverage. Otherwise the region is
	// outside, and Side is the key of the outside unit it belongs to: all
	// regions of one Side are one neighbour, and no arc is kept between
	// neighbours.
	Side string
}

// Options bound and steer the building of a coverage. The zero value is strict,
// with limits that fit the counties of a whole country.
type Options struct {
	// MaxVertices refuses larger input before any work is done. 0 means 8 million.
	MaxVertices int
	// MaxCrossings stops a geometry bomb: a ring of n random points crosses
	// itself about n²/6 times. 0 means 4 million.
	MaxCrossings int
	// ToleranceUnits is the distance, in grid units, up to which a vertex
	// beside another border is inserted into it as a T-junction. Each is
	// reported with its displacement. 0 inserts only vertices that lie on the
	// border to within rounding.
	ToleranceUnits float64
	// SliverMaxAreaM2 and SliverMaxWidthM say what counts as a sliver: no larger
	// than the one, in m², and on average (twice the area over the perimeter)
	// no wider than the other, in m. 0 means 100,000 m² and 20 m.
	SliverMaxAreaM2 float64
	SliverMaxWidthM float64
	// Tentative makes Build return a coverage although there are faults, to
	// draw them or to measure: an overlap goes to the region that comes first,
	// a gap becomes outside under the key [GapSide]. The report is the same.
	Tentative bool
}

// GapSide is the outside key of a gap in a tentative coverage or a proposal.
const GapSide = "gap"

const (
	defaultMaxVertices  = 8_000_000
	defaultMaxCrossings = 4_000_000
	defaultSliverAreaM2 = 100_000
	defaultSliverWidthM = 20
)

func (o Options) withDefaults() Options {
	if o.MaxVertices == 0 {
		o.MaxVertices = defaultMaxVertices
	}
	if o.MaxCrossings == 0 {
		o.MaxCrossings = defaultMaxCrossings
	}
	if o.SliverMaxAreaM2 == 0 {
		o.SliverMaxAreaM2 = defaultSliverAreaM2
	}
	if o.SliverMaxWidthM == 0 {
		o.SliverMaxWidthM = defaultSliverWidthM
	}
	return o
}
