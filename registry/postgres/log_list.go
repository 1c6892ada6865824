package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
)

// LogEntries implements desk.LogStore. It reads one snapshot.
func (s *Store) LogEntries(ctx context.Context, q desk.LogQuery) (out []desk.LogEntry, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		args, err := logArgs(ctx, tx, q)
		if err == nil {
			out, err = listLog(ctx, tx, args)
		}
		return err
	})
	return out, err
}

// LogEntry implements desk.LogStore.
func (s *Store) LogEntry(ctx context.Context, seq registry.Seq, cases bool) (entry *desk.LogEntry, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		args, err := logArgs(ctx, tx, desk.LogQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 1, Cases: cases})
		if err != nil {
			return err
		}
		args["seq"], args["seals"] = int64(seq), true
		found, err := listLog(ctx, tx, args)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return registry.NotFound("entry of the log", seq)
		}
		entry = &found[0]
		rows, err := tx.Query(ctx, sql("ReasonsOfEntry"), pgx.StrictNamedArgs{"seq": int64(seq)})
		if err != nil {
			return err
		}
		entry.Reasons, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return entry, err
}

// logArgs are the arguments of ListLog: what people typed is looked up first.
func logArgs(ctx context.Context, tx pgx.Tx, q desk.LogQuery) (pgx.StrictNamedArgs, error) {
	args := dayArgs(q.From, q.To)
	args["seq"], args["before"], args["limit"] = nil, nullInt(int64(q.Before)), q.Limit
	args["text"], args["in_cases"] = nullText(q.Text), q.Cases
	args["relations"], args["relation"], args["row"] = []string(nil), nil, nil
	for _, k := range desk.LogKinds() {
		if k.Kind == q.Kind {
			args["relations"] = k.Relations
		}
	}
	if relation, id, ok := strings.Cut(q.Subject, ":"); ok {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, registry.Invalid("subject", "is not TABLE:ID")
		}
		args["relation"], args["row"] = relation, n
	}
	args["enough"] = nil
	if q.From == registry.NoStart && q.To == registry.NoEnd && q.Person+q.Case+q.Unit+q.Subject+q.Text == "" {
		args["enough"] = q.Limit
	}
	args["seals"] = q.Kind != "" || q.Subject != "" || q.Person != ""
	var err error
	if args["logins"], err = loginsLike(ctx, tx, q.Person); err != nil {
		return nil, err
	}
	if args["cases"], err = casesNumbered(ctx, tx, q.Case); err != nil {
		return nil, err
	}
	args["units"], err = unitsCalled(ctx, tx, q.Unit)
	return args, err
}

// dayArgs are the bounds of days, both included.
func dayArgs(from, to registry.Day) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{"since": nil, "until": nil}
	if from != registry.NoStart {
		args["since"] = from.Begins()
	}
	if to != registry.NoEnd {
		args["until"] = (to + 1).Begins()
	}
	return args
}

