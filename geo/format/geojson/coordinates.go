package geojson

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// maxLevel is the nesting of a position in a MultiPolygon, the deepest there is.
const maxLevel = 4

// windowAhead is room for one position as pretty-printers write it.
const windowAhead = 256

// coordinates holds the numbers of one "coordinates" member. It does not need
// to know the type of the geometry, which may stand after them.
type coordinates struct {
	points []orb.Point
	lists  []int // end in points of each list of positions
	groups []int // end in lists of each list of lists
	level  int   // brackets around a position's numbers, 0 if there is none
	third  int   // positions with a height
	fourth int   // positions with a measure
}

func (c *coordinates) reset() {
	*c = coordinates{points: c.points[:0], lists: c.lists[:0], groups: c.groups[:0]}
}

// location gives part, ring and vertex of the next position. level is that of
// the cursor, which tells as long as no position has been read.
func (c *coordinates) location(level int) (part, ring, vertex int) {
	if c.level != 0 {
		level = c.level
	}
	part, ring, vertex = format.None, format.None, len(c.points)
	if n := len(c.lists); n > 0 {
		vertex -= c.lists[n-1]
	}
	switch level {
	case 3:
		part, ring = 0, len(c.lists)
	case 4:
		part, ring = len(c.groups), len(c.lists)
		if part > 0 {
			ring -= c.groups[part-1]
		}
	}
	return part, ring, vertex
}

// coordinates reads the member's value into r.coords. Faults of single
// numbers are remembered in r.problem and reading goes on.
func (r *Reader) coordinates() *format.Error {
	r.coords.reset()
	if r.s.peek() != '[' {
		r.blame("coordinates are not an array", "write coordinates as [longitude, latitude]", 0)
		return r.s.skip(1)
	}
	return r.nest(1)
}

// nest reads one array at a level of brackets, the cursor being on its
// opening bracket.
func (r *Reader) nest(level int) *format.Error {
	if level > maxLevel {
		return r.located(r.s.fault("coordinates are nested more than %d deep", maxLevel), level-1)
	}
	r.s.pos++
	for first := true; ; first = false {
		more, fault := r.s.element(first)
		if fault != nil {
			return r.located(fault, level)
		}
		if !more {
			return r.closeArray(level, first)
		}
		if r.s.peek() != '[' {
			return r.position(level)
		}
		if fault := r.nest(level + 1); fault != nil {
			return fault
		}
		if r.coords.level == level+1 {
			if fault := r.fastPositions(level + 1); fault != nil {
				return fault
			}
		}
	}
}

// closeArray records the end of an array of arrays.
func (r *Reader) closeArray(level int, empty bool) *format.Error {
	c := &r.coords
	switch {
	case empty && level > 1:
		r.blame("empty array among the coordinates", "remove it", level)
	case c.level == level+1:
		c.lists = append(c.lists, len(c.points))
	case c.level == level+2:
		c.groups = append(c.groups, len(c.lists))
	}
	return nil
}

// fastPositions reads as many ",[x,y]" as lie in the window in the plainest
// form; all else is left to nest and position.
func (r *Reader) fastPositions(level int) *format.Error {
	s, points := r.s, r.coords.points
	room := s.limits.MaxVerticesPerFeature - len(points)
	for ; room > 0; room-- {
		b := s.buf[s.pos:s.end]
		if len(b) < windowAhead {
			if !s.fill(windowAhead) {
				break
			}
			b = s.buf[s.pos:s.end]
		}
		p, n := fastPosition(b)
		if n == 0 {
			break
		}
		points = append(points, p)
		s.pos += n
	}
	r.coords.points = points
	return nil
}

// fastPosition reads ",[x,y]" with optional white space from the start of b;
// length 0 means that it is written in some other way.
func fastPosition(b []byte) (p orb.Point, length int) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != ',' {
		return p, 0
	}
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '[' {
		return p, 0
	}
	i = skipSpace(b, i+1)
	x, n := parseDecimal(b[i:])
	if n == 0 {
		return p, 0
	}
	i = skipSpace(b, i+n)
	if i >= len(b) || b[i] != ',' {
		return p, 0
	}
	i = skipSpace(b, i+1)
	y, n := parseDecimal(b[i:])
	if n == 0 {
		return p, 0
	}
	i = skipSpace(b, i+n)
	if i >= len(b) || b[i] != ']' {
		return p, 0
	}
	return orb.Point{x, y}, i + 1
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// position reads the numbers of one position whose opening bracket is gone.
func (r *Reader) position(level int) *format.Error {
	c := &r.coords
	if c.level != 0 && c.level != level {
		r.blame("positions are nested unevenly", "every position of a geometry needs the same number of brackets", level)
	}
	c.level = level
	if len(c.points) >= r.s.limits.MaxVerticesPerFeature {
		return r.located(r.s.place(r.usage.CheckVertices(len(c.points)+1)), level)
	}
	var p orb.Point
	n := 0
	for more := true; more; n++ {
		v, fault := r.ordinate(level)
		if fault != nil {
			return r.located(fault, level)
		}
		if n < 2 {
			p[n] = v
		}
		if more, fault = r.s.element(false); fault != nil {
			return r.located(fault, level)
		}
	}
	r.countOrdinates(n, level)
	c.points = append(c.points, p)
	return nil
}

// ordinate reads one number of a position.
func (r *Reader) ordinate(level int) (float64, *format.Error) {
	c := r.s.peek()
	if !isDigit(c) && c != '-' {
		r.blame(fmt.Sprintf("coordinate is %s, not a number", valueKind(c)), "correct or remove the vertex", level)
		return 0, r.s.skip(level)
	}
	v, literal, _, fault := r.s.number()
	if fault != nil && c == '-' {
		_, fault = r.s.word() // -Infinity has advice of its own
	}
	if fault != nil {
		return 0, fault
	}
	if math.IsInf(v, 0) {
		r.blame(fmt.Sprintf("coordinate %.20s is out of range", literal), "correct or remove the vertex", level)
		return 0, nil
	}
	return v, nil
}

func (r *Reader) countOrdinates(n, level int) {
	switch {
	case n < 2:
		r.blame("position has only one number", "a position is [longitude, latitude]", level)
	case n > 4:
		r.blame(fmt.Sprintf("position has %d numbers", n), "a position is [longitude, latitude], perhaps with a height", level)
	case n == 4:
		r.coords.fourth++
		r.coords.third++
	case n == 3:
		r.coords.third++
	}
}

func valueKind(c byte) string {
	switch c {
	case '"':
		return "text"
	case 'n':
		return "null"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "true or false"
	}
	return "something"
}
