package crs

import (
	"fmt"
	"math"
	"strings"
)

// define names the system a tree describes, by datum and parameters.
func define(root *node) (CRS, error) {
	datum, err := datumOf(root)
	if err != nil {
		return 0, err
	}
	if projected := root.find("projcs", "projcrs", "projectedcrs"); projected != nil {
		return defineProjected(projected, datum)
	}
	if root.find("geogcs", "geogcrs", "geographiccrs", "geodcrs", "geodeticcrs") == nil {
		return 0, fmt.Errorf("%s is neither a geographic nor a projected system: %w", clip(root.keyword), ErrUnknown)
	}
	if unit := root.find("unit", "angleunit"); unit != nil && !near(unit.numbers, math.Pi/180) {
		return 0, fmt.Errorf("angles are not in degrees but in %q: %w", clip(unit.name()), ErrUnknown)
	}
	return datum, nil
}

// datumOf returns the geographic system of the datum: CGCS2000 or WGS84.
func datumOf(root *node) (CRS, error) {
	n := root.find("datum", "geodeticdatum", "trf", "ensemble")
	if n == nil {
		return 0, fmt.Errorf("the text names no datum: give the system as EPSG:<code>: %w", ErrUnknown)
	}
	if pm := root.find("primem", "primemeridian"); pm != nil && !near(pm.numbers, 0) {
		return 0, fmt.Errorf("longitudes are not counted from Greenwich but from %q: %w", clip(pm.name()), ErrUnknown)
	}
	switch strings.TrimPrefix(n.name(), "d") {
	case "china2000", "cgcs2000", "chinageodeticcoordinatesystem2000":
		return CGCS2000, nil
	case "wgs1984", "wgs84", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble":
		return WGS84, nil
	case "xian1980", "xian80", "xiangeodeticcoordinatesystem1980":
		return 0, classified("Xi'an 80")
	case "beijing1954", "beijing54", "newbeijing":
		return 0, classified("Beijing 54")
	}
	return 0, fmt.Errorf("datum %q is not supported: convert the data to CGCS2000 first: %w", clip(n.title()), ErrUnknown)
}

func (n *node) title() string {
	if len(n.texts) == 0 {
		return ""
	}
	return n.texts[0]
}

func defineProjected(n *node, datum CRS) (CRS, error) {
	method := ""
	if m := n.find("projection", "method"); m != nil {
		method = m.name()
	}
	if err := metres(n); err != nil {
		return 0, err
	}
	switch method {
	case "mercatorauxiliarysphere", "popularvisualisationpseudomercator":
		return webMercator(n, datum)
	case "mercator1sp": // GDAL's way, told apart from a real Mercator by its name or sphere
		if strings.Contains(n.name(), "pseudomercator") || strings.Contains(n.name(), "webmercator") {
			return webMercator(n, datum)
		}
	case "transversemercator", "gausskruger":
		return gaussKrugerOf(n, datum)
	}
	return 0, fmt.Errorf("projection %q is not supported: convert the data to EPSG:4490 or Gauss–Krüger first: %w", clip(method), ErrUnknown)
}

// metres checks the linear unit, which follows the geographic part.
func metres(n *node) error {
	for i := range n.children {
		c := &n.children[i]
		switch c.keyword {
		case "unit", "lengthunit":
			if !near(c.numbers, 1) {
				return fmt.Errorf("lengths are not in metres but in %q: %w", clip(c.name()), ErrUnknown)
			}
		case "cs", "axis": // well-known text 2 nests the unit
			if u := c.find("lengthunit"); u != nil && !near(u.numbers, 1) {
				return fmt.Errorf("lengths are not in metres but in %q: %w", clip(u.name()), ErrUnknown)
			}
		}
	}
	return nil
}

func webMercator(n *node, datum CRS) (CRS, error) {
	p := parameters(n)
	if datum != WGS84 || p.centralMeridian != 0 || p.falseEasting != 0 || p.falseNorthing != 0 {
		return 0, fmt.Errorf("a Web Mercator with an origin or datum of its own is not supported: %w", ErrUnknown)
	}
	return WebMercator, nil
}

// gaussKrugerOf finds the code by central meridian and false easting.
func gaussKrugerOf(n *node, datum CRS) (CRS, error) {
	p := parameters(n)
	if datum != CGCS2000 || p.scale != 1 || p.falseNorthing != 0 || p.originLatitude != 0 {
		return 0, fmt.Errorf("a transverse Mercator with scale %g on the meridian, false northing %g and the origin at %g° is not CGCS2000 Gauss–Krüger: %w",
			p.scale, p.falseNorthing, p.originLatitude, ErrUnknown)
	}
	// Downwards, because every unprefixed 6-degree system equals a 3-degree one
	// of a higher code, which is what people know.
	for c := CRS(gkLast); c >= gk6ZoneFirst; c-- {
		meridian, easting, _, _ := c.gaussKruger()
		if float64(meridian) == p.centralMeridian && float64(easting) == p.falseEasting {
			return c, nil
		}
	}
	return 0, fmt.Errorf("a Gauss–Krüger with meridian %g° and false easting %g m is a local system: convert the data to EPSG:4490 first: %w",
		p.centralMeridian, p.falseEasting, ErrUnknown)
}

type projection struct {
	centralMeridian, falseEasting, falseNorthing, scale, originLatitude float64
}

// parameters collects a projection's parameters under the names of Esri, OGC
// and EPSG; what is not given has its usual value.
func parameters(n *node) projection {
	p := projection{scale: 1}
	p.collect(n)
	return p
}

func (p *projection) collect(n *node) {
	if n.keyword == "parameter" && len(n.numbers) > 0 {
		switch v := n.numbers[0]; n.name() {
		case "centralmeridian", "longitudeofnaturalorigin", "longitudeoforigin":
			p.centralMeridian = v
		case "falseeasting":
			p.falseEasting = v
		case "falsenorthing":
			p.falseNorthing = v
		case "scalefactor", "scalefactoratnaturalorigin":
			p.scale = v
		case "latitudeoforigin", "latitudeofnaturalorigin":
			p.originLatitude = v
		}
	}
	for i := range n.children {
		p.collect(&n.children[i])
	}
}

func near(numbers []float64, want float64) bool {
	return len(numbers) > 0 && math.Abs(numbers[0]-want) < 1e-9
}
