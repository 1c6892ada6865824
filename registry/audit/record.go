package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 digest, written in hexadecimal.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fmt.Errorf("%q is not a SHA-256 digest in hexadecimal", shorten(string(text)))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// Entry is a log entry without its leaves.
type Entry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"` // UTC, in microseconds
	Actor   string    `json:"actor"`
	Case    int64     `json:"case,omitempty"`
	Request string    `json:"request,omitempty"`
	Leaves  int       `json:"leaves"`
	Digest  Hash      `json:"digest"`         // of the entry before, the header and the leaves
	Tree    *Hash     `json:"tree,omitempty"` // what stands in the tree for it, if that is not its hash
}

// Leaf is one row version written (op I) or closed (op C), with the row as its
// table holds it now.
type Leaf struct {
	Relation string `json:"relation"`
	Row      int64  `json:"row"`
	Op       string `json:"op"`
	Digest   Hash   `json:"digest"`
	Stored   *Row   `json:"stored,omitempty"` // nil: its table has no such row
	Tree     *Hash  `json:"tree,omitempty"`   // what stands in the tree for it, if that is not its hash
}

// Row is a row of a logged table.
type Row struct {
	Relation string `json:"relation,omitempty"` // empty in a leaf, which says it
	ID       int64  `json:"id,omitempty"`       // likewise
	Body     string `json:"body"`               // the canonical JSON, byte for byte as it was hashed
	Geom     []byte `json:"geom,omitempty"`     // little-endian WKB
	Born     int64  `json:"born,omitempty"`     // the entry that its table says wrote it
	Closed   int64  `json:"closed,omitempty"`   // and that closed it; 0 while it is open
	Hidden   bool   `json:"hidden,omitempty"`   // written and closed in one entry; Born and Closed are 0
}

// digest is what the log should hold of the row.
func (r *Row) digest(relation, op string) Hash {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s", relation, op, r.Body)
	h.Write(r.Geom)
	return Hash(h.Sum(nil))
}

// Head begins an exported log.
type Head struct {
	Format int       `json:"format"`
	MadeAt time.Time `json:"made_at"`
	By     string    `json:"by"` // version of the program
}

// End ends an exported log; one without it was cut off.
type End struct {
	Entries int64 `json:"entries"`
	Size    int64 `json:"size"` // records of the tree
}

// Item is one line of an exported log: exactly one field is set. The order is
// head; each entry with its leaves after it and the checkpoints that end with
// it; stray rows; checkpoints of what is not there; end.
type Item struct {
	Head       *Head   `json:"log,omitempty"`
	Entry      *Entry  `json:"entry,omitempty"`
	Leaf       *Leaf   `json:"leaf,omitempty"`
	Checkpoint *string `json:"checkpoint,omitempty"`
	Stray      *Row    `json:"stray,omitempty"` // a row that is in no entry
	End        *End    `json:"end,omitempty"`
}

// Items is a log in order. An error ends it.
type Items = iter.Seq2[*Item, error]

// Record returns the bytes of a leaf in the tree.
func (l *Leaf) Record(seq int64) []byte {
	return fmt.Appendf(nil, "row %d %s %d %s %s", seq, l.Relation, l.Row, l.Op, l.Digest)
}

// Record returns the bytes of an entry in the tree.
func (e *Entry) Record() []byte {
	in := "-"
	if e.Case != 0 {
		in = fmt.Sprint(e.Case)
	}
	request := "-"
	if e.Request != "" {
		request = sized(e.Request)
	}
	return fmt.Appendf(nil, "entry %d %s %d %s %s %s %s", e.Seq, e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), e.Leaves, in, e.Digest, sized(e.Actor), request)
}

// sized puts the number of bytes before a text, so that it ends where it ends.
func sized(text string) string { return fmt.Sprintf("%d:%s", len(text), text) }

// header is what the digest of an entry covers besides digests.
func (e *Entry) header() string {
	parts := []string{fmt.Sprint(e.Seq), e.At.UTC().Format("2006-01-02 15:04:05.999999+00"), e.Actor}
	if e.Case != 0 {
		parts = append(parts, fmt.Sprint(e.Case))
	}
	if e.Request != "" {
		parts = append(parts, e.Request)
	}
	return strings.Join(parts, " ")
}

// RecordHash is the hash of a record in the tree.
func RecordHash(record []byte) Hash { return Hash(tlog.RecordHash(record)) }

// A tree is the roots of the full subtrees of a Merkle tree that grows, the
// largest first. Its size has a binary digit for each.
type tree struct {
	size  int64
	roots []tlog.Hash
}

// add appends the hash of a record, in amortised constant time.
func (t *tree) add(h Hash) {
	node := tlog.Hash(h)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.roots) - 1
		node = tlog.NodeHash(t.roots[last], node)
		t.roots = t.roots[:last]
	}
	t.roots = append(t.roots, node)
	t.size++
}

// root is the root hash, that of nothing for an empty tree.
func (t *tree) root() Hash {
	if len(t.roots) == 0 {
		return sha256.Sum256(nil)
	}
	last := len(t.roots) - 1
	node := t.roots[last]
	for i := last - 1; i >= 0; i-- {
		node = tlog.NodeHash(t.roots[i], node)
	}
	return Hash(node)
}

// shorten cuts text of others, for messages.
func shorten(s string) string { return strings.ToValidUTF8(fmt.Sprintf("%.120s", s), "�") }

// fields are the members of a canonical row.
func fields(body string) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &m) != nil {
		return map[string]json.RawMessage{}
	}
	return m
}
