package postgres

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"jieming/registry"
)

// plan is a node of a query plan as EXPLAIN (FORMAT JSON) prints it.
type plan struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Plans    []plan
}

// scanned lists the tables that are read from end to end.
func (p plan) scanned() (tables []string) {
	if p.Type == "Seq Scan" {
		tables = append(tables, p.Relation)
	}
	for _, below := range p.Plans {
		tables = append(tables, below.scanned()...)
	}
	return tables
}

func explain(t *testing.T, s *Store, text string, args pgx.StrictNamedArgs) plan {
	t.Helper()
	var raw []byte
	err := s.pool.QueryRow(context.Background(), "EXPLAIN (FORMAT JSON) "+text, args).Scan(&raw)
	if err != nil {
		t.Fatal(err)
	}
	var found []struct{ Plan plan }
	if err := json.Unmarshal(raw, &found); err != nil {
		t.Fatal(err)
	}
	return found[0].Plan
}

// No question that is asked all day reads the versions of all units, or of all
// codes. Listing every unit there is may.
func TestPlans_ofHotQueries(t *testing.T) {
	s, _ := jilin(t)
	tile, err := os.ReadFile("../../tiles/postgis.sql")
	check(t, err)
	at := registry.Instant{Valid: registry.Date(2005, 6, 1), Recorded: latest(t, s)}
	box, err := boxEWKB(&orb.Bound{Min: orb.Point{125, 43}, Max: orb.Point{126, 44}})
	check(t, err)
	changchun, err := s.UnitByCode(context.Background(), "2201", at)
	check(t, err)
	instant := func(more pgx.StrictNamedArgs) pgx.StrictNamedArgs {
		args := pgx.StrictNamedArgs{"t": date(at.Valid), "r": int64(at.Recorded)}
		for name, v := range more {
			args[name] = v
		}
		return args
	}
	list := func(more pgx.StrictNamedArgs) pgx.StrictNamedArgs {
		args := instant(pgx.StrictNamedArgs{"ids": nil, "after": 0, "level": 0, "parent": 0, "code": "", "box": nil, "n": 1001, "geometry": true,
			"areal": []int64{1}, "digests": [][]byte{make([]byte, 32)}, "incomplete": []int64{}, "recast": []int64{}})
		for name, v := range more {
			args[name] = v
		}
		return args
	}
	if whole := explain(t, s, "SELECT count(*) FROM unit_version WHERE seat = @seat", pgx.StrictNamedArgs{"seat": "x"}).scanned(); !slices.Contains(whole, "unit_version") {
		t.Fatalf("the test doesn't see a scan: %v", whole)
	}
	for _, c := range []struct {
		name, text string
		args       pgx.StrictNamedArgs
	}{
		{"counties", sql("ListUnits"), list(pgx.StrictNamedArgs{"level": 3})},
		{"units by id", sql("ListUnits"), list(pgx.StrictNamedArgs{"ids": []int64{int64(changchun.ID), 2, 3}})},
		{"units by code", sql("ListUnits"), list(pgx.StrictNamedArgs{"code": "220184000000"})},
		{"units below a unit", sql("ListUnits"), list(pgx.StrictNamedArgs{"parent": int64(changchun.ID)})},
		{"counties in a box", sql("ListUnits"), list(pgx.StrictNamedArgs{"level": 3, "box": box})},
		{"borders", sql("ListBorders"), instant(nil)},
		{"areas of a level", sql("LevelDigests"), instant(pgx.StrictNamedArgs{"level": 3})},
		{"incomplete units", sql("IncompleteUnits"), instant(nil)},
		{"faces at a point", sql("FacesAt"), instant(pgx.StrictNamedArgs{"lon": 125.3, "lat": 43.9})},
		{"chain of a unit", sql("Chain"), instant(pgx.StrictNamedArgs{"id": int64(changchun.ID)})},
		{"unit by code", sql("UnitIDByCode"), instant(pgx.StrictNamedArgs{"code": "220100000000"})},
		{"days of change", sql("ListChanges"), pgx.StrictNamedArgs{"level": 3, "r": int64(at.Recorded)}},
		{"tile", string(tile), instant(pgx.StrictNamedArgs{"z": 7, "x": 108, "y": 46})},
	} {
		t.Run(c.name, func(t *testing.T) {
			tables := explain(t, s, c.text, c.args).scanned()
			for _, whole := range []string{"unit_version", "code_version"} {
				if slices.Contains(tables, whole) {
					t.Errorf("reads all of %s", whole)
				}
			}
		})
	}
}
