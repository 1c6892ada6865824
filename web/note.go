package web

import (
	"html/template"
	"regexp"
	"strings"

	"jieming/registry/roman"
)

// english is the English of a note, in brackets after its Chinese.
var english = regexp.MustCompile(` ?\(([ -'*-~]+)\)`)

// note is a note of the record in the language of the reader. Notes made by
// the program are Chinese with their English in brackets; what an instrument
// says is Chinese only, and stays.
func (c *catalog) note(text string) string {
	if c.Lang != "en" {
		return english.ReplaceAllString(text, "")
	}
	found := english.FindAllStringSubmatch(text, -1)
	if len(found) == 1 && strings.HasSuffix(text, found[0][0]) && !strings.Contains(text, "。") {
		return found[0][1]
	}
	return text
}

// romanOf is how a reader of English reads a Chinese name; "" for others, and
// for a name without a certain reading.
func (c *catalog) romanOf(name string) string {
	if c.Lang != "en" {
		return ""
	}
	return roman.Display(name)
}

// named is a name in plain text, in English with its pinyin.
func (c *catalog) named(name string) string {
	if spelled := c.romanOf(name); spelled != "" {
		return name + " " + spelled
	}
	return name
}

// pinyin stands after a name on a page in English; it is nothing in Chinese.
func (c *catalog) pinyin(name string) template.HTML {
	spelled := c.romanOf(name)
	if spelled == "" {
		return ""
	}
	return template.HTML(` <span class="roman" lang="zh-Latn">` + template.HTMLEscapeString(spelled) + `</span>`)
}
