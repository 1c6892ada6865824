package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"jieming/registry"
	"jieming/registry/law"
)

// InInstruments is the source of hits in instruments of the registry. The other
// sources are those of texts of cases: CASE, COMMENT, OPINION, STEP, PAPER, FILE,
// NOTICE and OBJECTION.
const InInstruments = "INSTRUMENT"

// FindSources are where a search looks.
var FindSources = []string{"CASE", "COMMENT", "OPINION", "STEP", "PAPER", "FILE", "NOTICE", "OBJECTION", InInstruments}

// Hit is something that a search found.
type Hit struct {
	Source  string
	Ref     int64           // the event, paper, notice, objection or instrument; 0 for a case itself
	Case    registry.CaseID // 0 for an instrument
	Kind    string          // of the case
	Number  string          // of the case or the instrument
	Title   string          // of the case or the instrument
	State   string
	Phase   law.Phase
	At      time.Time        // when the case was last touched
	Issuer  string           // of an instrument
	Event   registry.EventID // that rests on the instrument
	Snippet string           // around what was found; not escaped
}

// FindQuery is a search.
type FindQuery struct {
	Text   string
	Source string // "" for all
	Filter Filter
	Papers bool // papers and their files are searched, too
	Today  registry.Day
	Limit  int // of cases and of instruments each
}

// Found is the answer to a search.
type Found struct {
	Hits    []Hit
	Sources map[string]int // how many cases, or instruments, fit in each source
}

// FindStore searches.
type FindStore interface {
	Find(ctx context.Context, q FindQuery) (*Found, error)
}

// mostFound bounds the hits of a search.
const mostFound = 100

// Find searches the cases that the person may read, and the instruments that
// are published. What they may not read is neither found nor counted.
func (d *Desk) Find(ctx context.Context, p *Principal, text, source string) (*Found, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > 64 || !utf8.ValidString(text) {
		return nil, Refuse("q", "find.text", "write 1 to 64 characters to look for")
	}
	if source != "" && !contains(FindSources, source) {
		return nil, registry.Invalid("source", "give one of "+strings.Join(FindSources, ", "))
	}
	if !p.Has(ReadCase) {
		return nil, denied(registry.KindForbidden, "case.right", "no right to read cases")
	}
	return d.store.Find(ctx, FindQuery{Text: text, Source: source, Filter: p.Filter(ReadCase), Papers: p.readsPapers(),
		Today: d.Today(), Limit: mostFound})
}
