package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// TemplateVersions implements desk.TemplateStore.
func (s *Store) TemplateVersions(ctx context.Context, name string) ([]desk.TemplateVersion, error) {
	rows, err := s.pool.Query(ctx, sql("ListTemplateVersions"), pgx.StrictNamedArgs{"name": name})
	if err != nil {
		return nil, wrap("read templates", err)
	}
	versions, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t desk.TemplateVersion, err error) {
		var id, size pgtype.Int8
		var digest []byte
		var media pgtype.Text
		err = row.Scan(&t.Name, &t.Version, &id, &digest, &size, &media, &t.By, &t.At, &t.Reason)
		if id.Valid {
			t.File = &desk.File{ID: id.Int64, Bytes: size.Int64, Media: media.String}
			copy(t.File.Digest[:], digest)
		}
		return t, err
	})
	return versions, wrap("read templates", err)
}

// ReplaceTemplate implements desk.TemplateStore.
func (s *Store) ReplaceTemplate(ctx context.Context, p *desk.Principal, name string, seen int, u *desk.Upload, reason string) error {
	_, err := s.write(ctx, Author{Actor: p.Login}, func(tx pgx.Tx, _ registry.Seq) error {
		var file pgtype.Int8
		if u != nil {
			id, err := keepFile(ctx, tx, u.Digest)
			if err != nil {
				return err
			}
			file = nullInt(id)
		}
		done, err := tx.Exec(ctx, sql("InsertTemplate"), pgx.StrictNamedArgs{"name": name, "seen": seen, "file_id": file,
			"account": nullInt(int64(p.Account)), "reason": reason})
		if err == nil && done.RowsAffected() == 0 {
			err = &registry.Error{Kind: registry.KindConflict, Message: "somebody else has changed this template meanwhile; look at it and try again"}
		}
		return err
	})
	return err
}
