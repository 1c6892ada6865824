package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"jieming/registry/desk"
)

// AddAccess writes down one thing that happened to rights or was done by them.
func (s *Store) AddAccess(ctx context.Context, a desk.Access) error {
	detail := []byte("{}")
	if a.Detail != nil {
		var err error
		if detail, err = json.Marshal(a.Detail); err != nil {
			return err
		}
	}
	_, err := s.pool.Exec(ctx, sql("AddAccess"), pgx.StrictNamedArgs{"at": a.At, "account": nullInt(int64(a.Account)), "address": a.Network,
		"kind": a.Kind, "object_kind": a.ObjectKind, "object_id": nullInt(a.ObjectID), "detail": detail})
	return wrap("write down access", err)
}
