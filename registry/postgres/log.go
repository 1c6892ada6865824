package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/mod/sumdb/tlog"

	"jieming/registry"
	"jieming/registry/audit"
)

// Recorded returns the log entry that an idempotency key was recorded as, 0 if
// none. It waits for the writer in flight, so that a client who lost its
// connection while it wrote learns what became of it: 0 means that nothing of it
// is, or will be, recorded, as long as nobody sends it again.
func (s *Store) Recorded(ctx context.Context, request string) (registry.Seq, error) {
	if _, err := s.pool.Exec(ctx, sql("Fence")); err != nil {
		return 0, wrap("wait for the writer in flight", err)
	}
	seq, _, err := s.seqOf(ctx, request)
	return seq, err
}

// seqOf is Recorded of what is committed, and who wrote it.
func (s *Store) seqOf(ctx context.Context, request string) (seq registry.Seq, actor string, err error) {
	err = s.pool.QueryRow(ctx, sql("SeqOfRequest"), pgx.StrictNamedArgs{"request": request}).Scan(&seq, &actor)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	return seq, actor, wrap("look for the request", err)
}

// Log is the whole log with every row that it recorded, in one snapshot. It
// streams from the database; the sort of it takes disk space there.
func (s *Store) Log(ctx context.Context) audit.Items {
	return func(yield func(*audit.Item, error) bool) {
		stopped := errors.New("stopped")
		err := s.read(ctx, func(tx pgx.Tx) error {
			l := &logReader{ctx: ctx, tx: tx, yield: func(i *audit.Item) error {
				if !yield(i, nil) {
					return stopped
				}
				return nil
			}}
			return l.run()
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(nil, err)
		}
	}
}

// logReader reads the log out of one transaction.
type logReader struct {
	ctx   context.Context
	tx    pgx.Tx
	yield func(*audit.Item) error

	notes []storedNote
	entry *audit.Entry
	end   audit.End
}

// storedNote is a checkpoint with all its signatures.
type storedNote struct {
	ID, Size int64
	Note     string
}

func (l *logReader) run() error {
	rows, err := l.tx.Query(l.ctx, sql("Checkpoints"))
	if err != nil {
		return err
	}
	if l.notes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[storedNote]); err != nil {
		return err
	}
	if err := l.entries(); err != nil {
		return err
	}
	if err := l.checkpoints(true); err != nil {
		return err
	}
	if err := l.strays(); err != nil {
		return err
	}
	return l.yield(&audit.Item{End: &l.end})
}

