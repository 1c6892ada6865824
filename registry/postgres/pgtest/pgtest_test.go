package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary play a test process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("PGTEST_HOLD") != "" {
		hold()
	}
	os.Exit(m.Run())
}

func hold() {
	s, err := shared()
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	var file string
	if err := s.admin.QueryRow(context.Background(), "SELECT pg_read_file('postmaster.pid')").Scan(&file); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	pid, _, _ := strings.Cut(file, "\n")
	fmt.Println(pid)
	select {}
}

func count(t *testing.T, dsn, table string) int {
	t.Helper()
	var n int
	if err := Pool(t, dsn).QueryRow(t.Context(), "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNew_gives_each_test_a_migrated_database_of_its_own(t *testing.T) {
	for range 2 {
		t.Run("", func(t *testing.T) {
			pool := Pool(t, New(t))
			if _, err := pool.Exec(t.Context(), "CREATE TABLE mine AS SELECT ST_Point(125.3, 43.9, 4490)"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestNew_drops_its_database(t *testing.T) {
	var dsn string
	t.Run("", func(t *testing.T) { dsn = New(t) })
	conn, err := pgx.Connect(t.Context(), dsn)
	if err == nil {
		conn.Close(t.Context())
		t.Fatal("the database outlives its test")
	}
}

func TestEmpty_has_no_schema(t *testing.T) {
	var n int
	const extensions = "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'"
	if err := Pool(t, Empty(t)).QueryRow(t.Context(), extensions).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d extensions, %v", n, err)
	}
}

func TestApp_is_another_login(t *testing.T) {
	var user string
	if err := Pool(t, App(t, New(t))).QueryRow(t.Context(), "SELECT session_user").Scan(&user); err != nil || user != "jieming_app" {
		t.Fatalf("connected as %q, %v", user, err)
	}
}

func TestTemplate_is_filled_once(t *testing.T) {
	var fills atomic.Int32
	fill := func(ctx context.Context, dsn string) error {
		fills.Add(1)
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE TABLE filled AS SELECT generate_series(1, 1000)")
		return errors.Join(err, conn.Close(ctx))
	}
	t.Run("tests", func(t *testing.T) {
		for range 3 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				dsn := Template(t, "thousand", fill)
				if n := count(t, dsn, "filled"); n != 1000 {
					t.Errorf("%d rows", n)
				}
				if _, err := Pool(t, dsn).Exec(t.Context(), "TRUNCATE filled"); err != nil {
					t.Error(err)
				}
			})
		}
	})
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times", n)
	}
}

func TestServer_dies_with_a_killed_process(t *testing.T) {
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), "PGTEST_HOLD=1")
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the process said %q", line)
	}

	process.Process.Kill()
	process.Wait()
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("server %d runs 20 s after its process was killed", pid)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		s := running(b)
		name := s.next()
		if err := s.create(b.Context(), name, s.template); err != nil {
			b.Fatal(err)
		}
		if err := s.drop(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}
