package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// squares is a database with three published counties, its owner's connection,
// and somebody who may stop layers.
func squares(t *testing.T) (dsn string, owner *pgxpool.Pool, officer *desk.Principal) {
	t.Helper()
	url := pgtest.New(t)
	dsn, owner = pgtest.App(t, url), pgtest.Pool(t, url)
	s, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := publish(t.Context(), s, registrytest.Squares()); err != nil {
		t.Fatal(err)
	}
	officer = &desk.Principal{Login: "fa", Name: "fa", Grants: []desk.Held{{Grant: desk.Grant{Role: "SECRECY_OFFICER"}, Everywhere: true}}}
	if err := owner.QueryRow(t.Context(), "INSERT INTO desk.account (login, name) VALUES ('fa', 'fa') RETURNING id").Scan(&officer.Account); err != nil {
		t.Fatal(err)
	}
	return dsn, owner, officer
}

// publicPaths is every kind of public address, over the squares.
func publicPaths() []string {
	paths := []string{"/", "/?lang=en", "/embed", "/panel?unit=5", "/map.svg", "/print", "/print.svg", "/print.svg?unit=5", "/download", "/units", "/events",
		"/search?q=村", "/search?q=juemi", "/search?q=中村", "/reports", "/about", "/publications", "/publications.atom",
		"/api/publication", "/api/reports", "/api/search?q=村", "/api/search?q=Juemicun", "/api/units?level=county", "/api/units",
		"/api/where?lon=126.4444444&lat=43.6666666", "/api/where?lon=126.2&lat=43.5", "/api/openapi.json",
		"/ogc", "/ogc/collections", "/data", "/tiles/current.json", "/tiles/current/style.json", "/ogc/tiles", "/ogc/collections/places/tiles/WebMercatorQuad"}
	for _, c := range []string{"divisions", "boundary-lines", "places", "unrefined-areas", "borders"} {
		paths = append(paths, "/ogc/collections/"+c, "/ogc/collections/"+c+"/items", "/ogc/collections/"+c+"/items?bbox=126.3,43.4,126.5,43.7")
	}
	for id := 1; id < 7; id++ {
		paths = append(paths, fmt.Sprintf("/id/unit/%d", id), fmt.Sprintf("/api/units/%d", id), fmt.Sprintf("/api/units/%d/history", id),
			fmt.Sprintf("/id/event/%d", id), fmt.Sprintf("/api/events/%d", id), fmt.Sprintf("/id/line/%d", id), fmt.Sprintf("/id/place/%d", id),
			fmt.Sprintf("/ogc/collections/places/items/%d", id), fmt.Sprintf("/ogc/collections/divisions/items/%d", id), fmt.Sprintf("/ogc/collections/boundary-lines/items/%d", id))
	}
	for z, at := range [][2]int{6: {54, 23}, 7: {108, 46}, 8: {217, 93}, 10: {871, 374}, 12: {3486, 1496}, 14: {13944, 5985}} {
		if at[0] > 0 {
			paths = append(paths, fmt.Sprintf("/tiles/current/%d/%d/%d.mvt", z, at[0], at[1]), fmt.Sprintf("/ogc/tiles/WebMercatorQuad/%d/%d/%d", z, at[1], at[0]))
		}
	}
	for _, l := range export.Layers() {
		for _, f := range l.Formats {
			paths = append(paths, "/data/"+l.Name+"."+string(f))
		}
	}
	return paths
}

// answers asks for every public address.
func everyAnswer(t *testing.T, base string) map[string][]byte {
	t.Helper()
	got := map[string][]byte{}
	for _, path := range publicPaths() {
		answer := do(t, "GET", base+strings.ReplaceAll(path, "村", "%E6%9D%91"), nil)
		b := body(t, answer)
		if answer.StatusCode >= 500 {
			t.Errorf("%s answers %d: %.200s", path, answer.StatusCode, b)
		}
		got[path] = append([]byte(fmt.Sprintln(answer.StatusCode)), b...)
	}
	return got
}

