package web

import (
	"regexp"
	"strings"
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
