//go:build ignore

// Command workbook edits a workbook as a person would: it sets cells of the row
// that holds a text, by the beginning of their column's header.
//
//	go run workbook.go in.xlsx out.xlsx ROW HEADER VALUE [ROW HEADER VALUE …]
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

func main() {
	if err := edit(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func edit(in, out string, edits []string) error {
	f, err := excelize.OpenFile(in)
	if err != nil {
		return err
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		return err
	}
	for ; len(edits) >= 3; edits = edits[3:] {
		row := slices.IndexFunc(rows, func(cells []string) bool { return slices.Contains(cells, edits[0]) })
		column := slices.IndexFunc(rows[0], func(header string) bool { return strings.HasPrefix(header, edits[1]+" ") })
		cell, err := excelize.CoordinatesToCellName(column+1, row+1)
		if err != nil || row < 1 {
			return fmt.Errorf("no cell %s of %s", edits[1], edits[0])
		}
		if err := f.SetCellStr(sheet, cell, edits[2]); err != nil {
			return err
		}
	}
	return f.SaveAs(out)
}
