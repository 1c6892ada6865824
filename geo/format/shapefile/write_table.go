package shapefile

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"jieming/geo/format"
)

var be = binary.BigEndian

const (
	maxNameBytes  = 10
	maxTextBytes  = 254
	intDigits     = 18 // what other programs still read as an integer
	floatDigits   = 24 // any float64 in its shortest text
	dateDigits    = 8  // 20200619
	tableVersion  = 3  // dBASE III without memo
	chinesePage   = 0x4d
	maxTableWidth = 65535
)

// A tableWriter encodes the rows of a table.
type tableWriter struct {
	encoding format.Encoding
	columns  []format.Column
	names    [][]byte // as in the table
	kinds    []byte
	widths   []int
	width    int
	cut      bool // cut text that is too long
}

func newTableWriter(columns []format.Column, encoding format.Encoding) (tableWriter, error) {
	t := tableWriter{encoding: encoding, width: 1}
	if len(columns) == 0 {
		// A table has at least one column.
		columns = []format.Column{{Name: "fid", Type: format.Int}}
	}
	taken := map[string]bool{}
	for _, c := range columns {
		name, err := shortName(cmp.Or(c.Short, c.Name), encoding, taken)
		if err != nil {
			return t, err
		}
		kind, width := layout(c)
		t.columns = append(t.columns, c)
		t.names = append(t.names, name)
		t.kinds = append(t.kinds, kind)
		t.widths = append(t.widths, width)
		t.width += width
	}
	if t.width > maxTableWidth || t.headerBytes() > maxTableWidth {
		return t, fmt.Errorf("%d columns do not fit into a shapefile; export GeoPackage instead", len(columns))
	}
	return t, nil
}

func layout(c format.Column) (kind byte, width int) {
	switch c.Type {
	case format.Int:
		return 'N', intDigits
	case format.Float:
		return 'F', floatDigits
	case format.Bool:
		return 'L', 1
	case format.Date:
		return 'D', dateDigits
	}
	if c.Width > 0 && c.Width < maxTextBytes {
		return 'C', c.Width
	}
	return 'C', maxTextBytes
}

// shortName cuts a name to what a table holds and numbers it if it is taken.
func shortName(name string, encoding format.Encoding, taken map[string]bool) ([]byte, error) {
	for n := 1; n < 1000; n++ {
		suffix := ""
		if n > 1 {
			suffix = "_" + strconv.Itoa(n)
		}
		short, err := cutText(name, encoding, maxNameBytes-len(suffix))
		if err != nil {
			return nil, fmt.Errorf("naming column %q: %w", name, err)
		}
		short = append(short, suffix...)
		if key := strings.ToLower(string(short)); !taken[key] {
			taken[key] = true
			return short, nil
		}
	}
	return nil, fmt.Errorf("naming column %q: too many columns start alike", name)
}

func cutText(s string, encoding format.Encoding, limit int) ([]byte, error) {
	for {
		b, err := encoding.Encode(s)
		if err != nil || len(b) <= limit {
			return b, err
		}
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
}

func (t *tableWriter) headerBytes() int { return tableHeaderBytes + fieldBytes*len(t.names) + 1 }

func (t *tableWriter) header(count int) []byte {
	h := make([]byte, t.headerBytes())
	now := time.Unix(0, 0).UTC() // exports of the same data are the same bytes
	h[0], h[1], h[2], h[3] = tableVersion, byte(now.Year()-1900), byte(now.Month()), byte(now.Day())
	le.PutUint32(h[4:], uint32(count))
	le.PutUint16(h[8:], uint16(len(h)))
	le.PutUint16(h[10:], uint16(t.width))
	if t.encoding == format.GB18030 {
		h[29] = chinesePage
	}
	for i, name := range t.names {
		f := h[tableHeaderBytes+fieldBytes*i:]
		copy(f[:11], name)
		f[11], f[16] = t.kinds[i], byte(t.widths[i])
		if t.kinds[i] == 'F' {
			f[17] = 15
		}
	}
	h[len(h)-1] = 0x0d
	return h
}

// row encodes the values of a feature.
func (t *tableWriter) row(p format.Properties) ([]byte, error) {
	row := make([]byte, 1, t.width)
	row[0] = ' '
	for i, c := range t.columns {
		value, _ := p.Get(c.Name)
		text, err := t.cell(t.kinds[i], value)
		if err == nil && t.cut && t.kinds[i] == 'C' && len(text) > t.widths[i] {
			text, err = t.cutCell(value, t.widths[i])
		}
		if err == nil && len(text) > t.widths[i] {
			err = fmt.Errorf("%d bytes of text do not fit into %d; export GeoPackage instead", len(text), t.widths[i])
		}
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
		pad := strings.Repeat(" ", t.widths[i]-len(text))
		if t.kinds[i] == 'N' || t.kinds[i] == 'F' {
			row = append(append(row, pad...), text...)
		} else {
			row = append(append(row, text...), pad...)
		}
	}
	return row, nil
}

func (t *tableWriter) cell(kind byte, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	switch kind {
	case 'L':
		if b, ok := value.(bool); ok {
			return []byte(map[bool]string{true: "T", false: "F"}[b]), nil
		}
		return nil, fmt.Errorf("%v is neither true nor false", value)
	case 'N':
		if n, ok := value.(int64); ok {
			return strconv.AppendInt(nil, n, 10), nil
		}
		return nil, fmt.Errorf("%v is no integer", value)
	case 'D':
		day, err := time.Parse(time.DateOnly, fmt.Sprint(value))
		if err != nil {
			return nil, fmt.Errorf("%v is no date", value)
		}
		return day.AppendFormat(nil, "20060102"), nil
	case 'F':
		switch v := value.(type) {
		case float64:
			return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
		case int64:
			return strconv.AppendInt(nil, v, 10), nil
		}
		return nil, fmt.Errorf("%v is no number", value)
	}
	return t.encoding.Encode(textOf(value))
}

func textOf(value any) string { return format.Properties{{Value: value}}.Text("") }

// cutCell shortens text to a width, ending it in an ellipsis.
func (t *tableWriter) cutCell(value any, width int) ([]byte, error) {
	ellipsis, err := t.encoding.Encode("…")
	if err != nil || len(ellipsis) > width {
		return cutText(textOf(value), t.encoding, width)
	}
	text, err := cutText(textOf(value), t.encoding, width-len(ellipsis))
	return append(text, ellipsis...), err
}
