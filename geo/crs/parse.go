package crs

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDefinition is the longest definition Parse reads, in bytes. Real ones are
// under 4 KiB.
const maxDefinition = 64 << 10

// Parse reads the definition of a coordinate system:
//
//	EPSG:4490   4490   urn:ogc:def:crs:EPSG::4490
//	http://www.opengis.net/def/crs/EPSG/0/4490
//	CRS84   OGC:CRS84   urn:ogc:def:crs:OGC:1.3:CRS84   (WGS84)
//	GCJ-02
//	well-known text 1 or 2, as in a .prj file
//
// Well-known text is judged by datum, projection and parameters, not by its
// title. The error wraps [ErrClassified] for Xi'an 80 and Beijing 54 and
// [ErrUnknown] for anything else, and says what to do. Parse does not speak of
// axis order: see [Detect].
func Parse(definition string) (CRS, error) {
	if len(definition) > maxDefinition {
		return 0, fmt.Errorf("definition of %d bytes is longer than %d: %w", len(definition), maxDefinition, ErrUnknown)
	}
	s := strings.TrimSpace(strings.TrimPrefix(definition, "\ufeff"))
	if strings.ContainsAny(s, "[(") {
		return parseWKT(s)
	}
	name := fold(s)
	switch {
	case name == "":
		return 0, fmt.Errorf("the definition is empty: name the system, such as EPSG:4490: %w", ErrUnknown)
	case name == "gcj02":
		return GCJ02, nil
	case name == "bd09" || name == "bd09ll":
		return 0, fmt.Errorf("BD-09 (Baidu) is not supported: convert the data to GCJ-02 or CGCS2000 first: %w", ErrUnknown)
	case name == "crs84" || strings.HasSuffix(name, "ogc13crs84") || name == "ogccrs84":
		return WGS84, nil
	}
	code, ok := epsgCode(s)
	if !ok {
		return 0, fmt.Errorf("%q is no coordinate system known here: write EPSG:<code>, GCJ-02 or the text of a .prj file: %w", clip(s), ErrUnknown)
	}
	return fromEPSG(code)
}

// epsgCode finds the code in EPSG:4490, its URN and URL forms, and 4490 alone.
func epsgCode(s string) (int, bool) {
	fields := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ':' || r == '/' })
	if len(fields) == 0 {
		return 0, false
	}
	last := fields[len(fields)-1]
	for i, f := range fields[:len(fields)-1] {
		if f == "epsg" && len(fields)-i <= 3 {
			code, err := strconv.Atoi(last)
			return code, err == nil
		}
	}
	code, err := strconv.Atoi(last)
	return code, err == nil && len(fields) == 1
}

func fromEPSG(code int) (CRS, error) {
	c := CRS(code)
	if _, ok := c.EPSG(); ok {
		return c, nil
	}
	if datum := classifiedCode(code); datum != "" {
		return 0, classified(datum)
	}
	if code == 900913 || code == 102100 || code == 3785 {
		return WebMercator, nil // names Web Mercator had before EPSG:3857
	}
	return 0, fmt.Errorf("EPSG:%d is not supported: convert the data to EPSG:4490 or a CGCS2000 Gauss–Krüger system (EPSG:4491–4554) first: %w", code, ErrUnknown)
}

// classifiedCode names the datum if the EPSG code is one of Xi'an 80 or
// Beijing 54. The ranges are those of the EPSG database in PROJ 9.1.
func classifiedCode(code int) string {
	in := func(lo, hi int) bool { return lo <= code && code <= hi }
	switch {
	case code == 4610 || in(2327, 2390):
		return "Xi'an 80"
	case code == 4214 || in(2401, 2442) || in(21413, 21423) || in(21453, 21463) || in(21473, 21483):
		return "Beijing 54"
	case code == 4555 || in(4568, 4589) || in(4652, 4656) || in(4766, 4800) || code == 4812 || code == 4822:
		return "New Beijing 54"
	}
	return ""
}

func classified(datum string) error {
	return fmt.Errorf("the data is in %s, whose transformation parameters are classified: have the surveying authority transform it to CGCS2000 and import the result: %w", datum, ErrClassified)
}

// fold lower-cases a name and drops everything but letters and digits, so that
// D_China_2000 and "China 2000" can be compared.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

// clip shortens foreign text for a message.
func clip(s string) string {
	const longest = 60
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
