package postgres

import (
	"bytes"
	"context"
	"testing"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/registrytest"
)

func TestMemory_holdsTheLatest(t *testing.T) {
	var m memory[int]
	key := func(i int) memoryKey {
		return memoryKey{registry.Instant{Recorded: registry.Seq(i)}, registry.LevelCounty}
	}
	for i := range memorySize + 2 {
		m.put(key(i), i)
		m.put(key(i), -1) // what is true stays true
	}
	for i := range memorySize + 2 {
		v, ok := m.get(key(i))
		if ok != (i >= 2) || ok && v != i {
			t.Errorf("%d: %d, %v", i, v, ok)
		}
	}
	if len(m.known) != memorySize || len(m.order) != memorySize {
		t.Errorf("%d and %d kept", len(m.known), len(m.order))
	}
}

// An entry that is not written yet can still change what an instant says.
func TestUnits_seeWhatIsWrittenLater(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	day := registry.Date(2024, 1, 1)
	now := registry.Instant{Valid: day, Recorded: latest(t, s)}
	next := registry.Instant{Valid: day, Recorded: now.Recorded + 1}
	before, ahead := picture(t, s, now), picture(t, s, next)
	if !bytes.Equal(before, ahead) {
		t.Fatal("nothing was written, but the next entry differs")
	}

	arc, course := arcBetween(t, s, "甲县", "乙县", now)
	bent := append(orb.LineString{}, course...)
	bent[1] = orb.Point{126.1, 43.5}
	id, err := s.OpenCase(ctx, "CORRECTION", "甲乙界线勘误", "li")
	check(t, err)
	_, err = s.OpenDraft(ctx, id)
	check(t, err)
	check(t, s.Draft(ctx, id, registry.Since(registrytest.Start), registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bent, Source: "survey"}))
	written, err := s.Apply(ctx, id, tester, decision(registry.Correction, registry.Resurvey, day, "1号"))
	check(t, err)
	if written != next.Recorded {
		t.Fatalf("written as %d, want %d", written, next.Recorded)
	}
	if bytes.Equal(picture(t, s, next), ahead) {
		t.Error("the correction is not seen at its entry")
	}
	if !bytes.Equal(picture(t, s, now), before) {
		t.Error("the correction changed an earlier answer")
	}
}

// A page of a filtered question has its areas, wherever its units stand.
func TestUnits_filteredPageHasAreas(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)}
	east, err := s.UnitByCode(ctx, "2202", at)
	check(t, err)
	for _, q := range []registry.UnitQuery{
		{Parent: east.ID},
		{Code: "220221"},
		{Box: &orb.Bound{Min: orb.Point{127.4, 43.4}, Max: orb.Point{127.6, 43.6}}},
	} {
		q.At, q.Level, q.Limit, q.Geometry = at, registry.LevelCounty, 1, true
		n := 0
		check(t, s.Units(ctx, q, func(u *registry.Unit) error {
			n++
			if u.Name != "丙县" || !u.Areal || len(u.WKB) == 0 || u.AreaM2 == 0 {
				t.Errorf("%+v: %s without its area", q, u.Name)
			}
			return nil
		}))
		if n != 1 {
			t.Errorf("%+v: %d units", q, n)
		}
	}
}

func TestHoldings(t *testing.T) {
	h := holdings{units: []int64{3, 5, 8, 9}, digests: [][]byte{{3}, {5}, {8}, {9}}}
	for _, c := range []struct {
		name string
		got  holdings
		want []int64
	}{
		{"all", h.page(0, limit(0)), []int64{3, 5, 8, 9}},
		{"first", h.page(0, 2), []int64{3, 5}},
		{"after", h.page(5, 1), []int64{8}},
		{"between", h.page(6, 9), []int64{8, 9}},
		{"none left", h.page(9, 9), nil},
		{"among", h.among([]int64{9, 4, 3}), []int64{9, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.got.units) != len(c.want) || len(c.got.digests) != len(c.want) {
				t.Fatalf("got %v, want %v", c.got.units, c.want)
			}
			for i, id := range c.want {
				if c.got.units[i] != id || c.got.digests[i][0] != byte(id) {
					t.Errorf("got %v %v, want %v", c.got.units, c.got.digests, c.want)
				}
			}
		})
	}
}

// Before the day of the map, areas are today's lines carried back, and say so.
func TestUnits_areasBeforeTheMapAreRecast(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	for _, c := range []struct {
		on   registry.Day
		want registry.Basis
	}{
		{registry.Date(1990, 6, 1), registry.Recast},
		{registry.Date(2023, 12, 30), registry.Recast},
		{registry.Date(2023, 12, 31), registry.Published},
		{registry.Date(2026, 1, 1), registry.Published},
	} {
		at := registry.Instant{Valid: c.on, Recorded: latest(t, s)}
		check(t, s.Units(ctx, registry.UnitQuery{At: at}, func(u *registry.Unit) error {
			if u.AreaBasis != c.want {
				t.Errorf("%s on %s: area %s, want %s", u.Name, c.on, u.AreaBasis, c.want)
			}
			return nil
		}))
	}
}
