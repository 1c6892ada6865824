package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/history"
)

// The lists of the country in a folder of real data: every unit down to the
// village. The province whose registry is measured is left out of them.
const (
	provincesFile = "cn-divisions/provinces.csv"
	citiesFile    = "cn-divisions/cities.csv"
	areasFile     = "cn-divisions/areas.csv"
	streetsFile   = "cn-divisions/streets.csv.gz"
	villagesFile  = "cn-divisions/villages_all.csv.xz"
	countryPlaces = "places-jilin/geonames_china.csv.gz"
)

// listed is a row of a list: a code of 12 digits and a name.
type listed struct{ code, name string }

// readLists reads the units of the country, superiors first; nil where the
// folder has no such lists.
func (b *benchmark) readLists(ctx context.Context) (all []listed, err error) {
	seen := map[string]bool{}
	for _, name := range []string{provincesFile, citiesFile, areasFile, streetsFile, villagesFile} {
		table, err := b.table(ctx, name)
		if err != nil || table == nil {
			return nil, err
		}
		for _, row := range table {
			if len(row) < 2 || len(row[0]) < 2 || len(row[0]) > 12 {
				return nil, fmt.Errorf("%s: %q is no row of a code and a name", name, row)
			}
			// 东莞 stands in two lists: as a city and, with the same code, as its own only area.
			if code := row[0] + strings.Repeat("0", 12-len(row[0])); !isHeading(row[1]) && !seen[code] {
				seen[code] = true
				all = append(all, listed{code, row[1]})
			}
		}
	}
	return all, nil
}

// isHeading tells headings of code lists, which are no divisions.
func isHeading(name string) bool {
	return name == "市辖区" || strings.Contains(name, "直辖县级")
}

// table reads a CSV file of the folder, packed or not, without its header; nil
// if there is none.
func (b *benchmark) table(ctx context.Context, name string) ([][]string, error) {
	data, err := b.file(name)
	if err != nil || data == nil {
		return nil, err
	}
	var text io.Reader = bytes.NewReader(data)
	switch {
	case strings.HasSuffix(name, ".gz"):
		if text, err = gzip.NewReader(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	case strings.HasSuffix(name, ".xz"):
		unpack := exec.CommandContext(ctx, "xz", "-dc")
		unpack.Stdin = text
		unpacked, err := unpack.Output()
		if err != nil {
			return nil, fmt.Errorf("unpack %s with xz (Debian: xz-utils): %w", name, err)
		}
		text = bytes.NewReader(unpacked)
	}
	rows, err := csv.NewReader(text).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, errors.Join(fmt.Errorf("%s: no table", name), err)
	}
	return rows[1:], nil
}

// countryRows are the units of lists as rows of the tables they are copied into.
type countryRows struct {
	first, event int64            // the id of the first unit; the event that begins them all
	seq          int64            // the entry that records them
	known        map[string]int64 // units by code
	rows         []listed
}

var day2023 = registry.Date(2023, 6, 30)

// copyInto copies the units straight into the tables, without the checks, the
// log and the exclusion of overlaps, which take the product a few minutes per
// hundred thousand units; and with the triggers that note names. No other group
// sees this database, and it is thrown away.
func (c *countryRows) copyInto(ctx context.Context, s *benchStore) error {
	if _, err := s.Pool().Exec(ctx, benchStatement("OpenTables")); err != nil {
		return err
	}
	for _, t := range []struct {
		table   string
		columns []string
		row     func(id int64, row listed) ([]any, error)
	}{
		{"unit", []string{"id", "seq"}, func(id int64, _ listed) ([]any, error) { return []any{id, c.seq}, nil }},
		{"unit_version", []string{"unit_id", "level", "type", "specific", "generic", "superior_id", "valid", "recorded", "began_by"}, c.version},
		{"code", []string{"code", "unit_id", "seq"}, func(id int64, row listed) ([]any, error) { return []any{row.code, id, c.seq}, nil }},
		{"code_version", []string{"code", "unit_id", "state", "valid", "recorded", "began_by"}, func(id int64, row listed) ([]any, error) {
			return []any{row.code, id, "PUBLISHED", since(day2023), c.recorded(), c.event}, nil
		}},
	} {
		source := pgx.CopyFromSlice(len(c.rows), func(i int) ([]any, error) { return t.row(c.first+int64(i), c.rows[i]) })
		if _, err := s.Pool().CopyFrom(ctx, pgx.Identifier{"registry", t.table}, t.columns, source); err != nil {
			return fmt.Errorf("copy %s: %w", t.table, err)
		}
	}
	_, err := s.Pool().Exec(ctx, benchStatement("CloseTables"))
	return err
}

func (c *countryRows) version(id int64, row listed) ([]any, error) {
	v, err := history.Describe(row.code, row.name)
	if err != nil {
		return nil, err
	}
	superior := c.above(row.code)
	if superior == nil && v.Level > registry.LevelProvince {
		return nil, fmt.Errorf("no list holds a superior of %s %s", row.code, row.name)
	}
	c.known[row.code] = id
	return []any{id, int16(v.Level), v.Type, v.Specific, v.Generic, superior, since(day2023), c.recorded(), c.event}, nil
}

func (c *countryRows) recorded() pgtype.Range[pgtype.Int8] {
	return pgtype.Range[pgtype.Int8]{Lower: pgtype.Int8{Int64: c.seq, Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Unbounded, Valid: true}
}

func since(day registry.Day) pgtype.Range[pgtype.Date] {
	return pgtype.Range[pgtype.Date]{Lower: pgtype.Date{Time: day.Time(), Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Unbounded, Valid: true}
}

// above is the nearest unit whose code begins like one's own.
func (c *countryRows) above(code string) any {
	for _, n := range []int{9, 6, 4, 2} {
		prefix := code[:n] + strings.Repeat("0", 12-n)
		if id, ok := c.known[prefix]; ok && prefix != code {
			return id
		}
	}
	return nil
}

// readPlaces reads the populated places of the country.
func (b *benchmark) readPlaces(ctx context.Context) (places []registry.BaselinePlace, err error) {
	rows, err := b.table(ctx, countryPlaces)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		lat, errLat := strconv.ParseFloat(row[1], 64)
		lon, errLon := strconv.ParseFloat(row[2], 64)
		if err := errors.Join(errLat, errLon); err != nil {
			return nil, fmt.Errorf("%s: %w", countryPlaces, err)
		}
		places = append(places, registry.BaselinePlace{Category: "SETTLEMENT", Roman: row[0], Point: orb.Point{lon, lat}, Unit: registry.NoRef})
	}
	return places, nil
}

// placesBaseline makes a first load of places.
func placesBaseline(places []registry.BaselinePlace) *registry.Baseline {
	return &registry.Baseline{
		Dataset: registry.Dataset{Name: "places", Source: "bench", Licence: "none", Attribution: "none",
			DataDate: day2023, Digest: sha256.Sum256([]byte("places"))},
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "bench", Citation: "bench"}},
		Events:      []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: day2023, Precision: registry.PrecisionDay}},
		Places:      places,
	}
}
