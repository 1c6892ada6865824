package geojson

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// A rawFeature collects the members of a Feature or of a bare geometry, which
// may come in any order.
type rawFeature struct {
	f     format.Feature
	typ   string
	parts parts
	shape orb.Geometry // from the geometry member
	bare  rawGeometry  // from coordinates or geometries of a bare geometry
}

type parts uint8

const (
	hasType parts = 1 << iota
	hasID
	hasProperties
	hasGeometry
	hasCoordinates
)

func (r *Reader) newRaw() *rawFeature {
	r.problem, r.values = nil, 0
	return &rawFeature{f: format.Feature{Index: r.index}}
}

// once refuses a member that stands twice: which one is meant is unknown.
func (r *Reader) once(seen *parts, part parts, name string) {
	if *seen&part != 0 {
		r.blame(fmt.Sprintf("member %q stands twice", name), "remove one of them", 0)
	}
	*seen |= part
}

// member reads the value of one member of a feature.
func (r *Reader) member(raw *rawFeature, key []byte) (fault *format.Error) {
	switch string(key) {
	case "type":
		r.once(&raw.parts, hasType, "type")
		raw.typ, fault = r.typeName()
	case "id":
		r.once(&raw.parts, hasID, "id")
		raw.f.ID, fault = r.id()
	case "properties":
		r.once(&raw.parts, hasProperties, "properties")
		raw.f.Properties, fault = r.properties()
	case "geometry":
		r.once(&raw.parts, hasGeometry, "geometry")
		raw.shape, fault = r.geometry(1)
	case "coordinates", "geometries":
		r.once(&raw.parts, hasCoordinates, "coordinates")
		fault = r.geometryMember(&raw.bare, key, 1)
	default:
		fault = r.s.skip(1)
	}
	return fault
}

// finish judges the feature whose closing brace has been read.
func (r *Reader) finish(raw *rawFeature) (*format.Feature, *format.Error) {
	switch {
	case raw.typ == "Feature" && raw.parts&hasCoordinates == 0:
		raw.f.Geometry = raw.shape
	case raw.typ == "FeatureCollection":
		return nil, r.s.fault("FeatureCollection has no array of features")
	case raw.parts&hasCoordinates != 0 && raw.parts&(hasGeometry|hasProperties) == 0:
		raw.bare.typ = raw.typ
		raw.f.Geometry = r.build(&raw.bare)
	default:
		r.blame(fmt.Sprintf("object of type %q is no feature", raw.typ), `a feature has "type": "Feature"`, 0)
	}
	vertices := format.CountVertices(raw.f.Geometry)
	index := r.index
	r.index++
	if fault := r.usage.AddFeature(vertices); fault != nil {
		return nil, r.s.place(fault).InFeature(index, raw.f.ID)
	}
	if r.problem == nil {
		if fault := format.CheckGeometry(raw.f.Geometry); fault != nil {
			r.problem = r.s.place(fault).Skippable()
		}
	}
	if r.problem != nil {
		r.problem.Feature, r.problem.ID = index, raw.f.ID
		return nil, r.problem
	}
	return &raw.f, nil
}

func (r *Reader) typeName() (string, *format.Error) {
	if r.s.peek() != '"' {
		r.blame(`member "type" is not text`, `write the name of a GeoJSON type`, 0)
		return "", r.s.skip(1)
	}
	text, fault := r.s.str()
	return r.share(text), fault
}

// id reads an identifier; numbers keep the digits of the file.
func (r *Reader) id() (string, *format.Error) {
	switch c := r.s.peek(); {
	case c == '"':
		text, fault := r.s.str()
		return string(text), fault
	case isDigit(c) || c == '-':
		_, literal, _, fault := r.s.number()
		return string(literal), fault
	case c == 'n':
		_, fault := r.s.word()
		return "", fault
	}
	r.blame(`member "id" is neither text nor a number`, "write the identifier as text", 0)
	return "", r.s.skip(1)
}

// share returns text as a string, one and the same for names that come often.
func (r *Reader) share(text []byte) string {
	if shared, ok := r.keys[string(text)]; ok {
		return shared
	}
	s := string(text)
	if len(r.keys) < r.s.limits.MaxProperties && len(s) <= 256 {
		r.keys[s] = s
	}
	return s
}

