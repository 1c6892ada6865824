package coverage

import (
	"context"
	"slices"

	"jieming/geo"
)

// arrangement is the plane cut up by all rings of an input, each face knowing
// which parts wind around it.
type arrangement struct {
	*input
	graph *planar
	faces *faces
	flows [][]winding // what crossing each line from right to left adds
	cover [][]winding // the parts around each face
}

// winding is how often a part winds around a face: 1 where it covers, after the
// orientation of its rings has been made regular.
type winding struct{ part, times int32 }

// arrange nodes the input and finds the faces.
func arrange(ctx context.Context, in *input) (*arrangement, error) {
	es, err := in.nodeRings(ctx)
	if err != nil {
		return nil, err
	}
	uses := in.uses(es)
	a := &arrangement{input: in}
	a.chain(es, uses)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.faces = findFaces(a.graph)
	a.spread()
	in.countSegments(a)
	return a, nil
}

// uses says which parts run along each edge and how often, from the lower to the
// higher node less the other way; what cancels out is left out.
type uses struct {
	start []int32 // of each edge in flow
	flow  []winding
}

func (u *uses) of(edge int32) []winding { return u.flow[u.start[edge]:u.start[edge+1]] }

func (in *input) uses(es *edges) *uses {
	u := &uses{start: make([]int32, len(es.list)+1)}
	in.eachUse(es, func(edge int32, _ winding) { u.start[edge+1]++ })
	for i := 1; i < len(u.start); i++ {
		u.start[i] += u.start[i-1]
	}
	all := make([]winding, u.start[len(u.start)-1])
	next := slices.Clone(u.start)
	in.eachUse(es, func(edge int32, w winding) {
		all[next[edge]] = w
		next[edge]++
	})
	kept := all[:0]
	for e := range es.list {
		lo, hi := u.start[e], u.start[e+1]
		u.start[e] = int32(len(kept))
		kept = append(kept, sum(all[lo:hi])...)
	}
	u.start[len(es.list)] = int32(len(kept))
	u.flow = kept
	return u
}

func (in *input) eachUse(es *edges, f func(edge int32, w winding)) {
	for _, r := range in.rings {
		u := r.nodes[len(r.nodes)-1]
		for _, v := range r.nodes {
			e := newEdge(u, v)
			times := int32(1)
			if e.u != u {
				times = -1
			}
			f(es.lookup.find(e.key()), winding{r.part, times})
			u = v
		}
	}
}

// sum adds up the windings of each part in place and drops zeros. The result is
// sorted by part.
func sum(ws []winding) []winding {
	if len(ws) < 2 {
		return ws
	}
	slices.SortFunc(ws, func(a, b winding) int { return int(a.part - b.part) })
	out := ws[:0]
	for _, w := range ws {
		if n := len(out); n > 0 && out[n-1].part == w.part {
			out[n-1].times += w.times
			if out[n-1].times == 0 {
				out = out[:n-1]
			}
			continue
		}
		out = append(out, w)
	}
	return out
}

// chain joins the edges that bound anything into lines between the nodes where
// not exactly two of them meet. At a node of two the windings on both sides
// carry over by themselves, because every ring that comes in goes out.
func (a *arrangement) chain(es *edges, u *uses) {
	c := newChainer(len(a.nodes), es, func(e int32) bool { return u.start[e] < u.start[e+1] })
	backing := make([]geo.Point, 0, len(es.list)+len(es.list)/4)
	c.each(func(edges, nodes []int32) {
		from := len(backing)
		for _, n := range nodes {
			backing = append(backing, a.nodes[n])
		}
		c.lines = append(c.lines, backing[from:len(backing):len(backing)])
		flow := u.of(edges[0])
		if es.list[edges[0]].u != nodes[0] {
			flow = negated(flow)
		}
		a.flows = append(a.flows, flow)
	})
	a.graph = newPlanar(c.lines)
}

func negated(ws []winding) []winding {
	out := slices.Clone(ws)
	for i := range out {
		out[i].times = -out[i].times
	}
	return out
}

// chainer walks the edges between nodes.
type chainer struct {
	list  []edge
	start []int32 // of each node in at
	at    []int32 // the live edges at a node
	done  []bool
	live  func(int32) bool
	lines [][]geo.Point
}

