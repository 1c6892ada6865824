package api

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
)

const places = "places"

// Place is what is known of a named place on a day.
type Place struct {
	ID         registry.PlaceID `json:"id" example:"512" doc:"The identifier, for life"`
	Category   string           `json:"category" example:"山" doc:"What it is, after the classification of place names (PN 3)"`
	Name       *string          `json:"name" example:"长白山" doc:"Its name in Chinese characters; null if the source has none"`
	Roman      *string          `json:"roman" example:"Changbai Shan" doc:"Its name in Roman letters; null if the source has none"`
	CountyID   *registry.UnitID `json:"county_id" example:"42" doc:"The county it lies in; null if not known"`
	CountyName *string          `json:"county_name" example:"抚松县" doc:"Its name"`
	ValidFrom  *string          `json:"valid_from" format:"date" example:"1981-12-31" doc:"The first day; null: since before the record"`
	ValidTo    *string          `json:"valid_to" format:"date" example:"2024-01-01" doc:"The first day on which it is no longer so; null: until further notice"`
	SourceID   *string          `json:"source_id" example:"2037011" doc:"Its identifier in the source; null if it has none"`
}

func newPlace(p *registry.Place) Place {
	place := Place{
		ID: p.ID, Category: p.Category, Name: text(p.Name), Roman: text(p.Roman),
		ValidFrom: date(p.Valid.From), ValidTo: date(p.Valid.To), SourceID: text(p.SourceID),
	}
	if p.County != nil {
		place.CountyID, place.CountyName = &p.County.ID, &p.County.Name
	}
	return place
}

func pointWKB(p orb.Point) ([]byte, error) {
	b, err := wkb.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding point: %w", err)
	}
	return b, nil
}

// PlacesInput are the parameters of the collection of places.
type PlacesInput struct{ Page }

func (s *server) places(c *call, m *moment, in *PlacesInput) error {
	q := registry.PlaceQuery{At: m.at, Box: in.box, After: registry.PlaceID(in.after), Limit: in.limit + 1}
	return c.writePage(m, &in.Page, places, func(p *page) error {
		return s.reg.Places(c.ctx(), q, func(place *registry.Place) error {
			b, err := pointWKB(place.Point)
			if err != nil {
				return err
			}
			return p.add(int64(place.ID), number(place.ID), newPlace(place), b)
		})
	})
}

func (s *server) placeItem(c *call, m *moment, in *ItemInput) (*FeatureDocument[Place], error) {
	if m.early() != "" {
		return nil, m.unknownThen()
	}
	p, err := s.reg.Place(c.ctx(), registry.PlaceID(in.id), m.at)
	if err != nil {
		return nil, err
	}
	b, err := pointWKB(p.Point)
	if err != nil {
		return nil, err
	}
	return newDocument(c, m, places, number(p.ID), newPlace(p), b)
}
