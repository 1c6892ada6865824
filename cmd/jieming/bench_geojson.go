package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/geo/coverage"
	"jieming/geo/format/geojson"
	"jieming/registry"
	"jieming/registry/api"
)

//go:embed bench.sql
var benchSQL string

// benchStatement returns a statement of bench.sql.
func benchStatement(name string) string {
	_, after, ok := strings.Cut(benchSQL, "-- name: "+name+"\n")
	if !ok {
		panic("no SQL statement " + name)
	}
	text, _, _ := strings.Cut(after, "-- name: ")
	return text
}

// geojson measures streaming all counties of a country against ST_AsGeoJSON.
func (b *benchmark) geojson(ctx context.Context) (_ []figure, err error) {
	baseline, err := b.countryBaseline(ctx)
	if err != nil {
		return nil, err
	}
	s, err := b.open(ctx, baseline)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	rows, err := s.countyAreas(ctx)
	if err != nil {
		return nil, err
	}
	server, err := serveAPI(s, rows)
	if err != nil {
		return nil, err
	}
	defer server.Close()

	b.shown.Step("streaming all counties as GeoJSON", b.runs+1)
	var streamed, paged, selected int
	times, err := b.rounds(ctx,
		func(ctx context.Context) (err error) { streamed, err = s.stream(ctx, io.Discard); return err },
		func(ctx context.Context) (err error) { selected, err = s.asGeoJSON(ctx, rows); return err },
		func(ctx context.Context) (err error) { paged, err = server.readAll(ctx); return err },
		func(ctx context.Context) error { _, err := server.read(ctx, server.origin+asGeoJSONPath); return err })
	if err != nil {
		return nil, err
	}
	if streamed != len(rows.ids) || selected != len(rows.ids) || paged != len(rows.ids) {
		return nil, fmt.Errorf("%d counties have areas, but %d were streamed, %d paged and %d selected", len(rows.ids), streamed, paged, selected)
	}
	b.note("GeoJSON: %d counties, %d arcs", len(rows.ids), len(baseline.Arcs))
	const yardstick = "ST_AsGeoJSON of stored areas whose keys are given"
	return []figure{
		{name: "GeoJSON of all counties: store to encoder", yardstick: yardstick, ours: times[0], by: times[1], limit: 0.75},
		{name: "GeoJSON of all counties: pages over HTTP", yardstick: yardstick, ours: times[2], by: times[1], limit: 0.75},
		{name: "GeoJSON of all counties: pages over HTTP", yardstick: "the same text over HTTP, in one answer", ours: times[2], by: times[3]},
	}, nil
}

// countryBaseline builds the coverage of the country and says what was wrong
// with it.
func (b *benchmark) countryBaseline(ctx context.Context) (*registry.Baseline, error) {
	c, err := b.country()
	if err != nil {
		return nil, err
	}
	regions, err := c.regions()
	if err != nil {
		return nil, err
	}
	built, report, err := coverage.Build(ctx, regions, coverage.Options{Tentative: true})
	if err != nil {
		return nil, err
	}
	for _, f := range report.Faults {
		if f.Blocking {
			b.note("settled to store the country: %s of %s, %.0f m2 (an overlap stays with the first, a gap outside)", f.Kind, strings.Join(f.Regions, " and "), f.AreaM2)
		}
	}
	parents := map[string]string{}
	for _, r := range regions {
		parents[r.ID] = r.Name
	}
	return countryBaseline(built, parents), nil
}

// areaRows are the keys of stored areas, in order of unit.
type areaRows struct {
	ids     []int64
	digests [][]byte
}

func (s *benchStore) instant() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{"t": pgtype.Date{Time: s.now.Valid.Time(), Valid: true}, "r": int64(s.now.Recorded)}
}

