package web

import (
	"net/http"
	"strconv"

	"jieming/registry"
	"jieming/registry/desk"
)

// heirsPage is the data of the page "heirs".
type heirsPage struct {
	accountPage
	On      string // the day asked about
	Passing *desk.Passing
}

// showHeirs answers /desk/heirs: what would pass to whom if a unit ended.
func (s *site) showHeirs(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	p := &heirsPage{accountPage: accountPage{Form: &form{Values: q}}, On: v.Today.String()}
	if !v.Who.Has(desk.GrantRights) && !v.Who.Has(desk.ReviewCase) && !v.Who.Has(desk.ApproveCase) {
		return nil, errNotYours
	}
	on := v.Today
	if q.Get("on") != "" {
		on, p.On = p.Form.day(v, "on"), q.Get("on")
	}
	if err := s.findUnits(r, v, &p.accountPage); err != nil || len(p.Form.Faults) > 0 {
		return refusedForm("heirs", p), err
	}
	if q.Get("unit") != "" {
		unit, err := strconv.ParseInt(q.Get("unit"), 10, 64)
		if err != nil {
			return nil, registry.NotFound("unit", shown(q.Get("unit")))
		}
		to, _ := strconv.ParseInt(q.Get("to"), 10, 64) // "" is by the lineage that is recorded
		if p.Passing, err = s.desk.WouldPass(r.Context(), v.Who, registry.UnitID(unit), registry.UnitID(to), on); err != nil {
			return nil, err
		}
	}
	return &answer{page: "heirs", data: p}, nil
}
