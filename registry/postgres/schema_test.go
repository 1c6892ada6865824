package postgres

import (
	"context"
	"testing"

	"jieming/registry/postgres/pgtest"
)

// The schema documents itself: every table, view, function and column of ours
// says what it is.
func TestSchema_everythingHasAComment(t *testing.T) {
	ctx := context.Background()
	pool := pgtest.Pool(t, pgtest.New(t))
	rows, err := pool.Query(ctx, `
		SELECT 'table ' || c.oid::regclass FROM pg_class c
		WHERE c.relnamespace IN ('registry'::regnamespace, 'desk'::regnamespace, 'draft'::regnamespace, 'branch'::regnamespace)
		  AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
		UNION ALL
		SELECT 'column ' || c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace IN ('registry'::regnamespace, 'desk'::regnamespace, 'draft'::regnamespace)
		  AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
		UNION ALL
		SELECT 'function ' || p.oid::regprocedure FROM pg_proc p
		WHERE p.pronamespace IN ('registry'::regnamespace, 'desk'::regnamespace, 'draft'::regnamespace) AND obj_description(p.oid, 'pg_proc') IS NULL
		UNION ALL
		SELECT 'schema ' || n.nspname FROM pg_namespace n
		WHERE n.nspname IN ('registry', 'desk', 'draft', 'branch') AND obj_description(n.oid, 'pg_namespace') IS NULL`)
	check(t, err)
	for rows.Next() {
		var what string
		check(t, rows.Scan(&what))
		t.Errorf("%s has no comment", what)
	}
	check(t, rows.Err())
}
