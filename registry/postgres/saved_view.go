package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// SavedViews implements desk.SavedViewStore.
func (s *Store) SavedViews(ctx context.Context, id desk.AccountID, roles []desk.Role) ([]desk.SavedView, error) {
	names := []string{}
	for _, r := range roles {
		names = append(names, string(r))
	}
	rows, err := s.pool.Query(ctx, sql("SavedViews"), pgx.StrictNamedArgs{"account": int64(id), "roles": names})
	if err != nil {
		return nil, wrap("list views", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v desk.SavedView, err error) {
		return v, row.Scan(&v.ID, &v.Account, &v.Name, &v.Query, &v.Role, &v.First)
	})
	return out, wrap("list views", err)
}

// SaveView implements desk.SavedViewStore.
func (s *Store) SaveView(ctx context.Context, v desk.SavedView) error {
	args := pgx.StrictNamedArgs{"account": int64(v.Account), "name": v.Name, "query": v.Query, "role": string(v.Role), "first": v.First}
	return wrap("save a view", pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if v.First {
			if _, err := tx.Exec(ctx, sql("OpenWithNone"), pgx.StrictNamedArgs{"account": int64(v.Account)}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, sql("SaveView"), args)
		return err
	}))
}

// DropView implements desk.SavedViewStore.
func (s *Store) DropView(ctx context.Context, account desk.AccountID, id int64) error {
	done, err := s.pool.Exec(ctx, sql("DropView"), pgx.StrictNamedArgs{"account": int64(account), "id": id})
	if err == nil && done.RowsAffected() == 0 {
		return registry.NotFound("view", id)
	}
	return wrap("forget a view", err)
}
