package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a part of a document may be.
const (
	deepest   = 128
	mostNodes = 400_000
)

// word is the name space of WordprocessingML.
const word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

// node is a piece of XML that is written again just as it was read, but for
// what is changed. Only elements have a name.
type node struct {
	name  string // local name of an element of WordprocessingML; "-" for another; "" for text
	open  []byte // the start tag, or the text
	close []byte // the end tag; empty if the start tag ends itself
	kids  []*node
	para  int // of a paragraph: its number in the part, from 1
}

// parse reads XML into a tree.
func parse(b []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	root := &node{name: "-"}
	stack := []*node{root}
	var names []xml.Name
	prefix, paragraphs, nodes := "", 0, 0
	for begin := int64(0); ; begin = d.InputOffset() {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if nodes++; nodes > mostNodes || len(stack) > deepest {
			return nil, errors.New("it is too large or too deep")
		}
		raw, top := b[begin:d.InputOffset()], stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" && a.Value == word {
					prefix = a.Name.Local
				}
			}
			n := &node{name: "-", open: raw}
			if t.Name.Space == prefix && prefix != "" {
				n.name = t.Name.Local
			}
			if n.name == "p" {
				paragraphs++
				n.para = paragraphs
			}
			top.kids = append(top.kids, n)
			stack, names = append(stack, n), append(names, t.Name)
		case xml.EndElement:
			if len(names) == 0 || names[len(names)-1] != t.Name {
				return nil, fmt.Errorf("</%s> closes nothing", t.Name.Local)
			}
			top.close = raw
			stack, names = stack[:len(stack)-1], names[:len(names)-1]
		case xml.Directive:
			return nil, errors.New("it has a document type")
		default:
			top.kids = append(top.kids, &node{open: raw})
		}
	}
	if len(stack) != 1 {
		return nil, errors.New("it breaks off")
	}
	return root, nil
}

// write writes the tree.
func (n *node) write(w *bytes.Buffer) {
	w.Write(n.open)
	for _, k := range n.kids {
		k.write(w)
	}
	w.Write(n.close)
}

// clone copies the tree, so that a copy can be filled by itself.
func (n *node) clone() *node {
	c := *n
	c.kids = make([]*node, len(n.kids))
	for i, k := range n.kids {
		c.kids[i] = k.clone()
	}
	return &c
}

// texts returns the text elements of a paragraph, without those of paragraphs
// that stand in it, such as in a text box.
func (n *node) texts() []*node {
	var out []*node
	for _, k := range n.kids {
		switch k.name {
		case "t":
			if len(k.close) > 0 {
				out = append(out, k)
			}
		case "p", "":
		default:
			out = append(out, k.texts()...)
		}
	}
	return out
}

// text is what a text element says.
func (n *node) text() string {
	var b strings.Builder
	for _, k := range n.kids {
		d := xml.NewDecoder(bytes.NewReader(k.open))
		if t, err := d.RawToken(); err == nil {
			if c, ok := t.(xml.CharData); ok {
				b.Write(c)
			}
		}
	}
	return b.String()
}

// setText makes a text element say something, with its line breaks and tabs.
// The value is text: nothing in it is markup.
func (n *node) setText(s string) {
	prefix, _, _ := strings.Cut(strings.TrimPrefix(string(n.open), "<"), ":")
	begin, end := "<"+prefix+`:t xml:space="preserve">`, "</"+prefix+":t>"
	var b bytes.Buffer
	b.WriteString(begin)
	for _, r := range s {
		switch r {
		case '\n':
			b.WriteString(end + "<" + prefix + ":br/>" + begin)
		case '\t':
			b.WriteString(end + "<" + prefix + ":tab/>" + begin)
		case '\r', 0xfffe, 0xffff:
		default:
			if r >= ' ' {
				_ = xml.EscapeText(&b, []byte(string(r)))
			}
		}
	}
	b.WriteString(end)
	n.open, n.close, n.kids = b.Bytes(), nil, nil
}
