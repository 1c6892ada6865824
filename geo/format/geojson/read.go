// Package geojson reads and writes GeoJSON (RFC 7946) and GeoJSON text
// sequences (RFC 8142, with or without record separators) as streams.
//
// [Reader] holds one feature at a time, whatever the size of the file.
// [AppendGeometry] turns the WKB of a database row into GeoJSON without
// building a geometry, and [Writer] streams a FeatureCollection around it.
package geojson

import (
	"fmt"
	"io"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// A Reader reads the features of a FeatureCollection, a single Feature or
// geometry, or a sequence of those. Extra members are skipped, a "crs" member
// (GeoJSON 2008) is reported. Rings have to be closed; direction is not
// judged. Memory is that of the largest feature, plus 256 KiB.
type Reader struct {
	name   string
	notes  format.Notebook
	s      *scanner
	usage  *format.Usage
	crs    format.Declared
	state  state
	index  int // of the feature being read
	err    *format.Error
	keys   map[string]string // property names seen, to share their memory
	values int               // values read for the current feature

	coords  coordinates
	problem *format.Error // first skippable fault of the current feature

	ahead      *format.Feature // what NewReader read of a file without collection
	aheadFault *format.Error
}

type state uint8

const (
	betweenTexts state = iota // before a root value
	inFeatures                // in the features array, after at least one element
	firstFeature              // right after its opening bracket
	afterCollection
)

// NewReader starts reading and goes as far as the first feature, so that CRS
// knows what stands before it. name is used in messages. The text has to be
// UTF-8 unless Options.Encoding says otherwise. r is not closed.
func NewReader(name string, r io.Reader, limits format.Limits, options format.Options) (*Reader, error) {
	limits = limits.WithDefaults()
	encoding := format.UTF8
	if options.Encoding != "" {
		var ok bool
		if encoding, ok = format.ParseEncoding(options.Encoding); !ok {
			return nil, format.Fault(fmt.Sprintf("unknown encoding %q", options.Encoding), format.AdviceEncoding).InFile(name)
		}
	}
	text := encoding.NewReader(format.NewBudget(limits, 0).NewReader(r))
	reader := &Reader{name: name, s: newScanner(text, limits), usage: format.NewUsage(limits), keys: map[string]string{}}
	reader.s.decoded = encoding != format.UTF8
	fault := reader.begin()
	if fault == nil {
		reader.ahead, fault = reader.text()
	}
	if fault != nil && !fault.Recoverable {
		return nil, fault.InFile(name)
	}
	reader.aheadFault = fault
	return reader, nil
}

// begin checks how the stream starts.
func (r *Reader) begin() *format.Error {
	s := r.s
	if s.fill(3) && string(s.buf[:3]) == "\xef\xbb\xbf" {
		s.pos = 3
	}
	if s.fill(2) && (s.buf[0] == 0xff && s.buf[1] == 0xfe || s.buf[0] == 0xfe && s.buf[1] == 0xff) {
		fault := s.fault("text is UTF-16")
		fault.Advice = "save the file as UTF-8"
		return fault
	}
	s.fill(64)
	switch c := s.peek(); {
	case s.pos == s.end && s.srcErr == io.EOF:
		return s.fault("file is empty")
	case s.pos == s.end:
		return s.cut()
	case c != '{' && c != recordSeparator:
		return s.unexpected("a GeoJSON object")
	}
	return nil
}

const recordSeparator = 0x1e

// Read returns the next feature; see [format.Reader].
func (r *Reader) Read() (*format.Feature, error) {
	if r.err != nil {
		return nil, r.err
	}
	f, fault := r.next()
	if fault != nil {
		fault.InFile(r.name)
		if !fault.Recoverable {
			r.err = fault
		}
		return nil, fault
	}
	if f == nil {
		return nil, io.EOF
	}
	return f, nil
}

// next returns nil without a fault at the end.
func (r *Reader) next() (*format.Feature, *format.Error) {
	if f, fault := r.ahead, r.aheadFault; f != nil || fault != nil {
		r.ahead, r.aheadFault = nil, nil
		return f, fault
	}
	for {
		switch r.state {
		case firstFeature, inFeatures:
			more, fault := r.s.element(r.state == firstFeature)
			if fault != nil {
				return nil, fault
			}
			if more {
				r.state = inFeatures
				return r.feature()
			}
			r.state = afterCollection
			if fault := r.closeCollection(); fault != nil {
				return nil, fault
			}
		default:
			f, fault := r.text()
			if f != nil || fault != nil || r.state != firstFeature {
				return f, fault
			}
		}
	}
}

// text reads the next root value of a sequence: a feature as a whole, a
// collection up to its features. It returns nil at the end and for a
// collection, which shows in the state.
func (r *Reader) text() (*format.Feature, *format.Error) {
	more, fault := r.nextText()
	if fault != nil || !more {
		return nil, fault
	}
	f, collection, fault := r.root()
	if collection {
		r.state = firstFeature
	}
	return f, fault
}

// nextText moves to the next root value of a sequence.
func (r *Reader) nextText() (bool, *format.Error) {
	for r.s.peek() == recordSeparator {
		r.s.pos++
	}
	if r.s.peek() == 0 && r.s.pos == r.s.end {
		if r.s.srcErr != io.EOF {
			return false, r.s.cut()
		}
		return false, nil
	}
	if r.state == afterCollection {
		return false, r.s.fault("something follows the end of the FeatureCollection")
	}
	return true, nil
}

// root reads a root object. If it has features it stops in front of them.
func (r *Reader) root() (f *format.Feature, collection bool, fault *format.Error) {
	if fault := r.s.expect('{'); fault != nil {
		return nil, false, fault
	}
	raw := r.newRaw()
	for first := true; ; first = false {
		key, more, fault := r.s.member(first)
		if fault != nil {
			return nil, false, fault
		}
		if !more {
			f, fault := r.finish(raw)
			return f, false, fault
		}
		if string(key) == "features" {
			return nil, true, r.openCollection(raw)
		}
		if fault := r.rootMember(raw, key); fault != nil {
			return nil, false, fault
		}
	}
}

func (r *Reader) openCollection(raw *rawFeature) *format.Error {
	if raw.typ != "" && raw.typ != "FeatureCollection" || raw.parts&^hasType != 0 {
		return r.s.fault("an object of type %q has features", raw.typ)
	}
	if r.index > 0 {
		return r.s.fault("a FeatureCollection follows a feature")
	}
	if r.s.peek() != '[' {
		return r.s.unexpected("the array of features")
	}
	r.s.pos++
	return nil
}

func (r *Reader) rootMember(raw *rawFeature, key []byte) *format.Error {
	if string(key) == "crs" {
		return r.declaredCRS()
	}
	return r.member(raw, key)
}

// closeCollection reads what stands behind the features.
func (r *Reader) closeCollection() *format.Error {
	for {
		key, more, fault := r.s.member(false)
		if fault != nil || !more {
			return fault
		}
		switch string(key) {
		case "features":
			return r.s.fault("a second array of features")
		case "crs":
			fault = r.declaredCRS()
		default:
			fault = r.s.skip(1)
		}
		if fault != nil {
			return fault
		}
	}
}

// feature reads one element of the features array.
func (r *Reader) feature() (*format.Feature, *format.Error) {
	if r.s.peek() != '{' {
		return nil, r.s.unexpected("a feature").InFeature(r.index, "")
	}
	r.s.pos++
	raw := r.newRaw()
	for first := true; ; first = false {
		key, more, fault := r.s.member(first)
		if fault == nil && more {
			fault = r.member(raw, key)
		}
		if fault != nil {
			return nil, fault.InFeature(r.index, raw.f.ID)
		}
		if !more {
			return r.finish(raw)
		}
	}
}

// CRS returns what the "crs" member says.
func (r *Reader) CRS() format.Declared { return r.crs }

// Columns returns nil: GeoJSON declares none.
func (r *Reader) Columns() []format.Column { return nil }

// Notes returns what was dropped on the way.
func (r *Reader) Notes() []format.Note { return r.notes.Notes() }

// Close does nothing: the stream belongs to the caller.
func (r *Reader) Close() error { return nil }

// blame remembers the first skippable fault of a feature, at the cursor.
// level is that of the coordinates, 0 outside of them.
func (r *Reader) blame(problem, advice string, level int) {
	if r.problem == nil {
		r.problem = r.located(r.s.place(format.Fault(problem, advice)), level).Skippable()
	}
}

// located adds part, ring and vertex to a fault among coordinates.
func (r *Reader) located(fault *format.Error, level int) *format.Error {
	fault.InFeature(r.index, "")
	if level > 0 && fault.Vertex == format.None {
		fault.At(r.coords.location(level))
	}
	return fault
}

// emptyGeometry notes a geometry without coordinates.
func (r *Reader) emptyGeometry() orb.Geometry {
	r.notes.Add(format.NoteEmptyGeometry, "features with empty geometry were read as features without geometry", r.index)
	return nil
}
