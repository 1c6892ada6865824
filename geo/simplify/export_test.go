package simplify

import "jieming/geo/mercator"

// ReviseToTheEnd is Revise that never begins anew. It also tells how many arcs
// were worked.
func ReviseToTheEnd(arcs [][]mercator.Point, known [][]float32, removed [][]mercator.Point) ([][]float32, int) {
	r := newReviser(arcs, known, removed)
	for {
		r.widen()
		if r.settle() {
			return r.result(), len(r.worked)
		}
	}
}
