package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// Held lists the grants of an account that are in force on a day, and after
// them those of the people whose work it does on that day.
func (s *Store) Held(ctx context.Context, id desk.AccountID, on registry.Day) ([]desk.Held, error) {
	rows, err := s.pool.Query(ctx, sql("ListHeld"), pgx.StrictNamedArgs{"account": int64(id), "today": date(on)})
	if err != nil {
		return nil, wrap("read rights", err)
	}
	held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Held, error) {
		h, by := desk.Held{}, desk.Delegation{To: id}
		var until pgtype.Date
		var days pgtype.Range[pgtype.Date]
		err := row.Scan(&h.ID, &h.Account, &h.Role, &h.Unit, &h.Zone, &h.Department, &until, &h.Everywhere, &h.Tops, &by.ID, &by.Name, &days)
		h.ValidUntil = endOf(until)
		if by.ID != 0 {
			lent := fromRange(days)
			by.From, by.Since, by.Until = h.Account, lent.From, lent.To
			h.For = &by
		}
		return h, err
	})
	return held, wrap("read rights", err)
}

// endOf is the day from which something is no longer so: NoEnd for null.
func endOf(d pgtype.Date) registry.Day {
	if !d.Valid {
		return registry.NoEnd
	}
	return fromTime(d.Time)
}

// Grants lists grants of an account (0: of all), the latest first.
func (s *Store) Grants(ctx context.Context, id desk.AccountID) ([]desk.GrantRecord, error) {
	return s.grants(ctx, pgx.StrictNamedArgs{"account": nullInt(int64(id)), "unit": nil})
}

func (s *Store) grants(ctx context.Context, args pgx.StrictNamedArgs) ([]desk.GrantRecord, error) {
	rows, err := s.pool.Query(ctx, sql("ListGrants"), args)
	if err != nil {
		return nil, wrap("list grants", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g desk.GrantRecord, err error) {
		var until pgtype.Date
		var revoked pgtype.Timestamptz
		err = row.Scan(&g.ID, &g.Account, &g.Login, &g.Name, &g.Role, &g.Unit, &g.UnitName, &g.Zone, &g.ZoneName, &g.Department, &until,
			&g.Reason, &g.GrantedBy, &g.GrantedAt, &revoked, &g.RevokedBy, &g.Why)
		g.ValidUntil, g.RevokedAt = endOf(until), revoked.Time
		return g, err
	})
	return found, wrap("list grants", err)
}

// AddGrant trusts a person with a role.
func (s *Store) AddGrant(ctx context.Context, who *desk.Principal, g desk.Grant, reason string, a desk.Access) (int64, error) {
	return s.recorded(ctx, who, a, func(tx pgx.Tx) (id int64, err error) {
		err = tx.QueryRow(ctx, sql("AddGrant"), pgx.StrictNamedArgs{"account": int64(g.Account), "role": g.Role, "unit": nullInt(int64(g.Unit)),
			"zone": nullInt(int64(g.Zone)), "department": g.Department, "until": nullDate(g.ValidUntil, g.ValidUntil != registry.NoEnd),
			"reason": reason, "by": nullInt(int64(who.Account))}).Scan(&id)
		return id, err
	})
}

// RevokeGrant takes a grant back.
func (s *Store) RevokeGrant(ctx context.Context, who *desk.Principal, grant int64, reason string, a desk.Access) error {
	_, err := s.recorded(ctx, who, a, func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, sql("RevokeGrant"), pgx.StrictNamedArgs{"grant": grant, "reason": reason, "by": nullInt(int64(who.Account))})
		if err == nil && tag.RowsAffected() == 0 {
			err = registry.NotFound("grant in force", grant)
		}
		return 0, err
	})
	return err
}

// Zones lists the functional zones by name.
func (s *Store) Zones(ctx context.Context) ([]desk.Zone, error) {
	rows, err := s.pool.Query(ctx, sql("ListZones"))
	if err != nil {
		return nil, wrap("list zones", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[desk.Zone])
	return found, wrap("list zones", err)
}

// AddZone makes a functional zone.
func (s *Store) AddZone(ctx context.Context, who *desk.Principal, z desk.Zone, a desk.Access) (desk.ZoneID, error) {
	id, err := s.recorded(ctx, who, a, func(tx pgx.Tx) (id int64, err error) {
		err = tx.QueryRow(ctx, sql("AddZone"), pgx.StrictNamedArgs{"name": z.Name, "units": z.Units}).Scan(&id)
		return id, err
	})
	return desk.ZoneID(id), err
}
