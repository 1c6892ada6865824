package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
)

// wholeLog selects everything, the newest first.
func wholeLog() desk.LogQuery {
	return desk.LogQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 1000}
}

func TestLogEntries(t *testing.T) {
	ctx := t.Context()
	d, as, p := furnished(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地"})
	check(t, err)
	_, err = d.Act(ctx, as[desk.DivisionEditor], c.ID, c.Version, "log-test-1", desk.Comment{Text: "秘密的话"})
	check(t, err)
	_, err = p.SealAccess(ctx)
	check(t, err)

	list := func(who desk.Role, change func(*desk.LogQuery)) []desk.LogEntry {
		t.Helper()
		q := wholeLog()
		change(&q)
		found, err := d.LogEntries(ctx, as[who], q)
		check(t, err)
		return found
	}
	all := list("AUDITOR", func(*desk.LogQuery) {})
	if !slices.IsSortedFunc(all, func(a, b desk.LogEntry) int { return int(b.Seq - a.Seq) }) || len(all) < 3 {
		t.Fatalf("%d entries, or not the newest first", len(all))
	}
	if newest := all[0]; newest.Name != as[desk.DivisionEditor].Name || newest.CaseNumber != c.Number || newest.CaseTitle != "更正驻地" || newest.Request == "" ||
		len(newest.Acts) != 1 || newest.Acts[0].Type != string(desk.Commented) {
		t.Errorf("the comment reads %+v", newest)
	}
	if load := all[len(all)-1]; len(load.Acts) != 1 || load.Acts[0].Class != string(registry.BaselineAct) || load.Acts[0].On == "" {
		t.Errorf("the load reads %+v", load.Acts)
	}
	for _, f := range []struct {
		name   string
		change func(*desk.LogQuery)
		want   int
	}{
		{"kind", func(q *desk.LogQuery) { q.Kind = "case" }, 2},
		{"load", func(q *desk.LogQuery) { q.Kind = "load" }, 1},
		{"person by name", func(q *desk.LogQuery) { q.Person = as[desk.DivisionEditor].Name }, 2},
		{"person by login", func(q *desk.LogQuery) { q.Person = as[desk.DivisionEditor].Login }, 2},
		{"nobody", func(q *desk.LogQuery) { q.Person = "no such person" }, 0},
		{"case", func(q *desk.LogQuery) { q.Case = c.Number }, 2},
		{"case by id", func(q *desk.LogQuery) { q.Case = fmt.Sprint(c.ID) }, 2},
		{"no case", func(q *desk.LogQuery) { q.Case = "更正〔1999〕1号" }, 0},
		{"unit", func(q *desk.LogQuery) { q.Unit = "甲县" }, 1},
		{"no unit", func(q *desk.LogQuery) { q.Unit = "无此县" }, 0},
		{"row", func(q *desk.LogQuery) { q.Subject = "case_event:1" }, 1},
		{"text of a case", func(q *desk.LogQuery) { q.Text = "秘密的话" }, 2},
		{"text of an instrument", func(q *desk.LogQuery) { q.Text = "方格清单" }, 1},
		{"page", func(q *desk.LogQuery) { q.Before = registry.Seq(all[0].Seq); q.Kind = "case" }, 1},
		{"yesterday", func(q *desk.LogQuery) { q.To = registry.DayOf(time.Now()) - 1 }, 0},
		{"tomorrow", func(q *desk.LogQuery) { q.From = registry.DayOf(time.Now()) + 1 }, 0},
		{"today", func(q *desk.LogQuery) {
			q.From, q.To, q.Kind = registry.DayOf(time.Now()), registry.DayOf(time.Now()), "case"
		}, 2},
	} {
		if got := list("AUDITOR", f.change); len(got) != f.want {
			t.Errorf("%s: %d entries, want %d", f.name, len(got), f.want)
		}
	}

	// The audit administrator reads the log, and nothing of what stands in cases.
	if got := list("AUDIT_ADMIN", func(q *desk.LogQuery) { q.Text = "秘密的话" }); len(got) != 0 {
		t.Errorf("who may not read cases searches them: %+v", got)
	}
	if got := list("AUDIT_ADMIN", func(*desk.LogQuery) {}); got[0].CaseTitle != "" || got[0].CaseNumber != c.Number {
		t.Errorf("who may not read cases reads %+v", got[0])
	}
	for role, who := range as {
		if role == "AUDITOR" || role == "AUDIT_ADMIN" {
			continue
		}
		if _, err := d.LogEntries(ctx, who, wholeLog()); registry.KindOf(err) != registry.KindNotFound {
			t.Errorf("%s reads the log: %v", role, err)
		}
		if _, err := d.Accesses(ctx, who, desk.AccessQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 9}); registry.KindOf(err) != registry.KindNotFound {
			t.Errorf("%s reads accesses: %v", role, err)
		}
		if _, err := d.ExportLog(ctx, who); registry.KindOf(err) != registry.KindNotFound {
			t.Errorf("%s exports the log: %v", role, err)
		}
	}
}

