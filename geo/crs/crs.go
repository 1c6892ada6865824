// Package crs knows the coordinate systems in which boundaries reach a
// registry, converts between them and CGCS2000 longitude/latitude, and finds
// out in which one a file is.
//
// Points are always (x, y): (longitude, latitude) in degrees, or (easting,
// northing) in metres, whatever axis order an authority prescribes. EPSG:4490
// and the Gauss–Krüger systems officially list latitude and northing first;
// files of both orders exist, and [Detect] tells them apart by the numbers.
//
// CGCS2000 and WGS 84 are taken as equal: their ellipsoids differ by 0.1 mm.
// Their frames drift apart with the plate, by centimetres a year; PROJ has no
// transformation between them either, and none is claimed here. Xi'an 80 and Beijing 54 are recognised and refused, because
// their transformation parameters are classified.
//
// Everything here is a pure function of its arguments and may be used
// concurrently.
package crs

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"
)

// CRS is a coordinate reference system this package can convert. Its number is
// the EPSG code, where there is one. The zero value is no system.
type CRS int

// Systems without a zone. For Gauss–Krüger see [GaussKruger].
const (
	GCJ02       CRS = 1    // "Mars coordinates" of Chinese web maps; EPSG has no code
	CGCS2000    CRS = 4490 // longitude, latitude
	WGS84       CRS = 4326 // longitude, latitude
	WebMercator CRS = 3857 // metres
)

var (
	// ErrUnknown says that a definition names no system this package has.
	ErrUnknown = errors.New("coordinate system not supported")
	// ErrClassified says that a definition names Xi'an 80 or Beijing 54.
	ErrClassified = errors.New("coordinate system cannot be transformed here")
	// ErrOutside says that a coordinate does not belong to its system.
	ErrOutside = errors.New("coordinate outside the system's domain")
)

// Runs of EPSG codes of CGCS2000 / Gauss–Krüger. EPSG:4555 is no longer one.
const (
	gk6ZoneFirst     = 4491 // 6-degree zones 13–23, zone number before the easting
	gk6MeridianFirst = 4502 // 6-degree, central meridians 75°–135°
	gk3ZoneFirst     = 4513 // 3-degree zones 25–45, zone number before the easting
	gk3MeridianFirst = 4534 // 3-degree, central meridians 75°–135°
	gkLast           = 4554

	gkFalseEastingM = 500_000
	gkZoneM         = 1_000_000
	gkReachDeg      = 10    // longitudes accepted on either side of the meridian
	gkRoundingDeg   = 1e-10 // so that what lies at the bound comes back from where it went
)

// GaussKruger returns the 3-degree Gauss–Krüger system on CGCS2000 with the
// given central meridian (75, 78 … 135), with eastings that begin with the
// zone number (zone 42 = 126°, easting 42 459 830) or without.
func GaussKruger(meridianDeg int, zonePrefix bool) (CRS, error) {
	if meridianDeg < 75 || meridianDeg > 135 || meridianDeg%3 != 0 {
		return 0, fmt.Errorf("central meridian %d°: want a multiple of 3 from 75 to 135: %w", meridianDeg, ErrUnknown)
	}
	first := CRS(gk3MeridianFirst)
	if zonePrefix {
		first = gk3ZoneFirst
	}
	return first + CRS(meridianDeg/3-25), nil
}

// gaussKruger returns central meridian (degrees), false easting (metres) and
// zone (0 without prefix) of a Gauss–Krüger system.
func (c CRS) gaussKruger() (meridianDeg, falseEastingM, zone int, ok bool) {
	switch {
	case c < gk6ZoneFirst || c > gkLast:
		return 0, 0, 0, false
	case c >= gk3MeridianFirst:
		meridianDeg = 75 + 3*int(c-gk3MeridianFirst)
	case c >= gk3ZoneFirst:
		zone = 25 + int(c-gk3ZoneFirst)
		meridianDeg = 3 * zone
	case c >= gk6MeridianFirst:
		meridianDeg = 75 + 6*int(c-gk6MeridianFirst)
	default:
		zone = 13 + int(c-gk6ZoneFirst)
		meridianDeg = 6*zone - 3
	}
	return meridianDeg, zone*gkZoneM + gkFalseEastingM, zone, true
}

// Valid reports whether c is a system this package has.
func (c CRS) Valid() bool {
	_, _, _, gk := c.gaussKruger()
	return gk || c == WebMercator || c.Geographic()
}

// Geographic reports whether coordinates are degrees, not metres.
func (c CRS) Geographic() bool {
	return c == CGCS2000 || c == WGS84 || c == GCJ02
}

// EPSG returns the EPSG code, if the system has one.
func (c CRS) EPSG() (code int, ok bool) {
	return int(c), c.Valid() && c != GCJ02
}

// String returns a form that [Parse] reads: "EPSG:4530", "GCJ-02".
func (c CRS) String() string {
	switch {
	case c == GCJ02:
		return "GCJ-02"
	case !c.Valid():
		return "unknown"
	}
	return fmt.Sprintf("EPSG:%d", int(c))
}

