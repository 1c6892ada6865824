// Package pgtest gives each test a PostGIS database of its own.
//
// Every test process runs one private server, started by the first test that
// asks, and gone when the process is gone, also when it is killed. The server
// lives in one of a few folders in memory (the first that no other process
// uses; below the temporary folder where memory is scarce), where it stays
// from run to run with a migrated template database, so that only the very
// first run pays for making it. A test's database is a copy of the template.
//
// TEST_DATABASE_URL names a server to use instead: the URL of a superuser and
// of a database to connect to while creating others.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/registry/postgres/cluster"
)

// New returns the URL of a fresh, migrated database, as its owner. The
// database is dropped when the test ends; the test closes its connections
// before that (see [Pool]). It takes about 30 ms.
func New(t testing.TB) string {
	t.Helper()
	s := running(t)
	return s.clone(t, s.template)
}

// Empty returns the URL of a fresh database without any schema.
func Empty(t testing.TB) string {
	t.Helper()
	return running(t).clone(t, "template1")
}

// Template returns the URL of a fresh copy of a database that fill has filled.
// fill is called once in the process for each key, with the URL of a migrated
// database; tests that ask meanwhile wait for it. When it fails, so does every
// test that asks for the key.
func Template(t testing.TB, key string, fill func(ctx context.Context, dsn string) error) string {
	t.Helper()
	s := running(t)
	once, _ := s.filled.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		return s.fill(context.Background(), fill)
	}))
	name, err := once.(func() (string, error))()
	if err != nil {
		t.Fatalf("fill template database %s: %v", key, err)
	}
	return s.clone(t, name)
}

// App returns the URL of the same database for the service's login, which may
// do only what the migrations granted.
func App(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("read database URL: %v", err)
	}
	u.User = url.User(cluster.App)
	return u.String()
}

// Pool connects to a database, and disconnects when the test ends.
func Pool(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// server is the server of this process.
type server struct {
	dsn      func(database string) string
	admin    *pgxpool.Pool
	template string
	filled   sync.Map // key → func() (database name, error)
	count    atomic.Int64
	lock     *os.File // keeps the folder of a private server ours while we live
}

// shared is started by the first test that asks for a database. A test process
// has no other place that all its tests see.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	return startServer(ctx)
})

func running(t testing.TB) *server {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("start test database: %v", err)
	}
	return s
}

// fill makes a template database of this process.
func (s *server) fill(ctx context.Context, fill func(context.Context, string) error) (string, error) {
	name := s.next()
	if err := s.create(ctx, name, s.template); err != nil {
		return "", err
	}
	if err := fill(ctx, s.dsn(name)); err != nil {
		return "", err
	}
	return name, s.settle(ctx, name)
}

// clone copies a database for a test.
func (s *server) clone(t testing.TB, template string) string {
	t.Helper()
	name := s.next()
	if err := s.create(context.Background(), name, template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.drop(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return s.dsn(name)
}

// next is a database name that no process uses.
func (s *server) next() string {
	return fmt.Sprintf("test_%d_%d", os.Getpid(), s.count.Add(1))
}
