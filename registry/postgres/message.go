package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// queueMessage adds a message to what a transaction writes. actor is told
// nothing.
func queueMessage(b *pgx.Batch, m *desk.Message, actor desk.AccountID) {
	info := m.Kind.Info()
	b.Queue(sql("InsertMessage"), pgx.StrictNamedArgs{"account": int64(m.To), "departments": texts(m.Departments), "kind": m.Kind,
		"case_id": nullInt(int64(m.Case)), "args": m.Args, "at": m.At, "today": date(registry.DayOf(m.At)), "actor": int64(actor),
		"mailed": info != nil && info.Mail})
}

func scanMessage(row pgx.CollectableRow) (m desk.Message, err error) {
	err = row.Scan(&m.ID, &m.To, &m.Kind, &m.Case, &m.Args, &m.At, &m.Read, &m.CaseKind, &m.Number, &m.Title, &m.Secrecy)
	return m, err
}

// Messages implements desk.MessageStore.
func (s *Store) Messages(ctx context.Context, q desk.MessageQuery) ([]desk.Message, error) {
	args := wideArgs(q.Filter, q.Today)
	args["account"], args["unread"], args["before"], args["limit"] = int64(q.Account), q.Unread, q.Before, q.Limit
	rows, err := s.pool.Query(ctx, sql("ListMessages"), args)
	if err != nil {
		return nil, wrap("list messages", err)
	}
	found, err := pgx.CollectRows(rows, scanMessage)
	return found, wrap("list messages", err)
}

// FindMessage implements desk.MessageStore.
func (s *Store) FindMessage(ctx context.Context, account desk.AccountID, id int64) (*desk.Message, error) {
	rows, err := s.pool.Query(ctx, sql("FindMessage"), pgx.StrictNamedArgs{"account": int64(account), "id": id})
	if err != nil {
		return nil, wrap("find message", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMessage)
	return &m, wrap("find message", err)
}

// Unread implements desk.MessageStore.
func (s *Store) Unread(ctx context.Context, account desk.AccountID) (n int, err error) {
	err = s.pool.QueryRow(ctx, sql("CountUnread"), pgx.StrictNamedArgs{"account": int64(account)}).Scan(&n)
	return n, wrap("count messages", err)
}

// MarkRead implements desk.MessageStore.
func (s *Store) MarkRead(ctx context.Context, account desk.AccountID, ids []int64, now time.Time) (int, error) {
	if ids == nil {
		ids = []int64{}
	}
	done, err := s.pool.Exec(ctx, sql("MarkRead"), pgx.StrictNamedArgs{"account": int64(account), "ids": ids, "now": now})
	return int(done.RowsAffected()), wrap("mark messages", err)
}

// ForgetMessages implements desk.MessageStore.
func (s *Store) ForgetMessages(ctx context.Context, read, all time.Time) (int, error) {
	done, err := s.pool.Exec(ctx, sql("ForgetMessages"), pgx.StrictNamedArgs{"read_before": read, "any_before": all})
	return int(done.RowsAffected()), wrap("forget messages", err)
}

// MailChoice implements desk.MessageStore.
func (s *Store) MailChoice(ctx context.Context, account desk.AccountID) (*desk.MailChoice, error) {
	c := &desk.MailChoice{}
	err := s.pool.QueryRow(ctx, sql("MailChoiceOf"), pgx.StrictNamedArgs{"account": int64(account)}).Scan(&c.Kinds, &c.Daily, &c.Address, &c.Chosen)
	return c, wrap("read choice of mail", err)
}

// SetMailChoice implements desk.MessageStore.
func (s *Store) SetMailChoice(ctx context.Context, account desk.AccountID, c desk.MailChoice) error {
	kinds := []string{}
	for _, k := range c.Kinds {
		kinds = append(kinds, string(k))
	}
	_, err := s.pool.Exec(ctx, sql("SetMailChoice"), pgx.StrictNamedArgs{"account": int64(account), "kinds": kinds, "daily": c.Daily})
	return wrap("choose mail", err)
}
