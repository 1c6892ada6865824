package coverage

import (
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Refusal says why an edit cannot be done, and where.
type Refusal struct {
	At     geo.Point // a point where it goes wrong
	Units  []string  // the units concerned, sorted
	Reason string
}

func (r *Refusal) Error() string {
	p := r.At.Orb()
	return fmt.Sprintf("at %.7f, %.7f: %s", p[0], p[1], r.Reason)
}

// Difference is what an edit changed.
type Difference struct {
	Coverage *Coverage // after the edit
	// Removed are arcs of the coverage before, Added arcs of the one after.
	Removed, Added []int
	// Gains say by how much each face grew, exactly; a loss is negative.
	Gains []Gain
	// Transfers say which land went from whom to whom. Where the old and the new
	// line cross, the crossing is rounded to the grid, so a transfer may differ
	// from the exact one by half a unit along its border.
	Transfers []Transfer
}

// Gain is the growth of one side: twice the area in square grid units, and m².
type Gain struct {
	Face       FaceIndex
	TwiceUnits int64
	AreaM2     float64
}

// Transfer is land that goes from one side to another.
type Transfer struct {
	From, To   FaceIndex
	TwiceUnits int64 // twice the area in square grid units
	AreaM2     float64
	Pieces     []orb.Polygon
}

// Reshape draws an arc anew between its end nodes; interior holds the vertices
// between them, in the direction of the arc. For a closed arc interior holds
// those after its first point, which stays.
//
// It refuses with a [*Refusal] a line that crosses or touches another arc or
// itself, that passes over another face, an enclave or an island, that turns a
// face inside out, or that leaves one without area. The coverage c is unchanged.
// Cost is linear in the vertices of c.
func Reshape(ctx context.Context, c *Coverage, arc int, interior []geo.Point) (*Difference, error) {
	if arc < 0 || arc >= len(c.Arcs) {
		return nil, fmt.Errorf("reshaping arc %d: there are %d arcs", arc, len(c.Arcs))
	}
	old := c.Arcs[arc]
	line := slices.Concat(old.Line[:1], interior, old.Line[len(old.Line)-1:])
	e := &reshape{c: c, arc: arc, old: old.Line, line: line}
	if refusal := e.refusal(); refusal != nil {
		return nil, fmt.Errorf("reshaping arc %d: %w", arc, refusal)
	}
	after, err := c.withArc(arc, line)
	if err != nil {
		return nil, fmt.Errorf("reshaping arc %d: %w", arc, &Refusal{At: line[0], Units: c.sides(int32(arc)), Reason: err.Error()})
	}
	transfers, err := e.transfers(ctx)
	if err != nil {
		return nil, fmt.Errorf("measuring the reshaping of arc %d: %w", arc, err)
	}
	return &Difference{Coverage: after, Removed: []int{arc}, Added: []int{arc}, Gains: e.gains(), Transfers: transfers}, nil
}

// withArc returns c with another line for an arc.
func (c *Coverage) withArc(arc int, line []geo.Point) (*Coverage, error) {
	arcs := slices.Clone(c.Arcs)
	arcs[arc].Line = line
	holders := make([]int, len(c.Faces))
	for i, f := range c.Faces {
		holders[i] = f.Unit
	}
	return New(c.Units, c.Outsides, holders, arcs)
}

// reshape is a new line for an arc, under examination.
type reshape struct {
	c         *Coverage
	arc       int
	old, line []geo.Point
}

func (e *reshape) refuse(at geo.Point, other int, format string, args ...any) *Refusal {
	arcs := []int32{int32(e.arc)}
	if other >= 0 {
		arcs = append(arcs, int32(other))
	}
	return &Refusal{At: at, Units: e.c.sides(arcs...), Reason: fmt.Sprintf(format, args...)}
}

func (e *reshape) refusal() *Refusal {
	for _, check := range []func() *Refusal{e.badVertex, e.meetsItself, e.meetsOthers, e.passesOver} {
		if r := check(); r != nil {
			return r
		}
	}
	return nil
}

func (e *reshape) badVertex() *Refusal {
	for i, p := range e.line {
		if p.X < -geo.MaxX || p.X > geo.MaxX || p.Y < -geo.MaxY || p.Y > geo.MaxY {
			return e.refuse(p, -1, "vertex %d is not on the globe", i)
		}
		if i == 0 {
			continue
		}
		d := from(e.line[i-1], p)
		if d == (vector{}) {
			return e.refuse(p, -1, "vertex %d repeats the one before: leave it out", i)
		}
		if abs(d.dx) >= maxSpan || abs(d.dy) >= maxSpan {
			return e.refuse(p, -1, "the segment before vertex %d spans more than 107 degrees", i)
		}
	}
	return nil
}

// meetsItself treats the new line as a coverage of one arc.
func (e *reshape) meetsItself() *Refusal {
	alone := &Coverage{Arcs: []Arc{{Line: e.line}}}
	steps, segments := alone.segments()
	var refusal *Refusal
	enough := newGrid(segments, 0).pairs(pairWork(len(segments)), func(i, j int32) bool {
		if p, bad := alone.clash(steps[i], steps[j], segments[i], segments[j]); bad {
			refusal = e.refuse(p, -1, "the new line meets itself")
		}
		return refusal == nil
	})
	if !enough {
		return e.refuse(e.line[0], -1, "the new line is too dense to be examined: draw it with fewer vertices")
	}
	return refusal
}

// meetsOthers compares the new line with the arcs whose boxes it touches.
func (e *reshape) meetsOthers() *Refusal {
	lo, hi := extent(e.line)
	around := box{lo.X, lo.Y, hi.X, hi.Y}
	index := newGrid(segmentsOf(e.line), 0)
	pair := &Coverage{Arcs: []Arc{{Line: e.line}, {}}}
	for i, arc := range e.c.Arcs {
		if i == e.arc {
			continue
		}
		pair.Arcs[1] = arc
		for k, t := range segmentsOf(arc.Line) {
			if !t.box().meets(around, 0) {
				continue
			}
			if p, bad := pair.clashAny(index, t, int32(k)); bad {
				return e.refuse(p, i, "the new line meets arc %d, between %q and %q", i, e.c.holder(arc.Left), e.c.holder(arc.Right))
			}
		}
	}
	return nil
}

func segmentsOf(line []geo.Point) []segment {
	segments := make([]segment, len(line)-1)
	for i := range segments {
		segments[i] = segment{line[i], line[i+1]}
	}
	return segments
}

// clashAny compares segment t, number k of arc 1, with those of arc 0 in index.
func (c *Coverage) clashAny(index *grid, t segment, k int32) (p geo.Point, bad bool) {
	index.visit(t, func(cell int) {
		for _, s := range index.items[index.start[cell]:index.start[cell+1]] {
			if !bad && index.segments[s].box().meets(t.box(), 0) {
				p, bad = c.clash(step{0, s}, step{1, k}, index.segments[s], t)
			}
		}
	})
	return p, bad
}

// passesOver looks for an arc between the old and the new line. Nothing may lie
// there: it would change sides without being drawn anew.
func (e *reshape) passesOver() *Refusal {
	loop := e.loop()
	lo, hi := extent(loop)
	if int64(hi.X)-int64(lo.X) > 2*maxSpan {
		return e.refuse(lo, -1, "the old and the new line together span more than half the globe")
	}
	for i, arc := range e.c.Arcs {
		if i == e.arc {
			continue
		}
		middle := segment{arc.Line[0], arc.Line[1]}
		if middle.box().meets(box{lo.X, lo.Y, hi.X, hi.Y}, 0) && windsAround(loop, middle) {
			return e.refuse(arc.Line[0], i, "the line would pass over arc %d, between %q and %q: move that first", i, e.c.holder(arc.Left), e.c.holder(arc.Right))
		}
	}
	return nil
}

// loop runs along the new line and back along the old.
func (e *reshape) loop() []geo.Point {
	back := slices.Clone(e.old)
	slices.Reverse(back)
	return slices.Concat(e.line, back[1:])
}

// windsAround tells whether a closed loop, which may cross itself, winds an odd
// number of times around the middle of s. Twice the middle is a grid point, so
// everything is compared doubled. s must lie within 2·maxSpan of the loop.
func windsAround(loop []geo.Point, s segment) (in bool) {
	x, y := int64(s.a.X)+int64(s.b.X), int64(s.a.Y)+int64(s.b.Y)
	for i := 1; i < len(loop); i++ {
		t := segment{loop[i-1], loop[i]}.upward()
		if 2*int64(t.a.Y) <= y == (2*int64(t.b.Y) <= y) {
			continue
		}
		if from(t.a, t.b).cross(vector{x - 2*int64(t.a.X), y - 2*int64(t.a.Y)}) > 0 {
			in = !in
		}
	}
	return in
}

// gains measures the loop between the lines: it runs counter-clockwise around
// what the left side wins.
func (e *reshape) gains() []Gain {
	arc, loop := e.c.Arcs[e.arc], e.loop()
	twice, areaM2 := twiceArea(loop), ringAreaM2(loop)
	return []Gain{{arc.Left, twice, areaM2}, {arc.Right, -twice, -areaM2}}
}

// transfers cuts the loop into its pieces: those it winds around forward go to
// the left of the arc, the others to its right.
func (e *reshape) transfers(ctx context.Context) ([]Transfer, error) {
	a, err := arrangeLoop(ctx, e.loop())
	if err != nil {
		return nil, err
	}
	arc := e.c.Arcs[e.arc]
	both := []Transfer{{From: arc.Right, To: arc.Left}, {From: arc.Left, To: arc.Right}}
	for f := int32(1); f < a.faces.count; f++ {
		if len(a.cover[f]) == 0 {
			continue
		}
		t := &both[0]
		if a.cover[f][0].times < 0 {
			t = &both[1]
		}
		s := a.shape(f)
		t.TwiceUnits += a.faces.twice[f]
		t.AreaM2 += s.areaM2
		t.Pieces = append(t.Pieces, s.polygon)
	}
	return slices.DeleteFunc(both, func(t Transfer) bool { return len(t.Pieces) == 0 }), nil
}

// arrangeLoop arranges one closed loop as it runs.
func arrangeLoop(ctx context.Context, loop []geo.Point) (*arrangement, error) {
	opts := Options{}.withDefaults()
	in := &input{opts: opts, regions: make([]Region, 1), parts: make([]part, 1), lookup: newIndex(len(loop)), report: newReport(opts)}
	r := ring{}
	for _, p := range loop[1:] {
		r.nodes = append(r.nodes, in.node(p))
	}
	r.nodes = slices.Compact(r.nodes)
	in.rings = []ring{r}
	return arrange(ctx, in)
}
