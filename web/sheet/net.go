package sheet

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"
)

// Region is an area of the map.
type Region struct {
	ID       int64
	Group    int64  // regions of one group share a tint: the prefecture
	Bare     bool   // without a tint: it is in no prefecture
	Name     string // printed at Label
	Href     string // where the region leads; "" if nowhere
	Known    bool   // false: who holds it is not known, and it is hatched
	Title    string // the tooltip
	Label    orb.Point
	Polygons orb.MultiPolygon // lon lat degrees
}

// Rank is the rank of a border, 0 being the highest.
type Rank int

// The ranks of borders, as in the tile layer "boundary".
const (
	National Rank = iota
	Provincial
	Prefectural
	CountyRank
)

// outside stands for the side of a border that no region covers.
const outside = -1

type vertex struct{ x, y int64 } // 1e-7 degree

// edge is an undirected pair of vertex numbers, the smaller first.
type edge struct{ a, b int32 }

// arc is a border between two regions, or a region and the outside, from node
// to node, after simplification.
type arc struct {
	line        orb.LineString // projected
	head        [2]int32       // the first two vertices, before simplification
	left, right int            // indices of regions; right may be outside
	rank        Rank
}

// use is one run of an arc along a ring.
type use struct {
	arc     int
	reverse bool
}

// Net is a set of regions whose shared borders are held once, so that drawn
// and simplified borders stay shared. It is immutable and safe for concurrent
// use.
type Net struct {
	regions []Region
	arcs    []arc
	rings   [][][]use // per region, per ring
	bound   orb.Bound // projected
	plane   Projection
	tints   map[int64]int // of groups that have theirs already; nil for none
}

// NewNet finds the shared borders of regions that meet vertex on vertex, and
// simplifies each once so that it moves by at most the given share of the
// width of the whole (0.0005 is half a pixel on a map of 1000). Outer borders
// that run along one of the domestic lines, the lines with neighbouring
// provinces, are provincial and the others national; the lines must have the
// same vertices. Without any domestic line all outer borders are provincial.
// It costs O(n) in the number of vertices.
func NewNet(regions []Region, domestic []orb.LineString, tolerance float64, plane Projection) *Net {
	b := newBuilder(regions, plane)
	b.domestic = b.edgesOf(domestic)
	net := &Net{regions: regions, bound: b.bound(), rings: make([][][]use, len(regions)), plane: plane}
	slack := tolerance * (net.bound.Max[0] - net.bound.Min[0])
	for i := range regions {
		for _, ring := range b.rings[i] {
			net.rings[i] = append(net.rings[i], b.runs(net, i, ring))
		}
	}
	for i := range net.arcs {
		net.arcs[i].line = thin(net.arcs[i].line, slack)
	}
	return net
}

// thin simplifies a line and leaves a closed one at least a triangle.
func thin(line orb.LineString, slack float64) orb.LineString {
	out := simplify.DouglasPeucker(slack).LineString(line.Clone())
	if line[0] == line[len(line)-1] && len(out) < 4 {
		return line
	}
	return out
}

// builder numbers the vertices and knows which regions lie along each edge.
type builder struct {
	regions  []Region
	number   map[vertex]int32
	points   []orb.Point // projected, by vertex number
	rings    [][][]int32 // per region, per ring, without the closing vertex
	owners   map[edge][2]int
	degree   []int
	arcOf    map[edge]int
	domestic map[edge]bool // the edges of the lines with neighbouring provinces
	plane    Projection
}

func newBuilder(regions []Region, plane Projection) *builder {
	b := &builder{
		regions: regions, plane: plane, number: map[vertex]int32{}, rings: make([][][]int32, len(regions)),
		owners: map[edge][2]int{}, arcOf: map[edge]int{},
	}
	for i, region := range regions {
		for _, polygon := range region.Polygons {
			for _, ring := range polygon {
				b.addRing(i, ring)
			}
		}
	}
	return b
}

func (b *builder) addRing(region int, ring orb.Ring) {
	ids := make([]int32, 0, len(ring))
	for _, p := range ring {
		if id := b.vertex(p); len(ids) == 0 || ids[len(ids)-1] != id {
			ids = append(ids, id)
		}
	}
	if len(ids) > 1 && ids[0] == ids[len(ids)-1] {
		ids = ids[:len(ids)-1]
	}
	if len(ids) < 3 {
		return
	}
	b.rings[region] = append(b.rings[region], ids)
	for k, id := range ids {
		b.own(edgeOf(id, ids[(k+1)%len(ids)]), region)
	}
}

func (b *builder) vertex(p orb.Point) int32 {
	key := keyOf(p)
	id, ok := b.number[key]
	if !ok {
		id = int32(len(b.points))
		b.number[key] = id
		b.points = append(b.points, b.plane.to(p))
		b.degree = append(b.degree, 0)
	}
	return id
}

func keyOf(p orb.Point) vertex {
	return vertex{int64(math.Round(p[0] * 1e7)), int64(math.Round(p[1] * 1e7))}
}

func (b *builder) own(e edge, region int) {
	sides, ok := b.owners[e]
	if !ok {
		b.owners[e] = [2]int{region, outside}
		b.degree[e.a]++
		b.degree[e.b]++
		return
	}
	sides[1] = region
	b.owners[e] = sides
}

func edgeOf(a, b int32) edge {
	if a > b {
		a, b = b, a
	}
	return edge{a, b}
}

