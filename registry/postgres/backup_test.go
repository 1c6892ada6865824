package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"jieming/registry"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// A backup of pg_dump comes back whole: constraints, generated columns and the
// log, which a restore reads without search_path.
func TestBackup_comesBackWhole(t *testing.T) {
	ctx := context.Background()
	owner, empty := pgtest.New(t), pgtest.Empty(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	seq, _, err := s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)

	dump, err := exec.Command(program(t, "pg_dump"), owner).Output()
	check(t, err)
	restore := exec.Command(program(t, "psql"), "-q", "-v", "ON_ERROR_STOP=1", empty)
	restore.Stdin = bytes.NewReader(dump)
	if out, err := restore.CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%.2000s", err, out)
	}

	back, err := Open(ctx, pgtest.App(t, empty))
	check(t, err)
	t.Cleanup(back.Close)
	at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: seq}
	if !bytes.Equal(picture(t, s, at), picture(t, back, at)) {
		t.Error("the restored registry answers differently")
	}
	if problems, err := back.Check(ctx, nil); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// program finds a program of PostgreSQL, which Debian keeps off the path.
func program(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Skipf("%s is not installed", name)
	}
	return found[len(found)-1]
}

func FuzzOpenBackup(f *testing.F) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range map[string]string{dumpName: "", manifestName: `{"format":1,"dump":{"bytes":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}`} {
		member, err := w.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := member.Write([]byte(text)); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	if _, err := OpenBackup(bytes.NewReader(b.Bytes()), int64(b.Len()), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = OpenBackup(bytes.NewReader(data), int64(len(data)), nil)
	})
}
