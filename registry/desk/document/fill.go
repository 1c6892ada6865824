// Package document fills official documents: templates are .docx files, whose
// placeholders are replaced by text. It knows the shipped templates, which it
// makes itself, and the fields that templates may use.
package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"jieming/registry"
	"jieming/registry/desk/filetext"
	"jieming/registry/desk/filetype"
)

// What a template and what is made of it may be.
const (
	TemplateMost = 5 << 20  // bytes of a template
	partMost     = 16 << 20 // bytes of one of its parts, unpacked
	filledMost   = 64 << 20 // bytes of a part when it is filled
)

// Why says what is wrong with a placeholder.
type Why string

// The faults of templates.
const (
	UnknownField Why = "unknown"   // no such field in this template
	Unclosed     Why = "unclosed"  // {{ without }}, or }} without {{
	TwoLists     Why = "two-lists" // one row or paragraph repeats for two lists
	BadPart      Why = "damaged"   // the part cannot be read
)

// Fault is something wrong in a template, and where.
type Fault struct {
	Why         Why
	Placeholder string
	Part        string // word/document.xml, word/header1.xml …
	Paragraph   int    // its number in the part, from 1; 0 if none
	Text        string // how the paragraph begins
}

// Error says what is wrong and where.
func (f Fault) Error() string {
	where := fmt.Sprintf("%s, paragraph %d (“%s”)", path.Base(f.Part), f.Paragraph, f.Text)
	switch f.Why {
	case UnknownField:
		return fmt.Sprintf("%s: no field %s in this template; correct it, or choose one of the list", where, f.Placeholder)
	case Unclosed:
		return where + ": {{ without }}, or }} without {{"
	case TwoLists:
		return where + ": " + f.Placeholder + " belongs to another list than the rest of the row; use one list in each"
	}
	return f.Part + " cannot be read: " + f.Text
}

// Faults is all that is wrong in a template. As an error it is of bad input.
type Faults []Fault

// Error says the first fault, and how many more there are.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", f[0].Error(), len(f)-1)
}

// Unwrap makes it an error of bad input.
func (f Faults) Unwrap() error { return registry.Invalid("template", f.Error()) }

// Fill fills a .docx of a template with values, and returns the document. What
// is wrong in the .docx is Faults. A row of a table, or a paragraph, with fields
// of a list is repeated for its items; one with {{?field}} stands only where the
// field or list isn't empty, one with {{!field}} only where it is. A paragraph
// that is one placeholder becomes a paragraph for each line of the value. The
// cost is that of unpacking and packing the text parts; the others are copied.
func Fill(docx []byte, template string, v Values) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return nil, Faults{{Why: BadPart, Part: "docx", Text: err.Error()}}
	}
	f := &filler{words: vocabularyOf(template), values: v}
	parts := map[string]*node{}
	for _, e := range z.File {
		if isText(e.Name) {
			f.part = e.Name
			if parts[e.Name] = f.read(e); parts[e.Name] != nil {
				f.check(parts[e.Name])
			}
		}
	}
	if len(f.faults) > 0 {
		return nil, f.faults
	}
	return f.pack(z, parts)
}

