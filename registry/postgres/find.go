package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// Find implements desk.FindStore. It reads one snapshot.
func (s *Store) Find(ctx context.Context, q desk.FindQuery) (*desk.Found, error) {
	found := &desk.Found{Sources: map[string]int{}}
	err := s.read(ctx, func(tx pgx.Tx) error {
		if len(q.Filter) > 0 {
			if err := findInCases(ctx, tx, q, found); err != nil {
				return err
			}
		}
		return findInstruments(ctx, tx, q, found)
	})
	return found, wrap("search the desk", err)
}

func findInCases(ctx context.Context, tx pgx.Tx, q desk.FindQuery, found *desk.Found) error {
	args := filterArgs(q.Filter, q.Today)
	args["wide"], args["may_kinds"] = q.Filter.Wide()
	args["text"], args["papers"] = q.Text, q.Papers
	rows, err := tx.Query(ctx, sql("CountInCases"), args)
	if err != nil {
		return err
	}
	var source string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&source, &n}, func() error { found.Sources[source] = n; return nil }); err != nil {
		return err
	}
	if q.Source == desk.InInstruments {
		return nil
	}
	args["source"], args["limit"] = q.Source, q.Limit
	if rows, err = tx.Query(ctx, sql("FindInCases"), args); err != nil {
		return err
	}
	found.Hits, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (h desk.Hit, err error) {
		return h, row.Scan(&h.Source, &h.Ref, &h.Case, &h.Kind, &h.Number, &h.Title, &h.State, &h.Phase, &h.At, &h.Snippet)
	})
	return err
}

func findInstruments(ctx context.Context, tx pgx.Tx, q desk.FindQuery, found *desk.Found) error {
	rows, err := tx.Query(ctx, sql("FindInstruments"), pgx.StrictNamedArgs{"text": q.Text, "limit": q.Limit})
	if err != nil {
		return err
	}
	n := 0
	hits, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h desk.Hit, err error) {
		h.Source = desk.InInstruments
		return h, row.Scan(&h.Ref, &h.Number, &h.Title, &h.Issuer, &h.Event, &n, &h.Snippet)
	})
	if n > 0 {
		found.Sources[desk.InInstruments] = n
	}
	if q.Source == "" || q.Source == desk.InInstruments {
		found.Hits = append(found.Hits, hits...)
	}
	return err
}
