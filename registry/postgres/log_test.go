package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// signer is a key of the tests.
func signer(t *testing.T, name string) (audit.Signer, audit.Verifier) {
	t.Helper()
	secret, public, err := audit.NewKey(name)
	check(t, err)
	s, err := audit.ReadSigner(secret)
	check(t, err)
	v, err := audit.ReadVerifier(public)
	check(t, err)
	return s, v
}

// logged is a store of the squares with a draft applied, so that rows are
// closed, too, as its application and as its owner.
func logged(t *testing.T) (s *Store, owner string) {
	t.Helper()
	ctx := context.Background()
	owner = pgtest.Template(t, "logged squares", func(ctx context.Context, dsn string) error {
		s, err := Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		if _, _, err := s.Load(ctx, registrytest.Squares(), tester, nil); err != nil {
			return err
		}
		id, err := s.OpenCase(ctx, "ADJUSTMENT", "x", "zhang")
		if err != nil {
			return err
		}
		if _, err := s.OpenDraft(ctx, id); err != nil {
			return err
		}
		var face registry.FaceID
		var unit registry.UnitID
		err = s.pool.QueryRow(ctx, "SELECT t.face_id, (SELECT unit_id FROM unit_version WHERE specific = '乙') FROM tenure t JOIN unit_version v USING (unit_id) WHERE v.specific = '甲'").Scan(&face, &unit)
		if err != nil {
			return err
		}
		from := registry.Date(2025, 1, 1)
		if err := s.Draft(ctx, id, registry.Since(from), give(face, unit)); err != nil {
			return err
		}
		_, err = s.Apply(ctx, id, Author{Actor: "李 四\nzhang", Request: "key of request"}, decision(registry.Legal, registry.BoundaryChange, from, "1号"))
		return err
	})
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	return s, owner
}

// recompute is what somebody does who may write every table and wants the log to
// agree with what they did.
const recompute = `
	UPDATE registry.log_leaf l SET digest = registry.leaf_digest(s.relation, l.op::text, s.body, s.geom) FROM registry.stored() s WHERE s.relation = l.relation AND s.id = l.row_id;
	DO $$ DECLARE e record; BEGIN
	  UPDATE registry.log SET leaves = (SELECT count(*) FROM registry.log_leaf l WHERE l.seq = log.seq);
	  UPDATE registry.log SET tree_size = x.size FROM (SELECT seq, sum(leaves + 1) OVER (ORDER BY seq) AS size FROM registry.log) x WHERE x.seq = log.seq;
	  FOR e IN SELECT * FROM registry.log ORDER BY seq LOOP
	    UPDATE registry.log SET digest = (SELECT sha256(coalesce((SELECT p.digest FROM registry.log p WHERE p.seq = e.seq - 1), '')
	        || convert_to(concat_ws(' ', e.seq, e.recorded_at, e.actor, e.case_id, e.request), 'UTF8') || coalesce(string_agg(l.digest, '' ORDER BY l.ord), ''))
	      FROM registry.log_leaf l WHERE l.seq = e.seq) WHERE seq = e.seq;
	  END LOOP;
	END $$;`

// replant makes the tree anew from the log, and removes the checkpoints.
const replant = `
	DELETE FROM registry.checkpoint; DELETE FROM registry.log_hash;
	SELECT registry.hash_entries(min(seq), max(seq)) FROM registry.log;`

