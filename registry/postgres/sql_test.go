package postgres

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"jieming/registry/postgres/pgtest"
)

// Every statement must parse and plan against the migrated schema.
func TestSQL_everyStatementPrepares(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for name := range statements() {
		if slices.Contains([]string{"SealEntry", "BeginSearch", "AnalyzeDatabase"}, name) {
			continue // utility statements cannot be prepared
		}
		text, _, err := pgx.NamedArgs{}.RewriteQuery(ctx, conn.Conn(), sql(name), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := conn.Conn().Prepare(ctx, name, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
