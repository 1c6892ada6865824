package csv

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/geo/format/wkt"
)

// A Geometry says how a writer writes geometry.
type Geometry uint8

const (
	None   Geometry = iota // leave it out
	LonLat                 // points in the columns lon and lat
	WKT                    // any geometry in the column wkt
)

// WriterOptions say how a table is written. The zero value is UTF-8 with
// commas, without byte order mark or geometry.
type WriterOptions struct {
	Geometry Geometry
	Encoding format.Encoding // UTF8 (the default) or GB18030
	Mark     bool            // start UTF-8 with a byte order mark, which Excel needs to see that it is
}

// A Writer writes features as rows.
type Writer struct {
	columns []format.Column
	options WriterOptions
	text    io.WriteCloser
	csv     *csv.Writer
	record  []string
	count   int
	closed  bool
	err     error
}

// NewWriter writes the line of column names. Values are taken from the
// properties by column name. w is not closed.
func NewWriter(w io.Writer, columns []format.Column, options WriterOptions) (*Writer, error) {
	if options.Encoding == "" {
		options.Encoding = format.UTF8
	}
	if options.Mark && options.Encoding == format.UTF8 {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, fmt.Errorf("writing table: %w", err)
		}
	}
	c := &Writer{columns: columns, options: options, text: options.Encoding.NewWriter(w)}
	c.csv = csv.NewWriter(c.text)
	for _, column := range columns {
		c.record = append(c.record, column.Name)
	}
	switch options.Geometry {
	case WKT:
		c.record = append(c.record, "wkt")
	case LonLat:
		c.record = append(c.record, "lon", "lat")
	}
	if err := c.csv.Write(c.record); err != nil {
		return nil, fmt.Errorf("writing table: %w", err)
	}
	return c, nil
}

// Write adds a row; see [format.Writer].
func (c *Writer) Write(f *format.Feature) error {
	if c.err == nil {
		if err := c.write(f); err != nil {
			c.err = fmt.Errorf("writing row %d %q: %w", c.count, f.ID, err)
		}
	}
	return c.err
}

func (c *Writer) write(f *format.Feature) error {
	c.record = c.record[:0]
	for _, column := range c.columns {
		value, _ := f.Properties.Get(column.Name)
		text, err := cell(value)
		if err != nil {
			return fmt.Errorf("column %q: %w", column.Name, err)
		}
		c.record = append(c.record, text)
	}
	if err := c.geometry(f.Geometry); err != nil {
		return err
	}
	c.count++
	return c.csv.Write(c.record)
}

func (c *Writer) geometry(g orb.Geometry) error {
	switch c.options.Geometry {
	case WKT:
		c.record = append(c.record, string(wkt.Append(nil, g)))
	case LonLat:
		p, ok := g.(orb.Point)
		switch {
		case ok:
			c.record = append(c.record, number(p[0]), number(p[1]))
		case g == nil:
			c.record = append(c.record, "", "")
		default:
			return fmt.Errorf("a %s does not fit into lon and lat; write WKT instead", g.GeoJSONType())
		}
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// cell turns nested values into JSON text.
func cell(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case float64:
		return number(v), nil
	case int64, bool:
		return fmt.Sprint(v), nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// Close flushes the table. It is safe to call twice.
func (c *Writer) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.csv.Flush()
	return errors.Join(c.err, c.csv.Error(), c.text.Close())
}