// What a superuser does with triggers off is found, and the row is named, whether
// the database is asked or a log that was exported afterwards.
func TestAudit_findsWhatASuperuserDid(t *testing.T) {
	const rename = `UPDATE registry.unit_version SET specific = '假' WHERE specific = '甲';`
	const cut = `DELETE FROM registry.log_leaf WHERE seq = (SELECT max(seq) FROM registry.log);
		DELETE FROM registry.publication WHERE seq = (SELECT max(seq) FROM registry.log); DELETE FROM registry.log WHERE seq = (SELECT max(seq) FROM registry.log);`
	for _, c := range []struct{ name, sql, want, wantEarlier string }{
		{"changes a row", rename, "unit_version row 4: was altered after log entry 1", `unit_version row 4: of entry 1 was altered: name was "甲县" and is "假县"; specific was "甲" and is "假"`},
		{"moves an arc", `UPDATE registry.arc SET geom = st_geomfromtext('LINESTRING(127 43, 127.00001 43.5, 127 44)', 4490) WHERE id = 2`, "arc row 2: was altered after log entry 1", "its geometry differs"},
		{"adds a row", `INSERT INTO registry.unit (id, seq) OVERRIDING SYSTEM VALUE VALUES (900, 1)`, "unit row 900: is not in the log", ""},
		{"removes a row", `DELETE FROM registry.code_version WHERE id = 3`, "code_version row 3: is in the log (entry 1) but not in its table", "code_version row 3: of entry 1 was removed from its table"},
		{"opens a closed row", `ALTER TABLE registry.tenure DROP CONSTRAINT tenure_overlap_excl; UPDATE registry.tenure SET recorded = '[1,)' WHERE upper(recorded) = 2`, "was closed by entry 2, but does not say so", ""},
		{"closes an open row", `UPDATE registry.tenure SET recorded = '[1,3)' WHERE id = 2`, "tenure row 2: says that entry 3 closed it", ""},
		{"hides a row", `UPDATE registry.tenure SET recorded = 'empty' WHERE id = 2`, "tenure row 2: says that it was never seen", ""},
		{"backdates a row", `ALTER TABLE registry.tenure DROP CONSTRAINT tenure_overlap_excl; UPDATE registry.tenure SET recorded = '[1,)' WHERE lower(recorded) = 2`, "says that entry 1 wrote it, but entry 2 did", ""},
		{"changes who wrote", `UPDATE registry.log SET actor = 'nobody' WHERE seq = 2`, "log entry 2: its digest does not match", "log entry 2: said "},
		{"changes a row and its leaf", rename + recompute, "unit_version row 4: stands in the tree with another digest", "specific was"},
		{"changes who wrote, and the chain", `UPDATE registry.log SET actor = 'nobody' WHERE seq = 2;` + recompute, "log entry 2: stands in the tree with another hash", "log entry 2: said "},
		{"swaps leaves, and the chain", `UPDATE registry.log_leaf a SET digest = b.digest, row_id = b.row_id FROM registry.log_leaf b
			WHERE a.seq = 1 AND b.seq = 1 AND a.relation = 'unit' AND b.relation = 'unit' AND a.row_id + b.row_id = 3;` + recompute, "unit row 2: stands in the tree with another digest", "log entry 1: has its leaves in another order"},
		{"rewrites everything", rename + recompute + replant, "something from entry 1 to entry 3 was rewritten", `specific was "甲" and is "假"`},
		{"removes a row and every trace", `DELETE FROM registry.code_version WHERE id = 3; DELETE FROM registry.log_leaf WHERE relation = 'code_version' AND row_id = 3;` + recompute + replant,
			"something from entry 1 to entry 3 was removed", "code_version row 3: was in entry 1 and is not any more"},
		{"cuts off the end", cut + recompute + replant, "the end was cut off", "log entry 3: and what came after it was removed"},
		{"forges a checkpoint", `UPDATE registry.checkpoint SET note = replace(note, 'seq 3', 'seq 2')`, "a checkpoint in the log: ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s, owner := logged(t)
			_, err := s.Publish(ctx, tester, registry.Date(2024, 1, 1), "", "")
			check(t, err)
			by, key := signer(t, "civil.example/log")
			note, _, err := s.Checkpoint(ctx, by, by.Name(), time.Now())
			check(t, err)
			trust := audit.Trust{Keys: []audit.Verifier{key}, Notes: []string{note}}
			var earlier bytes.Buffer
			check(t, audit.Write(&earlier, audit.Head{}, s.Log(ctx), nil))
			if r, err := audit.Verify(audit.Read(bytes.NewReader(earlier.Bytes())), trust); err != nil || r.Err() != nil || r.Outside != 2 {
				t.Fatalf("before: %+v, %v", r, err)
			}

			_, err = pgtest.Pool(t, owner).Exec(ctx, "SET session_replication_role = replica; SET search_path = registry, public; SET timezone = 'UTC';"+c.sql)
			check(t, err)

			r, err := audit.Verify(s.Log(ctx), trust)
			check(t, err)
			wantFinding(t, r.Findings, c.want)
			var exported bytes.Buffer
			check(t, audit.Write(&exported, audit.Head{}, s.Log(ctx), nil))
			r, err = audit.Verify(audit.Read(bytes.NewReader(exported.Bytes())), trust)
			check(t, err)
			wantFinding(t, r.Findings, c.want)
			found, err := audit.Compare(audit.Read(&earlier), audit.Read(&exported))
			check(t, err)
			wantFinding(t, found, c.wantEarlier)
			if c.name != "forges a checkpoint" && !strings.Contains(c.sql, "DELETE FROM registry.checkpoint") {
				return
			}
			if _, _, err := s.Checkpoint(ctx, by, by.Name(), time.Now()); strings.Contains(c.sql, "DELETE FROM registry.checkpoint") && err != nil {
				t.Errorf("signing again: %v", err) // nothing inside is left to compare with: that is what copies outside are for
			}
		})
	}
}

