package postgres

import (
	"context"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

var tester = Author{Actor: "tester"}

// opened is a store on a database of its own, with a baseline loaded and
// published when b is given.
func opened(t testing.TB, b *registry.Baseline) *Store {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, pgtest.App(t, pgtest.New(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if b == nil {
		return s
	}
	if _, loaded, err := s.Load(ctx, b, tester, steps(t)); err != nil || !loaded {
		t.Fatalf("load: %v, loaded %v", err, loaded)
	}
	if _, err := s.Publish(ctx, tester, b.Dataset.DataDate, "", ""); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoad_squares(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	p, err := s.Publication(ctx, timeZero)
	if err != nil {
		t.Fatal(err)
	}
	at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: p.AsOf}
	var names []string
	var sum float64
	err = s.Units(ctx, registry.UnitQuery{At: at, Level: registry.LevelCounty, Geometry: true}, func(u *registry.Unit) error {
		names = append(names, u.Name)
		sum += u.AreaM2
		if !u.Areal || len(u.WKB) == 0 {
			t.Errorf("%s has no area", u.Name)
		}
		return nil
	})
	if err != nil || len(names) != 3 {
		t.Fatalf("counties %v: %v", names, err)
	}
	_, loaded, err := s.Load(ctx, registrytest.Squares(), tester, nil)
	if err != nil || loaded {
		t.Errorf("loading twice: loaded %v, %v", loaded, err)
	}
}

// steps logs when each step of a load begins.
func steps(t testing.TB) Progress {
	start := time.Now()
	return func(step string, _, _ int) { t.Logf("%6.2f s %s", time.Since(start).Seconds(), step) }
}
