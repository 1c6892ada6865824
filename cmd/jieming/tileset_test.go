package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/dataset"
	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
	"jieming/registry/sample"
	"jieming/tiles/server"
)

// sampled is a database of its own with the sample, published.
func sampled(t testing.TB) string {
	t.Helper()
	return pgtest.App(t, pgtest.Template(t, "sample", func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		files, err := sample.FS()
		if err != nil {
			return err
		}
		folder, err := dataset.Open(files)
		if err != nil {
			return err
		}
		b, err := folder.Baseline(ctx, func(string, int, int) {})
		if err != nil {
			return err
		}
		return publish(ctx, s, b)
	}))
}

// publish loads a baseline and releases it.
func publish(ctx context.Context, s *postgres.Store, b *registry.Baseline) error {
	by := postgres.Author{Actor: "tester"}
	if _, _, err := s.Load(ctx, b, by, nil); err != nil {
		return err
	}
	_, err := s.Publish(ctx, by, b.Dataset.DataDate, "", "")
	return err
}

// site is the whole program on a database, answering HTTP.
type site struct {
	*app
	testing.TB
	url string
}

// opened serves a database, after the engine has loaded.
func opened(t testing.TB, dsn string) *site {
	t.Helper()
	s := loading(t, dsn)
	stop := inBackground(context.Background(), s.tiles.run)
	t.Cleanup(stop)
	s.await(func() bool { return s.tiles.engine.Snapshot() != nil })
	return s
}

// loading serves a database with an engine that does not run.
func loading(t testing.TB, dsn string) *site {
	t.Helper()
	store, err := postgres.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: time.Minute}
	a.metrics.watchTiles(a.tiles)
	handler, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.Close(); store.Close() })
	return &site{a, t, server.URL}
}

// Until the engine has loaded, PostGIS makes the tiles, which nobody keeps, and
// the instance says that it is not ready for a crowd.
func TestTileset_before_it_is_ready(t *testing.T) {
	s := loading(t, sampled(t))
	s.want(http.StatusServiceUnavailable, "/readyz")
	for _, path := range []string{changchun, changchun + "?datetime=1990-06-01", "/ogc/tiles/WebMercatorQuad/7/46/108", "/ogc/collections/places/tiles/WebMercatorQuad/7/46/108"} {
		header, body := s.want(http.StatusOK, path)
		if header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" || len(body) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(body), header)
		}
	}
	s.want(http.StatusNoContent, "/tiles/current/7/0/0.mvt")
	s.want(http.StatusBadRequest, changchun+"?datetime=x")
	s.want(http.StatusOK, "/tiles/current.json")
	s.want(http.StatusOK, "/ogc/tiles/WebMercatorQuad")
	if err := s.tiles.engine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusServiceUnavailable, "/readyz")
	s.tiles.stops.load(t.Context())
	s.want(http.StatusOK, "/readyz")
	if header, _ := s.want(http.StatusOK, changchun); header.Get("Tileset-Seq") == "" || header.Get("Cache-Control") == "no-store" {
		t.Errorf("of the engine: %v", header)
	}
}

// await waits until something has come about.
func (s *site) await(holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatal("it did not come about in 30 seconds")
		}
	}
}

// warmed waits until the tiles are drawn that are drawn before anybody asks.
func (s *site) warmed() {
	s.Helper()
	view, err := s.tiles.View(s.Context(), "", "")
	if err != nil {
		s.Fatal(err)
	}
	degrees, _ := view.Bounds()
	s.await(func() bool { return s.tiles.Stats().Drawn >= int64(len(server.Cover(degrees, warmZoom))) })
}

// get asks for a path and returns the answer with its body.
func (s *site) get(path string, headers ...string) (*http.Response, []byte) {
	s.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer, body
}

// want asks for a path that must answer with a status.
func (s *site) want(status int, path string, headers ...string) (http.Header, []byte) {
	s.Helper()
	answer, body := s.get(path, headers...)
	if answer.StatusCode != status {
		s.Errorf("%s answers %d, want %d: %.200s", path, answer.StatusCode, status, body)
	}
	return answer.Header, body
}

// read asks for JSON.
func (s *site) read(path string, into any) {
	s.Helper()
	if _, body := s.want(http.StatusOK, path); json.Unmarshal(body, into) != nil {
		s.Errorf("%s does not answer with JSON: %.200s", path, body)
	}
}

const changchun = "/tiles/current/7/108/46.mvt"

