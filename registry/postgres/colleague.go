package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// CaseByNumber implements desk.CaseStore.
func (s *Store) CaseByNumber(ctx context.Context, number string) (registry.CaseID, error) {
	var id registry.CaseID
	err := s.pool.QueryRow(ctx, sql("CaseByNumber"), pgx.StrictNamedArgs{"number": strings.TrimSpace(number)}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, registry.NotFound("case", number)
	}
	return id, wrap("find a case by its number", err)
}

// Colleagues implements desk.CaseStore.
func (s *Store) Colleagues(ctx context.Context, path []registry.UnitID, today registry.Day) ([]desk.Colleague, error) {
	rows, err := s.pool.Query(ctx, sql("Colleagues"), pgx.StrictNamedArgs{"path": distinct(path), "today": date(today)})
	if err != nil {
		return nil, wrap("list colleagues", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c desk.Colleague, err error) {
		return c, row.Scan(&c.Account, &c.Name, &c.Role, &c.Covers)
	})
	return out, wrap("list colleagues", err)
}