func (s *benchStore) countyAreas(ctx context.Context) (*areaRows, error) {
	found := &areaRows{}
	rows, err := s.Pool().Query(ctx, benchStatement("CountyAreas"), s.instant())
	if err != nil {
		return nil, err
	}
	var id int64
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &digest}, func() error {
		found.ids, found.digests = append(found.ids, id), append(found.digests, bytes.Clone(digest))
		return nil
	})
	return found, err
}

// asGeoJSON is the yardstick: PostGIS writes the text of given areas, and
// nothing is looked up but the areas themselves.
func (s *benchStore) asGeoJSON(ctx context.Context, given *areaRows) (n int, err error) {
	return s.writeAsGeoJSON(ctx, io.Discard, given)
}

func (s *benchStore) writeAsGeoJSON(ctx context.Context, to io.Writer, given *areaRows) (n int, err error) {
	rows, err := s.Pool().Query(ctx, benchStatement("AsGeoJSON"), pgx.StrictNamedArgs{"ids": given.ids, "digests": given.digests})
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		for _, column := range rows.RawValues() {
			if _, err := to.Write(column); err != nil {
				return n, err
			}
		}
	}
	return n, rows.Err()
}

// stream writes all counties of today as one FeatureCollection.
func (s *benchStore) stream(ctx context.Context, to io.Writer) (int, error) {
	w := geojson.NewWriter(to, geojson.WriterOptions{})
	q := registry.UnitQuery{At: s.now, Level: registry.LevelCounty, Geometry: true}
	err := s.Units(ctx, q, func(u *registry.Unit) error {
		properties, err := json.Marshal(struct{ Code, Name string }{u.Code, u.Name})
		if err != nil {
			return err
		}
		return w.WriteRow(geojson.Row{ID: strconv.FormatInt(int64(u.ID), 10), WKB: u.WKB, Properties: properties})
	})
	if err != nil {
		return 0, err
	}
	return w.Count(), w.Close()
}

// benchServer is the API on a port of this machine, and beside it the yardstick.
type benchServer struct {
	http.Server
	origin string
}

const asGeoJSONPath = "/yardstick"

func serveAPI(s *benchStore, given *areaRows) (*benchServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", api.New(s.Store, api.Options{Version: version}))
	mux.HandleFunc(asGeoJSONPath, func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.writeAsGeoJSON(r.Context(), w, given); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
	server := &benchServer{origin: address(l)}
	server.Handler = mux
	server.ReadHeaderTimeout = 5 * time.Second
	go func() { _ = server.Serve(l) }() // ends with an error at Close
	return server, nil
}

// readAll follows the pages of all counties and counts the features.
func (s *benchServer) readAll(ctx context.Context) (n int, err error) {
	for next := s.origin + "/ogc/collections/divisions/items?level=county&limit=1000"; next != ""; {
		page, err := s.readPage(ctx, next)
		if err != nil {
			return n, err
		}
		n += page.NumberReturned
		next = ""
		for _, link := range page.Links {
			if link.Rel == "next" {
				next = link.Href
			}
		}
	}
	return n, nil
}

// pageEnd is what stands behind the features of a page.
type pageEnd struct {
	NumberReturned int
	Links          []struct{ Rel, Href string }
}

func (s *benchServer) readPage(ctx context.Context, url string) (*pageEnd, error) {
	end, err := s.read(ctx, url)
	if err != nil {
		return nil, err
	}
	const mark = `,"numberReturned":`
	at := bytes.LastIndex(end, []byte(mark))
	if at < 0 {
		return nil, fmt.Errorf("%s: the page has no end", url)
	}
	page := &pageEnd{}
	return page, json.Unmarshal(append([]byte("{"), end[at+1:]...), page)
}

// read gets an answer and returns its end.
func (s *benchServer) read(ctx context.Context, url string) (end tail, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	_, err = io.Copy(&end, answer.Body)
	return end, err
}

// tail keeps the last few kilobytes written to it.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	const kept = 8 << 10
	*t = append(*t, p[max(0, len(p)-kept):]...)
	*t = (*t)[max(0, len(*t)-kept):]
	return len(p), nil
}
