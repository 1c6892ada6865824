package sheet

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"jieming/geo/crs"
)

// Projection takes points in degrees (lon, lat) to a plane in metres, and back.
type Projection struct {
	to, from  func(orb.Point) orb.Point
	conformal bool // lengths are true to within 0.3 % on the whole map
}

// Mercator is the projection of the live map.
func Mercator() Projection {
	return Projection{to: project.WGS84.ToMercator, from: project.Mercator.ToWGS84}
}

// reachDeg is how far from its central meridian a map may reach: 6° away at
// 43° north, lengths are 0.3 % too long.
const reachDeg = 6

// ForPaper is the projection of a printed map of a box in degrees:
// Gauss–Krüger on CGCS2000 about the meridian, a multiple of 3°, that is
// nearest to its middle. A box that reaches further than 6° from it, or lies
// outside of China, is drawn in Mercator.
func ForPaper(b orb.Bound) Projection {
	meridian := 3 * int(math.Round(b.Center()[0]/3))
	system, err := crs.GaussKruger(meridian, false)
	if err != nil || b.Min[0] < float64(meridian)-reachDeg || b.Max[0] > float64(meridian)+reachDeg {
		return Mercator()
	}
	return Projection{to: within(system.FromLonLat), from: within(system.ToLonLat), conformal: true}
}

// within makes a conversion of one that fails outside of its domain; there it
// returns the point as it came.
func within(convert func(orb.Point) (orb.Point, error)) func(orb.Point) orb.Point {
	return func(p orb.Point) orb.Point {
		q, err := convert(p)
		if err != nil {
			return p
		}
		return q
	}
}
