// Package tiles turns what the registry holds at an instant into Mapbox Vector
// Tiles (MVT 2.1) in Web Mercator.
//
// The layers are contracts: province, prefecture, county, township (areas,
// feature id = unit id; a county without townships that hold territory stands
// for itself), unrefined (areas whose holder at county level is not known that
// day), boundary (each border once, with its rank and both sides), label
// (points; collapsed where the area is too small to be drawn) and place.
//
// An [Engine] follows the registry and keeps a [Snapshot] of it in memory, on
// both clocks. A [View] is one instant of a snapshot; it draws tiles in three
// steps: gather the lines near a tile, round them together (package snapround),
// and trace the areas on what comes out. [PostGIS] makes the same tiles with
// ST_AsMVT: until the first snapshot is there, and as the oracle of the tests.
//
// The package does not know package registry: the program connects them.
package tiles
