package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"jieming/registry"
	"jieming/registry/audit"
	"jieming/registry/postgres/cluster"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format     int        `json:"format"`
	MadeAt     time.Time  `json:"made_at"`
	By         string     `json:"by"`         // version of the program
	Schema     int64      `json:"schema"`     // number of the last migration
	PostgreSQL string     `json:"postgresql"` // version of the server
	Seq        int64      `json:"seq"`        // the last entry of the log; 0 in an empty registry
	Head       audit.Hash `json:"head"`       // its digest
	Size       int64      `json:"size"`       // records of the tree
	Root       audit.Hash `json:"root"`
	Checkpoint string     `json:"checkpoint,omitempty"` // the latest signed one
	Dump       struct {
		Bytes  int64      `json:"bytes"`
		SHA256 audit.Hash `json:"sha256"`
	} `json:"dump"`
}

// The members of a backup, which is a ZIP archive: pg_restore reads the first
// without this program.
const (
	dumpName       = "jieming.dump"
	manifestName   = "manifest.json"
	backupFormat   = 1
	largestJSON    = 1 << 20
	progressStride = 1 << 20 // bytes between two calls of progress
)

// Backup writes everything in a database, as of one snapshot, as one archive. It
// streams; writers are not held up. dsn is a URL of its owner. Keys that sign
// checkpoints are in no database and in no backup. progress, if not nil, is told
// how many MiB more are written.
func Backup(ctx context.Context, dsn string, w io.Writer, by string, progress func(mib int)) (*Manifest, error) {
	s, err := Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	m := &Manifest{Format: backupFormat, MadeAt: time.Now().UTC(), By: by}
	archive := zip.NewWriter(w)
	err = s.read(ctx, func(tx pgx.Tx) error {
		snapshot, err := m.describe(ctx, tx)
		if err != nil {
			return err
		}
		// pg_dump compresses by itself.
		member, err := archive.CreateHeader(&zip.FileHeader{Name: dumpName, Method: zip.Store, Modified: m.MadeAt})
		if err != nil {
			return err
		}
		counted := &counter{Hash: sha256.New(), progress: progress}
		if err := dump(ctx, dsn, snapshot, io.MultiWriter(member, counted)); err != nil {
			return err
		}
		m.Dump.Bytes, m.Dump.SHA256 = counted.n, audit.Hash(counted.Sum(nil))
		return nil
	})
	if err != nil {
		return nil, err
	}
	member, err := archive.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Store, Modified: m.MadeAt})
	if err != nil {
		return nil, err
	}
	out := json.NewEncoder(member)
	out.SetIndent("", "  ")
	if err := out.Encode(m); err != nil {
		return nil, err
	}
	return m, archive.Close()
}

// describe fills the manifest from a transaction and returns its snapshot.
func (m *Manifest) describe(ctx context.Context, tx pgx.Tx) (snapshot string, err error) {
	if err := tx.QueryRow(ctx, sql("ExportSnapshot")).Scan(&snapshot, &m.PostgreSQL, &m.Schema); err != nil {
		return "", err
	}
	if err := m.head(ctx, tx); err != nil {
		return "", err
	}
	last, err := latestCheckpoint(ctx, tx)
	m.Checkpoint = last.Note
	return snapshot, err
}

// head reads the end of the log.
func (m *Manifest) head(ctx context.Context, tx pgx.Tx) error {
	var head []byte
	err := tx.QueryRow(ctx, sql("LogHead")).Scan(&m.Seq, &head, &m.Size)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(m.Size, treeHashes(ctx, tx))
	copy(m.Head[:], head)
	m.Root = audit.Hash(root)
	return err
}

// counter counts and hashes what passes.
type counter struct {
	hash.Hash
	n        int64
	progress func(mib int)
}

func (c *counter) Write(p []byte) (int, error) {
	if mib := int((c.n+int64(len(p)))/progressStride - c.n/progressStride); mib > 0 && c.progress != nil {
		c.progress(mib)
	}
	c.n += int64(len(p))
	return c.Hash.Write(p)
}

func dump(ctx context.Context, dsn, snapshot string, w io.Writer) error {
	cmd, said, err := client(ctx, "pg_dump", dsn, "--format=custom", "--snapshot="+snapshot, "--no-owner")
	if err != nil {
		return err
	}
	cmd.Stdout = w
	if err := cmd.Run(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("pg_dump: %w: %s", err, tail(said.String())))
	}
	return nil
}

