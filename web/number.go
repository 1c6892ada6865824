package web

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// km2 writes an area given in square metres: 12 345.6 becomes "12,345.6 km²".
// Areas are known to no more than four or five digits.
func km2(squareMetres float64) string {
	return grouped(squareMetres/1e6, decimals(squareMetres/1e6)) + " km²"
}

// km writes a length given in metres.
func km(metres float64) string {
	return grouped(metres/1e3, decimals(metres/1e3)) + " km"
}

func decimals(value float64) int {
	switch {
	case value >= 1000:
		return 0
	case value >= 10:
		return 1
	}
	return 2
}

// grouped writes a number with a comma between thousands, as both languages do
// in tables.
func grouped(value float64, decimals int) string {
	text := strconv.FormatFloat(value, 'f', decimals, 64)
	whole, rest, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		return whole + "." + rest
	}
	return whole
}

// share writes a fraction as a percentage; nil is "".
func share(fraction *float64) string {
	if fraction == nil {
		return ""
	}
	return strconv.FormatFloat(*fraction*100, 'f', 1, 64) + " %"
}

// shortCode writes a code without the zeros that pad it: 6 digits down to the
// county, 9 to the township, 12 to the village.
func shortCode(code string) string {
	switch {
	case len(code) != 12:
		return code
	case strings.HasSuffix(code, "000000"):
		return code[:6]
	case strings.HasSuffix(code, "000"):
		return code[:9]
	}
	return code
}

// coordinates writes a point in degrees, to about ten metres.
func coordinates(p orb.Point) string {
	return degrees(p[0], "E", "W") + "  " + degrees(p[1], "N", "S")
}

func degrees(value float64, positive, negative string) string {
	side := positive
	if value < 0 {
		value, side = -value, negative
	}
	return strconv.FormatFloat(value, 'f', 4, 64) + "°" + side
}
