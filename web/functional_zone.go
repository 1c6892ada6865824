package web

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) functionalZoneRoutes(r chi.Router) {
	r.Get("/desk/functional-zones", s.deskPage(s.showFunctionalZones))
	r.Post("/desk/functional-zones", s.deskForm(s.makeFunctionalZone))
}

// functionalZonesPage is the data of the page "functional-zones".
type functionalZonesPage struct {
	Form  *form
	Zones []functionalZone
}

// functionalZone is a functional zone (功能区) with who works for it.
type functionalZone struct {
	desk.Zone
	Held []desk.GrantRecord // in force today
}

// showFunctionalZones answers GET /desk/functional-zones.
func (s *site) showFunctionalZones(r *http.Request, v *View) (*answer, error) {
	p, err := s.functionalZones(r, v, &form{})
	return &answer{page: "functional-zones", data: p}, err
}

func (s *site) functionalZones(r *http.Request, v *View, f *form) (*functionalZonesPage, error) {
	zones, err := s.desk.Zones(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	grants, err := s.desk.Grants(r.Context(), v.Who, 0)
	if err != nil {
		return nil, err
	}
	p := &functionalZonesPage{Form: f}
	for _, z := range zones {
		zone := functionalZone{Zone: z}
		for _, g := range grants {
			if g.Zone == z.ID && g.InForce(v.Today) {
				zone.Held = append(zone.Held, g)
			}
		}
		p.Zones = append(p.Zones, zone)
	}
	return p, nil
}

// makeFunctionalZone answers POST /desk/functional-zones.
func (s *site) makeFunctionalZone(r *http.Request, v *View) (*answer, error) {
	if !v.Who.Has(desk.GrantRights) {
		return nil, errNotYours
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	zone := desk.Zone{Name: f.Get("name")}
	if zone.Units, err = s.unitsOf(r, v, f, "units"); err != nil {
		return nil, err
	}
	if len(f.Faults) == 0 {
		_, err = s.desk.MakeZone(r.Context(), v.Who, zone)
	}
	if f.refused(v, err) {
		p, err := s.functionalZones(r, v, f)
		return refusedForm("functional-zones", p), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/functional-zones", flash: v.text("functional-zone.made")}, nil
}

// unitsOf reads a field with a unit in each line, by name or code. What is no
// unit, or might be several, is a fault that names it.
func (s *site) unitsOf(r *http.Request, v *View, f *form, field string) (units []registry.UnitID, err error) {
	lines := strings.FieldsFunc(f.Get(field), func(c rune) bool { return strings.ContainsRune("\n\r、,，;；", c) })
	if len(lines) > 50 {
		f.Faults = append(f.Faults, formFault{field, v.text("fault.units.many")})
		return nil, nil
	}
	for _, line := range lines {
		u, err := s.typedUnit(r.Context(), v, line)
		switch {
		case err != nil:
			return nil, err
		case u.ID != 0:
			units = append(units, u.ID)
		case len(u.Others) > 0:
			f.Faults = append(f.Faults, formFault{field, v.text("fault.units.which", "unit", u.Text)})
		case u.Text != "":
			f.Faults = append(f.Faults, formFault{field, v.text("fault.units.none", "unit", u.Text)})
		}
	}
	return units, nil
}
