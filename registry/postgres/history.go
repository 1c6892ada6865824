package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// History implements registry.Registry.
func (s *Store) History(ctx context.Context, id registry.UnitID, at registry.Seq) (*registry.UnitHistory, error) {
	h := &registry.UnitHistory{Unit: id}
	err := s.read(ctx, func(tx pgx.Tx) error {
		args := pgx.StrictNamedArgs{"id": int64(id), "r": int64(at)}
		var err error
		if h.Versions, err = s.unitVersions(ctx, tx, args); err != nil {
			return err
		}
		if len(h.Versions) == 0 {
			return registry.NotFound("unit", id)
		}
		if h.Codes, err = unitCodes(ctx, tx, args); err != nil {
			return err
		}
		if h.Predecessors, h.Successors, err = unitLineage(ctx, tx, args); err != nil {
			return err
		}
		h.Events, err = eventRecords(ctx, tx, "UnitEvents", args)
		return err
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (s *Store) unitVersions(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) ([]registry.Unit, error) {
	rows, err := tx.Query(ctx, sql("UnitVersions"), args)
	if err != nil {
		return nil, err
	}
	var versions []registry.Unit
	err = s.eachUnit(rows, registry.Instant{Valid: registry.NoEnd}, func(u *registry.Unit) error {
		versions = append(versions, *u)
		return nil
	})
	return versions, err
}

func unitCodes(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) ([]registry.CodePeriod, error) {
	rows, err := tx.Query(ctx, sql("UnitCodes"), args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.CodePeriod, error) {
		var c registry.CodePeriod
		var valid pgtype.Range[pgtype.Date]
		var ended pgtype.Int8
		err := row.Scan(&c.Code, &c.State, &valid, &c.BeganBy, &ended, &c.Reuse, &c.ReuseCitation)
		c.Valid, c.EndedBy = fromRange(valid), registry.EventID(ended.Int64)
		return c, err
	})
}

func unitLineage(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) (before, after []registry.LineageEdge, err error) {
	rows, err := tx.Query(ctx, sql("UnitLineage"), args)
	if err != nil {
		return nil, nil, err
	}
	var e registry.LineageEdge
	var successor bool
	_, err = pgx.ForEachRow(rows, []any{&e.Event, &successor, &e.Unit.ID, &e.Unit.Name, &e.Unit.Level, &e.Unit.Code,
		&e.Relation, &e.AreaShare, &e.PopulationShare, &e.Note}, func() error {
		if successor {
			after = append(after, e)
		} else {
			before = append(before, e)
		}
		e.AreaShare, e.PopulationShare = nil, nil
		return nil
	})
	return before, after, err
}

// Codes streams every period in which a division code was borne under one name,
// in order of code and day.
func (s *Store) Codes(ctx context.Context, at registry.Seq, yield func(*registry.CodeRecord) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListCodes"), pgx.StrictNamedArgs{"r": int64(at)})
		if err != nil {
			return err
		}
		var c registry.CodeRecord
		var valid pgtype.Range[pgtype.Date]
		_, err = pgx.ForEachRow(rows, []any{&c.Unit.ID, &c.Unit.Name, &c.Unit.Level, &c.Unit.Code, &c.Type, &valid, &c.Reuse, &c.ReuseCitation,
			&c.Began.Event, &c.Began.Number, &c.Ended.Event, &c.Ended.Number}, func() error {
			record := c
			record.Valid = fromRange(valid)
			return yield(&record)
		})
		return err
	})
}

