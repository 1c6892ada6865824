package tiles

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// ErrAddress is the cause of an error about the address of a tile or its
// parameters: the request is wrong, not the server.
var ErrAddress = errors.New("no such tile")

// Source makes tiles.
type Source interface {
	Tile(ctx context.Context, z, x, y int, at Moment) ([]byte, error)
}

// Options connect the handler to the rest of the program.
type Options struct {
	// Clock finds the instant of a request from its parameters datetime and
	// recorded-as-of, which may be empty.
	Clock func(ctx context.Context, datetime, recordedAsOf string) (Moment, error)
	// Fail answers a request that cannot be served.
	Fail func(http.ResponseWriter, *http.Request, error)
}

// Route is the address of a tile, for a chi router.
const Route = "/tiles/current/{z}/{x}/{y}.mvt"

// Handler serves [Route]. The ETag is the digest of the tile's bytes, so that
// it survives changes elsewhere.
func Handler(source Source, o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r, source, o); err != nil {
			o.Fail(w, r, err)
		}
	}
}

func serve(w http.ResponseWriter, r *http.Request, source Source, o Options) error {
	z, x, y, err := address(chi.URLParam(r, "z"), chi.URLParam(r, "x"), chi.URLParam(r, "y"))
	if err != nil {
		return err
	}
	query, err := parameters(r.URL.RawQuery)
	if err != nil {
		return err
	}
	at, err := o.Clock(r.Context(), query.Get("datetime"), query.Get("recorded-as-of"))
	if err != nil {
		return err
	}
	mvt, err := source.Tile(r.Context(), z, x, y, at)
	if err != nil {
		return err
	}
	write(w, r, mvt)
	return nil
}

func write(w http.ResponseWriter, r *http.Request, mvt []byte) {
	sum := sha256.Sum256(mvt)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=60")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if len(mvt) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
	_, _ = w.Write(mvt)
}

// address reads the address of a tile.
func address(zs, xs, ys string) (z, x, y int, err error) {
	for _, part := range []struct {
		text string
		to   *int
	}{{zs, &z}, {xs, &x}, {ys, &y}} {
		n, err := strconv.ParseUint(part.text, 10, 31)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("%q is not a whole number: %w", part.text, ErrAddress)
		}
		*part.to = int(n)
	}
	if z > MaxZoom {
		return 0, 0, 0, fmt.Errorf("zoom %d is above %d: %w", z, MaxZoom, ErrAddress)
	}
	if x >= 1<<z || y >= 1<<z {
		return 0, 0, 0, fmt.Errorf("zoom %d has columns and rows 0 to %d: %w", z, 1<<z-1, ErrAddress)
	}
	return z, x, y, nil
}

// ErrParameter is the cause of an error about a query parameter.
var ErrParameter = errors.New("wrong parameter")

func parameters(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fmt.Errorf("the query does not parse: %w", ErrParameter)
	}
	for name, values := range query {
		if name != "datetime" && name != "recorded-as-of" {
			return nil, fmt.Errorf("%q is not a parameter here; datetime and recorded-as-of are: %w", name, ErrParameter)
		}
		if len(values) > 1 {
			return nil, fmt.Errorf("%q is given %d times: %w", name, len(values), ErrParameter)
		}
	}
	return query, nil
}
