package export

import (
	"fmt"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/format"
	"jieming/registry"
)

// The makers of columns: name, short name for tables of ten bytes, Chinese
// name, meaning. The width of texts is in bytes of UTF-8 and matters to tables
// only, which cut what is longer.

func text(name, short, title string, width int, description string) format.Column {
	return format.Column{Name: name, Short: short, Type: format.String, Width: width, Title: title, Description: description}
}

func integer(name, short, title, description string) format.Column {
	return format.Column{Name: name, Short: short, Type: format.Int, Title: title, Description: description}
}

func float(name, short, title, description string) format.Column {
	return format.Column{Name: name, Short: short, Type: format.Float, Title: title, Description: description}
}

func truth(name, short, title, description string) format.Column {
	return format.Column{Name: name, Short: short, Type: format.Bool, Title: title, Description: description}
}

func day(name, short, title, description string) format.Column {
	return format.Column{Name: name, Short: short, Type: format.Date, Title: title, Description: description}
}

// The widths of texts that come often, in bytes.
const (
	codeWidth = 12
	wordWidth = 20  // a keyword
	nameWidth = 120 // forty characters
	longWidth = 254 // the most that a table holds
)

// The values of columns: what is not known is nil.

func textOf[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

func idOf[T ~int64](id T) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

func numberOf(v float64) any {
	if v == 0 {
		return nil
	}
	return v
}

func shareOf(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// dayOf is nil for an open end.
func dayOf(d registry.Day) any {
	if d == registry.NoStart || d == registry.NoEnd {
		return nil
	}
	return d.String()
}

// number writes an identifier.
func number[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// pointWKB is the geometry of a layer of points.
func pointWKB(p orb.Point) ([]byte, error) {
	b, err := wkb.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding point: %w", err)
	}
	return b, nil
}

// labelColumns are the position of a point within an area, which of finds; nil
// for none.
func labelColumns[T any](of func(*T) *orb.Point) []column[T] {
	at := func(axis int) func(*T) any {
		return func(record *T) any {
			if p := of(record); p != nil {
				return p[axis]
			}
			return nil
		}
	}
	return []column[T]{
		{float("label_lon", "LABEL_LON", "注记点经度", "Longitude of a point within the area, in degrees; empty where there is none"), at(0)},
		{float("label_lat", "LABEL_LAT", "注记点纬度", "Latitude of that point"), at(1)},
	}
}
