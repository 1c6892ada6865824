// Package tiles turns what the registry holds at an instant into Mapbox Vector
// Tiles (MVT 2.1) in Web Mercator.
//
// The layers are contracts: province, prefecture, county (areas, feature id =
// unit id), unrefined (areas whose holder at county level is not known that
// day), boundary (each border once, with its rank and both sides), label
// (points) and place. Here PostGIS makes the tiles, with ST_AsMVT.
//
// The package does not know package registry: the program connects them.
package tiles
