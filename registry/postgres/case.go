package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// UnitPath implements desk.Store.
func (s *Store) UnitPath(ctx context.Context, unit registry.UnitID, on registry.Day) ([]registry.UnitID, error) {
	if unit == 0 {
		return nil, nil
	}
	var path []registry.UnitID
	err := s.pool.QueryRow(ctx, sql("UnitPath"), pgx.StrictNamedArgs{"unit": int64(unit), "today": date(on)}).Scan(&path)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, registry.NotFound("unit", unit)
	}
	return path, wrap("read the path of a unit", err)
}

// CaseRecord implements desk.CaseStore. It reads one snapshot.
func (s *Store) CaseRecord(ctx context.Context, id registry.CaseID, today registry.Day) (*desk.Case, error) {
	c := &desk.Case{ID: id, Units: map[registry.UnitID]registry.UnitRef{}, Names: map[desk.AccountID]string{}}
	err := s.read(ctx, func(tx pgx.Tx) error {
		for _, part := range []func(context.Context, pgx.Tx, *desk.Case, registry.Day) error{caseEvents, casePapers, casePlace, caseLinks, casePeople, caseUnits} {
			if err := part(ctx, tx, c, today); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

func caseEvents(ctx context.Context, tx pgx.Tx, c *desk.Case, _ registry.Day) error {
	rows, err := tx.Query(ctx, sql("CaseEvents"), pgx.StrictNamedArgs{"case_id": int64(c.ID)})
	if err != nil {
		return err
	}
	c.Events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e desk.Event, err error) {
		var account, standIn pgtype.Int8
		err = row.Scan(&e.N, &e.Type, &account, &standIn, &e.At, &e.Body)
		e.Account, e.For, e.At = desk.AccountID(account.Int64), desk.AccountID(standIn.Int64), e.At.UTC()
		return e, err
	})
	if err == nil && len(c.Events) == 0 {
		return registry.NotFound("case", c.ID)
	}
	return err
}

func casePapers(ctx context.Context, tx pgx.Tx, c *desk.Case, _ registry.Day) error {
	rows, err := tx.Query(ctx, sql("CasePapers"), pgx.StrictNamedArgs{"case_id": int64(c.ID)})
	if err != nil {
		return err
	}
	c.Papers, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p desk.Paper, err error) {
		var digest []byte
		var number pgtype.Text
		var issued pgtype.Date
		var replaces pgtype.Int8
		err = row.Scan(&p.ID, &p.N, &p.Kind, &p.Title, &digest, &p.Bytes, &p.Media, &p.FileName, &number, &issued, &p.Issuer, &p.Signed, &replaces, &p.Secrecy)
		copy(p.Digest[:], digest)
		p.Number, p.Replaces, p.IssuedOn = number.String, replaces.Int64, registry.NoStart
		if issued.Valid {
			p.IssuedOn = fromTime(issued.Time)
		}
		return p, err
	})
	return err
}

func casePlace(ctx context.Context, tx pgx.Tx, c *desk.Case, today registry.Day) error {
	return tx.QueryRow(ctx, sql("CasePlace"), pgx.StrictNamedArgs{"case_id": int64(c.ID), "today": date(today)}).Scan(&c.Path)
}

func caseLinks(ctx context.Context, tx pgx.Tx, c *desk.Case, today registry.Day) error {
	rows, err := tx.Query(ctx, sql("CaseLinks"), pgx.StrictNamedArgs{"case_id": int64(c.ID), "today": date(today)})
	if err != nil {
		return err
	}
	c.Links, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l desk.Link, err error) {
		o := &l.About
		err = row.Scan(&l.Case, &l.Relation, &l.N, &l.Number, &l.Title, &l.Phase, &o.Kind, &o.Path, &o.Opener, &o.Holder, &o.Asked, &o.Departments)
		return l, err
	})
	return err
}

