package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"jieming/registry"
)

// Trust is what a verifier brings from outside. Without any of it, a log is
// proved to agree with itself only, and whoever rewrote all of it is not found.
type Trust struct {
	Keys  []Verifier // public keys: a checkpoint must bear the signature of each, if any are given
	Notes []string   // checkpoints kept outside
}

// Finding is one thing that is wrong.
type Finding struct {
	Subject string `json:"subject"` // which entry, row or checkpoint
	Detail  string `json:"detail"`  // what is wrong with it
}

// mostFindings is where a list of findings ends; they are counted on.
const mostFindings = 100

// Report is what a verification found.
type Report struct {
	Entries     int64        `json:"entries"`
	Size        int64        `json:"size"` // records of the tree
	Root        Hash         `json:"root"`
	Head        Hash         `json:"head"`        // digest of the last entry
	Checkpoints []Checkpoint `json:"checkpoints"` // those that the log was proved to extend, by size
	Outside     int          `json:"outside"`     // how many of these were brought, or bear a signature of the keys given
	Findings    []Finding    `json:"findings"`    // at most 100
	Problems    int          `json:"problems"`    // all of them
}

// Err is nil if nothing was found.
func (r *Report) Err() error {
	if r.Problems == 0 {
		return nil
	}
	return &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("the log is not what it was: %d found", r.Problems)}
}

func (r *Report) found(subject, format string, args ...any) {
	r.Problems++
	if len(r.Findings) < mostFindings {
		r.Findings = append(r.Findings, Finding{subject, fmt.Sprintf(format, args...)})
	}
}

// Verify proves a log: each digest of the chain, each row against its leaf, and
// that the tree is, and has been, what checkpoints say, those in the log and
// those that are brought. What is wrong is in the report; an error means that
// the log could not be read to its end. It streams: memory is a little for each
// closed row whose closing is still to come.
func Verify(log Items, trust Trust) (*Report, error) {
	v := &verifier{report: &Report{Findings: []Finding{}, Checkpoints: []Checkpoint{}}, trust: trust, closing: map[rowKey]int64{}, hidden: map[rowKey]bool{}}
	for _, text := range trust.Notes {
		c, _, err := ParseCheckpoint(text, trust.Keys)
		if err != nil {
			return nil, err
		}
		v.kept = append(v.kept, kept{c, text})
	}
	slices.SortStableFunc(v.kept, func(a, b kept) int { return int(min(max(a.Size-b.Size, -1), 1)) })
	for item, err := range log {
		if err != nil {
			return nil, err
		}
		if err := v.item(item); err != nil {
			return nil, err
		}
	}
	if !v.ended {
		return nil, errors.New("the log has no end")
	}
	return v.report, nil
}

// rowKey names a row.
type rowKey struct {
	relation string
	id       int64
}

func (k rowKey) String() string { return fmt.Sprintf("%s row %d", shorten(k.relation), k.id) }

// kept is a checkpoint from outside.
type kept struct {
	Checkpoint
	text string
}

type verifier struct {
	report *Report
	trust  Trust
	kept   []kept // still to come, by size
	tree   tree

	entry   *Entry // the one whose leaves come
	leaves  int
	digests hash.Hash
	last    *Entry

	closing map[rowKey]int64 // rows that must be closed, by which entry
	hidden  map[rowKey]bool  // rows of this entry that it must close, too
	good    Checkpoint       // the largest that the log extends
	ended   bool
}

func (v *verifier) item(i *Item) error {
	if i.Leaf == nil && v.entry != nil {
		v.closeEntry()
	}
	switch {
	case i.Entry != nil:
		v.open(i.Entry)
	case i.Leaf != nil && v.entry == nil:
		return errors.New("the log has a leaf outside of an entry")
	case i.Leaf != nil:
		v.leaf(i.Leaf)
	case i.Checkpoint != nil:
		return v.checkpoint(*i.Checkpoint, false)
	case i.Stray != nil:
		v.report.found(rowKey{i.Stray.Relation, i.Stray.ID}.String(), "is not in the log: it was added, or its recorded time was altered")
	case i.End != nil:
		return v.end(i.End)
	}
	return nil
}

func (v *verifier) open(e *Entry) {
	v.entry, v.leaves, v.digests = e, 0, sha256.New()
	name := fmt.Sprintf("log entry %d", e.Seq)
	if v.last != nil {
		v.digests.Write(v.last.Digest[:])
		if e.Seq != v.last.Seq+1 || !e.At.After(v.last.At) {
			v.report.found(name, "does not follow entry %d in number and time", v.last.Seq)
		}
	} else if e.Seq != 1 {
		v.report.found(name, "is the first, so that entries before it were removed")
	}
	v.digests.Write([]byte(e.header()))
}

func (v *verifier) leaf(l *Leaf) {
	v.leaves++
	v.digests.Write(l.Digest[:])
	key := rowKey{l.Relation, l.Row}
	h := RecordHash(l.Record(v.entry.Seq))
	v.tree.add(h)
	if l.Tree != nil && *l.Tree != h {
		v.report.found(key.String(), "stands in the tree with another digest than in the log (entry %d): the log was rewritten", v.entry.Seq)
	}
	if l.Stored == nil {
		v.report.found(key.String(), "is in the log (entry %d) but not in its table: it was removed", v.entry.Seq)
		return
	}
	if l.Stored.digest(l.Relation, l.Op) != l.Digest {
		v.report.found(key.String(), "was altered after log entry %d", v.entry.Seq)
	}
	v.recorded(key, l)
}

