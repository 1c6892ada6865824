package coverage

import (
	"jieming/geo"
)

// faces are the connected pieces into which a planar graph cuts the plane. Face
// 0 is the unbounded one.
type faces struct {
	of    []int32 // the face left of each half-edge
	count int32
	twice []int64 // twice the area of each face; of face 0 minus that of all others
	start []int32 // of each face in halves
	// halves are the half-edges with the face on their left.
	halves []int32
}

// findFaces finds the faces of g. Cycles that run clockwise bound a connected
// component from outside; a ray from each such component finds the face it lies in.
func findFaces(g *planar) *faces {
	c := g.cycles()
	sets := newSets(len(c.twice) + 1) // the last stands for the unbounded face
	unbounded := int32(len(c.twice))
	ray := newRay(g, c)
	for cycle, twice := range c.twice {
		if twice > 0 {
			continue
		}
		outer := unbounded
		if h, found := ray.hit(c.west[cycle]); found {
			outer = c.of[h]
		}
		sets.join(int32(cycle), outer)
	}
	return c.merge(sets, unbounded)
}

// cycles are the closed walks of a planar graph.
type cycles struct {
	of    []int32     // the cycle left of each half-edge
	twice []int64     // twice the signed area of each
	west  []geo.Point // its least point
}

func (g *planar) cycles() *cycles {
	c := &cycles{of: make([]int32, 2*len(g.lines))}
	for h := range c.of {
		c.of[h] = -1
	}
	under := make([]int64, len(g.lines))
	west := make([]geo.Point, len(g.lines))
	for i, line := range g.lines {
		under[i], west[i] = twiceAreaUnder(line), least(line)
	}
	for start := range c.of {
		if c.of[start] >= 0 {
			continue
		}
		id := int32(len(c.twice))
		var twice int64
		corner := west[start>>1]
		for h := int32(start); c.of[h] < 0; h = g.next(h) {
			c.of[h] = id
			twice += signed(under[h>>1], h)
			if geo.Compare(west[h>>1], corner) < 0 {
				corner = west[h>>1]
			}
		}
		c.twice, c.west = append(c.twice, twice), append(c.west, corner)
	}
	return c
}

// signed returns v for a forward and -v for a backward half-edge.
func signed(v int64, h int32) int64 {
	if h&1 == 1 {
		return -v
	}
	return v
}

func least(line []geo.Point) geo.Point {
	p := line[0]
	for _, q := range line[1:] {
		if geo.Compare(q, p) < 0 {
			p = q
		}
	}
	return p
}

// merge makes faces of the sets of cycles.
func (c *cycles) merge(sets sets, unbounded int32) *faces {
	f := &faces{of: make([]int32, len(c.of)), count: 1}
	number := make([]int32, len(sets))
	for i := range number {
		number[i] = -1
	}
	number[sets.find(unbounded)] = 0
	f.twice = append(f.twice, 0)
	for cycle, twice := range c.twice {
		root := sets.find(int32(cycle))
		if number[root] < 0 {
			number[root] = f.count
			f.count++
			f.twice = append(f.twice, 0)
		}
		f.twice[number[root]] += twice
	}
	f.start = make([]int32, f.count+1)
	for h, cycle := range c.of {
		f.of[h] = number[sets.find(cycle)]
		f.start[f.of[h]+1]++
	}
	f.fill()
	return f
}

func (f *faces) fill() {
	for i := 1; i < len(f.start); i++ {
		f.start[i] += f.start[i-1]
	}
	next := append([]int32(nil), f.start...)
	f.halves = make([]int32, len(f.of))
	for h, face := range f.of {
		f.halves[next[face]] = int32(h)
		next[face]++
	}
}

// around returns the half-edges that bound a face.
func (f *faces) around(face int32) []int32 { return f.halves[f.start[face]:f.start[face+1]] }

// sets is a union-find forest.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func (s sets) find(i int32) int32 {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int32) { s[s.find(i)] = s.find(j) }

// ray looks west from a point for the first line it meets.
type ray struct {
	graph *planar
	index *grid
	owner []int32 // line of each segment of the index
}

// newRay prepares rays. With a single component nothing is ever hit, and no grid
// is made.
func newRay(g *planar, c *cycles) *ray {
	r := &ray{graph: g}
	outer := 0
	for _, twice := range c.twice {
		if twice <= 0 {
			outer++
		}
	}
	if outer > 1 {
		r.prepare()
	}
	return r
}

func (r *ray) prepare() {
	total := 0
	for _, line := range r.graph.lines {
		total += len(line) - 1
	}
	segments := make([]segment, 0, total)
	r.owner = make([]int32, 0, total)
	for i, line := range r.graph.lines {
		for k := 1; k < len(line); k++ {
			segments = append(segments, segment{line[k-1], line[k]})
			r.owner = append(r.owner, int32(i))
		}
	}
	r.index = newGrid(segments, 1)
}

// hit returns the half-edge that has p in the face on its left: the one, of the
// first segment strictly west of p, that faces p. A segment counts where it spans
// p's latitude with its upper end excluded, so the ray runs just above p.
func (r *ray) hit(p geo.Point) (h int32, found bool) {
	if r.index == nil {
		return 0, false
	}
	best := int32(-1)
	row := r.index.row(int64(p.Y))
	for col := r.index.col(int64(p.X)); col >= 0; col-- {
		for _, i := range r.index.cell(col, row) {
			if r.west(i, p) && (best < 0 || r.nearer(i, best)) {
				best = i
			}
		}
		if best >= 0 && r.reaches(best, p, col) {
			break
		}
	}
	if best < 0 {
		return 0, false
	}
	s := r.index.segments[best]
	h = 2 * r.owner[best]
	if s.a.Y < s.b.Y { // it runs up, so the east is on its right
		h = twin(h)
	}
	return h, true
}

// west tells whether the ray from p meets segment i at a point other than p.
func (r *ray) west(i int32, p geo.Point) bool {
	s := r.index.segments[i].upward()
	return s.a.Y <= p.Y && p.Y < s.b.Y && cross(s.a, s.b, p) < 0
}

// upward returns the segment with its lower end first.
func (s segment) upward() segment {
	if s.a.Y > s.b.Y {
		s.a, s.b = s.b, s.a
	}
	return s
}

// nearer tells whether segment i lies east of j. Both span one latitude and do
// not cross, so the end of one that lies beside the other decides.
func (r *ray) nearer(i, j int32) bool {
	s, t := r.index.segments[i].upward(), r.index.segments[j].upward()
	if s.a.Y >= t.a.Y {
		if c := cross(t.a, t.b, s.a); c != 0 {
			return c < 0
		}
	} else if c := cross(s.a, s.b, t.a); c != 0 {
		return c > 0
	}
	// They meet in the lower end of one: see which leaves it further east.
	if s.b.Y <= t.b.Y {
		return cross(t.a, t.b, s.b) < 0
	}
	return cross(s.a, s.b, t.b) > 0
}

// reaches tells whether the ray from p meets segment i no further west than
// column col begins, so that nothing nearer can lie in the columns beyond.
func (r *ray) reaches(i int32, p geo.Point, col int) bool {
	s := r.index.segments[i].upward()
	edge := r.index.originX + int64(col)<<r.index.shift
	if edge < -geo.MaxX {
		return false
	}
	return cross(s.a, s.b, geo.Point{X: int32(edge), Y: p.Y}) >= 0
}
