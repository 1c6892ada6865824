// Package format is the vocabulary that the readers and writers of geographic
// files share: what a feature is, what a file says about its coordinates, how
// much a foreign file may cost, and how a fault in it is told to its owner.
//
// Each format is a package of its own (geojson, shapefile, geopackage, csv);
// package open recognises a file by its content and picks among them.
//
// # Coordinates
//
// A reader hands out the coordinates of the file untouched, x before y (in a
// geographic system longitude before latitude, in degrees), in whatever system
// the file uses. It reports what the file declares ([Reader.CRS]) and converts
// nothing: package crs does that. Height and measure values are dropped, with
// a note. Ring direction is that of the file.
//
// # Trust
//
// Every reader treats its input as hostile. It stops at the [Limits], never
// runs a repair, and refuses what it cannot read with an [*Error] that says
// where the fault is and what its owner can do about it.
package format

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/paulmach/orb"
)

// A Feature is one record of a file.
type Feature struct {
	Index      int          // 0-based position in the file, deleted records not counted
	ID         string       // the identifier the file gives, "" if it gives none
	Properties Properties   // in file order
	Geometry   orb.Geometry // nil if the record has none; coordinates as in the file
}

// A Property is one named value. Value is a string, int64, float64, bool, nil,
// or nested: []any of such values, or [Properties].
type Property struct {
	Name  string
	Value any
}

// Properties are named values in the order of the file; names are unique.
// The zero value is empty and ready to use.
type Properties []Property

// Get returns the value of the named property, and whether there is one.
// It looks at the names one by one, which suits the few columns of a file.
func (p Properties) Get(name string) (any, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return nil, false
}

// Text returns the named value as text, "" if it is absent or null. Codes come
// as numbers from some files and as text from others; this evens that out.
func (p Properties) Text(name string) string {
	switch v, _ := p.Get(name); v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// All yields names and values in order.
func (p Properties) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, v := range p {
			if !yield(v.Name, v.Value) {
				return
			}
		}
	}
}

// MarshalJSON writes the properties as one JSON object in their order.
func (p Properties) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, v := range p {
		if i > 0 {
			out = append(out, ',')
		}
		member, err := appendMember(out, v)
		if err != nil {
			return nil, err
		}
		out = member
	}
	return append(out, '}'), nil
}

func appendMember(out []byte, p Property) ([]byte, error) {
	name, err := json.Marshal(p.Name)
	if err != nil {
		return nil, fmt.Errorf("property %q: %w", p.Name, err)
	}
	value, err := json.Marshal(p.Value)
	if err != nil {
		return nil, fmt.Errorf("property %q: %w", p.Name, err)
	}
	out = append(append(out, name...), ':')
	return append(out, value...), nil
}

// A Type is the kind of value a column holds.
type Type uint8

const (
	Any Type = iota // not declared by the file
	String
	Int
	Float
	Bool
	Date // a day, as the text 2006-01-02
)

// A Column is a named attribute that a file declares, or that a writer is to
// declare. Width counts bytes for text and digits for numbers, 0 if unlimited;
// Decimals counts digits after the point.
type Column struct {
	Name     string
	Type     Type
	Width    int
	Decimals int

	// What writers note where the format has room for it; readers leave it empty.
	Short       string // the name where names have at most 10 bytes; "" lets the writer shorten Name
	Title       string // what people call it
	Description string // what it means, in a sentence
}

// A Shape is the kind of geometry that a writer is told to expect in a layer.
type Shape uint8

const (
	AnyShape Shape = iota // whatever comes
	NoShape               // none: the layer is a plain table
	Points
	Lines // lines or multi-lines
	Areas // polygons or multi-polygons
)

// Declared is what a file says about its coordinate system, unverified.
// The zero value says nothing.
type Declared struct {
	EPSG   int    // the EPSG code if the file states one, else 0
	Text   string // the statement verbatim: a URN, a name or WKT
	Source string // where it stands, such as "crs member" or "county.prj"
}

// Known reports whether the file says anything at all.
func (d Declared) Known() bool { return d.EPSG != 0 || d.Text != "" }

// A Note tells what a reader did that the owner of the file should know, such
// as dropping heights. It is no fault.
type Note struct {
	Code  string // stable, kebab-case: "z-dropped"
	Text  string // one sentence
	First int    // the first feature concerned, -1 for the file as a whole
	Count int    // how many features are concerned, 1 for the file as a whole
}

// A Notebook collects notes, one per code, in order of appearance. The zero
// value is empty and ready to use.
type Notebook struct{ list []Note }

// Add counts one more feature (or the file, -1) under a code.
func (n *Notebook) Add(code, text string, feature int) {
	for i := range n.list {
		if n.list[i].Code == code {
			n.list[i].Count++
			return
		}
	}
	n.list = append(n.list, Note{Code: code, Text: text, First: feature, Count: 1})
}

// Notes returns a copy of what was collected.
func (n *Notebook) Notes() []Note { return slices.Clone(n.list) }

// The codes of the notes that several formats share.
const (
	NoteZDropped      = "z-dropped"
	NoteMDropped      = "m-dropped"
	NoteEmptyGeometry = "empty-geometry"
	NoteEncoding      = "encoding"
	NoteExtension     = "extension"
	NoteDeleted       = "deleted-records"
	NoteBinary        = "binary-dropped"
	NoteRingDirection = "ring-direction"
)

// A Reader hands out the features of one layer in file order. It is used by
// one goroutine at a time.
type Reader interface {
	// Read returns the next feature, or io.EOF after the last one. Any other
	// error is an *Error. If its Recoverable is set, the fault concerns one
	// feature and reading may go on with the next, to collect all faults of a
	// file in one run; otherwise every further call returns the same error.
	Read() (*Feature, error)
	// CRS returns what the file says about its coordinate system. In GeoJSON
	// that may stand at the end: it is complete after io.EOF.
	CRS() Declared
	// Columns returns the declared columns, nil if the format declares none.
	Columns() []Column
	// Notes returns what the reader did on the way, complete after io.EOF.
	Notes() []Note
	// Close releases files; it is safe to call twice.
	Close() error
}

// A Writer takes the features of one layer. Close completes the file: without
// it there is none. It is used by one goroutine at a time.
type Writer interface {
	Write(*Feature) error
	Close() error
}

// Options are what only the user can know about a file.
type Options struct {
	// Encoding names the text encoding ("UTF-8", "GBK", "GB18030") when the
	// file does not say or says wrongly; "" lets the reader find out, and it
	// refuses if it is not sure.
	Encoding string
	// Layer names the layer, for files that hold several.
	Layer string
}
