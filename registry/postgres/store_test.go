package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

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

// A box selects, at every level, the units it touches.
func TestUnits_inABox(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	for _, c := range []struct {
		box   orb.Bound
		level registry.Level
		want  string
	}{
		{orb.Bound{Min: orb.Point{125.2, 43.2}, Max: orb.Point{125.3, 43.3}}, registry.LevelOutside, "方省 西市 甲县"},
		{orb.Bound{Min: orb.Point{125.2, 43.2}, Max: orb.Point{125.3, 43.3}}, registry.LevelCounty, "甲县"},
		{orb.Bound{Min: orb.Point{126.5, 43.2}, Max: orb.Point{127, 43.3}}, registry.LevelCounty, "乙县 丙县"},
		{orb.Bound{Min: orb.Point{126.5, 43.2}, Max: orb.Point{127.5, 43.3}}, registry.LevelPrefecture, "西市 东市"},
		{orb.Bound{Min: orb.Point{100, 10}, Max: orb.Point{101, 11}}, registry.LevelOutside, ""},
	} {
		var names []string
		at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)}
		err := s.Units(ctx, registry.UnitQuery{At: at, Box: &c.box, Level: c.level}, func(u *registry.Unit) error {
			names = append(names, u.Name)
			return nil
		})
		check(t, err)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v level %v: %s, want %s", c.box, c.level, got, c.want)
		}
	}
}

// steps logs when each step of a load begins.
func steps(t testing.TB) Progress {
	start := time.Now()
	return func(step string, _, _ int) { t.Logf("%6.2f s %s", time.Since(start).Seconds(), step) }
}
