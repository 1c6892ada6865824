package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"jieming/geo/coverage"
	"jieming/registry/intake"
)

// shownFaults is how many faults of the areas are printed; --report has all.
const shownFaults = 20

// writePlan prints the whole effect of an import: the files, what was decided
// about them, what happens to each unit, the sums, and why it may not run.
func writePlan(w io.Writer, p *intake.Plan) {
	for i := range p.Files {
		writeFile(w, &p.Files[i])
	}
	if p.LoadedAs != 0 {
		fmt.Fprintf(w, "already loaded as log entry %d: nothing is written\n", p.LoadedAs)
		return
	}
	writeEffects(w, p)
	writeFaults(w, p)
	for _, c := range p.Summary() {
		fmt.Fprintf(w, "%6d %s\n", c.Units, c.Action)
	}
	if p.DataDate == nil {
		fmt.Fprintln(w, "data date: not given; an import needs --data-date")
	} else {
		fmt.Fprintf(w, "data of %s, new units valid from %s\n", p.DataDate, p.ValidFrom)
	}
	for _, why := range p.Refusals {
		fmt.Fprintln(w, "refused:", why)
	}
}

func writeFile(w io.Writer, f *intake.File) {
	fmt.Fprintf(w, "%s: %d features, sha256 %x\n", f.Name, f.Features, f.SHA256)
	if f.Skipped > 0 {
		fmt.Fprintf(w, "  %d statistical areas and headings left out\n", f.Skipped)
	}
	for _, n := range f.Notes {
		fmt.Fprintf(w, "  note: %s (%d)\n", n.Text, n.Count)
	}
	if f.CRS == nil {
		return
	}
	fmt.Fprintf(w, "  coordinates: %s\n", f.CRS.Title)
	for _, reason := range f.CRS.Reasons {
		fmt.Fprintf(w, "    - %s\n", reason)
	}
}

// writeEffects prints a table of the units for which something is written, or
// that differ. Units that are the same are only counted.
func writeEffects(w io.Writer, p *intake.Plan) {
	rows := [][]string{{"effect", "code", "name", "stored name", "under", "gained m²", "lost m²", "moves, m²"}}
	for i := range p.Effects {
		if e := &p.Effects[i]; e.Adds() || e.Differs() || e.Refines {
			rows = append(rows, e.Row())
		}
	}
	if len(rows) > 1 {
		writeTable(w, rows)
	}
}

// writeTable aligns columns; a Chinese character takes two places.
func writeTable(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if widths[i] == displayWidth(rows[0][i]) && emptyColumn(rows, i) {
				continue
			}
			line.WriteString(cell + strings.Repeat(" ", widths[i]-displayWidth(cell)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// emptyColumn tells whether only the heading of a column has text.
func emptyColumn(rows [][]string, column int) bool {
	for _, row := range rows[1:] {
		if row[column] != "" {
			return false
		}
	}
	return true
}

func displayWidth(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// gravest returns at most n faults: those that block, the largest first, before
// the others.
func gravest(faults []coverage.Fault, n int) []coverage.Fault {
	sorted := slices.Clone(faults)
	slices.SortStableFunc(sorted, func(a, b coverage.Fault) int {
		switch {
		case a.Blocking != b.Blocking && a.Blocking:
			return -1
		case a.Blocking != b.Blocking:
			return 1
		}
		return cmp.Compare(b.AreaM2, a.AreaM2)
	})
	return sorted[:min(n, len(sorted))]
}

// writeFaults prints the gravest faults of the areas and counts all.
func writeFaults(w io.Writer, p *intake.Plan) {
	if len(p.Faults) == 0 {
		return
	}
	fmt.Fprintln(w, "faults of the areas:")
	for _, t := range p.FaultTotals() {
		fmt.Fprintf(w, "  %6d %s, %.0f m², %d of them blocking\n", t.Count, t.Kind, t.AreaM2, t.Blocking)
	}
	rows := [][]string{{"kind", "lon", "lat", "units", "m²", "what"}}
	for _, f := range gravest(p.Faults, shownFaults) {
		rows = append(rows, []string{string(f.Kind), fmt.Sprintf("%.7f", f.At[0]), fmt.Sprintf("%.7f", f.At[1]),
			strings.Join(f.Regions, " "), fmt.Sprintf("%.2f", f.AreaM2), f.Message})
	}
	writeTable(w, rows)
	if more := len(p.Faults) - shownFaults; more > 0 {
		fmt.Fprintf(w, "… and %d more: see them all with --report faults.geojson\n", more)
	}
}