// loginsLike are the logins that somebody may mean; nil for any.
func loginsLike(ctx context.Context, tx pgx.Tx, person string) ([]string, error) {
	if person == "" {
		return nil, nil
	}
	rows, err := tx.Query(ctx, sql("LoginsLike"), pgx.StrictNamedArgs{"person": person})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// casesNumbered are the cases that a number or an id means; nil for any, and
// none for one that is not known.
func casesNumbered(ctx context.Context, tx pgx.Tx, number string) ([]int64, error) {
	if number == "" {
		return nil, nil
	}
	id, _ := strconv.ParseInt(number, 10, 64)
	rows, err := tx.Query(ctx, sql("CasesNumbered"), pgx.StrictNamedArgs{"case": number, "id": id})
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return orNone(found), err
}

// unitsCalled are the units that a name, a code or #id means; nil for any, and
// none for one that is not known.
func unitsCalled(ctx context.Context, tx pgx.Tx, unit string) ([]int64, error) {
	if unit == "" {
		return nil, nil
	}
	var id int64
	if digits, ok := strings.CutPrefix(unit, "#"); ok {
		id, _ = strconv.ParseInt(digits, 10, 64)
	}
	code := unit
	if len(code) < 12 {
		code += strings.Repeat("0", 12-len(code))
	}
	rows, err := tx.Query(ctx, sql("UnitsCalled"), pgx.StrictNamedArgs{"unit": unit, "code": code, "id": id})
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return orNone(found), err
}

func orNone(ids []int64) []int64 {
	if ids == nil {
		return []int64{}
	}
	return ids
}

func listLog(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs) ([]desk.LogEntry, error) {
	rows, err := tx.Query(ctx, sql("ListLog"), args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLogEntry)
}

func scanLogEntry(row pgx.CollectableRow) (e desk.LogEntry, err error) {
	var in, account, about pgtype.Int8
	var request, kind, number, title pgtype.Text
	var digest, previous []byte
	var acts, events []desk.LogAct
	err = row.Scan(&e.Seq, &e.At, &e.Actor, &in, &request, &e.Leaves, &digest, &previous, &account, &e.Name, &about, &kind, &number, &title, &e.Wrote, &acts, &events)
	e.At, e.Case, e.Request, e.Account = e.At.UTC(), in.Int64, request.String, desk.AccountID(account.Int64)
	e.About, e.CaseKind, e.CaseNumber, e.CaseTitle = registry.CaseID(about.Int64), kind.String, number.String, title.String
	copy(e.Digest[:], digest)
	copy(e.Previous[:], previous)
	e.Acts = append(acts, events...)
	_, e.For, _ = strings.Cut(e.Actor, " for ")
	return e, err
}

// LogLeaves implements desk.LogStore.
func (s *Store) LogLeaves(ctx context.Context, seq registry.Seq, after int64, limit int) ([]desk.LogLeaf, error) {
	rows, err := s.pool.Query(ctx, sql("LogLeaves"), pgx.StrictNamedArgs{"seq": int64(seq), "after": after, "limit": limit})
	if err != nil {
		return nil, wrap("list the rows of an entry", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l desk.LogLeaf, err error) {
		var digest []byte
		err = row.Scan(&l.Ord, &l.Relation, &l.Row, &l.Op, &digest)
		l.Digest = audit.Hash(digest)
		return l, err
	})
	return found, wrap("list the rows of an entry", err)
}

// CheckpointNotes implements desk.LogStore.
func (s *Store) CheckpointNotes(ctx context.Context, below int64, limit int) ([]string, error) {
	rows, err := s.pool.Query(ctx, sql("CheckpointNotes"), pgx.StrictNamedArgs{"below": nullInt(below), "limit": limit})
	if err != nil {
		return nil, wrap("list checkpoints", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return found, wrap("list checkpoints", err)
}

// Accesses implements desk.LogStore. It reads one snapshot.
func (s *Store) Accesses(ctx context.Context, q desk.AccessQuery) (out []desk.AccessEntry, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		args := dayArgs(q.From, q.To)
		args["before"], args["limit"], args["kind"] = nullInt(q.Before), q.Limit, nullText(string(q.Kind))
		switch q.Kind {
		case "":
			args["kind"] = string(desk.ReadUnpublished)
		case "*":
			args["kind"] = nil
		}
		var err error
		if args["logins"], err = loginsLike(ctx, tx, q.Person); err != nil {
			return err
		}
		if args["cases"], err = casesNumbered(ctx, tx, q.Case); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sql("ListAccess"), args)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanAccess)
		return err
	})
	return out, err
}

func scanAccess(row pgx.CollectableRow) (a desk.AccessEntry, err error) {
	var account, object, sealed pgtype.Int8
	var number pgtype.Text
	err = row.Scan(&a.ID, &a.At, &account, &a.Network, &a.Kind, &a.ObjectKind, &object, &a.Detail, &a.Login, &a.Name, &number, &sealed)
	a.At, a.Account, a.ObjectID, a.CaseNumber, a.Sealed = a.At.UTC(), desk.AccountID(account.Int64), object.Int64, number.String, registry.Seq(sealed.Int64)
	return a, err
}
