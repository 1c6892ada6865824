package crs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// Guess is a reading of a file's coordinates.
type Guess struct {
	CRS         CRS
	Swapped     bool         // latitude or northing comes first
	Assumptions []Assumption // what the numbers alone do not show
}

// ToLonLat converts one coordinate of the file, in the file's axis order.
func (g Guess) ToLonLat(p orb.Point) (orb.Point, error) {
	if g.Swapped {
		p[0], p[1] = p[1], p[0]
	}
	return g.CRS.ToLonLat(p)
}

// String names the system and the order.
func (g Guess) String() string {
	if !g.Swapped {
		return g.CRS.Title()
	}
	return g.CRS.Title() + " with the axes swapped"
}

// Assumption is something a guess takes for granted and a person should
// confirm.
type Assumption uint8

// Assumptions.
const (
	AssumesNoGCJ02  Assumption = iota + 1 // GCJ-02 looks alike: see DetectGCJ02
	AssumesCGCS2000                       // other datums look alike in metres
	AssumesZone                           // the zone was found by the reference lines
)

// String returns a sentence for people.
func (a Assumption) String() string {
	switch a {
	case AssumesNoGCJ02:
		return "the file does not name its system, and GCJ-02 coordinates look the same"
	case AssumesCGCS2000:
		return "the file does not name its datum, and Xi'an 80 and Beijing 54 coordinates look the same as CGCS2000"
	case AssumesZone:
		return "the eastings carry no zone number; the central meridian is the one that brings the lines onto the stored boundaries"
	}
	return "unknown assumption"
}

// AmbiguousError says that coordinates can be read in several ways, or in
// none. Message is complete by itself; Options are the readings that fit.
type AmbiguousError struct {
	Message string
	Options []Guess
}

func (e *AmbiguousError) Error() string { return e.Message }

// china is where coordinates have to lie to be believed.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

const (
	maxSample  = 2000
	eastingsKm = 450 // from the central meridian, when nothing is declared
)

// Detect finds out the coordinate system of a file from a sample of its
// vertices, in the file's axis order.
//
// With a declared system ([Parse]) it checks that the coordinates can be in it
// inside China, in either axis order. Without one (0) it goes by the ranges:
// degrees, Web Mercator, or Gauss–Krüger with a zone number before the easting
// are each told apart, in either axis order; eastings without a zone number
// fit many meridians, and are decided only by reference lines (nil for none)
// that most of the sample falls on. Degrees that nothing declares are answered
// as CGCS2000.
//
// When no reading or more than one is left, it does not guess: the error is an
// [*AmbiguousError] that lists them. Samples over 2000 points are thinned. Run
// [DetectGCJ02] on degrees in any case: files in GCJ-02 commonly claim WGS 84.
func Detect(sample []orb.Point, declared CRS, reference *Reference) (Guess, error) {
	if len(sample) == 0 {
		return Guess{}, errors.New("detecting the coordinate system: there are no coordinates")
	}
	for i, p := range sample {
		if !finite(p) {
			return Guess{}, fmt.Errorf("detecting the coordinate system: vertex %d (%v, %v) is not a place", i, p[0], p[1])
		}
	}
	sample = thin(sample)
	if declared != 0 {
		return checkDeclared(sample, declared, reference)
	}
	g, err := decide(sample, readings(sample, undeclared()), reference)
	if err != nil {
		return Guess{}, err
	}
	g.Assumptions = append(g.Assumptions, assumptions(g.CRS)...)
	return g, nil
}

func thin(sample []orb.Point) []orb.Point {
	if len(sample) <= maxSample {
		return sample
	}
	out := make([]orb.Point, maxSample)
	for i := range out {
		out[i] = sample[i*len(sample)/maxSample]
	}
	return out
}

func assumptions(c CRS) []Assumption {
	if c.Geographic() || c == WebMercator {
		return []Assumption{AssumesNoGCJ02}
	}
	return []Assumption{AssumesCGCS2000}
}

