package postgres

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"jieming/registry"
	"jieming/registry/roman"
)

//go:embed simplified.txt
var simplifiedPairs string

// simplify writes a text in simplified characters, as names are stored.
var simplify = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for line := range strings.Lines(simplifiedPairs) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, pair := range strings.Fields(line) {
			_, size := utf8.DecodeRuneInString(pair)
			pairs = append(pairs, pair[:size], pair[size:])
		}
	}
	return strings.NewReplacer(pairs...)
})

// Bounds of a search for a name behind others: how often the database is asked
// for it, and how many units of the name of a superior are looked into.
const (
	mostAsked     = 12
	mostSuperiors = 3
)

// askBehind looks for a name behind that of a superior, as in 长春市朝阳区, and
// leaves the result empty if there is none.
func (s *search) askBehind(text string) error {
	within := s.q.Within
	defer func() { s.q.Within = within }()
	for _, end := range endsOfNames(text) {
		superiors, err := s.superiors(text[:end])
		if err != nil {
			return err
		}
		for _, superior := range superiors {
			if s.asked >= mostAsked {
				return nil
			}
			s.q.Within = superior
			if err := s.ask(text[end:]); err != nil || len(s.result.Generics)+len(s.result.Hits) > 0 {
				return err
			}
			if err := s.askBehind(text[end:]); err != nil || len(s.result.Generics)+len(s.result.Hits) > 0 {
				return err
			}
		}
		s.q.Within = within
	}
	return nil
}

// endsOfNames are the places in a text at which the name of a unit above the
// village may end, with something behind it.
func endsOfNames(text string) (ends []int) {
	for end := range text {
		if end > 0 && slices.ContainsFunc([]string{"省", "市", "区", "州", "盟", "县", "旗", "镇", "乡", "街道", "苏木"}, func(tail string) bool {
			return strings.HasSuffix(text[:end], tail) && text[:end] != tail
		}) {
			ends = append(ends, end)
		}
	}
	return ends
}

// superiors are the units of the day that a name stands for.
func (s *search) superiors(name string) (ids []registry.UnitID, err error) {
	if s.asked++; s.asked > mostAsked {
		return nil, nil
	}
	kind := s.q.Kind
	defer func() { s.q.Kind = kind }()
	s.q.Kind, s.text = registry.SearchUnit, parseTyped(name)
	best, err := s.look("")
	for _, f := range best[:min(len(best), mostSuperiors)] {
		if f.standing < 2 {
			ids = append(ids, registry.UnitID(f.shown))
		}
	}
	return ids, err
}

// checkWithin refuses a unit that there is not.
func (s *search) checkWithin() error {
	if s.q.Within == 0 {
		return nil
	}
	var known bool
	err := s.tx.QueryRow(s.ctx, sql("UnitKnown"), s.q.Within, int64(s.q.At.Recorded)).Scan(&known)
	if err == nil && !known {
		err = registry.Invalid("within", fmt.Sprintf("there is no unit %d; write the identifier of one, or leave within out", s.q.Within))
	}
	return err
}

// called tells whether the first hit is a unit that is called so.
func called(hits []registry.SearchHit, text string) bool {
	if len(hits) == 0 || hits[0].Kind != registry.SearchUnit {
		return false
	}
	_, generic := roman.Split(text)
	return strings.HasSuffix(text, hits[0].Name) || strings.HasSuffix(text, hits[0].OtherName) && hits[0].OtherName != "" ||
		generic == "" && strings.HasSuffix(text, hits[0].Specific)
}
