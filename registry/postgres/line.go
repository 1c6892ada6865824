package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// Lines implements registry.Registry. Courses are derived from the arcs, at
// some milliseconds a line.
func (s *Store) Lines(ctx context.Context, q registry.LineQuery, yield func(*registry.Line) error) error {
	return s.lines(ctx, q, 0, yield)
}

// Line implements registry.Registry.
func (s *Store) Line(ctx context.Context, id registry.LineID, at registry.Instant) (*registry.Line, error) {
	var line *registry.Line
	err := s.lines(ctx, registry.LineQuery{At: at, Geometry: true}, id, func(l *registry.Line) error {
		line = l
		return nil
	})
	if err == nil && line == nil {
		err = registry.NotFound("line", id)
	}
	return line, err
}

func (s *Store) lines(ctx context.Context, q registry.LineQuery, id registry.LineID, yield func(*registry.Line) error) error {
	box, err := boxEWKB(q.Box)
	if err != nil {
		return err
	}
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListLines"), pgx.StrictNamedArgs{
			"t": date(q.At.Valid), "r": int64(q.At.Recorded), "after": int64(q.After), "id": int64(id), "unit": int64(q.Unit),
			"box": box, "n": limit(q.Limit), "geometry": q.Geometry})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			line, err := scanLine(rows)
			if err != nil {
				return err
			}
			if err := yield(line); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func scanLine(row pgx.Rows) (*registry.Line, error) {
	var l registry.Line
	var valid pgtype.Range[pgtype.Date]
	var official pgtype.Float8
	err := row.Scan(&l.ID, &l.Code, &l.Name, &l.Level, &l.Status, &valid, &official,
		&l.A.ID, &l.A.Name, &l.A.Level, &l.B.ID, &l.B.Name, &l.B.Level, &l.LengthM, &l.WKB)
	l.Valid, l.OfficialLengthM = fromRange(valid), official.Float64
	return &l, err
}
