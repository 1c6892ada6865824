package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// pastDays are asked about by the as-of reads: before and after the years in
// which Jilin's counties were regrouped.
var pastDays = []registry.Day{registry.Date(1990, time.June, 1), registry.Date(2005, time.June, 1), registry.Date(2019, time.June, 1)}

// asOf measures reading all units on days gone by against reading today's.
func (b *benchmark) asOf(ctx context.Context) ([]figure, error) {
	s, err := b.provinceStore(ctx)
	if err != nil {
		return nil, err
	}
	var figures []figure
	for _, day := range pastDays {
		if err := s.fillAreas(ctx, day); err != nil {
			return nil, err
		}
		for _, kind := range []struct {
			name     string
			geometry bool
		}{{"areal units with geometry", true}, {"all units, listed ones too", false}} {
			b.shown.Step(fmt.Sprintf("reading %s on %s", kind.name, day), b.runs+1)
			var then, now int
			times, err := b.rounds(ctx,
				func(ctx context.Context) (err error) { then, err = s.readUnits(ctx, day, kind.geometry); return err },
				func(ctx context.Context) (err error) {
					now, err = s.readUnits(ctx, s.now.Valid, kind.geometry)
					return err
				})
			if err != nil {
				return nil, err
			}
			figures = append(figures, figure{name: fmt.Sprintf("%s on %s", kind.name, day), limit: 1.5,
				yardstick: fmt.Sprintf("today (%d units; then %d)", now, then), ours: times[0], by: times[1]})
		}
	}
	return figures, nil
}

// fillAreas stores the polygons of a day, as the first reader has them stored.
func (s *benchStore) fillAreas(ctx context.Context, day registry.Day) error {
	args := s.instant()
	args["t"] = pgtype.Date{Time: day.Time(), Valid: true}
	_, err := s.Pool().Exec(ctx, benchStatement("FillAreas"), args)
	return err
}

// readUnits reads the units of a day: those of the levels that have areas with
// their geometry, or those of all levels without.
func (s *benchStore) readUnits(ctx context.Context, day registry.Day, geometry bool) (n int, err error) {
	q := registry.UnitQuery{At: registry.Instant{Valid: day, Recorded: s.now.Recorded}, Geometry: geometry}
	count := func(*registry.Unit) error { n++; return nil }
	if !geometry {
		err := s.Units(ctx, q, count)
		return n, err
	}
	for q.Level = registry.LevelProvince; q.Level <= registry.LevelCounty; q.Level++ {
		if err := s.Units(ctx, q, count); err != nil {
			return n, err
		}
	}
	return n, nil
}