func wantFinding(t *testing.T, found []audit.Finding, want string) {
	t.Helper()
	if want == "" {
		return
	}
	for _, f := range found {
		if strings.Contains(f.Subject+": "+f.Detail, want) {
			return
		}
	}
	t.Errorf("nothing found says %q: %+v", want, found)
}

// A server does not sign a log that was rewritten since it last signed.
func TestCheckpoint_refusesARewrittenLog(t *testing.T) {
	ctx := context.Background()
	s, owner := logged(t)
	by, _ := signer(t, "civil.example/log")
	_, fresh, err := s.Checkpoint(ctx, by, by.Name(), time.Now())
	if check(t, err); !fresh {
		t.Fatal("the first checkpoint is not fresh")
	}
	if _, fresh, err := s.Checkpoint(ctx, by, by.Name(), time.Now()); err != nil || fresh {
		t.Errorf("without growth: fresh %v, %v", fresh, err)
	}
	_, err = s.Publish(ctx, tester, registry.Date(2024, 1, 1), "", "")
	check(t, err)
	if due, err := s.CheckpointDue(ctx, time.Hour); err != nil || !due {
		t.Errorf("after a release: due %v, %v", due, err)
	}
	_, err = pgtest.Pool(t, owner).Exec(ctx, "SET session_replication_role = replica; UPDATE registry.log_hash SET hash = sha256('x') WHERE level = 0 AND n = 5;")
	check(t, err)
	_, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err) // a record alone says nothing: the nodes above it are what is signed
	problems, err := s.Check(ctx, nil)
	if check(t, err); len(problems) != 2 { // the record, and the node above it
		t.Errorf("%+v", problems)
	}
	_, err = pgtest.Pool(t, owner).Exec(ctx, "SET session_replication_role = replica; UPDATE registry.log_hash SET hash = sha256('x') WHERE level > 0;")
	check(t, err)
	_, err = s.Publish(ctx, tester, registry.Date(2024, 1, 1), "", "")
	check(t, err)
	if _, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now()); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("signed a rewritten log: %v", err)
	}
}

// Another department signs, too; whoever asks for both signatures gets both.
func TestCosign(t *testing.T) {
	ctx := context.Background()
	s, _ := logged(t)
	by, key := signer(t, "civil.example/log")
	other, otherKey := signer(t, "archive.example")
	note, _, err := s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	both := audit.Trust{Keys: []audit.Verifier{key, otherKey}}
	r, err := audit.Verify(s.Log(ctx), both)
	if check(t, err); r.Err() == nil {
		t.Error("a signature was missing and nobody said so")
	}
	line, err := audit.Cosign(note, other)
	check(t, err)
	c, _, err := audit.ParseCheckpoint(note, nil)
	check(t, err)
	text, _, _ := strings.Cut(note, "\n\n")
	check(t, s.Cosign(ctx, c.Size, text, other.Name(), line))
	if err := s.Cosign(ctx, c.Size+1, text, other.Name(), line); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("cosigned a checkpoint that is not there: %v", err)
	}
	r, err = audit.Verify(s.Log(ctx), both)
	if check(t, err); r.Err() != nil || r.Outside != 1 {
		t.Errorf("%+v", r)
	}
}

