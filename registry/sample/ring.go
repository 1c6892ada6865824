package sample

import (
	"slices"

	"jieming/geo"
)

// ring is a closed line, its first point repeated at the end.
type ring []geo.Point

// polygon is an outer ring, anticlockwise, and its holes, clockwise.
type polygon []ring

// polygons returns the area of a region, its parts in the order of their
// southernmost cells.
func (b *borders) polygons(h honeycomb, code string) []polygon {
	next := b.directed(h, code)
	starts := make([]corner, 0, len(next))
	for c := range next {
		starts = append(starts, c)
	}
	slices.SortFunc(starts, func(a, b corner) int {
		if less(a, b) {
			return -1
		}
		return 1
	})
	var outer, holes []ring
	for _, c := range starts {
		if _, left := next[c]; !left {
			continue
		}
		r := b.walk(c, next)
		if r.twiceArea() > 0 {
			outer = append(outer, r)
		} else {
			holes = append(holes, r)
		}
	}
	return assemble(outer, holes)
}

// directed returns, for every corner on the border of a region, the next one
// with the region on the left. No region has two such sides from one corner:
// three cells meet there, and where four regions touch they are all distinct.
func (b *borders) directed(h honeycomb, code string) map[corner]corner {
	next := map[corner]corner{}
	for c, owner := range h {
		if owner != code {
			continue
		}
		corners := c.corners()
		for i, d := range c.across() {
			from, to := b.root(corners[i]), b.root(corners[(i+1)%6])
			if h[d] != code && from != to {
				next[from] = to
			}
		}
	}
	return next
}

// walk follows a ring from c and strikes its corners off next.
func (b *borders) walk(c corner, next map[corner]corner) ring {
	r := ring{b.place[c]}
	for {
		d, ok := next[c]
		if !ok {
			return r
		}
		delete(next, c)
		r = append(r, b.course(c, d)[1:]...)
		c = d
	}
}

func (b *borders) course(from, to corner) []geo.Point {
	s := sideOf(from, to)
	course := b.courses[s]
	if s.a != from {
		course = slices.Clone(course)
		slices.Reverse(course)
	}
	return course
}

func assemble(outer, holes []ring) []polygon {
	polygons := make([]polygon, len(outer))
	for i, r := range outer {
		polygons[i] = polygon{r}
	}
	for _, hole := range holes {
		i := slices.IndexFunc(outer, func(r ring) bool { return r.holds(hole[0]) })
		polygons[i] = append(polygons[i], hole)
	}
	return polygons
}

func (r ring) twiceArea() int64 {
	var sum int64
	for i := range len(r) - 1 {
		p, q := r[i], r[i+1]
		sum += int64(p.X-r[0].X)*int64(q.Y-r[0].Y) - int64(q.X-r[0].X)*int64(p.Y-r[0].Y)
	}
	return sum
}

// holds tells whether a point off the ring lies inside it, by the crossings of
// a ray to the east.
func (r ring) holds(p geo.Point) bool {
	inside := false
	for i := range len(r) - 1 {
		a, b := r[i], r[i+1]
		if (a.Y > p.Y) == (b.Y > p.Y) {
			continue
		}
		if a.Y > b.Y {
			a, b = b, a
		}
		if int64(p.X-a.X)*int64(b.Y-a.Y) < int64(b.X-a.X)*int64(p.Y-a.Y) {
			inside = !inside
		}
	}
	return inside
}
