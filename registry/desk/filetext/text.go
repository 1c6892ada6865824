// Package filetext reads the text out of files, for search: Office documents
// and plain text itself, PDF by pdftotext of poppler-utils in a child process
// with limits. It takes only files that filetype has let in.
package filetext

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"jieming/registry/desk/filetype"
)

// Most is how many bytes of text are read from a file; the rest is left out.
const Most = 2 << 20

// partMost is how many bytes of XML are read from one part of a document.
const partMost = 64 << 20

// Reader reads texts. The zero value reads all but PDF.
type Reader struct {
	PDFToText string // path of pdftotext; "" if it is not installed
}

// Text returns the text of a file of a type, at most [Most] bytes in UTF-8; ""
// for pictures and other files without text. What was read before an error is
// returned with it.
func (r Reader) Text(ctx context.Context, f *os.File, size int64, t *filetype.Type) (string, error) {
	switch t {
	case filetype.TXT, filetype.CSV:
		return plain(f, size)
	case filetype.DOCX, filetype.XLSX, filetype.PPTX, filetype.ODT, filetype.ODS:
		return Document(f, size, t)
	case filetype.PDF:
		return r.pdf(ctx, f)
	}
	return "", nil
}

// plain decodes text.
func plain(f io.ReaderAt, size int64) (string, error) {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	encoding := filetype.EncodingOf(head[:n])
	if encoding == nil {
		encoding = simplifiedchinese.GB18030
	}
	b, err := io.ReadAll(io.LimitReader(encoding.NewDecoder().Reader(io.NewSectionReader(f, 0, size)), Most))
	return clean(string(b)), err
}

// layout says where the text of a type of document is.
type layout struct {
	part   func(name string) bool
	within map[string]bool // elements whose characters are text
	breaks map[string]bool // elements that end a line
	tabs   map[string]bool // elements that end a cell, or are a tab
}

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

func matching(patterns ...string) func(string) bool {
	return func(name string) bool {
		for _, p := range patterns {
			if ok, _ := path.Match(p, name); ok {
				return true
			}
		}
		return false
	}
}

var layouts = map[*filetype.Type]layout{
	filetype.DOCX: {matching("word/document.xml", "word/header*.xml", "word/footer*.xml", "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"),
		set("t"), set("p", "br", "tr"), set("tab")},
	filetype.XLSX: {matching("xl/sharedStrings.xml", "xl/worksheets/sheet*.xml"), set("t"), set("si", "is"), nil},
	filetype.PPTX: {matching("ppt/slides/slide*.xml"), set("t"), set("p", "br"), nil},
	filetype.ODT:  {matching("content.xml"), set("p", "h", "span", "a"), set("p", "h", "line-break"), set("tab")},
	filetype.ODS:  {matching("content.xml"), set("p", "h", "span", "a"), set("p", "h", "line-break"), nil},
}

// Document returns the text of an Office document, a line for each paragraph.
func Document(f io.ReaderAt, size int64, t *filetype.Type) (string, error) {
	l := layouts[t]
	z, err := zip.NewReader(f, size)
	if err != nil {
		return "", fmt.Errorf("open the document: %w", err)
	}
	var out strings.Builder
	for _, e := range z.File {
		if l.part != nil && l.part(e.Name) && out.Len() < Most {
			if err := l.read(e, &out); err != nil {
				return clean(out.String()), fmt.Errorf("%s: %w", e.Name, err)
			}
		}
	}
	return clean(out.String()), nil
}

func (l *layout) read(e *zip.File, out *strings.Builder) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(io.LimitReader(r, partMost))
	depth := 0
	for out.Len() < Most {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if l.within[t.Name.Local] {
				depth++
			}
			if l.tabs[t.Name.Local] {
				out.WriteByte('\t')
			}
		case xml.EndElement:
			if l.within[t.Name.Local] {
				depth--
			}
			if l.breaks[t.Name.Local] {
				out.WriteByte('\n')
			}
		case xml.CharData:
			if depth > 0 {
				out.Write(t[:min(len(t), Most)])
			}
		}
	}
	return nil
}

// clean makes text valid, and no longer than Most.
func clean(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), Most)], "")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfeff {
			return -1
		}
		return r
	}, s)
}
