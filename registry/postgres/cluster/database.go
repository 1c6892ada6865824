package cluster

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// MakeDatabase makes an empty database like another of the same server, which
// only its owner and the service may enter. The user of conn must be allowed to
// make databases.
func MakeDatabase(ctx context.Context, conn *pgx.Conn, name, like string) error {
	var encoding, collate, ctype string
	const locale = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = $1"
	if err := conn.QueryRow(ctx, locale, like).Scan(&encoding, &collate, &ctype); err != nil {
		return fmt.Errorf("look at database %s: %w", like, err)
	}
	quoted := pgx.Identifier{name}.Sanitize()
	for _, statement := range []string{
		fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE '%s' LC_CTYPE '%s'", quoted, encoding, collate, ctype),
		"REVOKE ALL ON DATABASE " + quoted + " FROM PUBLIC",
		"GRANT CONNECT, TEMPORARY ON DATABASE " + quoted + " TO " + Reader + ", " + Writer,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make database %s: %w", name, err)
		}
	}
	return nil
}

// DropDatabase drops a database, if it is there, with the sessions in it.
func DropDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}
