package sample

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// places writes the named places: each lies near the middle of its schematic
// county, so its position is 示意 as well.
func (c *cartogram) places() ([]byte, error) {
	table, err := csv.NewReader(strings.NewReader(source("places.csv"))).ReadAll()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, r := range c.regions {
		names[r.code] = r.name
	}
	rows := [][]string{{"name_roman", "lat", "lng", "county_code", "county_name"}}
	for _, row := range table[1:] {
		name, code := row[0], row[1]
		if names[code] == "" {
			return nil, fmt.Errorf("places.csv: %s lies in %s, which regions.txt does not know", name, code)
		}
		p := c.heart(code).Orb()
		rows = append(rows, []string{name, degrees(p[1]), degrees(p[0]), code, names[code]})
	}
	return encodeCSV(rows)
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