// Lineage streams every edge between two units, in order of event and edge.
func (s *Store) Lineage(ctx context.Context, at registry.Seq, yield func(*registry.LineageRecord) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListLineage"), pgx.StrictNamedArgs{"r": int64(at)})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			record, err := scanLineage(rows)
			if err != nil {
				return err
			}
			if err := yield(record); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func scanLineage(row pgx.Rows) (*registry.LineageRecord, error) {
	var l registry.LineageRecord
	var on, issued pgtype.Date
	e, i := &l.Event, &l.Event.Instrument
	err := row.Scan(&e.ID, &e.Class, &e.Type, &on, &e.Precision, &e.Note,
		&i.ID, &i.Completeness, &i.Number, &issued, &i.Issuer, &i.Title, &i.Citation,
		&l.From.ID, &l.From.Name, &l.From.Level, &l.From.Code, &l.To.ID, &l.To.Name, &l.To.Level, &l.To.Code,
		&l.Relation, &l.AreaShare, &l.PopulationShare, &l.Note)
	e.EffectiveOn = fromTime(on.Time)
	if issued.Valid {
		i.IssuedOn, i.IssuedKnown = fromTime(issued.Time), true
	}
	return &l, err
}

// Translate implements registry.Registry. It follows lineage forward when to
// is after from, and backward otherwise.
func (s *Store) Translate(ctx context.Context, code string, from, to registry.Day, at registry.Seq) (*registry.Translation, error) {
	t := &registry.Translation{From: from, To: to}
	err := s.read(ctx, func(tx pgx.Tx) error {
		id, err := unitIDByCode(ctx, tx, code, registry.Instant{Valid: from, Recorded: at})
		if err != nil {
			return err
		}
		w := &walk{ctx: ctx, tx: tx, to: to, at: at, found: map[registry.UnitID]int{}}
		if err := w.from(id, from, 1, true, nil); err != nil {
			return err
		}
		t.Targets = w.targets
		refs, err := unitRefs(ctx, tx, []int64{int64(id)}, registry.Instant{Valid: from, Recorded: at})
		if err == nil && len(refs) == 1 {
			t.Unit = refs[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// walk follows the lineage of territory from one day to another.
type walk struct {
	ctx     context.Context
	tx      pgx.Tx
	to      registry.Day
	at      registry.Seq
	found   map[registry.UnitID]int // index into targets
	targets []registry.TranslationTarget
}

// step is one edge of lineage, in the direction of the walk.
type step struct {
	Event    registry.EventID
	Unit     registry.UnitID
	Relation registry.Relation
	Share    *float64
	On       registry.Day
}

// from adds the units that hold, on the last day, what unit id held on day.
// share is the known share of the source, negative when not known.
func (w *walk) from(id registry.UnitID, day registry.Day, share float64, certain bool, path []registry.EventID) error {
	if len(path) > 64 {
		return nil // lineage has no cycles in time; this bounds damaged data
	}
	steps, err := w.steps(id, day)
	if err != nil {
		return err
	}
	for _, st := range steps {
		part := st.Relation == registry.PartTransferred
		next := -1.0
		if st.Share != nil && share >= 0 {
			next = share * *st.Share
		}
		if err := w.from(st.Unit, st.On, next, certain && !part, append(path[:len(path):len(path)], st.Event)); err != nil {
			return err
		}
	}
	if len(steps) > 0 {
		share = -1 // it gave away, or took over, what we cannot measure
	}
	return w.arrive(id, share, certain, path)
}

// arrive adds the unit itself if it exists on the last day.
func (w *walk) arrive(id registry.UnitID, share float64, certain bool, path []registry.EventID) error {
	refs, err := unitRefs(w.ctx, w.tx, []int64{int64(id)}, registry.Instant{Valid: w.to, Recorded: w.at})
	if err != nil || len(refs) == 0 {
		return err
	}
	target := registry.TranslationTarget{Unit: refs[0], Certain: certain, Path: path}
	if share >= 0 {
		target.Share = &share
	}
	if i, again := w.found[id]; again {
		w.targets[i].Share, w.targets[i].Certain = nil, w.targets[i].Certain || certain
		return nil
	}
	w.found[id] = len(w.targets)
	w.targets = append(w.targets, target)
	return nil
}

func (w *walk) steps(id registry.UnitID, day registry.Day) ([]step, error) {
	name, lo, hi := "Successors", day, w.to
	if w.to < day {
		name, lo, hi = "Predecessors", w.to, day
	}
	rows, err := w.tx.Query(w.ctx, sql(name), pgx.StrictNamedArgs{
		"id": int64(id), "r": int64(w.at), "after": date(lo), "until": date(hi)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (step, error) {
		var st step
		var on pgtype.Date
		err := row.Scan(&st.Event, &st.Unit, &st.Relation, &st.Share, &on)
		st.On = fromTime(on.Time)
		if name == "Predecessors" {
			st.Share, st.On = nil, st.On-1
		}
		return st, err
	})
}
