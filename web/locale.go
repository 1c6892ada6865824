package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"jieming/registry"
)

//go:embed locale
var localeFiles embed.FS

// Languages are the languages of the pages; the first is the default.
var Languages = []string{"zh", "en"}

// catalog is the texts of one language, by key.
type catalog struct {
	Lang  string // "zh" or "en"
	texts map[string]string
}

// readCatalogs reads locale/LANG.json, and a file for each noun beside it:
// locale/LANG/NOUN.json. A text is defined once.
func readCatalogs() (map[string]*catalog, error) {
	out := map[string]*catalog{}
	for _, lang := range Languages {
		files, err := fs.Glob(localeFiles, "locale/"+lang+"/*.json")
		if err != nil {
			return nil, err
		}
		c := &catalog{Lang: lang, texts: map[string]string{}}
		for _, file := range append([]string{"locale/" + lang + ".json"}, files...) {
			if err := c.read(file); err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
		}
		out[lang] = c
	}
	return out, nil
}

func (c *catalog) read(file string) error {
	data, err := localeFiles.ReadFile(file)
	if err != nil {
		return err
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	for key, text := range texts {
		if c.has(key) {
			return fmt.Errorf("%s is defined twice", key)
		}
		c.texts[key] = text
	}
	return nil
}

// Tag is the language as the lang attribute of a page has it.
func (c *catalog) Tag() string {
	if c.Lang == "zh" {
		return "zh-Hans"
	}
	return c.Lang
}

// text returns the text of a key, with {name} replaced by the value that
// follows the name in args. A number under the name "n" selects key.one where
// the language has it and the number is 1. A missing key is returned itself,
// so that a reader sees something and a test finds it.
func (c *catalog) text(key string, args ...any) string {
	text, ok := c.texts[key]
	if one, has := c.texts[key+".one"]; has && isOne(args) {
		text, ok = one, true
	}
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(args[i])+"}", fmt.Sprint(args[i+1]))
	}
	return text
}

func isOne(args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "n" {
			return fmt.Sprint(args[i+1]) == "1"
		}
	}
	return false
}

// has reports whether the catalog has a key.
func (c *catalog) has(key string) bool { _, ok := c.texts[key]; return ok }

// under returns the texts whose keys begin with a prefix, without it.
func (c *catalog) under(prefix string) map[string]string {
	out := map[string]string{}
	for key, text := range c.texts {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			out[rest] = text
		}
	}
	return out
}

// day writes a date in the language: 2019年6月1日, 1 June 2019.
func (c *catalog) day(d registry.Day) string {
	if d == registry.NoStart || d == registry.NoEnd {
		return c.text("date.open")
	}
	if c.Lang == "zh" {
		return d.Time().Format("2006年1月2日")
	}
	return d.Time().Format("2 January 2006")
}

// time writes a moment in China: 2026年11月28日 09:30, 28 November 2026, 09:30.
func (c *catalog) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if c.Lang == "zh" {
		return t.In(registry.China).Format("2006年1月2日 15:04")
	}
	return t.In(registry.China).Format("2 January 2006, 15:04")
}

// dated writes a date as exactly as it is known.
func (c *catalog) dated(d registry.Day, p registry.Precision) string {
	if p == registry.PrecisionYear {
		return c.text("date.year", "year", d.Year())
	}
	return c.day(d)
}

// period writes the days of a period: "2014年10月20日起", "1983 – 1990".
func (c *catalog) period(p registry.Period) string {
	switch {
	case p.From == registry.NoStart && p.To == registry.NoEnd:
		return c.text("date.always")
	case p.To == registry.NoEnd:
		return c.text("date.since", "from", c.day(p.From))
	case p.From == registry.NoStart:
		return c.text("date.until", "to", c.day(p.To-1))
	}
	return c.text("date.between", "from", c.day(p.From), "to", c.day(p.To-1))
}

// languageOf chooses the language of an answer: the query parameter lang, then
// the cookie, then Accept-Language. A language asked for in the query is
// remembered in the cookie.
func languageOf(w http.ResponseWriter, r *http.Request) string {
	if asked := r.URL.Query().Get("lang"); known(asked) {
		http.SetCookie(w, &http.Cookie{
			Name: "lang", Value: asked, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			SameSite: http.SameSiteLaxMode, HttpOnly: true,
		})
		return asked
	}
	if cookie, err := r.Cookie("lang"); err == nil && known(cookie.Value) {
		return cookie.Value
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return Languages[0]
	}
	for _, tag := range tags { // in the reader's order
		if base, _ := tag.Base(); known(base.String()) {
			return base.String()
		}
	}
	return Languages[0]
}

func known(lang string) bool {
	for _, l := range Languages {
		if l == lang {
			return true
		}
	}
	return false
}
