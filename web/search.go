package web

import (
	"net/http"
	"strings"

	"jieming/registry"
)

// searchPage is the data of the page "search".
type searchPage struct {
	Text    string
	Generic string
	Kind    registry.SearchKind
	Found   *registry.SearchResult // nil if nothing was asked
}

// Kinds are what can be searched for; the first is everything.
func (searchPage) Kinds() []registry.SearchKind {
	return []registry.SearchKind{"", registry.SearchUnit, registry.SearchVillage, registry.SearchPlace}
}

// showSearch answers /search: what the box on the map finds, as a page.
func (s *site) showSearch(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	p := searchPage{Text: strings.TrimSpace(q.Get("q")), Generic: q.Get("generic"), Kind: registry.SearchKind(q.Get("kind"))}
	if p.Text == "" {
		return &answer{page: "search", data: p}, nil
	}
	query := registry.SearchQuery{At: v.At, Text: p.Text, Kind: p.Kind, Generic: p.Generic, Limit: registry.LargestSearch}
	if err := query.Check(); err != nil {
		return nil, err
	}
	var err error
	p.Found, err = s.reg.Search(r.Context(), query)
	return &answer{page: "search", data: p}, err
}

// HitLink returns the address of the page of what was found.
func (v *View) HitLink(h registry.SearchHit) string {
	if h.Place != 0 {
		return v.PlaceLink(h.Place)
	}
	return v.UnitLink(h.Unit)
}
