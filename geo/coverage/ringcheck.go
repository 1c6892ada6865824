package coverage

import (
	"fmt"
	"slices"

	"jieming/geo"
)

// findRingFaults looks for noded rings that come to a node twice. Noding has put
// a node wherever a ring meets itself, so nothing else has to be compared.
func (a *arrangement) findRingFaults() {
	v := visits{at: make([]int32, len(a.nodes)), in: make([]int32, len(a.nodes))}
	for i := range a.rings {
		v.ring = int32(i + 1)
		a.checkRing(&a.rings[i], &v)
	}
}

// visits remembers for each node where the current ring was there before.
type visits struct {
	in   []int32 // ring + 1 that was there last
	at   []int32 // place in that ring
	ring int32
}

func (a *arrangement) checkRing(r *ring, v *visits) {
	for k, n := range r.nodes {
		if v.in[n] != v.ring {
			v.in[n], v.at[n] = v.ring, int32(k)
			continue
		}
		a.reportMeeting(r, int(v.at[n]), k)
		v.at[n] = int32(k)
	}
}

// reportMeeting reports that ring r is at one node at steps j and k.
func (a *arrangement) reportMeeting(r *ring, j, k int) {
	n := len(r.nodes)
	in1, out1 := r.nodes[(j+n-1)%n], r.nodes[(j+1)%n]
	in2, out2 := r.nodes[(k+n-1)%n], r.nodes[(k+1)%n]
	kind, message := KindSelfTouch, "the ring comes to this place twice; it is taken as an outer ring and holes"
	switch {
	case !a.drawnMeeting(r, a.nodes[r.nodes[j]]):
		kind, message = KindNearTouch, "the ring comes nearer to itself here than half a grid unit, and is joined"
	case in1 == in2 || in1 == out2 || out1 == in2 || out1 == out2:
		kind, message = KindSpike, "the ring runs along itself here"
	case a.crossAt(r.nodes[j], in1, out1, in2, out2):
		kind, message = KindSelfCrossing, "the ring crosses itself here"
	}
	p := a.parts[r.part]
	f := Fault{Kind: kind, Regions: a.ids(p.region), Message: ringName(a.regions, p, r.number) + ": " + message}
	a.fault(f.along([]geo.Point{a.nodes[r.nodes[j]]}))
}

// drawnMeeting tells whether r, as it was drawn, meets itself within a unit of p.
func (a *arrangement) drawnMeeting(r *ring, p geo.Point) bool {
	alone := Coverage{Arcs: []Arc{{Line: []geo.Point{}}}}
	var near []step
	at := box{p.X, p.Y, p.X, p.Y}
	line := append(slices.Clone(r.drawn), r.drawn[0])
	for k, n := range line {
		alone.Arcs[0].Line = append(alone.Arcs[0].Line, a.nodes[n])
		if k > 0 && (segment{a.nodes[line[k-1]], a.nodes[n]}).box().meets(at, 1) {
			near = append(near, step{0, int32(k - 1)})
		}
	}
	of := func(s step) segment {
		return segment{alone.Arcs[0].Line[s.at], alone.Arcs[0].Line[s.at+1]}
	}
	for i, s := range near {
		for _, t := range near[i+1:] {
			if _, meet := alone.clash(s, t, of(s), of(t)); meet {
				return true
			}
		}
	}
	return false
}

// crossAt tells whether a way through node from in1 to out1 crosses one from in2
// to out2: whether going round the node, the two ways alternate.
func (a *arrangement) crossAt(node, in1, out1, in2, out2 int32) bool {
	center := a.nodes[node]
	toward := func(n int32) vector { return from(center, a.nodes[n]) }
	inside := func(v vector) bool { // counter-clockwise after in1 and before out1
		lo, hi := toward(in1), toward(out1)
		if compareAngle(lo, hi) < 0 {
			return compareAngle(lo, v) < 0 && compareAngle(v, hi) < 0
		}
		return compareAngle(lo, v) < 0 || compareAngle(v, hi) < 0
	}
	return inside(toward(in2)) != inside(toward(out2))
}

// findMeetings looks for rings of one polygon that meet where they already hang
// together by another node: they share a stretch, or cut the interior apart.
func (a *arrangement) findMeetings() {
	v := visits{at: make([]int32, len(a.nodes)), in: make([]int32, len(a.nodes))}
	together := newSets(len(a.rings))
	for i := range a.rings {
		r := &a.rings[i]
		v.ring = r.part + 1
		for _, n := range r.nodes {
			a.meet(together, int32(i), n, &v)
		}
	}
}

func (a *arrangement) meet(together sets, ring, node int32, v *visits) {
	before := v.at[node]
	met := v.in[node] == v.ring && before != ring
	v.in[node], v.at[node] = v.ring, ring
	if !met {
		return
	}
	if together.find(before) != together.find(ring) {
		together.join(before, ring)
		return
	}
	p, r := a.parts[a.rings[ring].part], a.rings[ring]
	f := Fault{
		Kind: KindSplitInterior, Regions: a.ids(p.region),
		Message: fmt.Sprintf("%s meets ring %d of its polygon here and elsewhere, which cuts the polygon apart", ringName(a.regions, p, r.number), a.rings[before].number),
	}
	a.fault(f.along([]geo.Point{a.nodes[node]}))
}

// findAdjacentParts looks for lines with polygons of one region on both sides.
func (a *arrangement) findAdjacentParts() {
	for i, flow := range a.flows {
		if len(flow) < 2 {
			continue
		}
		region := make(map[int32]int32, len(flow))
		for _, w := range flow {
			r := a.parts[w.part].region
			if other, found := region[r]; found && other == -w.times {
				f := Fault{Kind: KindAdjacentParts, Regions: a.ids(r), Message: "two polygons of the region share this border; they are taken as one"}
				a.fault(f.along(a.graph.lines[i]))
			}
			region[r] = w.times
		}
	}
}
