package sample

import (
	"encoding/json"
	"fmt"
	"strconv"

	"jieming/geo"
)

// region is one line of regions.txt.
type region struct{ letters, code, name string }

// ours tells the counties of Jilin from those of its neighbours.
func (r region) ours() bool { return r.code[:2] == "22" }

type featureCollection struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Features []feature `json:"features"`
}

type feature struct {
	Type       string     `json:"type"`
	Properties properties `json:"properties"`
	Geometry   geometry   `json:"geometry"`
}

type properties struct {
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	Parent   string     `json:"parent"`
	Province string     `json:"province"`
	Label    coordinate `json:"label"`
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

// coordinate writes a grid point as longitude and latitude in degrees, without
// a rounding error: the shortest decimal that reads back as k/1e7.
type coordinate geo.Point

// MarshalJSON implements json.Marshaler. It never fails.
func (c coordinate) MarshalJSON() ([]byte, error) {
	p := geo.Point(c).Orb()
	b := append([]byte{}, '[')
	b = strconv.AppendFloat(b, p[0], 'f', -1, 64)
	b = append(b, ',')
	b = strconv.AppendFloat(b, p[1], 'f', -1, 64)
	return append(b, ']'), nil
}

func geometryOf(polygons []polygon) geometry {
	parts := make([][][]coordinate, len(polygons))
	for i, p := range polygons {
		for _, r := range p {
			line := make([]coordinate, len(r))
			for j, q := range r {
				line[j] = coordinate(q)
			}
			parts[i] = append(parts[i], line)
		}
	}
	if len(parts) == 1 {
		return geometry{"Polygon", parts[0]}
	}
	return geometry{"MultiPolygon", parts}
}

// collection returns the regions for which keep holds as GeoJSON.
func (c *cartogram) collection(keep func(region) bool) ([]byte, error) {
	fc := featureCollection{Type: "FeatureCollection", Name: "示意 schematic, not a map"}
	for _, r := range c.regions {
		if !keep(r) {
			continue
		}
		polygons := c.borders.polygons(c.cells, r.code)
		if len(polygons) == 0 {
			return nil, fmt.Errorf("regions.txt: %s %s has no cell in cells.txt", r.code, r.name)
		}
		fc.Features = append(fc.Features, feature{"Feature", properties{
			Code: r.code, Name: r.name, Parent: r.code[:4] + "00", Province: r.code[:2] + "0000",
			Label: coordinate(c.heart(r.code)),
		}, geometryOf(polygons)})
	}
	return json.Marshal(fc)
}
