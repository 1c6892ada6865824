package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/geo/format/geojson"
)

// county is a feature of a boundary file. Its area is longitude, latitude in
// degrees, as in the file.
type county struct {
	code, name, prefecture string
	area                   orb.MultiPolygon
}

// readCounties reads a boundary file. It stops at the first fault.
func (w *witness) readCounties(name string) ([]county, error) {
	in, err := w.open(name)
	if err != nil {
		return nil, err
	}
	r, err := geojson.NewReader(name, in, format.Limits{}, format.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var counties []county
	seen := map[string]int{}
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			if len(counties) == 0 {
				return nil, format.Fault("the file has no feature", "give it the counties as a FeatureCollection").InFile(name)
			}
			return counties, nil
		}
		if err != nil {
			return nil, err
		}
		c, fault := countyOf(f, seen)
		if fault != nil {
			return nil, fault.InFeature(f.Index, f.Properties.Text("code")).InFile(name)
		}
		counties = append(counties, c)
	}
}

// countyOf judges one feature. seen maps the codes of earlier features to their
// position.
func countyOf(f *format.Feature, seen map[string]int) (county, *format.Error) {
	c := county{code: f.Properties.Text("code"), name: f.Properties.Text("name"), prefecture: f.Properties.Text("parent")}
	if !isCode(c.code) {
		return c, format.Fault(fmt.Sprintf("code %q is not a division code of six digits", c.code), "give the feature its code in the property code")
	}
	if c.name == "" {
		return c, format.Fault("the feature has no name", "give it one in the property name")
	}
	if at, twice := seen[c.code]; twice {
		return c, format.Fault(fmt.Sprintf("code %s is that of feature %d, too", c.code, at), "merge the two into one MultiPolygon or correct one code")
	}
	seen[c.code] = f.Index
	switch g := f.Geometry.(type) {
	case orb.Polygon:
		c.area = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		c.area = g
	default:
		return c, format.Fault("the feature is no area", "give it a Polygon or MultiPolygon")
	}
	return c, nil
}
