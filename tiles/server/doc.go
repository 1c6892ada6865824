// Package server serves tiles over HTTP: it caches, compresses and limits what
// the engine draws, answers conditional requests, and describes the tiles in
// TileJSON, in a style and in OGC API Tiles.
//
// The cache has two steps. A tile of a view is found at once. A view that has
// not shown the tile yet gathers it, which costs little, and takes the digest of
// what it gathered; if a tile of that digest is known, it is the same tile. So an
// edit leaves the bytes and the ETags of all other tiles as they are, and makes
// no tile anew that did not change.
package server
