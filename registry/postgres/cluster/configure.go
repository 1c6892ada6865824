package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed cluster.conf
var settings []byte

//go:embed volatile.conf
var volatileSettings []byte

//go:embed roles.sql
var createRoles string

// include makes a postgresql.conf read our settings, and after them whatever
// the operator puts into local.conf.
func include(conf string) error {
	f, err := os.OpenFile(conf, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configure server: %w", err)
	}
	_, err = f.WriteString("\ninclude = 'jieming.conf'\ninclude_if_exists = 'local.conf'\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("configure server: %w", err)
	}
	return nil
}

// configure writes our settings anew at every start, so that a newer program
// brings its newer settings along.
func (c *Cluster) configure(durable bool) error {
	text := settings
	if !durable {
		text = append(bytes.Clone(settings), volatileSettings...)
	}
	if err := os.WriteFile(filepath.Join(c.dataDir(), "jieming.conf"), text, 0o644); err != nil {
		return fmt.Errorf("configure server: %w", err)
	}
	return c.rotateLog()
}

// rotateLog keeps one earlier log of about 10 MB.
func (c *Cluster) rotateLog() error {
	info, err := os.Stat(c.logFile())
	if err != nil || info.Size() < 10<<20 {
		return nil
	}
	if err := os.Rename(c.logFile(), c.logFile()+".1"); err != nil {
		return fmt.Errorf("rotate server log: %w", err)
	}
	return nil
}

// ready waits for the server to accept connections, then sees to the database
// and the roles. Recovery after a crash may take its time; ctx bounds it.
func (c *Cluster) ready(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, c.DSN(Owner, "postgres"))
		if err == nil {
			return errors.Join(bootstrap(ctx, conn), conn.Close(ctx))
		}
		select {
		case <-c.server.done:
			return fmt.Errorf("the server ended: %s", c.logTail())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// bootstrap makes the roles and the database that are missing.
func bootstrap(ctx context.Context, conn *pgx.Conn) error {
	if err := CreateRoles(ctx, conn); err != nil {
		return err
	}
	var exists bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", Database).Scan(&exists)
	if err != nil {
		return fmt.Errorf("look for database %s: %w", Database, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+Database); err != nil {
		return fmt.Errorf("create database %s: %w", Database, err)
	}
	return nil
}

// CreateRoles makes the group roles [Writer] and [Reader] and the login [App]
// where they are missing. Roles belong to a whole server, not to a database.
// The login has no password: who may use it is for the server to say.
func CreateRoles(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, createRoles); err != nil {
		return fmt.Errorf("create roles: %w", err)
	}
	return nil
}

// logTail is the end of the server log, where the reason of a failure stands.
func (c *Cluster) logTail() string {
	text, err := os.ReadFile(c.logFile())
	if err != nil {
		return err.Error()
	}
	text = bytes.TrimSpace(text)
	lines := bytes.Split(text, []byte("\n"))
	last := lines[max(0, len(lines)-8):]
	return fmt.Sprintf("its log %s ends with:\n%s", c.logFile(), bytes.Join(last, []byte("\n")))
}
