package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"jieming/tiles"
)

// About describes the data that tiles show at an instant.
type About struct {
	Attribution  string
	Schematic    bool     // 示意: geometry of the project's own making
	DataDate     string   // of the data
	ReviewNumber string   // 审图号; "" while the map has not been reviewed
	Seq          int64    // the log entry of the publication
	MaxZoom      int      // deepest zoom of the publication; 0: the deepest there is
	Stopped      []string // names of layers that are stopped; never nil
}

// deepest is the deepest zoom of tiles.
func (a *About) deepest() int {
	if a.MaxZoom > 0 {
		return min(a.MaxZoom, maxZoom)
	}
	return maxZoom
}

// served are the layers that are not stopped.
func (a *About) served() (all []VectorLayer) {
	for _, v := range VectorLayers() {
		if Stopped(a.Stopped)&v.set == 0 {
			v.MaxZoom = a.deepest()
			all = append(all, v)
		}
	}
	return all
}

// request is what a document about tiles is asked for.
type request struct {
	*http.Request
	query  url.Values
	asked  asked
	origin string // of this service, such as https://jieming.example
	about  About
	bounds [4]float64 // of what is shown, west, south, east, north in degrees
}

// world bounds what Web Mercator can show.
var world = [4]float64{-180, -85.0511, 180, 85.0511}

// bounds returns what the tiles of a request span; the world, while nobody knows.
func (s *Server) bounds(r *http.Request, q asked) ([4]float64, error) {
	view, err := s.Instants.View(r.Context(), q.datetime, q.recordedAsOf)
	if errors.Is(err, ErrNotReady) {
		return world, nil
	}
	if err != nil {
		return world, err
	}
	return s.cache.boundsOf(view)
}

// instant is the query that keeps a reader at the instant of the request, and
// with the collections chosen.
func (r *request) instant() string {
	kept := url.Values{}
	for name, value := range map[string]string{
		paramDatetime: r.asked.datetime, paramRecorded: r.asked.recordedAsOf, paramCollections: r.query.Get(paramCollections),
	} {
		if value != "" {
			kept.Set(name, value)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "?" + kept.Encode()
}

// document serves JSON about the tiles.
func (s *Server) document(make func(*request) (any, error), parameters ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := s.write(r, make, parameters)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		e := &entry{body: newBody(data, s.cache.packer)}
		h := w.Header()
		h["Cache-Control"] = cachedMin
		h["Access-Control-Allow-Origin"] = anyOrigin
		h["Etag"] = e.plain.etag
		if condition := r.Header["If-None-Match"]; len(condition) > 0 && e.matches(condition[0]) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/json")
		if r.Method != http.MethodHead {
			_, _ = w.Write(data)
		}
	}
}

func (s *Server) write(r *http.Request, make func(*request) (any, error), parameters []string) ([]byte, error) {
	query, err := known(r.URL.RawQuery, parameters...)
	if err != nil {
		return nil, err
	}
	q, err := parseAsked(query)
	if err != nil {
		return nil, err
	}
	about, err := s.About(r.Context(), q.datetime, q.recordedAsOf)
	if err != nil {
		return nil, err
	}
	bounds, err := s.bounds(r, q)
	if err != nil {
		return nil, err
	}
	answer, err := make(&request{r, query, q, s.Origin(r), about, bounds})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(answer, "", " ")
}

// VectorLayer describes a layer, as TileJSON does.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`

	geometry int // dimension
	set      layers
}

// VectorLayers describes the layers of the tiles.
func VectorLayers() []VectorLayer {
	unit := map[string]string{"name": "String: name", "code": "String: code of 12 digits, if there is one", "type": "String: kind of unit",
		"level": "Number: 1 province, 2 prefecture, 3 county, 4 township"}
	area := func(id, description string, from int, set layers) VectorLayer {
		return VectorLayer{id, description, from, maxZoom, unit, 2, set}
	}
	return []VectorLayer{
		area("province", "Areas of units of province level; ids are those of units", 0, layerProvince),
		area("prefecture", "Areas of units of prefecture level; ids are those of units", 3, layerPrefecture),
		area("county", "Areas of units of county level; ids are those of units", 4, layerCounty),
		area("township", "Areas of units of township level, where they have any; ids are those of units", 8, layerTownship),
		{"unrefined", "Territory whose county is not known on the day", 4, maxZoom,
			map[string]string{"holder": "String: the finest unit that certainly held it", "among": "String: the units one of which held each part"}, 2, layersUnrefined},
		{"boundary", "Borders, each once; ids are those of arcs", 0, maxZoom,
			map[string]string{"rank": "Number: 0 national, 1 provincial, 2 prefectural, 3 county, 4 township", "status": "String: legal status",
				"left": "String: who is on the left", "right": "String: who is on the right", "uncertain": "Boolean: one side is known only more coarsely"}, 1, layersLines},
		{"label", "A point for each name; ids are those of units", 0, maxZoom,
			map[string]string{"name": "String: name", "roman": "String: reading in Latin letters, computed", "code": "String: code", "level": "Number: level",
				"known": "Boolean: false where the county is not known", "collapsed": "Boolean: the area is too small to be drawn at this zoom"}, 0, layerLabel},
		{"place", "Named places; ids are those of places", 7, maxZoom,
			map[string]string{"name": "String: name", "roman": "String: romanised name", "category": "String: category"}, 0, layersPlaces},
	}
}

// tileJSON describes the tiles after TileJSON 3.0.0.
func (s *Server) tileJSON(r *request) (any, error) {
	b := r.bounds
	return map[string]any{
		"tilejson": "3.0.0", "name": "Jieming 界名", "scheme": "xyz",
		"tiles":       []string{r.origin + Path + "{z}/{x}/{y}.mvt" + r.instant()},
		"minzoom":     0,
		"maxzoom":     r.about.deepest(),
		"bounds":      b,
		"center":      []float64{(b[0] + b[2]) / 2, (b[1] + b[3]) / 2, 5},
		"attribution": r.about.Attribution, "schematic": r.about.Schematic, "vector_layers": r.about.served(),
		"stopped":   r.about.Stopped,
		"data_date": r.about.DataDate, "review_number": r.about.ReviewNumber, "seq": r.about.Seq,
		"description": "Administrative divisions, boundary lines and place names. Not a substitute for official boundary lines.",
	}, nil
}

// fallbackOf adapts a source that wants instants resolved.
type fallbackOf func(ctx context.Context, z, x, y int, datetime, recordedAsOf string) ([]byte, error)

// Tile implements Source.
func (f fallbackOf) Tile(ctx context.Context, z, x, y int, datetime, recordedAsOf string) ([]byte, error) {
	return f(ctx, z, x, y, datetime, recordedAsOf)
}

// FallBackOn makes a source of a maker of tiles and a way to find the moment
// that a request asks about.
func FallBackOn(source tiles.Source, moment func(ctx context.Context, datetime, recordedAsOf string) (tiles.Moment, error)) Source {
	return fallbackOf(func(ctx context.Context, z, x, y int, datetime, recordedAsOf string) ([]byte, error) {
		at, err := moment(ctx, datetime, recordedAsOf)
		if err != nil {
			return nil, err
		}
		return source.Tile(ctx, z, x, y, at)
	})
}
