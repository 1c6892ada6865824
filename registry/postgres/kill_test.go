package postgres

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
	"jieming/registry/registrytest"
)

// kills is how often TestKill kills: seven of ten of KILLS, 20 unless the slow
// suite says more. The others are those of the server, in cmd/jieming.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if err != nil {
		n = 20
	}
	return n - n*3/10
}

// A writer, or the whole database, is killed at a random moment of its writing,
// again and again: whatever was acknowledged is there, nothing is there by half,
// and what became of a command whose answer was lost can be asked by its key.
//
// The database is set up as jieming up sets it up. Killing a process is no power
// failure: that files reach the disk is for PostgreSQL's own tests.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	t.Parallel()
	ctx := context.Background()
	k := &killing{t: t, dir: t.TempDir(), acknowledged: map[string]registry.Seq{}}
	k.start()
	t.Cleanup(func() {
		if k.db != nil {
			_ = k.db.Stop()
		}
	})
	_, err := migrate.Up(ctx, k.db.OwnerDSN(), nil)
	check(t, err)
	k.open()
	_, _, err = k.store.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	_, err = k.store.pool.Exec(ctx, "INSERT INTO desk.account (login, name) VALUES ('editor', '编辑')")
	check(t, err)

	for i := range kills(t) {
		k.round = i
		k.kill(i%3 == 2)
		k.examine()
		if t.Failed() {
			t.Fatalf("after kill %d", i+1)
		}
	}
	noProblem(t, k.store)
	t.Logf("%d kills: %d commands acknowledged, %d lost their answer, of which %d were recorded", kills(t), k.answered, k.lost, k.lostRecorded)
	if k.answered == 0 || k.lost == 0 {
		t.Error("no command was acknowledged, or none lost its answer: the kills missed the writing")
	}
}

// killing is the state of TestKill.
type killing struct {
	t     *testing.T
	dir   string
	db    *cluster.Cluster
	store *Store
	round int

	acknowledged       map[string]registry.Seq
	asked              []string // in this round, by the writer
	answered           int      // by the writer
	lost, lostRecorded int      // answers
}

func (k *killing) start() {
	db, err := cluster.Start(context.Background(), cluster.Options{Dir: filepath.Join(k.dir, "db"), Durable: true})
	check(k.t, err)
	k.db = db
}

func (k *killing) open() {
	if k.store != nil {
		k.store.Close()
	}
	var err error
	k.store, err = Open(context.Background(), k.db.AppDSN())
	check(k.t, err)
	k.t.Cleanup(k.store.Close)
}

// kill starts a writer and kills it, or the database under it.
func (k *killing) kill(database bool) {
	writer := exec.Command(os.Args[0], "-test.run=^TestKill_writer$")
	writer.Env = append(os.Environ(), "KILL_DSN="+k.db.AppDSN(), "KILL_ROUND="+fmt.Sprint(k.round))
	out, err := writer.StdoutPipe()
	check(k.t, err)
	var said bytes.Buffer
	writer.Stderr = &said
	check(k.t, writer.Start())
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines <- in.Text()
		}
	}()
	k.asked = nil
	for line := range lines { // until it writes
		k.note(line)
		if strings.HasPrefix(line, "done") {
			break
		}
	}
	// An act takes some tens of milliseconds: the moment falls anywhere in one of a few.
	time.Sleep(time.Duration(rand.IntN(200_000)) * time.Microsecond)
	if database {
		check(k.t, syscall.Kill(k.postmaster(), syscall.SIGKILL))
		<-k.db.Done()
	} else {
		check(k.t, writer.Process.Kill())
	}
	for line := range lines {
		k.note(line)
	}
	_ = writer.Wait() // it was killed, or lost its database
	if said.Len() > 0 && !database {
		k.t.Errorf("the writer said: %.500s", said.String())
	}
	if database {
		_ = k.db.Stop() // gives the folder up
		k.start()
		k.open()
	}
}

// note takes a line of the writer: what it is about to ask, or was answered.
func (k *killing) note(line string) {
	words := strings.Fields(line)
	switch {
	case len(words) == 2 && words[0] == "ask":
		k.asked = append(k.asked, words[1])
	case len(words) == 3 && words[0] == "done":
		seq, err := strconv.ParseInt(words[2], 10, 64)
		check(k.t, err)
		k.acknowledged[words[1]] = registry.Seq(seq)
		k.answered++
	}
}

