package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

// CaseEntry implements desk.DossierStore.
func (s *Store) CaseEntry(ctx context.Context, id registry.CaseID) (e desk.Entry, err error) {
	var digest []byte
	err = s.pool.QueryRow(ctx, sql("CaseEntry"), pgx.StrictNamedArgs{"case_id": int64(id)}).Scan(&e.Seq, &digest, &e.At)
	copy(e.Digest[:], digest)
	return e, wrap("read the entry of a case", err)
}