// Each row can be proved by itself, and no other in its stead.
func TestProve(t *testing.T) {
	ctx := context.Background()
	s, _ := logged(t)
	by, key := signer(t, "civil.example/log")
	if _, err := s.Prove(ctx, "event", 2, true); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("without a checkpoint: %v", err)
	}
	_, _, err := s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	for relation, id := range map[string]int64{"event": 2, "unit_version": 1, "arc": 3, "tenure": 1, "place_version": 1} {
		p, err := s.Prove(ctx, relation, id, true)
		if check(t, err); p.Row == nil {
			t.Fatal("the row is not shown")
		}
		if _, err := p.Verify([]audit.Verifier{key}); err != nil {
			t.Errorf("%s %d: %v", relation, id, err)
		}
		p.Row.Body = strings.Replace(p.Row.Body, "1", "2", 1)
		if _, err := p.Verify([]audit.Verifier{key}); err == nil {
			t.Errorf("%s %d: another row is proved", relation, id)
		}
		p.Row = nil
		p.Record = strings.Replace(p.Record, "row 1", "row 2", 1)
		p.N++
		if _, err := p.Verify([]audit.Verifier{key}); err == nil {
			t.Errorf("%s %d: another record is proved", relation, id)
		}
	}
	if _, err := s.Prove(ctx, "event", 99, false); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("no such event: %v", err)
	}
}

// A verifier in another language, of one page, comes to the same root.
func TestAudit_agreesWithTheOfflineVerifier(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	ctx := context.Background()
	s, owner := logged(t)
	by, _ := signer(t, "civil.example/log")
	_, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	_, err = s.Publish(ctx, tester, registry.Date(2024, 1, 1), "", "")
	check(t, err)
	run := func() (string, error) {
		file := filepath.Join(t.TempDir(), "log.jsonl.gz")
		f, err := os.Create(file)
		check(t, err)
		check(t, audit.Write(f, audit.Head{}, s.Log(ctx), nil))
		check(t, f.Close())
		out, err := exec.Command(python, "../../docs/verify.py", file).CombinedOutput()
		return string(out), err
	}
	r, err := audit.Verify(s.Log(ctx), audit.Trust{})
	check(t, err)
	out, err := run()
	if want := fmt.Sprintf("%d records, root %s", r.Size, r.Root); err != nil || !strings.Contains(out, want) || !strings.Contains(out, "1 checkpoint") {
		t.Errorf("%v, %s\nwant %s", err, out, want)
	}
	_, err = pgtest.Pool(t, owner).Exec(ctx, `SET session_replication_role = replica; UPDATE registry.unit_version SET specific = '假' WHERE specific = '甲';`)
	check(t, err)
	if out, err := run(); err == nil || !strings.Contains(out, "unit_version row 4") {
		t.Errorf("%v, %s", err, out)
	}
}

// A request that was recorded is not recorded again, whoever asks learns its entry.
func TestWrite_recordsARequestOnce(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	by := Author{Actor: "tester", Request: "once"}
	if seq, err := s.Recorded(ctx, "once"); err != nil || seq != 0 {
		t.Errorf("before: %d, %v", seq, err)
	}
	first, err := s.Publish(ctx, by, registry.Date(2024, 1, 1), "", "")
	check(t, err)
	again, err := s.Publish(ctx, by, registry.Date(2024, 1, 1), "", "")
	if check(t, err); again != first {
		t.Errorf("recorded as %d and again as %d", first, again)
	}
	if seq, err := s.Recorded(ctx, "once"); err != nil || seq != first {
		t.Errorf("after: %d, %v, want %d", seq, err, first)
	}
	if n := latest(t, s); n != first {
		t.Errorf("the log ends with %d", n)
	}
	by.Actor = "another"
	if _, err := s.Publish(ctx, by, registry.Date(2024, 1, 1), "", ""); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("the key of somebody else: %v", err)
	}
}

// Leaves name a table without its schema: two with one name would be confused.
func TestLogged_namesAreUnique(t *testing.T) {
	pool := pgtest.Pool(t, pgtest.New(t))
	var twice, missing string
	check(t, pool.QueryRow(context.Background(), `SELECT coalesce(string_agg(relation, ', '), '') FROM (SELECT relation FROM registry.logged() GROUP BY 1 HAVING count(*) > 1) x`).Scan(&twice))
	check(t, pool.QueryRow(context.Background(), `
		SELECT coalesce(string_agg(n, ', '), '') FROM unnest('{unit_version,arc,publication,role_grant,case_event}'::text[]) n
		WHERE NOT EXISTS (SELECT FROM registry.logged() WHERE relation = n)`).Scan(&missing))
	if twice != "" || missing != "" {
		t.Errorf("twice: %s; missing: %s", twice, missing)
	}
}