const (
	openEvil = `SELECT open_log('evil');
		INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'RESURVEY', '1981-12-31', max(id) FROM instrument;`
	secretPlace = openEvil + `INSERT INTO place DEFAULT VALUES;
		INSERT INTO place_version (place_id, category, name, roman, geom, secrecy, valid, began_by)
		SELECT (SELECT max(id) FROM place), 'SETTLEMENT', '绝密村', 'Juemicun', st_setsrid(st_makepoint(126.4444444, 43.6666666), 4490), 1, '[1981-12-31,)', max(id) FROM event`
	secretBorder = openEvil + `INSERT INTO arc (geom, source, secrecy, split_of) SELECT st_geomfromtext('LINESTRING(126 43, 126.3333333 43.5123456, 126 44)', 4490), 'secret', 1, min(id) FROM arc;
		SELECT carve('arc_version', 'arc_id', (SELECT min(id) FROM arc), '[1981-12-31,)', (SELECT max(id) FROM event));
		INSERT INTO arc_version (arc_id, left_face, right_face, valid, began_by)
		SELECT (SELECT max(id) FROM arc), left_face, right_face, '[1981-12-31,)', (SELECT max(id) FROM event) FROM arc_version WHERE arc_id = (SELECT min(id) FROM arc) LIMIT 1`
)

