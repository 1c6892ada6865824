package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// Heir returns who comes after a unit on a day by the lineage that is recorded.
func (s *Store) Heir(ctx context.Context, unit registry.UnitID, on registry.Day) (*desk.Passing, error) {
	var p desk.Passing
	err := s.pool.QueryRow(ctx, sql("HeirOf"), pgx.StrictNamedArgs{"unit": int64(unit), "on_day": date(on)}).Scan(&p.Unit, &p.Heir, &p.UnitName, &p.HeirName)
	return &p, wrap("find heir", err)
}

// UnitName is what a unit is, or was last, called.
func (s *Store) UnitName(ctx context.Context, unit registry.UnitID) (name string, err error) {
	err = s.pool.QueryRow(ctx, sql("UnitName"), pgx.StrictNamedArgs{"unit": int64(unit)}).Scan(&name)
	return name, wrap("read name", err)
}

// GrantsIn lists the grants in force in a unit itself, or in a functional zone
// that reports for it.
func (s *Store) GrantsIn(ctx context.Context, unit registry.UnitID, on registry.Day) ([]desk.GrantRecord, error) {
	all, err := s.grants(ctx, pgx.StrictNamedArgs{"account": nil, "unit": int64(unit)})
	return slices.DeleteFunc(all, func(g desk.GrantRecord) bool { return !g.InForce(on) }), err
}

// OpenCasesIn lists the open cases of a unit that a rule of rights lets through.
func (s *Store) OpenCasesIn(ctx context.Context, unit registry.UnitID, f desk.Filter, today registry.Day) ([]desk.PassingCase, error) {
	args := filterArgs(f, today)
	args["unit"] = int64(unit)
	rows, err := s.pool.Query(ctx, sql("OpenCasesIn"), args)
	if err != nil {
		return nil, wrap("list open cases", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.PassingCase])
	return found, wrap("list open cases", err)
}
