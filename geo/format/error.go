package format

import (
	"fmt"
	"strings"
)

// None stands in the numeric fields of an [Error] that do not apply.
const None = -1

// An Error is a fault in a file, located as closely as the format allows, with
// what its owner can do. Positions are 0-based except Line; None where they do
// not apply.
type Error struct {
	File    string
	Layer   string
	Feature int    // position of the feature in the file
	ID      string // the feature's identifier, if known
	Part    int    // which polygon or line of a multi-geometry
	Ring    int    // which ring of the polygon, 0 being the outer one
	Vertex  int    // which vertex of the ring or line
	Offset  int64  // byte offset in the decompressed file
	Line    int    // 1-based line of a text file
	Problem string // what is wrong, in lower case
	Advice  string // what to do about it
	Err     error  // the cause, may be nil
	// Recoverable says that only this feature is lost and reading may go on.
	Recoverable bool
}

// Fault returns an error located nowhere yet.
func Fault(problem, advice string) *Error {
	return &Error{
		Feature: None, Part: None, Ring: None, Vertex: None,
		Offset: None, Line: None, Problem: problem, Advice: advice,
	}
}

// Because adds the cause.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// InFile names the file, unless a closer place is already named.
func (e *Error) InFile(name string) *Error {
	if e.File == "" {
		e.File = name
	}
	return e
}

// InFeature names the feature, and may say that only this feature is lost.
func (e *Error) InFeature(index int, id string) *Error {
	if e.Feature == None {
		e.Feature, e.ID = index, id
	}
	return e
}

// At places the fault within a geometry.
func (e *Error) At(part, ring, vertex int) *Error {
	e.Part, e.Ring, e.Vertex = part, ring, vertex
	return e
}

// AtByte places the fault in a text or binary file; line is None for binary.
func (e *Error) AtByte(offset int64, line int) *Error {
	if e.Offset == None {
		e.Offset, e.Line = offset, line
	}
	return e
}

// Skippable marks the fault as one that concerns a single feature.
func (e *Error) Skippable() *Error { e.Recoverable = true; return e }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error writes place, problem and advice on one line, for instance
//
//	a.geojson: feature[12] "220102", part[0] ring[1] vertex[33], line 4, byte 1234: ring is not closed; repeat its first vertex at its end
func (e *Error) Error() string {
	var b strings.Builder
	if place := e.place(); place != "" {
		b.WriteString(place)
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString("; ")
		b.WriteString(e.Advice)
	}
	return b.String()
}

func (e *Error) place() string {
	var parts []string
	if e.Layer != "" {
		parts = append(parts, fmt.Sprintf("layer %q", e.Layer))
	}
	if e.Feature != None {
		parts = append(parts, fmt.Sprintf("feature[%d]", e.Feature))
		if e.ID != "" {
			parts[len(parts)-1] += fmt.Sprintf(" %q", e.ID)
		}
	}
	if g := e.geometryPlace(); g != "" {
		parts = append(parts, g)
	}
	if e.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", e.Line))
	}
	if e.Offset != None {
		parts = append(parts, fmt.Sprintf("byte %d", e.Offset))
	}
	place := strings.Join(parts, ", ")
	if e.File == "" || place == "" {
		return e.File + place
	}
	return e.File + ": " + place
}

func (e *Error) geometryPlace() string {
	var parts []string
	for _, p := range []struct {
		name  string
		index int
	}{{"part", e.Part}, {"ring", e.Ring}, {"vertex", e.Vertex}} {
		if p.index != None {
			parts = append(parts, fmt.Sprintf("%s[%d]", p.name, p.index))
		}
	}
	return strings.Join(parts, " ")
}
