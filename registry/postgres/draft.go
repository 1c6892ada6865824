package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
)

// OpenCase opens a case of a kind (ADJUSTMENT, CORRECTION, SURVEY …).
func (s *Store) OpenCase(ctx context.Context, kind, title, openedBy string) (registry.CaseID, error) {
	var id registry.CaseID
	err := s.pool.QueryRow(ctx, sql("OpenCase"), pgx.StrictNamedArgs{"kind": kind, "title": title, "opened_by": openedBy}).Scan(&id)
	return id, wrap("open case", err)
}

// OpenDraft begins the draft of a case on the latest entry, its base.
func (s *Store) OpenDraft(ctx context.Context, id registry.CaseID) (base registry.Seq, err error) {
	err = s.pool.QueryRow(ctx, sql("OpenBranch"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&base)
	return base, wrap("open draft", err)
}

// Draft adds operations to a draft and replays them into its overlay for all
// days of the period. Operations that cannot be replayed are refused, and so,
// with KindConflict, are those on what others have changed since the base of
// the draft, which its author has not seen; nothing of the call is kept.
func (s *Store) Draft(ctx context.Context, id registry.CaseID, period registry.Period, ops ...registry.Operation) error {
	return s.onBranch(ctx, id, func(tx pgx.Tx, base registry.Seq) error {
		for i := range ops {
			if err := refuseMoved(ctx, tx, i+1, &ops[i], period, base); err != nil {
				return err
			}
			if err := replay(ctx, tx, &ops[i], period, nil); err != nil {
				return fmt.Errorf("operation %d, %s: %w", i+1, ops[i].Kind, err)
			}
			item, err := json.Marshal(draftItem{ops[i], period})
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, sql("AddOperation"), pgx.StrictNamedArgs{"case_id": int64(id), "item": item}); err != nil {
				return err
			}
		}
		return nil
	})
}

// draftItem is what draft.operation keeps.
type draftItem struct {
	registry.Operation
	Period registry.Period `json:"period"`
}

// onBranch runs f, told the base of the draft, with the names of the registry
// meaning the draft. It sees one snapshot: what is compared with the base is
// what is replayed.
func (s *Store) onBranch(ctx context.Context, id registry.CaseID, f func(pgx.Tx, registry.Seq) error) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		base, err := lockBranch(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql("LookAtBranch"), pgx.StrictNamedArgs{"case_id": fmt.Sprint(id)}); err != nil {
			return err
		}
		return f(tx, base)
	})
	return wrap(fmt.Sprintf("draft of case %d", id), err)
}

// lockBranch makes sure that the draft is open, keeps others off it, and
// returns its base.
func lockBranch(ctx context.Context, tx pgx.Tx, id registry.CaseID) (registry.Seq, error) {
	var base registry.Seq
	err := tx.QueryRow(ctx, sql("BranchBase"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&base)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, registry.NotFound("open draft of case", id)
	}
	return base, err
}

// refuseMoved refuses operation n when others have changed, since the base,
// what it changes: replaying it would overwrite them in silence.
func refuseMoved(ctx context.Context, tx pgx.Tx, n int, op *registry.Operation, p registry.Period, base registry.Seq) error {
	var moved bool
	err := tx.QueryRow(ctx, sql("Moved"), pgx.StrictNamedArgs{
		"face": int64(op.Face), "arc": int64(op.Arc), "period": period(p), "base": int64(base)}).Scan(&moved)
	if err == nil && moved {
		err = &registry.Error{Kind: registry.KindConflict,
			Message: fmt.Sprintf("operation %d, %s, no longer fits: what it changes has changed since entry %d; open a new draft on today's state", n, op.Kind, base)}
	}
	return err
}

// refuseAnyMoved asks about all operations before the first of them writes: a
// later one may build on an earlier.
func refuseAnyMoved(ctx context.Context, tx pgx.Tx, items []draftItem, base registry.Seq) error {
	for i := range items {
		if err := refuseMoved(ctx, tx, i+1, &items[i].Operation, items[i].Period, base); err != nil {
			return err
		}
	}
	return nil
}

// Conflicts lists what a draft changes and others have changed since its base.
func (s *Store) Conflicts(ctx context.Context, id registry.CaseID) ([]registry.DraftConflict, error) {
	var found []registry.DraftConflict
	err := s.read(ctx, func(tx pgx.Tx) (err error) {
		found, err = conflicts(ctx, tx, id)
		return err
	})
	return found, err
}

