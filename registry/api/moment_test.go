package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
)

func TestRecordedAsOf_isAPublication(t *testing.T) {
	f := newFake()
	h := New(f, testOptions())
	for target, want := range map[string]registry.Instant{
		"":                                     {Valid: registry.Date(2026, 7, 30), Recorded: 20},
		"?recorded-as-of=2026-06-30T12:00:00Z": {Valid: registry.Date(2026, 7, 30), Recorded: 20},
		"?recorded-as-of=2026-06-30T11:59:59Z": {Valid: registry.Date(2026, 7, 30), Recorded: 10},
		"?recorded-as-of=2025-07-01T00:00:00%2B08:00&datetime=2020-01-01": {Valid: registry.Date(2020, 1, 1), Recorded: 10},
		"?datetime=2019-12-31T16:00:00Z":                                  {Valid: registry.Date(2020, 1, 1), Recorded: 20},
	} {
		w := ask(t, h, "GET", "/ogc/collections/divisions/items"+target)
		if w.Code != 200 || f.last != want {
			t.Errorf("%s: %d, read at %v, want %v", target, w.Code, f.last, want)
		}
		if day := w.Header().Get("Jieming-Datetime"); day != want.Valid.String() {
			t.Errorf("%s: Jieming-Datetime %q", target, day)
		}
	}
}

func TestResolveInstant(t *testing.T) {
	at, err := ResolveInstant(context.Background(), newFake(), now(), "2020-06-30", "2026-01-01T00:00:00Z")
	if want := (registry.Instant{Valid: registry.Date(2020, 6, 30), Recorded: 10}); err != nil || at != want {
		t.Errorf("%v, %v; want %v", at, err, want)
	}
	for _, texts := range [][2]string{{"x", ""}, {"", "x"}} {
		if _, err := ResolveInstant(context.Background(), newFake(), now(), texts[0], texts[1]); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%q: %v", texts, err)
		}
	}
	if _, err := ResolveInstant(context.Background(), newFake(), now(), "", "2001-01-01T00:00:00Z"); problemOf(err).Type != "/problems/nothing-published" {
		t.Errorf("before the first publication: %v", err)
	}
}

func TestNothingPublished(t *testing.T) {
	f := newFake()
	f.publications = nil
	h := New(f, testOptions())
	for _, target := range []string{"/ogc/collections", "/ogc/collections/divisions/items", "/api/where?lon=125&lat=44", "/api/reports", "/api/units/4/history"} {
		w := ask(t, h, "GET", target)
		if p := problemIn(t, w); w.Code != 404 || p.Type != "/problems/nothing-published" {
			t.Errorf("%s: %d %+v", target, w.Code, p)
		}
	}
	for _, target := range []string{"/ogc", "/ogc/conformance", "/api/openapi.json", "/problems"} {
		if w := ask(t, h, "GET", target); w.Code != 200 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestETag(t *testing.T) {
	f := newFake()
	h := New(f, testOptions())
	const target = "/ogc/collections/divisions/items?level=county&datetime=2020-01-01"
	first := ask(t, h, "GET", target)
	tag := first.Header().Get("ETag")
	if second := ask(t, h, "GET", target); second.Header().Get("ETag") != tag || second.Body.String() != first.Body.String() {
		t.Error("equal questions get different answers")
	}
	for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		w := ask(t, h, "GET", target, "If-None-Match", header)
		if w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Type") != "" {
			t.Errorf("If-None-Match %s: %d %v %q", header, w.Code, w.Header(), w.Body)
		}
	}
	if w := ask(t, h, "GET", target, "If-None-Match", `"x"`); w.Code != 200 {
		t.Errorf("another ETag: %d", w.Code)
	}
	tags := []string{tag}
	for name, response := range map[string]*httptest.ResponseRecorder{
		"parameter": ask(t, h, "GET", target+"&limit=5"),
		"address":   ask(t, h, "GET", "/ogc/collections/places/items?datetime=2020-01-01"),
		"day":       ask(t, h, "GET", "/ogc/collections/divisions/items?level=county&datetime=2020-01-02"),
		"past":      ask(t, h, "GET", target+"&recorded-as-of=2026-01-01T00:00:00Z"),
		"program":   ask(t, New(f, Options{BaseURL: "https://jieming.example", Version: "next", Now: now}), "GET", target),
		"origin":    ask(t, New(f, Options{Version: "test", Now: now}), "GET", target),
	} {
		tag := response.Header().Get("ETag")
		if tag == "" || slices.Contains(tags, tag) {
			t.Errorf("another %s has the same ETag %q", name, tag)
		}
		tags = append(tags, tag)
	}
	f.publications = append(f.publications, registry.Publication{ID: 3, AsOf: 30, ReleasedAt: now()})
	if w := ask(t, h, "GET", target, "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("a new publication is answered with %d", w.Code)
	}
}

