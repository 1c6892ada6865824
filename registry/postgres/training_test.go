package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
)

// trained is a furnished registry with a trainer.
func trained(t *testing.T) (d *desk.Desk, as map[desk.Role]*desk.Principal, p people, by *Trainer, owner string) {
	t.Helper()
	d, as, p = furnished(t)
	config := p.Pool().Config().ConnConfig
	owner = strings.Replace(p.Pool().Config().ConnString(), config.User+"@", "jieming@", 1)
	by = NewTrainer(p.Store, owner)
	t.Cleanup(func() {
		if err := by.Drop(context.Background(), desk.Operator()); err != nil && registry.KindOf(err) != registry.KindNotFound {
			t.Error(err)
		}
	})
	return d, as, p, by, owner
}

// space opens the training space in use.
func space(t *testing.T, p people) (*Store, desk.TrainingAct) {
	t.Helper()
	act := lastAct(t, p)
	dsn, err := TrainingDSN(p.Pool().Config().ConnString(), act.Space)
	check(t, err)
	s, err := Open(t.Context(), dsn)
	check(t, err)
	t.Cleanup(s.Close)
	return s, act
}

func lastAct(t *testing.T, p people) desk.TrainingAct {
	t.Helper()
	acts, err := p.TrainingActs(t.Context())
	check(t, err)
	return acts[0]
}

// ends is how the log of a registry ends.
func ends(t *testing.T, s *Store) (m Manifest) {
	t.Helper()
	check(t, s.read(t.Context(), func(tx pgx.Tx) error { return m.head(t.Context(), tx) }))
	return m
}

// A copy that is made while people write is the registry as of one entry of the
// log, whole and provable, and what is done in it does not reach the live one.
func TestTraining_copiesWhileWritesGoOn(t *testing.T) {
	ctx := t.Context()
	d, as, p, by, owner := trained(t)
	editor := as[desk.DivisionEditor]
	stop, wrote := make(chan struct{}), 0
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "CORRECTION", Title: "更正驻地", Request: fmt.Sprint("open-", wrote)}); err != nil {
				t.Error(err)
				return
			}
			wrote++
		}
	})
	err := by.Reset(ctx, as[desk.Supervisor])
	close(stop)
	writer.Wait()
	check(t, err)
	if wrote < 3 {
		t.Errorf("only %d cases were opened meanwhile", wrote)
	}

	copied, act := space(t, p)
	var live []byte
	check(t, pgtest.Pool(t, owner).QueryRow(ctx, "SELECT digest FROM registry.log WHERE seq = $1", int64(act.Entry)).Scan(&live))
	if end := ends(t, copied); registry.Seq(end.Seq) != act.Entry || string(end.Head[:]) != string(live) || desk.Digest(end.Head) != act.Digest {
		t.Errorf("the copy ends with entry %d %s, recorded as %d %s", end.Seq, end.Head, act.Entry, act.Digest)
	}
	if act.By != as[desk.Supervisor].Name {
		t.Errorf("made by %q", act.By)
	}
	for _, s := range []*Store{copied, p.Store} {
		report, err := audit.Verify(s.Log(ctx), audit.Trust{})
		check(t, err)
		check(t, report.Err())
	}

	before := ends(t, p.Store)
	inside := desk.New(desk.Options{Store: people{copied, p.who}, Drill: true})
	for i := range 3 {
		_, err := inside.OpenCase(ctx, editor, desk.OpenRequest{Kind: "CORRECTION", Title: "演练", Request: fmt.Sprint("drill-", i)})
		check(t, err)
	}
	if after := ends(t, p.Store); after != before {
		t.Errorf("the live log ended with %d %s, and after acts in training with %d %s", before.Seq, before.Root, after.Seq, after.Root)
	}
	work, err := TrainingWork(ctx, owner, act.Space)
	check(t, err)
	if work.Entries != 3 || work.Cases != 3 || work.People != 1 || work.LastAt.IsZero() {
		t.Errorf("%+v", work)
	}
}

