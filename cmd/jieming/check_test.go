package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jieming/registry/postgres/pgtest"
)

// command runs a command line and returns its exit status and outputs.
func command(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	status = run(t.Context(), args, lookup, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// A row altered behind the registry's back is named, in both forms of output.
func TestCheck_names_what_was_altered(t *testing.T) {
	dsn := pgtest.New(t)
	pool := pgtest.Pool(t, dsn)
	_, err := pool.Exec(context.Background(), "SET session_replication_role = replica; "+
		"INSERT INTO registry.log (seq, recorded_at, actor, leaves, digest) VALUES (1, now(), 'nobody', 0, sha256(''))")
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"JIEMING_DATABASE_URL": dsn}
	status, out, errs := command(t, env, "check")
	if status != exitFailure || !strings.Contains(errs, "2 problems in the registry") {
		t.Errorf("status %d, %s", status, errs)
	}
	for _, want := range []string{"1 problem       the digests of the log chain\n", "\n  log entry 1 its digest", "ok              no two borders cross\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	status, out, _ = command(t, env, "check", "--json")
	var answer struct {
		OK       bool
		Problems []checkProblem
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || status != exitFailure || answer.OK || len(answer.Problems) != 2 {
		t.Errorf("status %d, %+v, %v", status, answer, err)
	}
}

// A report that does not come to its end leaves nothing, and the earlier one
// as it was.
func TestCheckCoverage_keeps_the_earlier_report(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	folder, err := newReportFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeSummary := func(f *reportFolder, text string) {
		t.Helper()
		w, err := f.Create("summary.json")
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
	}
	writeSummary(folder, "first")
	if err := folder.keep(); err != nil {
		t.Fatal(err)
	}
	second, err := newReportFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeSummary(second, "second")
	if err := second.discard(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
