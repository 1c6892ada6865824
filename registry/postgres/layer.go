package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// Stops returns the layers that are stopped now.
func (s *Store) Stops(ctx context.Context) (registry.Stops, error) {
	rows, err := s.pool.Query(ctx, sql("ListStops"))
	if err != nil {
		return nil, wrap("read what is stopped", err)
	}
	return collectStops(rows)
}

func collectStops(rows pgx.Rows) (registry.Stops, error) {
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (stop registry.Stop, err error) {
		err = row.Scan(&stop.Layer, &stop.Reason, &stop.Since)
		stop.Since = stop.Since.UTC()
		return stop, err
	})
	if err != nil {
		return nil, wrap("read what is stopped", err)
	}
	order := registry.Layers()
	slices.SortFunc(all, func(a, b registry.Stop) int { return slices.Index(order, a.Layer) - slices.Index(order, b.Layer) })
	return all, nil
}

// SwitchLayer stops a layer, or lets it go on.
func (s *Store) SwitchLayer(ctx context.Context, by *desk.Principal, l registry.Layer, stop bool, reason string) error {
	_, err := s.write(ctx, signed(by), func(tx pgx.Tx, _ registry.Seq) error {
		_, err := tx.Exec(ctx, sql("InsertLayerSwitch"), pgx.StrictNamedArgs{
			"layer": l, "stopped": stop, "reason": reason, "account": int64(by.Account)})
		return err
	})
	return err
}

// LayerSwitches lists every act on layers, the latest first.
func (s *Store) LayerSwitches(ctx context.Context) ([]desk.LayerSwitch, error) {
	rows, err := s.pool.Query(ctx, sql("ListLayerSwitches"))
	if err != nil {
		return nil, wrap("list acts on layers", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x desk.LayerSwitch, err error) {
		return x, row.Scan(&x.Layer, &x.Stopped, &x.Reason, &x.By, &x.At)
	})
	return all, wrap("list acts on layers", err)
}

// FollowStops calls f with the layers that are stopped, now and whenever that
// changes, until ctx ends or the database goes away. It keeps a connection of
// its own: each commit notifies it, and it looks every half second by itself.
func (s *Store) FollowStops(ctx context.Context, f func(registry.Stops)) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return wrap("follow the layers", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, sql("ListenLog")); err != nil {
		return wrap("follow the layers", err)
	}
	for {
		rows, err := conn.Query(ctx, sql("ListStops"))
		if err != nil {
			return wrap("follow the layers", err)
		}
		stops, err := collectStops(rows)
		if err != nil {
			return err
		}
		f(stops)
		limited, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		_, err = conn.WaitForNotification(limited)
		cancel()
		if ctx.Err() != nil || conn.IsClosed() {
			return fmt.Errorf("follow the layers: %w", err)
		}
	}
}
