package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
)

// answersOf are what a registry answers to questions about instants.
func answersOf(t *testing.T, dsn string) map[string][]byte {
	t.Helper()
	store, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a := &app{store: store, log: log, metrics: newMetrics(store.Pool()), tiles: newTileset(store, log), timeout: time.Minute}
	if err := a.tiles.engine.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, path := range []string{
		"/ogc/collections/divisions/items?level=county&datetime=1990-12-31&limit=1000",
		"/ogc/collections/divisions/items?level=prefecture&datetime=2022-06-01&limit=1000",
		"/ogc/collections/boundary-lines/items?datetime=2020-01-01",
		"/api/where?lon=125.32&lat=43.88&datetime=1990-12-31",
		"/api/search?q=gzl&datetime=2021-01-01",
		"/api/changes?level=county", "/api/publication", "/api/events/3", "/api/units/5/history",
		"/units?t=2020-01-01", "/id/unit/5?t=2020-01-01", "/events", "/map.svg?t=2020-01-01", "/id/event/3", "/reports",
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://jieming.example"+path, nil)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
		all[path] = w.Body.Bytes()
	}
	return all
}

// tampered is an archive with another manifest or dump that fits together.
func tampered(t *testing.T, file string, change func(m *postgres.Manifest, dump []byte)) string {
	t.Helper()
	in, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	content := map[string][]byte{}
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if content[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var m postgres.Manifest
	if err := json.Unmarshal(content["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	change(&m, content["jieming.dump"])
	m.Dump.SHA256 = sha256.Sum256(content["jieming.dump"])
	if content["manifest.json"], err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range content {
		member, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "tampered.zip")
	if err := os.WriteFile(changed, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return changed
}

// The drill of docs/operate.md: a backup comes back whole, ends with the same
// digest, proves itself, and answers byte for byte as before.
func TestRestoreDrill(t *testing.T) {
	from, to := pgtest.New(t), pgtest.Empty(t)
	if err := loadDemonstration(t.Context(), from, "", newProgress(io.Discard)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, key := filepath.Join(dir, "backup.zip"), filepath.Join(dir, "audit.key")
	said := func(status int, dsn string, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		env := func(name string) (string, bool) { return dsn, name == "JIEMING_DATABASE_URL" }
		if got := run(context.Background(), args, env, strings.NewReader(""), &out, &out); got != status {
			t.Fatalf("%v: exit %d: %s", args, got, out.String())
		}
		return out.String()
	}
	said(0, "", "audit", "key", "--name", "civil.example/log", "--out", key)
	said(0, from, "audit", "checkpoint", "--audit-key", key)
	before := answersOf(t, pgtest.App(t, from))

	_, head, ok := strings.Cut(said(0, from, "backup", "--out", file), "digest ")
	if !ok {
		t.Fatal("the backup does not say its digest")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	head, _, _ = strings.Cut(head, "\n")
	if got := said(0, to, "restore", "--in", file); !strings.Contains(got, head) || !strings.Contains(got, "proving") {
		t.Errorf("want digest %s: %s", head, got)
	}
	said(0, pgtest.App(t, to), "audit", "verify", "--key", key+".pub")
	if got := said(0, pgtest.App(t, to), "check"); strings.Contains(got, "problem") {
		t.Error(got)
	}
	after := answersOf(t, pgtest.App(t, to))
	for path, want := range before {
		if !bytes.Equal(after[path], want) {
			t.Errorf("%s answers differently:\n%.300s\n%.300s", path, after[path], want)
		}
	}

	// A filled database is refused, unless it may be lost; a damaged archive always.
	if got := said(1, to, "restore", "--in", file); !strings.Contains(got, "not empty") {
		t.Error(got)
	}
	said(0, to, "restore", "--in", file, "--replace")
	// One that fails halfway, or proves to be something else, leaves what was there.
	pool := pgtest.Pool(t, to)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE public.mine AS SELECT 1 AS one"); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(m *postgres.Manifest, dump []byte){
		"pg_restore":             func(_ *postgres.Manifest, dump []byte) { clear(dump[len(dump)/2:]) },
		"not what was backed up": func(m *postgres.Manifest, _ []byte) { m.Head[0] ^= 1 },
	} {
		if got := said(1, to, "restore", "--in", tampered(t, file, change), "--replace"); !strings.Contains(got, name) {
			t.Errorf("want %s: %s", name, got)
		}
		var one int
		if err := pool.QueryRow(t.Context(), "SELECT one FROM public.mine").Scan(&one); err != nil || one != 1 {
			t.Errorf("%s: what the database held is lost: %v", name, err)
		}
	}
	var left int
	err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE datname IN (current_database() || '_restoring', current_database() || '_replaced')").Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d databases are left over, %v", left, err)
	}
	// One that does not fail disconnects who is connected, and keeps what was set.
	if _, err := pool.Exec(t.Context(), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout TO %L', current_database(), '47s'); END $$"); err != nil {
		t.Fatal(err)
	}
	said(0, to, "restore", "--in", file, "--replace")
	var mine bool
	var timeout string
	if err := pgtest.Pool(t, to).QueryRow(t.Context(), "SELECT to_regclass('public.mine') IS NOT NULL, current_setting('statement_timeout')").Scan(&mine, &timeout); err != nil || mine || timeout != "47s" {
		t.Errorf("after a restore: the old table is there: %v, statement_timeout %s, %v", mine, timeout, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := said(1, to, "restore", "--in", file, "--replace"); !strings.Contains(got, "damaged") {
		t.Error(got)
	}
	if n := len(answersOf(t, pgtest.App(t, to))); n != len(before) {
		t.Errorf("a damaged archive emptied the database")
	}
}
