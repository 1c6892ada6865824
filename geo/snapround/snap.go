package snapround

import (
	"cmp"
	"slices"
)

// hit is a hot cell that a segment passes between its ends.
type hit struct {
	segment int32
	vertex  int32
	along   int32 // rises along the segment
}

// step is a piece of a rounded arc, between two vertices.
type step struct {
	from, to int32
	arc      int32
}

// findHits finds the hot cells that segments pass between their ends. There are few.
func (r *Rounder) findHits() {
	r.hits = r.hits[:0]
	g := &r.grid
	for v, c := range r.vertices {
		own, here := r.own[v], boxOf(c, c, g.low)
		for n := g.heads[g.of(here)]; n != 0; {
			e := &g.entries[n-1]
			n = e.next
			if e.segment == own || !e.box.meets(here) {
				continue
			}
			if s := &r.segments[e.segment]; s.from != int32(v) && s.to != int32(v) && r.passes(s, c) {
				r.hits = append(r.hits, hit{e.segment, int32(v), sign(s.bx-s.ax)*c.X + sign(s.by-s.ay)*c.Y})
			}
		}
	}
	slices.SortFunc(r.hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.along, b.along)) })
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

// snap replaces each segment by steps between the hot cells that it passes, as
// far as they are in the box.
func (r *Rounder) snap() {
	hits := r.hits
	for i := range r.segments {
		s := &r.segments[i]
		at := s.from
		for len(hits) > 0 && hits[0].segment == int32(i) {
			r.step(at, hits[0].vertex, s.arc)
			at, hits = hits[0].vertex, hits[1:]
		}
		r.step(at, s.to, s.arc)
	}
}

func (r *Rounder) step(from, to, arc int32) {
	if from != none && to != none && from != to && r.boxed(r.vertices[from]) && r.boxed(r.vertices[to]) {
		r.steps = append(r.steps, step{from, to, arc})
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
