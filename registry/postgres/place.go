package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// Places implements registry.Registry.
func (s *Store) Places(ctx context.Context, q registry.PlaceQuery, yield func(*registry.Place) error) error {
	return s.places(ctx, q, 0, yield)
}

// Place implements registry.Registry.
func (s *Store) Place(ctx context.Context, id registry.PlaceID, at registry.Instant) (*registry.Place, error) {
	var place *registry.Place
	err := s.places(ctx, registry.PlaceQuery{At: at}, id, func(p *registry.Place) error {
		place = p
		return nil
	})
	if err == nil && place == nil {
		err = registry.NotFound("place", id)
	}
	return place, err
}

func (s *Store) places(ctx context.Context, q registry.PlaceQuery, id registry.PlaceID, yield func(*registry.Place) error) error {
	box, err := boxEWKB(q.Box)
	if err != nil {
		return err
	}
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("ListPlaces"), pgx.StrictNamedArgs{
			"t": date(q.At.Valid), "r": int64(q.At.Recorded), "after": int64(q.After), "id": int64(id), "box": box, "n": limit(q.Limit)})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			place, err := scanPlace(rows)
			if err != nil {
				return err
			}
			if err := yield(place); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func scanPlace(row pgx.Rows) (*registry.Place, error) {
	var p registry.Place
	var valid pgtype.Range[pgtype.Date]
	var point []byte
	var county refRow
	err := row.Scan(&p.ID, &p.Category, &p.Name, &p.Roman, &valid, &p.SourceID, &point, &county.id, &county.name, &county.level)
	if err != nil {
		return nil, err
	}
	p.Valid, p.County = fromRange(valid), county.ref()
	p.Point, err = pointOf(point)
	return &p, err
}