func (k *killing) postmaster() int {
	text, err := os.ReadFile(filepath.Join(k.dir, "db", "data", "postmaster.pid"))
	check(k.t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	check(k.t, err)
	return pid
}

// examine asks what became of each command.
func (k *killing) examine() {
	ctx := context.Background()
	for _, request := range k.asked {
		seq, err := k.store.Recorded(ctx, recordedAs(request))
		check(k.t, err)
		want, acknowledged := k.acknowledged[request]
		if acknowledged && seq != want {
			k.t.Errorf("%s was acknowledged as entry %d and is %d", request, want, seq)
		}
		if acknowledged {
			continue
		}
		k.lost++
		if seq != 0 {
			k.lostRecorded++
		}
		// Sent again, it is recorded now, once.
		again, err := act(ctx, k.store, request)
		check(k.t, err)
		if seq != 0 && again != seq {
			k.t.Errorf("%s was recorded as %d and again as %d", request, seq, again)
		}
		k.acknowledged[request] = again
	}
	k.whole()
}

// whole looks for anything by half.
func (k *killing) whole() {
	ctx := context.Background()
	var wrong string
	check(k.t, k.store.pool.QueryRow(ctx, `
		SELECT concat_ws('; ',
		  (SELECT 'an open entry' FROM log WHERE digest IS NULL LIMIT 1),
		  (SELECT 'entries have gaps' FROM log HAVING count(*) <> max(seq)),
		  (SELECT 'case ' || c.id || ' has an applied draft without event' FROM case_file c JOIN draft.branch b ON b.case_id = c.id
		    WHERE b.applied IS NOT NULL AND NOT EXISTS (SELECT FROM event WHERE case_id = c.id AND seq = b.applied) LIMIT 1),
		  (SELECT 'numbers of cases have gaps' FROM desk.number_series HAVING sum(last) <> (SELECT count(*) FROM desk.case_now)),
		  (SELECT 'paper ' || p.id || ' has no event, or half a file' FROM desk.case_paper p JOIN desk.file f ON f.id = p.file_id
		    WHERE NOT EXISTS (SELECT FROM desk.case_event e WHERE e.case_id = p.case_id AND e.ord = p.ord AND e.seq = p.seq AND e.type = 'PAPER_ADDED')
		       OR f.bytes <> (SELECT sum(length(c.content)) FROM desk.content_part c WHERE c.sha256 = f.sha256) LIMIT 1),
		  (SELECT 'case ' || e.case_id || ' has an event, but its papers are not there' FROM desk.case_event e
		    WHERE e.type = 'PAPER_ADDED' AND NOT EXISTS (SELECT FROM desk.case_paper p WHERE p.case_id = e.case_id AND p.ord = e.ord) LIMIT 1),
		  (SELECT 'notice ' || v.notice_id || ' has no event' FROM desk.notice_version v WHERE NOT EXISTS (SELECT FROM desk.case_event e WHERE e.seq = v.seq) LIMIT 1),
		  (SELECT 'case ' || e.case_id || ' has an event, but its notice is not there' FROM desk.case_event e
		    WHERE e.type = 'NOTICE_WRITTEN' AND NOT EXISTS (SELECT FROM desk.notice_version v WHERE v.seq = e.seq) LIMIT 1),
		  (SELECT 'case ' || c.id || ' is there by half' FROM case_file c
		    WHERE EXISTS (SELECT FROM desk.case_event WHERE case_id = c.id) <> EXISTS (SELECT FROM desk.case_now WHERE case_id = c.id)
		       OR (SELECT max(version) FROM desk.case_now WHERE case_id = c.id) <> (SELECT count(*) FROM desk.case_event WHERE case_id = c.id) LIMIT 1),
		  (SELECT 'case ' || e.case_id || ' has an event, but its draft is open' FROM event e JOIN draft.branch b ON b.case_id = e.case_id WHERE b.applied IS NULL LIMIT 1))`).Scan(&wrong))
	if wrong != "" {
		k.t.Error(wrong)
	}
	if k.round%10 == 9 {
		r, err := audit.Verify(k.store.Log(ctx), audit.Trust{})
		check(k.t, err)
		check(k.t, r.Err())
	}
}

// editor opens cases at the desk.
var editor = &desk.Principal{Account: 1, Login: "editor", Name: "编辑",
	Grants: []desk.Held{{Grant: desk.Grant{Role: desk.DivisionEditor}, Everywhere: true}}}

// recordedAs is the key under which a command is recorded.
func recordedAs(request string) string {
	if number(request)%acts > 1 {
		return editor.Login + " " + request // nobody meets the key of another
	}
	return request
}

func number(request string) int {
	n, err := strconv.Atoi(request[strings.LastIndexByte(request, '-')+1:])
	if err != nil {
		panic(err)
	}
	return n
}

// acts is how many kinds of command there are.
const acts = 6

// act is one command: by its key, a draft that gives a face to another is
// decided, what is recorded is released, or at the desk a case is opened, gets a
// step, a paper with its file, or a notice.
func act(ctx context.Context, s *Store, request string) (registry.Seq, error) {
	by := Author{Actor: "writer", Request: request}
	d := desk.New(desk.Options{Store: s})
	var err error
	switch number(request) % acts {
	case 0:
		return decide(ctx, s, by, request)
	case 1:
		return s.Publish(ctx, by, registry.Date(2024, 1, 1), "", request)
	case 2:
		_, err = d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "CORRECTION", Title: request, Request: request})
	case 3:
		err = inCase(ctx, d, request, desk.Edit{Title: "改 " + request})
	case 4:
		var u *desk.Upload
		if u, err = d.Receive(ctx, editor, "材料.txt", strings.NewReader(strings.Repeat(request+"\n", 50_000))); err == nil {
			err = inCase(ctx, d, request, desk.AddPapers{Papers: []desk.Paper{u.Paper("OTHER", request)}})
		}
	case 5:
		err = inCase(ctx, d, request, desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Consultation, Title: request, Text: "征求意见。",
			Opens: registry.NoStart, Closes: d.Today() + 10, Contact: "区划处", Map: desk.NoMap}})
	}
	if err != nil {
		return 0, err
	}
	return s.Recorded(ctx, recordedAs(request))
}

