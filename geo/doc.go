// Package geo is the mathematics of territory: the integer grid every stored
// coordinate lies on, and in its subpackages coverages, simplification,
// measures, coordinate systems and formats. It does no I/O and reads no clock.
//
// Axis order is longitude, latitude everywhere. Coordinates are CGCS2000
// (EPSG:4490); an edge between two vertices is straight in longitude and
// latitude.
package geo
