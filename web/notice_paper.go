package web

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// serveNoticePaper answers /notices/{id}/papers/{paper}.
func (s *site) serveNoticePaper(w http.ResponseWriter, r *http.Request) {
	v := s.blank(r, s.catalogs[languageOf(w, r)])
	v.HasDesk = true
	id, err := pathID(r, "notice")
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	paper, err := strconv.ParseInt(chi.URLParam(r, "paper"), 10, 64)
	if err != nil {
		s.fail(w, r, v, registry.NotFound("paper", shown(chi.URLParam(r, "paper"))))
		return
	}
	p, content, err := s.desk.OpenNoticePaper(r.Context(), desk.NoticeID(id), paper)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	s.sendFile(w, r, &served{p.FileName, p.Media, p.Digest, content})
}
