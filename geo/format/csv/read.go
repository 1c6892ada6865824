// Package csv reads and writes tables of comma-separated values (RFC 4180)
// with geometry in a column of well-known text, in a pair of columns for
// longitude and latitude, or not at all.
package csv

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/geo/format/wkt"
)

// A Reader reads a table with one line of column names. Values stay text: a
// code such as 010203 is no number. Blank cells are empty text. Encoding and
// delimiter (comma, semicolon, tab, vertical bar) are found from the start of
// the file. Memory is that of the longest record, plus 1 MiB.
type Reader struct {
	name    string
	notes   format.Notebook
	usage   *format.Usage
	crs     format.Declared
	csv     *csv.Reader
	rows    *recordReader
	header  []string
	columns []format.Column
	wkt     int // columns of geometry, -1 if there is none
	x, y    int
	index   int
	start   int64 // of the current record in the text
	err     *format.Error
}

const (
	sampleBytes    = 1 << 20
	textPerVertex  = 64
	noteDelimiter  = "delimiter"
	noteHalfPair   = "half-pair"
	adviceTable    = "save the table as CSV with one line of column names and the same number of cells in every row"
	adviceGeometry = "correct the cell"
)

// NewReader reads the column names. name is used in messages; r is not closed.
func NewReader(name string, r io.Reader, limits format.Limits, options format.Options) (*Reader, error) {
	c := &Reader{name: name, usage: format.NewUsage(limits), wkt: -1, x: -1, y: -1}
	if err := c.begin(r, options); err != nil {
		return nil, format.Locate(err, name, "cannot read the table", adviceTable)
	}
	return c, nil
}

func (c *Reader) begin(r io.Reader, options format.Options) error {
	limits := c.usage.Limits
	buffered := bufio.NewReaderSize(format.NewBudget(limits, 0).NewReader(r), sampleBytes)
	encoding, err := c.chooseEncoding(buffered, options.Encoding)
	if err != nil {
		return err
	}
	limit := limits.MaxValueBytes + textPerVertex*limits.MaxVerticesPerFeature + sampleBytes
	c.rows = &recordReader{r: encoding.NewReader(buffered), limit: limit, left: limit}
	text := bufio.NewReaderSize(c.rows, sampleBytes)
	if head, _ := text.Peek(3); string(head) == "\ufeff" {
		text.Discard(3)
	}
	head, err := text.Peek(sampleBytes)
	if len(head) == 0 {
		if err != nil && err != io.EOF {
			return err
		}
		return format.Fault("file is empty", adviceTable)
	}
	c.csv = csv.NewReader(text)
	c.csv.Comma = sniffDelimiter(head)
	c.csv.ReuseRecord = true
	if c.csv.Comma != ',' {
		c.notes.Add(noteDelimiter, fmt.Sprintf("cells are separated by %q", c.csv.Comma), format.None)
	}
	return c.readHeader()
}

// chooseEncoding believes the user, else the byte order mark, else the bytes
// of the first megabyte up to its last full line.
func (c *Reader) chooseEncoding(r *bufio.Reader, asked string) (format.Encoding, error) {
	if asked != "" {
		if e, ok := format.ParseEncoding(asked); ok {
			return e, nil
		}
		return "", format.Fault(fmt.Sprintf("unknown encoding %q", asked), format.AdviceEncoding)
	}
	sample, err := r.Peek(sampleBytes)
	if err != nil && err != io.EOF {
		return "", err
	}
	if bytes.HasPrefix(sample, []byte("\ufeff")) {
		return format.UTF8, nil
	}
	if bytes.HasPrefix(sample, []byte("\xff\xfe")) || bytes.HasPrefix(sample, []byte("\xfe\xff")) || bytes.IndexByte(sample, 0) >= 0 {
		return "", format.Fault("file is UTF-16 or no text", "save it as CSV in UTF-8")
	}
	if end := bytes.LastIndexByte(sample, '\n'); end >= 0 && err == nil {
		sample = sample[:end]
	}
	encoding, ok := format.DetectEncoding(sample)
	if !ok {
		return "", format.Fault("the encoding of the file is not certain", format.AdviceEncoding)
	}
	if encoding != format.UTF8 {
		c.notes.Add(format.NoteEncoding, fmt.Sprintf("text was read as %s: recognised by its bytes", encoding), format.None)
	}
	return encoding, nil
}

