package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jieming/registry/desk"
	"jieming/registry/postgres"
	"jieming/registry/postgres/cluster"
)

const drillPassword = "correct horse battery"

// twoSites serves the squares with a training space beside them, with a
// supervisor and an editor.
func twoSites(t *testing.T) (live, drill string, store *postgres.Store, owner string) {
	t.Helper()
	dsn, pool, _ := squares(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(cluster.Owner)
	owner = u.String()
	if store, err = postgres.Open(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	d := desk.New(desk.Options{Store: store})
	for login, role := range map[string]desk.Role{"zhuren": desk.Supervisor, "bianji": desk.DivisionEditor} {
		id, _, err := d.MakeAccount(t.Context(), desk.Operator(), desk.Account{Login: login, Name: login, Mail: login + "@example.org"}, drillPassword)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.GrantRole(t.Context(), desk.Operator(), desk.Grant{Account: id, Role: role}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(t.Context(), "UPDATE desk.credential SET must_change = false"); err != nil {
		t.Fatal(err)
	}
	var listeners [2]net.Listener
	for i := range listeners {
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	f := listenFlags{RequestTimeout: 30 * time.Second, ShutdownTimeout: 5 * time.Second}
	f.FactorRoles, f.SessionIdle, f.SessionLongest, f.PasswordLength, f.UploadMost = "none", time.Hour, time.Hour, 12, 50
	f.DownloadDir, f.DownloadSpace, f.KeyFile, f.TrainingOwner = t.TempDir(), 1<<30, filepath.Join(t.TempDir(), "secret.key"), owner
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- f.serve(ctx, listeners[0], listeners[1], dsn, slog.New(slog.NewTextHandler(io.Discard, nil)), &console{out: io.Discard, err: io.Discard})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if space, err := store.TrainingSpace(context.Background()); err == nil && space != "" {
			if err := postgres.NewTrainer(store, owner).Drop(context.Background(), desk.Operator()); err != nil {
				t.Error(err)
			}
		}
	})
	return address(listeners[0]), address(listeners[1]), store, owner
}

// reader is a browser.
type reader struct {
	*http.Client
	t *testing.T
}

func newReader(t *testing.T) reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return reader{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t}
}

func (b reader) ask(method, address string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,*/*")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer, string(text)
}

func (b reader) signIn(site, login string) {
	b.t.Helper()
	if answer, text := b.ask("POST", site+"/login", url.Values{"login": {login}, "password": {drillPassword}}); answer.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("signing in at %s: %d %.300s", site, answer.StatusCode, text)
	}
}

// made waits for a space other than one.
func made(t *testing.T, live string, b reader, store *postgres.Store, other string) (space string) {
	t.Helper()
	eventually(t, "training space", func() bool {
		name, err := store.TrainingSpace(t.Context())
		space = name
		return err == nil && name != "" && name != other
	})
	eventually(t, "end of it", func() bool {
		answer, _ := b.ask("GET", live+"/desk/training", nil)
		return answer.Header.Get("Refresh") == ""
	})
	return space
}

func TestTraining_besideTheRegistry(t *testing.T) {
	live, drill, store, _ := twoSites(t)
	boss, editor, stranger := newReader(t), newReader(t), newReader(t)
	boss.signIn(live, "zhuren")
	editor.signIn(live, "bianji")

	// Before there is one, people are led to the page that says so.
	if answer, _ := stranger.ask("GET", drill+"/", nil); answer.Header.Get("Location") != live+"/desk/training" {
		t.Errorf("without a space: %d to %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	// Who may not make it sees no button, and is refused.
	if _, text := editor.ask("GET", live+"/desk/training", nil); !strings.Contains(text, "演练环境") || strings.Contains(text, `action="/desk/training"`) {
		t.Errorf("the editor is shown %.300s", text)
	}
	if answer, _ := editor.ask("POST", live+"/desk/training", url.Values{}); answer.StatusCode != http.StatusForbidden {
		t.Errorf("the editor makes it: %d", answer.StatusCode)
	}
	if answer, _ := boss.ask("POST", live+"/desk/training", url.Values{}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("the supervisor makes it: %d", answer.StatusCode)
	}
	if answer, _ := boss.ask("POST", live+"/desk/training", url.Values{"lose": {"yes"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("a second one meanwhile: %d", answer.StatusCode)
	}
	first := made(t, live, boss, store, "")
	eventually(t, "answer of it", func() bool { answer, _ := stranger.ask("GET", drill+"/login", nil); return answer.StatusCode == 200 })

	// Nobody is signed in there because of a session here, nor the other way round.
	if answer, _ := boss.ask("GET", drill+"/desk", nil); !strings.HasPrefix(answer.Header.Get("Location"), "/login") {
		t.Errorf("a live session opens %d %s in training", answer.StatusCode, answer.Header.Get("Location"))
	}
	trainee := newReader(t)
	trainee.signIn(drill, "bianji")
	if answer, _ := trainee.ask("GET", live+"/desk", nil); !strings.HasPrefix(answer.Header.Get("Location"), "/login") {
		t.Errorf("a session of training opens %d %s of the registry", answer.StatusCode, answer.Header.Get("Location"))
	}
	if answer, _ := boss.ask("GET", live+"/desk", nil); answer.StatusCode != 200 {
		t.Errorf("the live session ended: %d", answer.StatusCode)
	}
	swapCookies(t, trainee, drill, live)

	walkTraining(t, drill, trainee, stranger)

	// What is done there is seen there, and counted as what a reset loses.
	trainee.openCase(drill)
	before := liveLog(t, store)
	trainee.openCase(drill)
	if after := liveLog(t, store); after != before {
		t.Errorf("the live log grew from %d to %d", before, after)
	}
	if _, text := boss.ask("GET", live+"/desk/training", nil); !strings.Contains(text, "新立案 2 件，1 人") {
		t.Errorf("the page does not say what would be lost")
	}

	// Another takes its place while people read, who never meet an error.
	if answer, text := boss.ask("POST", live+"/desk/training", url.Values{}); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "请先确认") {
		t.Errorf("without saying that it is lost: %d", answer.StatusCode)
	}
	boss.ask("POST", live+"/desk/training", url.Values{"lose": {"yes"}})
	reading, stop := make(chan string), make(chan struct{})
	go func() {
		met := ""
		for {
			select {
			case <-stop:
				reading <- met
				return
			default:
			}
			if answer, err := http.Get(drill + "/login"); err != nil {
				met += err.Error() + "; "
			} else {
				if answer.Body.Close(); answer.StatusCode != 200 {
					met += answer.Status + "; "
				}
			}
		}
	}()
	made(t, live, boss, store, first)
	close(stop)
	if met := <-reading; met != "" {
		t.Errorf("readers met: %.500s", met)
	}
	eventually(t, "end of the sessions of the former one", func() bool {
		answer, _ := trainee.ask("GET", drill+"/desk", nil)
		return strings.HasPrefix(answer.Header.Get("Location"), "/login")
	})
}

// swapCookies gives the live site the secret of a training session under the
// name of its own, and must be turned away.
func swapCookies(t *testing.T, b reader, drill, live string) {
	t.Helper()
	from, _ := url.Parse(drill)
	for _, c := range b.Jar.Cookies(from) {
		if c.Name == "session-training" {
			r, _ := http.NewRequestWithContext(t.Context(), "GET", live+"/desk", nil)
			r.AddCookie(&http.Cookie{Name: "session", Value: c.Value})
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusSeeOther {
				t.Errorf("the secret of training opens the registry: %d", answer.StatusCode)
			}
			return
		}
	}
	t.Error("no cookie of its own")
}

// walkTraining asks for every kind of public address: nobody but people of the
// desk is shown it, and all of it is marked.
func walkTraining(t *testing.T, drill string, trainee, stranger reader) {
	t.Helper()
	for _, path := range publicPaths() {
		if answer, _ := stranger.ask("GET", drill+path, nil); !strings.HasPrefix(answer.Header.Get("Location"), "/login?") {
			t.Errorf("%s is shown to everybody: %d", path, answer.StatusCode)
		}
		answer, text := trainee.ask("GET", drill+path, nil)
		if answer.StatusCode >= 500 || answer.Header.Get(trainingHeader) != "1" {
			t.Errorf("%s: %d, %s %q", path, answer.StatusCode, trainingHeader, answer.Header.Get(trainingHeader))
		}
		kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
		switch {
		case kind == "text/html" && strings.HasPrefix(path, "/panel"): // a part of the page
		case kind == "text/html" && !strings.Contains(text, `class="drill"`), (kind == "image/svg+xml" || kind == "application/atom+xml") && !strings.Contains(text, "Training") && !strings.Contains(text, "演练"):
			t.Errorf("%s is not marked: %.200s", path, text)
		}
		if name := answer.Header.Get("Content-Disposition"); name != "" && !strings.Contains(name, "training-") && !strings.Contains(name, "%E6%BC%94%E7%BB%83") {
			t.Errorf("%s is saved as %s", path, name)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", drill+"/api/publication", nil)
	r.Header.Set("Authorization", "Bearer jm_unknown")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Body.Close(); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("with an unknown token: %d", answer.StatusCode)
	}
}

func (b reader) openCase(site string) {
	b.t.Helper()
	answer, text := b.ask("POST", site+"/desk/cases/new", url.Values{"kind": {"CORRECTION"}, "title": {"演练一件"}, "request": {fmt.Sprint(time.Now().UnixNano())}})
	if answer.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("opening a case: %d %.500s", answer.StatusCode, text)
	}
}

func liveLog(t *testing.T, s *postgres.Store) (seq int64) {
	t.Helper()
	if err := s.Pool().QueryRow(t.Context(), "SELECT max(seq) FROM registry.log WHERE actor NOT IN ('jieming')").Scan(&seq); err != nil {
		t.Fatal(err)
	}
	return seq
}

func TestTraining_fromTheCommandLine(t *testing.T) {
	dsn, _, _ := squares(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(cluster.Owner)
	said := func(status int, verb string) string {
		t.Helper()
		var out bytes.Buffer
		env := func(name string) (string, bool) { return u.String(), name == "JIEMING_DATABASE_URL" }
		if got := run(context.Background(), []string{"training", verb}, env, strings.NewReader(""), &out, &out); got != status {
			t.Fatalf("training %s: exit %d: %s", verb, got, out.String())
		}
		return out.String()
	}
	if got := said(0, "status"); !strings.Contains(got, "no training space") {
		t.Error(got)
	}
	if got := said(1, "drop"); !strings.Contains(got, "there is no training space") {
		t.Error(got)
	}
	if got := said(0, "reset"); !strings.Contains(got, "by command line") || !strings.Contains(got, "since then: 0 new cases, 0 log entries") {
		t.Error(got)
	}
	// A training space is not served as if it were the registry.
	store, err := postgres.Open(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	space, err := store.TrainingSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	copied, err := postgres.TrainingDSN(dsn, space)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := func(name string) (string, bool) { return copied, name == "JIEMING_DATABASE_URL" }
	if status := run(context.Background(), []string{"serve", "--addr", "127.0.0.1:0"}, env, strings.NewReader(""), &out, &out); status != 1 || !strings.Contains(out.String(), "is a training space") {
		t.Errorf("serve: exit %d: %s", status, out.String())
	}
	if got := said(0, "drop"); !strings.Contains(got, "dropped") {
		t.Error(got)
	}
	if got := said(0, "status"); !strings.Contains(got, "no training space") {
		t.Error(got)
	}
}
