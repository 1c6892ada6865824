package report

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"jieming/geo/coverage"
	"jieming/geo/format"
)

// Content is what a report shows.
type Content struct {
	// Title names what was checked, such as the name of its file.
	Title string
	// Made is the day of the report, as it is to be printed.
	Made string
	// Notes are sentences that the reader should know, such as what is taken
	// for granted about the coordinate system.
	Notes []string
	// Regions are what was checked, longitude and latitude in degrees, and
	// Report is what [coverage.Check] said of them.
	Regions []coverage.Region
	Report  *coverage.Report
	// MinAreaM2 leaves smaller gaps, overlaps and slivers, in m², out of the
	// lists. They are counted.
	MinAreaM2 float64
	// Pages is how many of the largest faults get a page each; 0 means 500.
	Pages int
	// Proposal adds a proposed repair; nil for none.
	Proposal *Proposal
}

// Proposal is a repair with the limits it was made within.
type Proposal struct {
	*coverage.Proposal
	// SnapToleranceM (m) and RepairMaxAreaM2 (m²) are those of
	// [coverage.RepairOptions].
	SnapToleranceM, RepairMaxAreaM2 float64
	// Properties returns what the proposed region i keeps of its source; nil
	// writes code and name.
	Properties func(i int) format.Properties
}

// Folder is where the files of a report go. Create makes a file by its
// slash-separated name, and the folders above it; it is called concurrently. A
// file is complete when its Close returns nil.
type Folder interface {
	Create(name string) (io.WriteCloser, error)
}

// Progress is told the course of the work, concurrently.
type Progress interface {
	Step(name string, total int)
	Advance(n int)
}

const (
	defaultPages = 500
	perPage      = 200 // faults of a list page
)

// Write writes the whole report into folder. On an error, or when ctx ends,
// what is there is incomplete and should be thrown away.
//
// Cost: about 3,000 faults a second on two busy cores, most of it drawing.
func Write(ctx context.Context, folder Folder, c Content, shown Progress) error {
	s, err := newSite(folder, c, shown)
	if err != nil {
		return fmt.Errorf("laying out the report: %w", err)
	}
	for _, step := range []func(context.Context) error{s.writeTable, s.writeGeoJSON, s.writePages, s.writeProposal, s.writeSummary} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

// Total sums up the listed faults of one kind.
type Total struct {
	Kind     coverage.Kind
	Count    int
	Blocking int // of Count
	AreaM2   float64
	// Largest is the largest of them, the first where none has an area.
	Largest coverage.Fault

	first int // its place among the listed faults
}

// Summary sums up a report.
type Summary struct {
	Kinds    []Total // those that block first, then by area
	Count    int     // listed faults
	Blocking int     // of Count
	Small    int     // faults left out for their size
}

// Summarise counts the faults that a report of c lists.
func (c Content) Summarise() Summary {
	listed := c.listed()
	s := Summary{Count: len(listed), Small: len(c.Report.Faults) - len(listed)}
	for i, f := range listed {
		if n := len(s.Kinds); n == 0 || s.Kinds[n-1].Kind != f.Kind {
			s.Kinds = append(s.Kinds, Total{Kind: f.Kind, Largest: f, first: i})
		}
		t := &s.Kinds[len(s.Kinds)-1]
		t.Count++
		t.AreaM2 += f.AreaM2
		if f.Blocking {
			t.Blocking++
			s.Blocking++
		}
	}
	slices.SortStableFunc(s.Kinds, func(a, b Total) int {
		return cmp.Or(cmp.Compare(min(b.Blocking, 1), min(a.Blocking, 1)), cmp.Compare(b.AreaM2, a.AreaM2))
	})
	return s
}

// listed returns the faults that are not too small, in the order of the report.
func (c Content) listed() []coverage.Fault {
	if c.MinAreaM2 <= 0 {
		return c.Report.Faults
	}
	return slices.DeleteFunc(slices.Clone(c.Report.Faults), func(f coverage.Fault) bool {
		return areal(f.Kind) && f.AreaM2 < c.MinAreaM2
	})
}

// areal tells whether faults of a kind are pieces of land with a size of their
// own.
func areal(k coverage.Kind) bool {
	return k == coverage.KindGap || k == coverage.KindOverlap || k == coverage.KindSliver
}
