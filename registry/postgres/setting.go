package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// Settings implements desk.SettingStore.
func (s *Store) Settings(ctx context.Context) ([]desk.Setting, error) {
	return s.settings(ctx, "ListSettings", pgx.StrictNamedArgs{})
}

// SettingHistory implements desk.SettingStore.
func (s *Store) SettingHistory(ctx context.Context, key string) ([]desk.Setting, error) {
	return s.settings(ctx, "SettingHistory", pgx.StrictNamedArgs{"key": key})
}

func (s *Store) settings(ctx context.Context, statement string, args pgx.StrictNamedArgs) ([]desk.Setting, error) {
	rows, err := s.pool.Query(ctx, sql(statement), args)
	if err != nil {
		return nil, wrap("read settings", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x desk.Setting, err error) {
		err = row.Scan(&x.Key, &x.Value, &x.Reason, &x.By, &x.ByName, &x.At)
		return x, err
	})
	return found, wrap("read settings", err)
}

// AddSetting implements desk.SettingStore.
func (s *Store) AddSetting(ctx context.Context, actor string, x desk.Setting) error {
	_, err := s.write(ctx, Author{Actor: actor}, func(tx pgx.Tx, _ registry.Seq) error {
		_, err := tx.Exec(ctx, sql("InsertSetting"), pgx.StrictNamedArgs{"key": x.Key, "value": x.Value, "reason": x.Reason, "set_by": nullInt(int64(x.By))})
		return err
	})
	return err
}
