package shapefile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"jieming/geo/format"
)

// A table reads the records of a dBASE file.
type table struct {
	file     *io.SectionReader
	rows     *bufio.Reader
	count    int // records the header claims
	read     int
	start    int // bytes before the first record
	width    int // bytes of a record
	language byte
	fields   []field
	encoding format.Encoding
	buf      []byte
}

// A field is a column as it lies in a record.
type field struct {
	raw      []byte // name as in the file
	name     string
	kind     byte
	offset   int
	width    int
	decimals int
}

const (
	tableHeaderBytes = 32
	fieldBytes       = 32
	noteTruncated    = "text-truncated"
	noteColumnName   = "column-name"
)

func openTable(dbf *io.SectionReader, limits format.Limits) (*table, *format.Error) {
	var head [tableHeaderBytes]byte
	if _, err := dbf.ReadAt(head[:], 0); err != nil {
		return nil, format.Fault(".dbf is shorter than its header", adviceParts).Because(noEOF(err))
	}
	t := &table{
		file: dbf, count: int(le.Uint32(head[4:])), start: int(le.Uint16(head[8:])),
		width: int(le.Uint16(head[10:])), language: head[29],
	}
	if t.start <= tableHeaderBytes || t.width < 1 {
		return nil, format.Fault(".dbf is no dBASE table", adviceParts).AtByte(0, format.None)
	}
	header := make([]byte, t.start)
	if _, err := dbf.ReadAt(header, 0); err != nil {
		return nil, format.Fault(".dbf ends in its header", adviceParts).Because(noEOF(err))
	}
	if fault := t.readFields(header[tableHeaderBytes:]); fault != nil {
		return nil, fault
	}
	if len(t.fields) > limits.MaxProperties {
		return nil, format.Fault(fmt.Sprintf("table has %d columns", len(t.fields)), "leave out columns that are not needed")
	}
	t.rewind()
	return t, nil
}

func (t *table) readFields(b []byte) *format.Error {
	offset := 1 // after the deletion mark
	for len(b) >= fieldBytes && b[0] != 0x0d {
		f := field{kind: b[11], offset: offset, width: int(b[16]), decimals: int(b[17])}
		if f.kind == 'C' { // long text keeps the high byte of its width there
			f.width, f.decimals = f.width+256*f.decimals, 0
		}
		f.raw, _, _ = bytes.Cut(b[:11], []byte{0})
		t.fields = append(t.fields, f)
		offset += f.width
		b = b[fieldBytes:]
	}
	if len(t.fields) == 0 || offset > t.width {
		return format.Fault(fmt.Sprintf("columns of .dbf take %d bytes, its records have %d", offset, t.width),
			"the table is damaged: export it again")
	}
	return nil
}

func (t *table) rewind() {
	size := max(0, t.file.Size()-int64(t.start))
	t.rows = bufio.NewReaderSize(io.NewSectionReader(t.file, int64(t.start), size), 64<<10)
	t.buf = make([]byte, t.width)
	t.read = 0
}

// useEncoding decodes the column names.
func (t *table) useEncoding(e format.Encoding, notes *format.Notebook) *format.Error {
	t.encoding = e
	seen := map[string]bool{}
	for i := range t.fields {
		f := &t.fields[i]
		name, cut, ok := decodeCut(e, bytes.TrimRight(f.raw, " "))
		if !ok {
			return format.Fault(fmt.Sprintf("name of column %d is not valid %s", i+1, e), format.AdviceEncoding)
		}
		if cut {
			notes.Add(noteColumnName, "column names that end in half a character lost it", format.None)
		}
		for n := 2; seen[name]; n++ {
			notes.Add(noteColumnName, "columns of the same name were numbered", format.None)
			name = strings.TrimRight(name, "0123456789_") + "_" + strconv.Itoa(n)
		}
		seen[name] = true
		f.name = name
	}
	return nil
}

// decodeCut decodes text of a fixed width, which may end in half a character.
func decodeCut(e format.Encoding, b []byte) (text string, cut, ok bool) {
	for drop := 0; drop <= 3 && drop <= len(b); drop++ {
		if text, ok = e.Decode(b[:len(b)-drop]); ok {
			return text, drop > 0, true
		}
	}
	return "", false, false
}

