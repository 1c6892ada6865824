package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func (s *site) tourRoutes(r chi.Router) {
	r.Get("/desk/tour/{step}", s.deskPage(s.openTour))
	r.Post("/desk/tour/{step}/done", s.deskForm(s.tickTour(true)))
	r.Post("/desk/tour/{step}/undone", s.deskForm(s.tickTour(false)))
	r.Post("/desk/tour/away", s.deskForm(s.putAwayTour(true, "tour.gone")))
	r.Post("/desk/tour/back", s.deskForm(s.putAwayTour(false, "tour.here")))
}

// tour is the first day of who looks; nil when it was put away.
func (s *site) tour(r *http.Request, v *View) (*desk.Tour, error) {
	t, err := s.desk.Tour(r.Context(), v.Who)
	if err != nil || t.Away {
		return nil, err
	}
	return t, nil
}

// openTour answers GET /desk/tour/{step}: it leads to the page of a step.
func (s *site) openTour(r *http.Request, v *View) (*answer, error) {
	page, err := s.desk.OpenTour(r.Context(), v.Who, chi.URLParam(r, "step"))
	return &answer{redirect: page}, err
}

// tickTour answers POST /desk/tour/{step}/done and undone.
func (s *site) tickTour(done bool) handler {
	return func(r *http.Request, v *View) (*answer, error) {
		return &answer{redirect: "/desk#tour"}, s.desk.TickTour(r.Context(), v.Who, chi.URLParam(r, "step"), done)
	}
}

// putAwayTour answers POST /desk/tour/away and back.
func (s *site) putAwayTour(away bool, says string) handler {
	return func(r *http.Request, v *View) (*answer, error) {
		return &answer{redirect: "/desk", flash: v.text(says)}, s.desk.PutAwayTour(r.Context(), v.Who, away)
	}
}
