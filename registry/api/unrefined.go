package api

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"jieming/geo/format/wkb"
	"jieming/registry"
)

const unrefinedAreas = "unrefined-areas"

// UnrefinedArea is territory whose holder at a level is not known on a day.
type UnrefinedArea struct {
	Level      string            `json:"level" example:"county" doc:"The level at which the holder is not known"`
	HolderID   registry.UnitID   `json:"holder_id" example:"7" doc:"The finest unit that certainly held it"`
	HolderName string            `json:"holder_name" example:"长春市" doc:"Its name"`
	AmongIDs   []registry.UnitID `json:"among_ids" example:"[42,43]" doc:"The units one of which held each part, the likeliest first; empty if not even that is known"`
	AmongNames string            `json:"among_names" example:"九台市, 德惠县" doc:"Their names"`
	AreaM2     float64           `json:"area_m2" example:"120000000" doc:"The area in square metres on the ellipsoid"`
	Statement  string            `json:"statement" example:"Which county held this area on 1985-01-01 is not known: it was one of 九台市, 德惠县." doc:"The same in words"`
}

func newUnrefinedArea(u *registry.Unrefined, day registry.Day) UnrefinedArea {
	return UnrefinedArea{
		Level: u.Level.String(), HolderID: u.Holder.ID, HolderName: u.Holder.Name,
		AmongIDs:   each(u.Among, func(r *registry.UnitRef) registry.UnitID { return r.ID }),
		AmongNames: namesOf(u.Among), AreaM2: u.AreaM2, Statement: notKnown("this area", u.Level, day, u.Among),
	}
}

// unrefinedID names an area by its level, its holder and its candidates, which
// together occur once at an instant.
func unrefinedID(u *registry.Unrefined) string {
	parts := []string{u.Level.String(), number(u.Holder.ID)}
	for _, candidate := range u.Among {
		parts = append(parts, number(candidate.ID))
	}
	return strings.Join(parts, "-")
}

// UnrefinedInput are the parameters of the collection of unrefined areas.
type UnrefinedInput struct {
	Page
	Level levelParam `query:"level" example:"county" doc:"The level at which the holder is not known. Default: county"`
	level registry.Level
}

func (in *UnrefinedInput) parse(now time.Time) error {
	err := in.Page.parse(now)
	level, levelErr := parseLevel(in.Level, registry.LevelCounty)
	in.level = level
	return errors.Join(err, levelErr)
}

// unrefined pages by counting: the areas are some dozens, and their order at
// an instant is fixed.
func (s *server) unrefined(c *call, m *moment, in *UnrefinedInput) error {
	return c.writePage(m, &in.Page, unrefinedAreas, func(p *page) error {
		place := int64(0)
		return s.reg.Unrefined(c.ctx(), m.at, in.level, true, func(u *registry.Unrefined) error {
			place++
			if place <= in.after {
				return nil
			}
			if inside, err := touches(u.WKB, in.box); err != nil || !inside {
				return err
			}
			return p.add(place, unrefinedID(u), newUnrefinedArea(u, m.at.Valid), u.WKB)
		})
	})
}

// mostVertices limits an area that is decoded to be compared with a box.
const mostVertices = 10_000_000

// touches tells whether an area meets a box; everything meets nil.
func touches(area []byte, box *orb.Bound) (bool, error) {
	if box == nil {
		return true, nil
	}
	g, _, err := wkb.Decode(area, mostVertices)
	if err != nil {
		return false, fmt.Errorf("decoding area: %w", err)
	}
	if !g.Bound().Intersects(*box) {
		return false, nil
	}
	return clip.Geometry(*box, g) != nil, nil
}

// UnrefinedItemInput names an unrefined area.
type UnrefinedItemInput struct {
	Clocks
	ID    string `path:"id" example:"county-7-42-43" doc:"The identifier of the area at the instant: the level, the holder, and the candidates"`
	level registry.Level
}

func (in *UnrefinedItemInput) parse(now time.Time) error {
	err := in.Clocks.parse(now)
	name, _, _ := strings.Cut(in.ID, "-")
	level, levelErr := parseLevel(levelParam(name), registry.LevelCounty)
	if levelErr != nil {
		levelErr = registry.Invalid("id", fmt.Sprintf("%.60q is not the identifier of an unrefined area, such as county-7-42-43", in.ID))
	}
	in.level = level
	return errors.Join(err, levelErr)
}

func (s *server) unrefinedItem(c *call, m *moment, in *UnrefinedItemInput) (*FeatureDocument[UnrefinedArea], error) {
	if m.early() != "" {
		return nil, m.unknownThen()
	}
	var found *FeatureDocument[UnrefinedArea]
	err := s.reg.Unrefined(c.ctx(), m.at, in.level, true, func(u *registry.Unrefined) (err error) {
		if unrefinedID(u) != in.ID {
			return nil
		}
		found, err = newDocument(c, m, unrefinedAreas, in.ID, newUnrefinedArea(u, m.at.Valid), u.WKB,
			c.link("related", typeJSON, c.onSameDay(unitPath(u.Holder.ID)), u.Holder.Name))
		return err
	})
	if err == nil && found == nil {
		err = registry.NotFound("unrefined area", in.ID)
	}
	return found, err
}
