package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry/desk"
)

// Feed implements desk.FeedStore.
func (s *Store) Feed(ctx context.Context, account desk.AccountID) (*desk.Feed, error) {
	f, used := &desk.Feed{}, pgtype.Timestamptz{}
	err := s.pool.QueryRow(ctx, sql("FeedOf"), pgx.StrictNamedArgs{"account": int64(account)}).Scan(&f.Account, &f.MadeAt, &used)
	f.UsedAt = used.Time
	return f, wrap("read calendar address", err)
}

// SetFeed implements desk.FeedStore.
func (s *Store) SetFeed(ctx context.Context, account desk.AccountID, digest [32]byte, now time.Time) error {
	_, err := s.pool.Exec(ctx, sql("SetFeed"), pgx.StrictNamedArgs{"account": int64(account), "digest": digest[:], "now": now})
	return wrap("make calendar address", err)
}

// EndFeed implements desk.FeedStore.
func (s *Store) EndFeed(ctx context.Context, account desk.AccountID) error {
	_, err := s.pool.Exec(ctx, sql("EndFeed"), pgx.StrictNamedArgs{"account": int64(account)})
	return wrap("end calendar address", err)
}

// FindFeed implements desk.FeedStore.
func (s *Store) FindFeed(ctx context.Context, digest [32]byte, now time.Time) (account desk.AccountID, err error) {
	var stale bool
	err = s.pool.QueryRow(ctx, sql("FindFeed"), pgx.StrictNamedArgs{"digest": digest[:], "now": now}).Scan(&account, &stale)
	if err == nil && stale {
		_, err = s.pool.Exec(ctx, sql("TouchFeed"), pgx.StrictNamedArgs{"account": int64(account), "now": now})
	}
	return account, wrap("find calendar address", err)
}
