package web

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"jieming/registry"
	"jieming/registry/desk"
)

// Options are what the pages need besides the registry. The zero value is
// ready to use.
type Options struct {
	Now   func() time.Time // the clock that tells today; nil means time.Now
	Tiles string           // where vector tiles are; "" means /tiles/current
	Log   *slog.Logger     // where failures are written; nil discards them

	Stops func() registry.Stops // layers that the department has stopped; nil means none

	Desk     *desk.Desk                     // the work behind the public pages; nil for none
	Public   string                         // the address that browsers use, if not that of the connection: https://…
	Client   func(*http.Request) netip.Addr // where a request came from; nil means its connection
	Provider *Provider                      // of identities; nil for none

	Training bool   // the site is a training space (演练): every page says so
	Beside   string // the training space of this site, or the registry of this training space: https://…, or :PORT on the same host; "" for none
}

// site answers for all pages.
type site struct {
	reg       registry.Registry
	now       func() time.Time
	tiles     string
	log       *slog.Logger
	assets    *assets
	catalogs  map[string]*catalog
	pages     map[string]*templates // by language
	atlases   *memo[drawnAt, *atlas]
	papers    *memo[drawnAt, *atlas]    // in the projection and detail of paper
	proposals *memo[proposedAt, *atlas] // the same, as published notices would have it
	changes   *memo[registry.Seq, []registry.DayOfChange]
	events    *memo[eventKey, *registry.EventDetail]

	stops      func() registry.Stops
	desk       *desk.Desk
	public     string
	client     func(*http.Request) netip.Addr
	training   bool
	beside     string // see Options
	identities *identities
	help       map[string][]HelpText
	root       chi.Router // all pages
}

// New returns the handler of all pages and their assets. It fails only if the
// embedded templates or catalogues are broken. The handler is safe for
// concurrent use, and keeps in memory what it has drawn, a few megabytes.
func New(reg registry.Registry, o Options) (http.Handler, error) {
	s, err := newSite(reg, o)
	if err != nil {
		return nil, err
	}
	return s.routes(), nil
}

func newSite(reg registry.Registry, o Options) (*site, error) {
	static, dist, err := assetRoots()
	if err != nil {
		return nil, err
	}
	files, err := readAssets(static, dist)
	if err != nil {
		return nil, err
	}
	s := &site{
		reg: reg, now: o.Now, tiles: o.Tiles, log: o.Log, assets: files,
		stops: o.Stops, desk: o.Desk, public: o.Public, client: o.Client, training: o.Training, beside: o.Beside, identities: newIdentities(o.Provider),
		atlases:   newMemo[drawnAt, *atlas](64),
		papers:    newMemo[drawnAt, *atlas](8),
		proposals: newMemo[proposedAt, *atlas](8),
		changes:   newMemo[registry.Seq, []registry.DayOfChange](8),
		events:    newMemo[eventKey, *registry.EventDetail](512),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.stops == nil {
		s.stops = func() registry.Stops { return nil }
	}
	if s.tiles == "" {
		s.tiles = "/tiles/current"
	}
	if s.log == nil {
		s.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if s.catalogs, err = readCatalogs(); err != nil {
		return nil, err
	}
	if s.help, err = readHelp(s.catalogs); err != nil {
		return nil, err
	}
	s.pages, err = readTemplates(s.catalogs, files)
	return s, err
}

func assetRoots() (static, dist fs.FS, err error) {
	if static, err = fs.Sub(staticFiles, "static"); err != nil {
		return nil, nil, err
	}
	dist, err = fs.Sub(distFiles, "dist")
	return static, dist, err
}

// routes is every address of the pages.
func (s *site) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.GetHead)
	r.Get("/", redirected(s.page(s.showMap)))
	r.Get("/embed", redirected(s.page(s.showEmbed)))
	r.Get("/panel", s.page(s.showPanel))
	r.Get("/map.svg", s.page(s.showSheet))
	r.Get("/print", redirected(s.page(s.showPrint)))
	r.Get("/print.svg", s.page(s.showPaper))
	r.Get("/print/{size}.css", showPageSize)
	r.Get("/download", redirected(s.page(s.showDownload)))
	r.Get("/search", s.page(s.showSearch))
	r.Get("/units", s.page(s.showUnits))
	r.Get("/id/unit/{id}", s.page(s.showUnit))
	r.Get("/events", s.page(s.showEvents))
	r.Get("/id/event/{id}", s.page(s.showEvent))
	r.Get("/id/line/{id}", s.page(s.showLine))
	r.Get("/id/place/{id}", s.page(s.showPlace))
	r.Get("/reports", s.page(s.showReports))
	r.Get("/reports/{name}", s.page(s.showReport))
	r.Get("/about", s.page(s.showAbout))
	r.Get("/publications", s.page(s.showPublications))
	r.Get("/publications.atom", s.page(s.showPublicationFeed))
	r.Get("/favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.assets.path("favicon.svg"), http.StatusFound)
	})
	r.Get(assetPrefix+"*", s.assets.ServeHTTP)
	s.helpRoutes(r)
	if s.desk != nil {
		s.deskRoutes(r)
	}
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.notAllowed)
	s.root = r
	return r
}
