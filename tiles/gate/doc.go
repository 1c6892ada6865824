// Package gate judges finished vector tiles. It is for tests.
//
// It knows nothing of the engine that made a tile: it reads the bytes, with a
// reader that hides nothing, and counts what a map of administrative areas must
// not have: cells that no unit covers or that two do, borders of neighbours that
// differ, rings that touch themselves, units that vanished, borders drawn twice,
// seams between tiles. All decisions are made on integers. The gates are those
// of coverage simplification (JTS CoverageValidator) and of the Mapbox Vector
// Tile specification 2.1, section 4.3.
//
// All functions are pure and safe for concurrent use.
package gate
