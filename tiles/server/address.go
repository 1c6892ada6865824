package server

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// parsePath reads the address of a tile: Path z/x/y.mvt. It allocates nothing
// unless the address is wrong.
func parsePath(path string) (z, x, y int, err error) {
	rest, ok := strings.CutPrefix(path, Path)
	rest, suffixed := strings.CutSuffix(rest, ".mvt")
	zs, rest, ok1 := strings.Cut(rest, "/")
	xs, ys, ok2 := strings.Cut(rest, "/")
	if !ok || !suffixed || !ok1 || !ok2 {
		return 0, 0, 0, misplaced("tiles are at %sz/x/y.mvt", Path)
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
		return 0, 0, 0, misplaced("zoom %.20q, column %.20q and row %.20q must be whole numbers without leading zeros", zs, xs, ys)
	case z > maxZoom:
		return 0, 0, 0, misplaced("there is no zoom %d; the deepest is %d", z, maxZoom)
	case x >= 1<<z || y >= 1<<z:
		return 0, 0, 0, misplaced("zoom %d has columns and rows 0 to %d", z, 1<<z-1)
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
			return q, wrong(paramSubset, "says the same as datetime; give one of them")
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
		return "", wrong(paramSubset, `%.60q is no subset of time; write datetime("2020-06-30") or datetime("2019-01-01":"2020-06-30")`, subset)
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

// known reads a query that may hold each of some parameters once, with a value.
func known(raw string, names ...string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, wrong("query", "cannot be read; escape special characters with %% and separate parameters with &")
	}
	var all []error
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch n := len(query[name]); {
		case !slices.Contains(names, name):
			all = append(all, wrong(strings.ToValidUTF8(fmt.Sprintf("%.60s", name), "�"), "is not a parameter of this address; %s", listOf(names)))
		case n > 1:
			all = append(all, wrong(name, "is given %d times; give it once", n))
		case query[name][0] == "":
			all = append(all, wrong(name, "is empty; give it a value or leave it out"))
		}
	}
	return query, errors.Join(all...)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "it has none"
	}
	return "it knows " + strings.Join(names, ", ")
}
