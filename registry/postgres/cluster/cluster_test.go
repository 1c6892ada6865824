package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary play the process that owns a cluster and is
// killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLUSTER_TEST_HOLD"); dir != "" {
		c, err := Start(context.Background(), Options{Dir: dir})
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println("pid:", c.server.cmd.Process.Pid)
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	return c
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func query[T any](t *testing.T, dsn, sql string) T {
	t.Helper()
	var v T
	if err := connect(t, dsn).QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// eventually waits for a process to be gone from the table.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so after 20 s", what)
		}
	}
}

func TestCluster_keeps_data_between_starts(t *testing.T) {
	t.Parallel()
	// Parents that only we may enter, and a path too long for a socket.
	closed := filepath.Join(t.TempDir(), "界名")
	dir := filepath.Join(closed, strings.Repeat("long-", 20), "postgres")
	if err := os.MkdirAll(closed, 0o700); err != nil {
		t.Fatal(err)
	}

	c := start(t, dir)
	if got := query[string](t, c.OwnerDSN(), "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("encoding %s", got)
	}
	if got := query[string](t, c.OwnerDSN(), "SHOW listen_addresses"); got != "" {
		t.Errorf("listens on %q", got)
	}
	if _, err := connect(t, c.OwnerDSN()).Exec(t.Context(), "CREATE TABLE kept AS SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}

	c = start(t, dir)
	if got := query[int](t, c.OwnerDSN(), "SELECT count(*) FROM kept"); got != 1 {
		t.Errorf("%d rows after the second start", got)
	}
	for _, file := range []string{"data", "run", "."} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v: others may enter", file, info.Mode(), err)
		}
	}
}

func TestCluster_login_is_no_superuser(t *testing.T) {
	t.Parallel()
	c := start(t, t.TempDir())
	const role = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
	if query[bool](t, c.AppDSN(), role) {
		t.Error("the service's login has powers of its own")
	}
	if !query[bool](t, c.OwnerDSN(), role) {
		t.Error("the owner is no superuser, and can't create extensions")
	}
	for _, group := range []string{Writer, Reader} {
		if !query[bool](t, c.AppDSN(), "SELECT pg_has_role(current_user, '"+group+"', 'USAGE')") {
			t.Errorf("%s does not belong to %s", App, group)
		}
	}
}

func TestCluster_refuses_a_folder_in_use(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir)
	if _, err := Start(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrInUse) {
		t.Fatalf("second start in the same folder: %v", err)
	}
}

func TestCluster_refuses_a_foreign_server(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	// A process that works in the data directory stands for a server that
	// somebody started there by hand.
	foreign := exec.Command("sleep", "60")
	foreign.Dir = filepath.Join(dir, "data")
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { foreign.Process.Kill(); foreign.Wait() }()
	writePID(t, dir, foreign.Process.Pid)

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if c, err := Start(ctx, Options{Dir: dir}); err == nil {
		c.Stop()
		t.Fatal("started beside a foreign server")
	}
	if !alive(foreign.Process.Pid) {
		t.Fatal("the foreign server was stopped")
	}
}

func TestCluster_waits_for_the_sessions_of_a_killed_server(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	session := exec.Command("sleep", "0.5") // stands for one that has not noticed yet
	session.Dir = filepath.Join(dir, "data")
	if err := session.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { session.Wait(); close(ended) }()
	writePID(t, dir, 1<<22) // of nobody
	start(t, dir)
	select {
	case <-ended:
	default:
		t.Error("started beside a session of the server before")
	}
}

func TestCluster_clears_a_stale_pid_file(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := start(t, dir)
	for name, pid := range map[string]int{"used again by another process": os.Getpid(), "of nobody": 1 << 22} {
		t.Run(name, func(t *testing.T) {
			if err := c.Stop(); err != nil {
				t.Fatal(err)
			}
			writePID(t, dir, pid)
			var err error
			if c, err = Start(context.Background(), Options{Dir: dir}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
}

func writePID(t *testing.T, dir string, pid int) {
	t.Helper()
	file := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(file, []byte(strconv.Itoa(pid)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCluster_stops_with_its_context(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, err := Start(ctx, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-c.Done():
	case <-time.After(20 * time.Second):
		t.Error("runs 20 s after its context ended")
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestCluster_dies_with_its_parent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "CLUSTER_TEST_HOLD="+dir)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(line), "pid: "))
	if err != nil {
		t.Fatalf("parent said %q", line)
	}

	parent.Process.Kill()
	parent.Wait()
	eventually(t, "server gone after its parent was killed", func() bool { return !servesFolder(pid, filepath.Join(dir, "data")) })
	start(t, dir) // and the folder can be used again
}

func TestCluster_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := t.TempDir()
	for name, text := range map[string]string{"data/PG_VERSION": "9\n"} {
		if err := os.MkdirAll(filepath.Join(old, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(old, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ name, dir, want string }{
		{"a file where the folder should be", file, "choose a folder"},
		{"a data directory of a version that is not installed", old, "made by PostgreSQL 9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Start(t.Context(), Options{Dir: test.dir})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	for _, test := range []struct {
		name      string
		installed []programs
		want      int
		text      string
	}{
		{"nothing installed", nil, 0, "PostgreSQL is not installed"},
		{"too old", []programs{{"/opt/pg13/bin", 13}}, 0, "too old"},
		{"no PostGIS", []programs{{"/opt/pg15/bin", 15}}, 0, "postgresql-15-postgis-3"},
		{"another version", []programs{{"/opt/pg15/bin", 15}}, 17, "postgresql-17-postgis-3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := missing(test.installed, test.want); !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %q, want it to name %q", err, test.text)
			}
		})
	}
}
