package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
)

// ArcBetween returns the first arc that parts two counties, by name, with its
// course in degrees lon, lat.
func (s *Store) ArcBetween(ctx context.Context, a, b string, at registry.Instant) (registry.ArcID, orb.LineString, error) {
	var id registry.ArcID
	var line orb.LineString
	err := s.pool.QueryRow(ctx, sql("ArcBetween"), pgx.StrictNamedArgs{
		"a": a, "b": b, "t": date(at.Valid), "r": int64(at.Recorded)}).Scan(&id, ewkb.Scanner(&line))
	return id, line, wrap("arc between "+a+" and "+b, err)
}

// Borders streams the borders between units, down to townships, in order of id.
// Border.WKB is only valid until yield returns.
func (s *Store) Borders(ctx context.Context, at registry.Instant, yield func(*registry.Border) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListBorders"), pgx.StrictNamedArgs{"t": date(at.Valid), "r": int64(at.Recorded)})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			border, err := scanBorder(rows, at.Valid)
			if err != nil {
				return err
			}
			if err := yield(border); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func scanBorder(row pgx.Rows, on registry.Day) (*registry.Border, error) {
	var b registry.Border
	var attested pgtype.Date
	var valid pgtype.Range[pgtype.Date]
	var geom pgtype.DriverBytes
	err := row.Scan(&b.ID, &b.Rank, &b.Status, &b.Basis, &attested,
		&b.Left.ID, &b.Left.Name, &b.Left.Level, &b.Left.Code, &b.Right.ID, &b.Right.Name, &b.Right.Level, &b.Right.Code,
		&b.Uncertain, &b.Source, &b.AccuracyM, &b.LengthM, &valid, &b.BeganBy, &geom)
	if attested.Valid && on < fromTime(attested.Time) {
		b.Basis = registry.Recast
	}
	b.Valid, b.WKB = fromRange(valid), geom
	return &b, err
}
