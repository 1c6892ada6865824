package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/registry"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/registry/sample"
)

const bothClocks = "?datetime=2019-06-01&recorded-as-of=2026-06-30T12:00:00Z"

// withDownloads is the API on a fake, with a shelf of its own.
func withDownloads(t testing.TB, f *fake, o export.ShelfOptions, m func(ctx context.Context, e export.Edition, path string, progress func(done, total int)) error) *server {
	t.Helper()
	options := testOptions()
	options.Downloads = &Downloads{Registry: f, Shelf: shelf(t, o), Map: m}
	return newServer(f, options)
}

func TestFile_headers(t *testing.T) {
	s := withDownloads(t, newFake(), export.ShelfOptions{}, fakeMap)
	for _, test := range []struct{ target, contentType, name, cache string }{
		{"/data/county.gpkg" + bothClocks, "application/geopackage+sqlite3", "jieming-county-2019-06-01.gpkg", "public, max-age=60, must-revalidate"},
		{"/data/county.geojson?datetime=2019-06-01", "application/geo+json", "jieming-county-2019-06-01.geojson", "public, max-age=60, must-revalidate"},
		{"/data/county.shp.zip", "application/zip", "jieming-county-2026-07-30.shp.zip", "public, max-age=60, must-revalidate"},
		{"/data/county.csv?datetime=2019-01-01/2019-06-01", "text/csv; charset=utf-8", "jieming-county-2019-06-01.csv", "public, max-age=60, must-revalidate"},
		{"/data/code.csv.zip?recorded-as-of=2026-06-30T12:00:00Z", "application/zip", "jieming-code-published-2026-06-30.csv.zip", "public, max-age=60, must-revalidate"},
		{"/data/lineage.csv", "text/csv; charset=utf-8", "jieming-lineage-published-2026-06-30.csv", "public, max-age=60, must-revalidate"},
		{"/data/map.pmtiles" + bothClocks, "application/vnd.pmtiles", "jieming-map-2019-06-01.pmtiles", "public, max-age=60, must-revalidate"},
	} {
		w := ask(t, s, "GET", test.target)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != test.contentType || h.Get("Content-Disposition") != `attachment; filename="`+test.name+`"` || h.Get("Cache-Control") != test.cache {
			t.Errorf("%s: %d %v", test.target, w.Code, h)
		}
		if h.Get("Content-Length") != strconv.Itoa(w.Body.Len()) || w.Body.Len() == 0 || h.Get("ETag") == "" || h.Get("Accept-Ranges") != "bytes" || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d bytes, %v", test.target, w.Body.Len(), h)
		}
		if dated := !strings.Contains(test.target, "code") && !strings.Contains(test.target, "lineage"); (h.Get("Jieming-Datetime") != "") != dated || h.Get("Jieming-Publication") != "2" {
			t.Errorf("%s: %v", test.target, h)
		}
	}
}

