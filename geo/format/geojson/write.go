package geojson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"jieming/geo/format"
)

// A Member is an extra member of an object. Value is JSON and is written as
// it is.
type Member struct {
	Name  string
	Value []byte
}

// WriterOptions say how features are written. The zero value writes a
// FeatureCollection with all digits.
type WriterOptions struct {
	Decimals int      // digits after the point, 0 for all
	Sequence bool     // newline-delimited features instead of a collection
	Head     []Member // members of the collection before its features
}

// A Row is a feature as it comes from the database.
type Row struct {
	ID         string   // "" for none
	WKB        []byte   // nil for no geometry
	Properties []byte   // a JSON object, nil for null
	Members    []Member // further members of the feature, such as links
}

// flushBytes is how much text is gathered before it is written out.
const flushBytes = 64 << 10

// A Writer streams features. It holds the largest feature and 64 KiB. After an
// error it writes no more and returns the same error again.
type Writer struct {
	w       io.Writer
	options WriterOptions
	buf     []byte
	count   int
	closed  bool
	err     error
}

// NewWriter starts a FeatureCollection or a sequence on w, which it never
// closes.
func NewWriter(w io.Writer, options WriterOptions) *Writer {
	writer := &Writer{w: w, options: options}
	if options.Sequence {
		return writer
	}
	writer.buf = append(writer.buf, `{"type":"FeatureCollection"`...)
	writer.buf = appendMembers(writer.buf, options.Head)
	writer.buf = append(writer.buf, `,"features":[`...)
	return writer
}

// Count returns how many features have been written.
func (w *Writer) Count() int { return w.count }

// Write writes a feature from memory; see [format.Writer].
func (w *Writer) Write(f *format.Feature) error {
	properties, err := f.Properties.MarshalJSON()
	if err != nil {
		return w.fail(err)
	}
	return w.write(Row{ID: f.ID, Properties: properties}, func(dst []byte) ([]byte, error) {
		return AppendOrb(dst, f.Geometry, w.options.Decimals)
	})
}

// WriteRow writes a feature straight from the database.
func (w *Writer) WriteRow(row Row) error {
	return w.write(row, func(dst []byte) ([]byte, error) {
		if row.WKB == nil {
			return append(dst, "null"...), nil
		}
		return AppendGeometryDecimals(dst, row.WKB, w.options.Decimals)
	})
}

func (w *Writer) write(row Row, geometry func([]byte) ([]byte, error)) error {
	if w.err != nil {
		return w.err
	}
	if w.count > 0 && !w.options.Sequence {
		w.buf = append(w.buf, ',')
	}
	buf := append(w.buf, `{"type":"Feature"`...)
	if row.ID != "" {
		buf = append(buf, `,"id":`...)
		buf = appendText(buf, row.ID)
	}
	buf = append(buf, `,"geometry":`...)
	buf, err := geometry(buf)
	if err != nil {
		return w.fail(fmt.Errorf("writing feature %d %q: %w", w.count, row.ID, err))
	}
	buf = append(buf, `,"properties":`...)
	if row.Properties == nil {
		buf = append(buf, "null"...)
	}
	buf = append(buf, row.Properties...)
	buf = appendMembers(buf, row.Members)
	buf = append(buf, '}')
	if w.options.Sequence {
		buf = append(buf, '\n')
	}
	w.buf = buf
	w.count++
	if len(w.buf) >= flushBytes {
		return w.Flush()
	}
	return nil
}

// Flush writes out what has been gathered.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	if _, err := w.w.Write(w.buf); err != nil {
		return w.fail(fmt.Errorf("writing GeoJSON: %w", err))
	}
	w.buf = w.buf[:0]
	return nil
}

// Finish ends the collection with further members, such as numberReturned or
// the link to the next page, which are known only now.
func (w *Writer) Finish(tail ...Member) error {
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	if !w.options.Sequence {
		w.buf = append(w.buf, ']')
		w.buf = appendMembers(w.buf, tail)
		w.buf = append(w.buf, '}', '\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	w.err = errClosed
	return nil
}

// Close is Finish without members. It is safe to call twice.
func (w *Writer) Close() error {
	if w.closed && errors.Is(w.err, errClosed) {
		return nil
	}
	return w.Finish()
}

var errClosed = errors.New("the collection is finished")

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

func appendMembers(dst []byte, members []Member) []byte {
	for _, m := range members {
		dst = append(dst, ',')
		dst = appendText(dst, m.Name)
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return dst
}

// appendText appends text as a JSON string.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // marshalling a string does not fail
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}
