package shapefile

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// WriterOptions say how a shapefile is written. The zero value writes UTF-8
// without a statement on coordinates.
type WriterOptions struct {
	Encoding format.Encoding // of the table: UTF8 (the default) or GB18030
	PRJ      string          // WKT of the coordinate system, for .prj
	Shape    format.Shape    // of a layer without any geometry; AnyShape leaves it open
	Cut      bool            // cut text that is too long, ending it in …, instead of refusing it
	Dir      string          // folder of the temporary files; "" means that of the system
	MaxBytes int64           // of the parts together; 0 means what programs can read, 2 GiB each
}

// ErrTooLarge is the cause of an error of a shapefile that would exceed
// MaxBytes.
var ErrTooLarge = errors.New("the shapefile would exceed its limit")

// A Writer writes one layer as a zip archive of .shp, .shx, .dbf, .cpg and
// .prj. A shapefile holds points, multipoints, lines or polygons, never a
// mixture; the first geometry decides. The parts grow in temporary files,
// since their headers hold totals. Outer rings are turned clockwise and holes
// the other way, as the format wants.
type Writer struct {
	w       io.Writer
	layer   string
	options WriterOptions
	shp     *partFile
	shx     *partFile
	dbf     *partFile
	table   tableWriter
	beside  []attachment
	kind    uint32
	bound   orb.Bound
	count   int
	buf     []byte
	err     error
}

// maxPartBytes keeps offsets, which count 16-bit words, within what all
// programs read.
const maxPartBytes = 1<<31 - 1

// NewWriter starts a layer. Values are taken from the properties by column
// name; names longer than 10 bytes are shortened in the table. The archive is
// written to w by Close; w stays open.
func NewWriter(w io.Writer, layer string, columns []format.Column, options WriterOptions) (*Writer, error) {
	if options.Encoding == "" {
		options.Encoding = format.UTF8
	}
	table, err := newTableWriter(columns, options.Encoding)
	if err != nil {
		return nil, err
	}
	table.cut = options.Cut
	s := &Writer{w: w, layer: layer, options: options, table: table, bound: emptyBound()}
	for _, part := range []struct {
		file **partFile
		head int
	}{{&s.shp, headerBytes}, {&s.shx, headerBytes}, {&s.dbf, table.headerBytes()}} {
		if *part.file, err = newPartFile(options.Dir, part.head); err != nil {
			return nil, errors.Join(err, s.discard())
		}
	}
	return s, nil
}

// attachment is a further file of the archive.
type attachment struct{ name, content string }

// Attach adds a further file to the archive, such as a README, after the parts.
// It may be called until Close.
func (s *Writer) Attach(name, content string) {
	s.beside = append(s.beside, attachment{name, content})
}

// Write adds a feature; see [format.Writer].
func (s *Writer) Write(f *format.Feature) error {
	if s.err == nil {
		s.err = s.write(f)
	}
	return s.err
}

func (s *Writer) write(f *format.Feature) error {
	row, err := s.table.row(f.Properties)
	if err != nil {
		return fmt.Errorf("writing feature %d %q: %w", s.count, f.ID, err)
	}
	kind := kindOf(f.Geometry)
	if kind != shapeNull && s.kind == shapeNull {
		s.kind = kind
	}
	if f.Geometry != nil && kind != s.kind {
		return fmt.Errorf("writing feature %d %q: a %s does not fit into this shapefile; export each kind of geometry by itself",
			s.count, f.ID, f.Geometry.GeoJSONType())
	}
	s.buf = appendShape(s.buf[:0], f.Geometry)
	if f.Geometry != nil {
		s.bound = s.bound.Union(f.Geometry.Bound())
	}
	s.count++
	if s.shp.size+int64(len(s.buf))+8 > maxPartBytes || s.dbf.size+int64(len(row)) > maxPartBytes {
		return fmt.Errorf("writing feature %d %q: shapefile grows beyond 2 GiB; export GeoPackage instead", s.count-1, f.ID)
	}
	if s.options.MaxBytes > 0 && s.shp.size+s.shx.size+s.dbf.size+int64(len(s.buf)+len(row)) > s.options.MaxBytes {
		return fmt.Errorf("writing feature %d %q: %w of %d bytes", s.count-1, f.ID, ErrTooLarge, s.options.MaxBytes)
	}
	words := uint32(len(s.buf) / 2)
	head := be.AppendUint32(be.AppendUint32(nil, uint32(s.count)), words)
	entry := be.AppendUint32(be.AppendUint32(nil, uint32(s.shp.size/2)), words)
	return errors.Join(s.shp.write(head), s.shp.write(s.buf), s.shx.write(entry), s.dbf.write(row))
}

