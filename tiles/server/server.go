package server

import (
	"context"
	"errors"
	"math"
	"net/http"
	"runtime"
	"strings"

	"jieming/tiles"
)

// View is the registry at one instant, as far as tiles go. It never changes.
type View interface {
	// Draw gathers what a tile shows. The first time may cost some milliseconds.
	Draw(z, x, y int) Drawing
	// Epoch identifies the view: views of equal epochs show the same.
	Epoch() tiles.Epoch
	// MaxZoom is the deepest zoom that the publication allows; 0 for any.
	MaxZoom() int
	// Bounds returns what the view spans, west, south, east, north in degrees, and
	// false if it is empty. The first time may cost some milliseconds.
	Bounds() (degrees [4]float64, any bool)
}

// Drawing is what one tile shows, gathered but not drawn. It ends with Encode or
// Discard.
type Drawing interface {
	// Digest identifies what the tile shows: equal digests mean equal bytes. It is
	// zero for an empty tile.
	Digest() [16]byte
	// Encode appends the tile, not compressed.
	Encode(dst []byte) []byte
	Discard()
}

// ErrNotReady is the cause of an error of Instants while there is no view yet.
var ErrNotReady = errors.New("the tile engine is loading")

// ErrBusy is the cause of an error when more tiles are wanted than can be made.
var ErrBusy = errors.New("too many tiles are being made; try again in a second")

// ErrStopped is the cause of an error when all layers that are wanted have been
// stopped.
var ErrStopped = errors.New("stopped by the department")

// StoppedLayers are layers that are stopped.
type StoppedLayers = layers

// Instants finds the view of a request. Without parameters it must be fast.
type Instants interface {
	View(ctx context.Context, datetime, recordedAsOf string) (View, error)
}

// Source makes tiles while there is no view.
type Source interface {
	Tile(ctx context.Context, z, x, y int, datetime, recordedAsOf string) ([]byte, error)
}

// Options configure a server. Zero values mean the defaults.
type Options struct {
	Instants Instants
	Fallback Source
	// About describes the data, for documents about the tiles.
	About func(ctx context.Context, datetime, recordedAsOf string) (About, error)
	// Stopped returns the layers that are stopped now, as the function of that
	// name makes it; nil stops none. It must be fast.
	Stopped func() StoppedLayers
	// Origin is where a request reached this service, such as
	// https://jieming.example.
	Origin func(*http.Request) string
	// Fail answers a request that cannot be served.
	Fail func(http.ResponseWriter, *http.Request, error)
	// CacheBytes bounds the memory of cached tiles; the default is 256 MB.
	CacheBytes uint64
	// Builders is how many tiles are made at once, Waiting how many more may wait
	// to be made. The defaults are one less than there are processors, but one at
	// least, so that a crowd that wants new tiles leaves one to others; and 512.
	Builders, Waiting int
}

// Server serves tiles. It is safe for concurrent use.
type Server struct {
	Options
	cache *cache
}

// New makes a server. Run should run beside it.
func New(o Options) *Server {
	if o.CacheBytes == 0 {
		o.CacheBytes = 256 << 20
	}
	if o.Builders == 0 {
		o.Builders = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if o.Waiting == 0 {
		o.Waiting = 512
	}
	return &Server{Options: o, cache: newCache(o)}
}

// Run compresses tiles better in the background, until ctx ends.
func (s *Server) Run(ctx context.Context) { s.cache.improve(ctx) }

// Stats counts what the server did.
func (s *Server) Stats() Stats { return s.cache.stats() }

// Path begins the addresses of tiles: Path z/x/y.mvt.
const Path = "/tiles/current/"

// The headers of tiles, ready to be set.
var (
	mvtType   = []string{"application/vnd.mapbox-vector-tile"}
	nosniff   = []string{"nosniff"}
	varies    = []string{"Accept-Encoding"}
	gzipped   = []string{"gzip"}
	anyOrigin = []string{"*"}
	exposed   = []string{"ETag, Tileset-Seq"}
	// A minute, also for what never changes: a layer that is stopped must not live
	// on in caches. After it an ETag is enough.
	cachedMin   = []string{"public, max-age=60, must-revalidate"}
	notToCache  = []string{"no-store"}
	allowedOnly = []string{"GET, HEAD, OPTIONS"}
)

// Mine tells whether a path is that of a tile, for a router that has nothing
// else to do for tiles.
func Mine(path string) bool { return strings.HasPrefix(path, Path) && strings.HasSuffix(path, ".mvt") }

// ServeHTTP serves the tiles below Path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.reads(w, r) {
		return
	}
	z, x, y, err := parsePath(r.URL.Path)
	if err == nil {
		var q asked
		if q, err = parseQuery(r.URL.RawQuery); err == nil {
			err = s.serve(w, r, q, z, x, y)
		}
	}
	if err != nil {
		s.Fail(w, r, err)
	}
}

