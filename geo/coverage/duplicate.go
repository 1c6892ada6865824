package coverage

import (
	"fmt"
	"slices"

	"jieming/geo"
)

// findDuplicates reports rings drawn twice, and regions that draw one territory.
func (a *arrangement) findDuplicates() {
	first := make(map[uint64][]int32, len(a.rings))
	same := make(map[[2]int32]int) // rings that two regions have in common
	count := make([]int, len(a.regions))
	for i := range a.rings {
		r := &a.rings[i]
		count[a.parts[r.part].region]++
		h := ringHash(r.nodes)
		for _, j := range first[h] {
			if sameRing(r.nodes, a.rings[j].nodes) && sameDirection(r.nodes, a.rings[j].nodes) {
				a.reportDuplicate(&a.rings[j], r, same)
			}
		}
		first[h] = append(first[h], int32(i))
	}
	for pair, n := range same {
		if n == count[pair[0]] && n == count[pair[1]] {
			a.areaOfRegionFault(pair)
		}
	}
}

// ringHash does not depend on where the ring starts or which way it runs.
func ringHash(nodes []int32) (h uint64) {
	for _, n := range nodes {
		x := (uint64(n) + 1) * 0x9E3779B97F4A7C15
		h += x ^ x>>29
	}
	return h
}

func sameRing(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	sa, sb := slices.Clone(a), slices.Clone(b)
	slices.Sort(sa)
	slices.Sort(sb)
	return slices.Equal(sa, sb)
}

// sameDirection tells whether two rings of the same nodes run along the same
// edges the same way. A hole and the region that fills it run against each other.
func sameDirection(a, b []int32) bool {
	k := slices.Index(b, a[0])
	return b[(k+1)%len(b)] == a[1]
}

func (a *arrangement) reportDuplicate(r, s *ring, same map[[2]int32]int) {
	p, q := a.parts[r.part], a.parts[s.part]
	if p.region != q.region {
		same[[2]int32{p.region, q.region}]++
	}
	points := make([]geo.Point, 0, len(r.nodes)+1)
	for _, n := range r.nodes {
		points = append(points, a.nodes[n])
	}
	points = append(points, points[0])
	regions := slices.Compact(slices.Sorted(slices.Values([]int32{p.region, q.region})))
	f := Fault{
		Kind: KindDuplicateRing, Regions: a.names(regions), AreaM2: max(ringAreaM2(points), -ringAreaM2(points)),
		Message: fmt.Sprintf("%s is drawn again as %s", ringName(a.regions, p, r.number), ringName(a.regions, q, s.number)),
	}
	a.fault(f.along(points))
}

func (a *arrangement) areaOfRegionFault(pair [2]int32) {
	f := Fault{
		Kind: KindDuplicateRegion, Regions: a.names(pair[:]),
		Message: "both regions draw the same territory: drop one or give them one id",
	}
	geometry := a.regions[pair[0]].Geometry
	f.Geometry, f.Bound = geometry, geometry.Bound()
	if len(geometry) > 0 && len(geometry[0]) > 0 && len(geometry[0][0]) > 0 {
		f.At = geometry[0][0][0]
	}
	a.fault(f)
}