func (l *logReader) entries() error {
	rows, err := l.tx.Query(l.ctx, sql("LogItems"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := l.row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// row takes one row of the result: a leaf, or an entry without any.
func (l *logReader) row(rows pgx.Rows) error {
	var e audit.Entry
	var in, leaves, id, born, closed pgtype.Int8
	var request, relation, op, body pgtype.Text
	var digest, inTree, leafDigest, leafInTree, geom []byte
	var hidden pgtype.Bool
	err := rows.Scan(&e.Seq, &e.At, &e.Actor, &in, &request, &leaves, &digest, &inTree,
		&relation, &id, &op, &leafDigest, &leafInTree, &body, &geom, &born, &closed, &hidden)
	if err != nil {
		return err
	}
	if l.entry == nil || l.entry.Seq != e.Seq {
		if err := l.checkpoints(false); err != nil {
			return err
		}
		e.At, e.Case, e.Request, e.Leaves = e.At.UTC(), in.Int64, request.String, int(leaves.Int64)
		copy(e.Digest[:], digest)
		e.Tree = unlike(inTree, e.Record())
		l.entry = &e
		l.end.Entries++
		l.end.Size++
		if err := l.yield(&audit.Item{Entry: &e}); err != nil {
			return err
		}
	}
	if !relation.Valid {
		return nil
	}
	leaf := &audit.Leaf{Relation: relation.String, Row: id.Int64, Op: op.String}
	copy(leaf.Digest[:], leafDigest)
	leaf.Tree = unlike(leafInTree, leaf.Record(e.Seq))
	if body.Valid {
		leaf.Stored = &audit.Row{Body: body.String, Geom: geom, Born: born.Int64, Closed: closed.Int64, Hidden: hidden.Bool}
	}
	l.end.Size++
	return l.yield(&audit.Item{Leaf: leaf})
}

// unlike returns what stands in the tree if it is not the hash of the record.
func unlike(inTree, record []byte) *audit.Hash {
	var h audit.Hash
	copy(h[:], inTree)
	if h == audit.RecordHash(record) {
		return nil
	}
	return &h
}

// checkpoints passes on those that end with what was read, or all that are left.
func (l *logReader) checkpoints(all bool) error {
	for len(l.notes) > 0 && (all || l.notes[0].Size <= l.end.Size) {
		text := l.notes[0].Note
		l.notes = l.notes[1:]
		if err := l.yield(&audit.Item{Checkpoint: &text}); err != nil {
			return err
		}
	}
	return nil
}

func (l *logReader) strays() error {
	rows, err := l.tx.Query(l.ctx, sql("StrayRows"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r audit.Row
		if err := rows.Scan(&r.Relation, &r.ID, &r.Body, &r.Geom); err != nil {
			return err
		}
		if err := l.yield(&audit.Item{Stray: &r}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// LogSize is how many records Log will pass on, for progress.
func (s *Store) LogSize(ctx context.Context) (int64, error) {
	var n int64
	err := s.pool.QueryRow(ctx, sql("LogSize")).Scan(&n)
	return n, wrap("read the log", err)
}

// treeHashes reads hashes of the tree in a transaction.
func treeHashes(ctx context.Context, tx pgx.Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		levels, ns := make([]int32, len(indexes)), make([]int64, len(indexes))
		for i, x := range indexes {
			level, n := tlog.SplitStoredHashIndex(x)
			levels[i], ns[i] = int32(level), n
		}
		rows, err := tx.Query(ctx, sql("TreeHashes"), pgx.StrictNamedArgs{"levels": levels, "ns": ns})
		if err != nil {
			return nil, err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h tlog.Hash, err error) {
			var b []byte
			err = row.Scan(&b)
			copy(h[:], b)
			return h, err
		})
		if err == nil && len(found) != len(indexes) {
			err = &registry.Error{Kind: registry.KindConflict, Message: "the tree of the log is not whole; run jieming check"}
		}
		return found, err
	})
}

// Checkpoint signs what the log is now and keeps the note. It refuses with
// KindConflict to sign a log that does not extend the checkpoint before, because
// it was rewritten since. If the log has not grown since, the latest note is
// returned, with fresh false; so it is when another server signs just now. A
// training space is refused: its log forks from one that is signed.
func (s *Store) Checkpoint(ctx context.Context, by audit.Signer, origin string, now time.Time) (note string, fresh bool, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		var alone, drill bool
		if err := tx.QueryRow(ctx, sql("LockCheckpoint")).Scan(&alone); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, sql("IsTraining")).Scan(&drill); err != nil {
			return err
		}
		if drill {
			return &registry.Error{Kind: registry.KindConflict, Message: "this is a training space: its log is not signed"}
		}
		last, err := latestCheckpoint(ctx, tx)
		if err != nil {
			return err
		}
		note = last.Note
		c := audit.Checkpoint{Origin: origin, At: now.UTC().Truncate(time.Second)}
		err = tx.QueryRow(ctx, sql("TreeNow")).Scan(&c.Seq, &c.Size)
		if errors.Is(err, pgx.ErrNoRows) {
			return &registry.Error{Kind: registry.KindConflict, Message: "nothing has been recorded yet, so there is nothing to sign"}
		}
		if err != nil || !alone {
			return err
		}
		if err := extends(ctx, tx, last, c.Size); err != nil || c.Size == last.Size {
			return err
		}
		root, err := tlog.TreeHash(c.Size, treeHashes(ctx, tx))
		if err != nil {
			return err
		}
		c.Root, fresh = audit.Hash(root), true
		if note, err = c.Sign(by); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sql("InsertCheckpoint"), pgx.StrictNamedArgs{"size": c.Size, "seq": c.Seq, "made_at": c.At, "note": note})
		return err
	})
	if err != nil {
		return "", false, wrap("sign checkpoint", err)
	}
	return note, fresh, nil
}

// extends refuses a tree that is not what the last checkpoint says, and more.
func extends(ctx context.Context, tx pgx.Tx, last storedNote, size int64) error {
	if last.Size == 0 {
		return nil
	}
	c, _, err := audit.ParseCheckpoint(last.Note, nil)
	if err != nil {
		return err
	}
	if c.Size <= size {
		root, err := tlog.TreeHash(c.Size, treeHashes(ctx, tx))
		if err != nil {
			return err
		}
		if audit.Hash(root) == c.Root {
			return nil
		}
	}
	return &registry.Error{Kind: registry.KindConflict,
		Message: fmt.Sprintf("the log is not an extension of the checkpoint of %d records of %s: it was rewritten; run jieming audit verify", c.Size, c.At.Format(time.RFC3339))}
}

