package postgres

import (
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
	"jieming/registry/roman"
)

// hits reads what is shown about finds.
func (s *search) hits(best []*found) ([]registry.SearchHit, error) {
	var units, places []int64
	for _, f := range best {
		if f.isPlace() {
			places = append(places, f.shown)
		} else {
			units = append(units, f.shown)
		}
	}
	byUnit, err := s.readUnits(units)
	if err != nil {
		return nil, err
	}
	byPlace, err := s.readPlaces(places)
	if err != nil {
		return nil, err
	}
	var hits []registry.SearchHit
	for _, f := range best {
		hit, ok := byUnit[f.shown]
		if f.isPlace() {
			hit, ok = byPlace[f.shown]
		}
		if ok {
			hits = append(hits, s.explain(hit, f))
		}
	}
	return hits, s.locate(hits)
}

// explain says by what a hit was found.
func (s *search) explain(hit registry.SearchHit, f *found) registry.SearchHit {
	hit.Matched = s.matched(f)
	switch name := f.specific + f.generic; {
	case f.code != "":
		if f.code != hit.Code {
			hit.OtherCode, hit.OtherValid = f.code, f.valid
		}
	case name != hit.Name:
		hit.Matched = registry.ByFormer
		if f.valid.From > s.q.At.Valid {
			hit.Matched = registry.ByLater
		}
		hit.OtherName, hit.OtherValid = name, f.valid
	}
	return hit
}

// chainRow is a chain of units in three columns.
type chainRow struct {
	ids    []int64
	names  []string
	levels []int16
}

func (c *chainRow) chain() []registry.UnitRef {
	chain := make([]registry.UnitRef, len(c.ids))
	for i := range c.ids {
		chain[i] = registry.UnitRef{ID: registry.UnitID(c.ids[i]), Name: c.names[i], Level: registry.Level(c.levels[i])}
	}
	return chain
}

func (s *search) readUnits(ids []int64) (map[int64]registry.SearchHit, error) {
	return s.readHits("SearchUnits", ids, func(row pgx.Rows) (id int64, hit registry.SearchHit, err error) {
		var valid pgtype.Range[pgtype.Date]
		var c chainRow
		err = row.Scan(&hit.Unit, &hit.Name, &hit.Specific, &hit.Generic, &hit.Level, &hit.Type, &hit.Code, &valid, &hit.Current,
			&c.ids, &c.names, &c.levels)
		hit.Kind, hit.Valid, hit.Chain = registry.SearchUnit, fromRange(valid), c.chain()
		if hit.Level == registry.LevelVillage {
			hit.Kind = registry.SearchVillage
		}
		hit.Roman = roman.DisplayParts(hit.Specific, hit.Generic)
		return int64(hit.Unit), hit, err
	})
}

func (s *search) readPlaces(ids []int64) (map[int64]registry.SearchHit, error) {
	return s.readHits("SearchPlaces", ids, func(row pgx.Rows) (id int64, hit registry.SearchHit, err error) {
		var valid pgtype.Range[pgtype.Date]
		var c chainRow
		var geom []byte
		if err = row.Scan(&hit.Place, &hit.Name, &hit.Roman, &hit.Category, &geom, &valid, &hit.Current, &c.ids, &c.names, &c.levels); err != nil {
			return 0, hit, err
		}
		hit.Kind, hit.Specific, hit.Valid, hit.Chain = registry.SearchPlace, hit.Name, fromRange(valid), c.chain()
		point, err := pointOf(geom)
		hit.Point, hit.At = &point, &point
		return int64(hit.Place), hit, err
	})
}

func (s *search) readHits(statement string, ids []int64, scan func(pgx.Rows) (int64, registry.SearchHit, error)) (map[int64]registry.SearchHit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Query(s.ctx, sql(statement), pgx.StrictNamedArgs{"ids": ids, "t": date(s.q.At.Valid), "r": int64(s.q.At.Recorded)})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hits := map[int64]registry.SearchHit{}
	for rows.Next() {
		id, hit, err := scan(rows)
		if err != nil {
			return nil, err
		}
		hits[id] = hit
	}
	return hits, rows.Err()
}