// A thousand days share the few bodies that differ: as many as there are epochs
// at most, and no more are drawn, made or sent.
func TestTileset_days_share_bodies(t *testing.T) {
	s := opened(t, sampled(t))
	var breaks int
	err := s.store.Pool().QueryRow(t.Context(), `
		SELECT count(DISTINCT day) FROM (
		  SELECT valid FROM tenure UNION ALL SELECT valid FROM arc_version UNION ALL SELECT valid FROM place_version
		  UNION ALL SELECT valid FROM unit_version WHERE level <= 3 UNION ALL SELECT valid FROM code_version WHERE code LIKE '%000000') v,
		LATERAL (VALUES (lower(valid)), (upper(valid))) x(day) WHERE day IS NOT NULL`).Scan(&breaks)
	if err != nil {
		t.Fatal(err)
	}
	s.warmed()
	random := rand.New(rand.NewPCG(1982, 2024))
	before := s.tiles.Stats()
	bodies, tags := map[string]bool{}, map[string]string{}
	for range 1000 {
		day := registry.Date(1982, 1, 1) + registry.Day(random.IntN(44*365))
		header, body := s.want(http.StatusOK, changchun+"?datetime="+day.String())
		tag := header.Get("Etag")
		if known, ok := tags[tag]; ok && known != string(body) {
			t.Errorf("%v: one tag has two bodies", day)
		}
		tags[tag], bodies[string(body)] = string(body), true
		if got := header.Get("Cache-Control"); got != "public, max-age=60, must-revalidate" {
			t.Errorf("%v: a day that a correction may change is sent with %q", day, got)
		}
	}
	after := s.tiles.Stats()
	drawn, made := int(after.Drawn-before.Drawn), int(after.Made-before.Made)
	t.Logf("1000 days, %d days of change, %d drawn, %d made, %d bodies", breaks, drawn, made, len(bodies))
	if drawn > breaks+1 {
		t.Errorf("%d tiles were drawn in %d epochs", drawn, breaks+1)
	}
	if made > len(bodies) {
		t.Errorf("%d bodies were made, %d differ", made, len(bodies))
	}
	if len(bodies) < 5 || drawn <= len(bodies) {
		t.Errorf("%d bodies of %d drawn: nothing is shared", len(bodies), drawn)
	}
	header, _ := s.want(http.StatusOK, changchun+"?datetime=1990-06-01&recorded-as-of="+time.Now().UTC().Format(time.RFC3339))
	if got := header.Get("Cache-Control"); got != "public, max-age=60, must-revalidate" {
		t.Errorf("with both clocks given, a tile is sent with %q", got)
	}
}

// A stopped database takes nothing from the map: tiles seen before and tiles not
// seen yet, of today and of other days, and the documents about them are served.
// Questions that only the database can answer say when to come back, and after
// its return the engine catches up with what it missed.
func TestTileset_away(t *testing.T) {
	options := cluster.Options{Dir: t.TempDir()}
	db, err := cluster.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { db.Stop() }()
	if _, err := migrate.Up(t.Context(), db.OwnerDSN(), nil); err != nil {
		t.Fatal(err)
	}
	owner, err := postgres.Open(t.Context(), db.OwnerDSN())
	if err != nil {
		t.Fatal(err)
	}
	if err := publish(t.Context(), owner, registrytest.Squares()); err != nil {
		t.Fatal(err)
	}
	owner.Close()
	s := opened(t, db.AppDSN())
	s.await(func() bool { answer, _ := s.get("/readyz"); return answer.StatusCode == http.StatusOK })
	header, _ := s.want(http.StatusOK, "/tiles/current/6/54/23.mvt")
	latest, _ := s.tiles.engine.Snapshot().Publication(time.Time{})
	itself := latest.ReleasedAt.Format(time.RFC3339Nano)
	released := time.Now().UTC().Format(time.RFC3339Nano)
	s.want(http.StatusOK, "/tiles/current/8/217/93.mvt?recorded-as-of="+released)

	if err := db.Stop(); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusServiceUnavailable, "/readyz")
	s.want(http.StatusServiceUnavailable, "/api/publication")
	s.want(http.StatusOK, "/tiles/current/6/54/23.mvt")
	s.want(http.StatusNotModified, "/tiles/current/6/54/23.mvt", "If-None-Match", header.Get("Etag"))
	for _, path := range []string{
		"/tiles/current/9/435/187.mvt", "/tiles/current/9/435/187.mvt?datetime=1990-01-01", "/tiles/current/8/217/93.mvt?recorded-as-of=" + released,
		"/tiles/current/9/434/187.mvt?recorded-as-of=" + released, "/tiles/current.json", "/tiles/current/style.json?lang=en&theme=dark",
		"/ogc/tiles", "/ogc/tiles/WebMercatorQuad", "/ogc/tiles/WebMercatorQuad/9/187/435", "/ogc/tileMatrixSets/WebMercatorQuad",
		"/ogc/collections/divisions/tiles/WebMercatorQuad?datetime=1990-01-01",
	} {
		s.want(http.StatusOK, path)
	}
	s.tiles.proven.Store(nil) // as if nobody had asked about a later time
	s.want(http.StatusOK, "/tiles/current/8/217/93.mvt?recorded-as-of="+itself)
	var about struct{ Attribution string }
	if s.read("/tiles/current.json", &about); about.Attribution != "test" {
		t.Errorf("the map would say %q", about.Attribution)
	}
	header, _ = s.want(http.StatusServiceUnavailable, "/tiles/current/6/54/23.mvt?recorded-as-of="+time.Now().UTC().Format(time.RFC3339Nano))
	if header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}

	if db, err = cluster.Start(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	var seq registry.Seq
	s.await(func() bool { // before the engine listens again, most likely
		seq, err = s.store.Publish(context.Background(), postgres.Author{Actor: "tester"}, registry.Date(2024, 6, 30), "吉S(2024)001号", "")
		return err == nil
	})
	s.await(func() bool { return s.tiles.engine.Snapshot().Seq() == int64(seq) })
	var after struct {
		Review string `json:"review_number"`
	}
	if s.read("/tiles/current.json", &after); after.Review != "吉S(2024)001号" {
		t.Errorf("after the return the map says %q", after.Review)
	}
	s.want(http.StatusOK, "/tiles/current/6/54/23.mvt?recorded-as-of="+time.Now().UTC().Format(time.RFC3339Nano))
}

