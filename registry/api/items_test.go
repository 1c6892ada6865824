package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jieming/registry"
)

// collection is what the tests read of a page.
type collection struct {
	Features []struct {
		ID       string
		Geometry json.RawMessage
	}
	NumberReturned int
	Instant        Instant
	Links          []Link
}

func pageAt(t testing.TB, h http.Handler, target string) collection {
	t.Helper()
	w := ask(t, h, "GET", target)
	var page collection
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/geo+json" {
		t.Fatalf("%s: %d %v: %.300s", target, w.Code, err, w.Body)
	}
	if page.NumberReturned != len(page.Features) {
		t.Errorf("%s: numberReturned %d of %d features", target, page.NumberReturned, len(page.Features))
	}
	return page
}

func (p collection) link(rel string) string {
	for _, l := range p.Links {
		if l.Rel == rel {
			return strings.TrimPrefix(l.Href, "https://jieming.example")
		}
	}
	return ""
}

// walk follows next links and returns the identifiers of all features.
func walk(t testing.TB, h http.Handler, target string, between func(page int)) (ids []string) {
	t.Helper()
	for n := 1; target != ""; n++ {
		page := pageAt(t, h, target)
		for _, f := range page.Features {
			ids = append(ids, f.ID)
		}
		target = page.link("next")
		if between != nil {
			between(n)
		}
	}
	return ids
}

func TestPages_coverTheCollectionOnce(t *testing.T) {
	h := New(newFake(), testOptions())
	for _, limit := range []int{1, 7, 125, 249, 250, 251, 5000} {
		ids := walk(t, h, fmt.Sprintf("/ogc/collections/places/items?limit=%d", limit), nil)
		if len(ids) != 250 {
			t.Errorf("limit %d: %d features", limit, len(ids))
		}
		for i, id := range ids {
			if id != fmt.Sprint(i+1) {
				t.Fatalf("limit %d: feature %d is %s", limit, i, id)
			}
		}
	}
}

// Pages after the first show the instant of the first, whatever is published
// meanwhile and whichever day has begun.
func TestPages_arePinned(t *testing.T) {
	f, options, clock := newFake(), testOptions(), now()
	options.Now = func() time.Time { return clock }
	seen := map[registry.Instant]int{}
	walk(t, New(f, options), "/ogc/collections/places/items?limit=50", func(page int) {
		seen[f.last]++
		clock = clock.AddDate(0, 0, 1)
		f.publications = append(f.publications, registry.Publication{
			ID: int64(2 + page), AsOf: registry.Seq(20 + page), ReleasedAt: clock.Add(-time.Minute)})
	})
	want := registry.Instant{Valid: registry.DayOf(now()), Recorded: 20}
	if len(seen) != 1 || seen[want] != 5 {
		t.Errorf("instants of the pages: %v; want 5 of %v", seen, want)
	}
}

