package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jieming/tiles"
)

// painted is a view of which each tile says what text makes of its address.
type painted struct {
	seq     int64
	text    func(z, x, y int) string
	encoded *atomic.Int64
	hold    chan struct{} // encoding waits for it, if there is one
}

func (p *painted) Bounds() ([4]float64, bool) {
	return [4]float64{}, false
}

func (p *painted) MaxZoom() int       { return 0 }
func (p *painted) Epoch() tiles.Epoch { return tiles.Epoch{Seq: p.seq} }

func (p *painted) Draw(z, x, y int) Drawing { return &sketch{p, p.text(z, x, y)} }

type sketch struct {
	*painted
	says string
}

func (s *sketch) Digest() (d [16]byte) { copy(d[:], s.says); return d }
func (s *sketch) Discard()             {}
func (s *sketch) Encode(dst []byte) []byte {
	s.encoded.Add(1)
	if s.hold != nil {
		<-s.hold
	}
	return append(dst, strings.Repeat(s.says+" ", 100)...)
}

// instants answers with one view after another.
type instants struct {
	view atomic.Pointer[painted]
}

func (i *instants) View(_ context.Context, datetime, _ string) (View, error) {
	v := i.view.Load()
	if v == nil {
		return nil, ErrNotReady
	}
	if datetime == "bad" {
		return nil, fmt.Errorf("no such day: %w", tiles.ErrParameter)
	}
	return v, nil
}

// served is a server over a painted view.
type served struct {
	*Server
	instants *instants
	encoded  atomic.Int64
}

