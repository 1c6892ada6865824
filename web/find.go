package web

import (
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) findRoutes(r chi.Router) {
	r.Get("/desk/search", s.deskPage(s.showFind))
}

// findPage is the data of the page "find".
type findPage struct {
	words
	Form   *form
	Found  *desk.Found // nil before anything was looked for
	Source string
}

// showFind answers /desk/search.
func (s *site) showFind(r *http.Request, v *View) (*answer, error) {
	if !v.Who.Has(desk.ReadCase) {
		return nil, errNotYours
	}
	q := v.URL.Query()
	p := &findPage{words: s.words(v), Form: &form{Values: q}, Source: q.Get("source")}
	if !q.Has("q") {
		return &answer{page: "find", data: p}, nil
	}
	var err error
	p.Found, err = s.desk.Find(r.Context(), v.Who, q.Get("q"), p.Source)
	if p.Form.refused(v, err) {
		return refusedForm("find", p), nil
	}
	return &answer{page: "find", data: p}, err
}

// SourceTab is a source with how much was found there.
type SourceTab struct {
	Source, Address string
	Count           int
}

// Tabs are the sources in which something was found.
func (p *findPage) Tabs() []SourceTab {
	var out []SourceTab
	for _, source := range desk.FindSources {
		if n := p.Found.Sources[source]; n > 0 {
			out = append(out, SourceTab{source, p.view.With("source", source), n})
		}
	}
	return out
}

// All is the address of the search in all sources.
func (p *findPage) All() string { return p.view.With("source", "") }

// Address is where a hit is to be read.
func (p *findPage) Address(h desk.Hit) string {
	switch h.Source {
	case desk.InInstruments:
		return p.view.EventLink(h.Event)
	case "COMMENT", "OPINION", "STEP":
		return caseLink(h.Case) + "#event-" + strconv.FormatInt(h.Ref, 10)
	case "PAPER", "FILE":
		return caseLink(h.Case) + "#papers"
	case "NOTICE", "OBJECTION":
		return caseLink(h.Case) + "#notices"
	}
	return caseLink(registry.CaseID(h.Case))
}

// Piece is a part of a text: one that was looked for, or one between.
type Piece struct {
	Text string
	Hit  bool
}

// Marked cuts a text where it holds what was looked for. Templates escape each
// piece.
func (p *findPage) Marked(text string) []Piece {
	return marked(text, strings.TrimSpace(p.Form.Get("q")))
}

// marked compares rune by rune, so that a letter whose small form has another
// length in bytes cuts no other.
func marked(text, looked string) []Piece {
	var out []Piece
	runes, want := []rune(text), []rune(looked)
	begin := 0
	for i := 0; len(want) > 0 && i+len(want) <= len(runes); {
		if !sameRunes(runes[i:i+len(want)], want) {
			i++
			continue
		}
		if i > begin {
			out = append(out, Piece{string(runes[begin:i]), false})
		}
		i += len(want)
		out = append(out, Piece{string(runes[i-len(want) : i]), true})
		begin = i
	}
	if begin < len(runes) {
		out = append(out, Piece{string(runes[begin:]), false})
	}
	return out
}

func sameRunes(a, b []rune) bool {
	for i := range a {
		if unicode.ToLower(a[i]) != unicode.ToLower(b[i]) {
			return false
		}
	}
	return true
}
