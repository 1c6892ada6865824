package postgres

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// borders reads all borders, with their courses.
func borders(t *testing.T, s *Store, at registry.Instant) (list []registry.Border, courses []orb.LineString) {
	t.Helper()
	check(t, s.Borders(context.Background(), at, func(b *registry.Border) error {
		g, _, err := ewkb.Unmarshal(b.WKB)
		check(t, err)
		list, courses = append(list, *b), append(courses, g.(orb.LineString))
		list[len(list)-1].WKB = nil // it is the store's
		return nil
	}))
	return list, courses
}

func TestBorders_squares(t *testing.T) {
	s := opened(t, registrytest.Squares())
	list, _ := borders(t, s, registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)})
	type border struct {
		Left, Right string
		Rank        registry.Level
		Uncertain   bool
		Basis       registry.Basis
	}
	var got []border
	for _, b := range list {
		got = append(got, border{b.Left.Name, b.Right.Name, b.Rank, b.Uncertain, b.Basis})
		if b.LengthM < 50_000 || b.Status != "CUSTOMARY" || b.Source == "" || b.Valid != registry.Since(registrytest.Start) || b.BeganBy == 0 {
			t.Errorf("border %+v", b)
		}
	}
	want := []border{
		{"甲县", "乙县", registry.LevelCounty, false, registry.Published},
		{"乙县", "丙县", registry.LevelPrefecture, false, registry.Published},
		{"甲县", "邻省", registry.LevelProvince, false, registry.Published},
		{"乙县", "邻省", registry.LevelProvince, false, registry.Published},
		{"乙县", "邻省", registry.LevelProvince, false, registry.Published},
		{"丙县", "邻省", registry.LevelProvince, false, registry.Published},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if list, _ := borders(t, s, registry.Instant{Valid: registry.Date(1970, 1, 1), Recorded: latest(t, s)}); len(list) > 0 {
		t.Errorf("before the record there are %d borders", len(list))
	}
}

// A border above PUBLIC secrecy is left out.
func TestBorders_secret(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)}
	before, _ := borders(t, s, at)
	_, err = pgtest.Pool(t, owner).Exec(ctx, "SET session_replication_role = replica; UPDATE registry.arc SET secrecy = 1 WHERE id = (SELECT min(id) FROM registry.arc)")
	check(t, err)
	after, _ := borders(t, s, at)
	if diff := cmp.Diff(before[1:], after); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// edge is one straight piece of a line, the same in both directions.
type edge [2]orb.Point

func edgesOf(line []orb.Point, yield func(edge)) {
	for i := range len(line) - 1 {
		a, b := line[i], line[i+1]
		if a[0] > b[0] || a[0] == b[0] && a[1] > b[1] {
			a, b = b, a
		}
		yield(edge{a, b})
	}
}

// edgesOfAreas counts how often each unit has each edge: counties, and the
// holders of what no county is known to hold.
func edgesOfAreas(t *testing.T, s *Store, at registry.Instant) map[edge]map[registry.UnitID]int {
	t.Helper()
	found := map[edge]map[registry.UnitID]int{}
	add := func(id registry.UnitID, wkb []byte) {
		g, _, err := ewkb.Unmarshal(wkb)
		check(t, err)
		for _, polygon := range g.(orb.MultiPolygon) {
			for _, ring := range polygon {
				edgesOf(ring, func(e edge) {
					if found[e] == nil {
						found[e] = map[registry.UnitID]int{}
					}
					found[e][id]++
				})
			}
		}
	}
	ctx := context.Background()
	check(t, s.Units(ctx, registry.UnitQuery{At: at, Level: registry.LevelCounty, Geometry: true}, func(u *registry.Unit) error {
		if u.Areal {
			add(u.ID, u.WKB)
		}
		return nil
	}))
	check(t, s.Unrefined(ctx, at, registry.LevelCounty, true, func(u *registry.Unrefined) error { add(u.Holder.ID, u.WKB); return nil }))
	return found
}

// Each edge of each area of Jilin lies on exactly one border, whose sides are
// the units that have the edge.
func TestBorders_fitTheAreas(t *testing.T) {
	s, _ := jilin(t)
	for _, day := range []registry.Day{registry.Date(1990, 1, 1), registry.Date(2019, 6, 1), registry.Date(2024, 1, 1)} {
		at := registry.Instant{Valid: day, Recorded: latest(t, s)}
		areas := edgesOfAreas(t, s, at)
		list, courses := borders(t, s, at)
		seen := map[edge]bool{}
		for i, b := range list {
			edgesOf(courses[i], func(e edge) {
				if seen[e] {
					t.Fatalf("%s: an edge lies on two borders", day)
				}
				seen[e] = true
				for _, side := range []registry.UnitRef{b.Left, b.Right} {
					if side.Level > 0 && areas[e][side.ID] != 1 {
						t.Fatalf("%s: border %d: %s has an edge %d times", day, b.ID, side.Name, areas[e][side.ID])
					}
				}
			})
		}
		for e, units := range areas {
			for id, n := range units {
				// Two pieces of one holder meet where their candidates differ.
				if !seen[e] && n != 2 {
					t.Fatalf("%s: an edge of unit %d lies on no border", day, id)
				}
			}
		}
		if len(list) == 0 || len(areas) == 0 {
			t.Errorf("%s: %d borders, %d edges", day, len(list), len(areas))
		}
	}
}
