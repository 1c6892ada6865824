package document

import (
	"fmt"
	"slices"
	"strings"
)

// mark puts a red line of text before everything else in the body, in a header
// or in a footer.
func mark(n *node, text string) {
	for _, k := range n.kids {
		switch k.name {
		case "body", "hdr", "ftr":
			prefix, _, _ := strings.Cut(strings.TrimPrefix(string(k.open), "<"), ":")
			k.kids = slices.Insert(k.kids, 0, &node{name: "p", open: fmt.Appendf(nil,
				`<%[1]s:p><%[1]s:pPr><%[1]s:jc %[1]s:val="center"/></%[1]s:pPr><%[1]s:r><%[1]s:rPr><%[1]s:b/><%[1]s:color %[1]s:val="C00000"/><%[1]s:sz %[1]s:val="28"/></%[1]s:rPr><%[1]s:t>%[2]s</%[1]s:t></%[1]s:r></%[1]s:p>`,
				prefix, escaped(text))})
		default:
			mark(k, text)
		}
	}
}
