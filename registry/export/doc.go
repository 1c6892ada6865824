// Package export writes what the registry shows at an instant as files that
// other programs read: GeoPackage, Shapefile, GeoJSON, CSV.
//
// [Layers] lists what can be had. A layer is a row type with a list of columns,
// each with its meaning and the way to its value, in the file of its noun; it
// is read row by row and written by one of the sinks of format.go. An [Edition]
// is what a file shows: a publication and, for most layers, a day. Every file
// states it, in the way of its format (about.go, readme.go).
//
// Equal editions make equal bytes, and no layer is ever held in memory. A file
// is written to disk first: its reader may be slow, and must hold neither a
// connection nor a snapshot of the database. [Shelf] keeps such files.
package export
