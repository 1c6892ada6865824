package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// maxRecords bounds a selection of records to what fits in a workbook.
const maxRecords = 19999

// records are the statements that give the records of a subject.
var records = map[desk.Subject]string{
	desk.UnitSubject: "UnitRecords", desk.LineSubject: "LineRecords", desk.PlaceSubject: "PlaceRecords"}

// Records implements desk.Ledger.
func (s *Store) Records(ctx context.Context, subject desk.Subject, which desk.Selection, day registry.Day) ([]desk.StandingRow, error) {
	args := pgx.StrictNamedArgs{"versions": nil, "day": date(day), "ids": which.IDs, "under": int64(which.Under), "text": which.Text, "n": maxRecords}
	if which.Check != "" {
		ids, err := s.foundIDs(ctx, subject, which)
		if err != nil {
			return nil, err
		}
		args["ids"] = ids
	}
	return s.records(ctx, subject, args)
}

// Versions implements desk.Ledger.
func (s *Store) Versions(ctx context.Context, subject desk.Subject, ids []int64) ([]desk.StandingRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.records(ctx, subject, pgx.StrictNamedArgs{"versions": ids, "day": nil, "ids": nil, "under": int64(0), "text": "", "n": 2 * maxRecords})
}

func (s *Store) records(ctx context.Context, subject desk.Subject, args pgx.StrictNamedArgs) (list []desk.StandingRow, err error) {
	name, ok := records[subject]
	if !ok {
		return nil, registry.Invalid("about", fmt.Sprintf("%q is nothing that is corrected here", subject))
	}
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql(name), args)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.StandingRow, error) {
			r := desk.StandingRow{Subject: subject}
			return r, row.Scan(&r.ID, &r.Version, &r.Stands, &r.Level, &r.Cells)
		})
		return err
	})
	return list, err
}

// LineCodes implements desk.Ledger.
func (s *Store) LineCodes(ctx context.Context, codes []string) (map[string][]int64, error) {
	borne := map[string][]int64{}
	err := s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("LineCodes"), pgx.StrictNamedArgs{"codes": codes})
		if err != nil {
			return err
		}
		var code string
		var ids []int64
		_, err = pgx.ForEachRow(rows, []any{&code, &ids}, func() error {
			borne[code] = append([]int64(nil), ids...)
			return nil
		})
		return err
	})
	return borne, err
}

// amend writes what a correction says, under an event of its own.
func amend(ctx context.Context, tx pgx.Tx, id registry.CaseID, a *desk.Amending) error {
	if a == nil {
		return nil
	}
	event, err := insertEvent(ctx, tx, id, Decision{Instrument: a.Instrument, Event: a.Event, Reverses: a.Reverses})
	if err != nil {
		return err
	}
	return replayAmend(ctx, tx, &registry.Operation{Kind: registry.Amend, Amendments: a.Amendments}, int64(event))
}

// Rewrites implements desk.Ledger.
func (s *Store) Rewrites(ctx context.Context, of registry.CaseID, n int) (list []desk.Rewriting, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("Rewrites"), pgx.StrictNamedArgs{"case_id": int64(of), "n": n})
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (desk.Rewriting, error) {
			var r desk.Rewriting
			return r, row.Scan(&r.Event, &r.Case, &r.Number, &r.Title, &r.At, &r.Records, &r.Reverses, &r.ReversedBy)
		})
		return err
	})
	return list, err
}

// Former implements desk.Ledger.
func (s *Store) Former(ctx context.Context, event registry.EventID) (*desk.Undo, error) {
	undo := &desk.Undo{Event: event}
	var moved []int64
	err := s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("FormerValues"), pgx.StrictNamedArgs{"event": int64(event)})
		if err != nil {
			return err
		}
		var relation string
		var id, row int64
		var stands bool
		var former []byte
		_, err = pgx.ForEachRow(rows, []any{&relation, &id, &row, &stands, &former}, func() error {
			for _, subject := range desk.Subjects {
				if subject.Relation() == relation {
					undo.Subject = subject
				}
			}
			if !stands {
				moved = append(moved, row)
				return nil
			}
			undo.Restore = append(undo.Restore, registry.Amendment{Relation: relation, Row: row})
			return json.Unmarshal(former, &undo.Restore[len(undo.Restore)-1].Set)
		})
		return err
	})
	if err == nil && undo.Subject == "" {
		err = registry.NotFound("correction by event", event)
	}
	if err != nil || len(moved) == 0 {
		return undo, err
	}
	all, err := s.Versions(ctx, undo.Subject, moved)
	for _, r := range all {
		if !r.Stands {
			undo.Changed = append(undo.Changed, r)
		}
	}
	return undo, err
}
