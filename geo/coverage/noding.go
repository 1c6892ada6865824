package coverage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"jieming/geo"
)

// edge is an undirected segment between two nodes, u < v.
type edge struct{ u, v int32 }

func newEdge(u, v int32) edge {
	if u > v {
		u, v = v, u
	}
	return edge{u, v}
}

func (e edge) key() uint64 { return uint64(e.u)<<32 | uint64(e.v) }

// edges are the distinct edges of all rings.
type edges struct {
	list   []edge
	lookup *index
	again  int // edges met a second time
}

func (in *input) edges() *edges {
	total := 0
	for _, r := range in.rings {
		total += len(r.nodes)
	}
	es := &edges{lookup: newIndex(total/2 + total/8)}
	for _, r := range in.rings {
		u := r.nodes[len(r.nodes)-1]
		for _, v := range r.nodes {
			es.add(newEdge(u, v))
			u = v
		}
	}
	return es
}

func (es *edges) add(e edge) {
	if _, fresh := es.lookup.id(e.key()); fresh {
		es.list = append(es.list, e)
	} else {
		es.again++
	}
}

func (in *input) segments(es *edges) []segment {
	segments := make([]segment, len(es.list))
	for i, e := range es.list {
		segments[i] = segment{in.nodes[e.u], in.nodes[e.v]}
	}
	return segments
}

// cut says that a node belongs into an edge.
type cut struct{ edge, node int32 }

// nodeRings nodes the rings: first T-junctions within the tolerance, which may move
// borders across others, then everything by snap rounding. It returns the edges,
// which afterwards meet at common nodes or not at all.
func (in *input) nodeRings(ctx context.Context) (*edges, error) {
	es := in.edges()
	in.drawn = es
	for i := range in.rings {
		in.rings[i].drawn = in.rings[i].nodes
	}
	if in.opts.ToleranceUnits >= 1 {
		grid := newGrid(in.segments(es), int64(math.Ceil(in.opts.ToleranceUnits))+1)
		cuts, err := in.nearCuts(ctx, es, grid)
		if err != nil {
			return nil, err
		}
		es = in.insert(es, cuts)
	}
	grid := newGrid(in.segments(es), 1)
	cuts, err := in.roundingCuts(ctx, es, grid)
	if err != nil {
		return nil, err
	}
	return in.insert(es, cuts), nil
}

var errTooDense = errors.New("too many segments lie over each other to be compared: generalise the data or split the file")

// nearCuts finds the nodes within the tolerance of an edge of a region they are
// not part of, and reports each.
func (in *input) nearCuts(ctx context.Context, es *edges, g *grid) ([]cut, error) {
	var cuts []cut
	regions := in.nodeRegions()
	near := func(e, node int32) {
		d, ok := g.segments[e].distance(in.nodes[node])
		if ok && d <= in.opts.ToleranceUnits && regions.strangeTo(es.list[e], node) {
			cuts = append(cuts, cut{e, node})
		}
	}
	err := eachPair(ctx, g, func(i, j int32) error {
		near(i, es.list[j].u)
		near(i, es.list[j].v)
		near(j, es.list[i].u)
		near(j, es.list[i].v)
		return nil
	})
	cuts = g.sortCuts(cuts, in.nodes)
	for _, c := range cuts {
		in.reportJunction(g.segments[c.edge], in.nodes[c.node])
	}
	return cuts, err
}

// distance returns how far p lies from the segment in grid units; false if its
// foot is not between the ends.
func (s segment) distance(p geo.Point) (units float64, ok bool) {
	d, v := from(s.a, s.b), from(s.a, p)
	along := float64(d.dx)*float64(v.dx) + float64(d.dy)*float64(v.dy)
	length2 := float64(d.dx)*float64(d.dx) + float64(d.dy)*float64(d.dy)
	if along <= 0 || along >= length2 {
		return 0, false
	}
	return math.Abs(float64(cross(s.a, s.b, p))) / math.Sqrt(length2), true
}

func (in *input) reportJunction(s segment, p geo.Point) {
	units, _ := s.distance(p)
	f := Fault{
		Kind:    KindTJunction,
		LengthM: distanceM(p, s.foot(p)),
		Message: fmt.Sprintf("a vertex beside the border was inserted into it, which moves the border by %.1f grid units", units),
	}
	in.fault(f.along([]geo.Point{p}))
}

