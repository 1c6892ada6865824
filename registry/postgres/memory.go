package postgres

import (
	"context"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
)

// memory keeps what was found out about an instant, per level. Nothing in it
// goes stale: once a log entry is written, what the registry says at it, for
// any day, never changes. It holds the latest of what it was given, and is
// safe for concurrent use; its zero value is empty.
type memory[V any] struct {
	mu    sync.Mutex
	known map[memoryKey]V
	order []memoryKey // the oldest first
}

type memoryKey struct {
	at    registry.Instant
	level registry.Level
}

// memorySize is how many instants and levels are kept. The areas of all counties
// of China at one instant take 0.2 MB.
const memorySize = 64

func (m *memory[V]) get(key memoryKey) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.known[key]
	return v, ok
}

func (m *memory[V]) put(key memoryKey, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[key]; ok {
		return
	}
	if m.known == nil {
		m.known = map[memoryKey]V{}
	}
	if len(m.order) == memorySize {
		delete(m.known, m.order[0])
		m.order = m.order[1:]
	}
	m.known[key] = v
	m.order = append(m.order, key)
}

// recall returns what is known of an instant, or asks, and remembers the answer
// if the entry of the instant is written in the transaction's snapshot.
func recall[V any](ctx context.Context, tx pgx.Tx, m *memory[V], key memoryKey, ask func() (V, error)) (V, error) {
	if v, ok := m.get(key); ok {
		return v, nil
	}
	v, err := ask()
	if err != nil {
		return v, err
	}
	var written bool
	if err := tx.QueryRow(ctx, sql("EntryWritten"), pgx.StrictNamedArgs{"r": int64(key.at.Recorded)}).Scan(&written); err != nil {
		return v, err
	}
	if written {
		m.put(key, v)
	}
	return v, nil
}

// holdings are the units that have areas, in order of id, with the digests of
// those areas.
type holdings struct {
	units   []int64
	digests [][]byte
}

// holdings returns those units of a query, of which ids may name some, that
// have areas. It may return more of them than the query selects.
func (s *Store) holdings(ctx context.Context, tx pgx.Tx, q registry.UnitQuery, ids []int64) (h holdings, err error) {
	first, last := q.Level, min(q.Level, registry.LevelTownship)
	if q.Level == registry.LevelOutside {
		first, last = registry.LevelProvince, registry.LevelTownship
	}
	for level := first; level <= last; level++ {
		known, err := s.holdingsOf(ctx, tx, q.At, level)
		if err != nil {
			return h, err
		}
		switch filtered := q.Parent != 0 || q.Code != "" || q.Box != nil; {
		case ids != nil:
			known = known.among(ids)
		case !filtered: // a filter passes over units, so the page may lie anywhere
			known = known.page(int64(q.After), limit(q.Limit))
		}
		h.units, h.digests = append(h.units, known.units...), append(h.digests, known.digests...)
	}
	return h, nil
}

// among keeps the named units.
func (h holdings) among(ids []int64) (kept holdings) {
	for _, id := range ids {
		if i, ok := slices.BinarySearch(h.units, id); ok {
			kept.units, kept.digests = append(kept.units, id), append(kept.digests, h.digests[i])
		}
	}
	return kept
}

// page keeps the first n units above an id.
func (h holdings) page(after, n int64) holdings {
	from, _ := slices.BinarySearch(h.units, after+1)
	to := int(min(int64(from)+n, int64(len(h.units))))
	return holdings{h.units[from:to], h.digests[from:to]}
}

// holdingsOf returns all units of a level that have areas.
func (s *Store) holdingsOf(ctx context.Context, tx pgx.Tx, at registry.Instant, level registry.Level) (holdings, error) {
	return recall(ctx, tx, &s.held, memoryKey{at, level}, func() (h holdings, err error) {
		rows, err := tx.Query(ctx, sql("LevelDigests"), pgx.StrictNamedArgs{
			"t": date(at.Valid), "r": int64(at.Recorded), "level": int(level)})
		if err != nil {
			return h, err
		}
		var id int64
		var digest []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &digest}, func() error {
			h.units, h.digests = append(h.units, id), append(h.digests, slices.Clone(digest))
			return nil
		})
		return h, err
	})
}

// recast returns the units whose area is drawn, at an instant, with borders
// that a later map shows first.
func (s *Store) recast(ctx context.Context, tx pgx.Tx, at registry.Instant) ([]int64, error) {
	return recall(ctx, tx, &s.redrawn, memoryKey{at: at}, func() ([]int64, error) {
		rows, err := tx.Query(ctx, sql("RecastUnits"), pgx.StrictNamedArgs{"t": date(at.Valid), "r": int64(at.Recorded)})
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[int64])
	})
}

// incomplete returns the units whose area is not wholly known at an instant.
func (s *Store) incomplete(ctx context.Context, tx pgx.Tx, at registry.Instant) ([]int64, error) {
	return recall(ctx, tx, &s.doubtful, memoryKey{at: at}, func() ([]int64, error) {
		rows, err := tx.Query(ctx, sql("IncompleteUnits"), pgx.StrictNamedArgs{"t": date(at.Valid), "r": int64(at.Recorded)})
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[int64])
	})
}
