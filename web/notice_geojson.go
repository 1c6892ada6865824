package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/paulmach/orb"

	"jieming/registry"
)

// showNoticeShapes answers /notices/{id}/map.geojson: the areas that the map
// brings forward, as RFC 7946.
func (s *site) showNoticeShapes(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	if n.AsOf == 0 {
		return nil, registry.NotFound("map of notice", n.ID)
	}
	shapes, err := s.desk.NoticeShapes(r.Context(), n)
	if err != nil {
		return nil, err
	}
	type object = map[string]any
	features := []object{}
	add := func(side string, id registry.UnitID, name string, wkb []byte) error {
		area, err := polygons(wkb)
		if err != nil || len(area) == 0 {
			return err
		}
		features = append(features, object{"type": "Feature", "properties": object{"unit": id, "name": name, "side": side}, "geometry": geoJSON(area)})
		return nil
	}
	ids := []registry.UnitID{n.Unit}
	for i := range shapes {
		ids = append(ids, shapes[i].Unit)
		if len(shapes[i].WKB) > 0 {
			if err := add("proposal", shapes[i].Unit, shapes[i].Name, shapes[i].WKB); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		u, err := s.reg.Unit(r.Context(), id, registry.Instant{Valid: n.MapDay, Recorded: n.AsOf}, true)
		if registry.KindOf(err) == registry.KindNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := add("now", u.ID, u.Name, u.WKB); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(object{"type": "FeatureCollection", "features": features})
	return &answer{body: body, mime: "application/geo+json", name: fmt.Sprintf("notice-%d.geojson", n.ID)}, err
}

// geoJSON is an area as GeoJSON has it.
func geoJSON(area orb.MultiPolygon) map[string]any {
	return map[string]any{"type": "MultiPolygon", "coordinates": area}
}
