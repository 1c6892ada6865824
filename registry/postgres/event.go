package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// eventRecords reads events with their instruments.
func eventRecords(ctx context.Context, tx pgx.Tx, name string, args pgx.StrictNamedArgs) ([]registry.EventRecord, error) {
	rows, err := tx.Query(ctx, sql(name), args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.EventRecord, error) {
		var e registry.EventRecord
		var on, issued pgtype.Date
		i := &e.Instrument
		err := row.Scan(&e.ID, &e.Class, &e.Type, &on, &e.Precision, &e.Note,
			&i.ID, &i.Completeness, &i.Number, &issued, &i.Issuer, &i.Title, &i.Text, &i.Citation)
		e.EffectiveOn = fromTime(on.Time)
		if issued.Valid {
			i.IssuedOn, i.IssuedKnown = fromTime(issued.Time), true
		}
		return e, err
	})
}

// Event implements registry.Registry.
func (s *Store) Event(ctx context.Context, id registry.EventID, at registry.Seq) (*registry.EventDetail, error) {
	detail := &registry.EventDetail{}
	err := s.read(ctx, func(tx pgx.Tx) error {
		args := pgx.StrictNamedArgs{"id": int64(id), "r": int64(at)}
		records, err := eventRecords(ctx, tx, "EventByID", args)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return registry.NotFound("event", id)
		}
		detail.EventRecord = records[0]
		if detail.Began, err = s.eventUnits(ctx, tx, "EventBegan", args); err != nil {
			return err
		}
		if detail.Ended, err = s.eventUnits(ctx, tx, "EventEnded", args); err != nil {
			return err
		}
		detail.Lineage, err = eventLineage(ctx, tx, args)
		return err
	})
	if err != nil {
		return nil, err
	}
	return detail, nil
}

func (s *Store) eventUnits(ctx context.Context, tx pgx.Tx, name string, args pgx.StrictNamedArgs) ([]registry.Unit, error) {
	rows, err := tx.Query(ctx, sql(name), args)
	if err != nil {
		return nil, err
	}
	var units []registry.Unit
	err = s.eachUnit(rows, registry.Instant{Valid: registry.NoEnd}, func(u *registry.Unit) error {
		units = append(units, *u)
		return nil
	})
	return units, err
}

func eventLineage(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) ([]registry.EventEdge, error) {
	rows, err := tx.Query(ctx, sql("EventLineage"), args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.EventEdge, error) {
		var e registry.EventEdge
		err := row.Scan(&e.From.ID, &e.From.Name, &e.From.Level, &e.From.Code, &e.To.ID, &e.To.Name, &e.To.Level, &e.To.Code,
			&e.Relation, &e.AreaShare, &e.PopulationShare)
		return e, err
	})
}

// Changes implements registry.Registry.
func (s *Store) Changes(ctx context.Context, level registry.Level, at registry.Seq) ([]registry.DayOfChange, error) {
	var days []registry.DayOfChange
	err := s.read(ctx, func(tx pgx.Tx) error {
		records, err := eventRecords(ctx, tx, "ListChanges", pgx.StrictNamedArgs{"level": int(level), "r": int64(at)})
		for _, e := range records {
			if n := len(days); n == 0 || days[n-1].On != e.EffectiveOn {
				days = append(days, registry.DayOfChange{On: e.EffectiveOn})
			}
			last := &days[len(days)-1]
			last.Events = append(last.Events, e)
		}
		return err
	})
	return days, err
}

// Reports implements registry.Registry.
func (s *Store) Reports(ctx context.Context, at registry.Seq) ([]registry.Report, error) {
	rows, err := s.pool.Query(ctx, sql("ListReports"), pgx.StrictNamedArgs{"r": int64(at)})
	if err != nil {
		return nil, wrap("read reports", err)
	}
	reports, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.Report, error) {
		var r registry.Report
		var body []byte
		if err := row.Scan(&r.Name, &r.Title, &r.TitleEn, &r.Columns, &body); err != nil {
			return r, err
		}
		return r, json.Unmarshal(body, &r.Rows)
	})
	return reports, wrap("read reports", err)
}
