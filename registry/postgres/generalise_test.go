package postgres

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/registry/registrytest"
)

// latticeStep is a step of a ring, in steps of the lattice.
type latticeStep [4]int64

// The counties of the province, rounded: PostGIS finds every one valid, each
// coordinate is on the lattice, and every step is shared by two units or is on the
// outline that the province has.
func TestGeneralise_jilin(t *testing.T) {
	ctx := context.Background()
	for _, decimals := range []int{4, 3} {
		t.Run(fmt.Sprint(decimals), func(t *testing.T) {
			s, _ := jilin(t)
			seq := rounded(t, s, decimals)
			coarse := registry.Generalise(s, s)
			at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: seq}
			outlines := map[registry.Level]map[latticeStep]bool{}
			units := 0
			for _, level := range []registry.Level{registry.LevelProvince, registry.LevelPrefecture, registry.LevelCounty} {
				left := map[latticeStep]bool{}
				check(t, coarse.Units(ctx, registry.UnitQuery{At: at, Level: level, Geometry: true}, func(u *registry.Unit) error {
					if !u.Areal {
						return nil
					}
					units++
					valid(t, s, u)
					for _, step := range latticeSteps(t, u.WKB, decimals) {
						if left[step] {
							t.Errorf("%s: a step of two areas: %v", u.Name, step)
						}
						left[step] = true
					}
					return nil
				}))
				for step := range left {
					if against := (latticeStep{step[2], step[3], step[0], step[1]}); left[against] {
						delete(left, step)
						delete(left, against)
					}
				}
				outlines[level] = left
			}
			for _, level := range []registry.Level{registry.LevelPrefecture, registry.LevelCounty} {
				if len(outlines[level]) != len(outlines[registry.LevelProvince]) {
					t.Errorf("the outline has %d steps for the province, %d for units of level %v", len(outlines[registry.LevelProvince]), len(outlines[level]), level)
				}
				for step := range outlines[level] {
					if !outlines[registry.LevelProvince][step] {
						t.Errorf("level %v: a gap or an overlap at %v", level, step)
						break
					}
				}
			}
			t.Logf("%d areas, %d steps of the outline", units, len(outlines[registry.LevelProvince]))
		})
	}
}

// rounded publishes what is recorded, rounded, and returns its entry.
func rounded(t *testing.T, s *Store, decimals int) registry.Seq {
	t.Helper()
	check(t, attempt(s, `SELECT open_log('one')`))
	check(t, attempt(s, fmt.Sprintf(`SELECT open_log('two'); INSERT INTO publication (as_of, data_date, decimals) SELECT max(seq) - 1, '2024-01-01', %d FROM log`, decimals)))
	return latestOf(t, s) - 1
}

func valid(t *testing.T, s *Store, u *registry.Unit) {
	t.Helper()
	var ok bool
	var why string
	check(t, s.pool.QueryRow(context.Background(), "SELECT st_isvalid(g), st_isvalidreason(g) FROM st_geomfromwkb($1) g", u.WKB).Scan(&ok, &why))
	if !ok {
		t.Errorf("%s: %s", u.Name, why)
	}
}

// latticeSteps are the steps of an area's rings.
func latticeSteps(t *testing.T, data []byte, decimals int) (all []latticeStep) {
	t.Helper()
	g, err := wkb.Unmarshal(data)
	check(t, err)
	per := math.Pow10(decimals)
	on := func(x float64) int64 {
		n := math.Round(x * per)
		if n/per != x {
			t.Errorf("%v is not of %d decimals", x, decimals)
		}
		return int64(n)
	}
	for _, polygon := range g.(orb.MultiPolygon) {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				all = append(all, latticeStep{on(ring[i-1][0]), on(ring[i-1][1]), on(ring[i][0]), on(ring[i][1])})
			}
		}
	}
	return all
}

// What was published as stored stays as stored, entry by entry, and one entry is
// not published in two ways.
func TestGeneralise_isOfThePublication(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	first, err := s.Publication(ctx, timeZero)
	check(t, err)
	coarse := registry.Generalise(s, s)
	courses := func(at registry.Seq) (all []string) {
		check(t, coarse.Borders(ctx, registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: at}, func(b *registry.Border) error {
			g, err := wkb.Unmarshal(b.WKB)
			all = append(all, fmt.Sprint(g))
			return err
		}))
		return all
	}
	before := courses(first.AsOf)
	check(t, attempt(s, `SELECT open_log('one');
		INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'RESURVEY', '1981-12-31', max(id) FROM instrument;
		SELECT swap_arc((SELECT min(id) FROM arc), st_geomfromtext('LINESTRING(126 43, 126.1234567 43.5123456, 126 44)', 4490), '[1981-12-31,)', (SELECT max(id) FROM event), 'x')`))
	unpublished := latestOf(t, s)
	if !slices.ContainsFunc(courses(unpublished), func(c string) bool { return c == "[[126 43] [126.1234567 43.5123456] [126 44]]" }) {
		t.Error("what is not published is rounded")
	}
	check(t, attempt(s, fmt.Sprintf(`SELECT open_log('two'); INSERT INTO publication (as_of, data_date, decimals) VALUES (%d, '2024-01-01', 4)`, unpublished)))
	if !slices.ContainsFunc(courses(unpublished), func(c string) bool { return c == "[[126 43] [126.1235 43.5123] [126 44]]" }) {
		t.Errorf("published to 4 decimals: %v", courses(unpublished))
	}
	if after := courses(first.AsOf); !slices.Equal(after, before) {
		t.Errorf("what was published before changed: %v, was %v", after, before)
	}
	err = attempt(s, fmt.Sprintf(`SELECT open_log('three'); INSERT INTO publication (as_of, data_date) VALUES (%d, '2024-01-01')`, unpublished))
	if err == nil {
		t.Error("one entry was published rounded and as stored")
	}
}