// An entry shows its rows and digests, and proves that it is in the checkpoint.
func TestLogEntry(t *testing.T) {
	ctx := t.Context()
	d, as, p := furnished(t)
	c, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地"})
	check(t, err)
	auditor := as["AUDIT_ADMIN"]
	q := wholeLog()
	q.Case = c.Number
	found, err := d.LogEntries(ctx, auditor, q)
	check(t, err)
	seq := registry.Seq(found[0].Seq)
	e, err := d.LogEntry(ctx, auditor, seq)
	check(t, err)
	leaves, err := d.LogLeaves(ctx, auditor, seq, 0, 100)
	check(t, err)
	if len(leaves) != e.Leaves || leaves[0].Relation != "case_event" {
		t.Errorf("%d leaves of %d: %+v", len(leaves), e.Leaves, leaves)
	}
	if more, err := d.LogLeaves(ctx, auditor, seq, leaves[0].Ord, 100); err != nil || len(more) != len(leaves)-1 {
		t.Errorf("the next page has %d: %v", len(more), err)
	}
	if _, err := d.LogProof(ctx, auditor, seq); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("proved without a checkpoint: %v", err)
	}
	by, public := signer(t, "civil.example/log")
	_, _, err = p.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	proof, err := d.LogProof(ctx, auditor, seq)
	check(t, err)
	checkpoint, err := proof.Verify([]audit.Verifier{public})
	check(t, err)
	steps, err := proof.Steps()
	check(t, err)
	if steps[len(steps)-1].Node != checkpoint.Root || !bytes.Equal([]byte(proof.Record), e.Record()) {
		t.Errorf("the proof leads to %v, want %v; of %s", steps[len(steps)-1].Node, checkpoint.Root, proof.Record)
	}
	if _, err := d.LogEntry(ctx, auditor, 1<<40); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("an entry to come: %v", err)
	}
	all, err := d.Checkpoints(ctx, auditor, 0, 10)
	check(t, err)
	if len(all) != 1 || all[0].Size != checkpoint.Size || !slices.Equal(all[0].Signers, []string{by.Name()}) {
		t.Errorf("%+v", all)
	}
}

// Exporting the log reads everything that is secret, and is written down.
func TestExportLog_isWrittenDown(t *testing.T) {
	ctx := t.Context()
	d, as, _ := furnished(t)
	items, err := d.ExportLog(ctx, as["AUDITOR"])
	check(t, err)
	r, err := audit.Verify(items, audit.Trust{})
	if err != nil || r.Problems > 0 || r.Entries < 1 {
		t.Errorf("%+v, %v", r, err)
	}
	found, err := d.Accesses(ctx, as["AUDITOR"], desk.AccessQuery{From: registry.NoStart, To: registry.NoEnd, Limit: 10})
	check(t, err)
	if len(found) != 1 || found[0].ObjectKind != "LOG" || found[0].Name != as["AUDITOR"].Name {
		t.Errorf("%+v", found)
	}
}

