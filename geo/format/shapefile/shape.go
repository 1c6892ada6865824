package shapefile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// Shape types; Z adds 10 and M adds 20.
const (
	shapeNull       = 0
	shapePoint      = 1
	shapeLine       = 3
	shapePolygon    = 5
	shapeMultiPoint = 8
	shapePatch      = 31
)

const (
	headerBytes = 100
	fileCode    = 9994
	version     = 1000
	boxBytes    = 32
)

// shapes reads the records of .shp, in the order of .shx if there is one.
type shapes struct {
	shp    *io.SectionReader
	index  *bufio.Reader // after its header; nil without .shx
	offset int64         // of the next record, without .shx
	usage  *format.Usage
	buf    []byte
}

func openShapes(shp, shx *io.SectionReader, usage *format.Usage) (*shapes, *format.Error) {
	if fault := checkHeader(shp, ".shp"); fault != nil {
		return nil, fault
	}
	s := &shapes{shp: shp, offset: headerBytes, usage: usage}
	if shx == nil {
		return s, nil
	}
	if fault := checkHeader(shx, ".shx"); fault != nil {
		return nil, fault
	}
	s.index = bufio.NewReader(io.NewSectionReader(shx, headerBytes, shx.Size()-headerBytes))
	return s, nil
}

func checkHeader(r *io.SectionReader, part string) *format.Error {
	var head [headerBytes]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return format.Fault(part+" is shorter than its header", adviceParts).Because(noEOF(err))
	}
	if binary.BigEndian.Uint32(head[:]) != fileCode {
		return format.Fault(part+" is no shapefile", adviceParts).AtByte(0, format.None)
	}
	if t := binary.LittleEndian.Uint32(head[32:]); t == shapePatch {
		return format.Fault("shapefile holds multipatches (bodies)", "export polygons instead")
	}
	return nil
}

// checkIndex refuses a record that must hold too many vertices, from its
// length in .shx alone. A vertex takes 16 to 32 bytes, and at most 4 more for
// the start of its part.
func checkIndex(shx *io.SectionReader, limits format.Limits) *format.Error {
	index := bufio.NewReader(io.NewSectionReader(shx, headerBytes, max(0, shx.Size()-headerBytes)))
	var entry [8]byte
	for i := 0; ; i++ {
		if _, err := io.ReadFull(index, entry[:]); err != nil {
			return nil // the reader tells what is wrong with it
		}
		length := 2 * int64(binary.BigEndian.Uint32(entry[4:]))
		if length > recordLimit(limits) {
			return format.NewUsage(limits).CheckVertices(limits.MaxVerticesPerFeature+1).InFeature(i, "")
		}
	}
}

// recordLimit is the longest record that may hold the allowed vertices.
func recordLimit(l format.Limits) int64 { return 128 + 36*int64(l.MaxVerticesPerFeature) }

// next reads one shape; more is false at the end.
func (s *shapes) next(notes *format.Notebook, index int) (g orb.Geometry, more bool, fault *format.Error) {
	at, length, more, fault := s.locate()
	if fault != nil || !more {
		return nil, false, fault
	}
	if length > recordLimit(s.usage.Limits) {
		return nil, false, s.usage.CheckVertices(s.usage.Limits.MaxVerticesPerFeature+1).AtByte(at, format.None)
	}
	if int64(cap(s.buf)) < length {
		s.buf = make([]byte, length)
	}
	content := s.buf[:length]
	if _, err := s.shp.ReadAt(content, at+8); err != nil {
		return nil, false, format.Fault(".shp ends in the middle of a record", "the file is cut short: pack it again").
			AtByte(at, format.None).Because(noEOF(err))
	}
	g, fault = s.decode(content, notes, index)
	if fault == nil {
		fault = format.CheckGeometry(g)
		if fault != nil {
			fault.Recoverable = true
		}
	}
	if fault != nil {
		fault.AtByte(at, format.None)
	}
	return g, true, fault
}

// locate finds the next record and the length of its content in bytes.
func (s *shapes) locate() (at, length int64, more bool, fault *format.Error) {
	at = s.offset
	if s.index != nil {
		var entry [8]byte
		if _, err := io.ReadFull(s.index, entry[:]); errors.Is(err, io.EOF) {
			return 0, 0, false, nil
		} else if err != nil {
			return 0, 0, false, format.Fault(".shx ends in the middle of an entry", adviceParts).Because(err)
		}
		at = 2 * int64(binary.BigEndian.Uint32(entry[:]))
		length = 2 * int64(binary.BigEndian.Uint32(entry[4:]))
	} else if at >= s.shp.Size() {
		return 0, 0, false, nil
	}
	var head [8]byte
	if _, err := s.shp.ReadAt(head[:], at); err != nil {
		return 0, 0, false, format.Fault(".shp ends before a record", "the file is cut short: pack it again").
			AtByte(at, format.None).Because(noEOF(err))
	}
	own := 2 * int64(binary.BigEndian.Uint32(head[4:]))
	if s.index != nil && own != length {
		return 0, 0, false, format.Fault(fmt.Sprintf(".shx gives %d bytes to a record, .shp gives %d", length, own),
			"the parts do not belong together: pack them again, or leave out .shx").AtByte(at, format.None)
	}
	if at < headerBytes || at+8+own > s.shp.Size() {
		return 0, 0, false, format.Fault(fmt.Sprintf("record of %d bytes does not fit into .shp", own),
			"the file is cut short or damaged: pack it again").AtByte(at, format.None)
	}
	s.offset = at + 8 + own
	return at, own, true, nil
}