// Who has the file, wants only its headers or only a part of it, gets just that.
func TestFile_conditions(t *testing.T) {
	f := newFake()
	var made atomic.Int32
	s := withDownloads(t, f, export.ShelfOptions{}, func(ctx context.Context, e export.Edition, path string, progress func(int, int)) error {
		made.Add(1)
		return fakeMap(ctx, e, path, progress)
	})
	target := "/data/map.pmtiles" + bothClocks
	head := ask(t, s, "HEAD", target)
	if head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("Content-Length") != "" || made.Load() > 0 {
		t.Errorf("HEAD of a file that is not made: %d %v, made %d times", head.Code, head.Header(), made.Load())
	}
	tag := head.Header().Get("ETag")
	if w := ask(t, s, "GET", target, "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 || made.Load() > 0 {
		t.Errorf("If-None-Match: %d, made %d times", w.Code, made.Load())
	}
	const whole = "PMTiles 2019-06-01"
	if w := ask(t, s, "GET", target); w.Body.String() != whole || w.Header().Get("ETag") != tag {
		t.Errorf("GET: %q %v", w.Body, w.Header())
	}
	if w := ask(t, s, "HEAD", target); w.Header().Get("Content-Length") != "18" || w.Body.Len() > 0 {
		t.Errorf("HEAD of a file that is made: %v", w.Header())
	}
	if w := ask(t, s, "GET", target, "Range", "bytes=8-11"); w.Code != 206 || w.Body.String() != "2019" || w.Header().Get("Content-Range") != "bytes 8-11/18" {
		t.Errorf("Range: %d %q %v", w.Code, w.Body, w.Header())
	}
	if w := ask(t, s, "GET", target, "Range", "bytes=8-11", "If-Range", tag); w.Code != 206 {
		t.Errorf("If-Range: %d", w.Code)
	}
	if w := ask(t, s, "GET", target, "Range", "bytes=8-11", "If-Range", `"other"`); w.Code != 200 || w.Body.String() != whole {
		t.Errorf("If-Range of another file: %d", w.Code)
	}
	w := ask(t, s, "GET", target, "Range", "bytes=100-")
	if p := problemIn(t, w); w.Code != 416 || p.Type != "/problems/range-not-satisfiable" || w.Header().Get("Content-Range") != "bytes */18" {
		t.Errorf("a range beyond the end: %d %v", w.Code, w.Header())
	}
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
	// Another publication, another day and another version are other files.
	tags := map[string]bool{tag: true}
	for _, other := range []string{"/data/map.pmtiles?datetime=2019-06-02&recorded-as-of=2026-06-30T12:00:00Z", "/data/map.pmtiles?datetime=2019-06-01&recorded-as-of=2025-07-30T12:00:00Z"} {
		if other := ask(t, s, "HEAD", other).Header().Get("ETag"); tags[other] {
			t.Errorf("%s twice", other)
		} else {
			tags[other] = true
		}
	}
	s.Version = "next"
	if tags[ask(t, s, "HEAD", target).Header().Get("ETag")] {
		t.Error("another program has the same ETag")
	}
}

func TestFile_refuses(t *testing.T) {
	s := withDownloads(t, newFake(), export.ShelfOptions{}, nil)
	for target, want := range map[string]string{
		"/data/county.gpkg?level=county":                          "400 level: is not a parameter",
		"/data/county.gpkg?datetime=2019-06-01&datetime=2020":     "400 datetime: is given 2 times",
		"/data/county.gpkg?datetime=yesterday":                    "400 datetime:",
		"/data/county.gpkg?recorded-as-of=2027-01-01T00:00:00Z":   "400 recorded-as-of: lies in the future",
		"/data/county.gpkg?recorded-as-of=2001-01-01T00:00:00Z":   "404 nothing had been published",
		"/data/code.csv?datetime=2019-06-01":                      "400 datetime: the table code spans all days",
		"/data/counties.gpkg":                                     "404 layer: there is no such layer; there are province",
		"/data/county.xlsx":                                       "404 format: county is to be had as gpkg, geojson, shp.zip, csv, csv.zip",
		"/data/county.pmtiles":                                    "404 format:",
		"/data/village.shp.zip":                                   "404 format:",
		"/data/county":                                            "404 no address",
		"/data/map.pmtiles":                                       "404 no layer map",
		"/data/..%2Fcounty.gpkg":                                  "404",
		"/data/county.gpkg/" + strings.Repeat("x", 20):            "404",
		"/data?layer=county":                                      "400 layer: is not a parameter",
		"/data?datetime=2019-06-31":                               "400 datetime:",
		"/data/county.gpkg?datetime=" + strings.Repeat("9", 9000): "414",
	} {
		w := ask(t, s, "GET", target)
		if p := problemIn(t, w); !strings.HasPrefix(fmt.Sprint(w.Code, " ", p.Detail), want) {
			t.Errorf("%.60s: %d %s, want %s", target, w.Code, p.Detail, want)
		}
	}
	if w := ask(t, s, "POST", "/data/county.gpkg"); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
	without := testOptions()
	without.Downloads = nil
	if w := ask(t, New(newFake(), without), "GET", "/data/county.gpkg"); w.Code != 404 {
		t.Errorf("without downloads: %d", w.Code)
	}
}

