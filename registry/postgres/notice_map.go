package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// NoticeShapes implements desk.NoticeStore.
func (s *Store) NoticeShapes(ctx context.Context, id desk.NoticeID) ([]desk.NoticeShape, error) {
	rows, err := s.pool.Query(ctx, sql("NoticeShapes"), pgx.StrictNamedArgs{"notice_id": int64(id)})
	if err != nil {
		return nil, wrap("read the map of a notice", err)
	}
	shapes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.NoticeShape])
	return shapes, wrap("read the map of a notice", err)
}

// HasDraft implements desk.NoticeStore.
func (s *Store) HasDraft(ctx context.Context, id registry.CaseID) (drawn bool, err error) {
	err = s.pool.QueryRow(ctx, sql("HasDraft"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&drawn)
	return drawn, wrap("look for a draft", err)
}

// DraftShapes implements desk.NoticeStore. What the draft changes is found by
// comparing the units under it with those of now without it, so that other work
// that is not published yet does not show.
func (s *Store) DraftShapes(ctx context.Context, id registry.CaseID, day registry.Day, decimals int) (shapes []desk.NoticeShape, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		before, err := shapeKeys(ctx, tx, day)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql("LookAtBranch"), pgx.StrictNamedArgs{"case_id": fmt.Sprint(id)}); err != nil {
			return err
		}
		after, err := shapeKeys(ctx, tx, day)
		if err != nil {
			return err
		}
		var changed []int64
		for unit, key := range after {
			if before[unit] != key {
				changed = append(changed, unit)
			}
		}
		for unit := range before {
			if _, there := after[unit]; !there {
				changed = append(changed, unit)
			}
		}
		if len(changed) == 0 {
			return nil
		}
		if err := refuseSecret(ctx, tx, day, changed); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql("DraftShapes"), pgx.StrictNamedArgs{"day": date(day), "units": changed, "decimals": decimals})
		if err != nil {
			return err
		}
		shapes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[desk.NoticeShape])
		return err
	})
	return shapes, err
}

// shapeKeys tells by what counties look alike on a map: area, name, and group.
func shapeKeys(ctx context.Context, tx pgx.Tx, day registry.Day) (map[int64]string, error) {
	rows, err := tx.Query(ctx, sql("ShapeKeys"), pgx.StrictNamedArgs{"day": date(day)})
	if err != nil {
		return nil, err
	}
	keys := map[int64]string{}
	var unit int64
	var key string
	_, err = pgx.ForEachRow(rows, []any{&unit, &key}, func() error { keys[unit] = key; return nil })
	return keys, err
}

// refuseSecret refuses areas with a border that is not public.
func refuseSecret(ctx context.Context, tx pgx.Tx, day registry.Day, units []int64) error {
	var secret int
	if err := tx.QueryRow(ctx, sql("SecretBorders"), pgx.StrictNamedArgs{"day": date(day), "units": units}).Scan(&secret); err != nil {
		return err
	}
	if secret > 0 {
		return desk.Refuse("map", "notice.secret", fmt.Sprintf("%d borders of the proposal are above public secrecy", secret), "n", secret)
	}
	return nil
}