func TestCacheControl(t *testing.T) {
	h := New(newFake(), testOptions())
	for target, want := range map[string]string{
		"/api/units?code=22":                                                                           "public, max-age=60, must-revalidate",
		"/api/units?code=22&datetime=2020-01-01":                                                       "public, max-age=60, must-revalidate",
		"/api/units?code=22&recorded-as-of=2026-07-01T00:00:00Z":                                       "public, max-age=60, must-revalidate",
		"/api/units?code=22&datetime=2020-01-01&recorded-as-of=2026-07-01T00:00:00Z":                   "public, max-age=60, must-revalidate",
		"/api/units/4/history?recorded-as-of=2026-07-01T00:00:00Z":                                     "public, max-age=60, must-revalidate",
		"/api/translate?code=220381&from=2019-01-01&recorded-as-of=2026-07-01T00:00:00Z":               "public, max-age=60, must-revalidate",
		"/api/translate?code=220381&from=2019-01-01&to=2020-01-01&recorded-as-of=2026-07-01T00:00:00Z": "public, max-age=60, must-revalidate",
		"/ogc": "public, max-age=300",
	} {
		if got := ask(t, h, "GET", target).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestHead(t *testing.T) {
	f := newFake()
	h := New(f, testOptions())
	server := httptest.NewServer(h)
	defer server.Close()
	for _, target := range []string{"/ogc", "/ogc/collections/divisions/items", "/ogc/collections/divisions/items/4", "/api/where?lon=125&lat=44"} {
		response, err := http.Head(server.URL + target)
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("%s: %v %v", target, response, err)
		}
		response.Body.Close()
		get := ask(t, h, "GET", target, "Host", response.Request.Host)
		for _, name := range []string{"ETag", "Content-Type", "Content-Crs", "Cache-Control"} {
			if response.Header.Get(name) != get.Header().Get(name) {
				t.Errorf("%s: %s is %q for HEAD, %q for GET", target, name, response.Header.Get(name), get.Header().Get(name))
			}
		}
	}
	f.last = registry.Instant{}
	ask(t, h, "HEAD", "/ogc/collections/divisions/items")
	if f.last != (registry.Instant{}) {
		t.Error("HEAD reads the features")
	}
}

func TestOptionsAndOrigins(t *testing.T) {
	h := New(newFake(), testOptions())
	w := ask(t, h, "OPTIONS", "/api/where", "Origin", "https://elsewhere.example")
	if w.Code != 204 || w.Header().Get("Allow") != "GET, HEAD, OPTIONS" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := ask(t, h, "GET", "/api/nothing"); w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a problem cannot be read from another origin")
	}
}

// The handler answers by the whole path, wherever it is mounted, and tells a
// router above which route it took.
func TestMounting(t *testing.T) {
	h := New(newFake(), testOptions())
	var pattern string
	note := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			pattern = chi.RouteContext(r.Context()).RoutePattern()
		})
	}
	mounted, handled, standard := chi.NewRouter(), chi.NewRouter(), http.NewServeMux()
	mounted.Use(note)
	handled.Use(note)
	mounted.Mount("/ogc", h)
	mounted.Mount("/api", h)
	for _, prefix := range []string{"/ogc", "/ogc/*", "/api", "/api/*"} {
		handled.Handle(prefix, h)
	}
	standard.Handle("/ogc/", h)
	standard.Handle("/api/", h)
	for name, router := range map[string]http.Handler{"Mount": mounted, "Handle": handled, "ServeMux": standard} {
		for target, want := range map[string]string{
			"/ogc/": "/ogc", "/api/": "/api", "/ogc/collections/divisions/items/4": "/ogc/collections/divisions/items/{id}", "/api/units/4/history": "/api/units/{id}/history",
		} {
			for _, method := range []string{"GET", "HEAD"} {
				pattern = want
				if w := ask(t, router, method, target); w.Code != 200 || pattern != want {
					t.Errorf("%s %s %s: %d by %q, want %q", name, method, target, w.Code, pattern, want)
				}
			}
		}
	}
}

func TestLinks_withoutBaseURL(t *testing.T) {
	options := testOptions()
	options.BaseURL = ""
	w := ask(t, New(newFake(), options), "GET", "/ogc")
	if !strings.Contains(w.Body.String(), `"href":"http://example.com/ogc/collections"`) {
		t.Errorf("links %s", w.Body)
	}
}

// A client that left needs no answer, and is no fault of ours.
func TestClientGone(t *testing.T) {
	f := newFake()
	f.err = context.Canceled
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := httptest.NewRecorder()
	New(f, testOptions()).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/api/publication", nil))
	if w.Body.Len() != 0 {
		t.Errorf("answer %s", w.Body)
	}
}
