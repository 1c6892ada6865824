package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"jieming/registry"
)

// problemIn decodes a problem, strictly.
func problemIn(t testing.TB, w *httptest.ResponseRecorder) *Problem {
	t.Helper()
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("status %d with content type %q, want a problem: %s", w.Code, ct, w.Body)
	}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	var p Problem
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if p.Status != w.Code || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("problem %+v in an answer of status %d", p, w.Code)
	}
	return &p
}

func TestProblem_kinds(t *testing.T) {
	secret := errors.New("password in the cause")
	for _, test := range []struct {
		err    error
		status int
		kind   string
	}{
		{registry.Invalid("x", "is wrong"), 400, "invalid"},
		{registry.NotFound("unit", 7), 404, "not-found"},
		{&registry.Error{Kind: registry.KindForbidden, Message: "m", Err: secret}, 403, "forbidden"},
		{&registry.Error{Kind: registry.KindConflict, Message: "m", Err: secret}, 409, "conflict"},
		{&registry.Error{Kind: registry.KindTooLarge, Message: "m", Err: secret}, 413, "too-large"},
		{&registry.Error{Kind: registry.KindUnavailable, Message: "m", Err: secret}, 503, "unavailable"},
		{&registry.Error{Kind: registry.KindInternal, Message: "password"}, 500, "internal"},
		{&registry.Error{Kind: "made-up", Message: "m"}, 500, "internal"},
		{fmt.Errorf("doing: %w", registry.NotFound("unit", 7)), 404, "not-found"},
		{secret, 500, "internal"},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), 503, "unavailable"},
	} {
		f := newFake()
		f.err = test.err
		w := ask(t, New(f, testOptions()), "GET", "/api/publication")
		if registry.KindOf(test.err) == registry.KindNotFound {
			test.kind = "nothing-published" // that is what a publication not found means
		}
		p := problemIn(t, w)
		if w.Code != test.status || p.Type != "/problems/"+test.kind {
			t.Errorf("%v: %d %s, want %d %s", test.err, w.Code, p.Type, test.status, test.kind)
		}
		if strings.Contains(w.Body.String(), "password") {
			t.Errorf("%v: the cause is shown: %s", test.err, w.Body)
		}
		if retry := w.Header().Get("Retry-After"); (retry != "") != (test.status == 503) {
			t.Errorf("%v: Retry-After %q", test.err, retry)
		}
		if w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v: a problem must not be kept: %v", test.err, w.Header())
		}
		if listed := ask(t, New(newFake(), testOptions()), "GET", p.Type); listed.Code != 200 {
			t.Errorf("%s is not explained: %d", p.Type, listed.Code)
		}
	}
}

func TestProblem_logsFaultsOnly(t *testing.T) {
	for err, logged := range map[error]bool{registry.NotFound("unit", 7): false, errors.New("broken pipe fitting"): true} {
		var log bytes.Buffer
		f, options := newFake(), testOptions()
		f.err, options.Log = err, slog.New(slog.NewTextHandler(&log, nil))
		ask(t, New(f, options), "GET", "/api/publication")
		if strings.Contains(log.String(), "broken pipe fitting") != logged || (log.Len() > 0) != logged {
			t.Errorf("%v: log %q", err, log.String())
		}
	}
}

func TestProblem_ofHTTP(t *testing.T) {
	h := New(newFake(), testOptions())
	for _, test := range []struct {
		method, target string
		status         int
		kind           string
	}{
		{"GET", "/api/nothing", 404, "not-found"},
		{"GET", "/ogc/collections/moons", 404, "not-found"},
		{"GET", "/api/units/4/history/x", 404, "not-found"},
		{"GET", "/problems/moon", 404, "not-found"},
		{"POST", "/api/where", 405, "method-not-allowed"},
		{"DELETE", "/ogc/collections/divisions/items/4", 405, "method-not-allowed"},
		{"GET", "/api/where?lon=" + strings.Repeat("1", 9000), 414, "url-too-long"},
		{"GET", "/api/units/99", 404, "not-found"},
		{"GET", "/api/units/99/history", 404, "not-found"},
		{"GET", "/api/units/4?datetime=1950-01-01", 404, "not-found"},
		{"GET", "/api/events/99", 404, "not-found"},
		{"GET", "/ogc/collections/places/items/9999", 404, "not-found"},
		{"GET", "/ogc/collections/boundary-lines/items/9", 404, "not-found"},
		{"GET", "/ogc/collections/unrefined-areas/items/county-1-2-3", 404, "not-found"},
		{"GET", "/api/publication?recorded-as-of=2001-01-01T00:00:00Z", 404, "nothing-published"},
	} {
		w := ask(t, h, test.method, test.target)
		if p := problemIn(t, w); w.Code != test.status || p.Type != "/problems/"+test.kind {
			t.Errorf("%s %.60s: %d %s, want %d %s", test.method, test.target, w.Code, p.Type, test.status, test.kind)
		}
		if w.Code == http.StatusMethodNotAllowed && w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("Allow %q", w.Header().Get("Allow"))
		}
	}
}

// A day before the record is no fault of the reader, and no gap in the data.
func TestBeforeTheRecord(t *testing.T) {
	h := New(newFake(), testOptions())
	for _, target := range []string{
		"/ogc/collections/divisions/items?datetime=1981-12-30", "/ogc/collections/places/items?datetime=1950-01-01",
		"/ogc/collections/boundary-lines/items?datetime=0001-01-01", "/ogc/collections/unrefined-areas/items?datetime=1950-01-01",
		"/api/where?lon=125&lat=44&datetime=1950-01-01", "/api/units?code=220381&datetime=1950-01-01",
		"/api/translate?code=220381&from=1950-01-01&to=2020-01-01", "/api/translate?code=220381&from=2020-01-01&to=1950-01-01&direction=backward",
	} {
		w := ask(t, h, "GET", target)
		var body struct {
			Statement                                     string
			Features, Places, Units, Targets, Collections []any
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %v", target, w.Code, err)
		}
		if !strings.HasPrefix(body.Statement, "No record before 1981-12-31") || len(body.Features)+len(body.Places)+len(body.Units)+len(body.Targets) > 0 {
			t.Errorf("%s: %s", target, w.Body)
		}
	}
}