// edgesOf returns the edges of lines, as far as the regions have them.
func (b *builder) edgesOf(lines []orb.LineString) map[edge]bool {
	out := map[edge]bool{}
	for _, line := range lines {
		for k := 1; k < len(line); k++ {
			from, ok := b.number[keyOf(line[k-1])]
			to, too := b.number[keyOf(line[k])]
			if ok && too {
				out[edgeOf(from, to)] = true
			}
		}
	}
	return out
}

func (b *builder) bound() orb.Bound {
	return orb.MultiPoint(b.points).Bound()
}

// runs cuts a ring at its nodes and returns the arcs it follows, adding those
// that no earlier ring has added.
func (b *builder) runs(net *Net, region int, ring []int32) []use {
	start := b.start(ring)
	n := len(ring)
	at := func(k int) int32 { return ring[(start+k)%n] }
	var out []use
	for from := 0; from < n; {
		to := from + 1
		for to < n && !b.isNode(at(to-1), at(to), at(to+1)) {
			to++
		}
		first := edgeOf(at(from), at(from+1))
		id, known := b.arcOf[first]
		if !known {
			id = len(net.arcs)
			net.arcs = append(net.arcs, b.newArc(region, from, to, at))
			for k := from; k < to; k++ {
				b.arcOf[edgeOf(at(k), at(k+1))] = id
			}
		}
		along := net.arcs[id].head == [2]int32{at(from), at(from + 1)}
		out = append(out, use{arc: id, reverse: !along})
		from = to
	}
	return out
}

// start returns where to begin a ring: at its first node, or else at its
// lowest vertex, where the ring on the other side begins too.
func (b *builder) start(ring []int32) int {
	lowest := 0
	for k, id := range ring {
		if b.isNode(ring[(k+len(ring)-1)%len(ring)], id, ring[(k+1)%len(ring)]) {
			return k
		}
		if id < ring[lowest] {
			lowest = k
		}
	}
	return lowest
}

// isNode reports whether borders branch at a vertex, or the neighbour or the
// rank changes.
func (b *builder) isNode(before, id, after int32) bool {
	in, out := edgeOf(before, id), edgeOf(id, after)
	return b.degree[id] != 2 || b.owners[in] != b.owners[out] || b.domestic[in] != b.domestic[out]
}

func (b *builder) newArc(region, from, to int, at func(int) int32) arc {
	line := make(orb.LineString, 0, to-from+1)
	for k := from; k <= to; k++ {
		line = append(line, b.points[at(k)])
	}
	first := edgeOf(at(from), at(from+1))
	sides := b.owners[first]
	other := sides[0]
	if other == region {
		other = sides[1]
	}
	head := [2]int32{at(from), at(from + 1)}
	return arc{line: line, head: head, left: region, right: other, rank: b.rank(region, other, first)}
}

func (b *builder) rank(left, right int, first edge) Rank {
	switch {
	case right == outside && len(b.domestic) > 0 && !b.domestic[first]:
		return National
	case right == outside:
		return Provincial
	case b.regions[left].Group != b.regions[right].Group:
		return Prefectural
	}
	return CountyRank
}

// Linked returns the same net with the address and the tooltip of each region
// made by href and title. It shares everything else.
func (n *Net) Linked(href, title func(Region) string) *Net {
	out := *n
	out.regions = make([]Region, len(n.regions))
	for i, r := range n.regions {
		r.Href, r.Title = href(r), title(r)
		out.regions[i] = r
	}
	return &out
}

// Unknown reports whether the holder of some region is not known.
func (n *Net) Unknown() bool {
	return slices.ContainsFunc(n.regions, func(r Region) bool { return !r.Known })
}

// Tints is the number of tints that [Net.TintOf] deals out.
const Tints = 5

// Tinted returns the net with the tints of some groups given, so that a group
// looks alike on the maps of several days. Groups that are not among them get
// a tint by their number, unlike their neighbours' as far as that goes.
func (n *Net) Tinted(tints map[int64]int) *Net {
	out := *n
	out.tints = tints
	return &out
}

// TintOf gives each group a tint, 0 to Tints-1, unlike its neighbours' as far
// as that goes: greedily in order of first appearance, so that a group keeps
// its tint while the groups before it stay the same.
func (n *Net) TintOf() map[int64]int {
	near := n.neighbours()
	out := map[int64]int{}
	for group := range near {
		if tint, given := n.tints[group]; given {
			out[group] = tint
		}
	}
	for _, r := range n.regions {
		if _, done := out[r.Group]; done {
			continue
		}
		prefer := len(out)
		if n.tints != nil {
			prefer = int(r.Group)
		}
		out[r.Group] = free(near[r.Group], out, prefer)
	}
	return out
}

// neighbours returns the groups that each group has a border with.
func (n *Net) neighbours() map[int64]map[int64]bool {
	near := map[int64]map[int64]bool{}
	for _, r := range n.regions {
		if near[r.Group] == nil {
			near[r.Group] = map[int64]bool{}
		}
	}
	for _, a := range n.arcs {
		if a.right == outside {
			continue
		}
		l, r := n.regions[a.left].Group, n.regions[a.right].Group
		near[l][r], near[r][l] = true, true
	}
	return near
}

// free returns the first tint from a preferred one on that no neighbour has.
func free(near map[int64]bool, taken map[int64]int, prefer int) int {
	used := [Tints]bool{}
	for g := range near {
		if t, ok := taken[g]; ok {
			used[t] = true
		}
	}
	for k := range Tints {
		if t := (prefer + k) % Tints; !used[t] {
			return t
		}
	}
	return prefer % Tints
}