// inCase does an act in a case of its own, which is opened for it.
func inCase(ctx context.Context, d *desk.Desk, request string, a desk.Act) error {
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: request, Request: "for " + request})
	if err != nil {
		return err
	}
	_, err = d.Act(ctx, editor, c.ID, c.Version, request, a)
	return err
}

func decide(ctx context.Context, s *Store, by Author, request string) (registry.Seq, error) {
	id, err := s.OpenCase(ctx, "CORRECTION", request, by.Actor)
	if err != nil {
		return 0, err
	}
	if _, err := s.OpenDraft(ctx, id); err != nil {
		return 0, err
	}
	var face registry.FaceID
	var unit registry.UnitID
	if err := s.pool.QueryRow(ctx, `SELECT min(face_id), (SELECT unit_id FROM unit_version WHERE level = 3 ORDER BY unit_id OFFSET $1 LIMIT 1) FROM tenure`, number(request)/acts%3).Scan(&face, &unit); err != nil {
		return 0, err
	}
	since := registry.Period{From: registry.Date(2000, 1, 1), To: registry.Date(2001, 1, 1)}
	if err := s.Draft(ctx, id, since, give(face, unit)); err != nil {
		return 0, err
	}
	return s.Apply(ctx, id, by, decision(registry.Correction, registry.BoundaryChange, since.From, request))
}

// TestKill_writer is the process that TestKill kills: it acts for ever, and says
// before each act what it asks, and after it what was answered.
func TestKill_writer(t *testing.T) {
	dsn := os.Getenv("KILL_DSN")
	if dsn == "" {
		t.Skip("started by TestKill")
	}
	ctx := context.Background()
	s, err := Open(ctx, dsn)
	check(t, err)
	defer s.Close()
	round, err := strconv.Atoi(os.Getenv("KILL_ROUND"))
	check(t, err)
	for n := round; ; n++ { // each round begins with another kind of act
		request := fmt.Sprintf("round-%d-%d", round, n)
		fmt.Println("ask", request)
		seq, err := act(ctx, s, request)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("done", request, seq)
	}
}
