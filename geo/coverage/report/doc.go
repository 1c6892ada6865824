// Package report lays out what [coverage.Check] found so that a person can
// mend it: a table (faults.csv), GeoJSON (faults.geojson) and static pages to
// click through, and beside them, if there is one, a proposed repair.
//
// The pages need no script, no server and no network; links between them are
// relative. They are in Chinese with English beside it. Every fault has a name
// made of its kind and its place among its kind by size, such as gap-12, under
// which table, GeoJSON and pages know it. The largest have a page each, the
// others a place in the list of their kind; all have a small drawing of the
// spot.
//
// Files go to a [Folder] as they are made, so that memory is bounded by the
// input and its report however many pages there are.
package report
