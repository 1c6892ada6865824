package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"jieming/registry"
)

// Options are the settings of the API. The zero value works.
type Options struct {
	// BaseURL is the public origin for links, such as https://jieming.example.
	// Empty means the scheme and host of each request.
	BaseURL string
	// RecordBegins is the first day of which the registry has a record; zero
	// means 1981-12-31. Questions about earlier days get an empty answer that
	// says so.
	RecordBegins registry.Day
	// Beside is what is served beside the API, such as tiles.
	Beside Beside
	// Version is the version of the program. It is part of every ETag.
	Version string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Downloads makes the files of /data; without it there is no /data.
	Downloads *Downloads
	// Proofs answers for the log; without it there is no /api/log.
	Proofs Proofs
	// Stops tells which layers the department has stopped; nil means none. The
	// registry given to New refuses them; downloads and caches ask here.
	Stops func() registry.Stops
	// Log receives the causes of faults; nil means slog.Default.
	Log *slog.Logger
}

// Beside is what another part of the program serves beside the API, so that
// clients find it. The zero value is nothing.
type Beside struct {
	// Conformance lists classes of OGC.
	Conformance []string
	// Links leads there from a collection or, for "", from the landing page. Each
	// Href is a path.
	Links func(collection string) []Link
	// Document adds operations to the description of the API.
	Document func(*huma.OpenAPI)
}

// apiVersion is the version of the interface in the OpenAPI document. Raise it
// whenever the document changes.
const apiVersion = "1.5.0"

// longestURL limits the address of a request, in bytes.
const longestURL = 8192

type server struct {
	Options
	reg     registry.Registry
	mux     *chi.Mux
	api     huma.API
	extents extentCache
}

// New returns the handler of all addresses below /ogc, /api, /data and /problems. It expects
// requests with their whole path, whether mounted or not, and is safe for
// concurrent use. It aborts a connection with http.ErrAbortHandler when an
// answer fails in mid-stream, so middleware must let that panic pass.
func New(reg registry.Registry, options Options) http.Handler {
	return newServer(reg, options)
}

func newServer(reg registry.Registry, options Options) *server {
	s := &server{Options: options.withDefaults(), reg: reg, mux: chi.NewMux()}
	s.mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, s.Log, registry.NotFound("address", r.URL.Path))
	})
	s.mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allowed)
		WriteProblem(w, r, s.Log, &registry.Error{Kind: KindMethod, Message: "use GET, HEAD or OPTIONS"})
	})
	s.api = humachi.New(s.mux, documentConfig())
	s.routes()
	s.Beside.Document(s.api.OpenAPI())
	finishDocument(s.api.OpenAPI())
	return s
}

func (o Options) withDefaults() Options {
	if o.RecordBegins == 0 {
		o.RecordBegins = registry.Date(1981, time.December, 31)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stops == nil {
		o.Stops = func() registry.Stops { return nil }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Beside.Links == nil {
		o.Beside.Links = func(string) []Link { return nil }
	}
	if o.Beside.Document == nil {
		o.Beside.Document = func(*huma.OpenAPI) {}
	}
	return o
}

// routes registers every operation. The OpenAPI document lists the same.
func (s *server) routes() {
	s.ogcRoutes()
	s.unitRoutes()
	s.searchRoutes()
	s.whereRoutes()
	s.translateRoutes()
	s.eventRoutes()
	s.publicationRoutes()
	if s.Proofs != nil {
		s.logRoutes()
	}
	if s.Downloads != nil {
		s.downloadRoutes()
	}
	s.serviceRoutes()
}

const allowed = "GET, HEAD, OPTIONS"

// ServeHTTP lets every origin read, limits addresses, and routes by the whole
// path even below another chi router. HEAD runs the operation of GET.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "ETag, Retry-After, Content-Disposition, Content-Length, Content-Range, Jieming-Datetime, Jieming-Recorded, Jieming-Publication")
	switch {
	case r.Method == http.MethodOptions:
		header.Set("Allow", allowed)
		header.Set("Access-Control-Allow-Methods", allowed)
		header.Set("Access-Control-Allow-Headers", "If-None-Match, If-Range, Range")
		w.WriteHeader(http.StatusNoContent)
	case len(r.URL.Path)+len(r.URL.RawQuery) > longestURL:
		WriteProblem(w, r, s.Log, &registry.Error{Kind: kindLongURL, Message: "shorten the parameters"})
	default:
		s.mux.ServeHTTP(w, ownRoute(r))
	}
}

// ownRoute makes chi match the whole path. A router above shares its context
// with us and reads the pattern of the route from it afterwards.
func ownRoute(r *http.Request) *http.Request {
	route := chi.RouteContext(r.Context())
	if route == nil {
		route = chi.NewRouteContext()
		r = r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, route))
	}
	route.RoutePath = trimSlash(r.URL)
	route.RouteMethod = r.Method
	route.RoutePatterns = nil
	if r.Method == http.MethodHead {
		route.RouteMethod = http.MethodGet
	}
	return r
}

// trimSlash lets /ogc/ mean /ogc.
func trimSlash(u *url.URL) string {
	path := u.Path
	if u.RawPath != "" {
		path = u.RawPath
	}
	return strings.TrimSuffix(path, "/")
}
