package postgres

import (
	"context"
	"os"
	"testing"
	"time"

	"jieming/geo/datatest"
	"jieming/registry"
	"jieming/registry/dataset"
)

func baselineOf(t testing.TB, dir string) *registry.Baseline {
	t.Helper()
	folder, err := dataset.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	b, err := folder.Baseline(context.Background(), func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJilin_loads(t *testing.T) {
	dir := datatest.Dir(t)
	start := time.Now()
	b := baselineOf(t, dir)
	t.Logf("baseline in %v: %d units, %d codes, %d events, %d arcs, %d faces, %d tenures", time.Since(start), len(b.Units), len(b.Codes), len(b.Events), len(b.Arcs), len(b.Faces), len(b.Tenures))
	start = time.Now()
	s := opened(t, b)
	t.Logf("loaded in %v", time.Since(start))
	start = time.Now()
	problems, err := s.Check(context.Background(), func(says string, n int) { t.Logf("%v %s: %d", time.Since(start), says, n) })
	check(t, err)
	for _, p := range problems {
		t.Errorf("%+v", p)
	}
}