func (t *table) columns() []format.Column {
	var columns []format.Column
	for _, f := range t.fields {
		c := format.Column{Name: f.name, Type: format.String, Width: f.width, Decimals: f.decimals}
		switch f.kind {
		case 'N', 'F':
			c.Type = format.Float
			if f.decimals == 0 && f.width <= 18 {
				c.Type = format.Int
			}
		case 'L':
			c.Type = format.Bool
		case 'D':
			c.Type = format.Date
		}
		columns = append(columns, c)
	}
	return columns
}

// next reads one record; more is false at the end.
func (t *table) next(notes *format.Notebook, index int) (p format.Properties, more, deleted bool, fault *format.Error) {
	more, fault = t.nextRaw()
	if fault != nil || !more {
		return nil, false, false, fault
	}
	if t.buf[0] == '*' {
		return nil, true, true, nil
	}
	p = make(format.Properties, 0, len(t.fields))
	for i := range t.fields {
		f := &t.fields[i]
		value, problem := t.value(f, notes, index)
		if problem != "" && fault == nil {
			at := int64(t.start) + int64(t.read-1)*int64(t.width) + int64(f.offset)
			fault = format.Fault(fmt.Sprintf("column %q: %s", f.name, problem), "correct the value and export again").
				AtByte(at, format.None).Skippable()
			if f.kind == 'C' {
				fault.Advice = format.AdviceEncoding
			}
		}
		p = append(p, format.Property{Name: f.name, Value: value})
	}
	return p, true, false, fault
}

// nextRaw reads the bytes of one record into t.buf.
func (t *table) nextRaw() (bool, *format.Error) {
	if t.read >= t.count {
		return false, nil
	}
	if _, err := io.ReadFull(t.rows, t.buf); err != nil {
		return false, format.Fault(fmt.Sprintf(".dbf ends after %d of %d records", t.read, t.count),
			"the file is cut short: pack it again").Because(noEOF(err))
	}
	t.read++
	return true, nil
}

// value decodes one value of the current record, nil if blank.
func (t *table) value(f *field, notes *format.Notebook, index int) (value any, problem string) {
	b := t.buf[f.offset : f.offset+f.width]
	switch f.kind {
	case 'C':
		return t.text(b, notes, index)
	case 'N', 'F':
		return number(f, strings.TrimSpace(strings.TrimRight(string(b), "\x00")))
	case 'L':
		return logical(b), ""
	case 'D':
		return date(strings.TrimSpace(string(b)))
	}
	notes.Add(format.NoteBinary, "columns of a type that cannot be read (memo, binary) were left empty", index)
	return nil, ""
}

func (t *table) text(b []byte, notes *format.Notebook, index int) (any, string) {
	trimmed := bytes.TrimRight(b, " \x00")
	if len(trimmed) == 0 {
		return nil, ""
	}
	text, ok := t.encoding.Decode(trimmed)
	if !ok && len(trimmed) == len(b) {
		var cut bool
		if text, cut, ok = decodeCut(t.encoding, trimmed); cut && ok {
			notes.Add(noteTruncated, "values that fill their column end in half a character, which was dropped", index)
		}
	}
	if !ok {
		return nil, fmt.Sprintf("text is not valid %s", t.encoding)
	}
	return text, ""
}

// number reads a decimal; blanks and asterisks mean no value.
func number(f *field, text string) (any, string) {
	if strings.Trim(text, "*") == "" {
		return nil, ""
	}
	if f.decimals == 0 {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, ""
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Sprintf("%q is not a number", text)
	}
	return v, ""
}

func logical(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	switch b[0] {
	case 'T', 't', 'Y', 'y':
		return true
	case 'F', 'f', 'N', 'n':
		return false
	}
	return nil
}

// date turns 20200611 into 2020-06-11.
func date(text string) (any, string) {
	if strings.Trim(text, "0 \x00") == "" {
		return nil, ""
	}
	if _, err := strconv.ParseUint(text, 10, 32); err != nil || len(text) != 8 {
		return nil, fmt.Sprintf("%q is not a date", text)
	}
	return text[:4] + "-" + text[4:6] + "-" + text[6:], ""
}
