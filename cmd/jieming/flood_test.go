package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jieming/registry"
	"jieming/tiles/server"
)

// A flood of tiles of the deepest zooms, each of another place and another day,
// none of which was ever drawn: whoever looks at the map meanwhile is answered
// about as soon as without it.
func TestTileset_flood(t *testing.T) {
	s := opened(t, sampled(t))
	s.warmed()
	s.interactive(150)
	quiet := s.interactive(150)
	stop, asked := s.flood(48)
	time.Sleep(200 * time.Millisecond)
	best := s.interactive(150)
	for range 4 {
		if fine(quiet, best) {
			break
		}
		best = min(best, s.interactive(150)) // the machine may have been busy
	}
	stop()
	t.Logf("interactive requests, 99th of a hundred: %v in quiet, %v in a flood of %d tiles", quiet, best, asked.Load())
	if !fine(quiet, best) {
		t.Errorf("interactive requests take %v in a flood, %v in quiet", best, quiet)
	}
}

// Who is sent away is told when to come back, and is counted.
func TestTileset_refuses(t *testing.T) {
	s := opened(t, sampled(t))
	w := httptest.NewRecorder()
	s.tiles.fail(w, httptest.NewRequest(http.MethodGet, changchun, nil), fmt.Errorf("too late: %w", server.ErrBusy))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if _, body := s.want(http.StatusOK, "/metrics"); !strings.Contains(string(body), "\njieming_tiles_refused_total 0\n") {
		t.Error("the refused are not counted")
	}
}

// fine is the bound: what people feel as at once, or a small multiple of quiet.
func fine(quiet, flooded time.Duration) bool { return flooded < max(8*quiet, 150*time.Millisecond) }

// interactive asks what a reader of the map asks for, and returns the 99th of a
// hundred times.
func (s *site) interactive(n int) time.Duration {
	times := make([]time.Duration, 0, n)
	for i := range n {
		path := []string{changchun, "/tiles/current/6/54/23.mvt", "/tiles/current.json", "/api/where?lon=125.32&lat=43.88", "/units?datetime=2019-06-01",
			fmt.Sprintf("/tiles/current/9/%d/%d.mvt", 430+i%12, 184+i/12%8)}[i%6]
		begun := time.Now()
		if answer, _ := s.get(path); answer.StatusCode >= 400 {
			s.Errorf("%s answers %d", path, answer.StatusCode)
		}
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	return times[n*99/100]
}

// flood asks for tiles that nobody has seen, on as many connections as given,
// until it is stopped.
func (s *site) flood(connections int) (stop func(), asked *atomic.Int64) {
	ctx, cancel := context.WithCancel(s.Context())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	asked = &atomic.Int64{}
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(c), 1))
			for ctx.Err() == nil {
				day := registry.Date(1982, 1, 1) + registry.Day(random.IntN(43*365))
				path := fmt.Sprintf("/tiles/current/14/%d/%d.mvt?datetime=%v", 13740+random.IntN(300), 5850+random.IntN(300), day)
				r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
				answer, err := client.Do(r)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != 200 && answer.StatusCode != 204 && answer.StatusCode != 503 {
					s.Errorf("%s answers %d", path, answer.StatusCode)
				}
				asked.Add(1)
			}
		})
	}
	return func() { cancel(); all.Wait(); client.CloseIdleConnections() }, asked
}
