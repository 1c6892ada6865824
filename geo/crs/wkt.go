package crs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// node is one element of well-known text: KEYWORD["text", 1.5, CHILD[…]].
type node struct {
	keyword  string // folded
	texts    []string
	numbers  []float64
	children []node
}

// name returns the folded first text.
func (n *node) name() string {
	if len(n.texts) == 0 {
		return ""
	}
	return fold(n.texts[0])
}

// find returns the first descendant with one of the keywords, itself included.
func (n *node) find(keywords ...string) *node {
	for _, k := range keywords {
		if n.keyword == k {
			return n
		}
	}
	for i := range n.children {
		if found := n.children[i].find(keywords...); found != nil {
			return found
		}
	}
	return nil
}

// parseWKT reads well-known text 1 (OGC or Esri) or 2.
func parseWKT(s string) (CRS, error) {
	r := wktReader{rest: s}
	root, err := r.node(0)
	if err == nil && strings.TrimSpace(r.rest) != "" {
		err = errors.New("text after the closing bracket")
	}
	if err != nil {
		return 0, fmt.Errorf("reading well-known text at byte %d: %w: %w", len(s)-len(r.rest), err, ErrUnknown)
	}
	return define(&root)
}

// wktReader is a recursive-descent reader; rest is what is still to be read.
type wktReader struct{ rest string }

const maxWKTDepth = 16

func (r *wktReader) node(depth int) (node, error) {
	if depth > maxWKTDepth {
		return node{}, errors.New("brackets nested too deep")
	}
	n := node{keyword: r.word()}
	if n.keyword == "" {
		return n, errors.New("want a keyword")
	}
	if !r.take("[(") {
		n.texts = append(n.texts, n.keyword) // a bare word: an axis direction
		return n, nil
	}
	for {
		if err := r.member(&n, depth); err != nil {
			return n, err
		}
		switch {
		case r.take("])"):
			return n, nil
		case !r.take(","):
			return n, errors.New("want a comma or a closing bracket")
		}
	}
}

// member reads one quoted text, number or child into n.
func (r *wktReader) member(n *node, depth int) error {
	r.space()
	switch {
	case r.rest == "":
		return errors.New("the text ends inside a bracket")
	case r.rest[0] == '"':
		end := strings.IndexByte(r.rest[1:], '"')
		if end < 0 {
			return errors.New("a quotation mark is not closed")
		}
		n.texts = append(n.texts, r.rest[1:1+end])
		r.rest = r.rest[end+2:]
		return nil
	case strings.IndexByte("+-.0123456789", r.rest[0]) >= 0:
		return r.number(n)
	}
	child, err := r.node(depth + 1)
	n.children = append(n.children, child)
	return err
}

func (r *wktReader) number(n *node) error {
	end := strings.IndexFunc(r.rest, func(c rune) bool { return !strings.ContainsRune("+-.0123456789eE", c) })
	if end < 0 {
		end = len(r.rest)
	}
	v, err := strconv.ParseFloat(r.rest[:end], 64)
	if err != nil {
		return fmt.Errorf("%q is no number", clip(r.rest[:end]))
	}
	n.numbers = append(n.numbers, v)
	r.rest = r.rest[end:]
	return nil
}

func (r *wktReader) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

func (r *wktReader) word() string {
	r.space()
	end := 0
	for end < len(r.rest) && (isLetter(r.rest[end]) || r.rest[end] == '_' || end > 0 && r.rest[end] >= '0' && r.rest[end] <= '9') {
		end++
	}
	word := r.rest[:end]
	r.rest = r.rest[end:]
	return fold(word)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// take skips white space and one byte of set, if it comes next.
func (r *wktReader) take(set string) bool {
	r.space()
	if r.rest == "" || strings.IndexByte(set, r.rest[0]) < 0 {
		return false
	}
	r.rest = r.rest[1:]
	return true
}
