package api

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/sample"
)

// onStore is the API on a real store with a data set loaded and published. The
// data set is loaded once in the process for each key.
func onStore(t testing.TB, key string, files func() (fs.FS, error)) (*server, *postgres.Store) {
	t.Helper()
	owner := pgtest.Template(t, "api-"+key, func(ctx context.Context, dsn string) error {
		return load(ctx, dsn, files)
	})
	store, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	options := testOptions()
	options.Now = nil
	return newServer(store, options), store
}

func load(ctx context.Context, dsn string, files func() (fs.FS, error)) error {
	fsys, err := files()
	if err != nil {
		return err
	}
	folder, err := dataset.Open(fsys)
	if err != nil {
		return err
	}
	ignore := func(string, int, int) {}
	baseline, err := folder.Baseline(ctx, ignore)
	if err != nil {
		return err
	}
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	by := postgres.Author{Actor: "tester"}
	if _, _, err := store.Load(ctx, baseline, by, ignore); err != nil {
		return err
	}
	_, err = store.Publish(ctx, by, baseline.Dataset.DataDate, "", "")
	return err
}

func onSample(t testing.TB) (*server, *postgres.Store) {
	t.Helper()
	return onStore(t, "sample", sample.FS)
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
	s, _ := onSample(t)
	unit := number(idOf(t, s, "220184", "2023-01-01"))
	history := get[History](t, s, "/api/units/"+unit+"/history")
	day := "2000-01-01"
	ids := map[string]string{
		"/api/units/{id}": unit, "/api/units/{id}/history": unit, "/api/events/{id}": number(history.Events[0].ID),
		"/ogc/collections/divisions/items/{id}":      unit,
		"/ogc/collections/boundary-lines/items/{id}": firstID(t, s, "boundary-lines", day),
	}
	for path, item := range s.api.OpenAPI().Paths {
		id, known := ids[path]
		if strings.Contains(path, "{id}") && !known {
			continue
		}
		query := url.Values{}
		for _, p := range item.Get.Parameters {
			switch p.Name {
			case "code":
				query.Set("code", "220184")
			case "from":
				query.Set("from", "2021-01-01")
			case "lon", "lat":
				query.Set(p.Name, map[string]string{"lon": "125.3", "lat": "43.9"}[p.Name])
			}
		}
		target := strings.Replace(strings.Replace(path, "{id}", id, 1), "{kind}", "invalid", 1)
		checkAnswer(t, s, item.Get, withQuery(target, query))
	}
}

func firstID(t testing.TB, s *server, collection, day string) string {
	t.Helper()
	page := get[FeatureCollection[object]](t, s, "/ogc/collections/"+collection+"/items?limit=1&datetime="+day)
	if len(page.Features) == 0 {
		t.Fatalf("%s is empty on %s", collection, day)
	}
	return page.Features[0].ID
}
