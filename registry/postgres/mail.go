package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// PendingMail implements desk.MailStore.
func (s *Store) PendingMail(ctx context.Context, now, after time.Time) ([]desk.Pending, error) {
	rows, err := s.pool.Query(ctx, sql("PendingMail"), pgx.StrictNamedArgs{"now": now, "after": after})
	if err != nil {
		return nil, wrap("list mail to write", err)
	}
	var out []desk.Pending
	var p desk.Pending
	var m desk.Message
	into := []any{&p.Account, &p.Address, &p.Language, &m.ID, &m.Kind, &m.Args, &m.At, &m.Case, &m.CaseKind, &m.Number, &m.Title, &m.Secrecy}
	_, err = pgx.ForEachRow(rows, into, func() error {
		if len(out) == 0 || out[len(out)-1].Account != p.Account {
			out = append(out, p)
		}
		last := &out[len(out)-1]
		last.Messages = append(last.Messages, m)
		m.Args = nil // the next row gets a map of its own
		return nil
	})
	return out, wrap("list mail to write", err)
}

// errTold ends a transaction whose messages another mail tells.
var errTold = errors.New("told by another mail")

// QueueMail implements desk.MailStore.
func (s *Store) QueueMail(ctx context.Context, account desk.AccountID, l desk.Letter, messages []int64) (bool, error) {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, sql("InsertMail"), pgx.StrictNamedArgs{"account": int64(account), "recipient": l.To, "message_id": l.MessageID,
			"subject": l.Subject, "body": l.Body, "at": l.At}).Scan(&id)
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, sql("BindMessages"), pgx.StrictNamedArgs{"mail": id, "ids": messages})
		if err == nil && int(done.RowsAffected()) != len(messages) {
			return errTold
		}
		return err
	})
	if errors.Is(err, errTold) {
		return false, nil
	}
	return err == nil, wrap("queue mail", err)
}

// ClaimMail implements desk.MailStore.
func (s *Store) ClaimMail(ctx context.Context, now, until time.Time) (*desk.Mail, error) {
	rows, err := s.pool.Query(ctx, sql("ClaimMail"), pgx.StrictNamedArgs{"now": now, "until": until})
	if err != nil {
		return nil, wrap("claim mail", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMail)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return &m, wrap("claim mail", err)
}

func scanMail(row pgx.CollectableRow) (m desk.Mail, err error) {
	var sent pgtype.Timestamptz
	err = row.Scan(&m.ID, &m.Account, &m.Name, &m.To, &m.MessageID, &m.Subject, &m.Body, &m.At, &m.State, &m.Tries, &m.NextAt, &sent, &m.Answer)
	m.SentAt = sent.Time
	return m, err
}

// SetMail implements desk.MailStore.
func (s *Store) SetMail(ctx context.Context, m *desk.Mail) error {
	_, err := s.pool.Exec(ctx, sql("SetMail"), pgx.StrictNamedArgs{"id": m.ID, "state": m.State, "tries": m.Tries, "next_at": m.NextAt,
		"sent_at": pgtype.Timestamptz{Time: m.SentAt, Valid: !m.SentAt.IsZero()}, "answer": m.Answer})
	return wrap("keep what came of a mail", err)
}

// Mails implements desk.MailStore.
func (s *Store) Mails(ctx context.Context, state desk.MailState, limit int) ([]desk.Mail, error) {
	rows, err := s.pool.Query(ctx, sql("ListMails"), pgx.StrictNamedArgs{"state": state, "limit": limit})
	if err != nil {
		return nil, wrap("list mails", err)
	}
	found, err := pgx.CollectRows(rows, scanMail)
	return found, wrap("list mails", err)
}

// MailCounts implements desk.MailStore.
func (s *Store) MailCounts(ctx context.Context) (map[desk.MailState]int, error) {
	rows, err := s.pool.Query(ctx, sql("CountMails"))
	if err != nil {
		return nil, wrap("count mails", err)
	}
	out := map[desk.MailState]int{}
	var state desk.MailState
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error { out[state] = n; return nil })
	return out, wrap("count mails", err)
}

// RetryMail implements desk.MailStore.
func (s *Store) RetryMail(ctx context.Context, id int64, now time.Time) error {
	done, err := s.pool.Exec(ctx, sql("RetryMail"), pgx.StrictNamedArgs{"id": id, "now": now})
	if err == nil && done.RowsAffected() == 0 {
		return registry.NotFound("mail", id)
	}
	return wrap("queue mail again", err)
}

// ForgetMails implements desk.MailStore.
func (s *Store) ForgetMails(ctx context.Context, before time.Time) error {
	_, err := s.pool.Exec(ctx, sql("ForgetMails"), pgx.StrictNamedArgs{"before": before})
	return wrap("forget mails", err)
}
