package web

import (
	"net/http"
	"slices"

	"jieming/registry/desk"
)

// showDossier answers /desk/cases/{id}/dossier: the whole case on one page, for
// print.
func (s *site) showDossier(r *http.Request, v *View) (*answer, error) {
	c, err := s.caseOf(r, v)
	if err != nil {
		return nil, err
	}
	if !v.Who.Reaches(desk.ReadPaper, c.Object()) {
		c.Papers = nil
	}
	return &answer{page: "dossier", data: &casePage{caseWords: caseWords{s.words(v), c}, Now: s.desk.Now()}}, nil
}

// Plus is a sum, for numbers that begin with 1.
func (p *casePage) Plus(a, b int) int { return a + b }

// Replaced reports whether another paper took the place of one.
func (p *casePage) Replaced(paper desk.Paper) bool {
	return slices.ContainsFunc(p.Case.Papers, func(other desk.Paper) bool { return other.Replaces == paper.ID })
}
