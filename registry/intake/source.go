package intake

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"jieming/geo/format"
	"jieming/registry"
)

// Source is a file to import. Content stays open until [Prepare] returns.
type Source struct {
	Name    string // for messages and citations; what it ends in decides nothing
	Content io.ReaderAt
	Size    int64 // bytes
}

// Columns name the columns of a file. "" means: find it by its usual names.
type Columns struct{ Code, Name, Parent string }

// Options are what only the user can know or decide. The zero value asks for
// everything that is not certain.
type Options struct {
	Read    format.Options // layer and text encoding
	Limits  format.Limits
	Columns Columns

	// CRS names the coordinate system of the files, in a form that crs.Parse
	// reads; "" believes the files as far as their numbers allow.
	CRS string
	// SwapAxes says that latitude, or northing, stands first.
	SwapAxes bool

	// WithoutGeometry takes codes and names only.
	WithoutGeometry bool
	// OnlyNew adds what is new although stored units differ.
	OnlyNew bool
	// SkipStatistical leaves out statistical areas and headings of code lists,
	// which are no divisions; without it they are faults.
	SkipStatistical bool

	// DataDate is the day whose state the files show, ValidFrom the first day on
	// which the new units are taken to have been so; nil ValidFrom is DataDate,
	// and nil DataDate asks the files.
	DataDate, ValidFrom *registry.Day
	// Today is the day whose stored state is compared with.
	Today registry.Day

	// Dataset says where the data comes from: Name, Source, Licence and
	// Attribution, each "" if not given.
	Dataset registry.Dataset
}

// File is what was found in a source.
type File struct {
	Name     string
	SHA256   [sha256.Size]byte
	Features int
	Skipped  int // statistical areas and headings left out
	Notes    []format.Note
	CRS      *Decision // nil if nothing in it has a place, or geometry was not asked for
}

// digestOf reads a source to its end.
func digestOf(s Source) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(s.Content, 0, s.Size)); err != nil {
		return sum, fmt.Errorf("digesting %s: %w", s.Name, err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// digest identifies what is loaded: the bytes of the files in any order, and
// every choice that changes what is made of them.
func (p *Plan) digest() [sha256.Size]byte {
	var parts []string
	for _, f := range p.Files {
		parts = append(parts, fmt.Sprintf("%x", f.SHA256))
	}
	slices.Sort(parts)
	o := p.options
	parts = append(parts, fmt.Sprintf("%q %q %q %v %v %v %s %s", o.Read, o.Columns, o.CRS, o.SwapAxes, o.WithoutGeometry, o.SkipStatistical,
		dayText(p.DataDate), dayText(p.ValidFrom)))
	return sha256.Sum256([]byte(strings.Join(parts, "\n")))
}

func dayText(d *registry.Day) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// maxFaults is how many faults of the files are collected before reading stops.
const maxFaults = 100

// Faults are what is wrong with the features of the files, each with its place.
// There is no plan while there is one.
type Faults struct {
	List []*format.Error
	More bool // reading stopped before the end: there may be others
}

const shownFaults = 20

// Error lists the first twenty faults, one a line.
func (f *Faults) Error() string {
	if len(f.List) == 1 && !f.More {
		return f.List[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d faults in the files", len(f.List))
	if f.More {
		b.WriteString(" so far")
	}
	for i, fault := range f.List {
		if i == shownFaults {
			fmt.Fprintf(&b, "\n  … and %d more", len(f.List)-i)
			break
		}
		b.WriteString("\n  " + fault.Error())
	}
	return b.String()
}

// Unwrap gives errors.As the single faults.
func (f *Faults) Unwrap() []error {
	errs := make([]error, len(f.List))
	for i, fault := range f.List {
		errs[i] = fault
	}
	return errs
}

// add notes a fault and tells whether there is room for more.
func (f *Faults) add(fault *format.Error) bool {
	f.List = append(f.List, fault)
	f.More = len(f.List) >= maxFaults
	return !f.More
}

// err is nil when there is no fault.
func (f *Faults) err() error {
	if len(f.List) == 0 {
		return nil
	}
	return f
}
