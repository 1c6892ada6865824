package postgres

import (
	"cmp"
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
	m2    float64
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

// heir is a unit of the day that another became, or came from.
type heir struct {
	registry.UnitRef
	part int // 1 if it has a part of it only
}

// heirs finds what became of hits that do not exist on the day.
func (s *search) heirs(hits []registry.SearchHit) (map[registry.UnitID][]heir, error) {
	var ids []int64
	var forward []bool
	for _, hit := range hits {
		if hit.Unit != 0 && !hit.Current {
			ids, forward = append(ids, int64(hit.Unit)), append(forward, hit.Valid.To <= s.q.At.Valid)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Query(s.ctx, sql("SearchHeirs"), pgx.StrictNamedArgs{"ids": ids, "forward": forward, "t": date(s.q.At.Valid), "r": int64(s.q.At.Recorded)})
	if err != nil {
		return nil, err
	}
	found := map[registry.UnitID][]heir{}
	var id registry.UnitID
	var h heir
	_, err = pgx.ForEachRow(rows, []any{&id, &h.ID, &h.Name, &h.Level, &h.part}, func() error {
		found[id] = append(found[id], h)
		return nil
	})
	return found, err
}

// largest is the heir with the largest area, of those that have more than a part
// if there are any; nil if none has an area.
func largest(heirs []heir, spots map[registry.UnitID]spot) (best *registry.UnitRef) {
	part := 0
	for i := range heirs {
		at, ok := spots[heirs[i].ID]
		if !ok || best != nil && (heirs[i].part != part || at.m2 <= spots[best.ID].m2) {
			continue
		}
		best, part = &heirs[i].UnitRef, heirs[i].part
	}
	return best
}

// locate says where hits are: in their own area, or else in that of what they
// became, or else in the finest one above them that has one.
func (s *search) locate(hits []registry.SearchHit) error {
	if len(hits) == 0 {
		return nil
	}
	heirs, err := s.heirs(hits)
	if err != nil {
		return err
	}
	spots, err := s.spots(hits, heirs)
	if err != nil {
		return err
	}
	for i := range hits {
		hit := &hits[i]
		if own, ok := spots[hit.Unit]; ok && hit.Current {
			hit.Point, hit.At, hit.Box = &own.label, &own.label, &own.box
		}
		if hit.At == nil {
			hit.AtOf = cmp.Or(largest(heirs[hit.Unit], spots), nearest(hit.Chain, spots))
		}
		if hit.AtOf != nil {
			around := spots[hit.AtOf.ID]
			hit.At = &around.label
		}
	}
	return nil
}

// nearest is the lowest unit of a chain that has an area, nil if none has.
func nearest(chain []registry.UnitRef, spots map[registry.UnitID]spot) *registry.UnitRef {
	for _, above := range slices.Backward(chain) {
		if _, ok := spots[above.ID]; ok {
			return &above
		}
	}
	return nil
}

// spots finds the areas of hits, of what they became and of what is above them.
func (s *search) spots(hits []registry.SearchHit, heirs map[registry.UnitID][]heir) (map[registry.UnitID]spot, error) {
	var ids []int64
	for _, hit := range hits {
		if hit.Unit != 0 {
			ids = append(ids, int64(hit.Unit))
		}
		for _, above := range hit.Chain {
			ids = append(ids, int64(above.ID))
		}
		for _, heir := range heirs[hit.Unit] {
			ids = append(ids, int64(heir.ID))
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
	var m2 float64
	_, err = pgx.ForEachRow(rows, []any{&digest, &m2, &label, &box.Min[0], &box.Min[1], &box.Max[0], &box.Max[1]}, func() error {
		point, err := pointOf(label)
		found[[32]byte(digest)] = spot{point, box, m2}
		s.located.put([32]byte(digest), spot{point, box, m2})
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
		into[u.ID] = spot{u.Label, area.Bound(), u.AreaM2}
	}
	return nil
}
