package main

import (
	"context"
	"errors"
	"fmt"

	"jieming/registry/postgres/migrate"
)

// databaseFlags say which database a verb works on.
type databaseFlags struct {
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"Database, as postgres://user:password@host/name. Prefer JIEMING_DATABASE_URL: other users can read a command line."`
}

// url is the URL of the database, or advice.
func (f databaseFlags) url() (string, error) {
	if f.DatabaseURL == "" {
		return "", errors.New("no database given: set JIEMING_DATABASE_URL=postgres://user:password@host/name, or let `jieming up` bring its own")
	}
	return f.DatabaseURL, nil
}

type migrateCommand struct {
	databaseFlags
}

func (migrateCommand) Help() string {
	return "The user must own the database and be allowed to create the extensions postgis and btree_gist. " +
		"Running it again, or twice at once, does no harm.\n\n" +
		"Example:\n\n    JIEMING_DATABASE_URL=postgres://owner@db.example/jieming jieming migrate"
}

// Run applies the missing migrations and names each.
func (m migrateCommand) Run(ctx context.Context, c *console) error {
	dsn, err := m.url()
	if err != nil {
		return err
	}
	n, err := migrate.Up(ctx, dsn, func(name string) { fmt.Fprintln(c.out, "applied", name) })
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(c.out, "nothing to do: the schema is current")
	}
	return nil
}
