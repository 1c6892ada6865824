package coverage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/geo"
)

// Validate proves a coverage from its arcs alone, in integers, and reports what
// contradicts it:
//
//   - the border of every face closes: as many of its half-edges enter a node as leave it;
//   - no two arcs cross, touch or overlap except at common ends, and no arc meets itself;
//   - every piece into which the arcs cut the plane is one face, and every face is one
//     piece of exactly the same area. So there is no overlap;
//   - every bounded piece that is outside belongs to a named neighbour. So there is no gap.
//
// The report of a sound coverage is Clean. The error is ctx ending, or arcs too
// dense to be compared. Cost is about linear in vertices.
func Validate(ctx context.Context, c *Coverage) (*Report, error) {
	r := newReport(Options{})
	r.Regions = len(c.Units)
	c.checkClosed(r)
	if err := c.checkCrossings(ctx, r); err != nil {
		return nil, fmt.Errorf("validating a coverage: %w", err)
	}
	if r.Clean() { // pieces mean nothing while lines cross
		c.checkPieces(r)
	}
	r.sort()
	return r, nil
}

// checkClosed counts the half-edges of each face at each node.
func (c *Coverage) checkClosed(r *Report) {
	type place struct {
		face FaceIndex
		node geo.Point
	}
	balance := make(map[place]int)
	for _, arc := range c.Arcs {
		first, last := arc.Line[0], arc.Line[len(arc.Line)-1]
		if first == last {
			continue
		}
		balance[place{arc.Left, first}]++
		balance[place{arc.Left, last}]--
		balance[place{arc.Right, last}]++
		balance[place{arc.Right, first}]--
	}
	for p, n := range balance {
		if n != 0 && p.face >= 0 {
			f := Fault{Kind: KindOpen, Regions: []string{c.holder(p.face)}, Message: fmt.Sprintf("the border of face %d does not close here", p.face)}
			r.add(f.along([]geo.Point{p.node}))
		}
	}
}

// step is a segment of an arc: from vertex at to the next.
type step struct{ arc, at int32 }

// checkCrossings compares all segments that come near each other.
func (c *Coverage) checkCrossings(ctx context.Context, r *Report) error {
	steps, segments := c.segments()
	return eachPair(ctx, newGrid(segments, 0), func(i, j int32) error {
		p, bad := c.clash(steps[i], steps[j], segments[i], segments[j])
		if !bad || len(r.Faults) >= maxCrossingFaults {
			return nil
		}
		a, b := steps[i].arc, steps[j].arc
		f := Fault{Kind: KindCrossing, Regions: c.sides(a, b), Message: fmt.Sprintf("arcs %d and %d meet here, which is not an end of both", a, b)}
		r.add(f.along([]geo.Point{p}))
		return nil
	})
}

// maxCrossingFaults ends a list nobody reads to its end.
const maxCrossingFaults = 1000

func (c *Coverage) segments() ([]step, []segment) {
	var steps []step
	var segments []segment
	for i, arc := range c.Arcs {
		for k := 1; k < len(arc.Line); k++ {
			steps = append(steps, step{int32(i), int32(k - 1)})
			segments = append(segments, segment{arc.Line[k-1], arc.Line[k]})
		}
	}
	return steps, segments
}

// clash returns a point where two segments meet although they must not.
func (c *Coverage) clash(a, b step, s, t segment) (geo.Point, bool) {
	follow := a.arc == b.arc && (a.at-b.at == 1 || b.at-a.at == 1)
	for i, p := range []geo.Point{s.a, s.b} {
		if !touches(t.a, t.b, p) {
			continue
		}
		j := slices.Index([]geo.Point{t.a, t.b}, p)
		if j < 0 {
			return p, true
		}
		end := c.isEnd(a, i) && c.isEnd(b, j)
		joint := follow && a.at+int32(i) == b.at+int32(j)
		if !end && !joint {
			return p, true
		}
	}
	for _, q := range []geo.Point{t.a, t.b} {
		if q != s.a && q != s.b && touches(s.a, s.b, q) {
			return q, true
		}
	}
	if crossesProperly(s.a, s.b, t.a, t.b) {
		return crossing(s.a, s.b, t.a, t.b), true
	}
	return geo.Point{}, false
}

// isEnd tells whether vertex at+i of an arc is one of its ends.
func (c *Coverage) isEnd(s step, i int) bool {
	k := int(s.at) + i
	return k == 0 || k == len(c.Arcs[s.arc].Line)-1
}