// asked is what a request asks for beside an address.
type asked struct {
	datetime, recordedAsOf string
	set                    layers
	limited                bool // to the bounds of the view
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, q asked, z, x, y int) error {
	if s.Stopped != nil {
		wanted := q.set
		if q.set &^= s.Stopped(); q.set == 0 && wanted != 0 {
			return ErrStopped
		}
	}
	view, err := s.Instants.View(r.Context(), q.datetime, q.recordedAsOf)
	if errors.Is(err, ErrNotReady) {
		return s.fallBack(w, r, q, z, x, y)
	}
	if err != nil {
		return err
	}
	if deepest := view.MaxZoom(); deepest > 0 && z > deepest {
		return misplaced("there is no zoom %d; the deepest of this publication is %d", z, deepest)
	}
	if outside, err := s.beyond(view, q, z, x, y); err != nil {
		return err
	} else if outside {
		return misplaced("tile %d/%d/%d, by row and column, is beyond the limits of the tileset", z, y, x)
	}
	e, err := s.cache.get(r.Context(), view, tileID(z, x, y), q.set)
	if err != nil {
		return err
	}
	e.write(w, r, cachedMin)
	return nil
}

// fallBack answers with a tile that nothing remembers.
func (s *Server) fallBack(w http.ResponseWriter, r *http.Request, q asked, z, x, y int) error {
	if s.Fallback == nil {
		return ErrNotReady
	}
	if s.About != nil {
		about, err := s.About(r.Context(), q.datetime, q.recordedAsOf)
		if err != nil {
			return err
		}
		if z > about.deepest() {
			return misplaced("there is no zoom %d; the deepest of this publication is %d", z, about.deepest())
		}
	}
	data, err := s.Fallback.Tile(r.Context(), z, x, y, q.datetime, q.recordedAsOf)
	if err != nil {
		return err
	}
	e := &entry{body: newBody(q.set.of(data), s.cache.packer), seq: nil}
	e.write(w, r, notToCache)
	return nil
}

// tileID numbers the tiles of all zooms.
func tileID(z, x, y int) uint64 { return uint64(z)<<58 | uint64(x)<<29 | uint64(y) }

func (k key) address() (z, x, y int) {
	return int(k.tile >> 58), int(k.tile >> 29 & (1<<29 - 1)), int(k.tile & (1<<29 - 1))
}

// Warm draws the tiles that cover a list, at low priority, so that readers find
// them made. It stops when ctx ends.
func (s *Server) Warm(ctx context.Context, view View, all [][3]int) {
	for _, t := range all {
		if ctx.Err() != nil {
			return
		}
		_, _ = s.cache.get(ctx, view, tileID(t[0], t[1], t[2]), layersAll)
		runtime.Gosched()
	}
}

// Cover lists the tiles of all zooms down to a deepest one that meet a rectangle,
// west, south, east, north in degrees.
func Cover(degrees [4]float64, deepest int) (all [][3]int) {
	for z := range deepest + 1 {
		west, north, east, south := span(degrees, z)
		for x := west; x <= east; x++ {
			for y := north; y <= south; y++ {
				all = append(all, [3]int{z, x, y})
			}
		}
	}
	return all
}

// span returns the first and last columns and rows of a zoom that meet a
// rectangle in degrees.
func span(degrees [4]float64, z int) (west, north, east, south int) {
	n := math.Ldexp(1, z)
	within := func(share float64) int { return min(max(int(math.Floor(share*n)), 0), 1<<z-1) }
	column := func(lon float64) int { return within(lon/360 + 0.5) }
	row := func(lat float64) int { return within(0.5 - math.Asinh(math.Tan(lat*math.Pi/180))/(2*math.Pi)) }
	return column(degrees[0]), row(degrees[3]), column(degrees[2]), row(degrees[1])
}

// beyond tells whether a tile lies outside of what a view spans, if that matters.
func (s *Server) beyond(view View, q asked, z, x, y int) (bool, error) {
	if !q.limited {
		return false, nil
	}
	degrees, err := s.cache.boundsOf(view)
	west, north, east, south := span(degrees, z)
	return x < west || x > east || y < north || y > south, err
}

// maxZoom is the deepest zoom.
const maxZoom = tiles.MaxZoom