var le = binary.LittleEndian

func (s *shapes) decode(b []byte, notes *format.Notebook, index int) (orb.Geometry, *format.Error) {
	if len(b) < 4 {
		return nil, damaged("record is too short")
	}
	kind := le.Uint32(b)
	noteDimensions(kind, notes, index)
	b = b[4:]
	switch kind {
	case shapeNull:
		return nil, nil
	case shapePoint, shapePoint + 10, shapePoint + 20:
		if len(b) < 16 {
			return nil, damaged("record is too short for a point")
		}
		return pointAt(b), nil
	case shapeMultiPoint, shapeMultiPoint + 10, shapeMultiPoint + 20:
		return s.multiPoint(b)
	case shapeLine, shapeLine + 10, shapeLine + 20:
		lines, fault := s.paths(b)
		return lineOf(lines), fault
	case shapePolygon, shapePolygon + 10, shapePolygon + 20:
		paths, fault := s.paths(b)
		if fault != nil {
			return nil, fault
		}
		return polygons(paths, notes, index)
	}
	return nil, format.Fault(fmt.Sprintf("unknown shape type %d", kind), "export points, lines or polygons").Skippable()
}

func noteDimensions(kind uint32, notes *format.Notebook, index int) {
	switch {
	case kind > 10 && kind < 20:
		notes.Add(format.NoteZDropped, "heights and measures (Z shapes) were dropped", index)
	case kind > 20 && kind < 30:
		notes.Add(format.NoteMDropped, "measures (M shapes) were dropped", index)
	}
}

func damaged(problem string) *format.Error {
	return format.Fault(problem, "the file is damaged: export it again").Skippable()
}

func pointAt(b []byte) orb.Point {
	return orb.Point{math.Float64frombits(le.Uint64(b)), math.Float64frombits(le.Uint64(b[8:]))}
}

// points decodes n positions, which have to be there.
func points(b []byte, n int) []orb.Point {
	list := make([]orb.Point, n)
	for i := range list {
		list[i] = pointAt(b[16*i:])
	}
	return list
}

func (s *shapes) multiPoint(b []byte) (orb.Geometry, *format.Error) {
	if len(b) < boxBytes+4 {
		return nil, damaged("record is too short for its header")
	}
	n := int64(le.Uint32(b[boxBytes:]))
	b = b[boxBytes+4:]
	if 16*n > int64(len(b)) {
		return nil, damaged(fmt.Sprintf("record claims %d points and is too short for them", n))
	}
	if fault := s.usage.CheckVertices(int(n)); fault != nil {
		return nil, fault
	}
	if n == 0 {
		return nil, nil
	}
	return orb.MultiPoint(points(b, int(n))), nil
}

// paths decodes the parts of a line or polygon. They share one array.
func (s *shapes) paths(b []byte) ([][]orb.Point, *format.Error) {
	if len(b) < boxBytes+8 {
		return nil, damaged("record is too short for its header")
	}
	parts, n := int64(le.Uint32(b[boxBytes:])), int64(le.Uint32(b[boxBytes+4:]))
	b = b[boxBytes+8:]
	if 4*parts+16*n > int64(len(b)) {
		return nil, damaged(fmt.Sprintf("record claims %d parts with %d points and is too short for them", parts, n))
	}
	if fault := s.usage.CheckVertices(int(max(n, parts))); fault != nil {
		return nil, fault
	}
	all := points(b[4*parts:], int(n))
	paths := make([][]orb.Point, parts)
	for i := range paths {
		start, end := int64(le.Uint32(b[4*i:])), n
		if int64(i)+1 < parts {
			end = int64(le.Uint32(b[4*i+4:]))
		}
		if start > end || end > n || i == 0 && start != 0 {
			return nil, damaged(fmt.Sprintf("part %d spans the points %d to %d of %d", i, start, end, n))
		}
		paths[i] = all[start:end:end]
	}
	return paths, nil
}

func lineOf(paths [][]orb.Point) orb.Geometry {
	switch len(paths) {
	case 0:
		return nil
	case 1:
		return orb.LineString(paths[0])
	}
	lines := make(orb.MultiLineString, len(paths))
	for i, p := range paths {
		lines[i] = p
	}
	return lines
}

// noEOF names an end of file that comes too early.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
