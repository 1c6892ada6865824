package web

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// prose writes a plain text as HTML: paragraphs with blank lines between them,
// headings ("# ", "## "), lists ("- ", "1. "), **strong** words, `code`, and
// [links](/address) to pages of ours or over https. Everything else is text:
// there is no way to write HTML in it.
func prose(text string) template.HTML {
	var out strings.Builder
	list := ""
	end := func() {
		if list != "" {
			out.WriteString("</" + list + ">\n")
			list = ""
		}
	}
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			out.WriteString("<p>" + strings.Join(paragraph, "<br>\n") + "</p>\n")
			paragraph = nil
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimSpace(line)
		kind, rest := blockOf(line)
		if kind != "" || line == "" {
			flush()
		}
		if kind != list {
			end()
		}
		switch kind {
		case "ul", "ol":
			if list == "" {
				out.WriteString("<" + kind + ">\n")
				list = kind
			}
			out.WriteString("<li>" + inline(rest) + "</li>\n")
		case "h2", "h3":
			out.WriteString("<" + kind + ">" + inline(rest) + "</" + kind + ">\n")
		default:
			if line != "" {
				paragraph = append(paragraph, inline(line))
			}
		}
	}
	flush()
	end()
	return template.HTML(out.String()) // every text in it is escaped by inline
}

var numbered = regexp.MustCompile(`^\d{1,3}[.．、]\s*`)

// blockOf says what a line is, and what stands in it; "" for a line of a
// paragraph.
func blockOf(line string) (kind, rest string) {
	for _, mark := range []struct{ begins, kind string }{{"## ", "h3"}, {"# ", "h2"}, {"- ", "ul"}} {
		if rest, ok := strings.CutPrefix(line, mark.begins); ok {
			return mark.kind, rest
		}
	}
	if m := numbered.FindString(line); m != "" && strings.HasPrefix(strings.TrimLeft(m, "0123456789"), ".") {
		return "ol", line[len(m):]
	}
	return "", line
}

// inlineMark is what can stand within a line.
var inlineMark = regexp.MustCompile("\\*\\*([^*]+)\\*\\*|`([^`]+)`|\\[([^\\[\\]]+)\\]\\((/[^()\\s/\\\\][^()\\s\\\\]*|/|https://[^()\\s\\\\]+)\\)")

func inline(line string) string {
	var out strings.Builder
	at := 0
	for _, m := range inlineMark.FindAllStringSubmatchIndex(line, -1) {
		out.WriteString(html.EscapeString(line[at:m[0]]))
		group := func(n int) string { return html.EscapeString(line[m[2*n]:m[2*n+1]]) }
		switch {
		case m[2] >= 0:
			out.WriteString("<strong>" + group(1) + "</strong>")
		case m[4] >= 0:
			out.WriteString("<code>" + group(2) + "</code>")
		default:
			out.WriteString(`<a href="` + group(4) + `" rel="nofollow">` + group(3) + "</a>")
		}
		at = m[1]
	}
	return out.String() + html.EscapeString(line[at:])
}
