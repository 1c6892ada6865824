// Package mvt writes Mapbox Vector Tiles, version 2.1 of the specification.
//
// It appends varints to buffers that it keeps from tile to tile, so that
// writing costs no memory once the buffers have grown. Coordinates are integers
// in tile units: 0 to 4096 across the tile, x to the east, y to the south, with
// any buffer beyond. It writes what it is given: where rings run and whether
// they cross is the caller's concern.
package mvt
