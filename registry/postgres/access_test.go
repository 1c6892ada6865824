package postgres

import (
	"context"
	"testing"
	"time"

	"jieming/registry/audit"
	"jieming/registry/postgres/pgtest"
)

// Accesses wait without holding anybody up, and one entry seals them all.
func TestSealAccess(t *testing.T) {
	ctx := context.Background()
	s, owner := logged(t)
	before := latest(t, s)
	if n, err := s.SealAccess(ctx); err != nil || n != 0 || latest(t, s) != before {
		t.Errorf("with none: %d, %v", n, err)
	}
	const access = `INSERT INTO desk.access (at, kind, detail) SELECT now(), 'READ', jsonb_build_object('n', n) FROM generate_series(1, 3) n`
	_, err := s.pool.Exec(ctx, access)
	check(t, err)
	noProblem(t, s) // what waits is no row that somebody added
	if n, err := s.SealAccess(ctx); err != nil || n != 3 || latest(t, s) != before+1 {
		t.Errorf("sealed %d, %v", n, err)
	}
	noProblem(t, s)
	for _, refused := range []string{"UPDATE desk.access SET seq = 1", "UPDATE desk.access SET kind = 'x'", "DELETE FROM desk.access", "TRUNCATE desk.access"} {
		if _, err := s.pool.Exec(ctx, refused); err == nil {
			t.Errorf("not refused: %s", refused)
		}
	}
	by, key := signer(t, "civil.example/log")
	_, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now())
	check(t, err)
	_, err = pgtest.Pool(t, owner).Exec(ctx, `SET session_replication_role = replica; UPDATE desk.access SET detail = '{"n": 9}' WHERE id = 2`)
	check(t, err)
	r, err := audit.Verify(s.Log(ctx), audit.Trust{Keys: []audit.Verifier{key}})
	check(t, err)
	wantFinding(t, r.Findings, "access row 2: was altered after log entry 3")
}

func noProblem(t *testing.T, s *Store) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	r, err := audit.Verify(s.Log(context.Background()), audit.Trust{})
	if err != nil || r.Problems > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
