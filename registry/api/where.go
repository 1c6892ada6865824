package api

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"jieming/registry"
)

func (s *server) whereRoutes() {
	onDay(s, huma.Operation{
		OperationID: "where", Path: "/api/where", Tags: []string{tagUnits},
		Summary:     "What is here",
		Description: "The units that hold a point on a day, from the province down: one chain for each area the point touches, so several on a border. Where the holder at a level is not known, the answer says so and names the units one of which held the place.",
	}, s.where)
}

// WhereInput is a point on a day.
type WhereInput struct {
	Clocks
	Lon   degreeParam `query:"lon" required:"true" example:"125.32" doc:"The longitude in degrees of CGCS2000"`
	Lat   degreeParam `query:"lat" required:"true" example:"43.88" doc:"The latitude in degrees of CGCS2000"`
	point orb.Point
}

func (in *WhereInput) parse(now time.Time) error {
	err := in.Clocks.parse(now)
	point, pointErr := parsePoint(in.Lon, in.Lat)
	in.point = point
	return errors.Join(err, pointErr)
}

// Where answers what is at a point.
type Where struct {
	Answer
	Lon    float64 `json:"lon" example:"125.32" doc:"The longitude asked about, in degrees"`
	Lat    float64 `json:"lat" example:"43.88" doc:"The latitude asked about, in degrees"`
	Places []Chain `json:"places" doc:"One for each area the point touches; empty outside the registry's area"`
	Links  []Link  `json:"links" doc:"self"`
}

// Chain is the units that hold a place.
type Chain struct {
	Units     []Unit  `json:"units" doc:"From the province down, as far as known"`
	NotKnown  *string `json:"not_known" example:"county" doc:"The level from which on the holder is not known; null if all is known"`
	Among     []Ref   `json:"among" doc:"Then: the units one of which held the place, the likeliest first"`
	Statement string  `json:"statement,omitempty" example:"Which county held this place on 1985-01-01 is not known." doc:"The same in words"`
}

func (s *server) where(c *call, m *moment, in *WhereInput) (*Where, error) {
	answer := &Where{
		Answer: m.ofDay(), Lon: in.point.Lon(), Lat: in.point.Lat(), Places: []Chain{}, Links: []Link{c.self(typeJSON)},
	}
	if m.early() != "" {
		return answer, nil
	}
	found, err := s.reg.Where(c.ctx(), in.point, m.at)
	if err != nil {
		return nil, err
	}
	for i := range found {
		answer.Places = append(answer.Places, c.chain(&found[i], m.at.Valid))
	}
	answer.Statement = placeStatement(len(found), in.point, m.at.Valid)
	return answer, nil
}

func (c *call) chain(w *registry.Whereabouts, day registry.Day) Chain {
	chain := Chain{Units: each(w.Chain, c.unit), Among: each(w.Among, newRef)}
	if w.NotKnown == registry.LevelOutside {
		return chain
	}
	chain.NotKnown = pointer(w.NotKnown.String())
	chain.Statement = notKnown("this place", w.NotKnown, day, w.Among)
	return chain
}

// notKnown says in words which holder is not known.
func notKnown(what string, level registry.Level, day registry.Day, among []registry.UnitRef) string {
	s := fmt.Sprintf("Which %s held %s on %s is not known", level, what, day)
	if len(among) == 0 {
		return s + "."
	}
	return s + ": it was one of " + namesOf(among) + "."
}

func namesOf(units []registry.UnitRef) string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.Name
	}
	return strings.Join(names, ", ")
}

// placeStatement says what is special about a point in so many areas.
func placeStatement(areas int, p orb.Point, day registry.Day) string {
	switch {
	case areas > 1:
		return fmt.Sprintf("The point lies on a border and touches %d areas.", areas)
	case areas == 1:
		return ""
	case seemsSwapped(p):
		return fmt.Sprintf("The point lies outside the area of the registry. Longitude and latitude seem to be swapped: try lon=%v&lat=%v.", p.Lat(), p.Lon())
	}
	return fmt.Sprintf("The point lies outside the area of the registry on %s.", day)
}