func conflicts(ctx context.Context, tx pgx.Tx, id registry.CaseID) ([]registry.DraftConflict, error) {
	rows, err := tx.Query(ctx, sql("ListConflicts"), pgx.StrictNamedArgs{"case_id": int64(id)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[registry.DraftConflict])
}

// Rebase replays a draft on the latest entry, beside what others have changed
// on other days or elsewhere. An operation that no longer fits, because what it
// changes has changed, is a conflict: the draft stays on its old base and the
// error names the operation.
func (s *Store) Rebase(ctx context.Context, id registry.CaseID) (base registry.Seq, err error) {
	err = s.onBranch(ctx, id, func(tx pgx.Tx, old registry.Seq) error {
		items, err := draftItems(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := refuseAnyMoved(ctx, tx, items, old); err != nil {
			return err
		}
		if err := clearOverlay(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, sql("Rebase"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&base); err != nil {
			return err
		}
		for i := range items {
			if err := replay(ctx, tx, &items[i].Operation, items[i].Period, nil); err != nil {
				return &registry.Error{Kind: registry.KindConflict, Err: err,
					Message: fmt.Sprintf("operation %d, %s, no longer fits: what it changes has changed since", i+1, items[i].Kind)}
			}
		}
		return nil
	})
	return base, err
}

func clearOverlay(ctx context.Context, tx pgx.Tx, id registry.CaseID) error {
	_, err := tx.Exec(ctx, sql("ClearOverlay"), pgx.StrictNamedArgs{"case_id": int64(id)})
	return err
}

func draftItems(ctx context.Context, tx pgx.Tx, id registry.CaseID) ([]draftItem, error) {
	rows, err := tx.Query(ctx, sql("ListOperations"), pgx.StrictNamedArgs{"case_id": int64(id)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (draftItem, error) {
		var item draftItem
		err := row.Scan(&item)
		return item, err
	})
}

// Decision is the act by which a draft becomes law, or a correction.
type Decision struct {
	Instrument registry.Instrument
	Event      registry.Event   // its Instrument index is not used
	Reverses   registry.EventID // the event this one withdraws; 0 if none
	Period     *registry.Period // days to which the operations apply; nil leaves the periods of the draft
}

// Apply replays a draft on the truth under the decision, in one log entry. It
// refuses with KindConflict when others have changed what the draft changes;
// rebase first. The checks of the database run at the commit.
func (s *Store) Apply(ctx context.Context, id registry.CaseID, by Author, d Decision) (registry.Seq, error) {
	by.Case = id
	return s.write(ctx, by, func(tx pgx.Tx, seq registry.Seq) error {
		base, err := lockBranch(ctx, tx, id)
		if err != nil {
			return err
		}
		if found, err := conflicts(ctx, tx, id); err != nil {
			return err
		} else if len(found) > 0 {
			return &registry.Error{Kind: registry.KindConflict,
				Message: fmt.Sprintf("%s was changed in entry %d since the draft began; rebase the draft", found[0].Subject, found[0].ClosedAt)}
		}
		items, err := draftItems(ctx, tx, id)
		if err != nil {
			return err
		}
		for i := range items {
			if d.Period != nil {
				items[i].Period = *d.Period
			}
		}
		if err := refuseAnyMoved(ctx, tx, items, base); err != nil {
			return err
		}
		event, err := insertEvent(ctx, tx, id, d)
		if err != nil {
			return err
		}
		for i := range items {
			if err := replay(ctx, tx, &items[i].Operation, items[i].Period, &event); err != nil {
				return fmt.Errorf("operation %d, %s: %w", i+1, items[i].Kind, err)
			}
		}
		if err := clearOverlay(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sql("MarkApplied"), pgx.StrictNamedArgs{"case_id": int64(id), "seq": int64(seq)})
		return err
	})
}

func insertEvent(ctx context.Context, tx pgx.Tx, id registry.CaseID, d Decision) (registry.EventID, error) {
	i := d.Instrument
	var instrument int64
	err := tx.QueryRow(ctx, sql("InsertInstrument"), pgx.StrictNamedArgs{"completeness": i.Completeness, "number": nullText(i.Number),
		"issued_on": nullDate(i.IssuedOn, i.IssuedKnown), "issuer": nullText(i.Issuer), "title": i.Title, "body": nullText(i.Text),
		"citation": nullText(i.Citation)}).Scan(&instrument)
	if err != nil {
		return 0, fmt.Errorf("instrument: %w", err)
	}
	var event registry.EventID
	err = tx.QueryRow(ctx, sql("InsertEvent"), pgx.StrictNamedArgs{"class": d.Event.Class, "type": d.Event.Type,
		"effective_on": date(d.Event.EffectiveOn), "precision": d.Event.Precision, "instrument_id": instrument,
		"case_id": nullInt(int64(id)), "reverses": nullInt(int64(d.Reverses)), "note": nullText(d.Event.Note)}).Scan(&event)
	if err != nil {
		return 0, fmt.Errorf("event: %w", err)
	}
	return event, nil
}

// replay does one operation on the names the transaction sees: the truth, with
// its event, or a branch, without one.
func replay(ctx context.Context, tx pgx.Tx, op *registry.Operation, p registry.Period, event *registry.EventID) error {
	var ev any
	if event != nil {
		ev = int64(*event)
	}
	switch op.Kind {
	case registry.Reshape:
		return replayReshape(ctx, tx, op, p, ev)
	case registry.Assign:
		_, err := tx.Exec(ctx, sql("AssignFace"), pgx.StrictNamedArgs{
			"face": int64(op.Face), "unit": int64(op.Unit), "period": period(p), "event": ev})
		return err
	case registry.Amend:
		return replayAmend(ctx, tx, op, ev)
	}
	return registry.Invalid("kind", string(op.Kind)+" is not an operation")
}

// replayAmend writes versions again, for the days that they have: the period of
// the draft does not count.
func replayAmend(ctx context.Context, tx pgx.Tx, op *registry.Operation, ev any) error {
	items, err := json.Marshal(op.Amendments)
	if err != nil {
		return err
	}
	var n int
	return tx.QueryRow(ctx, sql("Amend"), pgx.StrictNamedArgs{"amendments": items, "event": ev}).Scan(&n)
}

func replayReshape(ctx context.Context, tx pgx.Tx, op *registry.Operation, p registry.Period, ev any) error {
	if op.NewArc == 0 {
		if err := tx.QueryRow(ctx, sql("NewArcID")).Scan(&op.NewArc); err != nil {
			return err
		}
	}
	course, err := ewkb.Marshal(op.Course, srid)
	if err != nil {
		return registry.Invalid("course", err.Error())
	}
	_, err = tx.Exec(ctx, sql("SwapArc"), pgx.StrictNamedArgs{"arc": int64(op.Arc), "course": course, "period": period(p),
		"event": ev, "source": op.Source, "new_arc": int64(op.NewArc)})
	return err
}