func newChainer(nodes int, es *edges, live func(edge int32) bool) *chainer {
	c := &chainer{list: es.list, start: make([]int32, nodes+1), done: make([]bool, len(es.list)), live: live}
	for i, e := range es.list {
		if live(int32(i)) {
			c.start[e.u+1]++
			c.start[e.v+1]++
		}
	}
	for i := 1; i < len(c.start); i++ {
		c.start[i] += c.start[i-1]
	}
	c.at = make([]int32, c.start[nodes])
	next := slices.Clone(c.start)
	for i, e := range es.list {
		if live(int32(i)) {
			c.at[next[e.u]], c.at[next[e.v]] = int32(i), int32(i)
			next[e.u]++
			next[e.v]++
		}
	}
	return c
}

func (c *chainer) degree(node int32) int32 { return c.start[node+1] - c.start[node] }

// each calls f with every chain: first those from node to node, then the closed
// ones that meet no node. The slices are only valid during the call.
func (c *chainer) each(f func(edges, nodes []int32)) {
	var edges, nodes []int32
	follow := func(node, e int32) {
		edges, nodes = c.follow(edges[:0], nodes[:0], node, e)
		f(edges, nodes)
	}
	for node := range int32(len(c.start) - 1) {
		if c.degree(node) == 2 {
			continue
		}
		for _, e := range c.at[c.start[node]:c.start[node+1]] {
			if !c.done[e] {
				follow(node, e)
			}
		}
	}
	for i := range int32(len(c.list)) {
		if c.live(i) && !c.done[i] {
			follow(c.list[i].u, i)
		}
	}
}

func (c *chainer) follow(edges, nodes []int32, node, e int32) ([]int32, []int32) {
	first := node
	nodes = append(nodes, node)
	for {
		c.done[e] = true
		edges = append(edges, e)
		node = c.list[e].u + c.list[e].v - node
		nodes = append(nodes, node)
		if node == first || c.degree(node) != 2 {
			return edges, nodes
		}
		at := c.at[c.start[node]:c.start[node+1]]
		e = at[0] + at[1] - e
	}
}

// spread carries the windings from the unbounded face, which nothing covers,
// across the lines to every other face.
func (a *arrangement) spread() {
	a.cover = make([][]winding, a.faces.count)
	seen := make([]bool, a.faces.count)
	seen[0] = true
	queue := []int32{0}
	for len(queue) > 0 {
		face := queue[0]
		queue = queue[1:]
		for _, h := range a.faces.around(face) {
			beyond := a.faces.of[twin(h)]
			if seen[beyond] {
				continue
			}
			seen[beyond] = true
			a.cover[beyond] = a.across(a.cover[face], h)
			queue = append(queue, beyond)
		}
	}
}

// across returns the windings on the right of h, given those on its left.
func (a *arrangement) across(left []winding, h int32) []winding {
	flow := a.flows[h>>1]
	if h&1 == 0 {
		flow = negated(flow)
	}
	if len(left) == 0 {
		return flow
	}
	return sum(slices.Concat(left, flow))
}

// holders returns the regions that cover a face, sorted, a region twice if two of
// its parts do. A part covers what it winds around an odd number of times.
func (a *arrangement) holders(face int32) []int32 {
	var regions []int32
	for _, w := range a.cover[face] {
		if w.times&1 != 0 {
			regions = append(regions, a.parts[w.part].region)
		}
	}
	slices.Sort(regions)
	return regions
}

// countSegments fills in the counts of the report that need the faces. A drawn
// segment is outer if it still stands and has nothing on one side.
func (in *input) countSegments(a *arrangement) {
	in.report.Segments, in.report.Shared = len(in.drawn.list), in.drawn.again
	for i, line := range a.graph.lines {
		if a.faces.of[2*i] != 0 && a.faces.of[2*i+1] != 0 {
			continue
		}
		u := in.node(line[0])
		for _, p := range line[1:] {
			v := in.node(p)
			if in.drawn.lookup.find(newEdge(u, v).key()) >= 0 {
				in.report.Outer++
			}
			u = v
		}
	}
}
