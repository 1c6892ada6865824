package snapround

import (
	"cmp"
	"slices"
)

// hit is a hot cell that a segment passes.
type hit struct {
	vertex int32
	along  int32 // rises along the segment
}

// step is a piece of a rounded arc, between two vertices.
type step struct {
	from, to int32
	arc      int32
}

// snap replaces each segment by steps between the hot cells that it passes.
func (r *Rounder) snap() {
	for i := range r.segments {
		s := &r.segments[i]
		r.hits = r.hits[:0]
		sx, sy := sign(s.bx-s.ax), sign(s.by-s.ay)
		a, b := Cell{r.cell(s.ax), r.cell(s.ay)}, Cell{r.cell(s.bx), r.cell(s.by)}
		r.found.span(r, s, func(n int) {
			for v := r.found.begin[n]; v < r.found.begin[n+1]; v++ {
				if c := r.vertices[v]; c == a || c == b || r.passes(s, c) {
					r.hits = append(r.hits, hit{v, sx*c.X + sy*c.Y})
				}
			}
		})
		r.stepAlong(s.arc)
	}
}

func sign(x int64) int32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// stepAlong appends the steps between the hits, as far as they are in the box.
func (r *Rounder) stepAlong(arc int32) {
	if len(r.hits) == 2 {
		if r.hits[0].along > r.hits[1].along {
			r.hits[0], r.hits[1] = r.hits[1], r.hits[0]
		}
	} else {
		slices.SortFunc(r.hits, func(a, b hit) int { return cmp.Compare(a.along, b.along) })
	}
	for i := 1; i < len(r.hits); i++ {
		from, to := r.hits[i-1].vertex, r.hits[i].vertex
		if r.boxed(r.vertices[from]) && r.boxed(r.vertices[to]) {
			r.steps = append(r.steps, step{from, to, arc})
		}
	}
}

// passes tells whether a segment passes a cell, exactly.
func (r *Rounder) passes(s *segment, c Cell) bool {
	x, y := int64(c.X)<<r.shift, int64(c.Y)<<r.shift
	dx, dy := s.bx-s.ax, s.by-s.ay
	if off, reach := dx*(y-s.ay)-dy*(x-s.ax), (r.half+1)*(abs(dx)+abs(dy)); off > reach || off < -reach {
		return false
	}
	t := stretch{lowNum: 0, lowDen: 1, highNum: 1, highDen: 1}
	width := int64(1) << r.shift
	return t.clip(s.ax, dx, x-r.half, width) && t.clip(s.ay, dy, y-r.half, width)
}

func abs(x int64) int64 { return max(x, -x) }

// stretch is the part of a segment, as shares of it, that lies in what it was
// clipped to. Either end may be excluded.
type stretch struct {
	lowNum, lowDen, highNum, highDen int64
	lowOpen, highOpen                bool
}

// clip keeps the part where from + t·by lies in [at, at+width), and tells
// whether there is one.
func (s *stretch) clip(from, by, at, width int64) bool {
	switch {
	case by == 0:
		return at <= from && from < at+width
	case by > 0:
		s.raise(at-from, by, false)
		s.lower(at+width-from, by, true)
	default:
		s.raise(from-at-width, -by, true)
		s.lower(from-at, -by, false)
	}
	low, high := s.lowNum*s.highDen, s.highNum*s.lowDen
	return low < high || low == high && !s.lowOpen && !s.highOpen
}

func (s *stretch) raise(num, den int64, open bool) {
	switch a, b := num*s.lowDen, s.lowNum*den; {
	case a > b:
		s.lowNum, s.lowDen, s.lowOpen = num, den, open
	case a == b:
		s.lowOpen = s.lowOpen || open
	}
}

func (s *stretch) lower(num, den int64, open bool) {
	switch a, b := num*s.highDen, s.highNum*den; {
	case a < b:
		s.highNum, s.highDen, s.highOpen = num, den, open
	case a == b:
		s.highOpen = s.highOpen || open
	}
}
