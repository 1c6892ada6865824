package api

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"jieming/registry"
)

// Every curl line of the guide answers with 200, or with the status in its
// comment.
func TestGuide_examplesWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	s := onSample(t)
	id := idOf(t, s, "220381", "2019-12-31")
	event := get[History](t, s, unitPath(id)+"/history").Events[0].ID
	ids := strings.NewReplacer("$ID", number(id), "$EVENT", number[registry.EventID](event))
	examples := regexp.MustCompile(`(?m)^curl (?:-\S+ (?:\d+ )?)*['"]http://127\.0\.0\.1:8080([^'"]+)['"](?:\s+# (\d+))?$`).FindAllStringSubmatch(string(text), -1)
	if len(examples) < 15 || len(examples) != strings.Count(string(text), "\ncurl ") {
		t.Errorf("%d of %d curl lines are understood", len(examples), strings.Count(string(text), "\ncurl "))
	}
	for _, example := range examples {
		want := "200"
		if example[2] != "" {
			want = example[2]
		}
		w := ask(t, s, "GET", ids.Replace(example[1]))
		if got := w.Result().Status[:3]; got != want {
			t.Errorf("%s: %s, want %s: %s", example[1], got, want, w.Body)
		}
		if want == "400" && !strings.Contains(string(text), strings.TrimSpace(w.Body.String())) {
			t.Errorf("%s: the guide shows another problem than %s", example[1], w.Body)
		}
	}
}

// The guide names every parameter and every type of problem.
func TestGuide_isComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(newFake(), testOptions())
	for path, item := range s.api.OpenAPI().Paths {
		for _, name := range queryNames(item.Get) {
			if !strings.Contains(string(text), name) {
				t.Errorf("parameter %s of %s is not in the guide", name, path)
			}
		}
	}
	for _, kind := range []registry.Kind{registry.KindInvalid, registry.KindNotFound, registry.KindUnavailable, registry.KindInternal, KindMethod, kindLongURL, kindNothing, kindRange} {
		if !strings.Contains(string(text), "`"+problemPath+string(kind)+"`") {
			t.Errorf("%s is not in the guide", kind)
		}
	}
}