// client prepares a client program. The password goes by its environment: other
// users can read a command line.
func client(ctx context.Context, name, dsn string, args ...string) (*exec.Cmd, *bytes.Buffer, error) {
	path, err := cluster.Program(name)
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, nil, errors.New("give the database as a URL: postgres://user:password@host/name")
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = os.Environ()
	if password, ok := u.User.Password(); ok {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	cmd.Args = append(cmd.Args, "--dbname="+u.String())
	cmd.Args = append(cmd.Args, args...)
	said := new(bytes.Buffer)
	cmd.Stderr = said
	return cmd, said, nil
}

// tail is the end of what a program said.
func tail(text string) string {
	text = strings.TrimSpace(text)
	return strings.ToValidUTF8(text[max(0, len(text)-1000):], "�")
}

// BackupFile is an archive to restore from.
type BackupFile struct {
	Manifest
	dump *zip.File
}

// OpenBackup reads the manifest of an archive and proves that the dump in it is
// whole. progress is told how many MiB more were read.
func OpenBackup(r io.ReaderAt, size int64, progress func(mib int)) (*BackupFile, error) {
	b, err := readBackup(r, size)
	if err != nil {
		return nil, &registry.Error{Kind: registry.KindInvalid, Field: "backup", Message: "is not an archive of jieming backup, or it is damaged", Err: err}
	}
	in, err := b.dump.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counted := &counter{Hash: sha256.New(), progress: progress}
	_, err = io.Copy(counted, in)
	if err != nil || counted.n != b.Dump.Bytes || audit.Hash(counted.Sum(nil)) != b.Dump.SHA256 {
		return nil, &registry.Error{Kind: registry.KindInvalid, Field: "backup", Message: "is damaged: its dump is not what the manifest says", Err: err}
	}
	return b, nil
}

func readBackup(r io.ReaderAt, size int64) (*BackupFile, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	b := new(BackupFile)
	for _, f := range archive.File {
		switch f.Name {
		case dumpName:
			b.dump = f
		case manifestName:
			in, err := f.Open()
			if err != nil {
				return nil, err
			}
			err = json.NewDecoder(io.LimitReader(in, largestJSON)).Decode(&b.Manifest)
			if err = errors.Join(err, in.Close()); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case b.dump == nil || b.Format == 0:
		return nil, errors.New("it lacks " + dumpName + " or " + manifestName)
	case b.Format != backupFormat:
		return nil, fmt.Errorf("it is of format %d", b.Format)
	}
	return b, nil
}

// Restore fills an empty database, and refuses one that is not with KindConflict.
// dsn is a URL of a superuser. It is one transaction: an interrupted one leaves
// the database empty. The schema is that of the backup; migrate afterwards.
func (b *BackupFile) Restore(ctx context.Context, dsn string, progress func(mib int)) (err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return wrap("connect", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var relations int
	if err := conn.QueryRow(ctx, sql("CountRelations")).Scan(&relations); err != nil {
		return err
	}
	if relations > 0 {
		return &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("the database is not empty (%d tables, views and sequences): restore into an empty one, or say --replace to lose what it holds", relations)}
	}
	if err := cluster.CreateRoles(ctx, conn); err != nil {
		return err
	}
	if err := b.load(ctx, dsn, progress); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql("AnalyzeDatabase"))
	return err
}

func (b *BackupFile) load(ctx context.Context, dsn string, progress func(mib int)) error {
	in, err := b.dump.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	cmd, said, err := client(ctx, "pg_restore", dsn, "--no-owner", "--exit-on-error", "--single-transaction")
	if err != nil {
		return err
	}
	cmd.Stdin = io.TeeReader(in, &counter{Hash: sha256.New(), progress: progress})
	if err := cmd.Run(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("pg_restore: %w: %s", err, tail(said.String())))
	}
	return nil
}

// Proven proves that a database holds what the backup was made of: the end of
// the log is equal, and the whole log with every row agrees with it and with the
// checkpoint in the manifest.
func (b *BackupFile) Proven(ctx context.Context, s *Store) error {
	var now Manifest
	if err := s.read(ctx, func(tx pgx.Tx) error { return now.head(ctx, tx) }); err != nil {
		return err
	}
	if now.Seq != b.Seq || now.Head != b.Head || now.Size != b.Size || now.Root != b.Root {
		return &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("the log ends with entry %d, digest %s, and the backup with entry %d, digest %s", now.Seq, now.Head, b.Seq, b.Head)}
	}
	trust := audit.Trust{}
	if b.Checkpoint != "" {
		trust.Notes = []string{b.Checkpoint}
	}
	report, err := audit.Verify(s.Log(ctx), trust)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return fmt.Errorf("%w: %s %s", err, report.Findings[0].Subject, report.Findings[0].Detail)
	}
	return nil
}