// A file that takes long answers 503, to programs as a problem and to browsers
// as a page that asks again, until it is there.
func TestFile_takesLong(t *testing.T) {
	release := make(chan struct{})
	s := withDownloads(t, newFake(), export.ShelfOptions{Queue: time.Millisecond}, func(ctx context.Context, e export.Edition, path string, progress func(int, int)) error {
		progress(430, 1000)
		select {
		case <-release:
			return fakeMap(ctx, e, path, progress)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	s.Downloads.Patience = 50 * time.Millisecond
	target := "/data/map.pmtiles" + bothClocks
	w := ask(t, s, "GET", target)
	if p := problemIn(t, w); w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("ETag") != "" || !strings.Contains(p.Detail, "43 % done") {
		t.Errorf("a program gets %d %s %v", w.Code, p.Detail, w.Header())
	}
	page := ask(t, s, "GET", target, "Accept", "text/html,*/*;q=0.8")
	for _, want := range []string{"jieming-map-2019-06-01.pmtiles", `<progress max="1000" value="430">`, "430 / 1000", "正在生成"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page lacks %q: %s", want, page.Body)
		}
	}
	if h := page.Header(); page.Code != 503 || h.Get("Refresh") == "" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Disposition") != "" || h.Get("ETag") != "" {
		t.Errorf("the page: %d %v", page.Code, h)
	}
	// One heavy file at a time.
	w = ask(t, s, "GET", "/data/map.pmtiles?datetime=2020-01-01")
	if p := problemIn(t, w); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(p.Detail, "as many files") {
		t.Errorf("a second heavy file: %d %s", w.Code, p.Detail)
	}
	// Others are not kept waiting by it.
	s.Downloads.Patience = time.Minute
	if w := ask(t, s, "GET", "/data/county.csv"+bothClocks); w.Code != 200 {
		t.Errorf("a light file: %d %s", w.Code, w.Body)
	}
	var index FileIndex
	if err := json.Unmarshal(ask(t, s, "GET", "/data"+bothClocks).Body.Bytes(), &index); err != nil {
		t.Fatal(err)
	}
	if file := index.Layers[len(index.Layers)-1].Files[0]; file.Making == nil || *file.Making != (FileProgress{430, 1000}) || file.Size != nil {
		t.Errorf("the index says %+v", file)
	}
	close(release)
	if w := ask(t, s, "GET", target); w.Code != 200 || w.Body.String() != "PMTiles 2019-06-01" {
		t.Errorf("afterwards: %d", w.Code)
	}
}

// What cannot be made is a fault in the log, and nothing of it is shown.
func TestFile_fails(t *testing.T) {
	var log bytes.Buffer
	f := newFake()
	f.breakAfter = 1
	options := testOptions()
	options.Log = slog.New(slog.NewTextHandler(&log, nil))
	options.Downloads = &Downloads{Registry: f, Shelf: shelf(t, export.ShelfOptions{}), Map: func(context.Context, export.Edition, string, func(int, int)) error { panic("secret") }}
	s := newServer(f, options)
	for _, target := range []string{"/data/county.gpkg", "/data/county.geojson", "/data/county.shp.zip", "/data/county.csv", "/data/map.pmtiles"} {
		log.Reset()
		f.units[4].Level, f.units[3].Level = registry.LevelCounty, registry.LevelCounty
		f.units[5].Level = registry.LevelCounty // the second county breaks
		w := ask(t, s, "GET", target)
		if p := problemIn(t, w); w.Code != 500 || strings.Contains(p.Detail, "secret") || w.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if text := log.String(); !strings.Contains(text, "the database went away") && !strings.Contains(text, "secret") {
			t.Errorf("%s: the log says %s", target, text)
		}
	}
	f.err = &registry.Error{Kind: registry.KindUnavailable, Message: "the database does not answer"}
	if w := ask(t, s, "GET", "/data/county.gpkg"); w.Code != 503 {
		t.Errorf("without a database: %d", w.Code)
	}
}

// The index leads to every file, and says what is in it.
func TestFileIndex(t *testing.T) {
	s := onSample(t)
	s.BaseURL = ""
	index := get[FileIndex](t, s, "/data?datetime=1990-01-01")
	if index.Instant.Datetime != "1990-01-01" || len(index.Layers) != len(export.Layers()) {
		t.Errorf("instant %+v, %d layers", index.Instant, len(index.Layers))
	}
	n := 0
	for _, l := range index.Layers {
		for _, file := range l.Files {
			u, err := url.Parse(file.Href)
			if err != nil {
				t.Fatal(err)
			}
			if (u.Query().Get("datetime") == "1990-01-01") != l.Dated || !strings.HasPrefix(file.Template, strings.TrimSuffix(file.Href, "?datetime=1990-01-01")+"{?") {
				t.Errorf("%s.%s: %s, %s", l.Name, file.Format, file.Href, file.Template)
			}
			w := ask(t, s, "GET", u.RequestURI())
			if w.Code != 200 || w.Header().Get("Content-Type") != file.MediaType || !strings.Contains(w.Header().Get("Content-Disposition"), `"`+file.FileName+`"`) {
				t.Fatalf("%s: %d %v", file.Href, w.Code, w.Header())
			}
			if file.Size != nil {
				t.Errorf("%s had a size before it was made", file.Href)
			}
			n++
		}
	}
	if n < 45 {
		t.Errorf("only %d files", n)
	}
	for _, l := range get[FileIndex](t, s, "/data?datetime=1990-01-01").Layers {
		for _, file := range l.Files {
			if file.Size == nil || *file.Size == 0 {
				t.Errorf("%s has no size", file.Href)
			}
		}
	}
	if w := ask(t, s, "GET", "/data"); w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("ETag") != "" {
		t.Errorf("the index may be kept: %v", w.Header())
	}
}

// Over HTTP come the features that the API pages through, with the same values.
func TestFile_isWhatThePagesShow(t *testing.T) {
	s := onSample(t)
	for collection, target := range map[string]string{
		divisions + "/items?level=county&datetime=1990-01-01&limit=1000": "/data/county.geojson?datetime=1990-01-01",
		boundaryLines + "/items?datetime=1990-01-01&limit=1000":          "/data/line.geojson?datetime=1990-01-01",
		unrefinedAreas + "/items?datetime=1990-01-01&limit=1000":         "/data/unrefined.geojson?datetime=1990-01-01",
		places + "/items?datetime=2023-12-31&limit=1000":                 "/data/place.geojson?datetime=2023-12-31",
	} {
		type collected struct {
			Features []struct {
				ID         string
				Geometry   json.RawMessage
				Properties map[string]any
			}
		}
		page, file := get[collected](t, s, "/ogc/collections/"+collection), get[collected](t, s, target)
		if len(page.Features) != len(file.Features) || len(file.Features) == 0 {
			t.Fatalf("%s: %d features, the page has %d", target, len(file.Features), len(page.Features))
		}
		for i, f := range file.Features {
			p := page.Features[i]
			if f.ID != p.ID || !bytes.Equal(f.Geometry, p.Geometry) {
				t.Fatalf("%s: feature %d differs from %s", target, i, p.ID)
			}
			for name, value := range f.Properties {
				if shown, ok := p.Properties[name]; ok && !strings.HasPrefix(name, "among_") && fmt.Sprint(shown) != fmt.Sprint(value) && !(value == nil && shown == 0.0) {
					t.Errorf("%s: %s of %s is %v, the page says %v", target, name, f.ID, value, shown)
				}
			}
		}
	}
}

// A GeoPackage that came over HTTP is one.
func TestFile_opens(t *testing.T) {
	s := onSample(t)
	w := ask(t, s, "GET", "/data/county.gpkg?datetime=1990-01-01")
	path := filepath.Join(t.TempDir(), "county.gpkg")
	if err := os.WriteFile(path, w.Body.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if list, err := formattest.ReadAll(path, format.Limits{}, format.Options{}); err != nil || len(list) == 0 {
		t.Errorf("%d features, %v", len(list), err)
	}
}

// A client that goes away does not stop the work: who asks again finds it done.
func TestFile_clientGone(t *testing.T) {
	release := make(chan struct{})
	var made atomic.Int32
	s := withDownloads(t, newFake(), export.ShelfOptions{}, func(ctx context.Context, e export.Edition, path string, progress func(int, int)) error {
		made.Add(1)
		<-release
		return fakeMap(ctx, e, path, progress)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan *httptest.ResponseRecorder)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/data/map.pmtiles"+bothClocks, nil))
		done <- w
	}()
	for made.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if w := <-done; w.Body.Len() > 0 {
		t.Errorf("somebody who is gone got %s", w.Body)
	}
	close(release)
	if w := ask(t, s, "GET", "/data/map.pmtiles"+bothClocks); w.Code != 200 || made.Load() != 1 {
		t.Errorf("afterwards: %d, made %d times", w.Code, made.Load())
	}
}

// Many who download different files at once leave connections to others: these
// get their answers, and of the downloads each comes whole or is told to wait.
func TestFile_flood(t *testing.T) {
	_, first := onStore(t, "sample", baselineOf(sample.FS))
	config := first.Pool().Config().ConnString()
	store, err := postgres.Open(t.Context(), config+"&pool_max_conns=4")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	options := testOptions()
	options.Now = nil
	options.Downloads = &Downloads{Registry: store, Shelf: shelf(t, export.ShelfOptions{Makers: 2, Queue: 500 * time.Millisecond})}
	s := newServer(store, options)
	var whole, told, others atomic.Int32
	var flood, rest sync.WaitGroup
	ended := make(chan struct{})
	for i := range 60 {
		flood.Go(func() {
			day := registry.Date(1990, 1, 1+i)
			w := ask(t, s, "GET", fmt.Sprintf("/data/county.%s?datetime=%s", []string{"gpkg", "geojson", "shp.zip"}[i%3], day))
			switch {
			case w.Code == 200 && w.Header().Get("Content-Length") == strconv.Itoa(w.Body.Len()):
				whole.Add(1)
			case w.Code == 503 && w.Header().Get("Retry-After") != "":
				told.Add(1)
			default:
				t.Errorf("a download: %d %.200s", w.Code, w.Body)
			}
		})
	}
	for range 2 {
		rest.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/api/where?lon=125.3&lat=43.9&datetime=2000-01-01", nil))
				cancel()
				if w.Code != http.StatusOK {
					t.Errorf("somebody else: %d %.200s", w.Code, w.Body)
				}
				others.Add(1)
			}
		})
	}
	flood.Wait()
	close(ended)
	rest.Wait()
	if whole.Load() == 0 || others.Load() == 0 {
		t.Errorf("%d downloads whole, %d told to wait, %d other answers", whole.Load(), told.Load(), others.Load())
	}
	t.Logf("%d downloads whole, %d told to wait, %d other answers meanwhile", whole.Load(), told.Load(), others.Load())
}

// A file that takes longer than it may is given up, in the database as well.
func TestFile_givenUp(t *testing.T) {
	s, store := onSquares(t)
	stuck := stuckRegistry{store}
	s.Downloads = &Downloads{Registry: stuck, Shelf: shelf(t, export.ShelfOptions{Limit: 100 * time.Millisecond})}
	w := ask(t, s, "GET", "/data/county.csv")
	if w.Code != 503 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	for range 100 {
		var running int
		err := store.Pool().QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)%' AND state = 'active' AND pid <> pg_backend_pid()").Scan(&running)
		if err != nil {
			t.Fatal(err)
		}
		if running == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the statement goes on in the database")
}

// stuckRegistry waits in the database.
type stuckRegistry struct{ *postgres.Store }

func (r stuckRegistry) Units(ctx context.Context, _ registry.UnitQuery, _ func(*registry.Unit) error) error {
	_, err := r.Pool().Exec(ctx, "SELECT pg_sleep(100)")
	return postgres.Explain("wait", err)
}
