package pgtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"jieming/migrations"
	"jieming/registry/postgres/cluster"
	"jieming/registry/postgres/migrate"
)

// startServer starts or finds the server and sees to the template database.
func startServer(ctx context.Context) (*server, error) {
	s := &server{template: "template_" + schemaHash()}
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return s, s.connect(ctx, given)
	}
	c, err := s.startSlot()
	if err != nil {
		return nil, err
	}
	if err := s.connect(ctx, c.DSN(cluster.Owner, "postgres")); err != nil {
		return nil, err
	}
	return s, s.sweep(ctx)
}

// connect opens the server behind the URL of one of its databases.
func (s *server) connect(ctx context.Context, dsn string) error {
	u, err := url.Parse(dsn)
	if err != nil {
		return fmt.Errorf("read database URL: %w", err)
	}
	s.dsn = func(database string) string {
		other := *u
		other.Path = "/" + database
		return other.String()
	}
	if s.admin, err = pgxpool.New(ctx, dsn); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	return s.migrateTemplate(ctx)
}

// slots bounds how many processes can run a server at once.
const slots = 32

// startSlot starts the server of the first free folder.
func (s *server) startSlot() (*cluster.Cluster, error) {
	base := filepath.Join(memory(), fmt.Sprintf("jieming-pgtest-%d", os.Geteuid()))
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	for i := range slots {
		dir := filepath.Join(base, fmt.Sprintf("%02d", i))
		lock, err := tryLock(dir + ".lock")
		if err != nil {
			return nil, err
		}
		if lock != nil {
			s.lock = lock
			return startFolder(dir)
		}
	}
	return nil, fmt.Errorf("all %d test servers in %s are in use", slots, base)
}

// memory is a file system in memory if there is a roomy one, else the temporary
// folder: copying a database is mostly making 500 files, which takes 20 ms in
// the one and 150 ms in the other.
func memory() string {
	const dir, room = "/dev/shm", 4 << 30 // bytes
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < room {
		return os.TempDir()
	}
	return dir
}

// startFolder starts a server that lives as long as the process. Its folder
// is made anew when the machine was started since its last use, or when the
// server can't start from it: without fsync, a crash of the machine leaves a
// folder in any state.
func startFolder(dir string) (*cluster.Cluster, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, err
	}
	mark := filepath.Join(dir, "boot_id")
	if last, err := os.ReadFile(mark); err != nil || string(last) != string(boot) {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	c, err := cluster.Start(context.Background(), cluster.Options{Dir: dir})
	if err != nil {
		if removed := os.RemoveAll(dir); removed != nil {
			return nil, errors.Join(err, removed)
		}
		if c, err = cluster.Start(context.Background(), cluster.Options{Dir: dir}); err != nil {
			return nil, err
		}
	}
	return c, os.WriteFile(mark, boot, 0o600)
}

// tryLock locks a file for as long as it stays open, and returns nil when
// another process holds it.
func tryLock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, nil
	}
	return f, nil
}

// schemaHash names the schema by the contents of the migrations.
func schemaHash() string {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		text, err := migrations.Files.ReadFile(name)
		if err != nil {
			panic(err) // the files are embedded
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// sweep drops what earlier processes left behind: their databases, and
// templates of other schemas.
func (s *server) sweep(ctx context.Context) error {
	rows, err := s.admin.Query(ctx, "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%' OR datname LIKE 'template\\_%'")
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	for _, name := range names {
		if name == s.template {
			continue
		}
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// migrateTemplate makes the template database unless it is there. It is built
// under another name, and by one process at a time.
func (s *server) migrateTemplate(ctx context.Context) error {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", s.template); err != nil {
		return fmt.Errorf("lock template database: %w", err)
	}
	defer conn.Exec(ctx, "SELECT pg_advisory_unlock(hashtext($1))", s.template)

	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.template).Scan(&exists); err != nil {
		return fmt.Errorf("look for template database: %w", err)
	}
	if exists {
		return nil
	}
	if err := cluster.CreateRoles(ctx, conn.Conn()); err != nil {
		return err
	}
	return s.buildTemplate(ctx)
}

func (s *server) buildTemplate(ctx context.Context) error {
	building := s.next()
	if err := s.create(ctx, building, "template1"); err != nil {
		return err
	}
	if _, err := migrate.Up(ctx, s.dsn(building), nil); err != nil {
		return errors.Join(err, s.drop(ctx, building))
	}
	if err := s.settle(ctx, building); err != nil {
		return err
	}
	_, err := s.admin.Exec(ctx, "ALTER DATABASE "+quote(building)+" RENAME TO "+quote(s.template))
	return err
}

// create copies a database. Copying files takes a tenth of the time of writing
// all pages to the log, once the two checkpoints it needs cost nothing.
func (s *server) create(ctx context.Context, name, template string) error {
	copied := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(template) + " STRATEGY FILE_COPY"
	if _, err := s.admin.Exec(ctx, copied); err != nil {
		return fmt.Errorf("create database %s from %s: %w", name, template, err)
	}
	return nil
}

func (s *server) drop(ctx context.Context, name string) error {
	if _, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// settle gives a database the statistics that the copies will plan by, and
// waits until nobody is connected, since only then can it be copied.
func (s *server) settle(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.dsn(name))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, "VACUUM (ANALYZE)")
	return errors.Join(err, conn.Close(ctx))
}

func quote(name string) string { return pgx.Identifier{strings.ToLower(name)}.Sanitize() }
