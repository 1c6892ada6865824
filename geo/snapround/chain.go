package snapround

import (
	"cmp"
	"slices"
)

// chain is a stretch of a rounded arc from one node to another: vertices at which
// something ends or meets. Nothing does in between.
type chain struct {
	arc         int32
	from, to    int32 // its nodes
	first, last int32 // its cells, both inclusive
	link        int32
}

// link is what parts two areas: one chain, or several of one step that fell
// together. It runs as the first of them does.
type link struct {
	chain int32
	first int32 // of its uses; those of the next link begin where they end
	rim   bool  // it lies on the border of the box
}

// use is a chain of a link.
type use struct {
	chain   int32
	arc     int32
	forward bool // the chain runs as the link does
}

// single is a chain of one step, to be compared with others.
type single struct {
	ends  uint64
	chain int32
}

// makeChains makes chains of the steps, and links of the chains.
func (r *Rounder) makeChains() {
	r.markVertices()
	r.cells, r.chains = r.cells[:0], r.chains[:0]
	for i, s := range r.steps {
		if i == 0 || r.marks[s.from] != between || !follows(r.steps[i-1], s) {
			r.cells = append(r.cells, r.vertices[s.from])
			at := int32(len(r.cells) - 1)
			r.chains = append(r.chains, chain{arc: s.arc, from: s.from, first: at})
		}
		c := &r.chains[len(r.chains)-1]
		c.to, c.last = s.to, int32(len(r.cells))
		r.cells = append(r.cells, r.vertices[s.to])
	}
	r.nodes = r.nodes[:0]
	for i := range r.chains {
		c := &r.chains[i]
		c.from, c.to = r.node(c.from), r.node(c.to)
	}
	r.makeLinks()
}

// node makes a vertex a node, if it is none yet, and returns its number. They are
// few, and all that is done for each labelling is done with them. The mark of a
// vertex that is a node is below 0.
func (r *Rounder) node(vertex int32) int32 {
	if r.marks[vertex] >= 0 {
		r.nodes = append(r.nodes, r.vertices[vertex])
		r.marks[vertex] = -int32(len(r.nodes))
	}
	return -r.marks[vertex] - 1
}

// What steps do at a vertex: end there, each, or come by in a row of two.
const (
	ending  = 1
	through = 1 << 16
	between = 2*ending + through // and nothing else: the vertex is inside a chain
)

// markVertices counts what happens at each vertex. Those on the rim are never inside.
func (r *Rounder) markVertices() {
	r.marks = resize(r.marks, len(r.vertices))
	for v, c := range r.vertices {
		r.marks[v] = 0
		if r.atRim(c) {
			r.marks[v] = ending
		}
	}
	for i, s := range r.steps {
		r.marks[s.from] += ending
		r.marks[s.to] += ending
		if i > 0 && follows(r.steps[i-1], s) {
			r.marks[s.from] += through
		}
	}
}

// follows tells whether a step goes on where another ends, and not back.
func follows(a, b step) bool { return a.to == b.from && a.arc == b.arc && a.from != b.to }

// makeLinks makes links. A chain of several steps is alone where it is; those of one
// step may be together.
func (r *Rounder) makeLinks() {
	r.links, r.uses, r.single = r.links[:0], r.uses[:0], r.single[:0]
	for i := range r.chains {
		c := &r.chains[i]
		if c.last-c.first > 1 {
			r.addLink(int32(i), false)
			continue
		}
		r.single = append(r.single, single{uint64(min(c.from, c.to))<<32 | uint64(max(c.from, c.to)), int32(i)})
	}
	slices.SortFunc(r.single, func(a, b single) int { return cmp.Or(cmp.Compare(a.ends, b.ends), cmp.Compare(a.chain, b.chain)) })
	for i, s := range r.single {
		if i == 0 || s.ends != r.single[i-1].ends {
			c := &r.chains[s.chain]
			r.addLink(s.chain, r.onRim(r.cells[c.first], r.cells[c.last]))
			continue
		}
		r.addUse(s.chain)
	}
	r.links = append(r.links, link{first: int32(len(r.uses))})
}

func (r *Rounder) addLink(chain int32, rim bool) {
	r.links = append(r.links, link{chain: chain, first: int32(len(r.uses)), rim: rim})
	r.addUse(chain)
}

// addUse adds a chain to the latest link.
func (r *Rounder) addUse(chain int32) {
	n := int32(len(r.links) - 1)
	c := &r.chains[chain]
	c.link = n
	r.uses = append(r.uses, use{chain, c.arc, c.from == r.chains[r.links[n].chain].from})
}

// onRim tells whether both ends lie on one side of the box.
func (r *Rounder) onRim(a, b Cell) bool {
	return a.X == b.X && (a.X == r.low || a.X == r.high) || a.Y == b.Y && (a.Y == r.low || a.Y == r.high)
}

func (r *Rounder) usesOf(link int) []use {
	return r.uses[r.links[link].first:r.links[link+1].first]
}

// parts returns who is left and right of a link once everybody who is on both
// sides, between chains that fell together, is left out.
func (r *Rounder) parts(link int, s Sides) (left, right int32) {
	uses := r.usesOf(link)
	if len(uses) == 1 {
		return uses[0].sides(s)
	}
	for i := range uses {
		l, o := uses[i].sides(s)
		if surplus(uses, s, l) > 0 {
			left = l
		}
		if surplus(uses, s, o) < 0 {
			right = o
		}
	}
	return left, right
}

func (u use) sides(s Sides) (left, right int32) {
	if u.forward {
		return s.Left[u.arc], s.Right[u.arc]
	}
	return s.Right[u.arc], s.Left[u.arc]
}

// surplus counts how much more often somebody is on the left than on the right.
func surplus(uses []use, s Sides, who int32) (n int) {
	for _, u := range uses {
		l, r := u.sides(s)
		if l == who {
			n++
		}
		if r == who {
			n--
		}
	}
	return n
}
