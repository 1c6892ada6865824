package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Sheet is a document as a page shows it: what stands in its body, and how it
// looks, by classes of a style sheet. It is read from the .docx itself, so that
// whoever looks at it sees what the file says.
type Sheet struct {
	Blocks []Block
	Cut    bool // there is more than is shown
}

// Block is a paragraph, or a table.
type Block struct {
	Class string  // of a paragraph
	Parts [][]Run // of a paragraph, between its tabs
	Table *Table  // nil for a paragraph
}

// Run is text of one look. Line breaks are \n.
type Run struct{ Class, Text string }

// Table is a table: the widths of its columns in percent, and its rows.
type Table struct {
	Widths []int
	Rows   []Row
}

// Row is a row of a table.
type Row struct {
	Head, Tall bool
	Cells      []Cell
}

// Cell is a cell of a table, with its paragraphs.
type Cell struct {
	Span   int
	Blocks []Block
}

// mostBlocks is how much of a document is shown.
const mostBlocks = 4000

// Read reads what a .docx shows: its paragraphs and tables in order, without
// pictures, text boxes, headers and footers. The cost is that of unpacking two
// parts, at most 64 MB and 16 MB.
func Read(docx []byte) (*Sheet, error) {
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	var styles xmlStyles
	if b, err := part(z, "word/styles.xml", partMost); err == nil {
		if err := xml.Unmarshal(b, &styles); err != nil {
			return nil, fmt.Errorf("read the styles of a document: %w", err)
		}
	}
	body, err := part(z, "word/document.xml", filledMost)
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	r := reader{looks: styles.looks()}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.take(d, token)
		}
		if err != nil {
			return nil, fmt.Errorf("read a document: %w", err)
		}
		if len(r.sheet.Blocks) > mostBlocks {
			r.sheet.Blocks, r.sheet.Cut = r.sheet.Blocks[:mostBlocks], true
			break
		}
	}
	return &r.sheet, nil
}

// part unpacks a part of a .docx.
func part(z *zip.Reader, name string, most int64) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = errors.New("it is too large")
	}
	return b, err
}

// reader makes a sheet of a document.
type reader struct {
	looks map[string]look
	sheet Sheet
}

func (r *reader) take(d *xml.Decoder, token xml.Token) error {
	start, ok := token.(xml.StartElement)
	switch {
	case !ok:
	case start.Name.Local == "p":
		var p xmlParagraph
		if err := d.DecodeElement(&p, &start); err != nil {
			return err
		}
		r.sheet.Blocks = append(r.sheet.Blocks, r.paragraph(&p))
	case start.Name.Local == "tbl":
		var t xmlTable
		if err := d.DecodeElement(&t, &start); err != nil {
			return err
		}
		r.sheet.Blocks = append(r.sheet.Blocks, Block{Table: r.table(&t)})
	case start.Name.Local == "sectPr":
		return d.Skip()
	}
	return nil
}

func (r *reader) paragraph(p *xmlParagraph) Block {
	base, known := r.looks[p.Look.Style.Val]
	if !known {
		base = r.looks[""]
	}
	base = base.with(&p.Look, nil)
	b := Block{Class: base.class(), Parts: [][]Run{nil}}
	empty := true
	p.runs(func(text string, run *xmlRunLook) {
		if text == "\t" {
			b.Parts = append(b.Parts, nil)
			return
		}
		empty = false
		last := len(b.Parts) - 1
		b.Parts[last] = append(b.Parts[last], Run{Class: base.differs(run), Text: text})
	})
	if empty {
		b.Class += " blank"
	}
	if len(b.Parts) > 1 {
		b.Class += " tabbed"
	}
	return b
}

func (r *reader) table(t *xmlTable) *Table {
	out := &Table{}
	sum := number(0)
	for _, c := range t.Columns {
		sum += c.W
	}
	for _, c := range t.Columns {
		if sum > 0 {
			out.Widths = append(out.Widths, int(c.W*100/sum))
		}
	}
	for _, row := range t.Rows {
		made := Row{Head: row.Head != nil, Tall: row.Height.Val >= 1000}
		for i := range row.Cells {
			c := Cell{Span: int(max(1, row.Cells[i].Span.Val))}
			for k := range row.Cells[i].Paragraphs {
				c.Blocks = append(c.Blocks, r.paragraph(&row.Cells[i].Paragraphs[k]))
			}
			made.Cells = append(made.Cells, c)
		}
		out.Rows = append(out.Rows, made)
	}
	return out
}

