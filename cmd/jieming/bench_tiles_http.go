package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"jieming/tiles"
	"jieming/tiles/server"
)

// coldView makes every tile anew: no two drawings have the same digest. So the
// server, which compresses as it does for readers, remembers none.
type coldView struct {
	ctx    context.Context
	tile   tileFunc
	drawn  atomic.Uint64
	failed atomic.Pointer[error]
}

// Epoch implements [server.View].
func (v *coldView) Epoch() tiles.Epoch { return tiles.Epoch{Seq: 1} }

// MaxZoom implements [server.View].
func (v *coldView) MaxZoom() int { return 0 }

// Bounds implements [server.View].
func (v *coldView) Bounds() (degrees [4]float64, any bool) { return degrees, false }

// Draw implements [server.View].
func (v *coldView) Draw(z, x, y int) server.Drawing { return &coldDrawing{v, z, x, y} }

type coldDrawing struct {
	view    *coldView
	z, x, y int
}

func (d *coldDrawing) Digest() (digest [16]byte) {
	binary.LittleEndian.PutUint64(digest[:], d.view.drawn.Add(1))
	return digest
}

func (d *coldDrawing) Encode(dst []byte) []byte {
	data, err := d.view.tile(d.view.ctx, d.z, d.x, d.y)
	if err != nil {
		d.view.failed.Store(&err)
	}
	return append(dst, data...)
}

func (d *coldDrawing) Discard() {}

// oneView answers every request with one view.
type oneView struct{ view server.View }

// View implements [server.Instants].
func (v oneView) View(context.Context, string, string) (server.View, error) {
	return v.view, nil
}

// tileServer is a tile server on a port of this machine.
type tileServer struct {
	http.Server
	address string
}

// serveTiles serves with the product's handler; a handler given instead replaces
// it.
func serveTiles(handler http.Handler) (*tileServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &tileServer{address: l.Addr().String()}
	s.Handler, s.ReadHeaderTimeout = handler, 5*time.Second
	go func() { _ = s.Serve(l) }() // ends with an error at Close
	return s, nil
}

// coldServer serves tiles that are all made anew. What it remembers is of no
// use, and kept small.
func coldServer(v server.View, readers int) http.Handler {
	return server.New(server.Options{Instants: oneView{v}, CacheBytes: 1, Builders: readers, Fail: failTile})
}

