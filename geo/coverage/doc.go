// Package coverage turns the polygons of neighbouring regions into one coverage:
// every shared border stored once, as an arc between two faces, and every fault
// of the input located, named and measured.
//
// # How it works
//
// All functions stand on one planar arrangement. Rings are snapped to the grid
// of package geo, and noded by snap rounding (Hobby, "Practical segment
// intersection with finite precision output", 1999): each segment is led
// through the centre of every grid cell it passes that holds a vertex or a
// crossing. After that, segments meet at common ends or not at all, in exact
// integers. Edges are joined to chains at points of degree two, chains to
// cycles by their order around each node, cycles to faces by a ray from each
// connected component. The winding number of every input polygon is carried
// across the chains, so each face knows which regions cover it: none is a gap,
// several are an overlap, one is territory.
//
// [Check] reports what it finds. [Build] makes the [Coverage] when nothing is
// wrong. [Propose] says how little would have to move to make it so. [Validate]
// proves a coverage from its arcs alone, and [Diff] compares two.
//
// # Exactness
//
// Every topological decision is made on int64 values that cannot overflow: a
// segment may not span more than 107° (2^30 grid units), which is checked.
// Floats appear only in measures (m², m), in the tolerance of T-junctions, and
// in looking up grid cells, where they are rounded outwards.
//
// Twice-areas in grid units are int64 with wrap-around and are exact for
// anything up to two thirds of the globe.
//
// Nothing here keeps global state. All values are safe for concurrent reading.
package coverage