func serve(t testing.TB, o Options) *served {
	t.Helper()
	s := &served{instants: &instants{}}
	o.Instants = s.instants
	o.Fail = func(w http.ResponseWriter, _ *http.Request, err error) {
		switch {
		case errors.Is(err, tiles.ErrAddress):
			w.WriteHeader(http.StatusNotFound)
		case errors.Is(err, tiles.ErrParameter):
			w.WriteHeader(http.StatusBadRequest)
		case errors.Is(err, ErrMethod):
			w.WriteHeader(http.StatusMethodNotAllowed)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	s.Server = New(o)
	return s
}

func (s *served) show(seq int64, text func(z, x, y int) string) *painted {
	p := &painted{seq: seq, text: text, encoded: &s.encoded}
	s.instants.view.Store(p)
	return p
}

func (s *served) get(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func everywhere(text string) func(z, x, y int) string {
	return func(z, x, y int) string { return fmt.Sprint(text, z, x, y) }
}

func TestServer_addresses(t *testing.T) {
	s := serve(t, Options{})
	s.show(1, func(z, x, y int) string {
		if z == 2 {
			return ""
		}
		return "a"
	})
	for path, want := range map[string]int{
		"/tiles/current/0/0/0.mvt": 200, "/tiles/current/14/16383/16383.mvt": 200, "/tiles/current/2/0/0.mvt": 204,
		"/tiles/current/15/0/0.mvt": 404, "/tiles/current/3/8/0.mvt": 404, "/tiles/current/3/0/8.mvt": 404, "/tiles/current/03/0/0.mvt": 404,
		"/tiles/current/-1/0/0.mvt": 404, "/tiles/current/+1/0/0.mvt": 404, "/tiles/current/1/0.mvt": 404, "/tiles/current/1/0/0/0.mvt": 404,
		"/tiles/current/1/0/.mvt": 404, "/tiles/current/1e0/0/0.mvt": 404, "/tiles/current/3/99999999999999999999/0.mvt": 404, "/tiles/current/３/0/0.mvt": 404,
		"/tiles/current/1/0/0.mvt?datetime=2020-01-01": 200, "/tiles/current/1/0/0.mvt?datetime=bad": 400,
		"/tiles/current/1/0/0.mvt?case=1": 400, "/tiles/current/1/0/0.mvt?datetime=a&datetime=b": 400, "/tiles/current/1/0/0.mvt?%zz": 400,
		"/tiles/current/1/0/0.mvt?datetime+recorded-as-of=1": 400,
	} {
		if got := s.get(path).Code; got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/tiles/current/1/0/0.mvt", nil)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST answers %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func FuzzAddress(f *testing.F) {
	for _, path := range []string{"/tiles/current/0/0/0.mvt", "/tiles/current/14/16383/0.mvt", "/tiles/current//.mvt", Path} {
		f.Add(path, "datetime=2020-01-01&recorded-as-of=x")
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		if z, x, y, err := parsePath(path); err == nil && path != fmt.Sprintf("%s%d/%d/%d.mvt", Path, z, x, y) {
			t.Errorf("%q is read as %d/%d/%d: a tile has one address", path, z, x, y)
		} else if err != nil && !errors.Is(err, tiles.ErrAddress) {
			t.Error(err)
		}
		if _, err := parseQuery(query); err != nil && !errors.Is(err, tiles.ErrParameter) {
			t.Error(err)
		}
	})
}

func TestServer_conditions_and_encodings(t *testing.T) {
	s := serve(t, Options{})
	s.show(7, everywhere("a"))
	plain := s.get("/tiles/current/1/0/0.mvt")
	packed := s.get("/tiles/current/1/0/0.mvt", "Accept-Encoding", "gzip")
	if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Error("encodings are wrong")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := io.ReadAll(z); !bytes.Equal(data, plain.Body.Bytes()) {
		t.Error("the encodings differ in content")
	}
	tag, other := plain.Header().Get("ETag"), packed.Header().Get("ETag")
	if tag == other || tag == "" {
		t.Errorf("different bytes have the tags %s and %s", tag, other)
	}
	if got := plain.Header().Get("Tileset-Seq"); got != "7" {
		t.Errorf("Tileset-Seq is %q", got)
	}
	for condition, want := range map[string]int{
		tag: 304, other: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200, strings.Trim(tag, `"`): 200,
	} {
		headers := []string{"If-None-Match", condition}
		if condition == "" {
			headers = nil
		}
		if got := s.get("/tiles/current/1/0/0.mvt", headers...); got.Code != want || got.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("If-None-Match %s: %d, want %d", condition, got.Code, want)
		}
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"gzip": true, "gzip, deflate, br": true, "br, gzip": true, "GZIP": true, "x-gzip": true, "*": true, "*;q=0.1": true,
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, *": false, "*;q=0": false, "gzip;q=0.5": true, "gzip;q=x": false,
	} {
		if got := acceptsGzip([]string{header}); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
	if acceptsGzip(nil) {
		t.Error("no header asks for gzip")
	}
}

// An edit elsewhere leaves bytes and tag as they are and makes nothing.
func TestServer_keeps_what_did_not_change(t *testing.T) {
	s := serve(t, Options{})
	s.show(1, everywhere("a"))
	same, changed := "/tiles/current/1/0/0.mvt", "/tiles/current/1/1/1.mvt"
	first, second := s.get(same), s.get(changed)
	s.get(same)
	if n := s.encoded.Load(); n != 2 {
		t.Fatalf("%d tiles were made of two", n)
	}
	s.show(2, func(z, x, y int) string {
		if x == 1 {
			return "b"
		}
		return everywhere("a")(z, x, y)
	})
	again, after := s.get(same), s.get(changed)
	if n := s.encoded.Load(); n != 3 {
		t.Errorf("%d tiles were made after an edit of one", n-2)
	}
	if again.Header().Get("ETag") != first.Header().Get("ETag") || after.Header().Get("ETag") == second.Header().Get("ETag") {
		t.Error("tags do not follow the content")
	}
	if again.Header().Get("Tileset-Seq") != "2" {
		t.Error("the tile that is the same does not say the new entry")
	}
}

func TestServer_makes_a_tile_once(t *testing.T) {
	s := serve(t, Options{Builders: 2})
	p := s.show(1, everywhere("a"))
	p.hold = make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := s.get("/tiles/current/1/0/0.mvt"); got.Code != 200 {
				t.Errorf("answers %d", got.Code)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(p.hold)
	all.Wait()
	if n := s.encoded.Load(); n != 1 {
		t.Errorf("one tile was made %d times", n)
	}
}

// A flood of cold tiles is sent away when too many wait; what is cached is
// answered meanwhile.
func TestServer_survives_a_flood(t *testing.T) {
	s := serve(t, Options{Builders: 1, Waiting: 8})
	s.show(1, everywhere("a"))
	s.get("/tiles/current/0/0/0.mvt")
	p := s.instants.view.Load()
	p.hold = make(chan struct{})
	var all sync.WaitGroup
	var refused atomic.Int64
	for i := range 100 {
		all.Go(func() {
			if s.get(fmt.Sprintf("/tiles/current/12/%d/0.mvt", i)).Code == http.StatusServiceUnavailable {
				refused.Add(1)
			}
		})
	}
	for refused.Load() < 92 {
		time.Sleep(time.Millisecond)
	}
	if got := s.get("/tiles/current/0/0/0.mvt").Code; got != 200 {
		t.Errorf("a cached tile answers %d during the flood", got)
	}
	close(p.hold)
	all.Wait()
	if got := s.Stats(); got.Refused != 92 || got.Waiting != 0 {
		t.Errorf("after the flood: %+v", got)
	}
}

func TestServer_is_bounded_in_bytes(t *testing.T) {
	s := serve(t, Options{CacheBytes: 64 << 10})
	s.show(1, everywhere("a"))
	for i := range 2000 {
		s.get(fmt.Sprintf("/tiles/current/12/%d/0.mvt", i))
	}
	s.cache.entries.CleanUp()
	if got := s.Stats().Bytes; got > 64<<10 {
		t.Errorf("the cache holds %d bytes", got)
	}
}

func TestServer_compresses_better_in_the_background(t *testing.T) {
	s := serve(t, Options{})
	s.show(1, everywhere("a"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	before := s.get("/tiles/current/1/0/0.mvt", "Accept-Encoding", "gzip")
	go func() { defer close(done); s.Run(ctx) }()
	for s.get("/tiles/current/1/0/0.mvt", "Accept-Encoding", "gzip").Header().Get("ETag") == before.Header().Get("ETag") {
		time.Sleep(time.Millisecond)
	}
	if got := s.get("/tiles/current/1/0/0.mvt", "Accept-Encoding", "gzip", "If-None-Match", before.Header().Get("ETag")); got.Code != 304 {
		t.Errorf("who has the larger encoding gets %d", got.Code)
	}
	cancel()
	<-done
}

// written is a fallback.
type written string

func (w written) Tile(context.Context, int, int, int, string, string) ([]byte, error) {
	return []byte(w), nil
}

func TestServer_falls_back_until_ready(t *testing.T) {
	s := serve(t, Options{Fallback: written("of the database")})
	got := s.get("/tiles/current/1/0/0.mvt")
	if got.Body.String() != "of the database" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %s", got.Code, got.Body, got.Header())
	}
	s.show(1, everywhere("a"))
	if got := s.get("/tiles/current/1/0/0.mvt"); !strings.HasPrefix(got.Body.String(), "a1 0 0") {
		t.Errorf("%q", got.Body)
	}
}

// BenchmarkWarm compares a warm tile with bare net/http that sends the same
// bytes and headers.
func BenchmarkWarm(b *testing.B) {
	s := serve(b, Options{})
	s.show(1, everywhere("a"))
	first := s.get("/tiles/current/1/0/0.mvt", "Accept-Encoding", "gzip")
	body, headers := first.Body.Bytes(), first.Header()
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for k, v := range headers {
			h[k] = v
		}
		_, _ = w.Write(body)
	})
	for name, handler := range map[string]http.Handler{"tile": s, "bare": bare} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(handler)
			defer server.Close()
			client := server.Client()
			client.Transport.(*http.Transport).DisableCompression = true
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequest(http.MethodGet, server.URL+"/tiles/current/1/0/0.mvt", nil)
				r.Header.Set("Accept-Encoding", "gzip")
				answer, err := client.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
		})
	}
}
