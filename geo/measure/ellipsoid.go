// Package measure gives areas, lengths, distances and directions on the
// CGCS2000 ellipsoid.
//
// Coordinates are (longitude, latitude) in degrees, in that order. An edge
// between two vertices is straight in longitude and latitude, not a great
// circle: that is the definition of an edge everywhere in Jieming. PostGIS
// geography measures great circles, so it agrees with this package once its
// input has been densified as geometry:
//
//	ST_Area(ST_Segmentize(geom, 0.001)::geography)
//
// Longitudes are taken as plain numbers: a ring or line across the
// antimeridian must continue beyond ±180. Nothing here allocates, keeps state
// or fails; NaN in gives NaN out. All functions may be used concurrently.
package measure

import "math"

// The CGCS2000 ellipsoid (EPSG ellipsoid 1024). Its figures are those of GRS80;
// WGS84's semi-minor axis is 0.1 mm longer.
const (
	SemiMajorM        = 6378137.0     // semi-major axis, metres
	InverseFlattening = 298.257222101 // 1/f
	flattening        = 1 / InverseFlattening
	semiMinorM        = SemiMajorM * (1 - flattening)
	eccentricity2     = flattening * (2 - flattening)
)

func radians(deg float64) float64 { return deg * (math.Pi / 180) }

func degrees(rad float64) float64 { return rad * (180 / math.Pi) }