// isText reports whether a part of a .docx has text to be filled.
func isText(name string) bool {
	for _, pattern := range []string{"word/document.xml", "word/header*.xml", "word/footer*.xml", "word/footnotes.xml", "word/endnotes.xml"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// filler fills one document.
type filler struct {
	words  *vocabulary
	values Values
	part   string
	faults Faults
	grown  int // bytes that repeating has made
}

func (f *filler) read(e *zip.File) *node {
	r, err := e.Open()
	if err != nil {
		f.fault(Fault{Why: BadPart, Text: err.Error()})
		return nil
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, partMost+1))
	if err == nil && len(b) > partMost {
		err = errors.New("it is too large")
	}
	var n *node
	if err == nil {
		n, err = parse(b)
	}
	if err != nil {
		f.fault(Fault{Why: BadPart, Text: err.Error()})
		return nil
	}
	return n
}

func (f *filler) fault(x Fault) {
	x.Part = f.part
	f.faults = append(f.faults, x)
}

// pack writes the document with its filled parts.
func (f *filler) pack(z *zip.Reader, parts map[string]*node) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range z.File {
		n := parts[e.Name]
		if n == nil {
			if err := w.Copy(e); err != nil {
				return nil, fmt.Errorf("copy %s: %w", e.Name, err)
			}
			continue
		}
		if err := f.fill(n, nil); err != nil {
			return nil, err
		}
		if f.values.Mark != "" {
			mark(n, f.values.Mark)
		}
		var b bytes.Buffer
		n.write(&b)
		p, err := w.CreateHeader(&zip.FileHeader{Name: e.Name, Method: zip.Deflate, Modified: e.Modified})
		if err != nil {
			return nil, err
		}
		if _, err := p.Write(b.Bytes()); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// Text is the text of a filled document, a line for each paragraph.
func Text(docx []byte) (string, error) {
	return filetext.Document(bytes.NewReader(docx), int64(len(docx)), filetype.DOCX)
}

// placeholder is {{name}}, {{?name}} or {{!name}}; Chinese keyboards write ｛｛.
var placeholder = regexp.MustCompile(`(?:\{\{|｛｛)\s*([?!？！]?)\s*([^{}｛｝]*?)\s*(?:\}\}|｝｝)`)

// brace is what is left of a placeholder that is none.
var brace = regexp.MustCompile(`\{\{|\}\}|｛｛|｝｝`)

// check finds what is wrong in a tree, with the place of each fault.
func (f *filler) check(n *node) {
	switch n.name {
	case "tr":
		f.checkLists(n)
	case "p":
		f.checkParagraph(n)
	}
	for _, k := range n.kids {
		f.check(k)
	}
}

func (f *filler) checkParagraph(p *node) {
	text := textOf(p)
	place := Fault{Paragraph: p.para, Text: begin(text)}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		known := f.words.fields[m[2]] != nil
		if m[1] != "" {
			known = known || f.words.lists[m[2]] != ""
		}
		if !known {
			x := place
			x.Why, x.Placeholder = UnknownField, m[0]
			f.fault(x)
		}
	}
	if brace.MatchString(placeholder.ReplaceAllString(text, "")) {
		place.Why = Unclosed
		f.fault(place)
	}
	f.checkLists(p)
}

// checkLists finds rows and paragraphs that belong to two lists.
func (f *filler) checkLists(n *node) {
	first := f.listOf(n)
	for _, p := range paragraphs(n) {
		text := textOf(p)
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if x := f.words.fields[m[2]]; x != nil && m[1] == "" && x.List != "" && x.List != first {
				f.fault(Fault{Why: TwoLists, Placeholder: m[0], Paragraph: p.para, Text: begin(text)})
			}
		}
	}
}

// listOf is the list for whose items a row or paragraph is repeated, "" for none.
func (f *filler) listOf(n *node) string {
	for _, p := range paragraphs(n) {
		for _, m := range placeholder.FindAllStringSubmatch(textOf(p), -1) {
			if x := f.words.fields[m[2]]; x != nil && m[1] == "" && x.List != "" {
				return x.List
			}
		}
	}
	return ""
}

// paragraphs returns n, if it is a paragraph, and else those in it; tables
// within a row have rows of their own.
func paragraphs(n *node) []*node {
	if n.name == "p" {
		return []*node{n}
	}
	var out []*node
	for _, k := range n.kids {
		if k.name != "tbl" {
			out = append(out, paragraphs(k)...)
		}
	}
	return out
}

func textOf(p *node) string {
	var b strings.Builder
	for _, t := range p.texts() {
		b.WriteString(t.text())
	}
	return b.String()
}

// begin is how a text begins, for telling it.
func begin(s string) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return string(r)
}

// fill fills what stands in n. item is that of the list that is repeated, nil
// outside of one.
func (f *filler) fill(n *node, item map[string]string) error {
	var kids []*node
	for _, k := range n.kids {
		made, err := f.filled(k, item)
		if err != nil {
			return err
		}
		kids = append(kids, made...)
	}
	if (n.name == "tc" || n.name == "txbxContent") && !contains(kids, "p") {
		kids = append(kids, emptyParagraph(n))
	}
	n.kids = kids
	return nil
}

func contains(kids []*node, name string) bool {
	for _, k := range kids {
		if k.name == name {
			return true
		}
	}
	return false
}

// emptyParagraph is what a cell must have, in the prefix of the cell.
func emptyParagraph(n *node) *node {
	prefix, _, _ := strings.Cut(strings.TrimPrefix(string(n.open), "<"), ":")
	return &node{name: "p", open: []byte("<" + prefix + ":p/>")}
}