// sides returns the ids of the units beside some arcs.
func (c *Coverage) sides(arcs ...int32) []string {
	var ids []string
	for _, a := range arcs {
		ids = append(ids, c.holder(c.Arcs[a].Left), c.holder(c.Arcs[a].Right))
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// checkPieces compares the pieces of the plane with the faces the arcs name.
func (c *Coverage) checkPieces(r *Report) {
	pieces := findFaces(c.graph)
	seen := make([]bool, len(c.Faces))
	for piece := range pieces.count {
		around := pieces.around(piece)
		if len(around) == 0 {
			continue // no arcs at all
		}
		side := c.left(around[0])
		switch other := c.otherSide(around, side); {
		case other >= 0:
			c.reportMixed(r, around[0], other)
		case side >= 0 && (piece == 0 || seen[side] || c.TwiceArea(int(side)) != pieces.twice[piece]):
			c.reportMisplaced(r, around[0], fmt.Sprintf("face %d is not one connected piece of its area", side))
		case side >= 0:
			seen[side] = true
		case piece != 0:
			c.checkHole(r, piece, pieces)
		}
	}
	for face, found := range seen {
		if !found && r.Clean() {
			r.add(Fault{Kind: KindMisplaced, Regions: []string{c.holder(FaceIndex(face))}, Message: fmt.Sprintf("face %d has no arcs", face)})
		}
	}
}

// otherSide returns a half-edge that names another side than the piece has, or
// -1. Several outsides may share a piece.
func (c *Coverage) otherSide(around []int32, side FaceIndex) int32 {
	for _, h := range around {
		if s := c.left(h); s != side && (s >= 0 || side >= 0) {
			return h
		}
	}
	return -1
}

func (c *Coverage) reportMixed(r *Report, a, b int32) {
	f := Fault{
		Kind: KindMisplaced, Regions: c.sides(a>>1, b>>1),
		Message: fmt.Sprintf("arcs %d and %d lie on one piece of land but name sides %d and %d of it", a>>1, b>>1, c.left(a), c.left(b)),
	}
	r.add(f.along(c.graph.lines[b>>1]))
}

func (c *Coverage) reportMisplaced(r *Report, h int32, message string) {
	f := Fault{Kind: KindMisplaced, Regions: c.sides(h >> 1), Message: message}
	r.add(f.along(c.graph.lines[h>>1]))
}

// checkHole reports a bounded piece outside unless all its arcs name a neighbour.
func (c *Coverage) checkHole(r *Report, piece int32, pieces *faces) {
	for _, h := range pieces.around(piece) {
		out, _ := c.left(h).Outside()
		if key := c.Outsides[out]; key != "" && key != GapSide {
			continue
		}
		hole := arrangement{graph: c.graph, faces: pieces}
		s := hole.shape(piece)
		r.add(Fault{
			Kind: KindGap, Regions: c.sides(h >> 1), At: s.inside, Bound: s.polygon.Bound(),
			AreaM2: s.areaM2, LengthM: s.perimeterM, Geometry: s.polygon, Message: "no region covers this",
		})
		return
	}
}

// CheckTiling proves that the groups of child tile those of parent: every child
// lies in one parent, and the outlines of the children of a parent enclose
// exactly as much as its own outline, in square grid units. A face of child ""
// stands for itself; it may be held by its parent directly.
func (c *Coverage) CheckTiling(child, parent func(face int) string) error {
	above := make(map[string]string)
	sums := make(map[string]int64)
	for i := range c.Faces {
		k, p := child(i), parent(i)
		if k == "" {
			sums[p] += c.TwiceArea(i)
			continue
		}
		if other, found := above[k]; found && other != p {
			return fmt.Errorf("checking that children tile: %s lies in %q and in %q", k, other, p)
		}
		above[k] = p
	}
	for key, polygons := range c.outlines(child) {
		sums[above[key]] += twiceAreaOf(polygons)
	}
	var wrong []string
	for key, polygons := range c.outlines(parent) {
		if d := sums[key] - twiceAreaOf(polygons); d != 0 {
			wrong = append(wrong, fmt.Sprintf("%s by %d half units", key, d))
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("checking that children tile: their areas differ from %s", strings.Join(wrong, ", "))
	}
	return nil
}

func twiceAreaOf(polygons [][][]geo.Point) (twice int64) {
	for _, rings := range polygons {
		for _, r := range rings {
			twice += twiceArea(r)
		}
	}
	return twice
}