// Title returns the code with a name for people to choose by, such as
// "EPSG:4530 (CGCS2000, Gauss–Krüger zone 42, 126°E)".
func (c CRS) Title() string {
	if meridian, _, zone, ok := c.gaussKruger(); ok {
		if zone == 0 {
			return fmt.Sprintf("%v (CGCS2000, Gauss–Krüger %d°E, no zone prefix)", c, meridian)
		}
		return fmt.Sprintf("%v (CGCS2000, Gauss–Krüger zone %d, %d°E)", c, zone, meridian)
	}
	switch c {
	case CGCS2000:
		return "EPSG:4490 (CGCS2000 longitude/latitude)"
	case WGS84:
		return "EPSG:4326 (WGS 84 longitude/latitude)"
	case WebMercator:
		return "EPSG:3857 (Web Mercator)"
	case GCJ02:
		return "GCJ-02 (shifted longitude/latitude of web maps)"
	}
	return c.String()
}

// ToLonLat converts a point of this system to CGCS2000 longitude and latitude
// in degrees.
//
// Gauss–Krüger is exact to a micrometre within 10° of the central meridian and
// refused beyond; GCJ-02 is inverted as [FromGCJ02] describes. A coordinate
// outside the domain gives an error that wraps [ErrOutside].
func (c CRS) ToLonLat(p orb.Point) (orb.Point, error) {
	meridian, easting, _, gk := c.gaussKruger()
	switch {
	case !finite(p):
		return orb.Point{}, c.outside(p)
	case gk:
		lon, lat := grs80.inverse(p[0]-float64(easting), p[1])
		if !(math.Abs(lon) <= gkReachDeg+gkRoundingDeg) || math.Abs(p[1]) > 1.1e7 {
			return orb.Point{}, c.outside(p)
		}
		return orb.Point{float64(meridian) + lon, lat}, nil
	case c == WebMercator:
		if max(math.Abs(p[0]), math.Abs(p[1])) > webMercatorEdgeM {
			return orb.Point{}, c.outside(p)
		}
		return project.Mercator.ToWGS84(p), nil
	case !c.Geographic():
		return orb.Point{}, fmt.Errorf("converting from system %d: %w", int(c), ErrUnknown)
	case !inDegrees(p):
		return orb.Point{}, c.outside(p)
	case c == GCJ02:
		return FromGCJ02(p), nil
	}
	return p, nil
}

// FromLonLat converts CGCS2000 longitude and latitude in degrees to this
// system. It is the inverse of [CRS.ToLonLat], with the same bounds.
func (c CRS) FromLonLat(p orb.Point) (orb.Point, error) {
	meridian, easting, _, gk := c.gaussKruger()
	switch {
	case !finite(p) || !inDegrees(p):
		return orb.Point{}, c.outside(p)
	case gk:
		lon := p[0] - float64(meridian)
		if math.Abs(lon) > gkReachDeg {
			return orb.Point{}, c.outside(p)
		}
		x, y := grs80.forward(lon, p[1])
		return orb.Point{x + float64(easting), y}, nil
	case c == WebMercator:
		if math.Abs(p[1]) > 85.06 {
			return orb.Point{}, c.outside(p)
		}
		return project.WGS84.ToMercator(p), nil
	case c == GCJ02:
		return ToGCJ02(p), nil
	case !c.Geographic():
		return orb.Point{}, fmt.Errorf("converting to system %d: %w", int(c), ErrUnknown)
	}
	return p, nil
}

// webMercatorEdgeM is half the width of the Web Mercator square, with a metre
// of grace.
const webMercatorEdgeM = 20037509

func (c CRS) outside(p orb.Point) error {
	return fmt.Errorf("coordinate (%.8g, %.8g) cannot be in %s: %w", p[0], p[1], c.Title(), ErrOutside)
}

func finite(p orb.Point) bool {
	sum := p[0] + p[1]
	return !math.IsNaN(sum) && !math.IsInf(sum, 0) && math.Abs(p[0]) < 1e12 && math.Abs(p[1]) < 1e12
}

func inDegrees(p orb.Point) bool { return math.Abs(p[0]) <= 360 && math.Abs(p[1]) <= 90 }

// GeometryToLonLat converts a geometry of this system to CGCS2000 in place and
// returns it. Edges keep their ends only: a straight line in a projection
// becomes a straight line in longitude and latitude, off by up to
// (length² / 8R) · tan(latitude), which is 2 cm for 1 km at 44° north. The
// first coordinate outside the domain ends it with an error that names it; the
// geometry is then half converted and must be thrown away.
func (c CRS) GeometryToLonLat(g orb.Geometry) (orb.Geometry, error) {
	var failed error
	out := project.Geometry(g, func(p orb.Point) orb.Point {
		if failed != nil {
			return p
		}
		q, err := c.ToLonLat(p)
		if err != nil {
			failed = err
		}
		return q
	})
	if failed != nil {
		return nil, fmt.Errorf("converting to longitude and latitude: %w", failed)
	}
	return out, nil
}
