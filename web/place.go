package web

import (
	"html/template"
	"net/http"
	"strconv"

	"jieming/registry"
	"jieming/web/sheet"
)

// placePage is the data of the page "place".
type placePage struct {
	*registry.Place
	Locator template.HTML
}

func (s *site) showPlace(r *http.Request, v *View) (*answer, error) {
	ctx := r.Context()
	id, err := pathID(r, "place")
	if err != nil {
		return nil, err
	}
	place, err := s.reg.Place(ctx, registry.PlaceID(id), v.At)
	if err != nil {
		return nil, err
	}
	a, err := s.atlasOn(ctx, v)
	if err != nil {
		return nil, err
	}
	p := placePage{Place: place}
	p.Locator, err = a.draw(sheet.Sheet{
		Width: locatorWidth, Title: v.text("unit.locator", "name", p.Title()), Plain: true, Mark: &place.Point,
	}, v)
	return &answer{page: "place", data: p}, err
}

// Title is the name in characters, or the roman one where the source has no
// other.
func (p placePage) Title() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Roman
}

// Coordinates are the point in words.
func (p placePage) Coordinates() string { return coordinates(p.Point) }

// Where is the point as the map's address has it.
func (p placePage) Where() string {
	text := func(f float64) string { return strconv.FormatFloat(f, 'f', 5, 64) }
	return text(p.Point[0]) + "," + text(p.Point[1])
}
