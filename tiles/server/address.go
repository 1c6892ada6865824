package server

import (
	"fmt"
	"net/url"
	"strings"

	"jieming/tiles"
)

// parsePath reads the address of a tile: Path z/x/y.mvt. It allocates nothing
// unless the address is wrong.
func parsePath(path string) (z, x, y int, err error) {
	rest, ok := strings.CutPrefix(path, Path)
	rest, suffixed := strings.CutSuffix(rest, ".mvt")
	zs, rest, ok1 := strings.Cut(rest, "/")
	xs, ys, ok2 := strings.Cut(rest, "/")
	if !ok || !suffixed || !ok1 || !ok2 {
		return 0, 0, 0, fmt.Errorf("tiles are at %sz/x/y.mvt: %w", Path, tiles.ErrAddress)
	}
	return parseAddress(zs, xs, ys)
}

// parseAddress reads zoom, column and row.
func parseAddress(zs, xs, ys string) (z, x, y int, err error) {
	z, okZ := number(zs)
	x, okX := number(xs)
	y, okY := number(ys)
	switch {
	case !okZ || !okX || !okY:
		return 0, 0, 0, fmt.Errorf("zoom %q, column %q and row %q must be whole numbers: %w", zs, xs, ys, tiles.ErrAddress)
	case z > maxZoom:
		return 0, 0, 0, fmt.Errorf("zoom %d is above %d: %w", z, maxZoom, tiles.ErrAddress)
	case x >= 1<<z || y >= 1<<z:
		return 0, 0, 0, fmt.Errorf("zoom %d has columns and rows 0 to %d: %w", z, 1<<z-1, tiles.ErrAddress)
	}
	return z, x, y, nil
}

// number reads up to nine digits without a leading zero: each tile has one
// address.
func number(s string) (n int, ok bool) {
	if s == "" || len(s) > 9 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// The parameters of tiles and of documents about them. The last two are those of
// OGC API: another way to write the first, and a choice of layers.
const (
	paramDatetime    = "datetime"
	paramRecorded    = "recorded-as-of"
	paramSubset      = "subset"
	paramCollections = "collections"
)

// parseQuery reads the parameters of a tile.
func parseQuery(raw string) (asked, error) {
	if raw == "" {
		return asked{set: layersAll}, nil
	}
	query, err := known(raw, paramDatetime, paramRecorded)
	if err != nil {
		return asked{}, err
	}
	return parseAsked(query)
}

// parseAsked reads the parameters that a query holds.
func parseAsked(query url.Values) (q asked, err error) {
	q.datetime, q.recordedAsOf = query.Get(paramDatetime), query.Get(paramRecorded)
	if query.Has(paramSubset) {
		if query.Has(paramDatetime) {
			return q, fmt.Errorf("datetime and subset say the same; give one of them: %w", tiles.ErrParameter)
		}
		if q.datetime, err = parseSubset(query.Get(paramSubset)); err != nil {
			return q, err
		}
	}
	q.set, err = parseCollections(query.Get(paramCollections))
	return q, err
}

// parseSubset reads a subset of time as OGC API writes it, datetime("from":"to")
// or datetime("at"), and returns it as the parameter datetime writes it.
func parseSubset(subset string) (datetime string, err error) {
	inner, ok := strings.CutPrefix(subset, "datetime(")
	inner, closed := strings.CutSuffix(inner, ")")
	ends := splitOutsideQuotes(inner)
	if !ok || !closed || len(ends) > 2 {
		return "", fmt.Errorf(`subset is datetime("2020-06-30") or datetime("2019-01-01":"2020-06-30"), not %.60q: %w`, subset, tiles.ErrParameter)
	}
	for i, end := range ends {
		if end == "*" {
			ends[i] = ".."
		}
	}
	return strings.Join(ends, "/"), nil
}

// splitOutsideQuotes splits a text at colons outside of quotes, which it takes
// away.
func splitOutsideQuotes(text string) (parts []string) {
	part, quoted := "", false
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			parts, part = append(parts, part), ""
		default:
			part += string(c)
		}
	}
	return append(parts, part)
}

// known reads a query that may hold each of some parameters once.
func known(raw string, names ...string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fmt.Errorf("the query does not parse: %w", tiles.ErrParameter)
	}
	allowed := strings.Join(names, " ")
	for name, values := range query {
		if !strings.Contains(" "+allowed+" ", " "+name+" ") || strings.Contains(name, " ") {
			return nil, fmt.Errorf("%q is not a parameter here; these are: %s: %w", name, allowed, tiles.ErrParameter)
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("%q is given %d times: %w", name, len(values), tiles.ErrParameter)
		}
	}
	return query, nil
}