func failTile(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// The readers that ask at the same time, and how often they ask for each tile of
// a zoom in a round.
const (
	coldReaders = 4
	coldPasses  = 4
)

// overHTTP measures throughput through the product's handler, compressed, with
// nothing remembered.
func (t *tileBench) overHTTP(ctx context.Context) (all []figure, err error) {
	t.shown.Step("making tiles over HTTP", len(t.zooms)*(t.runs+1))
	limits := map[int]float64{6: 8, 7: 8, 8: 8, 9: 1, 10: 1, 11: 1, 12: 1}
	for _, z := range t.zooms {
		n := len(z.at) * coldPasses
		times, err := t.warmRounds(ctx,
			func(ctx context.Context) error { return z.request(ctx, t.ours) },
			func(ctx context.Context) error { return z.request(ctx, t.theirs) })
		if err != nil {
			return nil, err
		}
		all = append(all, figure{name: fmt.Sprintf("tiles of zoom %d over HTTP, made anew", z.z), yardstick: projected, faster: true,
			ours: times[0].each(n), by: times[1].each(n), limit: limits[z.z]})
	}
	return all, nil
}

// request asks for all tiles of a zoom, several at a time.
func (z *zoomTiles) request(ctx context.Context, tile tileFunc) error {
	view := &coldView{ctx: ctx, tile: tile}
	s, err := serveTiles(coldServer(view, coldReaders))
	if err != nil {
		return err
	}
	defer s.Close()
	paths := make(chan string, len(z.at)*coldPasses)
	for range coldPasses {
		for _, at := range z.at {
			paths <- fmt.Sprintf("%s%d/%d/%d.mvt", server.Path, z.z, at[0], at[1])
		}
	}
	close(paths)
	var readers sync.WaitGroup
	failed := make(chan error, coldReaders)
	for range coldReaders {
		readers.Go(func() { failed <- readTiles200(s.address, paths) })
	}
	readers.Wait()
	for range coldReaders {
		err = errors.Join(err, <-failed)
	}
	if e := view.failed.Load(); e != nil {
		err = errors.Join(err, *e)
	}
	return err
}

// readTiles200 gets one path after another over one connection. Each must be
// answered with 200 and a compressed tile.
func readTiles200(address string, paths <-chan string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	from := bufio.NewReaderSize(conn, 64<<10)
	var request []byte
	for path := range paths {
		request = fmt.Appendf(request[:0], "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", path, address)
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if err := readTile200(from); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// readTile200 reads an answer. It looks at no more of it than must be known, so
// that of the time the server's part shows.
func readTile200(from *bufio.Reader) error {
	length, packed := 0, false
	for first := true; ; first = false {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		value, isLength := bytes.CutPrefix(line, []byte("Content-Length: "))
		switch {
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")):
			return fmt.Errorf("answered %.60q", line)
		case isLength:
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case bytes.Equal(line, []byte("Content-Encoding: gzip")):
			packed = true
		case len(line) == 0 && (!packed || length == 0):
			return fmt.Errorf("answered %d bytes, compressed: %t", length, packed)
		case len(line) == 0:
			_, err = from.Discard(length)
			return err
		}
	}
}

// noiseView has one tile, of bytes that compression leaves as they are.
type noiseView struct{ size int }

// MaxZoom implements [server.View].
func (noiseView) MaxZoom() int { return 0 }

// Epoch implements [server.View].
func (noiseView) Epoch() tiles.Epoch { return tiles.Epoch{Seq: 1} }

// Bounds implements [server.View].
func (noiseView) Bounds() (degrees [4]float64, any bool) { return degrees, false }

// Draw implements [server.View].
func (v noiseView) Draw(int, int, int) server.Drawing { return v }

// Digest implements [server.Drawing].
func (v noiseView) Digest() [16]byte { return [16]byte{1} }

// Encode implements [server.Drawing].
func (v noiseView) Encode(dst []byte) []byte {
	noise := rand.New(rand.NewPCG(1, 2))
	for range v.size {
		dst = append(dst, byte(noise.Uint32()))
	}
	return dst
}

// Discard implements [server.Drawing].
func (noiseView) Discard() {}

// The readers of warm tiles, and how many answers they read in a round.
const (
	warmReaders = 16
	warmAnswers = 32_000
)

// warm measures a remembered tile against a handler that does nothing but send
// the same bytes and headers, and 304 answers against the middle size of those.
func (t *tileBench) warm(ctx context.Context) (all []figure, err error) {
	sizes := []int{1500, 10_000, 60_000}
	t.shown.Step("reading warm tiles", len(sizes)*(t.runs+1))
	for _, size := range sizes {
		p, err := newWarmPair(size)
		if err != nil {
			return nil, err
		}
		times, err := t.rounds(ctx, p.tile.read, p.bare.read, p.unchanged.read)
		p.close()
		if err != nil {
			return nil, err
		}
		all = append(all, figure{name: fmt.Sprintf("warm tile of %.1f kB over HTTP", float64(size)/1000), yardstick: "bare net/http, same bytes and headers",
			faster: true, ours: times[0].each(warmAnswers), by: times[1].each(warmAnswers), limit: 0.9})
		if size == 10_000 {
			all = append(all, figure{name: "304 of a warm tile", yardstick: "bare net/http with 10.0 kB", faster: true,
				ours: times[2].each(warmAnswers), by: times[1].each(warmAnswers)})
		}
	}
	return all, nil
}

// warmPair is a tile server and a bare one.
type warmPair struct {
	servers               []*tileServer
	tile, bare, unchanged *exchange
}

func newWarmPair(size int) (p *warmPair, err error) {
	p = &warmPair{}
	ours := server.New(server.Options{Instants: oneView{noiseView{size}}, Fail: failTile})
	first, err := p.add(ours, "")
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.tile = first
	if p.unchanged, err = first.with("If-None-Match: " + first.header.Get("Etag") + "\r\n"); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if p.bare, err = p.add(bareHandler(first.header, first.body), ""); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if len(p.bare.answer) != len(p.tile.answer) {
		err = fmt.Errorf("the bare answer has %d bytes, the tile's %d", len(p.bare.answer), len(p.tile.answer))
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *warmPair) add(h http.Handler, more string) (*exchange, error) {
	s, err := serveTiles(h)
	if err != nil {
		return nil, err
	}
	p.servers = append(p.servers, s)
	return newExchange(s.address, more)
}

func (p *warmPair) close() (err error) {
	for _, s := range p.servers {
		err = errors.Join(err, s.Close())
	}
	return err
}

// bareHandler sends bytes and headers.
func bareHandler(header http.Header, body []byte) http.Handler {
	type field struct {
		name   string
		values []string
	}
	var fields []field
	for name, values := range header {
		if name != "Date" { // net/http sends it
			fields = append(fields, field{name, values})
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for _, f := range fields {
			h[f.name] = f.values
		}
		_, _ = w.Write(body)
	})
}

// exchange is a request, sent again and again, and its answer, which is as long
// each time. Reading it costs as little as possible, so that the server shows.
type exchange struct {
	address string
	request []byte
	answer  []byte // with its headers
	header  http.Header
	body    []byte
}

// newExchange asks once. more is further headers.
func newExchange(address, more string) (*exchange, error) {
	e := &exchange{address: address}
	e.request = fmt.Appendf(nil, "GET %s6/50/25.mvt HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n%s\r\n", server.Path, address, more)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(e.request); err != nil {
		return nil, err
	}
	var all bytes.Buffer
	answer, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &all)), nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if e.body, err = io.ReadAll(answer.Body); err != nil {
		return nil, err
	}
	e.header, e.answer = answer.Header, all.Bytes()
	return e, nil
}

// with is the same exchange with further headers.
func (e *exchange) with(more string) (*exchange, error) { return newExchange(e.address, more) }

// read asks warmAnswers times, over several connections.
func (e *exchange) read(context.Context) error {
	var readers sync.WaitGroup
	failed := make(chan error, warmReaders)
	for range warmReaders {
		readers.Go(func() { failed <- e.readMany(warmAnswers / warmReaders) })
	}
	readers.Wait()
	var err error
	for range warmReaders {
		err = errors.Join(err, <-failed)
	}
	return err
}

func (e *exchange) readMany(n int) error {
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	status, _, _ := bytes.Cut(e.answer, []byte("\r\n"))
	got := make([]byte, len(e.answer))
	for range n {
		if _, err := conn.Write(e.request); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, got); err != nil {
			return err
		}
		if !bytes.HasPrefix(got, status) || !bytes.HasSuffix(got, e.answer[len(e.answer)-4:]) {
			return fmt.Errorf("answered %.40q, and before %q", got, status)
		}
	}
	return nil
}