// roundingCuts finds the cuts of snap rounding: every edge is led through each
// node, and each rounded crossing of two edges, whose cell it passes.
func (in *input) roundingCuts(ctx context.Context, es *edges, g *grid) ([]cut, error) {
	var cuts []cut
	try := func(e, node int32) {
		s := g.segments[e]
		if es.list[e].u != node && es.list[e].v != node && passes(s.a, s.b, in.nodes[node]) {
			cuts = append(cuts, cut{e, node})
		}
	}
	crossings := 0
	var hot []int32
	err := eachPair(ctx, g, func(i, j int32) error {
		ei, ej := es.list[i], es.list[j]
		try(i, ej.u)
		try(i, ej.v)
		try(j, ei.u)
		try(j, ei.v)
		si, sj := g.segments[i], g.segments[j]
		if !crossesProperly(si.a, si.b, sj.a, sj.b) {
			return nil
		}
		if crossings++; crossings > in.opts.MaxCrossings {
			p := crossing(si.a, si.b, sj.a, sj.b).Orb()
			return fmt.Errorf("the lines cross each other more than %d times, the last at %.7f, %.7f: this is not a map of regions", in.opts.MaxCrossings, p[0], p[1])
		}
		hot = append(hot, in.node(crossing(si.a, si.b, sj.a, sj.b)))
		return nil
	})
	slices.Sort(hot)
	for _, node := range slices.Compact(hot) {
		for _, e := range g.near(in.nodes[node]) {
			try(e, node)
		}
	}
	return g.sortCuts(cuts, in.nodes), err
}

// eachPair calls f for the pairs of g until it fails or ctx ends.
func eachPair(ctx context.Context, g *grid, f func(i, j int32) error) error {
	var failed error
	steps := 0
	enough := g.pairs(pairWork(len(g.segments)), func(i, j int32) bool {
		if steps++; steps&(1<<16-1) == 0 {
			failed = ctx.Err()
		}
		if failed == nil {
			failed = f(i, j)
		}
		return failed == nil
	})
	if !enough {
		return errTooDense
	}
	return failed
}

// sortCuts orders cuts by edge and along it from u to v, and drops repeats. Along
// an edge the longer axis decides, which is the order in which it passes the
// cells even where their centres do not lie on it.
func (g *grid) sortCuts(cuts []cut, nodes []geo.Point) []cut {
	slices.SortFunc(cuts, func(a, b cut) int {
		if a.edge != b.edge {
			return int(a.edge - b.edge)
		}
		d, v := from(g.segments[a.edge].a, g.segments[a.edge].b), from(nodes[b.node], nodes[a.node])
		along, beside := v.dx*int64(sign(d.dx)), v.dy*int64(sign(d.dy))
		if abs(d.dy) > abs(d.dx) {
			along, beside = beside, along
		}
		if along != 0 {
			return sign(along)
		}
		return sign(beside)
	})
	return slices.Compact(cuts)
}

// insert leads the rings through their cuts, which must be sorted, and returns
// the new edges.
func (in *input) insert(es *edges, cuts []cut) *edges {
	if len(cuts) == 0 {
		return es
	}
	start := make([]int32, len(es.list)+1)
	for _, c := range cuts {
		start[c.edge+1]++
		in.measureCut(es.list[c.edge], c.node)
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	for i := range in.rings {
		in.rings[i].nodes = cutRing(in.rings[i].nodes, es, cuts, start)
	}
	return in.edges()
}

func (in *input) measureCut(e edge, node int32) {
	units, _ := segment{in.nodes[e.u], in.nodes[e.v]}.distance(in.nodes[node])
	in.report.MaxDisplacementUnits = max(in.report.MaxDisplacementUnits, units)
	in.report.Inserted++
}

func cutRing(nodes []int32, es *edges, cuts []cut, start []int32) []int32 {
	out := make([]int32, 0, len(nodes)+len(nodes)/8)
	u := nodes[len(nodes)-1]
	for _, v := range nodes {
		e := newEdge(u, v)
		id := es.lookup.find(e.key())
		inner := cuts[start[id]:start[id+1]]
		for k := range inner {
			c := inner[k]
			if e.u != u {
				c = inner[len(inner)-1-k]
			}
			out = append(out, c.node)
		}
		out = append(out, v)
		u = v
	}
	return out
}
