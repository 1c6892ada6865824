package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// signed is the author of what a person does at the desk.
func signed(by *desk.Principal) Author { return Author{Actor: by.Actor()} }

// ReleaseSets lists all sets, the latest first.
func (s *Store) ReleaseSets(ctx context.Context) ([]desk.ReleaseSet, error) {
	rows, err := s.pool.Query(ctx, sql("ListReleaseSets"), pgx.StrictNamedArgs{"id": int64(0)})
	if err != nil {
		return nil, wrap("list release sets", err)
	}
	all, err := pgx.CollectRows(rows, scanReleaseSet)
	return all, wrap("list release sets", err)
}

// ReleaseSet returns a set.
func (s *Store) ReleaseSet(ctx context.Context, id desk.ReleaseID) (*desk.ReleaseSet, error) {
	rows, err := s.pool.Query(ctx, sql("ListReleaseSets"), pgx.StrictNamedArgs{"id": int64(id)})
	if err != nil {
		return nil, wrap("read release set", err)
	}
	all, err := pgx.CollectRows(rows, scanReleaseSet)
	if err == nil && len(all) == 0 {
		return nil, registry.NotFound("release set", id)
	}
	if err != nil {
		return nil, wrap("read release set", err)
	}
	return &all[0], nil
}

func scanReleaseSet(row pgx.CollectableRow) (r desk.ReleaseSet, err error) {
	var dataDate pgtype.Date
	var decided pgtype.Timestamptz
	var file []byte
	err = row.Scan(&r.ID, &r.AsOf, &r.AsOfTime, &dataDate, &r.ReviewNumber, &r.Certificate.Number, &r.Certificate.FileName, &file, &r.Certificate.File.Media, &r.Certificate.File.Bytes,
		&r.Scale, &r.Decimals, &r.MaxZoom, &r.Clears, &r.Note, &r.PreparedBy, &r.Preparer, &r.PreparedAt, &r.Seq,
		&r.State, &r.DecidedBy, &r.Decider, &decided, &r.Reason, &r.Current)
	copy(r.Certificate.File.Digest[:], file)
	r.DataDate, r.DecidedAt = fromTime(dataDate.Time), decided.Time
	return r, err
}

// PrepareRelease records a set.
func (s *Store) PrepareRelease(ctx context.Context, by *desk.Principal, t *desk.ReleaseTerms, tell []desk.Message) (id desk.ReleaseID, err error) {
	_, err = s.write(ctx, signed(by), func(tx pgx.Tx, _ registry.Seq) error {
		clears := t.Clears
		if clears == nil {
			clears = []registry.ArcID{}
		}
		var file int64
		if t.Certificate.FileName != "" {
			if file, err = keepFile(ctx, tx, t.Certificate.File.Digest); err != nil {
				return fmt.Errorf("keep the certificate: %w", err)
			}
		}
		err = tx.QueryRow(ctx, sql("InsertReleaseSet"), pgx.StrictNamedArgs{
			"as_of": int64(t.AsOf), "data_date": date(t.DataDate), "review_number": nullText(t.ReviewNumber),
			"certificate": nullText(t.Certificate.Number), "certificate_name": nullText(t.Certificate.FileName), "certificate_file": nullInt(file),
			"scale": nullInt(int64(t.Scale)), "decimals": nullInt(int64(t.Decimals)), "max_zoom": nullInt(int64(t.MaxZoom)),
			"clears": clears, "note": nullText(t.Note), "prepared_by": int64(by.Account)}).Scan(&id)
		if err != nil {
			return err
		}
		return tellOfRelease(ctx, tx, by, id, tell)
	})
	return id, err
}

// DecideRelease releases a set, or rejects it. What it clears, and its
// publication, are of the same log entry as the decision.
func (s *Store) DecideRelease(ctx context.Context, by *desk.Principal, id desk.ReleaseID, release bool, reason string, tell []desk.Message) error {
	_, err := s.write(ctx, signed(by), func(tx pgx.Tx, _ registry.Seq) error {
		outcome := desk.ReleaseRejected
		if release {
			outcome = desk.ReleaseReleased
		}
		_, err := tx.Exec(ctx, sql("InsertReleaseDecision"), pgx.StrictNamedArgs{
			"set_id": int64(id), "outcome": outcome, "reason": nullText(reason), "decided_by": int64(by.Account)})
		if err != nil {
			return err
		}
		if err := tellOfRelease(ctx, tx, by, id, tell); err != nil || !release {
			return err
		}
		if _, err := tx.Exec(ctx, sql("InsertClearances"), pgx.StrictNamedArgs{"set_id": int64(id)}); err != nil {
			return fmt.Errorf("clear borders: %w", err)
		}
		_, err = tx.Exec(ctx, sql("PublishReleaseSet"), pgx.StrictNamedArgs{"set_id": int64(id)})
		return err
	})
	return err
}

// tellOfRelease tells people of a release set, but for who acts.
func tellOfRelease(ctx context.Context, tx pgx.Tx, by *desk.Principal, id desk.ReleaseID, tell []desk.Message) error {
	var b pgx.Batch
	b.Queue(sql("ReadByDeciding"), pgx.StrictNamedArgs{"actor": int64(by.Account), "release": fmt.Sprint(id), "at": time.Now()})
	for i := range tell {
		tell[i].Args["release"] = fmt.Sprint(id)
		queueMessage(&b, &tell[i], by.Account)
	}
	return wrap("tell of a release set", tx.SendBatch(ctx, &b).Close())
}

// Uncleared lists the arcs above public secrecy that nothing clears, of any day
// as recorded at an entry.
func (s *Store) Uncleared(ctx context.Context, at registry.Seq) ([]registry.ArcID, error) {
	rows, err := s.pool.Query(ctx, sql("ListUncleared"), pgx.StrictNamedArgs{"r": int64(at)})
	if err != nil {
		return nil, wrap("look for what is not cleared", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[registry.ArcID])
	return all, wrap("look for what is not cleared", err)
}

// LatestEntry is the last entry of the log; 0 for none.
func (s *Store) LatestEntry(ctx context.Context) (seq registry.Seq, err error) {
	err = s.pool.QueryRow(ctx, sql("LatestSeq")).Scan(&seq)
	return seq, wrap("read the log", err)
}

// PublicBefore is the entry that the public sees, or saw when a set was decided;
// 0 for none.
func (s *Store) PublicBefore(ctx context.Context, set *desk.ReleaseSet) (seq registry.Seq, err error) {
	before := pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	if !set.DecidedAt.IsZero() {
		before = pgtype.Timestamptz{Time: set.DecidedAt.Add(-time.Microsecond), Valid: true}
	}
	err = s.pool.QueryRow(ctx, sql("PublicBefore"), pgx.StrictNamedArgs{"at": before}).Scan(&seq)
	return seq, wrap("read publication", err)
}
