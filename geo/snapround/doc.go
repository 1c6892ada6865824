// Package snapround rounds the lines of a coverage to the integers of a map
// tile, and makes polygons and lines of the result.
//
// Rounding every vertex for itself makes lines touch and cross that did not.
// Snap rounding does not: the cells that hold a vertex are hot, and every line
// that passes a hot cell is bent to pass through its middle. Lines then meet at
// vertices only, no line has moved further than into a neighbouring cell, and
// none has been carried across a vertex: what was left of it still is, or lies
// on it. See Hobby, "Practical segment intersection with finite precision
// output", Computational Geometry 13 (1999), and Guibas and Marimont, "Rounding
// arrangements dynamically", International Journal of Computational Geometry and
// Applications 8 (1998).
//
// The edges of the tile and of its buffer, and of the buffers of its
// neighbours, take part as lines do, so that tiles agree about every vertex that
// they share, and cutting a tile out is choosing edges.
//
// Areas are not rounded but traced along the rounded lines. Two neighbours share
// each edge, so there is neither gap nor overlap, for any input. Where a strip
// becomes thinner than a cell, its sides fall together and cancel.
//
// Coordinates are world units of package mercator on the way in and tile units
// on the way out, y south in both.
package snapround
