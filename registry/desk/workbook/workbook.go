// Package workbook writes tables as .xlsx files for people to edit, and reads
// back what they made of them. It knows nothing of what the tables mean.
package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"jieming/registry"
)

// Media is the media type of what is written.
const Media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Limits of what is read. What is larger is refused, not cut off.
const (
	MaxBytes    = 8 << 20  // of the file
	maxUnzipped = 48 << 20 // of all its parts
	MaxRows     = 20000    // of a sheet, its head included
	maxColumns  = 64       // cells beyond are not looked at
)

// Column describes a column of a table.
type Column struct {
	Header  string
	Locked  bool // may not be edited
	Hidden  bool
	Number  bool // a number, where it can be read as one
	Width   float64
	Choices []string // the only values, offered as a list; nil for any
}

// Table is a sheet to edit, with a second sheet of notes.
type Table struct {
	Sheet   string
	Columns []Column
	Rows    [][]string // one cell for each column
	Notes   string     // name of the sheet of notes
	Lines   []string
}

// Write writes a table. Cells are text, so that codes keep their zeros; locked
// columns are protected without a password, and editable ones are tinted.
func Write(w io.Writer, t *Table) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", t.Sheet); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	for _, step := range []func(*excelize.File, *Table) error{writeRules, writeRows, writeNotes} {
		if err := step(f, t); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// writeRules protects the sheet and offers choices.
func writeRules(f *excelize.File, t *Table) error {
	for i, c := range t.Columns {
		if c.Choices == nil || len(t.Rows) == 0 {
			continue
		}
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		rule := excelize.NewDataValidation(true)
		rule.SetSqref(fmt.Sprintf("%s2:%s%d", name, name, len(t.Rows)+1))
		if err := rule.SetDropList(c.Choices); err != nil {
			return err
		}
		if err := f.AddDataValidation(t.Sheet, rule); err != nil {
			return err
		}
	}
	return f.ProtectSheet(t.Sheet, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, Sort: true, AutoFilter: true, DeleteRows: true})
}

// styles of a head, a locked cell and one to edit.
func styles(f *excelize.File) (head, locked, open int, err error) {
	border := []excelize.Border{{Type: "bottom", Color: "D0D5DA", Style: 1}}
	if head, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Border: border,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E5F"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}); err != nil {
		return
	}
	const text = 49 // @
	if locked, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "5A6570"}, Border: border, NumFmt: text}); err != nil {
		return
	}
	open, err = f.NewStyle(&excelize.Style{Border: border, NumFmt: text, Protection: &excelize.Protection{Locked: false},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF8DC"}}})
	return
}

func writeRows(f *excelize.File, t *Table) error {
	head, locked, open, err := styles(f)
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(t.Sheet)
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		if err := out.SetColWidth(i+1, i+1, max(c.Width, 10)); err != nil {
			return err
		}
		if c.Hidden {
			if err := out.SetColVisible(i+1, i+1, false); err != nil {
				return err
			}
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		cells[i] = excelize.Cell{StyleID: head, Value: c.Header}
	}
	if err := out.SetRow("A1", cells, excelize.RowOpts{Height: 32}); err != nil {
		return err
	}
	for n, row := range t.Rows {
		for i, c := range t.Columns {
			style := open
			if c.Locked {
				style = locked
			}
			cells[i] = excelize.Cell{StyleID: style, Value: row[i]}
		}
		if err := out.SetRow(fmt.Sprintf("A%d", n+2), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

func writeNotes(f *excelize.File, t *Table) error {
	if t.Notes == "" {
		return nil
	}
	if _, err := f.NewSheet(t.Notes); err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	if err := f.SetColWidth(t.Notes, "A", "A", 100); err != nil {
		return err
	}
	if err := f.SetColStyle(t.Notes, "A", wrap); err != nil {
		return err
	}
	for i, line := range t.Lines {
		if err := f.SetCellStr(t.Notes, fmt.Sprintf("A%d", i+1), line); err != nil {
			return err
		}
	}
	return nil
}

// Row is a row of a sheet that was read.
type Row struct {
	Number   int      // as the sheet numbers it, from 1
	Cells    []string // as text; numbers as they are stored
	formulas []bool
}

// Cell is a cell of the row; "" beyond its end.
func (r *Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// Formula reports whether a cell is computed.
func (r *Row) Formula(i int) bool { return i >= 0 && i < len(r.formulas) && r.formulas[i] }

// Sheet is what was read: a head, and the rows that are not empty.
type Sheet struct {
	Name string
	Head []string
	Rows []Row
}

// Address is the name of a cell, such as C12.
func Address(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return fmt.Sprintf("R%dC%d", row, column+1)
	}
	return name
}

// ErrNoSheet says that a workbook has no sheet with the header asked for.
var ErrNoSheet = errors.New("no sheet with this header")

// Read reads the sheet whose first row has a header. What cannot be read, or is
// larger than the limits, is KindInvalid or KindTooLarge; a workbook without
// such a sheet is ErrNoSheet, of KindInvalid.
func Read(data []byte, header string) (s *Sheet, err error) {
	if len(data) > MaxBytes {
		return nil, tooLarge(fmt.Sprintf("the file is larger than %d MiB", MaxBytes>>20))
	}
	// The library trusts files more than we do.
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, registry.Invalid("file", fmt.Sprintf("is no workbook that can be read: %v", r))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		return nil, registry.Invalid("file", "is no .xlsx workbook that can be read: "+err.Error())
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		if s, err := readSheet(f, name, header); s != nil || err != nil {
			return s, err
		}
	}
	return nil, &registry.Error{Kind: registry.KindInvalid, Field: "file", Message: fmt.Sprintf("has no sheet with a column %q: upload a workbook that was exported here", header), Err: ErrNoSheet}
}

func tooLarge(why string) error {
	return &registry.Error{Kind: registry.KindTooLarge, Message: why + "; correct fewer records at a time"}
}

// readSheet reads a sheet, nil if it has not the header.
func readSheet(f *excelize.File, name, header string) (*Sheet, error) {
	rows, err := f.Rows(name)
	if err != nil {
		return nil, registry.Invalid("file", fmt.Sprintf("sheet %s: %v", name, err))
	}
	defer rows.Close()
	s := &Sheet{Name: name}
	for n := 1; rows.Next(); n++ {
		if n > MaxRows {
			return nil, tooLarge(fmt.Sprintf("sheet %s has more than %d rows", name, MaxRows))
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, registry.Invalid("file", fmt.Sprintf("sheet %s, row %d: %v", name, n, err))
		}
		cells = slices.Clone(cells[:min(len(cells), maxColumns)])
		switch {
		case n == 1 && !slices.Contains(cells, header):
			return nil, nil
		case n == 1:
			s.Head = cells
		case strings.Join(cells, "") != "":
			s.Rows = append(s.Rows, Row{Number: n, Cells: cells})
		}
	}
	if s.Head == nil {
		return nil, nil
	}
	return s, readFormulas(f, s)
}

func readFormulas(f *excelize.File, s *Sheet) error {
	for i := range s.Rows {
		r := &s.Rows[i]
		for c := range s.Head { // one that was never computed stands beyond the end of the cells
			formula, err := f.GetCellFormula(s.Name, Address(c, r.Number))
			if err != nil {
				return registry.Invalid("file", fmt.Sprintf("sheet %s, cell %s: %v", s.Name, Address(c, r.Number), err))
			}
			if formula == "" {
				continue
			}
			if r.formulas == nil {
				r.formulas = make([]bool, len(s.Head))
			}
			r.formulas[c] = true
		}
	}
	return nil
}