// Every logged table is of one kind.
func TestLogKinds_coverTheCatalogue(t *testing.T) {
	rows, err := pgtest.Pool(t, pgtest.New(t)).Query(t.Context(), "SELECT relation FROM registry.logged()")
	check(t, err)
	var relation string
	for rows.Next() {
		check(t, rows.Scan(&relation))
		n := 0
		for _, k := range desk.LogKinds() {
			if slices.Contains(k.Relations, relation) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is of %d kinds", relation, n)
		}
	}
	check(t, rows.Err())
}

// The log is never read from end to end to show a page of it.
func TestPlans_ofTheLog(t *testing.T) {
	ctx := context.Background()
	s, owner := logged(t)
	pool := pgtest.Pool(t, owner)
	_, err := pool.Exec(ctx, `SET session_replication_role = replica;
		INSERT INTO desk.account (login, name) SELECT 'p' || n, '人' || n FROM generate_series(1, 200) n;
		INSERT INTO registry.log (seq, recorded_at, xid, actor, case_id, leaves, digest, tree_size)
		SELECT 100 + n, now() + n * interval '1 minute', NULL, 'p' || (n % 200), NULL, 1, sha256(n::text::bytea), 1000 + 2 * n FROM generate_series(1, 20000) n;
		INSERT INTO registry.log_leaf (seq, relation, row_id, op, digest)
		SELECT 100 + n, CASE WHEN n % 2000 = 0 THEN 'setting' ELSE 'case_event' END, n, 'I', sha256('x') FROM generate_series(1, 20000) n;
		INSERT INTO desk.access (at, kind, account_id) SELECT now() + n * interval '1 minute', CASE WHEN n % 50 = 0 THEN 'READ_UNPUBLISHED' ELSE 'SIGNED_IN' END, 1 + n % 200 FROM generate_series(1, 20000) n;
		ANALYZE registry.log, registry.log_leaf, desk.access, desk.account`)
	check(t, err)
	day := registry.DayOf(time.Now()) + 5
	for _, c := range []struct {
		name   string
		change func(*desk.LogQuery)
	}{
		{"newest", func(*desk.LogQuery) {}},
		{"kind", func(q *desk.LogQuery) { q.Kind = "setting" }},
		{"common kind", func(q *desk.LogQuery) { q.Kind = "case" }},
		{"person", func(q *desk.LogQuery) { q.Person = "p7" }},
		{"days", func(q *desk.LogQuery) { q.From, q.To = day, day+1 }},
		{"row", func(q *desk.LogQuery) { q.Subject = "case_event:77" }},
		{"case", func(q *desk.LogQuery) { q.Case = "7" }},
		{"unit", func(q *desk.LogQuery) { q.Unit = "甲县" }},
		{"text", func(q *desk.LogQuery) { q.Text = "方格清单"; q.Cases = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := wholeLog()
			q.Limit = 51
			c.change(&q)
			tx, err := s.pool.Begin(ctx)
			check(t, err)
			defer tx.Rollback(ctx)
			args, err := logArgs(ctx, tx, q)
			check(t, err)
			for _, table := range explain(t, s, sql("ListLog"), args).scanned() {
				if table == "log" || table == "log_leaf" || table == "access" {
					t.Errorf("reads all of %s", table)
				}
			}
		})
	}
	args := dayArgs(day, day+1)
	args["before"], args["kind"], args["logins"], args["cases"], args["limit"] = nil, "READ_UNPUBLISHED", []string{"p7"}, nil, 51
	for _, table := range explain(t, s, sql("ListAccess"), args).scanned() {
		if table == "access" {
			t.Error("reads all accesses")
		}
	}
}
