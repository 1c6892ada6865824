package web

import (
	"net/http"

	"jieming/registry"
)

// unitsPage is the data of the page "units": the list twin of the map.
type unitsPage struct {
	Atlas  *atlas
	Groups []group
	Epoch  *epoch
}

func (s *site) showUnits(r *http.Request, v *View) (*answer, error) {
	e, err := s.epochOf(r.Context(), v)
	if err != nil {
		return nil, err
	}
	a, err := s.atlasOf(r.Context(), registry.Instant{Valid: e.Start, Recorded: v.At.Recorded})
	if err != nil {
		return nil, err
	}
	return &answer{page: "units", data: unitsPage{Atlas: a, Groups: a.groups(), Epoch: e}}, nil
}