// Bad addresses, days and parameters are refused with a problem that says what to
// do, and drafts are not to be had in public.
func TestTileset_bad_input(t *testing.T) {
	s := opened(t, sampled(t))
	const ogc = "/ogc/tiles/WebMercatorQuad"
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for path, want := range map[string]int{
		"/tiles/current/15/0/0.mvt": 404, "/tiles/current/7/128/0.mvt": 404, "/tiles/current/-1/0/0.mvt": 404, "/tiles/current/07/108/46.mvt": 404,
		"/tiles": 404, "/tiles/foo": 404, "/tiles/current/7/108/46.pbf": 404, "/tiles/current.json/x": 404,
		"/tiles/current/7/108/46": 404, "/tiles/current/7/108/46.png": 404, "/tiles/other/7/108/46.mvt": 404, "/tiles/current/7/108/%2e%2e/46.mvt": 404,
		changchun + "?case=1": 400, changchun + "?datetime=2023-02-29": 400, changchun + "?datetime=yesterday": 400, changchun + "?datetime=2020-01-01&datetime=2020-01-02": 400,
		changchun + "?recorded-as-of=2020-01-01": 400, changchun + "?recorded-as-of=" + tomorrow: 400, changchun + "?recorded-as-of=1990-01-01T00:00:00Z": 404, changchun + "?Datetime=2020-01-01": 400,
		changchun + "?subset=datetime(%222020-01-01%22)": 400, changchun + "?collections=divisions": 400,
		"/tiles/current.json?case=1": 400, "/tiles/current.json?datetime=x": 400, "/tiles/current/style.json?lang=fr": 400, "/tiles/current/style.json?theme=pink": 400,
		changchun + "?datetime=": 400, changchun + "?recorded-as-of=": 400, "/tiles/current.json?datetime=": 400, "/tiles/current/style.json?lang=": 400,
		ogc + "?collections=": 400, ogc + "?subset=": 400, ogc + "/7/46/108?collections=": 400,
		"/api/where?lon=125&lat=43&datetime=": 400, "/api/search?q=x&within=": 400, "/ogc/collections/divisions/items?bbox=": 400,
		ogc + "?case=1": 400, ogc + "?collections=rivers": 400, ogc + "?subset=lat(40:41)": 400, ogc + "?subset=datetime(2020": 400,
		ogc + "?subset=datetime(%222020-01-01%22)&datetime=2020-01-01": 400, "/ogc/tiles/WorldCRS84Quad": 404,
		ogc + "/7/46/108": 200, ogc + "/7/108/46": 404, ogc + "/7/46/0": 404, ogc + "/7/46/x": 404, ogc + "/99/0/0": 404, ogc + "/7/46/108?case=1": 400,
		"/ogc/collections/rivers/tiles": 404, "/ogc/collections/divisions/tiles/WebMercatorQuad?collections=places": 400,
	} {
		header, body := s.want(want, path)
		if want == 200 {
			continue
		}
		var p api.Problem
		if err := json.Unmarshal(body, &p); err != nil || header.Get("Content-Type") != "application/problem+json" || p.Status != want || p.Detail == "" {
			t.Errorf("%s: %s %.100s", path, header.Get("Content-Type"), body)
		}
		if strings.Contains(p.Detail, "wrong parameter") || strings.Contains(p.Detail, "no such tile") {
			t.Errorf("%s: an error of the program shows: %s", path, p.Detail)
		}
		if want == 400 && (len(p.Errors) == 0 || p.Errors[0].Parameter == "" || p.Detail != p.Errors[0].Parameter+": "+p.Errors[0].Detail) {
			t.Errorf("%s: no parameter is named: %s", path, body)
		}
	}
}

// Addresses of tiles and of documents about them are for reading, from every
// origin.
func TestTileset_methods(t *testing.T) {
	s := opened(t, sampled(t))
	for _, path := range []string{changchun, "/tiles/current.json", "/ogc/tiles/WebMercatorQuad/7/46/108"} {
		for method, want := range map[string]int{http.MethodPost: 405, http.MethodDelete: 405, http.MethodOptions: 204, http.MethodHead: 200} {
			r, err := http.NewRequest(method, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if h := answer.Header; answer.StatusCode != want || h.Get("Access-Control-Allow-Origin") != "*" ||
				want != 200 && h.Get("Allow") != "GET, HEAD, OPTIONS" ||
				want == 405 && (h.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(body), "/problems/method-not-allowed")) {
				t.Errorf("%s %s answers %d %v %s", method, path, answer.StatusCode, h, body)
			}
		}
	}
}
