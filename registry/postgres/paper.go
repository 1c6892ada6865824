package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/filetype"
)

// issuePapers numbers, makes and stores the documents that an act issues, in
// its entry: when that is given up, so are number and document.
func issuePapers(ctx context.Context, tx pgx.Tx, id registry.CaseID, w *desk.CaseWrite) error {
	for _, issue := range w.Issues {
		p := &w.Papers[issue.Paper]
		if issue.Numbered {
			var err error
			p.Number, err = drawNumber(ctx, tx, numbered{Issuer: p.Issuer, Paper: p.Kind, Case: id, By: issue.Account, On: p.IssuedOn})
			if err != nil {
				return err
			}
		}
		docx, err := issue.Make(p.Number)
		if err != nil {
			return err
		}
		f := desk.File{Digest: sha256.Sum256(docx), Bytes: int64(len(docx)), Media: filetype.DOCX.Media}
		p.Digest, p.Bytes, p.Media, p.FileName = f.Digest, f.Bytes, f.Media, filetype.Clean(p.FileName, filetype.DOCX)
		if err := keepContent(ctx, tx, &f, "", bytes.NewReader(docx)); err != nil {
			return err
		}
		// What lists and search know of the case knows the number too.
		if i := slices.IndexFunc(w.Case.Papers, func(x desk.Paper) bool { return x.N == p.N && x.Kind == p.Kind && x.Digest == [32]byte{} }); i >= 0 {
			w.Case.Papers[i] = *p
		}
	}
	return nil
}
