package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/dataset"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
	"jieming/registry/sample"
)

// onStore is the API on a real store with a baseline loaded and published,
// which is done once in the process for each key.
func onStore(t testing.TB, key string, baseline func(context.Context) (*registry.Baseline, error)) (*server, *postgres.Store) {
	t.Helper()
	owner := pgtest.Template(t, "api-"+key, func(ctx context.Context, dsn string) error {
		b, err := baseline(ctx)
		if err != nil {
			return err
		}
		return load(ctx, dsn, b)
	})
	store, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	options := testOptions()
	options.Now = nil
	options.Downloads = &Downloads{Registry: store, Shelf: shelf(t, export.ShelfOptions{}), Map: fakeMap}
	return newServer(store, options), store
}

// shelf is an empty shelf of a test's own.
func shelf(t testing.TB, o export.ShelfOptions) *export.Shelf {
	t.Helper()
	o.Dir = t.TempDir()
	s, err := export.NewShelf(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

var tester = postgres.Author{Actor: "tester"}

func load(ctx context.Context, dsn string, b *registry.Baseline) error {
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	if _, _, err := store.Load(ctx, b, tester, func(string, int, int) {}); err != nil {
		return err
	}
	_, err = store.Publish(ctx, tester, b.Dataset.DataDate, "", "")
	return err
}

func baselineOf(files func() (fs.FS, error)) func(context.Context) (*registry.Baseline, error) {
	return func(ctx context.Context) (*registry.Baseline, error) {
		fsys, err := files()
		if err != nil {
			return nil, err
		}
		folder, err := dataset.Open(fsys)
		if err != nil {
			return nil, err
		}
		return folder.Baseline(ctx, func(string, int, int) {})
	}
}

func onSample(t testing.TB) *server {
	t.Helper()
	s, _ := onStore(t, "sample", baselineOf(sample.FS))
	return s
}

// signed signs what the log of a store is now, and lets an API prove from it.
func signed(t testing.TB, s *server, store *postgres.Store) audit.Verifier {
	t.Helper()
	secret, public, err := audit.NewKey("civil.example/log")
	if err != nil {
		t.Fatal(err)
	}
	by, err := audit.ReadSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Checkpoint(t.Context(), by, by.Name(), time.Now()); err != nil {
		t.Fatal(err)
	}
	key, err := audit.ReadVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	s.Proofs = store
	return key
}

// The proof of an event of a real log is checked without it; an event that was
// recorded after the publication answers as one that there is not.
func TestStore_provesEvents(t *testing.T) {
	s, store := onSquares(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := store.OpenCase(t.Context(), "CORRECTION", "更正", "test")
	must(err)
	_, err = store.OpenDraft(t.Context(), id)
	must(err)
	var face registry.FaceID
	var unit registry.UnitID
	must(store.Pool().QueryRow(t.Context(), "SELECT min(face_id), max(unit_id) FROM tenure").Scan(&face, &unit))
	on := registry.Date(2000, 1, 1)
	must(store.Draft(t.Context(), id, registry.Period{From: on, To: on + 366}, registry.Operation{Kind: registry.Assign, Face: face, Unit: unit}))
	_, err = store.Apply(t.Context(), id, tester, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.NoScan, Number: "更正1号", IssuedOn: on, IssuedKnown: true, Issuer: "民政厅", Title: "示例"},
		Event:      registry.Event{Class: registry.Correction, Type: registry.BoundaryChange, EffectiveOn: on, Precision: registry.PrecisionDay}})
	must(err)
	var hiddenID registry.EventID
	must(store.Pool().QueryRow(t.Context(), "SELECT max(id) FROM event").Scan(&hiddenID))
	key := signed(t, s, store)
	p, err := audit.ReadProof(ask(t, s, "GET", "/api/log/proof/1").Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify([]audit.Verifier{key}); err != nil || p.Row != nil {
		t.Errorf("%v, %+v", err, p)
	}
	if _, err := store.Prove(t.Context(), "event", int64(hiddenID), false); err != nil {
		t.Fatalf("the event that is not public is not in the log: %v", err)
	}
	hidden, unknown := ask(t, s, "GET", "/api/log/proof/"+number(hiddenID)), ask(t, s, "GET", "/api/log/proof/77777")
	if hidden.Code != 404 || strings.ReplaceAll(hidden.Body.String(), number(hiddenID), "N") != strings.ReplaceAll(unknown.Body.String(), "77777", "N") {
		t.Errorf("%d %s\n%d %s", hidden.Code, hidden.Body, unknown.Code, unknown.Body)
	}
}

func onSquares(t testing.TB) (*server, *postgres.Store) {
	t.Helper()
	return onStore(t, "squares", func(context.Context) (*registry.Baseline, error) { return registrytest.Squares(), nil })
}

// get decodes an answer of status 200.
func get[T any](t testing.TB, s *server, target string) T {
	t.Helper()
	w := ask(t, s, "GET", target)
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %v: %.500s", target, w.Code, err, w.Body)
	}
	return v
}

// idOf is the unit that bore a code on a day.
func idOf(t testing.TB, s *server, code, day string) registry.UnitID {
	t.Helper()
	list := get[UnitList](t, s, "/api/units?code="+code+"&datetime="+day)
	if len(list.Units) != 1 {
		t.Fatalf("%s on %s: %d units (%s)", code, day, len(list.Units), list.Statement)
	}
	return list.Units[0].ID
}

func TestStore_answersFitTheDocument(t *testing.T) {
	s, store := onStore(t, "sample", baselineOf(sample.FS))
	signed(t, s, store)
	unit := number(idOf(t, s, "220184", "2023-01-01"))
	event := get[History](t, s, "/api/units/"+unit+"/history").Events[0].ID
	in := map[string]string{
		"/api/units/{id}": unit, "/api/units/{id}/history": unit, "/api/events/{id}": number(event), "/api/log/proof/{id}": number(event),
		"/ogc/collections/divisions/items/{id}":      unit,
		"/ogc/collections/boundary-lines/items/{id}": firstID(t, s, "boundary-lines"),
		"/ogc/collections/places/items/{id}":         firstID(t, s, "places"),
	}
	given := map[string]string{"q": "公主岭", "code": "220184", "from": "2021-01-01", "lon": "125.3", "lat": "43.9"}
	for path, item := range s.api.OpenAPI().Paths {
		if strings.Contains(path, "unrefined-areas/items/") {
			continue // TestStore_unrefined
		}
		query := url.Values{}
		for _, p := range item.Get.Parameters {
			if value := given[p.Name]; value != "" {
				query.Set(p.Name, value)
			}
		}
		target := strings.NewReplacer("{id}", in[path], "{kind}", "invalid", "{layer}", "county", "{format}", "gpkg").Replace(path)
		checkAnswer(t, s, item.Get, withQuery(target, query))
	}
}

func TestStore_公主岭(t *testing.T) {
	s := onSample(t)
	id := idOf(t, s, "220381", "2019-12-31")
	if later := idOf(t, s, "220184", "2021-01-01"); later != id {
		t.Errorf("公主岭 is unit %d in 2019 and %d in 2021", id, later)
	}
	for day, custodian := range map[string]string{"2019-12-31": "四平市", "2021-01-01": "长春市"} {
		u := get[UnitAnswer](t, s, "/api/units/"+number(id)+"?datetime="+day).Unit
		if u.Name != "公主岭市" || u.CustodianName == nil || *u.CustodianName != custodian || !u.Areal || u.AreaM2 == nil || *u.AreaM2 <= 0 {
			t.Errorf("on %s: %+v", day, u)
		}
	}
	for target, want := range map[string]string{
		"code=220381&from=2019-12-31&to=2021-01-01":                    "220184000000",
		"code=220184&from=2021-01-01&to=2019-12-31&direction=backward": "220381000000",
	} {
		found := get[Translation](t, s, "/api/translate?"+target)
		if len(found.Targets) != 1 || found.Targets[0].Unit.Code == nil || *found.Targets[0].Unit.Code != want || !found.Targets[0].Certain {
			t.Errorf("%s: %+v", target, found)
		}
	}
	if list := get[UnitList](t, s, "/api/units?code=220381&datetime=2021-01-01"); len(list.Units) != 0 || list.Statement == "" {
		t.Errorf("a retired code: %+v", list)
	}
	history := get[History](t, s, "/api/units/"+number(id)+"/history")
	if len(history.Versions) < 2 || len(history.Codes) < 2 || len(history.Events) < 2 {
		t.Errorf("history %+v", history)
	}
}

// The label point of a county lies in it: where finds the county again.
func TestStore_whereFindsEveryCounty(t *testing.T) {
	s := onSample(t)
	for _, day := range []string{"1990-01-01", "2023-12-31"} {
		page := get[FeatureCollection[Unit]](t, s, "/ogc/collections/divisions/items?level=county&limit=1000&datetime="+day)
		if len(page.Features) < 40 {
			t.Fatalf("%d counties", len(page.Features))
		}
		for _, f := range page.Features {
			if !f.Properties.Areal {
				continue
			}
			g := decodeGeometry(t, f.Geometry)
			p := inside(g)
			found := get[Where](t, s, fmt.Sprintf("/api/where?lon=%v&lat=%v&datetime=%s", p[0], p[1], day))
			if len(found.Places) != 1 || !slices.ContainsFunc(found.Places[0].Units, func(u Unit) bool { return u.ID == f.Properties.ID }) {
				t.Errorf("%s on %s: %v is in %+v", f.Properties.Name, day, p, found.Places)
			}
		}
	}
}

func decodeGeometry(t testing.TB, g Geometry) orb.MultiPolygon {
	t.Helper()
	var decoded struct {
		Type        string
		Coordinates orb.MultiPolygon
	}
	if err := json.Unmarshal(g, &decoded); err != nil || decoded.Type != "MultiPolygon" {
		t.Fatalf("%s: %v", decoded.Type, err)
	}
	return decoded.Coordinates
}

// inside is a point in the first polygon: a little to the left of the middle
// of its longest edge, since outer rings run counter-clockwise.
func inside(area orb.MultiPolygon) orb.Point {
	var a, b orb.Point
	for i, p := range area[0][0][1:] {
		if q := area[0][0][i]; planar.Distance(p, q) > planar.Distance(a, b) {
			a, b = q, p
		}
	}
	const step = 1e-6
	d := planar.Distance(a, b)
	return orb.Point{(a[0]+b[0])/2 - step*(b[1]-a[1])/d, (a[1]+b[1])/2 + step*(b[0]-a[0])/d}
}

// RFC 7946, 3.1.6: outer rings run counter-clockwise, inner rings clockwise.
func TestStore_ringsRunByTheRightHandRule(t *testing.T) {
	s := onSample(t)
	page := get[FeatureCollection[Unit]](t, s, "/ogc/collections/divisions/items?limit=1000&datetime=2023-12-31")
	rings, inner := 0, 0
	for _, f := range page.Features {
		if !f.Properties.Areal {
			continue
		}
		for _, polygon := range decodeGeometry(t, f.Geometry) {
			for i, ring := range polygon {
				rings++
				want := orb.CCW
				if i > 0 {
					want, inner = orb.CW, inner+1
				}
				if ring.Orientation() != want {
					t.Errorf("%s: ring %d runs the wrong way", f.Properties.Name, i)
				}
			}
		}
	}
	if rings < 60 || inner == 0 {
		t.Errorf("%d rings, %d of them inner", rings, inner)
	}
}

func TestStore_pagesAndBoxes(t *testing.T) {
	s := onSample(t)
	for _, target := range []string{
		"divisions/items?datetime=2020-01-01", "divisions/items?level=county&datetime=1990-01-01", "boundary-lines/items?datetime=2020-01-01", "places/items?bbox=120,40,132,47",
		"divisions/items?level=county&datetime=2020-01-01&bbox=125,43,126.5,44.5",
	} {
		whole := pageAt(t, s, "/ogc/collections/"+target+"&limit=1000")
		ids := walk(t, s, "/ogc/collections/"+target+"&limit=37", nil)
		if len(whole.Features) == 0 || len(ids) != len(whole.Features) {
			t.Errorf("%s: %d features at once, %d in pages", target, len(whole.Features), len(ids))
		}
		for i := range ids {
			if ids[i] != whole.Features[i].ID {
				t.Fatalf("%s: feature %d is %s at once, %s in pages", target, i, whole.Features[i].ID, ids[i])
			}
		}
	}
	all, some := pageAt(t, s, "/ogc/collections/divisions/items?level=county&limit=1000"), pageAt(t, s, "/ogc/collections/divisions/items?level=county&limit=1000&bbox=125,43,126.5,44.5")
	if len(some.Features) == 0 || len(some.Features) >= len(all.Features)/2 {
		t.Errorf("%d of %d counties in a small box", len(some.Features), len(all.Features))
	}
	if none := pageAt(t, s, "/ogc/collections/divisions/items?bbox=0,0,1,1"); len(none.Features) != 0 {
		t.Errorf("%d units off Africa", len(none.Features))
	}
}

// Where a part of a unit moved, the day before shows territory whose holder is
// not known; each such area is found again by its identifier.
func TestStore_unrefined(t *testing.T) {
	s := onSample(t)
	found := 0
	for _, day := range []string{"1982-01-01", "1985-01-01", "1990-01-01", "2000-01-01", "2010-01-01"} {
		page := get[FeatureCollection[UnrefinedArea]](t, s, "/ogc/collections/unrefined-areas/items?datetime="+day)
		for _, f := range page.Features {
			found++
			target := itemsPath(unrefinedAreas) + "/" + f.ID + "?datetime=" + day
			checkAnswer(t, s, s.api.OpenAPI().Paths[itemsPath(unrefinedAreas)+"/{id}"].Get, target)
			single := get[FeatureDocument[UnrefinedArea]](t, s, target)
			if !bytes.Equal(single.Geometry, f.Geometry) || f.Properties.Statement == "" || f.Properties.AreaM2 <= 0 {
				t.Errorf("%s on %s: %+v", f.ID, day, f.Properties)
			}
			p := inside(decodeGeometry(t, f.Geometry))
			where := get[Where](t, s, fmt.Sprintf("/api/where?lon=%v&lat=%v&datetime=%s", p[0], p[1], day))
			if len(where.Places) != 1 || where.Places[0].NotKnown == nil || where.Places[0].Statement == "" {
				t.Errorf("%s on %s: %v is in %+v", f.ID, day, p, where.Places)
			}
		}
	}
	if found == 0 {
		t.Error("the sample has no unrefined area on the days tried")
	}
}

// publicAnswers are targets whose answers together show everything.
var publicAnswers = []string{
	"/ogc/collections", "/ogc/collections/divisions/items?", "/ogc/collections/boundary-lines/items?", "/ogc/collections/unrefined-areas/items?",
	"/api/changes?level=county", "/api/publication?", "/api/where?lon=126.05&lat=43.5", "/api/units?code=220121",
}

func shown(t testing.TB, s *server, suffix string) (all []string) {
	t.Helper()
	for _, target := range publicAnswers {
		if !strings.Contains(target, "?") {
			target += "?"
		}
		if strings.Contains(target, "items") || strings.Contains(target, "where") || strings.Contains(target, "code") {
			target += "&datetime=2024-01-01"
		}
		w := ask(t, s, "GET", strings.Replace(target+suffix, "?&", "?", 1))
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		all = append(all, w.Header().Get("ETag"), w.Body.String())
	}
	return all
}

// Invariants 2 and 5: what is recorded but not released changes no public
// answer; what is released later changes no answer about an earlier time, byte
// for byte.
func TestStore_publicClock(t *testing.T) {
	ctx := context.Background()
	s, store := onSquares(t)
	first := get[PublicationAnswer](t, s, "/api/publication").ReleasedAt
	pinned := "&recorded-as-of=" + url.QueryEscape(first.Format(time.RFC3339Nano))
	now, then := shown(t, s, ""), shown(t, s, pinned)

	correctBorder(t, store)
	if diff := cmp.Diff(now, shown(t, s, "")); diff != "" {
		t.Errorf("a change that was not released shows:\n%s", diff)
	}
	if _, err := store.Publish(ctx, tester, registry.Date(2024, 1, 1), "", "second"); err != nil {
		t.Fatal(err)
	}
	after := shown(t, s, "")
	if after[3] == now[3] || after[13] == now[13] {
		t.Error("a release changes neither areas nor whereabouts")
	}
	if diff := cmp.Diff(then, shown(t, s, pinned)); diff != "" {
		t.Errorf("a release changes what was so before:\n%s", diff)
	}
}

// correctBorder moves the border of 甲县 and 乙县 for all time.
func correctBorder(t testing.TB, store *postgres.Store) {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	p, err := store.Publication(ctx, time.Time{})
	check(err)
	arc, course, err := store.ArcBetween(ctx, "甲县", "乙县", registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: p.AsOf})
	check(err)
	course = append(orb.LineString{}, course...)
	course[1] = orb.Point{126.1, 43.5}
	id, err := store.OpenCase(ctx, "CORRECTION", "甲乙界线勘误", "li")
	check(err)
	_, err = store.OpenDraft(ctx, id)
	check(err)
	check(store.Draft(ctx, id, registry.Since(registrytest.Start), registry.Operation{Kind: registry.Reshape, Arc: arc, Course: course, Source: "survey"}))
	_, err = store.Apply(ctx, id, tester, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.NoScan, Number: "勘〔2024〕1号", Title: "示例", IssuedOn: registry.Date(2024, 1, 1), IssuedKnown: true, Issuer: "民政厅"},
		Event:      registry.Event{Class: registry.Correction, Type: registry.Resurvey, EffectiveOn: registry.Date(2024, 1, 1), Precision: registry.PrecisionDay},
	})
	check(err)
}

func TestStore_databaseAway(t *testing.T) {
	store, err := postgres.Open(context.Background(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	s := newServer(store, testOptions())
	for _, target := range []string{"/ogc/collections/divisions/items", "/api/where?lon=125&lat=44", "/api/units/4/history"} {
		w := ask(t, s, "GET", target)
		if p := problemIn(t, w); w.Code != 503 || p.Type != "/problems/unavailable" || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %+v", target, w.Code, p)
		}
	}
	if w := ask(t, s, "GET", "/ogc"); w.Code != 200 {
		t.Errorf("landing page: %d", w.Code)
	}
}

func firstID(t testing.TB, s *server, collection string) string {
	t.Helper()
	page := get[FeatureCollection[object]](t, s, "/ogc/collections/"+collection+"/items?limit=1")
	if len(page.Features) == 0 {
		t.Fatalf("%s is empty", collection)
	}
	return page.Features[0].ID
}
