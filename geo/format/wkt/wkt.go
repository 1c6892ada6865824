// Package wkt reads and writes well-known text (OGC 06-103r4), as it stands in
// a cell of a table: with or without Z and M, with the SRID prefix of PostGIS,
// and with the liberties that programs take in MULTIPOINT.
package wkt

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

const maxDepth = 8

// A Header is what a text says besides its coordinates.
type Header struct {
	SRID int // 0 if not stated
	Z, M bool
}

// An Error is a fault at a byte of the text.
type Error struct {
	Offset  int
	Problem string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at character %d", e.Problem, e.Offset+1) }

// ErrTooMany is the problem of a text with more positions than allowed.
const ErrTooMany = "too many vertices"

// Decode reads one geometry of at most max positions; EMPTY comes out nil. It
// reads the text once and believes no claim of it. Errors are of type *Error.
func Decode(text string, max int) (orb.Geometry, Header, error) {
	p := parser{text: text, left: max}
	p.srid()
	g := p.geometry(0)
	if p.err == nil && p.peek() != 0 {
		p.fail("something follows the geometry")
	}
	if p.err != nil {
		return nil, p.header, p.err
	}
	return g, p.header, nil
}

// A parser keeps the first fault and does nothing after it.
type parser struct {
	text   string
	pos    int
	left   int
	header Header
	err    error
}

func (p *parser) fail(problem string) {
	if p.err == nil {
		p.err = &Error{p.pos, problem}
	}
}

// peek returns the next byte that is no white space, 0 at the end or after a
// fault.
func (p *parser) peek() byte {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.err != nil || p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

func (p *parser) expect(c byte) {
	if !p.accept(c) {
		p.fail(fmt.Sprintf("%q is missing", c))
	}
}

// word reads letters, in upper case.
func (p *parser) word() string {
	p.peek()
	start := p.pos
	for p.pos < len(p.text) && (p.text[p.pos]|0x20) >= 'a' && (p.text[p.pos]|0x20) <= 'z' {
		p.pos++
	}
	return strings.ToUpper(p.text[start:p.pos])
}

func (p *parser) srid() {
	start := p.pos
	if p.word() != "SRID" || !p.accept('=') {
		p.pos = start
		return
	}
	digits, _, found := strings.Cut(p.text[p.pos:], ";")
	n, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || !found {
		p.fail("SRID is not a number")
		return
	}
	p.header.SRID = n
	p.pos += len(digits) + 1
}

func (p *parser) geometry(depth int) orb.Geometry {
	start := p.pos
	kind := p.word()
	for _, dimension := range []string{"ZM", "Z", "M"} {
		if base, ok := strings.CutSuffix(kind, dimension); ok && base != "" {
			kind = base
			p.dimension(dimension)
			break
		}
	}
	next := p.word()
	if next == "Z" || next == "M" || next == "ZM" {
		p.dimension(next)
		next = p.word()
	}
	if next == "EMPTY" {
		return p.empty(kind, start)
	}
	if next != "" || depth > maxDepth {
		p.fail("geometry cannot be understood")
		return nil
	}
	return p.body(kind, start, depth)
}

func (p *parser) dimension(d string) {
	p.header.Z = p.header.Z || strings.Contains(d, "Z")
	p.header.M = p.header.M || strings.Contains(d, "M")
}

func (p *parser) empty(kind string, start int) orb.Geometry {
	switch kind {
	case "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION":
		return nil
	}
	p.pos = start
	p.fail("unknown geometry type")
	return nil
}

func (p *parser) body(kind string, start, depth int) orb.Geometry {
	switch kind {
	case "POINT":
		p.expect('(')
		point := p.position()
		p.expect(')')
		return point
	case "LINESTRING":
		return orb.LineString(p.positions())
	case "POLYGON":
		return p.polygon()
	case "MULTIPOINT":
		return orb.MultiPoint(list(p, p.loosePosition))
	case "MULTILINESTRING":
		return orb.MultiLineString(list(p, func() orb.LineString { return p.positions() }))
	case "MULTIPOLYGON":
		return orb.MultiPolygon(list(p, p.polygon))
	case "GEOMETRYCOLLECTION":
		return p.collection(depth)
	}
	p.pos = start
	p.fail("unknown geometry type")
	return nil
}

func (p *parser) collection(depth int) orb.Geometry {
	var members orb.Collection
	for _, g := range list(p, func() orb.Geometry { return p.geometry(depth + 1) }) {
		if g != nil {
			members = append(members, g)
		}
	}
	if len(members) == 0 {
		return nil
	}
	return members
}

// list reads members between brackets, at least one.
func list[E any](p *parser, member func() E) []E {
	var members []E
	p.expect('(')
	for p.err == nil {
		members = append(members, member())
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return members
}

func (p *parser) polygon() orb.Polygon {
	return list(p, func() orb.Ring { return p.positions() })
}

func (p *parser) positions() []orb.Point { return list(p, p.position) }

// loosePosition reads a position with or without brackets of its own.
func (p *parser) loosePosition() orb.Point {
	if !p.accept('(') {
		return p.position()
	}
	point := p.position()
	p.expect(')')
	return point
}

// position reads two to four numbers and keeps the first two.
func (p *parser) position() orb.Point {
	if p.left--; p.left < 0 {
		p.fail(ErrTooMany)
	}
	x, y := p.number(), p.number()
	for n := 2; p.err == nil; n++ {
		c := p.peek()
		if c == ',' || c == ')' || c == 0 {
			break
		}
		if n == 4 {
			p.fail("position has more than four numbers")
			break
		}
		p.number()
		p.header.Z = p.header.Z || n == 2 && !p.header.M
		p.header.M = p.header.M || n == 3
	}
	return orb.Point{x, y}
}

func (p *parser) number() float64 {
	p.peek()
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.pos]) >= 0 {
		p.pos++
	}
	v, err := strconv.ParseFloat(p.text[start:p.pos], 64)
	if err != nil || math.IsInf(v, 0) {
		p.pos = start
		p.fail("coordinate is not a finite number")
		return 0
	}
	return v
}

// Append writes a geometry with the fewest digits that read back the same,
// nothing for nil.
func Append(dst []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		return append(appendPosition(append(dst, "POINT ("...), g), ')')
	case orb.MultiPoint:
		return appendList(append(dst, "MULTIPOINT "...), g, func(dst []byte, p orb.Point) []byte {
			return append(appendPosition(append(dst, '('), p), ')')
		})
	case orb.LineString:
		return appendList(append(dst, "LINESTRING "...), g, appendPosition)
	case orb.MultiLineString:
		return appendList(append(dst, "MULTILINESTRING "...), g, func(dst []byte, l orb.LineString) []byte {
			return appendList(dst, l, appendPosition)
		})
	case orb.Polygon:
		return appendPolygon(append(dst, "POLYGON "...), g)
	case orb.MultiPolygon:
		return appendList(append(dst, "MULTIPOLYGON "...), g, appendPolygon)
	case orb.Collection:
		return appendList(append(dst, "GEOMETRYCOLLECTION "...), g, Append)
	}
	return dst
}

func appendPolygon(dst []byte, p orb.Polygon) []byte {
	return appendList(dst, p, func(dst []byte, r orb.Ring) []byte {
		return appendList(dst, r, appendPosition)
	})
}

func appendPosition(dst []byte, p orb.Point) []byte {
	dst = strconv.AppendFloat(dst, p[0], 'f', -1, 64)
	return strconv.AppendFloat(append(dst, ' '), p[1], 'f', -1, 64)
}

func appendList[E any](dst []byte, list []E, member func([]byte, E) []byte) []byte {
	if len(list) == 0 {
		return append(dst, "EMPTY"...)
	}
	dst = append(dst, '(')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = member(dst, e)
	}
	return append(dst, ')')
}
