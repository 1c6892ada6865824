package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

var _ desk.FileStore = (*Store)(nil)

// filePart is how many bytes of a file one row holds.
const filePart = 1 << 20

// KeepUpload implements desk.FileStore. Content that is there already is not
// stored again, and not read. It opens no log entry, so that no writer waits.
func (s *Store) KeepUpload(ctx context.Context, u *desk.Upload, text string, content io.Reader) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := keepContent(ctx, tx, &u.File, text, content); err != nil {
			return err
		}
		return tx.QueryRow(ctx, sql("InsertUpload"), pgx.StrictNamedArgs{"sha256": u.Digest[:], "name": u.Name, "account": int64(u.Account)}).Scan(&u.ID, &u.At)
	})
	return wrap("keep an upload", err)
}

// keepContent stores content part by part, and proves that it is what its
// digest says. One who stores the same at the same time waits for us.
func keepContent(ctx context.Context, tx pgx.Tx, f *desk.File, text string, content io.Reader) error {
	args := pgx.StrictNamedArgs{"sha256": f.Digest[:], "bytes": f.Bytes, "media": f.Media, "pages": nullInt(int64(f.Pages)), "body": text}
	done, err := tx.Exec(ctx, sql("InsertContent"), args)
	if err != nil || done.RowsAffected() == 0 {
		return err
	}
	sum := sha256.New()
	part := make([]byte, filePart)
	for ord, left := 1, f.Bytes; left > 0; ord++ {
		n, err := io.ReadFull(content, part[:min(left, filePart)])
		if err != nil {
			return fmt.Errorf("read the content to be stored: %w", err)
		}
		sum.Write(part[:n])
		left -= int64(n)
		if _, err := tx.Exec(ctx, sql("InsertContentPart"), pgx.StrictNamedArgs{"sha256": f.Digest[:], "ord": ord, "content": part[:n]}); err != nil {
			return err
		}
	}
	if !bytes.Equal(sum.Sum(nil), f.Digest[:]) {
		return errors.New("the content is not what its digest says")
	}
	return nil
}

// Upload implements desk.FileStore.
func (s *Store) Upload(ctx context.Context, by desk.AccountID, id desk.UploadID) (*desk.Upload, error) {
	u, err := upload(ctx, s.pool, by, id)
	return u, wrap("read an upload", err)
}

func upload(ctx context.Context, q querier, by desk.AccountID, id desk.UploadID) (*desk.Upload, error) {
	var u desk.Upload
	var digest []byte
	err := q.QueryRow(ctx, sql("UploadByID"), pgx.StrictNamedArgs{"id": int64(id), "account": int64(by)}).
		Scan(&u.ID, &u.Name, &u.Account, &u.At, &digest, &u.Bytes, &u.Media, &u.Pages, &u.File.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, registry.NotFound("upload", id)
	}
	copy(u.Digest[:], digest)
	return &u, err
}

// keepFile makes stored content a file that the log knows, in the entry that
// is open, and returns the file's id. KindNotFound for content that is gone.
func keepFile(ctx context.Context, tx pgx.Tx, d desk.Digest) (id int64, err error) {
	for range 2 { // another entry may have made it after our snapshot was taken
		err = tx.QueryRow(ctx, sql("KeepFile"), pgx.StrictNamedArgs{"sha256": d[:]}).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return id, err
		}
	}
	return 0, registry.NotFound("file", d)
}

// File implements desk.FileStore.
func (s *Store) File(ctx context.Context, d desk.Digest) (*desk.File, error) {
	f := desk.File{Digest: d}
	err := s.pool.QueryRow(ctx, sql("FileByDigest"), pgx.StrictNamedArgs{"sha256": d[:]}).Scan(&f.ID, &f.Bytes, &f.Media, &f.Pages)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, registry.NotFound("file", d)
	}
	return &f, wrap("read a file", err)
}

// OpenFile implements desk.FileStore. It keeps one part in memory.
func (s *Store) OpenFile(ctx context.Context, d desk.Digest) (desk.Content, error) {
	f, err := s.File(ctx, d)
	if err != nil {
		return nil, err
	}
	return &content{store: s, ctx: ctx, file: f, sum: sha256.New()}, nil
}

// SweepUploads implements desk.FileStore.
func (s *Store) SweepUploads(ctx context.Context, before time.Time) (int, error) {
	done, err := s.pool.Exec(ctx, sql("SweepUploads"), pgx.StrictNamedArgs{"before": before})
	if err != nil {
		return 0, wrap("sweep uploads", err)
	}
	_, err = s.pool.Exec(ctx, sql("SweepContent"), pgx.StrictNamedArgs{"before": before})
	return int(done.RowsAffected()), wrap("sweep content", err)
}

// content reads a file part by part. Its digest is proved before the last part
// is given, or, where the reader begins elsewhere, before the first.
type content struct {
	store  *Store
	ctx    context.Context
	file   *desk.File
	pos    int64
	part   []byte // the part at ord
	ord    int64  // from 1; 0 before the first read
	sum    hash.Hash
	summed int64 // parts that are in sum
	proved bool
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	if c.pos >= c.file.Bytes {
		return 0, io.EOF
	}
	if err := c.load(c.pos/filePart + 1); err != nil {
		return 0, err
	}
	n := copy(p, c.part[c.pos%filePart:])
	c.pos += int64(n)
	return n, nil
}

// load brings a part into memory, and proves the file when it has to.
func (c *content) load(ord int64) error {
	if ord == c.ord {
		return nil
	}
	if !c.proved && ord != c.summed+1 {
		if err := c.proveAll(); err != nil {
			return err
		}
	}
	if err := c.fetch(ord); err != nil {
		return err
	}
	if c.proved {
		return nil
	}
	c.sum.Write(c.part)
	c.summed++
	if ord*filePart >= c.file.Bytes {
		return c.prove()
	}
	return nil
}

// proveAll reads the whole file once.
func (c *content) proveAll() error {
	c.sum.Reset()
	for ord := int64(1); (ord-1)*filePart < c.file.Bytes; ord++ {
		if err := c.fetch(ord); err != nil {
			return err
		}
		c.sum.Write(c.part)
	}
	return c.prove()
}

func (c *content) prove() error {
	if !bytes.Equal(c.sum.Sum(nil), c.file.Digest[:]) {
		c.ord, c.part = 0, nil
		return c.altered()
	}
	c.proved = true
	return nil
}

// fetch reads a part from the database.
func (c *content) fetch(ord int64) error {
	c.ord, c.part = 0, nil
	var part []byte
	err := c.store.pool.QueryRow(c.ctx, sql("ContentPart"), pgx.StrictNamedArgs{"sha256": c.file.Digest[:], "ord": ord}).Scan(&part)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && int64(len(part)) != min(filePart, c.file.Bytes-(ord-1)*filePart):
		return c.altered()
	case err != nil:
		return wrap("read a file", err)
	}
	c.ord, c.part = ord, part
	return nil
}

func (c *content) altered() error {
	return fmt.Errorf("the bytes of file %s were altered or removed behind the registry's back", c.file.Digest)
}

// Seek implements io.Seeker.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.pos
	case io.SeekEnd:
		offset += c.file.Bytes
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning of a file")
	}
	c.pos = offset
	return offset, nil
}

// Close implements io.Closer.
func (c *content) Close() error {
	c.part = nil
	return nil
}
