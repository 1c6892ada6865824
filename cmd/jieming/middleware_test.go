package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jieming/registry/postgres"
)

// chained answers a few routes through the whole chain of middleware, and logs
// to the buffer.
func chained(t *testing.T) (*httptest.Server, *bytes.Buffer) {
	t.Helper()
	store, err := postgres.Open(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	var log bytes.Buffer
	a := &app{store: store, log: slog.New(slog.NewJSONHandler(&log, nil)), metrics: newMetrics(store.Pool()), timeout: 50 * time.Millisecond}
	r := a.router()
	r.Get("/panic/{id}", func(http.ResponseWriter, *http.Request) { panic("at the disco") })
	r.Get("/slow", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		problem(w, http.StatusGatewayTimeout, context.Cause(r.Context()).Error())
	})
	r.Get("/large", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/geo+json")
		io.WriteString(w, strings.Repeat("[125.3,43.9]", 1000))
	})
	r.Post("/write", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s, &log
}

func do(t *testing.T, method, url string, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestMiddleware_statuses(t *testing.T) {
	s, _ := chained(t)
	for _, test := range []struct {
		name, method, path string
		header             http.Header
		want               int
	}{
		{"health", "GET", "/healthz", nil, 200},
		{"health without a body", "HEAD", "/healthz", nil, 200},
		{"no database", "GET", "/readyz", nil, 503},
		{"panic", "GET", "/panic/7", nil, 500},
		{"too slow", "GET", "/slow", nil, 504},
		{"own page writes", "POST", "/write", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 204},
		{"no browser writes", "POST", "/write", nil, 204},
		{"another site's page writes", "POST", "/write", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := do(t, test.method, s.URL+test.path, test.header)
			if answer.StatusCode != test.want {
				t.Fatalf("status %d, want %d", answer.StatusCode, test.want)
			}
			for _, name := range []string{"X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options"} {
				if answer.Header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
			if test.want < 400 {
				return
			}
			var detail struct{ Status int }
			if err := json.NewDecoder(answer.Body).Decode(&detail); err != nil || detail.Status != test.want {
				t.Errorf("problem %+v, %v", detail, err)
			}
		})
	}
}

func TestMiddleware_logs_no_secrets(t *testing.T) {
	s, log := chained(t)
	do(t, "GET", s.URL+"/panic/7?token=hidden1", http.Header{"Authorization": {"Bearer hidden2"}, "Cookie": {"session=hidden3"}})
	s.Close() // waits for the request, and so for the log
	if strings.Contains(log.String(), "hidden") {
		t.Errorf("a secret is in the log: %s", log)
	}
	if !strings.Contains(log.String(), `"route":"/panic/{id}"`) || !strings.Contains(log.String(), "at the disco") {
		t.Errorf("the log lacks the route or the cause: %s", log)
	}
}

func TestMiddleware_keeps_only_plain_request_ids(t *testing.T) {
	s, _ := chained(t)
	for id, keep := range map[string]bool{"proxy-1.a_B": true, "": false, "two words": false, strings.Repeat("x", 65): false} {
		got := do(t, "GET", s.URL+"/healthz", http.Header{"X-Request-Id": {id}}).Header.Get("X-Request-Id")
		if (got == id) != keep || got == "" {
			t.Errorf("id %q became %q", id, got)
		}
	}
}

func TestMiddleware_compresses(t *testing.T) {
	s, _ := chained(t)
	answer := do(t, "GET", s.URL+"/large", http.Header{"Accept-Encoding": {"gzip"}})
	unpacked, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || len(text) != 12000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestMetrics_count_by_route_pattern(t *testing.T) {
	s, _ := chained(t)
	for _, path := range []string{"/panic/1", "/panic/2", "/nowhere/1", "/nowhere/2"} {
		do(t, "GET", s.URL+path, nil)
	}
	text, err := io.ReadAll(do(t, "GET", s.URL+"/metrics", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`jieming_http_request_duration_seconds_count{method="GET",route="/panic/{id}",status="500"} 2`,
		`jieming_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 2`,
		"jieming_database_connections_max",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no line %s", want)
		}
	}
}