// inOne runs statements in one transaction.
func inOne(t *testing.T, pool *pgxpool.Pool, text string) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	for _, one := range strings.Split("SET LOCAL search_path = registry, public;"+text, ";") {
		if _, err := tx.Exec(t.Context(), one); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Rows above public secrecy leave through no public address: recorded, they
// change no byte; published, the secret place is in none of them, and the secret
// border cannot be published.
func TestSecrecy_leaks_nowhere(t *testing.T) {
	dsn, owner, _ := squares(t)
	inOne(t, owner, "UPDATE zone SET network = 'GOVERNMENT', highest_level = 1")
	s, a := served(t, dsn, nil)
	ready(t, s)
	before := everyAnswer(t, s.URL)
	inOne(t, owner, secretPlace)
	inOne(t, owner, secretBorder)
	time.Sleep(300 * time.Millisecond) // the tile engine has seen them
	after := everyAnswer(t, s.URL)
	for path, want := range before {
		if !bytes.Equal(after[path], want) && path != "/data" { // which tells which files are there already
			t.Errorf("%s changed: %.400s\n→ %.400s", path, want, after[path])
		}
	}
	if _, err := a.store.Publish(t.Context(), postgres.Author{Actor: "tester"}, registry.Date(2026, 1, 1), "", ""); registry.KindOf(err) != registry.KindInvalid {
		t.Fatalf("a border above public was published: %v", err)
	}
	// The cleared course takes the place of the secret one; then it may go out, with the secret place recorded.
	inOne(t, owner, openEvil+`INSERT INTO arc (geom, source, split_of) SELECT st_geomfromtext('LINESTRING(126 43, 126.3 43.5, 126 44)', 4490), 'cleared', max(id) FROM arc;
		SELECT carve('arc_version', 'arc_id', (SELECT id FROM arc WHERE secrecy = 1), '[1981-12-31,)', (SELECT max(id) FROM event));
		INSERT INTO arc_version (arc_id, left_face, right_face, valid, began_by)
		SELECT (SELECT max(id) FROM arc), left_face, right_face, '[1981-12-31,)', (SELECT max(id) FROM event) FROM arc_version WHERE arc_id = (SELECT id FROM arc WHERE secrecy = 1) LIMIT 1`)
	if _, err := a.store.Publish(t.Context(), postgres.Author{Actor: "tester"}, registry.Date(2026, 1, 1), "", ""); err != nil {
		t.Fatal(err)
	}
	ready(t, s)
	shown := 0
	for path, got := range everyAnswer(t, s.URL) {
		text := unpacked(got)
		for _, secret := range []string{"绝密村", "uemicun", "126.4444444", "43.6666666", "126.3333333", "43.5123456"} {
			asked := strings.Contains(path, "uemi") || strings.Contains(path, "126.4444444") // a page repeats what was asked
			if strings.Contains(text, secret) && !asked {
				t.Errorf("%s tells %s", path, secret)
			}
		}
		if strings.Contains(text, "126.3,43.5") || strings.Contains(text, "126.3,\n") || strings.Contains(text, "126.3 43.5") {
			shown++
		}
	}
	if shown == 0 {
		t.Error("the cleared course is nowhere: the test sees nothing")
	}
}

// unpacked is an answer as text, unpacked if it is packed.
func unpacked(b []byte) string {
	if i := bytes.Index(b, []byte{0x1f, 0x8b}); i >= 0 && i < 8 {
		if r, err := gzip.NewReader(bytes.NewReader(b[i:])); err == nil {
			all, _ := io.ReadAll(r)
			return string(all)
		}
	}
	return string(b)
}

// ready waits until a server shows the latest entry.
func ready(t *testing.T, s *httptest.Server) {
	t.Helper()
	for range 200 {
		if do(t, "GET", s.URL+"/readyz", nil).StatusCode == 200 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the server does not get ready")
}

// A layer that is stopped on one server is stopped on all within a second, on
// every public address that shows it, also for those who ask whether what they
// have is still good.
func TestLayers_stop_on_all_servers(t *testing.T) {
	dsn, _, officer := squares(t)
	one, a := served(t, dsn, nil)
	two, _ := served(t, dsn, nil)
	ready(t, one)
	ready(t, two)
	d := desk.New(desk.Options{Store: a.store})
	const tile = "/tiles/current/7/108/46.mvt"
	for _, c := range []struct {
		layer registry.Layer
		gone  []string // 451
		still []string // 200
	}{
		{registry.CountyLayer, []string{"/data/county.gpkg", "/data/county.geojson", "/data/map.pmtiles", "/ogc/collections/divisions/items?level=county"},
			[]string{"/data/prefecture.gpkg", "/data/code.csv", tile, "/", "/id/unit/4", "/map.svg", "/api/units/4/history"}},
		{registry.BoundaryLayer, []string{"/data/boundary.gpkg", "/data/line.geojson", "/ogc/collections/boundary-lines/items", "/ogc/collections/boundary-lines/tiles/WebMercatorQuad/7/46/108"},
			[]string{"/data/county.gpkg", tile, "/", "/id/line/1"}},
		{registry.PlaceLayer, []string{"/data/place.geojson", "/ogc/collections/places/items", "/ogc/collections/places/tiles/WebMercatorQuad/7/46/108", "/id/place/1"},
			[]string{"/data/county.gpkg", tile, "/", "/api/search?q=%E4%B8%AD%E6%9D%91"}},
		{registry.DownloadLayer, []string{"/data/county.gpkg", "/data/code.csv", "/data/map.pmtiles"}, []string{tile, "/ogc/collections/places/items", "/"}},
		{registry.LabelLayer, []string{"/data/label.geojson"}, []string{tile, "/"}},
	} {
		tags := map[string]string{}
		for _, path := range append(slices.Clone(c.gone), c.still...) {
			answer := do(t, "GET", two.URL+path, nil)
			if b := body(t, answer); answer.StatusCode >= 300 {
				t.Fatalf("%s answers %d before anything is stopped: %.200s", path, answer.StatusCode, b)
			}
			tags[path] = answer.Header.Get("ETag")
		}
		begun := time.Now()
		if err := d.SwitchLayer(t.Context(), officer, c.layer, true, "试验"); err != nil {
			t.Fatal(err)
		}
		status := func(path string) int {
			return do(t, "GET", two.URL+path, http.Header{"If-None-Match": {tags[path]}}).StatusCode
		}
		for status(c.gone[0]) != http.StatusUnavailableForLegalReasons {
			if time.Since(begun) > time.Second {
				t.Fatalf("%s is served a second after %s was stopped", c.gone[0], c.layer)
			}
		}
		t.Logf("%s stopped on the other server after %v", c.layer, time.Since(begun).Round(time.Millisecond))
		for _, path := range c.gone {
			if got := status(path); got != http.StatusUnavailableForLegalReasons {
				t.Errorf("%s stopped: %s answers %d", c.layer, path, got)
			}
		}
		for _, path := range c.still {
			if got := status(path); got >= 400 {
				t.Errorf("%s stopped: %s answers %d", c.layer, path, got)
			}
		}
		if b := body(t, do(t, "GET", two.URL+"/", nil)); !bytes.Contains(b, []byte("data-stopped")) {
			t.Errorf("%s stopped: the map says nothing", c.layer)
		}
		if err := d.SwitchLayer(t.Context(), officer, c.layer, false, "试验结束"); err != nil {
			t.Fatal(err)
		}
		for begun = time.Now(); do(t, "GET", two.URL+c.gone[0], nil).StatusCode != 200; {
			if time.Since(begun) > time.Second {
				t.Fatalf("%s is not served a second after it was let go on", c.gone[0])
			}
		}
	}
}