// sniffDelimiter returns the candidate that stands most often in the first
// line outside quotes.
func sniffDelimiter(sample []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, b := range sample {
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[rune(b)]++
		}
	}
	best := ','
	for _, candidate := range []rune{';', '\t', '|'} {
		if counts[candidate] > counts[best] {
			best = candidate
		}
	}
	return best
}

func (c *Reader) readHeader() error {
	record, err := c.csv.Read()
	if err != nil {
		return c.syntax(err)
	}
	if len(record) > c.usage.Limits.MaxProperties {
		return format.Fault(fmt.Sprintf("table has %d columns", len(record)), "leave out columns that are not needed")
	}
	seen := map[string]bool{}
	for i, name := range record {
		name = strings.TrimSpace(name)
		if !format.IsValidText(name) {
			return format.Fault(fmt.Sprintf("name of column %d is wrongly encoded", i+1), format.AdviceEncoding).AtByte(0, 1)
		}
		if name == "" || seen[name] {
			return format.Fault(fmt.Sprintf("name of column %d is %q, which is empty or taken", i+1, name), adviceTable).AtByte(0, 1)
		}
		seen[name] = true
		c.header = append(c.header, name)
	}
	c.findGeometry()
	for i, name := range c.header {
		if !c.isGeometry(i) {
			c.columns = append(c.columns, format.Column{Name: name, Type: format.String})
		}
	}
	return nil
}

// findGeometry looks for the columns of geometry by name.
func (c *Reader) findGeometry() {
	c.wkt = c.find("wkt", "the_geom", "geom", "geometry", "wkt_geom", "几何")
	c.x = c.find("lon", "lng", "long", "longitude", "经度", "x")
	c.y = c.find("lat", "latitude", "纬度", "y")
	switch {
	case c.wkt >= 0:
		c.x, c.y = -1, -1
	case (c.x >= 0) != (c.y >= 0):
		c.notes.Add(noteHalfPair, "only one of longitude and latitude was found among the columns; rows were read without geometry", format.None)
		c.x, c.y = -1, -1
	}
}

func (c *Reader) find(names ...string) int {
	for _, name := range names {
		for i, column := range c.header {
			if strings.EqualFold(column, name) {
				return i
			}
		}
	}
	return -1
}

func (c *Reader) isGeometry(i int) bool { return i == c.wkt || i == c.x || i == c.y }

// Read returns the next feature; see [format.Reader].
func (c *Reader) Read() (*format.Feature, error) {
	if c.err != nil {
		return nil, c.err
	}
	c.rows.left, c.start = c.rows.limit, c.csv.InputOffset()
	record, err := c.csv.Read()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, c.fail(c.syntax(err))
	}
	f, fault := c.feature(record)
	if fault != nil {
		return nil, c.fail(fault)
	}
	c.index++
	return f, nil
}

func (c *Reader) fail(fault *format.Error) *format.Error {
	fault.InFile(c.name).InFeature(c.index, "")
	if !fault.Recoverable {
		c.err = fault
	}
	c.index++
	return fault
}

// syntax turns an error of encoding/csv into a located one. A wrong number of
// cells spoils one row only.
func (c *Reader) syntax(err error) *format.Error {
	parse, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		fault := format.Locate(err, c.name, "cannot read the table", adviceTable)
		return fault.AtByte(c.start, format.None)
	}
	fault := format.Fault("", adviceTable).AtByte(c.start, parse.Line)
	switch parse.Err {
	case csv.ErrFieldCount:
		fault.Problem = fmt.Sprintf("row has not the %d cells of the first line", len(c.header))
		return fault.Skippable()
	case csv.ErrQuote, csv.ErrBareQuote:
		fault.Problem = fmt.Sprintf("quote out of place at byte %d of the line", parse.Column)
		fault.Advice = `put cells with quotes, commas or line breaks between quotes, and double the quotes inside`
	default:
		fault.Problem = parse.Err.Error()
	}
	return fault
}

func (c *Reader) feature(record []string) (*format.Feature, *format.Error) {
	f := &format.Feature{Index: c.index, Properties: make(format.Properties, 0, len(c.columns))}
	for i, cell := range record {
		if c.isGeometry(i) {
			continue
		}
		if !format.IsValidText(cell) {
			fault := format.Fault(fmt.Sprintf("column %q is wrongly encoded", c.header[i]), format.AdviceEncoding)
			return nil, c.atCell(fault, i)
		}
		if len(cell) > c.usage.Limits.MaxValueBytes {
			fault := format.Fault(fmt.Sprintf("column %q: text longer than %d bytes", c.header[i], c.usage.Limits.MaxValueBytes),
				"shorten it, or raise the limit on values").Skippable()
			return nil, c.atCell(fault, i)
		}
		f.Properties = append(f.Properties, format.Property{Name: c.header[i], Value: strings.Clone(cell)})
	}
	var fault *format.Error
	if f.Geometry, fault = c.geometry(record); fault != nil {
		return nil, fault
	}
	if fault := c.usage.AddFeature(format.CountVertices(f.Geometry)); fault != nil {
		return nil, c.atCell(fault, 0)
	}
	return f, nil
}