func kindOf(g orb.Geometry) uint32 {
	switch g.(type) {
	case orb.Point:
		return shapePoint
	case orb.MultiPoint:
		return shapeMultiPoint
	case orb.LineString, orb.MultiLineString:
		return shapeLine
	case orb.Polygon, orb.MultiPolygon:
		return shapePolygon
	}
	return shapeNull
}

func kindOfShape(s format.Shape) uint32 {
	switch s {
	case format.Points:
		return shapePoint
	case format.Lines:
		return shapeLine
	case format.Areas:
		return shapePolygon
	}
	return shapeNull
}

// Close completes the parts, writes the archive and removes the temporary
// files. It is safe to call twice; after a fault it only cleans up.
func (s *Writer) Close() error {
	if s.shp == nil {
		return nil
	}
	err := s.err
	if err == nil {
		err = s.finish()
	}
	return errors.Join(err, s.discard())
}

func (s *Writer) finish() error {
	if s.kind == shapeNull {
		s.kind = kindOfShape(s.options.Shape)
	}
	if err := s.dbf.write([]byte{0x1a}); err != nil {
		return err
	}
	err := errors.Join(
		s.shp.complete(s.mainHeader(s.shp.size)),
		s.shx.complete(s.mainHeader(s.shx.size)),
		s.dbf.complete(s.table.header(s.count)))
	if err != nil {
		return err
	}
	z := zip.NewWriter(s.w)
	if err := s.packAll(z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("packing shapefile %q: %w", s.layer, err)
	}
	return nil
}

func (s *Writer) packAll(z *zip.Writer) error {
	type file struct {
		name    string
		content io.Reader
	}
	files := []file{{s.layer + ".shp", s.shp}, {s.layer + ".shx", s.shx}, {s.layer + ".dbf", s.dbf},
		{s.layer + ".cpg", strings.NewReader(string(s.options.Encoding))}}
	if s.options.PRJ != "" {
		files = append(files, file{s.layer + ".prj", strings.NewReader(s.options.PRJ)})
	}
	for _, a := range s.beside {
		files = append(files, file{a.name, strings.NewReader(a.content)})
	}
	for _, f := range files {
		if err := packFile(z, f.name, f.content); err != nil {
			return err
		}
	}
	return nil
}

// earliest is the first day that an archive can name. All files carry it, so that
// equal contents make equal archives.
var earliest = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// packFile adds a file.
func packFile(z *zip.Writer, name string, content io.Reader) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: earliest})
	if err == nil {
		_, err = io.Copy(w, content)
	}
	if err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	return nil
}

func (s *Writer) mainHeader(size int64) []byte {
	h := be.AppendUint32(nil, fileCode)
	h = append(h, make([]byte, 20)...)
	h = be.AppendUint32(h, uint32(size/2))
	h = le.AppendUint32(h, version)
	h = le.AppendUint32(h, s.kind)
	b := s.bound
	if s.kind == shapeNull || b.Min[0] > b.Max[0] {
		b = orb.Bound{}
	}
	h = appendNumbers(h, b.Min[0], b.Min[1], b.Max[0], b.Max[1])
	return append(h, make([]byte, 32)...)
}

