package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Beside is an empty database that is to take the place of another: until it
// does, the other is as it was.
type Beside struct {
	DSN string // of the new database, for the same login

	admin    *pgx.Conn
	old, new string
	replaced string // what the old one is called for a moment
}

// longestDatabase is how long the name of a database may be, in bytes.
const longestDatabase = 63

// MakeBeside makes a database beside that of a URL, which is a superuser's, with
// its owner, encoding, locale, settings and privileges. What an interrupted one
// left is removed. Swap or Discard ends it.
func MakeBeside(ctx context.Context, dsn string) (_ *Beside, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	b := &Beside{old: config.Database, new: config.Database + "_restoring", replaced: config.Database + "_replaced"}
	if len(b.new) > longestDatabase {
		return nil, fmt.Errorf("the name %s is too long to restore beside it; restore into an empty database", b.old)
	}
	if b.DSN, err = withDatabase(dsn, b.new); err != nil {
		return nil, err
	}
	if config.Database = "postgres"; b.old == "postgres" {
		config.Database = "template1" // nobody renames what they are connected to
	}
	if b.admin, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Discard(ctx))
		}
	}()
	return b, b.make(ctx)
}

func withDatabase(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", errors.New("give the database as a URL: postgres://user:password@host/name")
	}
	u.Path = "/" + name
	return u.String(), nil
}

func (b *Beside) make(ctx context.Context) error {
	var owner, encoding, collate, ctype string
	err := b.admin.QueryRow(ctx, `SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = $1`, b.old).
		Scan(&owner, &encoding, &collate, &ctype)
	if err != nil {
		return fmt.Errorf("look at database %s: %w", b.old, err)
	}
	settings, err := b.settings(ctx)
	if err != nil {
		return err
	}
	for _, statement := range append([]string{
		"DROP DATABASE IF EXISTS " + name(b.new) + " WITH (FORCE)",
		"DROP DATABASE IF EXISTS " + name(b.replaced) + " WITH (FORCE)",
		"CREATE DATABASE " + name(b.new) + " OWNER " + name(owner) + " TEMPLATE template0 ENCODING " + text(encoding) + " LC_COLLATE " + text(collate) + " LC_CTYPE " + text(ctype),
	}, settings...) {
		if _, err := b.admin.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make a database beside %s: %w", b.old, err)
		}
	}
	return nil
}

// settings are the statements that give the new database what was set for the
// old one, and who may use it.
func (b *Beside) settings(ctx context.Context) ([]string, error) {
	rows, err := b.admin.Query(ctx, `
		SELECT format('ALTER %s SET %I TO %s', CASE s.setrole WHEN 0 THEN format('DATABASE %I', $2::text) ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), $2) END,
		         split_part(c, '=', 1),
		         -- lists are written as they stand
		         CASE WHEN split_part(c, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries') THEN substr(c, strpos(c, '=') + 1)
		              ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END)
		FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN unnest(s.setconfig) c WHERE d.datname = $1
		UNION ALL
		SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2) FROM pg_database WHERE datname = $1 AND datacl IS NOT NULL
		UNION ALL
		SELECT format('GRANT %s ON DATABASE %I TO %s', x.privilege_type, $2, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END)
		FROM pg_database d CROSS JOIN aclexplode(d.datacl) x WHERE d.datname = $1`, b.old, b.new)
	if err != nil {
		return nil, fmt.Errorf("look at the settings of database %s: %w", b.old, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Swap gives the new database the name of the old one, in one transaction, and
// drops the old one. Whoever is connected to either is disconnected. After an
// error before that the old one is as it was; call Discard.
func (b *Beside) Swap(ctx context.Context) error {
	var err error
	for range 5 { // who is disconnected may come back at once
		if err = b.rename(ctx); err == nil {
			break
		}
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55006" { // object_in_use
			break
		}
	}
	if err != nil {
		return fmt.Errorf("put the restored database in the place of %s: %w", b.old, err)
	}
	if _, err := b.admin.Exec(ctx, "DROP DATABASE "+name(b.replaced)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop the database that was replaced: %w", err)
	}
	return b.admin.Close(ctx)
}

func (b *Beside) rename(ctx context.Context) error {
	return pgx.BeginFunc(ctx, b.admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)", []string{b.old, b.new}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "ALTER DATABASE "+name(b.old)+" RENAME TO "+name(b.replaced)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "ALTER DATABASE "+name(b.new)+" RENAME TO "+name(b.old))
		return err
	})
}

// Discard drops the new database, also when ctx has ended.
func (b *Beside) Discard(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	_, err := b.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name(b.new)+" WITH (FORCE)")
	return errors.Join(err, b.admin.Close(ctx))
}

func name(s string) string { return pgx.Identifier{s}.Sanitize() }

func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