// recorded compares the entries that a row says wrote and closed it with those
// that the log says did.
func (v *verifier) recorded(key rowKey, l *Leaf) {
	seq := v.entry.Seq
	switch {
	case l.Op == "I" && l.Stored.Hidden:
		v.hidden[key] = true
	case l.Op == "I":
		if l.Stored.Born != seq {
			v.report.found(key.String(), "says that entry %d wrote it, but entry %d did: its recorded time was altered", l.Stored.Born, seq)
		}
		if l.Stored.Closed != 0 {
			v.closing[key] = l.Stored.Closed
		}
	case l.Op == "C" && l.Stored.Hidden && v.hidden[key]:
		delete(v.hidden, key)
	case l.Op == "C" && v.closing[key] == seq:
		delete(v.closing, key)
	case l.Op == "C":
		v.report.found(key.String(), "was closed by entry %d, but does not say so: its recorded time was altered", seq)
		delete(v.closing, key)
	default:
		v.report.found(key.String(), "has an unknown operation %q in entry %d", shorten(l.Op), seq)
	}
}

func (v *verifier) closeEntry() {
	e := v.entry
	name := fmt.Sprintf("log entry %d", e.Seq)
	if v.leaves != e.Leaves {
		v.report.found(name, "has %d leaves and says %d", v.leaves, e.Leaves)
	}
	if Hash(v.digests.Sum(nil)) != e.Digest {
		v.report.found(name, "its digest does not match what is stored")
	}
	h := RecordHash(e.Record())
	v.tree.add(h)
	if e.Tree != nil && *e.Tree != h {
		v.report.found(name, "stands in the tree with another hash: the log was rewritten")
	}
	for key := range v.hidden {
		v.report.found(key.String(), "says that it was never seen, but entry %d did not close it", e.Seq)
	}
	clear(v.hidden)
	v.report.Entries++
	v.last, v.entry = e, nil
	v.compareKept(false)
}

// compareKept compares the checkpoints from outside that end here, or, at the
// end of the log, all that are left.
func (v *verifier) compareKept(all bool) {
	for len(v.kept) > 0 && (all || v.kept[0].Size <= v.tree.size) {
		// A note from outside is evidence by itself; its signature was checked.
		_ = v.checkpoint(v.kept[0].text, true)
		v.kept = v.kept[1:]
	}
}

// checkpoint compares a checkpoint with the tree as far as it was read.
func (v *verifier) checkpoint(text string, outside bool) error {
	c, signers, err := ParseCheckpoint(text, v.trust.Keys)
	if err != nil {
		if outside {
			return err
		}
		v.report.found("a checkpoint in the log", "%v", err)
		return nil
	}
	name := fmt.Sprintf("checkpoint of %d records", c.Size)
	if !c.At.IsZero() {
		name += fmt.Sprintf(" (entry %d, %s)", c.Seq, c.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if unsigned := v.unsigned(signers); unsigned != "" {
		v.report.found(name, "is not signed by %s", unsigned)
		return nil
	}
	switch {
	case c.Size > v.tree.size && v.last != nil && c.Seq != 0 && c.Seq <= v.last.Seq:
		v.report.found(name, "has more records than the log: %s was removed", v.since(c))
	case c.Size > v.tree.size:
		v.report.found(name, "says more than the log has, which ends with %s: the end was cut off", v.reached())
	case c.Size < v.tree.size || c.Root != v.tree.root() || v.last == nil || c.Seq != 0 && c.Seq != v.last.Seq:
		v.report.found(name, "is not of this log: %s was rewritten", v.since(c))
	default:
		if c.Size > v.good.Size {
			v.good = c
			v.report.Checkpoints = append(v.report.Checkpoints, c)
		}
		if outside || len(v.trust.Keys) > 0 {
			v.report.Outside++
		}
	}
	return nil
}

// unsigned names the first key whose signature is missing.
func (v *verifier) unsigned(signers []string) string {
	for _, k := range v.trust.Keys {
		if !slices.Contains(signers, k.Name()) {
			return k.Name()
		}
	}
	return ""
}

func (v *verifier) reached() string {
	if v.last == nil {
		return "nothing"
	}
	return fmt.Sprintf("%d (entry %d)", v.tree.size, v.last.Seq)
}

// since says where a rewriting lies that a checkpoint shows.
func (v *verifier) since(c Checkpoint) string {
	from := v.good.Seq + 1
	if v.good.Size == 0 {
		from = 1
	}
	if c.Seq <= from {
		return fmt.Sprintf("entry %d", from)
	}
	return fmt.Sprintf("something from entry %d to entry %d", from, c.Seq)
}

func (v *verifier) end(e *End) error {
	v.ended = true
	for _, key := range sortedKeys(v.closing) {
		v.report.found(key.String(), "says that entry %d closed it, but that entry did not: its recorded time was altered", v.closing[key])
	}
	v.compareKept(true)
	v.report.Size, v.report.Root = v.tree.size, v.tree.root()
	if v.last != nil {
		v.report.Head = v.last.Digest
	}
	if e.Entries != v.report.Entries || e.Size != v.report.Size {
		return fmt.Errorf("the log has %d entries and %d records, and says %d and %d", v.report.Entries, v.report.Size, e.Entries, e.Size)
	}
	return nil
}

func sortedKeys(m map[rowKey]int64) []rowKey {
	keys := make([]rowKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b rowKey) int {
		if c := strings.Compare(a.relation, b.relation); c != 0 {
			return c
		}
		return int(min(max(a.id-b.id, -1), 1))
	})
	return keys
}