func (c *Reader) atCell(fault *format.Error, i int) *format.Error {
	line, _ := c.csv.FieldPos(i)
	return fault.AtByte(c.start, line)
}

func (c *Reader) geometry(record []string) (orb.Geometry, *format.Error) {
	switch {
	case c.wkt >= 0 && strings.TrimSpace(record[c.wkt]) != "":
		return c.text(record[c.wkt])
	case c.x >= 0:
		return c.point(record)
	}
	return nil, nil
}

func (c *Reader) text(cell string) (orb.Geometry, *format.Error) {
	g, h, err := wkt.Decode(cell, c.usage.Limits.MaxVerticesPerFeature)
	if fault, ok := errors.AsType[*wkt.Error](err); ok && fault.Problem == wkt.ErrTooMany {
		return nil, c.atCell(c.usage.CheckVertices(c.usage.Limits.MaxVerticesPerFeature+1), c.wkt)
	}
	if err != nil {
		fault := format.Fault(fmt.Sprintf("column %q is no well-known text", c.header[c.wkt]), adviceGeometry)
		return nil, c.atCell(fault.Because(err).Skippable(), c.wkt)
	}
	if fault := c.note(g, h); fault != nil {
		return nil, c.atCell(fault, c.wkt)
	}
	if fault := format.CheckGeometry(g); fault != nil {
		return nil, c.atCell(fault.Skippable(), c.wkt)
	}
	return g, nil
}

// note records what WKT says besides its coordinates. All rows have to be in
// one system.
func (c *Reader) note(g orb.Geometry, h wkt.Header) *format.Error {
	if h.Z {
		c.notes.Add(format.NoteZDropped, "heights were dropped", c.index)
	}
	if h.M {
		c.notes.Add(format.NoteMDropped, "measures were dropped", c.index)
	}
	if g == nil {
		c.notes.Add(format.NoteEmptyGeometry, "features with empty geometry were read as features without geometry", c.index)
	}
	if h.SRID == 0 || h.SRID == c.crs.EPSG {
		return nil
	}
	if c.crs.EPSG != 0 {
		return format.Fault(fmt.Sprintf("row is in SRID %d, rows before it in %d", h.SRID, c.crs.EPSG),
			"bring all rows into one coordinate system").Skippable()
	}
	c.crs = format.Declared{EPSG: h.SRID, Text: fmt.Sprintf("SRID=%d", h.SRID), Source: "WKT"}
	return nil
}

// point reads a pair of numbers; two blank cells are no geometry.
func (c *Reader) point(record []string) (orb.Geometry, *format.Error) {
	x, y := strings.TrimSpace(record[c.x]), strings.TrimSpace(record[c.y])
	if x == "" && y == "" {
		return nil, nil
	}
	var p orb.Point
	for i, cell := range []string{x, y} {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			column := []int{c.x, c.y}[i]
			fault := format.Fault(fmt.Sprintf("column %q: %q is not a finite number", c.header[column], cell), adviceGeometry)
			return nil, c.atCell(fault.Skippable(), column)
		}
		p[i] = v
	}
	return p, nil
}

// CRS returns what the SRID prefix of WKT says, once a row had one.
func (c *Reader) CRS() format.Declared { return c.crs }

// Columns returns the columns without those of geometry.
func (c *Reader) Columns() []format.Column { return c.columns }

// Notes returns what was found on the way.
func (c *Reader) Notes() []format.Note { return c.notes.Notes() }

// Close does nothing: the stream belongs to the caller.
func (c *Reader) Close() error { return nil }

// A recordReader bounds what a single record may take: an open quote would
// swallow the rest of the file. left is set before each record; limit leaves
// room for one buffer read ahead.
type recordReader struct {
	r           io.Reader
	limit, left int
}

func (r *recordReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, format.Fault(fmt.Sprintf("record longer than %d bytes", r.limit),
			"a quote is probably left open: close it, or raise the limit on vertices per feature")
	}
	n, err := r.r.Read(p)
	r.left -= n
	return n, err
}