func latestCheckpoint(ctx context.Context, tx pgx.Tx) (n storedNote, err error) {
	var at time.Time
	err = tx.QueryRow(ctx, sql("LatestCheckpoint")).Scan(&n.ID, &n.Size, &n.Note, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return storedNote{}, nil
	}
	return n, err
}

// CheckpointDue tells whether the log grew and the last checkpoint is older than
// pause, or older than a release.
func (s *Store) CheckpointDue(ctx context.Context, pause time.Duration) (bool, error) {
	var due bool
	err := s.pool.QueryRow(ctx, sql("CheckpointDue"), pgx.StrictNamedArgs{"pause": pause}).Scan(&due)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return due, wrap("read the log", err)
}

// LatestCheckpoint returns the note of the largest checkpoint with all its
// signatures; KindNotFound if there is none.
func (s *Store) LatestCheckpoint(ctx context.Context) (note string, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		last, err := latestCheckpoint(ctx, tx)
		if err == nil && last.Size == 0 {
			err = registry.NotFound("checkpoint of the log", "yet")
		}
		note = last.Note
		return err
	})
	return note, err
}

// Cosign keeps the signature of somebody else under a checkpoint that is in the
// registry. text is the signed note without signatures, line the signature.
func (s *Store) Cosign(ctx context.Context, size int64, text, name, line string) error {
	var id int64
	err := s.pool.QueryRow(ctx, sql("InsertCosignature"), pgx.StrictNamedArgs{"size": size, "text": text, "name": name, "line": line}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return &registry.Error{Kind: registry.KindConflict, Message: "this checkpoint is not one of this registry, or bears this signature already"}
	}
	return wrap("cosign checkpoint", err)
}

// Prove proves that the entry that wrote a row of a logged table is in the
// latest checkpoint. shown tells whether the row goes into the proof, or only its
// digest. It refuses with KindConflict what no checkpoint covers yet.
func (s *Store) Prove(ctx context.Context, relation string, id int64, shown bool) (proof *audit.Proof, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		leaf := audit.Leaf{Relation: relation, Row: id}
		var seq, n int64
		var digest []byte
		err := tx.QueryRow(ctx, sql("RecordOfRow"), pgx.StrictNamedArgs{"relation": relation, "id": id}).Scan(&seq, &leaf.Op, &digest, &n)
		if errors.Is(err, pgx.ErrNoRows) {
			return registry.NotFound(strings.ReplaceAll(relation, "_", " "), id)
		}
		if err != nil {
			return err
		}
		copy(leaf.Digest[:], digest)
		last, err := covering(ctx, tx, n)
		if err != nil {
			return err
		}
		var row *audit.Row
		if shown {
			row = new(audit.Row)
			if err := tx.QueryRow(ctx, sql("StoredRow"), pgx.StrictNamedArgs{"relation": relation, "id": id}).Scan(&row.Body, &row.Geom); err != nil {
				return err
			}
		}
		proof, err = audit.Prove(leaf.Record(seq), n, row, last.Note, treeHashes(ctx, tx))
		return err
	})
	return proof, err
}

// covering is the latest checkpoint, if it covers a record.
func covering(ctx context.Context, tx pgx.Tx, n int64) (storedNote, error) {
	last, err := latestCheckpoint(ctx, tx)
	if err == nil && last.Size <= n {
		err = &registry.Error{Kind: registry.KindConflict, Message: "no checkpoint covers it yet; run jieming audit checkpoint, or wait an hour"}
	}
	return last, err
}

// ProveEntry proves that an entry of the log is in the latest checkpoint. The
// record of an entry holds its digest, and so those of all its leaves. It refuses
// with KindConflict what no checkpoint covers yet.
func (s *Store) ProveEntry(ctx context.Context, seq registry.Seq) (proof *audit.Proof, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		var record []byte
		var n int64
		err := tx.QueryRow(ctx, sql("RecordOfEntry"), pgx.StrictNamedArgs{"seq": int64(seq)}).Scan(&record, &n)
		if errors.Is(err, pgx.ErrNoRows) {
			return registry.NotFound("entry of the log", seq)
		}
		if err != nil {
			return err
		}
		last, err := covering(ctx, tx, n)
		if err != nil {
			return err
		}
		proof, err = audit.Prove(record, n, nil, last.Note, treeHashes(ctx, tx))
		return err
	})
	return proof, err
}
