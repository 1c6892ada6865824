package web

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func (s *site) zoneRoutes(r chi.Router) {
	r.Get("/desk/zone", s.deskPage(s.showZone))
	r.Post("/desk/zone", s.deskForm(s.changeZone))
}

// zonePage is the data of the page "zone".
type zonePage struct {
	Form *form
	Zone *desk.NetworkZone
}

// Networks are the choices of a network.
func (p *zonePage) Networks(v *View) (all []option) {
	for _, n := range desk.Networks() {
		all = append(all, option{n, v.labelled("zone.network.", n)})
	}
	return all
}

// Levels are the choices of a level of secrecy.
func (p *zonePage) Levels(v *View) (all []option) {
	for n := range 5 {
		all = append(all, option{strconv.Itoa(n), v.labelled("secrecy.", strconv.Itoa(n))})
	}
	return all
}

// option is one of a list.
type option struct{ Value, Text string }

// showZone answers GET /desk/zone.
func (s *site) showZone(r *http.Request, v *View) (*answer, error) {
	z, err := s.desk.Zone(r.Context(), v.Who)
	return &answer{page: "zone", data: &zonePage{&form{}, z}}, err
}

// changeZone answers POST /desk/zone.
func (s *site) changeZone(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	highest, err := strconv.Atoi(f.Get("highest"))
	if err != nil {
		highest = -1
	}
	err = s.desk.ChangeZone(r.Context(), v.Who, f.Get("network"), highest, f.Get("reason"))
	if f.refused(v, err) {
		z, err := s.desk.Zone(r.Context(), v.Who)
		return refusedForm("zone", &zonePage{f, z}), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/zone", flash: v.text("zone.done")}, nil
}

// labelled is the text of a key that ends in one of several names.
func (c *catalog) labelled(prefix, name string) string { return c.text(prefix + name) }
