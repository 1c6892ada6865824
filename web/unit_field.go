package web

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
)

// unitField is a unit that somebody typed: its name, its code, or both, as the
// suggestions of the field write it. What fits several units comes back as a
// choice, so that the field works without script.
type unitField struct {
	Text   string // as it was typed
	ID     registry.UnitID
	Name   string
	Chain  string               // what it lies in
	Others []registry.SearchHit // units of today that it may be
	Former []formerUnit         // units that are no more
}

// formerUnit is a unit that does not exist today, and what came after it.
type formerUnit struct {
	registry.SearchHit
	Heirs []string // names
}

// codeAtEnd is the code that a suggestion ends with.
var codeAtEnd = regexp.MustCompile(`(?:^|\s)(\d{2,12})$`)

// byID is how a choice among several names its unit.
var byID = regexp.MustCompile(`^#(\d{1,18})(?:\s|$)`)

// typedUnit finds the unit that somebody typed. Nothing typed is no unit.
func (s *site) typedUnit(ctx context.Context, v *View, text string) (unitField, error) {
	f := unitField{Text: strings.TrimSpace(text)}
	if f.Text == "" {
		return f, nil
	}
	pub, err := s.reg.Publication(ctx, time.Time{})
	if registry.KindOf(err) == registry.KindNotFound {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	at := registry.Instant{Valid: v.Today, Recorded: pub.AsOf}
	if m := byID.FindStringSubmatch(f.Text); m != nil {
		id, _ := strconv.ParseInt(m[1], 10, 64)
		u, err := s.reg.Unit(ctx, registry.UnitID(id), at, false)
		if registry.KindOf(err) == registry.KindNotFound {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		f.ID, f.Name = u.ID, u.Name
		return f, nil
	}
	return f, s.searchUnit(ctx, &f, at)
}

func (s *site) searchUnit(ctx context.Context, f *unitField, at registry.Instant) error {
	text, code := f.Text, ""
	if m := codeAtEnd.FindStringSubmatch(text); m != nil {
		text, code = m[1], m[1]
	}
	q := registry.SearchQuery{At: at, Text: text, Kind: registry.SearchUnit, Limit: 24}
	if q.Check() != nil {
		return nil
	}
	found, err := s.reg.Search(ctx, q)
	if err != nil {
		return err
	}
	exact := found.Hits[:0:0]
	for _, h := range found.Hits {
		if h.Current && (code != "" && strings.TrimRight(h.Code, "0") == strings.TrimRight(code, "0") || h.Name == text) {
			exact = append(exact, h)
		}
	}
	switch {
	case len(exact) == 1:
		f.take(&exact[0])
	case len(exact) > 1:
		f.Others = exact
	default:
		return s.offer(ctx, f, found.Hits, at.Recorded)
	}
	return nil
}

// offer sorts what was found into units of today, which can be chosen, and those
// that are no more, which are named with what came after them.
func (s *site) offer(ctx context.Context, f *unitField, hits []registry.SearchHit, at registry.Seq) error {
	for _, h := range hits {
		switch {
		case h.Current && len(f.Others) < 12:
			f.Others = append(f.Others, h)
		case !h.Current && len(f.Former) < 4:
			history, err := s.reg.History(ctx, h.Unit, at)
			if err != nil {
				return err
			}
			former := formerUnit{SearchHit: h}
			for _, edge := range history.Successors {
				if edge.Unit.ID != h.Unit && !slices.Contains(former.Heirs, edge.Unit.Name) {
					former.Heirs = append(former.Heirs, edge.Unit.Name)
				}
			}
			f.Former = append(f.Former, former)
		}
	}
	return nil
}

func (f *unitField) take(h *registry.SearchHit) {
	f.ID, f.Name = h.Unit, h.Name
	f.Chain = chainOf(h)
}

// chainOf names what a hit lies in.
func chainOf(h *registry.SearchHit) string {
	var names []string
	for _, u := range h.Chain {
		if u.ID != h.Unit {
			names = append(names, u.Name)
		}
	}
	return strings.Join(names, " › ")
}

// Missing reports whether something was typed that no single unit is.
func (f unitField) Missing() bool { return f.Text != "" && f.ID == 0 }

// In is Chain of one of several.
func (f unitField) In(h registry.SearchHit) string { return chainOf(&h) }
