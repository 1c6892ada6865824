package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// killsOfServer is how often TestKillServe kills: three of ten of KILLS, 20
// unless the slow suite says more. The others are TestKill of registry/postgres.
func killsOfServer() int {
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if err != nil {
		n = 20
	}
	return n * 3 / 10
}

// A server is killed in the middle of requests over HTTP, again and again: what
// it answered is there, nothing is there by half, and a command whose answer was
// lost is done once when it is sent again under its key.
func TestKillServe(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	k := newServerKilling(t)
	k.start()
	defer k.stop()
	for round := range killsOfServer() {
		k.round(round)
		if t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
	problems, err := k.store.Check(t.Context(), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	r, err := audit.Verify(k.store.Log(t.Context()), audit.Trust{})
	if err != nil || r.Problems > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	t.Logf("%d kills: %d commands answered, %d lost their answer, of which %d were recorded", killsOfServer(), k.answered, k.lost, k.lostRecorded)
	if k.answered == 0 || k.lost == 0 {
		t.Error("no command was answered, or none lost its answer: the kills missed the writing")
	}
}

// serverKilling is the state of TestKillServe.
type serverKilling struct {
	t     *testing.T
	dir   string
	dsn   string
	store *postgres.Store
	token string

	server *exec.Cmd
	url    string

	answered, lost, lostRecorded int
}

func newServerKilling(t *testing.T) *serverKilling {
	t.Helper()
	ctx := context.Background()
	owner := pgtest.New(t)
	k := &serverKilling{t: t, dir: t.TempDir(), dsn: pgtest.App(t, owner)}
	var err error
	k.store, err = postgres.Open(ctx, k.dsn)
	k.check(err)
	t.Cleanup(k.store.Close)
	_, _, err = k.store.Load(ctx, registrytest.Squares(), postgres.Author{Actor: "test"}, nil)
	k.check(err)
	_, err = k.store.Publish(ctx, postgres.Author{Actor: "test"}, registry.Date(2023, 12, 31), "", "test")
	k.check(err)
	d := desk.New(desk.Options{Store: k.store})
	account, _, err := d.MakeAccount(ctx, desk.Operator(), desk.Account{Login: "editor", Name: "编辑"}, "")
	k.check(err)
	_, err = d.GrantRole(ctx, desk.Operator(), desk.Grant{Account: account, Role: desk.DivisionEditor}, "test")
	k.check(err)
	k.token, err = d.MakeToken(ctx, &desk.Principal{Account: account, Login: "editor"}, "test", []string{"case", "paper", "notice"}, time.Hour)
	k.check(err)
	return k
}

func (k *serverKilling) check(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// stop kills the server.
func (k *serverKilling) stop() {
	k.check(k.server.Process.Kill())
	_ = k.server.Wait() // it was killed
}

// start starts a server, and returns when it listens.
func (k *serverKilling) start() {
	server := exec.Command("jieming", "serve", "--addr", "127.0.0.1:0", "--download-dir", filepath.Join(k.dir, "downloads"))
	server.Env = append(os.Environ(), "JIEMING_DATABASE_URL="+k.dsn)
	out, err := server.StdoutPipe()
	k.check(err)
	k.check(server.Start())
	k.server = server
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at := strings.Index(lines.Text(), "http://"); at >= 0 {
			k.url = strings.TrimSpace(lines.Text()[at:])
			return // what it says is for its log
		}
	}
	k.t.Fatal("the server said no address")
}

// round lets three clients write, kills the server under them, and asks another,
// which is the next to be killed, what became of each command.
func (k *serverKilling) round(round int) {
	var mu sync.Mutex
	asked, answered := map[string]bool{}, map[string]int64{}
	first := make(chan struct{})
	var once sync.Once
	var clients sync.WaitGroup
	for client := range 3 {
		clients.Go(func() {
			for n := round + client; ; n++ {
				key := fmt.Sprintf("kill-%d-%d-%d", round, client, n)
				mu.Lock()
				asked[key] = true
				mu.Unlock()
				id, err := k.send(key)
				if err != nil {
					return // the server is gone
				}
				mu.Lock()
				answered[key] = id
				mu.Unlock()
				once.Do(func() { close(first) })
			}
		})
	}
	select {
	case <-first:
	case <-time.After(30 * time.Second):
		k.t.Error("no command was answered")
	}
	time.Sleep(time.Duration(rand.IntN(300_000)) * time.Microsecond)
	k.stop()
	clients.Wait()
	k.start()
	for key := range asked {
		k.examine(key, answered[key])
	}
	k.whole()
}

// examine asks what became of a command: id is the case it was answered with, 0
// for none.
func (k *serverKilling) examine(key string, id int64) {
	ctx := context.Background()
	before, err := k.store.Recorded(ctx, "editor "+key)
	k.check(err)
	if id == 0 {
		k.lost++
		if before != 0 {
			k.lostRecorded++
		}
	} else if k.answered++; before == 0 {
		k.t.Errorf("%s was answered and is not recorded", key)
	}
	again, err := k.send(key)
	if err != nil {
		k.t.Errorf("%s, sent again: %v", key, err)
		return
	}
	after, err := k.store.Recorded(ctx, "editor "+key)
	k.check(err)
	switch {
	case after == 0:
		k.t.Errorf("%s was sent again and is not recorded", key)
	case before != 0 && after != before:
		k.t.Errorf("%s was recorded as entry %d and again as %d", key, before, after)
	case id != 0 && again != id:
		k.t.Errorf("%s was answered with case %d and again with %d", key, id, again)
	}
}

// send sends one command under its key, and returns its case: one is opened, or
// one of its own is edited, commented, given a paper or a notice.
func (k *serverKilling) send(key string) (int64, error) {
	n, err := strconv.Atoi(key[strings.LastIndexByte(key, '-')+1:])
	k.check(err)
	if n%5 == 0 {
		return k.post("/desk/api/cases", key, "", map[string]any{"kind": "CORRECTION", "title": key})
	}
	id, err := k.post("/desk/api/cases", "for "+key, "", map[string]any{"kind": "ADJUSTMENT", "title": key})
	if err != nil {
		return 0, err
	}
	at := fmt.Sprintf("/desk/api/cases/%d/", id)
	switch n % 5 {
	case 1:
		return k.post(at+"edits", key, `"1"`, map[string]any{"title": "改 " + key})
	case 2:
		return k.post(at+"comments", key, "", map[string]any{"text": key})
	case 3:
		return id, k.paper(id, key)
	}
	form := url.Values{"request": {key}, "case": {fmt.Sprint(id)}, "kind": {string(desk.Consultation)}, "title": {key}, "text": {"征求意见。"}, "contact": {"区划处"},
		"map": {string(desk.NoMap)}, "closes": {registry.DayOf(time.Now().AddDate(0, 0, 12)).String()}}
	return id, k.form("/desk/notices/new", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// post sends a command to the API, and returns the case that it answers with.
func (k *serverKilling) post(path, key, version string, what any) (int64, error) {
	text, err := json.Marshal(what)
	k.check(err)
	r, err := http.NewRequest(http.MethodPost, k.url+path, bytes.NewReader(text))
	k.check(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	if version != "" {
		r.Header.Set("If-Match", version)
	}
	answer, err := k.do(r)
	if err != nil {
		return 0, err
	}
	var c struct{ ID int64 }
	if err := json.Unmarshal(answer, &c); err != nil || c.ID == 0 {
		return 0, fmt.Errorf("%s answers %.300s: %w", path, answer, err)
	}
	return c.ID, nil
}

// paper uploads a file with the form of a case.
func (k *serverKilling) paper(id int64, key string) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range map[string]string{"request": key, "version": "1", "kind": "OTHER", "title": key, "secrecy": "0"} {
		k.check(form.WriteField(name, value))
	}
	file, err := form.CreateFormFile("file", "材料.txt")
	k.check(err)
	_, err = io.WriteString(file, strings.Repeat(key+"\n", 20_000))
	k.check(err)
	k.check(form.Close())
	return k.form(fmt.Sprintf("/desk/cases/%d/paper", id), form.FormDataContentType(), &b)
}

// form sends a form of a page, which leads on to another page when it is taken.
func (k *serverKilling) form(path, media string, body io.Reader) error {
	r, err := http.NewRequest(http.MethodPost, k.url+path, body)
	k.check(err)
	r.Header.Set("Content-Type", media)
	_, err = k.do(r)
	return err
}

// do sends a request, and returns the whole answer to one that was done.
func (k *serverKilling) do(r *http.Request) ([]byte, error) {
	r.Header.Set("Authorization", "Bearer "+k.token)
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode > 303 {
		err = fmt.Errorf("%s answers %s: %.2000s", r.URL.Path, answer.Status, text)
		k.t.Error(err) // a server that is killed answers nothing, and nothing else is refused
	}
	return text, err
}

// whole looks for cases, papers and notices by half.
func (k *serverKilling) whole() {
	var wrong string
	k.check(k.store.Pool().QueryRow(context.Background(), `
		SELECT concat_ws('; ',
		  (SELECT 'an open entry' FROM log WHERE digest IS NULL LIMIT 1),
		  (SELECT 'entries have gaps' FROM log HAVING count(*) <> max(seq)),
		  (SELECT 'case ' || n.case_id || ' is there by half' FROM desk.case_now n
		    WHERE n.version <> (SELECT count(*) FROM desk.case_event e WHERE e.case_id = n.case_id) LIMIT 1),
		  (SELECT 'paper ' || p.id || ' has half a file' FROM desk.case_paper p JOIN desk.file f ON f.id = p.file_id
		    WHERE f.bytes <> (SELECT sum(length(c.content)) FROM desk.content_part c WHERE c.sha256 = f.sha256) LIMIT 1),
		  (SELECT 'case ' || e.case_id || ' has an event without its paper' FROM desk.case_event e
		    WHERE e.type = 'PAPER_ADDED' AND NOT EXISTS (SELECT FROM desk.case_paper p WHERE p.case_id = e.case_id AND p.ord = e.ord) LIMIT 1),
		  (SELECT 'case ' || e.case_id || ' has an event without its notice' FROM desk.case_event e
		    WHERE e.type = 'NOTICE_WRITTEN' AND NOT EXISTS (SELECT FROM desk.notice_version v WHERE v.seq = e.seq) LIMIT 1))`).Scan(&wrong))
	if wrong != "" {
		k.t.Error(wrong)
	}
}
