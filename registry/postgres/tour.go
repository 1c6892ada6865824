package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// Tour implements desk.TourStore.
func (s *Store) Tour(ctx context.Context, account desk.AccountID, facts []string) (*desk.TourRecord, error) {
	r := &desk.TourRecord{}
	err := s.pool.QueryRow(ctx, sql("Tour"), pgx.StrictNamedArgs{"account": int64(account), "facts": facts}).Scan(&r.Away, &r.Ticked, &r.Facts)
	return r, wrap("read a first day", err)
}

// TickTour implements desk.TourStore.
func (s *Store) TickTour(ctx context.Context, account desk.AccountID, step string, done bool) error {
	name := "UntickTour"
	if done {
		name = "TickTour"
	}
	_, err := s.pool.Exec(ctx, sql(name), pgx.StrictNamedArgs{"account": int64(account), "step": step})
	return wrap("tick a step", err)
}

// PutAwayTour implements desk.TourStore.
func (s *Store) PutAwayTour(ctx context.Context, account desk.AccountID, away bool) error {
	_, err := s.pool.Exec(ctx, sql("PutAwayTour"), pgx.StrictNamedArgs{"account": int64(account), "away": away})
	return wrap("put a first day away", err)
}
