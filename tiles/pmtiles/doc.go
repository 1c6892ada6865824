// Package pmtiles writes and reads archives of vector tiles in the format
// PMTiles, version 3: one file that a client reads by byte ranges.
//
// The writer is deterministic: the same tiles and options give the same bytes,
// on any number of processors and with or without a previous archive. Tiles
// stand in order of their Hilbert ids, equal tiles are stored once, and the
// order of sections is header, root directory, metadata, leaf directories,
// tiles (the archive is "clustered").
//
// After the last tile, still within the tile section, where the format lets
// readers ignore it, stand the digests of the tiles' contents. With them the
// next export copies what did not change instead of compressing it again.
//
// Source: the PMTiles specification, version 3, of the Protomaps project.
package pmtiles

// Limits of what is read. They are far above what this package writes and what
// is usual elsewhere; an archive beyond them is refused.
const (
	// MaxZoom is the deepest zoom of an archive written or read.
	MaxZoom = 20

	headLimit      = 16384    // header and root directory together, in bytes, by the format
	directoryLimit = 8 << 20  // bytes of one directory, not compressed
	metadataLimit  = 16 << 20 // bytes of the metadata, not compressed
	tileLimit      = 32 << 20 // bytes of one tile, not compressed
	depthLimit     = 4        // directories on the way to a tile
)