func casePeople(ctx context.Context, tx pgx.Tx, c *desk.Case, _ registry.Day) error {
	var ids []desk.AccountID
	for _, e := range c.Events {
		ids = append(append(ids, e.Account, e.For, e.Body.Account), e.Body.Experts...)
	}
	rows, err := tx.Query(ctx, sql("CasePeople"), pgx.StrictNamedArgs{"ids": distinct(ids)})
	if err != nil {
		return err
	}
	var id desk.AccountID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { c.Names[id] = name; return nil })
	return err
}

func caseUnits(ctx context.Context, tx pgx.Tx, c *desk.Case, today registry.Day) error {
	ids := slices.Clone(c.Path)
	for _, e := range c.Events {
		ids = append(ids, e.Body.Unit)
	}
	rows, err := tx.Query(ctx, sql("CaseUnits"), pgx.StrictNamedArgs{"ids": distinct(ids), "today": date(today)})
	if err != nil {
		return err
	}
	var u registry.UnitRef
	_, err = pgx.ForEachRow(rows, []any{&u.ID, &u.Name, &u.Level}, func() error { c.Units[u.ID] = u; return nil })
	return err
}

func distinct[T ~int64](ids []T) []int64 {
	out := []int64{}
	for _, id := range ids {
		if id != 0 {
			out = append(out, int64(id))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// WriteCase implements desk.CaseStore.
func (s *Store) WriteCase(ctx context.Context, w *desk.CaseWrite) (registry.CaseID, error) {
	if id, ok, err := s.RecordedCase(ctx, w.Request); ok || err != nil {
		return id, err
	}
	id := w.Case.ID
	_, fresh, err := s.writeOnce(ctx, Author{Actor: w.Actor, Case: id, Request: w.Request}, func(tx pgx.Tx, _ registry.Seq) error {
		var err error
		if id == 0 {
			id, err = newCase(ctx, tx, w)
		} else {
			err = stillAt(ctx, tx, id, w.Expect)
		}
		if err != nil {
			return err
		}
		if err := appendCase(ctx, tx, id, w); err != nil {
			return err
		}
		return amend(ctx, tx, id, w.Amend)
	})
	if fresh {
		return id, nil
	}
	// Another server may have recorded the same command meanwhile.
	if known, ok, again := s.RecordedCase(ctx, w.Request); again == nil && ok {
		return known, nil
	}
	return 0, conflictOf(err)
}

// RecordedCase implements desk.CaseStore.
func (s *Store) RecordedCase(ctx context.Context, request string) (registry.CaseID, bool, error) {
	if request == "" {
		return 0, false, nil
	}
	var seq int64
	var id pgtype.Int8
	err := s.pool.QueryRow(ctx, sql("RecordedRequest"), pgx.StrictNamedArgs{"request": request}).Scan(&seq, &id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err == nil && !id.Valid {
		return 0, false, registry.Invalid("request", "this key was used for another command")
	}
	return registry.CaseID(id.Int64), err == nil, wrap("look for a request", err)
}

// conflictOf tells the refusals of the database about cases apart.
func conflictOf(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "case_hand_one_key" {
		return &registry.Error{Kind: registry.KindForbidden, Message: "this person has had another hand in the case", Err: err}
	}
	return err
}

func newCase(ctx context.Context, tx pgx.Tx, w *desk.CaseWrite) (id registry.CaseID, err error) {
	var n int
	if err = tx.QueryRow(ctx, sql("DrawNumber"), pgx.StrictNamedArgs{"series": w.Series, "year": w.Year}).Scan(&n); err != nil {
		return 0, fmt.Errorf("draw a number: %w", err)
	}
	w.Case.Number = fmt.Sprintf("%s〔%d〕%d号", w.Series, w.Year, n)
	w.Events[0].Body.Number = w.Case.Number
	err = tx.QueryRow(ctx, sql("NewCase"), pgx.StrictNamedArgs{"kind": w.Case.Kind, "title": w.Case.Title,
		"opened_at": w.Case.OpenedAt, "opened_by": w.Actor}).Scan(&id)
	return id, err
}

func stillAt(ctx context.Context, tx pgx.Tx, id registry.CaseID, expect int) error {
	var version int
	if err := tx.QueryRow(ctx, sql("LockCase"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&version); err != nil {
		return err
	}
	if version != expect {
		return &registry.Error{Kind: registry.KindConflict, Message: "somebody else has just done something in this case; look at it and try again"}
	}
	return nil
}

func appendCase(ctx context.Context, tx pgx.Tx, id registry.CaseID, w *desk.CaseWrite) error {
	if err := issuePapers(ctx, tx, id, w); err != nil {
		return err
	}
	b := &pgx.Batch{}
	queue := func(name string, args pgx.StrictNamedArgs) {
		args["case_id"] = int64(id)
		b.Queue(sql(name), args)
	}
	for i := range w.Events {
		e := &w.Events[i]
		queue("InsertCaseEvent", pgx.StrictNamedArgs{"n": e.N, "type": e.Type, "account_id": nullInt(int64(e.Account)),
			"for_id": nullInt(int64(e.For)), "at": e.At, "body": e.Body})
		if text := wordsOf(e); text != "" {
			queue("PutCaseText", pgx.StrictNamedArgs{"source": sourceOf(e), "ref": e.N, "body": text})
		}
	}
	for account, hand := range w.Hands {
		queue("InsertCaseHand", pgx.StrictNamedArgs{"account_id": int64(account), "hand": hand})
	}
	project(queue, w.Case)
	queue("ReadByActing", pgx.StrictNamedArgs{"actor": int64(w.By), "at": w.Case.TouchedAt})
	for i := range w.Messages {
		m := &w.Messages[i]
		m.Case = id
		queueMessage(b, m, w.By)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if w.Notice != nil {
		if err := insertNotice(ctx, tx, w.Case, w.Notice); err != nil {
			return fmt.Errorf("notice: %w", err)
		}
	}
	return insertPapers(ctx, tx, id, w.Papers)
}

// project writes what lists and reminders ask.
func project(queue func(string, pgx.StrictNamedArgs), c *desk.Case) {
	due, known := c.Due()
	o := c.Object()
	queue("PutCaseNow", pgx.StrictNamedArgs{"version": c.Version, "kind": c.Kind, "number": c.Number, "title": c.Title, "state": c.State,
		"phase": c.Phase, "unit_id": nullInt(int64(c.Unit)), "opener_id": nullInt(int64(c.Opener)), "holder_id": nullInt(int64(c.Holder)),
		"asked": distinct(o.Asked), "departments": texts(o.Departments), "secrecy": c.Secrecy(), "urgent": c.Urgent,
		"opened_at": c.OpenedAt, "touched_at": c.TouchedAt, "state_since": c.StateSince, "due_on": nullDate(due, known)})
	queue("PutCaseText", pgx.StrictNamedArgs{"source": "CASE", "ref": 0, "body": caseText(c)})
	queue("ClearCaseClocks", pgx.StrictNamedArgs{})
	for _, k := range c.Clocks {
		queue("PutCaseClock", pgx.StrictNamedArgs{"clock": k.Clock, "began_on": date(k.BeganOn), "due_on": date(k.DueOn), "extended": k.Extended,
			"stopped_on": nullDate(k.StoppedOn, !k.Running()), "statutory": k.Statutory})
	}
	queue("ClearCaseRequests", pgx.StrictNamedArgs{})
	for _, r := range c.Requests {
		answered := pgtype.Int4{}
		if r.Answer != nil {
			answered = pgtype.Int4{Int32: int32(r.Answer.N), Valid: true}
		}
		queue("PutCaseRequest", pgx.StrictNamedArgs{"n": r.N, "department": r.Department, "account_id": nullInt(int64(r.Account)),
			"due_on": nullDate(r.Due, r.Due != registry.NoStart), "answered_n": answered})
	}
	queue("ClearCaseLinks", pgx.StrictNamedArgs{})
	for _, l := range c.Links {
		queue("PutCaseLink", pgx.StrictNamedArgs{"other_id": int64(l.Case), "relation": l.Relation, "n": l.N})
	}
}

func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// caseText is what a case can be found by besides its events and papers.
func caseText(c *desk.Case) string {
	words := []string{c.Number, c.Title, c.Summary}
	for _, value := range c.Fields {
		words = append(words, value)
	}
	return strings.Join(words, "\n")
}

func wordsOf(e *desk.Event) string {
	words := []string{e.Body.Text, e.Body.Reason}
	if i := e.Body.Instrument; i != nil {
		words = append(words, i.Number, i.Issuer, i.Title)
	}
	return strings.TrimSpace(strings.Join(words, "\n"))
}

func sourceOf(e *desk.Event) string {
	switch e.Type {
	case desk.Commented:
		return "COMMENT"
	case desk.Replied:
		return "OPINION"
	}
	return "STEP"
}

func insertPapers(ctx context.Context, tx pgx.Tx, id registry.CaseID, papers []desk.Paper) error {
	for _, p := range papers {
		var paper int64
		if _, err := keepFile(ctx, tx, p.Digest); registry.KindOf(err) == registry.KindNotFound {
			return registry.Invalid("file", "the file is not stored; upload it again")
		} else if err != nil {
			return err
		}
		err := tx.QueryRow(ctx, sql("InsertCasePaper"), pgx.StrictNamedArgs{"case_id": int64(id), "n": p.N, "kind": p.Kind, "title": p.Title,
			"sha256": p.Digest[:], "file_name": p.FileName, "number": nullText(p.Number), "issued_on": nullDate(p.IssuedOn, p.IssuedOn != registry.NoStart && p.IssuedOn != 0),
			"issuer": p.Issuer, "signed": p.Signed, "replaces": nullInt(p.Replaces), "secrecy": p.Secrecy}).Scan(&paper)
		if err != nil {
			return fmt.Errorf("paper %s: %w", p.Kind, err)
		}
		if _, err := tx.Exec(ctx, sql("PutPaperText"), pgx.StrictNamedArgs{"paper": paper}); err != nil {
			return fmt.Errorf("text of paper %s: %w", p.Kind, err)
		}
	}
	return nil
}

// filterArgs are the parameters of desk.subtree_filter.
func filterArgs(f desk.Filter, today registry.Day) pgx.StrictNamedArgs {
	owners, kinds, reaches, everywhere, tops, departments := []int64{}, []string{}, []string{}, []bool{}, []string{}, []string{}
	for _, c := range f {
		owners = append(owners, int64(c.Owner))
		kinds = append(kinds, strings.Join(c.Kinds, "|"))
		reaches = append(reaches, string(c.Reach))
		everywhere = append(everywhere, c.Everywhere)
		tops = append(tops, bigints(c.Tops))
		departments = append(departments, c.Department)
	}
	return pgx.StrictNamedArgs{"owners": owners, "kinds_of": kinds, "reaches": reaches, "everywhere": everywhere, "tops": tops,
		"departments": departments, "today": date(today)}
}

// bigints writes numbers as the text of a bigint[].
func bigints[T ~int64](ids []T) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(id), 10))
	}
	b.WriteByte('}')
	return b.String()
}

// Cases implements desk.CaseStore.
func (s *Store) Cases(ctx context.Context, q desk.CaseQuery) (*desk.CasePage, error) {
	page := &desk.CasePage{Kinds: map[string]int{}}
	after, err := readCursor(q)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx pgx.Tx) error {
		args := caseArgs(q)
		if !q.Bare {
			if err := countCases(ctx, tx, args, page); err != nil {
				return err
			}
		}
		args["kinds"], args["sort"], args["limit"] = q.Kinds, q.Sort, q.Limit+1
		args["after"], args["after_number"] = after.ID, after.Number
		args["after_day"], args["after_time"] = pgtype.Date{Time: after.Day, Valid: true, InfinityModifier: after.infinity()}, after.Time
		rows, err := tx.Query(ctx, sql("ListCases"), args)
		if err != nil {
			return err
		}
		page.Rows, err = pgx.CollectRows(rows, caseRow)
		return err
	})
	for kind, n := range page.Kinds {
		if q.Kinds == nil || slices.Contains(q.Kinds, kind) {
			page.Total += n
		}
	}
	if err == nil && q.Limit > 0 && len(page.Rows) > q.Limit {
		page.Rows = page.Rows[:q.Limit]
		page.Next = cursorAfter(q, &page.Rows[q.Limit-1])
	}
	return page, err
}