// spot is where an area is.
type spot struct {
	label orb.Point
	box   orb.Bound
}

// spotMemory remembers where areas are, by their digests: an area never moves.
type spotMemory struct {
	mu    sync.Mutex
	known map[[32]byte]spot
}

// spotsKept bounds the memory; those of every area of China on one day fit, and
// take half a megabyte.
const spotsKept = 1 << 13

// get looks areas up, and says which are not known.
func (m *spotMemory) get(digests [][]byte) (found map[[32]byte]spot, missing [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found = map[[32]byte]spot{}
	for _, d := range digests {
		if at, ok := m.known[[32]byte(d)]; ok {
			found[[32]byte(d)] = at
		} else {
			missing = append(missing, d)
		}
	}
	return found, missing
}

func (m *spotMemory) put(digest [32]byte, at spot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) == spotsKept {
		m.known = map[[32]byte]spot{}
	}
	m.known[digest] = at
}

// locate says where hits are: in their own area, or else in the finest one
// above them that has one.
func (s *search) locate(hits []registry.SearchHit) error {
	if len(hits) == 0 {
		return nil
	}
	spots, err := s.spots(hits)
	if err != nil {
		return err
	}
	for i := range hits {
		hit := &hits[i]
		if own, ok := spots[hit.Unit]; ok && hit.Current {
			hit.Point, hit.At, hit.Box = &own.label, &own.label, &own.box
		}
		for _, above := range slices.Backward(hit.Chain) {
			if around, ok := spots[above.ID]; ok && hit.At == nil {
				hit.At = &around.label
			}
		}
	}
	return nil
}

// spots finds the areas of hits and of what is above them.
func (s *search) spots(hits []registry.SearchHit) (map[registry.UnitID]spot, error) {
	var ids []int64
	for _, hit := range hits {
		if hit.Unit != 0 {
			ids = append(ids, int64(hit.Unit))
		}
		for _, above := range hit.Chain {
			ids = append(ids, int64(above.ID))
		}
	}
	slices.Sort(ids)
	areal, err := s.holdings(s.ctx, s.tx, registry.UnitQuery{At: s.q.At}, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	byDigest, err := s.readSpots(areal.digests)
	if err != nil {
		return nil, err
	}
	spots := map[registry.UnitID]spot{}
	var unbuilt []int64
	for i, id := range areal.units {
		if at, ok := byDigest[[32]byte(areal.digests[i])]; ok {
			spots[registry.UnitID(id)] = at
		} else {
			unbuilt = append(unbuilt, id)
		}
	}
	return spots, s.build(unbuilt, spots)
}

// readSpots finds stored areas by their digests.
func (s *search) readSpots(digests [][]byte) (map[[32]byte]spot, error) {
	found, missing := s.located.get(digests)
	if len(missing) == 0 {
		return found, nil
	}
	rows, err := s.tx.Query(s.ctx, sql("SearchAreas"), pgx.StrictNamedArgs{"digests": missing})
	if err != nil {
		return nil, err
	}
	var digest, label []byte
	var box orb.Bound
	_, err = pgx.ForEachRow(rows, []any{&digest, &label, &box.Min[0], &box.Min[1], &box.Max[0], &box.Max[1]}, func() error {
		point, err := pointOf(label)
		found[[32]byte(digest)] = spot{point, box}
		s.located.put([32]byte(digest), spot{point, box})
		return err
	})
	return found, err
}

// build finds areas whose polygons are not stored yet, and has them stored.
func (s *search) build(ids []int64, into map[registry.UnitID]spot) error {
	if len(ids) == 0 {
		return nil
	}
	units, err := s.unitsByID(s.ctx, s.tx, ids, s.q.At, true)
	if err != nil {
		return err
	}
	for _, u := range units {
		area, _, err := ewkb.Unmarshal(u.WKB)
		if err != nil {
			return err
		}
		into[u.ID] = spot{u.Label, area.Bound()}
	}
	return nil
}