// Nothing that lets somebody into the live registry is in a copy, and no mail
// leaves it.
func TestTraining_isCutOff(t *testing.T) {
	ctx := t.Context()
	_, as, p, by, owner := trained(t)
	who := int64(as[desk.Supervisor].Account)
	live := pgtest.Pool(t, owner)
	for _, statement := range []string{
		"UPDATE desk.account SET mail = 'a@example.org' WHERE id = $1",
		"INSERT INTO desk.session (account_id, digest, made_at, seen_at) VALUES ($1, sha256('s'), now(), now())",
		"INSERT INTO desk.token (account_id, name, digest, scopes, made_at, expires_at) VALUES ($1, 't', sha256('t'), '{case}', now(), now() + interval '1 day')",
		"INSERT INTO desk.feed (account_id, digest, made_at) VALUES ($1, sha256('f'), now())",
		"INSERT INTO desk.identity (account_id, issuer, subject, linked_at) VALUES ($1, 'i', 's', now())",
		"INSERT INTO desk.mail (account_id, recipient, message_id, subject, body, made_at, next_at) VALUES ($1, 'a@example.org', 'm', 's', 'b', now(), now())",
		"INSERT INTO desk.message (account_id, kind, made_at, mail_at) VALUES ($1, 'OPENED', now(), now())",
		"INSERT INTO desk.credential (account_id, password) VALUES ($1, 'digest')",
	} {
		_, err := live.Exec(ctx, statement, who)
		check(t, err)
	}
	check(t, by.Reset(ctx, as[desk.Supervisor]))
	copied, _ := space(t, p)
	for what, want := range map[string]int{
		"desk.session": 0, "desk.token": 0, "desk.feed": 0, "desk.identity": 0, "desk.mail": 0, "desk.message WHERE mail_at IS NOT NULL": 0,
		"registry.checkpoint": 0, "desk.credential": 1, "desk.training_space": 1,
	} {
		var n int
		check(t, copied.pool.QueryRow(ctx, "SELECT count(*) FROM "+what).Scan(&n))
		if n != want {
			t.Errorf("%d rows of %s, want %d", n, what, want)
		}
	}
	var kept int
	check(t, live.QueryRow(ctx, "SELECT (SELECT count(*) FROM desk.session) + (SELECT count(*) FROM desk.mail)").Scan(&kept))
	if kept != 2 {
		t.Errorf("%d sessions and mails left in the live registry", kept)
	}

	for _, statement := range []string{
		"INSERT INTO desk.mail (account_id, recipient, message_id, subject, body, made_at, next_at) VALUES ($1, 'a@example.org', 'n', 's', 'b', now(), now())",
		"INSERT INTO desk.message (account_id, kind, made_at, mail_at) VALUES ($1, 'OPENED', now(), now())",
	} {
		_, err := copied.pool.Exec(ctx, statement, who)
		check(t, err)
	}
	var due int
	check(t, copied.pool.QueryRow(ctx, "SELECT (SELECT count(*) FROM desk.mail) + (SELECT count(*) FROM desk.message WHERE mail_at IS NOT NULL)").Scan(&due))
	if due != 0 {
		t.Errorf("%d mails wait in the training space", due)
	}
	if _, err := copied.pool.Exec(ctx, "DELETE FROM desk.training_space"); err == nil {
		t.Error("the service can take the mark of a training space away")
	}
	is, err := copied.IsTraining(ctx)
	check(t, err)
	if !is {
		t.Error("the copy does not say that it is one")
	}
	key, _ := signer(t, "minzheng.example/jieming")
	if _, _, err := copied.Checkpoint(ctx, key, key.Name(), time.Now()); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("signing the log of a training space: %v", err)
	}
	if err := NewTrainer(copied, owner).Reset(ctx, desk.Operator()); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("copying a training space: %v", err)
	}
}

// A failing reset leaves the old space and nothing of the new one; a good one
// takes its place at once.
func TestTraining_swaps(t *testing.T) {
	ctx := t.Context()
	_, as, p, by, owner := trained(t)
	check(t, by.Reset(ctx, as[desk.Supervisor]))
	first := lastAct(t, p)

	ctx2, cancel := context.WithCancel(ctx)
	go func() { // in the middle of it
		for ctx2.Err() == nil {
			if run, err := p.TrainingRun(ctx); err == nil && run.Running && run.Step == "CLEAN" {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if err := by.Reset(ctx2, as[desk.Supervisor]); err == nil {
		t.Fatal("a reset that was broken off went well")
	}
	cancel()
	run, err := p.TrainingRun(ctx)
	check(t, err)
	if !run.Failed() || run.Error == "" {
		t.Errorf("%+v", run)
	}
	if err := NewTrainer(p.Store, strings.Replace(owner, "jieming@", "jieming_app@", 1)).Reset(ctx, as[desk.Supervisor]); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the service copies the registry: %v", err)
	}
	if got := copies(t, owner); len(got) != 1 || !strings.HasSuffix(got[0], first.Space) {
		t.Errorf("left: %v, want that of %s", got, first.Space)
	}
	if _, err := TrainingWork(ctx, owner, first.Space); err != nil {
		t.Errorf("the former space: %v", err)
	}

	time.Sleep(time.Until(first.CopiedAt.Add(1100 * time.Millisecond))) // a copy is named by its second
	check(t, by.Reset(ctx, as[desk.Supervisor]))
	second := lastAct(t, p)
	if got := copies(t, owner); second.Space == first.Space || len(got) != 1 || !strings.HasSuffix(got[0], second.Space) {
		t.Errorf("left: %v, want that of %s", got, second.Space)
	}
	if _, err := TrainingWork(ctx, owner, first.Space); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("the former space: %v", err)
	}
	check(t, by.Drop(ctx, desk.Operator()))
	if got := copies(t, owner); len(got) != 0 {
		t.Errorf("dropped, and there are %v", got)
	}
}

func copies(t *testing.T, owner string) []string {
	t.Helper()
	u, err := databaseURL(owner)
	check(t, err)
	rows, err := pgtest.Pool(t, owner).Query(t.Context(), sql("TrainingDatabases"), pgx.StrictNamedArgs{"live": u.Path[1:]})
	check(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	return names
}
