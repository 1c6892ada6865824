package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"jieming/geo/format"
)

// place is a row of a file of places.
type place struct {
	roman  string
	point  orb.Point // longitude, latitude in degrees
	county string    // code of the county the file puts it in; "" if it says nothing
	line   int
}

// placeColumns are the columns of a file of places that are read.
var placeColumns = []string{"name_roman", "lat", "lng", "county_code"}

// maxPlaces bounds a file of places; GeoNames has 12 million in the world.
const maxPlaces = 1_000_000

// readPlaces reads a table of places with the columns name_roman, lat, lng and
// county_code. It stops at the first fault.
func (w *witness) readPlaces(name string) ([]place, error) {
	in, err := w.open(name)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(in)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, format.Fault("the table has no header", "begin it with the line name_roman,lat,lng,county_code").Because(err).InFile(name)
	}
	at, fault := placeHeader(head)
	if fault != nil {
		return nil, fault.InFile(name)
	}
	var places []place
	for {
		p, fault := nextPlace(r, at)
		if fault == nil && len(places) == maxPlaces {
			fault = format.Fault(fmt.Sprintf("more than %d places", maxPlaces), "split the file").AtByte(r.InputOffset(), p.line)
		}
		switch {
		case fault != nil && errors.Is(fault, io.EOF):
			return places, nil
		case fault != nil:
			return nil, fault.InFile(name)
		}
		places = append(places, p)
	}
}

// nextPlace reads a row. At the end of the table the fault is because of io.EOF.
func nextPlace(r *csv.Reader, at []int) (place, *format.Error) {
	row, err := r.Read()
	if err != nil {
		return place{}, format.Locate(err, "", "the line is no row of the table", "correct its commas and quotes")
	}
	p, fault := placeOf(row, at)
	p.line, _ = r.FieldPos(0)
	if fault != nil {
		return p, fault.AtByte(r.InputOffset(), p.line)
	}
	return p, nil
}

func placeHeader(head []string) ([]int, *format.Error) {
	at := make([]int, len(placeColumns))
	for i, column := range placeColumns {
		at[i] = slices.Index(head, column)
		if at[i] < 0 {
			return nil, format.Fault(fmt.Sprintf("the table has no column %s", column), "name it in the first line").AtByte(0, 1)
		}
	}
	return at, nil
}

func placeOf(row []string, at []int) (place, *format.Error) {
	lat, errLat := strconv.ParseFloat(row[at[1]], 64)
	lon, errLon := strconv.ParseFloat(row[at[2]], 64)
	p := place{roman: row[at[0]], point: orb.Point{lon, lat}, county: row[at[3]]}
	if err := errors.Join(errLat, errLon); err != nil {
		return p, format.Fault("lat or lng is not a number", "write degrees with a decimal point").Because(err)
	}
	if fault := format.CheckGeometry(p.point); fault != nil {
		return p, fault
	}
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return p, format.Fault(fmt.Sprintf("lat %v, lng %v is no place on Earth", lat, lon), "write degrees, latitude in lat")
	}
	if p.roman == "" {
		return p, format.Fault("the place has no name", "give it one in name_roman")
	}
	if p.county != "" && !isCode(p.county) {
		return p, format.Fault(fmt.Sprintf("county_code %q is not a code of six digits", p.county), "correct it or leave it empty")
	}
	return p, nil
}
