package simplify

import (
	"slices"

	"jieming/geo/mercator"
)

// Anchor turns closed arcs that meet no other arc to start at their least vertex,
// by X and then by Y. [Thresholds] never removes the start of an arc, and such a
// ring has none by nature: without an anchor the drawn ring would depend on where
// somebody began to write it down. Closed arcs whose start is an end of another
// arc keep it, because it is a node.
//
// It replaces elements of arcs and leaves the points of the old ones alone. The
// direction stays.
func Anchor(arcs [][]mercator.Point) {
	ends := make(map[mercator.Point]int, len(arcs))
	for _, arc := range arcs {
		if len(arc) > 0 {
			ends[arc[0]]++
			ends[arc[len(arc)-1]]++
		}
	}
	for i, arc := range arcs {
		if last := len(arc) - 1; last > 0 && arc[0] == arc[last] && ends[arc[0]] == 2 {
			arcs[i] = startAtLeast(arc)
		}
	}
}

// startAtLeast returns a ring, its first vertex repeated at the end, from its
// least vertex on.
func startAtLeast(ring []mercator.Point) []mercator.Point {
	open := ring[:len(ring)-1]
	least := slices.MinFunc(open, compare)
	k := slices.Index(open, least)
	if k == 0 {
		return ring
	}
	return slices.Concat(open[k:], open[:k], open[k:k+1])
}
