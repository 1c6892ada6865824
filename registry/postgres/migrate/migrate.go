// Package migrate brings a database to the schema of this program.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"jieming/migrations"
)

// Up applies the migrations a database lacks, in order, each in a transaction
// of its own, and calls applied after each with its file name; applied may be
// nil. It returns how many it applied. Processes that migrate the same
// database wait for one another. A current database costs a few milliseconds.
//
// The user of dsn must own the database and be able to create the extensions
// postgis and btree_gist. A migration that waits 5 s for a lock held by other
// sessions gives up, so that it never queues the whole service behind it.
func Up(ctx context.Context, dsn string, applied func(name string)) (int, error) {
	return up(ctx, dsn, migrations.Files, applied)
}

func up(ctx context.Context, dsn string, files fs.FS, applied func(string)) (n int, err error) {
	provider, err := open(dsn, files)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, provider.Close()) }()
	for {
		result, err := provider.UpByOne(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("migrate database: %w", err)
		}
		n++
		if applied != nil {
			applied(result.Source.Path)
		}
	}
}

// Newest is the number of the last migration of this program.
func Newest() (n int64) {
	names, _ := fs.Glob(migrations.Files, "*.sql") // the only error is a bad pattern
	for _, name := range names {
		if number, err := goose.NumericComponent(name); err == nil {
			n = max(n, number)
		}
	}
	return n
}

// Down takes back every migration, and with them all data. It is for tests of
// the down sections; no verb calls it.
func Down(ctx context.Context, dsn string) (err error) {
	provider, err := open(dsn, migrations.Files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provider.Close()) }()
	if _, err := provider.DownTo(ctx, 0); err != nil {
		return fmt.Errorf("take back migrations: %w", err)
	}
	return nil
}

func open(dsn string, files fs.FS) (*goose.Provider, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	config.RuntimeParams["lock_timeout"] = "5s"
	config.RuntimeParams["application_name"] = "jieming migrate"
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("prepare migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDB(*config), files,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