func checkDeclared(sample []orb.Point, declared CRS, reference *Reference) (Guess, error) {
	if !declared.Valid() {
		return Guess{}, fmt.Errorf("detecting the coordinate system: declared system %d: %w", int(declared), ErrUnknown)
	}
	if fits := readings(sample, []CRS{declared}); len(fits) > 0 {
		return decide(sample, fits, reference)
	}
	e := &AmbiguousError{Options: readings(sample, undeclared())}
	e.Message = fmt.Sprintf("the file says %s, but its coordinates (%s) cannot be that inside China; they would fit %s: name the right system",
		declared.Title(), extent(sample), listed(e.Options))
	return Guess{}, e
}

// undeclared lists the systems that ranges can speak for.
func undeclared() []CRS {
	list := []CRS{CGCS2000, WebMercator}
	for c := CRS(gk6ZoneFirst); c <= gkLast; c++ {
		if c < gk6MeridianFirst || c >= gk3ZoneFirst {
			list = append(list, c)
		}
	}
	return list
}

// readings returns the systems and axis orders that put all of the sample into
// China. With several systems to choose from, eastings far from the meridian
// are not believed.
func readings(sample []orb.Point, systems []CRS) []Guess {
	var fits []Guess
	for _, c := range systems {
		for _, swapped := range []bool{false, true} {
			g := Guess{CRS: c, Swapped: swapped}
			if g.fits(sample, len(systems) > 1) {
				fits = append(fits, g)
			}
		}
	}
	return fits
}

func (g Guess) fits(sample []orb.Point, narrow bool) bool {
	_, easting, _, gk := g.CRS.gaussKruger()
	for _, p := range sample {
		x := p[0]
		if g.Swapped {
			x = p[1]
		}
		if gk && narrow && (x < float64(easting)-eastingsKm*1000 || x > float64(easting)+eastingsKm*1000) {
			return false
		}
		if q, err := g.ToLonLat(p); err != nil || !china.Contains(q) {
			return false
		}
	}
	return true
}

// decide picks the only reading, or the one the reference lines speak for.
func decide(sample []orb.Point, fits []Guess, reference *Reference) (Guess, error) {
	if len(fits) == 1 {
		return fits[0], nil
	}
	if g, ok := byReference(sample, fits, reference); ok {
		return g, nil
	}
	e := &AmbiguousError{Options: fits}
	if len(fits) == 0 {
		e.Message = fmt.Sprintf("coordinates (%s) fit no system known here inside China: degrees, Web Mercator or CGCS2000 Gauss–Krüger: name the system, or convert the data to EPSG:4490", extent(sample))
	} else {
		e.Message = fmt.Sprintf("coordinates (%s) fit %s: name the right one", extent(sample), listed(fits))
	}
	return Guess{}, e
}

// byReference returns the reading that puts at least half of the sample within
// a kilometre of a reference line, and at least twice as much of it as any
// other reading does.
func byReference(sample []orb.Point, fits []Guess, reference *Reference) (Guess, bool) {
	if reference == nil {
		return Guess{}, false
	}
	var best Guess
	var first, second int
	for _, g := range fits {
		switch hits := reference.hits(sample, g); {
		case hits > first:
			best, first, second = g, hits, first
		case hits > second:
			second = hits
		}
	}
	if 2*first < len(sample) || first < 2*second {
		return Guess{}, false
	}
	if _, _, zone, gk := best.CRS.gaussKruger(); gk && zone == 0 {
		best.Assumptions = []Assumption{AssumesZone}
	}
	return best, true
}

func (r *Reference) hits(sample []orb.Point, g Guess) int {
	n := 0
	for _, p := range sample {
		q, err := g.ToLonLat(p)
		if err != nil {
			continue
		}
		if m, ok := r.nearest(q); ok && m.distanceM <= 1000 {
			n++
		}
	}
	return n
}

func extent(sample []orb.Point) string {
	b := orb.MultiPoint(sample).Bound()
	return fmt.Sprintf("%.10g to %.10g, %.10g to %.10g", b.Min[0], b.Max[0], b.Min[1], b.Max[1])
}

func listed(options []Guess) string {
	if len(options) == 0 {
		return "no system known here"
	}
	names := make([]string, len(options))
	for i, g := range options {
		names[i] = g.String()
	}
	return strings.Join(names, ", ")
}