// look is how a paragraph looks.
type look struct {
	align, font   string
	size          int // half points
	bold, red     bool
	indent        bool // the first line stands back by two characters
	right         int  // characters left free at the right
	before, after int  // twentieths of a point
	top, bottom   string
	small         bool // a line as low as a gap between tables
}

// with is a look with what a style or a paragraph says of its own.
func (l look) with(p *xmlLook, r *xmlRunLook) look {
	if p.Align != nil {
		l.align = p.Align.Val
	}
	if i := p.Indent; i != nil {
		l.indent = i.First > 0 || i.FirstChars > 0
		l.right = int(min((i.Right+160)/320, 6))
	}
	if s := p.Spacing; s != nil {
		l.before, l.after = int(s.Before), int(s.After)
		l.small = s.Line > 0 && s.Line <= 240 && s.Rule == "exact"
	}
	if b := p.Borders; b != nil {
		l.top, l.bottom = b.Top.rule(), b.Bottom.rule()
	}
	return l.run(r)
}

func (l look) run(r *xmlRunLook) look {
	if r == nil {
		return l
	}
	if r.Fonts != nil && r.Fonts.EastAsia != "" {
		l.font = fontClass(r.Fonts.EastAsia)
	}
	if r.Size != nil && r.Size.Val > 0 {
		l.size = int(r.Size.Val)
	}
	if r.Color != nil {
		l.red = isRed(r.Color.Val)
	}
	if r.Bold != nil {
		l.bold = r.Bold.Val != "0" && r.Bold.Val != "false"
	}
	return l
}

// sizes are the sizes of text that the style sheet knows, in half points.
var sizes = []int{18, 21, 24, 28, 32, 36, 44, 52, 64, 76, 96}

func sizeClass(size int) string {
	best := sizes[0]
	for _, s := range sizes {
		if abs(s-size) < abs(best-size) {
			best = s
		}
	}
	return "z" + strconv.Itoa(best)
}

func abs(n int) int { return max(n, -n) }

// class names the look for the style sheet.
func (l look) class() string {
	out := []string{sizeClass(l.size), l.font}
	say := func(is bool, class string) {
		if is {
			out = append(out, class)
		}
	}
	say(l.align == "center" || l.align == "right", l.align)
	say(l.bold, "bold")
	say(l.red, "red")
	say(l.indent, "indent")
	say(l.right > 0, "right-"+strconv.Itoa(l.right))
	say(l.before >= 60, "before-"+strconv.Itoa(min((l.before+60)/120, 6)))
	say(l.after >= 60, "after-"+strconv.Itoa(min((l.after+60)/120, 6)))
	say(l.top != "", "top-"+l.top)
	say(l.bottom != "", "bottom-"+l.bottom)
	say(l.small, "small")
	return strings.Join(out, " ")
}

// differs names what a run looks like that its paragraph does not.
func (l look) differs(r *xmlRunLook) string {
	own := l.run(r)
	var out []string
	if own.size != l.size {
		out = append(out, sizeClass(own.size))
	}
	if own.font != l.font {
		out = append(out, own.font)
	}
	if own.bold && !l.bold {
		out = append(out, "bold")
	}
	if own.red && !l.red {
		out = append(out, "red")
	}
	return strings.Join(out, " ")
}

// fontClass is the kind of a Chinese font.
func fontClass(name string) string {
	for _, f := range []struct{ part, class string }{{"小标宋", "biaosong"}, {"黑", "hei"}, {"楷", "kai"}, {"仿宋", "fang"}, {"宋", "song"}} {
		if strings.Contains(name, f.part) {
			return f.class
		}
	}
	return "fang"
}

// isRed tells the red of issuers and marks from other colours.
func isRed(hex string) bool {
	n, err := strconv.ParseUint(hex, 16, 32)
	return err == nil && len(hex) == 6 && n>>16 > 0xa0 && n>>8&0xff < 0x60 && n&0xff < 0x60
}
