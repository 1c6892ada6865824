package coverage

import (
	"math"
	"slices"

	"jieming/geo"
)

// unitM is the length of a grid unit of latitude in m, rounded up; one of
// longitude is shorter.
const unitM = 0.01117

// nodeRegions lists the regions with a ring through each node.
type nodeRegions struct {
	start   []int32
	regions []int32
}

func (in *input) nodeRegions() *nodeRegions {
	n := &nodeRegions{start: make([]int32, len(in.nodes)+1)}
	for _, r := range in.rings {
		for _, node := range r.nodes {
			n.start[node+1]++
		}
	}
	for i := 1; i < len(n.start); i++ {
		n.start[i] += n.start[i-1]
	}
	n.regions = make([]int32, n.start[len(in.nodes)])
	next := slices.Clone(n.start)
	for _, r := range in.rings {
		for _, node := range r.nodes {
			n.regions[next[node]] = in.parts[r.part].region
			next[node]++
		}
	}
	return n
}

func (n *nodeRegions) at(node int32) []int32 { return n.regions[n.start[node]:n.start[node+1]] }

// strangers tells whether no region has both nodes.
func (n *nodeRegions) strangers(a, b int32) bool {
	return !slices.ContainsFunc(n.at(a), func(r int32) bool { return slices.Contains(n.at(b), r) })
}

// strangeTo tells whether no region has the node and both ends of the edge.
func (n *nodeRegions) strangeTo(e edge, node int32) bool {
	return !slices.ContainsFunc(n.at(node), func(r int32) bool {
		return slices.Contains(n.at(e.u), r) && slices.Contains(n.at(e.v), r)
	})
}

// snapVertices moves vertices onto nearby vertices of regions they are not part
// of. Vertices that several regions already share stay; then each vertex in turn
// goes to the nearest that stays, or stays itself. A region's own vertices are
// never drawn together, so its detail remains.
func (in *input) snapVertices(toleranceM float64) (snapped int, maxM float64) {
	regions := in.nodeRegions()
	s := snapper{in: in, regions: regions, toleranceM: toleranceM, cells: make(map[[2]int32][]int32), side: int32(toleranceM/unitM) + 1}
	target := make([]int32, len(in.nodes))
	for _, shared := range []bool{true, false} {
		for node := range int32(len(in.nodes)) {
			at := regions.at(node)
			if shared != slices.ContainsFunc(at, func(r int32) bool { return r != at[0] }) {
				continue
			}
			target[node] = node
			if !shared {
				target[node] = s.nearest(node)
			}
			if target[node] == node {
				s.stay(node)
				continue
			}
			snapped++
			maxM = math.Max(maxM, distanceM(in.nodes[node], in.nodes[target[node]]))
		}
	}
	in.retarget(target)
	return snapped, maxM
}

// snapper files the vertices that stay by square cells as wide as the tolerance
// on the equator.
type snapper struct {
	in         *input
	regions    *nodeRegions
	toleranceM float64
	side       int32
	cells      map[[2]int32][]int32
}

func (s *snapper) cell(p geo.Point) [2]int32 {
	return [2]int32{floorDiv(p.X, s.side), floorDiv(p.Y, s.side)}
}

func floorDiv(a, b int32) int32 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (s *snapper) stay(node int32) {
	c := s.cell(s.in.nodes[node])
	s.cells[c] = append(s.cells[c], node)
}

// nearest returns the nearest staying vertex of a strange region, or node itself.
func (s *snapper) nearest(node int32) int32 {
	p := s.in.nodes[node]
	c := s.cell(p)
	reach := s.reach(p)
	best, bestM := node, s.toleranceM
	for x := c[0] - reach; x <= c[0]+reach; x++ {
		for y := c[1] - 1; y <= c[1]+1; y++ {
			for _, n := range s.cells[[2]int32{x, y}] {
				if m := s.roughM(p, s.in.nodes[n]); m <= bestM && s.regions.strangers(n, node) {
					best, bestM = n, m
				}
			}
		}
	}
	return best
}

// reach is how many cells to look east and west at p's latitude.
func (s *snapper) reach(p geo.Point) int32 {
	return int32(math.Min(math.Ceil(1/parallelShare(p)), 16))
}

func parallelShare(p geo.Point) float64 {
	return math.Cos(float64(p.Y) / geo.UnitsPerDegree * math.Pi / 180)
}

// roughM is a distance good to a percent, never too short.
func (s *snapper) roughM(p, q geo.Point) float64 {
	d := from(p, q)
	return math.Hypot(float64(d.dx)*parallelShare(p), float64(d.dy)) * unitM
}

// retarget leads the rings through the targets of their nodes. A ring that
// collapses goes.
func (in *input) retarget(target []int32) {
	for i := range in.rings {
		nodes := in.rings[i].nodes
		for k, n := range nodes {
			nodes[k] = target[n]
		}
		nodes = slices.Compact(nodes)
		for len(nodes) > 1 && nodes[0] == nodes[len(nodes)-1] {
			nodes = nodes[:len(nodes)-1]
		}
		in.rings[i].nodes = nodes
	}
	in.rings = slices.DeleteFunc(in.rings, func(r ring) bool { return len(r.nodes) < 3 })
}
