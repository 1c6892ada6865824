package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// NetworkZone returns the zone, what is stored in it, and its changes.
func (s *Store) NetworkZone(ctx context.Context) (*desk.NetworkZone, error) {
	var z desk.NetworkZone
	err := s.read(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, sql("ReadZone")).Scan(&z.Network, &z.Highest, &z.Stored); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql("ListZoneChanges"))
		if err != nil {
			return err
		}
		z.Changes, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c desk.ZoneChange, err error) {
			return c, row.Scan(&c.Network, &c.Highest, &c.Reason, &c.By, &c.At)
		})
		return err
	})
	return &z, err
}

// HighestSecrecy returns the highest secrecy that the zone may hold.
func (s *Store) HighestSecrecy(ctx context.Context) (highest int, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql("ReadHighest")).Scan(&highest) })
	return highest, err
}

// ChangeNetworkZone changes the zone.
func (s *Store) ChangeNetworkZone(ctx context.Context, by *desk.Principal, network string, highest int, reason string) error {
	_, err := s.write(ctx, signed(by), func(tx pgx.Tx, _ registry.Seq) error {
		_, err := tx.Exec(ctx, sql("ChangeZone"), pgx.StrictNamedArgs{"network": network, "highest": highest, "reason": reason, "account": int64(by.Account)})
		return err
	})
	return err
}
