package migrate_test

import (
	"io/fs"
	"slices"
	"sync"
	"testing"

	"jieming/migrations"
	"jieming/registry/postgres/migrate"
	"jieming/registry/postgres/pgtest"
)

func TestUp_applies_each_migration_once(t *testing.T) {
	dsn := pgtest.Empty(t)
	want, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	n, err := migrate.Up(t.Context(), dsn, func(name string) { got = append(got, name) })
	if err != nil || n != len(want) || !slices.Equal(got, want) {
		t.Fatalf("applied %d: %v, %v; want %v", n, got, err, want)
	}
	if n, err := migrate.Up(t.Context(), dsn, nil); n != 0 || err != nil {
		t.Errorf("second run applied %d, %v", n, err)
	}
}

func TestUp_may_run_twice_at_once(t *testing.T) {
	dsn := pgtest.Empty(t)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := migrate.Up(t.Context(), dsn, nil); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

func TestDown_takes_everything_back(t *testing.T) {
	dsn := pgtest.New(t)
	if err := migrate.Down(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	var left int
	const ours = `SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'v', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
		AND c.relname !~ '^goose_'`
	if err := pgtest.Pool(t, dsn).QueryRow(t.Context(), ours).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d relations left, %v", left, err)
	}
	if _, err := migrate.Up(t.Context(), dsn, nil); err != nil {
		t.Errorf("up again: %v", err)
	}
}

func TestUp_needs_a_database_URL(t *testing.T) {
	if _, err := migrate.Up(t.Context(), "postgres://%zz", nil); err == nil {
		t.Error("took a broken URL")
	}
}