// filled returns what a piece becomes: itself, nothing, or one for each item.
func (f *filler) filled(n *node, item map[string]string) ([]*node, error) {
	if n.name != "tr" && n.name != "p" {
		rows := contains(n.kids, "tr")
		err := f.fill(n, item)
		if n.name == "tbl" && rows && !contains(n.kids, "tr") {
			return nil, err // word processors take a table without rows for damage
		}
		return []*node{n}, err
	}
	list := ""
	if item == nil {
		list = f.listOf(n)
	}
	if list == "" {
		if !f.stands(n, item) {
			return nil, nil
		}
		return f.once(n, item)
	}
	var out []*node
	for _, each := range f.values.Lists[list] {
		if !f.stands(n, each) {
			continue
		}
		c, err := f.copy(n)
		if err != nil {
			return nil, err
		}
		made, err := f.once(c, each)
		if err != nil {
			return nil, err
		}
		out = append(out, made...)
	}
	return out, nil
}

// copy clones a piece, up to what a document may grow to.
func (f *filler) copy(n *node) (*node, error) {
	var b bytes.Buffer
	n.write(&b)
	if f.grown += b.Len(); f.grown > filledMost {
		return nil, &registry.Error{Kind: registry.KindTooLarge, Message: "the document becomes too large; shorten its lists"}
	}
	return n.clone(), nil
}

// once fills a row or a paragraph.
func (f *filler) once(n *node, item map[string]string) ([]*node, error) {
	if err := f.fill(n, item); err != nil || n.name == "tr" {
		return []*node{n}, err
	}
	text := textOf(n)
	if m := placeholder.FindStringSubmatch(text); m != nil && m[1] == "" && strings.TrimSpace(text) == m[0] {
		if lines := splitLines(f.value(m[2], item)); len(lines) > 1 {
			return f.eachLine(n, lines)
		}
	}
	f.replace(n, func(m []string) string {
		if m[1] != "" {
			return ""
		}
		return f.value(m[2], item)
	})
	return []*node{n}, nil
}

// eachLine makes a paragraph for each line.
func (f *filler) eachLine(n *node, lines []string) ([]*node, error) {
	var out []*node
	for _, line := range lines {
		c, err := f.copy(n)
		if err != nil {
			return nil, err
		}
		f.replace(c, func([]string) string { return line })
		out = append(out, c)
	}
	return out, nil
}

func splitLines(s string) []string {
	return strings.Split(strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n")
}

// stands reports whether the conditions in a row or paragraph hold.
func (f *filler) stands(n *node, item map[string]string) bool {
	for _, p := range paragraphs(n) {
		for _, m := range placeholder.FindAllStringSubmatch(textOf(p), -1) {
			if m[1] == "" {
				continue
			}
			empty := f.empty(m[2], item)
			if wanted := m[1] == "?" || m[1] == "？"; wanted == empty {
				return false
			}
		}
	}
	return true
}

func (f *filler) empty(name string, item map[string]string) bool {
	if list := f.words.lists[name]; list != "" && f.words.fields[name] == nil {
		return len(f.values.Lists[list]) == 0
	}
	return strings.TrimSpace(f.value(name, item)) == ""
}

func (f *filler) value(name string, item map[string]string) string {
	x := f.words.fields[name]
	switch {
	case x == nil:
		return ""
	case x.List != "":
		_, name, _ := strings.Cut(x.Name, ".")
		return item[name]
	}
	return f.values.Text[x.Name]
}

// replace puts values in the place of the placeholders of a paragraph. An
// editor may have split one over several runs: the value goes where it begins.
func (f *filler) replace(p *node, with func(m []string) string) {
	texts := p.texts()
	said := make([]string, len(texts))
	for i, t := range texts {
		said[i] = t.text()
	}
	whole := strings.Join(said, "")
	matches := placeholder.FindAllStringSubmatchIndex(whole, -1)
	if len(matches) == 0 {
		return
	}
	var b strings.Builder
	at, next := 0, 0 // in whole; the next match
	for i, s := range said {
		b.Reset()
		changed := false
		for end := at + len(s); at < end; {
			if next < len(matches) && at >= matches[next][0] {
				m := matches[next]
				if at == m[0] {
					b.WriteString(with([]string{whole[m[0]:m[1]], whole[m[2]:m[3]], whole[m[4]:m[5]]}))
				}
				changed = true
				at = min(m[1], end)
				if at == m[1] {
					next++
				}
				continue
			}
			stop := end
			if next < len(matches) {
				stop = min(end, matches[next][0])
			}
			b.WriteString(whole[at:stop])
			at = stop
		}
		if changed {
			texts[i].setText(b.String())
		}
	}
}