func TestPages_refuseForgery(t *testing.T) {
	h := New(newFake(), testOptions())
	target := pageAt(t, h, "/ogc/collections/places/items?limit=3&bbox=124,43,126,45").link("next")
	query, token, _ := strings.Cut(target, "next=")
	parsed, err := parseToken(token)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(change func(*pageToken)) string {
		forged := parsed
		change(&forged)
		return query + "next=" + forged.String()
	}
	for name, target := range map[string]string{
		"other box":              strings.Replace(target, "126", "127", 1),
		"other collection":       strings.Replace(target, "places", "divisions", 1),
		"other publication":      forge(func(p *pageToken) { p.publication = 1 }),
		"future publication":     forge(func(p *pageToken) { p.publication, p.released = 3, released.AddDate(0, 0, 1) }),
		"time without a release": forge(func(p *pageToken) { p.released = released.Add(1000) }),
	} {
		w := ask(t, h, "GET", target)
		if p := problemIn(t, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Parameter != "next" {
			t.Errorf("%s: %d %+v", name, w.Code, p)
		}
	}
	earlier := forge(func(p *pageToken) { p.publication, p.released = 1, released.AddDate(-1, 0, 0) })
	if page := pageAt(t, h, earlier); page.Instant.Recorded != 10 {
		t.Errorf("a publication of the past shows entry %d, want 10", page.Instant.Recorded)
	}
	if other := strings.Replace(target, "limit=3", "limit=4", 1); pageAt(t, h, other).NumberReturned != 4 {
		t.Errorf("a page may have another size")
	}
}

func TestItems_filters(t *testing.T) {
	h := New(newFake(), testOptions())
	for target, want := range map[string]string{
		"divisions/items?level=county":                         "4",
		"divisions/items?level=prefecture":                     "2 3",
		"divisions/items?code=220184":                          "4",
		"divisions/items?code=220381":                          "",
		"divisions/items?code=220381&datetime=2019-12-31":      "4",
		"boundary-lines/items":                                 "1",
		"boundary-lines/items?unit=9":                          "",
		"unrefined-areas/items":                                "county-3-4-6",
		"unrefined-areas/items?level=township":                 "",
		"unrefined-areas/items?bbox=125.5,43.5,130,45":         "county-3-4-6",
		"unrefined-areas/items?bbox=127,43,130,45":             "",
		"unrefined-areas/items?bbox=125.2,43.2,125.3,43.3":     "county-3-4-6",
		"divisions/items?level=county&datetime=2030-01-01":     "4",
		"divisions/items?level=county&datetime=../2019-12-31":  "4",
		"unrefined-areas/items?bbox=125.5,43.5,130,45&limit=1": "county-3-4-6",
	} {
		var ids []string
		for _, f := range pageAt(t, h, "/ogc/collections/"+target).Features {
			ids = append(ids, f.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestUnrefined_pages(t *testing.T) {
	f := newFake()
	for id := range registry.UnitID(5) {
		u := f.unrefined[0]
		u.Holder.ID = 10 + id
		f.unrefined = append(f.unrefined, u)
	}
	ids := walk(t, New(f, testOptions()), "/ogc/collections/unrefined-areas/items?limit=2&bbox=120,40,130,50", nil)
	if got := strings.Join(ids, " "); got != "county-3-4-6 county-10-4-6 county-11-4-6 county-12-4-6 county-13-4-6 county-14-4-6" {
		t.Errorf("areas %s", got)
	}
}

// sender streams squares until told to break.
type sender struct {
	*fake
	square []byte
	sent   func(n int)
	n      int
	err    error
}

func (s *sender) Units(ctx context.Context, _ registry.UnitQuery, yield func(*registry.Unit) error) error {
	for i := range s.n {
		u := s.units[1]
		u.ID, u.WKB = registry.UnitID(i+1), s.square
		if err := yield(&u); err != nil {
			return err
		}
		if s.sent != nil {
			s.sent(i + 1)
		}
	}
	return s.err
}

// A broken answer must not look like a whole one.
func TestStream_abortIsVisible(t *testing.T) {
	for _, n := range []int{3, 900} {
		source := &sender{fake: newFake(), square: square(124, 43, 1), n: n, err: fmt.Errorf("the database went away")}
		server := httptest.NewServer(New(source, testOptions()))
		response, err := http.Get(server.URL + "/ogc/collections/divisions/items?limit=1000")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		server.Close()
		if n == 3 { // nothing was sent yet
			if response.StatusCode != 500 || !strings.Contains(string(body), "/problems/internal") || strings.Contains(string(body), "went away") {
				t.Errorf("%d features: status %d: %s", n, response.StatusCode, body)
			}
			continue
		}
		if err == nil || len(body) == 0 || json.Valid(body) {
			t.Errorf("%d features: %d bytes read without an error", n, len(body))
		}
	}
}

// The writer sends while it reads, and holds no more than a feature and its
// buffer.
func TestStream_sendsAsItReads(t *testing.T) {
	w := httptest.NewRecorder()
	source := &sender{fake: newFake(), square: square(124, 43, 1), n: 500}
	most := 0
	source.sent = func(n int) { // a feature has more than 500 bytes
		most = max(most, n*500-w.Body.Len())
	}
	New(source, testOptions()).ServeHTTP(w, httptest.NewRequest("GET", "/ogc/collections/divisions/items?limit=1000", nil))
	if !json.Valid(w.Body.Bytes()) || w.Body.Len() < 500*500 || most > 70<<10 {
		t.Errorf("%d bytes, valid %v; %d bytes were held back", w.Body.Len(), json.Valid(w.Body.Bytes()), most)
	}
}

func TestStream_badGeometryIsAFault(t *testing.T) {
	f := newFake()
	f.units[0].WKB = []byte{1, 6, 0}
	if w := ask(t, New(f, testOptions()), "GET", "/ogc/collections/divisions/items"); w.Code != 500 {
		t.Errorf("status %d, want 500", w.Code)
	}
	if w := ask(t, New(f, testOptions()), "GET", "/ogc/collections/divisions/items/1"); w.Code != 500 {
		t.Errorf("status %d, want 500", w.Code)
	}
}

func TestListedUnit_hasNullGeometry(t *testing.T) {
	h := New(newFake(), testOptions())
	page := pageAt(t, h, "/ogc/collections/divisions/items?level=township")
	if len(page.Features) != 1 || string(page.Features[0].Geometry) != "null" {
		t.Errorf("page %+v", page)
	}
	if w := ask(t, h, "GET", "/ogc/collections/divisions/items/5"); !strings.Contains(w.Body.String(), `"geometry":null`) {
		t.Errorf("document %s", w.Body)
	}
}
