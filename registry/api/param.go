package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"jieming/registry"
)

const (
	defaultLimit = 100
	largestLimit = 1000
)

// Parameters arrive as text and are read by our own parsers, which say what to
// do instead. Their types tell the OpenAPI document what they stand for.
type (
	limitParam  string
	bboxParam   string
	degreeParam string
	levelParam  string
	idParam     string
)

// Schema describes the parameter.
func (limitParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Minimum: pointer(1.0), Maximum: pointer(float64(largestLimit)), Default: defaultLimit}
}

// Schema describes the parameter.
func (bboxParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeNumber}, MinItems: pointer(4), MaxItems: pointer(6)}
}

// Schema describes the parameter.
func (degreeParam) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeNumber} }

// Schema describes the parameter.
func (levelParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{"province", "prefecture", "county", "township", "village"}}
}

// Schema describes the parameter.
func (idParam) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: pointer(1.0)}
}

func pointer[T any](v T) *T { return &v }

// parseLimit reads the number of features wanted. A number above the largest
// page is cut to it, as OGC API Features asks.
func parseLimit(s limitParam) (int, error) {
	if s == "" {
		return defaultLimit, nil
	}
	n, err := strconv.ParseUint(string(s), 10, 32)
	if err != nil || n == 0 {
		return 0, registry.Invalid("limit", fmt.Sprintf("%.60q is not a number of features; write 1 to %d", string(s), largestLimit))
	}
	return int(min(n, largestLimit)), nil
}

// parseLevel reads a level; "" gives the level of the default.
func parseLevel(s levelParam, otherwise registry.Level) (registry.Level, error) {
	if s == "" {
		return otherwise, nil
	}
	level, err := registry.ParseLevel(string(s))
	if err != nil || level == registry.LevelOutside {
		return 0, registry.Invalid("level", fmt.Sprintf("%.60q is not a level; write province, prefecture, county, township or village", string(s)))
	}
	return level, nil
}

// parseID reads an identifier; "" gives 0.
func parseID(field string, s idParam) (int64, error) {
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || id < 1 {
		return 0, registry.Invalid(field, fmt.Sprintf("%.60q is not an identifier; write a positive whole number", string(s)))
	}
	return id, nil
}

// checkCode accepts "" and division codes of 2 to 12 digits.
func checkCode(s string) error {
	if s == "" || len(s) >= 2 && len(s) <= 12 && strings.Trim(s, "0123456789") == "" {
		return nil
	}
	return registry.Invalid("code", fmt.Sprintf("%.60q is not a code; write 2 to 12 digits, such as 220381", s))
}

// required refuses an empty parameter.
func required(field, value, example string) error {
	if value == "" {
		return registry.Invalid(field, "is missing; add "+field+"="+example)
	}
	return nil
}

// parseBox reads west,south,east,north in degrees, or the same with heights,
// which are ignored: west,south,lowest,east,north,highest. "" gives nil.
//
// A box whose west exceeds its east crosses the antimeridian (RFC 7946, 5.2).
// The registry has nothing in the western hemisphere, so only the part up to
// 180 degrees matters.
func parseBox(s bboxParam) (*orb.Bound, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(string(s), ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, badBox("give 4 numbers, west,south,east,north, or 6 with heights; there are %d", len(parts))
	}
	numbers, err := parseNumbers(parts)
	if err != nil {
		return nil, err
	}
	half := len(numbers) / 2
	box := orb.Bound{Min: orb.Point{numbers[0], numbers[1]}, Max: orb.Point{numbers[half], numbers[half+1]}}
	return checkBox(box)
}

func parseNumbers(parts []string) ([]float64, error) {
	numbers := make([]float64, len(parts))
	for i, part := range parts {
		n, err := parseDegrees(part)
		if err != nil {
			return nil, badBox("number %d, %.40q, is not a decimal number", i+1, part)
		}
		numbers[i] = n
	}
	return numbers, nil
}

func checkBox(box orb.Bound) (*orb.Bound, error) {
	for _, p := range []orb.Point{box.Min, box.Max} {
		if err := checkPoint("bbox", p); err != nil {
			return nil, err
		}
	}
	if box.Min.Lat() > box.Max.Lat() {
		return nil, badBox("south (%v) lies above north (%v); write west,south,east,north", box.Min.Lat(), box.Max.Lat())
	}
	if box.Min.Lon() > box.Max.Lon() {
		if box.Max.Lon() > 0 {
			return nil, badBox("west (%v) lies beyond east (%v); write west,south,east,north", box.Min.Lon(), box.Max.Lon())
		}
		box.Max[0] = 180
	}
	return &box, nil
}

func badBox(format string, args ...any) error {
	return registry.Invalid("bbox", fmt.Sprintf(format, args...))
}

// parsePoint reads a point in degrees.
func parsePoint(lon, lat degreeParam) (orb.Point, error) {
	if lon == "" || lat == "" {
		return orb.Point{}, registry.Invalid("lon", "give both lon and lat in degrees, such as lon=125.32&lat=43.88")
	}
	x, err := parseDegrees(string(lon))
	if err != nil {
		return orb.Point{}, registry.Invalid("lon", fmt.Sprintf("%.40q is not a number of degrees, such as 125.32", string(lon)))
	}
	y, err := parseDegrees(string(lat))
	if err != nil {
		return orb.Point{}, registry.Invalid("lat", fmt.Sprintf("%.40q is not a number of degrees, such as 43.88", string(lat)))
	}
	p := orb.Point{x, y}
	return p, checkPoint("lat", p)
}

// parseDegrees reads a decimal number. Hexadecimal, infinite and undefined
// numbers, which strconv would accept, are none.
func parseDegrees(s string) (float64, error) {
	if len(s) > 40 || strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, strconv.ErrSyntax
	}
	return v, nil
}

// checkPoint refuses what is not on the globe, and says so when the axes seem
// to be swapped.
func checkPoint(field string, p orb.Point) error {
	if p.Lon() >= -180 && p.Lon() <= 180 && p.Lat() >= -90 && p.Lat() <= 90 {
		return nil
	}
	if china.Contains(orb.Point{p.Lat(), p.Lon()}) {
		return registry.Invalid(field, fmt.Sprintf("longitude comes first, then latitude; %v,%v seems to be swapped: write %v,%v", p[0], p[1], p[1], p[0]))
	}
	return registry.Invalid(field, fmt.Sprintf("%v,%v is not on the globe; longitude (-180 to 180) comes first, then latitude (-90 to 90)", p[0], p[1]))
}

// china is a box around China in degrees, to recognise swapped axes.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

// seemsSwapped tells whether a point is outside China, and inside with its axes
// swapped.
func seemsSwapped(p orb.Point) bool {
	return !china.Contains(p) && china.Contains(orb.Point{p.Lat(), p.Lon()})
}
