package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
)

// Publish releases the registry as recorded so far to the public.
func (s *Store) Publish(ctx context.Context, by Author, dataDate registry.Day, reviewNumber, note string) (registry.Seq, error) {
	return s.write(ctx, by, func(tx pgx.Tx, seq registry.Seq) error {
		_, err := tx.Exec(ctx, sql("InsertPublication"), pgx.StrictNamedArgs{
			"as_of": int64(seq) - 1, "review_number": nullText(reviewNumber), "data_date": date(dataDate), "note": nullText(note)})
		return err
	})
}

// Publication implements registry.Registry.
func (s *Store) Publication(ctx context.Context, at time.Time) (*registry.Publication, error) {
	when := pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	if !at.IsZero() {
		when = pgtype.Timestamptz{Time: at, Valid: true}
		if err := s.fence(ctx, when); err != nil {
			return nil, err
		}
	}
	var p registry.Publication
	var review, note pgtype.Text
	var dataDate, setDate pgtype.Date
	var digest []byte
	err := s.pool.QueryRow(ctx, sql("PublicationAt"), pgx.StrictNamedArgs{"at": when}).Scan(
		&p.ID, &p.AsOf, &p.ReleasedAt, &review, &dataDate, &note,
		&p.Certificate, &p.Scale, &p.Decimals, &p.MaxZoom, &p.Release,
		&p.Dataset.Name, &p.Dataset.Schematic, &p.Dataset.Source, &p.Dataset.Licence, &p.Dataset.Attribution, &setDate, &digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, &registry.Error{Kind: registry.KindNotFound, Message: "nothing was published at that time"}
	}
	if err != nil {
		return nil, wrap("read publication", err)
	}
	p.ReleasedAt = p.ReleasedAt.UTC()
	p.ReviewNumber, p.Note = review.String, note.String
	p.DataDate, p.Dataset.DataDate = fromTime(dataDate.Time), fromTime(setDate.Time)
	copy(p.Dataset.Digest[:], digest)
	return &p, nil
}

// Publications implements registry.Registry.
func (s *Store) Publications(ctx context.Context) ([]registry.Publication, error) {
	rows, err := s.pool.Query(ctx, sql("ListPublications"))
	if err != nil {
		return nil, wrap("list publications", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p registry.Publication, err error) {
		var dataDate pgtype.Date
		err = row.Scan(&p.ID, &p.AsOf, &p.ReleasedAt, &p.ReviewNumber, &dataDate, &p.Note,
			&p.Certificate, &p.Scale, &p.Decimals, &p.MaxZoom, &p.Release, &p.Reason)
		p.ReleasedAt, p.DataDate = p.ReleasedAt.UTC(), fromTime(dataDate.Time)
		return p, err
	})
	return all, wrap("list publications", err)
}

// PublishedDecimals implements registry.Courses.
func (s *Store) PublishedDecimals(ctx context.Context, at registry.Seq) (decimals int, published bool, err error) {
	err = s.pool.QueryRow(ctx, sql("PublishedDecimals"), pgx.StrictNamedArgs{"r": int64(at)}).Scan(&decimals)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	return decimals, err == nil, wrap("read publication", err)
}

// EachCourse implements registry.Courses.
func (s *Store) EachCourse(ctx context.Context, at registry.Seq, yield func([]byte) error) error {
	rows, err := s.pool.Query(ctx, sql("ListCourses"), pgx.StrictNamedArgs{"r": int64(at)})
	if err != nil {
		return wrap("read the courses of borders", err)
	}
	var course []byte
	_, err = pgx.ForEachRow(rows, []any{&course}, func() error { return yield(course) })
	return wrap("read the courses of borders", err)
}

// fence waits for the writer in flight when a question names a time that the
// log has not passed yet: an entry takes its time when it begins, so the same
// question would find another answer once the writer has committed. One reader
// at a time waits in the database: a long load must not tie up the connections
// of those who ask about something else.
func (s *Store) fence(ctx context.Context, at pgtype.Timestamptz) error {
	var passed bool
	if err := s.pool.QueryRow(ctx, sql("LogPassed"), pgx.StrictNamedArgs{"at": at}).Scan(&passed); err != nil {
		return wrap("read the log", err)
	}
	if passed {
		return nil
	}
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return wrap("wait for the writer in flight", ctx.Err())
	}
	_, err := s.pool.Exec(ctx, sql("Fence"))
	return wrap("wait for the writer in flight", err)
}

// Filled reports whether anything was published yet.
func (s *Store) Filled(ctx context.Context) (bool, error) {
	var filled bool
	err := s.pool.QueryRow(ctx, sql("Filled")).Scan(&filled)
	return filled, wrap("look for a publication", err)
}
