package document

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"time"
)

// The shipped templates are written in a few lines each (shipped/*.txt) and
// made into .docx here, in the layout of GB/T 9704-2012: A4, margins 37, 35, 28
// and 26 mm, 22 lines of 28 characters in 仿宋 3号, red issuer and rule, title in
// 小标宋 2号, page numbers as — 1 —. A line of a template is a style and a text:
//
//	style | text
//	row | cell | cell …       of a table; "head" is its first row, "tall" one to write in
//	widths | 10 20 …          of the columns that follow, in percent
//
//go:embed shipped/*
var shippedFiles embed.FS

// shipped are the templates as .docx, made once. They are the same at each run.
var shipped = sync.OnceValue(func() map[string][]byte {
	out := map[string][]byte{}
	for _, k := range Kinds() {
		text, err := shippedFiles.ReadFile("shipped/" + k.Name + ".txt")
		if err == nil {
			out[k.Name], err = build(string(text), k.Zh)
		}
		if err != nil {
			panic(fmt.Sprintf("template %s: %v", k.Name, err)) // embedded, and tested
		}
	}
	return out
})

// Shipped returns the .docx of a shipped template, nil for an unknown name. It
// must not be changed.
func Shipped(name string) []byte { return shipped()[name] }

// born is the date of everything in a shipped template, so that equal templates
// are equal files.
var born = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

// skeleton is the parts of a .docx and the files they come from; "" is the body.
var skeleton = []struct{ part, file string }{
	{"[Content_Types].xml", "content-types.xml"},
	{"_rels/.rels", "package.rels"},
	{"word/document.xml", ""},
	{"word/_rels/document.xml.rels", "document.rels"},
	{"word/styles.xml", "styles.xml"},
	{"word/settings.xml", "settings.xml"},
	{"word/fontTable.xml", "fontTable.xml"},
	{"word/footer1.xml", "footer1.xml"},
	{"word/footer2.xml", "footer2.xml"},
	{"docProps/core.xml", "core.xml"},
}

// build makes a .docx of the lines of a template.
func build(text, title string) ([]byte, error) {
	body, err := bodyOf(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, s := range skeleton {
		content := []byte(body)
		if s.file != "" {
			if content, err = shippedFiles.ReadFile("shipped/" + s.file); err != nil {
				return nil, err
			}
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: s.part, Method: zip.Deflate, Modified: born})
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(w, "%s\n%s", declaration, bytes.ReplaceAll(content, []byte("TITLE"), []byte(escaped(title)))); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

// pageWidth is what stands between the margins, in twentieths of a point.
const pageWidth = 8844

// bodyOf makes document.xml of the lines of a template.
func bodyOf(text string) (string, error) {
	var b strings.Builder
	b.WriteString(`<w:document xmlns:w="` + word + `" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`)
	var widths []int
	table := false
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		style, rest, ok := strings.Cut(line, "|")
		style, rest = strings.TrimSpace(style), strings.TrimSpace(rest)
		row := style == "row" || style == "head" || style == "tall"
		if table && !row {
			b.WriteString("</w:tbl>" + paragraphOf("Small", ""))
			table = false
		}
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !ok:
			return "", fmt.Errorf("line %d has no style", i+1)
		case style == "widths":
			widths = nil
			for _, w := range strings.Fields(rest) {
				var n int
				if _, err := fmt.Sscan(w, &n); err != nil {
					return "", fmt.Errorf("line %d: %w", i+1, err)
				}
				widths = append(widths, pageWidth*n/100)
			}
		case row:
			if !table {
				b.WriteString(tableOf(widths))
				table = true
			}
			b.WriteString(rowOf(rest, widths, style))
		default:
			b.WriteString(paragraphOf(style, rest))
		}
	}
	if table {
		b.WriteString("</w:tbl>" + paragraphOf("Small", ""))
	}
	b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1587" w:gutter="0"/>` +
		`</w:sectPr></w:body></w:document>`)
	return b.String(), nil
}

func paragraphOf(style, text string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>` + runOf(text) + `</w:p>`
}

// runOf writes text; → is a tab.
func runOf(text string) string {
	if text == "" {
		return ""
	}
	inner := strings.ReplaceAll(escaped(text), "→", `</w:t><w:tab/><w:t xml:space="preserve">`)
	return `<w:r><w:t xml:space="preserve">` + inner + `</w:t></w:r>`
}

func tableOf(widths []int) string {
	var b strings.Builder
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="6" w:space="0" w:color="auto"/>`, side)
	}
	b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&b, `<w:gridCol w:w="%d"/>`, w)
	}
	b.WriteString(`</w:tblGrid>`)
	return b.String()
}

// rowOf writes a row. A cell that begins with "3>" spans three columns; one
// that begins with "=" is a heading.
func rowOf(cells string, widths []int, style string) string {
	var b strings.Builder
	head := style == "head"
	b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
	switch style {
	case "head":
		b.WriteString(`<w:tblHeader/>`)
	case "tall":
		b.WriteString(`<w:trHeight w:val="1300" w:hRule="atLeast"/>`)
	}
	b.WriteString(`</w:trPr>`)
	column := 0
	for _, text := range strings.Split(cells, "|") {
		text = strings.TrimSpace(text)
		span := 1
		if len(text) > 1 && text[1] == '>' {
			span, text = int(text[0]-'0'), text[2:]
		}
		style := "Cell"
		if rest, ok := strings.CutPrefix(text, "="); ok || head {
			style, text = "CellHead", rest
		}
		width := 0
		for range span {
			if column < len(widths) {
				width += widths[column]
			}
			column++
		}
		fmt.Fprintf(&b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, width)
		if span > 1 {
			fmt.Fprintf(&b, `<w:gridSpan w:val="%d"/>`, span)
		}
		b.WriteString(`<w:vAlign w:val="center"/></w:tcPr>` + paragraphOf(style, text) + `</w:tc>`)
	}
	b.WriteString(`</w:tr>`)
	return b.String()
}

func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// Compose makes a .docx in the layout of official documents of lines as the
// shipped templates are written: a style and a text each.
func Compose(title, lines string) ([]byte, error) { return build(lines, title) }
