package web

import (
	"bytes"
	"net/http"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) feedRoutes(r chi.Router) {
	r.Get("/desk/calendar.ics", s.sendCalendar)
	r.Get("/desk/messages/calendar", s.deskPage(s.showFeed))
	r.Post("/desk/messages/calendar", s.deskForm(s.makeFeed))
	r.Post("/desk/messages/calendar/end", s.deskForm(s.endFeed))
}

// feedPage is the data of the page "feed".
type feedPage struct {
	*desk.Feed        // nil for none
	Address    string // of one just made
}

// showFeed answers /desk/messages/calendar.
func (s *site) showFeed(r *http.Request, v *View) (*answer, error) {
	f, err := s.desk.Feed(r.Context(), v.Who)
	return &answer{page: "feed", data: &feedPage{Feed: f}}, err
}

// makeFeed answers POST /desk/messages/calendar. The address is shown at once,
// and never again: only its digest is kept.
func (s *site) makeFeed(r *http.Request, v *View) (*answer, error) {
	f, err := s.desk.MakeFeed(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	return &answer{page: "feed", data: &feedPage{Feed: f, Address: s.base(r) + "/desk/calendar.ics?key=" + f.Secret}}, nil
}

// base is the address of this site as browsers see it.
func (s *site) base(r *http.Request) string {
	switch {
	case s.public != "":
		return s.public
	case s.encrypted(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// endFeed answers POST /desk/messages/calendar/end.
func (s *site) endFeed(r *http.Request, v *View) (*answer, error) {
	if err := s.desk.EndFeed(r.Context(), v.Who); err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/messages/calendar", flash: v.text("feed.ended")}, nil
}

// sendCalendar answers /desk/calendar.ics for calendar programs, which cannot
// sign in: the secret in the address says whose it is. Unknown ones are told
// nothing else.
func (s *site) sendCalendar(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	c, err := s.desk.DueCalendar(r.Context(), r.URL.Query().Get("key"), s.base(r))
	if registry.KindOf(err) == registry.KindNotFound {
		http.Error(w, "no such calendar", http.StatusNotFound)
		return
	}
	if err != nil {
		s.log.Error("calendar of due dates", "error", err)
		http.Error(w, "the calendar cannot be made now; try again later", http.StatusServiceUnavailable)
		return
	}
	var out bytes.Buffer
	_, _ = c.WriteTo(&out) // a buffer takes everything
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `inline; filename="jieming.ics"`)
	_, _ = w.Write(out.Bytes())
}