func (r *Reader) properties() (format.Properties, *format.Error) {
	switch r.s.peek() {
	case '{':
		return r.object(1)
	case 'n':
		_, fault := r.s.word()
		return nil, fault
	}
	r.blame("properties are not an object", "write properties as {…} or null", 0)
	return nil, r.s.skip(1)
}

// object reads an object of properties.
func (r *Reader) object(depth int) (format.Properties, *format.Error) {
	if depth > r.s.limits.MaxDepth {
		return nil, r.s.tooDeep()
	}
	r.s.pos++
	var p format.Properties
	for first := true; ; first = false {
		key, more, fault := r.s.member(first)
		if fault != nil || !more {
			return p, fault
		}
		name := r.share(key)
		if _, twice := p.Get(name); twice {
			r.blame(fmt.Sprintf("property %q stands twice", name), "remove one of them", 0)
		}
		value, fault := r.value(depth)
		if fault != nil {
			return nil, fault
		}
		p = append(p, format.Property{Name: name, Value: value})
	}
}

// value reads any value of a property.
func (r *Reader) value(depth int) (any, *format.Error) {
	if r.values++; r.values > r.s.limits.MaxProperties {
		fault := r.s.fault("feature has more than %d property values", r.s.limits.MaxProperties)
		fault.Advice = "leave out columns that are not needed"
		return nil, fault
	}
	switch c := r.s.peek(); {
	case c == '"':
		text, fault := r.s.str()
		return string(text), fault
	case isDigit(c) || c == '-':
		return r.numberValue()
	case c == '{':
		return r.object(depth + 1)
	case c == '[':
		return r.array(depth + 1)
	}
	word, fault := r.s.word()
	if fault != nil || word == "null" {
		return nil, fault
	}
	return word == "true", nil
}

func (r *Reader) numberValue() (any, *format.Error) {
	v, literal, whole, fault := r.s.number()
	if fault != nil {
		return nil, fault
	}
	if whole {
		if n, err := strconv.ParseInt(string(literal), 10, 64); err == nil {
			return n, nil
		}
	}
	if math.IsInf(v, 0) {
		r.blame(fmt.Sprintf("number %.20s is out of range", literal), "correct the value or write it as text", 0)
	}
	return v, nil
}

func (r *Reader) array(depth int) (any, *format.Error) {
	if depth > r.s.limits.MaxDepth {
		return nil, r.s.tooDeep()
	}
	r.s.pos++
	list := []any{}
	for first := true; ; first = false {
		more, fault := r.s.element(first)
		if fault != nil || !more {
			return list, fault
		}
		value, fault := r.value(depth)
		if fault != nil {
			return nil, fault
		}
		list = append(list, value)
	}
}

// declaredCRS reads the "crs" member of GeoJSON 2008.
func (r *Reader) declaredCRS() *format.Error {
	value, fault := r.value(1)
	if fault != nil {
		return fault
	}
	r.crs = format.Declared{Source: "crs member", Text: crsText(value)}
	r.crs.EPSG = epsgCode(r.crs.Text)
	return nil
}

// crsText finds the name or link of a crs object, and keeps any other value
// whole.
func crsText(value any) string {
	if value == nil {
		return ""
	}
	if object, ok := value.(format.Properties); ok {
		inner, _ := object.Get("properties")
		if inner, ok := inner.(format.Properties); ok {
			if text := inner.Text("name") + inner.Text("href"); text != "" {
				return text
			}
		}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

// epsgCode reads the code of "EPSG:4490", "urn:ogc:def:crs:EPSG::4490" and
// "http://www.opengis.net/def/crs/EPSG/0/4490", 0 for other texts.
func epsgCode(text string) int {
	upper := strings.ToUpper(text)
	at := strings.Index(upper, "EPSG")
	if at < 0 || strings.ContainsAny(text, "{[") {
		return 0
	}
	fields := strings.FieldsFunc(upper[at+4:], func(c rune) bool { return c == ':' || c == '/' })
	if len(fields) == 0 {
		return 0
	}
	code, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil || code < 0 {
		return 0
	}
	return code
}
