package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
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