func (s *Writer) discard() error {
	var errs []error
	for _, p := range []*partFile{s.shp, s.shx, s.dbf} {
		if p != nil {
			errs = append(errs, p.file.Close(), os.Remove(p.file.Name()))
		}
	}
	s.shp, s.shx, s.dbf = nil, nil, nil
	if s.err == nil {
		s.err = errors.New("the shapefile is finished")
	}
	return errors.Join(errs...)
}

func emptyBound() orb.Bound {
	inf := math.Inf(1)
	return orb.Bound{Min: orb.Point{inf, inf}, Max: orb.Point{-inf, -inf}}
}

// appendShape encodes the content of one record.
func appendShape(dst []byte, g orb.Geometry) []byte {
	dst = le.AppendUint32(dst, kindOf(g))
	switch g := g.(type) {
	case orb.Point:
		return appendNumbers(dst, g[0], g[1])
	case orb.MultiPoint:
		dst = appendBox(dst, g.Bound())
		dst = le.AppendUint32(dst, uint32(len(g)))
		return appendPath(dst, g)
	case orb.LineString:
		return appendPaths(dst, g.Bound(), [][]orb.Point{g})
	case orb.MultiLineString:
		var paths [][]orb.Point
		for _, line := range g {
			paths = append(paths, line)
		}
		return appendPaths(dst, g.Bound(), paths)
	case orb.Polygon:
		return appendPaths(dst, g.Bound(), ringPaths(nil, g))
	case orb.MultiPolygon:
		var paths [][]orb.Point
		for _, polygon := range g {
			paths = ringPaths(paths, polygon)
		}
		return appendPaths(dst, g.Bound(), paths)
	}
	return dst
}

// ringPaths adds the rings of a polygon in the direction of the format.
func ringPaths(paths [][]orb.Point, p orb.Polygon) [][]orb.Point {
	for i, ring := range p {
		if clockwise := signedArea(ring) < 0; clockwise != (i == 0) {
			ring = slices.Clone(ring)
			slices.Reverse(ring)
		}
		paths = append(paths, ring)
	}
	return paths
}

func appendPaths(dst []byte, bound orb.Bound, paths [][]orb.Point) []byte {
	total := 0
	for _, p := range paths {
		total += len(p)
	}
	dst = appendBox(dst, bound)
	dst = le.AppendUint32(dst, uint32(len(paths)))
	dst = le.AppendUint32(dst, uint32(total))
	start := 0
	for _, p := range paths {
		dst = le.AppendUint32(dst, uint32(start))
		start += len(p)
	}
	for _, p := range paths {
		dst = appendPath(dst, p)
	}
	return dst
}

func appendPath(dst []byte, points []orb.Point) []byte {
	for _, p := range points {
		dst = appendNumbers(dst, p[0], p[1])
	}
	return dst
}

func appendBox(dst []byte, b orb.Bound) []byte {
	return appendNumbers(dst, b.Min[0], b.Min[1], b.Max[0], b.Max[1])
}

func appendNumbers(dst []byte, numbers ...float64) []byte {
	for _, v := range numbers {
		dst = le.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

// A partFile is a part that grows in a temporary file behind room for its
// header.
type partFile struct {
	file *os.File
	buf  *bufio.Writer
	size int64
}

func newPartFile(dir string, head int) (*partFile, error) {
	f, err := os.CreateTemp(dir, "jieming-part-")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary file: %w", err)
	}
	p := &partFile{file: f, buf: bufio.NewWriter(f)}
	return p, p.write(make([]byte, head))
}

func (p *partFile) write(b []byte) error {
	n, err := p.buf.Write(b)
	p.size += int64(n)
	return err
}

// complete writes the header and moves to the start for reading.
func (p *partFile) complete(header []byte) error {
	if err := p.buf.Flush(); err != nil {
		return err
	}
	if _, err := p.file.WriteAt(header, 0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

func (p *partFile) Read(b []byte) (int, error) { return p.file.Read(b) }