// caseCursor is where a page of a list ended: the keys of its last row, so that
// a case that is touched meanwhile moves no page.
type caseCursor struct {
	Sort   string    `json:"s"`
	ID     int64     `json:"i"`
	Number string    `json:"n,omitempty"`
	Time   time.Time `json:"t"`
	Day    time.Time `json:"d"` // zero for no day
}

// infinity says that cases without a day come last in the order of days.
func (c caseCursor) infinity() pgtype.InfinityModifier {
	if c.Day.IsZero() {
		return pgtype.Infinity
	}
	return pgtype.Finite
}

func cursorAfter(q desk.CaseQuery, r *desk.Row) string {
	c := caseCursor{Sort: q.Sort, ID: int64(r.ID), Time: r.TouchedAt}
	switch q.Sort {
	case "opened":
		c.Time = r.OpenedAt
	case "number":
		c.Number = r.Number
	case "due":
		if r.Due != registry.NoEnd {
			c.Day = r.Due.Time()
		}
	}
	data, _ := json.Marshal(c) // of texts, numbers and times: never fails
	return base64.RawURLEncoding.EncodeToString(data)
}

// readCursor reads the cursor of a query. One of another order, or none of ours,
// is KindInvalid.
func readCursor(q desk.CaseQuery) (c caseCursor, err error) {
	if q.After == "" {
		return c, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(q.After)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || c.ID <= 0 || c.Sort != q.Sort || len(q.After) > 500 {
		return c, registry.Invalid("after", "is not a cursor of this list; begin again without it")
	}
	return c, nil
}

func caseArgs(q desk.CaseQuery) pgx.StrictNamedArgs {
	args := wideArgs(q.Filter, q.Today)
	args["text"], args["papers"], args["states"] = q.Text, q.Papers, q.States
	var phases []string
	for _, p := range q.Phases {
		phases = append(phases, string(p))
	}
	args["phases"], args["unit"], args["holder"], args["opener"] = phases, int64(q.Unit), int64(q.Holder), int64(q.Opener)
	args["unheld"] = q.Unheld
	args["due_by"] = nullDate(q.DueBy, q.DueBy != 0 && q.DueBy != registry.NoEnd)
	return args
}

func countCases(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs, page *desk.CasePage) error {
	rows, err := tx.Query(ctx, sql("CountCases"), args)
	if err != nil {
		return err
	}
	var kind string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&kind, &n}, func() error { page.Kinds[kind] = n; return nil })
	return err
}

func caseRow(row pgx.CollectableRow) (r desk.Row, err error) {
	var unit, holder, opener pgtype.Int8
	var unitName, holderName, openerName pgtype.Text
	var due pgtype.Date
	var phase string
	err = row.Scan(&r.ID, &r.Version, &r.Kind, &r.Number, &r.Title, &r.State, &phase, &unit, &unitName, &holder, &holderName, &opener, &openerName,
		&r.Urgent, &r.OpenedAt, &r.TouchedAt, &r.StateSince, &due)
	r.Phase, r.Unit, r.UnitName = law.Phase(phase), registry.UnitID(unit.Int64), unitName.String
	r.Holder, r.HolderName, r.Opener, r.OpenerName = desk.AccountID(holder.Int64), holderName.String, desk.AccountID(opener.Int64), openerName.String
	r.Due = registry.NoEnd
	if due.Valid {
		r.Due = fromTime(due.Time)
	}
	return r, err
}
