package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"jieming/registry"
)

// Proof proves that one record is in the tree of a checkpoint.
type Proof struct {
	Record     string `json:"record"`        // as docs/log.md says
	N          int64  `json:"n"`             // its position in the tree, from 0
	Hashes     []Hash `json:"hashes"`        // of the audit path, from the record up
	Checkpoint string `json:"checkpoint"`    // the signed note
	Row        *Row   `json:"row,omitempty"` // the row whose digest is in the record, if it is shown
}

// largestProof is the largest proof that is read, in bytes.
const largestProof = longestLine

// ReadProof reads a proof.
func ReadProof(r io.Reader) (*Proof, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestProof+1))
	if err != nil {
		return nil, fmt.Errorf("read proof: %w", err)
	}
	p := new(Proof)
	if len(text) > largestProof {
		err = errors.New("it is too large")
	} else {
		err = json.Unmarshal(text, p)
	}
	if err != nil {
		return nil, &registry.Error{Kind: registry.KindInvalid, Field: "proof", Message: "is not a proof of jieming audit prove", Err: err}
	}
	return p, nil
}

// Prove makes the proof of a record in the tree of a checkpoint.
func Prove(record []byte, n int64, row *Row, note string, hashes tlog.HashReader) (*Proof, error) {
	c, _, err := ParseCheckpoint(note, nil)
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(c.Size, n, hashes)
	if err != nil {
		return nil, fmt.Errorf("prove record %d: %w", n, err)
	}
	p := &Proof{Record: string(record), N: n, Checkpoint: note, Row: row, Hashes: make([]Hash, len(path))}
	for i, h := range path {
		p.Hashes[i] = Hash(h)
	}
	return p, nil
}

// Verify checks a proof by itself: that the row has the digest in the record,
// that the record is in the tree, and that every key signed it.
func (p *Proof) Verify(keys []Verifier) (Checkpoint, error) {
	c, signers, err := ParseCheckpoint(p.Checkpoint, keys)
	if err != nil {
		return c, err
	}
	v := &verifier{trust: Trust{Keys: keys}}
	if name := v.unsigned(signers); name != "" {
		return c, registry.Invalid("checkpoint", "is not signed by "+name)
	}
	path := make(tlog.RecordProof, len(p.Hashes))
	for i, h := range p.Hashes {
		path[i] = tlog.Hash(h)
	}
	if p.N < 0 || p.N >= c.Size {
		return c, registry.Invalid("n", "is not a record of this tree")
	}
	if err := tlog.CheckRecord(path, c.Size, tlog.Hash(c.Root), p.N, tlog.RecordHash([]byte(p.Record))); err != nil {
		return c, &registry.Error{Kind: registry.KindInvalid, Field: "hashes", Message: "do not lead from the record to the root of the checkpoint", Err: err}
	}
	if p.Row != nil {
		return c, p.checkRow()
	}
	return c, nil
}

// Step is one node on the way from a record up to the root of a tree.
type Step struct {
	Left     bool  // the sibling stands to the left of what was proved so far
	From, To int64 // the records below the sibling: From to To-1
	Sibling  Hash
	Node     Hash // the hash of both
}

// Steps is the way from the record to the root that the proof takes, for people
// who want to follow it: the node of the last step is the root. It takes the
// proof as it is; call Verify to know whether it holds.
func (p *Proof) Steps() ([]Step, error) {
	c, _, err := ParseCheckpoint(p.Checkpoint, nil)
	if err != nil {
		return nil, err
	}
	if p.N < 0 || p.N >= c.Size {
		return nil, registry.Invalid("n", "is not a record of this tree")
	}
	var steps []Step // from the root down
	for lo, hi := int64(0), c.Size; hi-lo > 1; {
		middle := lo + int64(1)<<(bits.Len64(uint64(hi-lo-1))-1)
		if p.N < middle {
			steps = append(steps, Step{From: middle, To: hi})
			hi = middle
		} else {
			steps = append(steps, Step{Left: true, From: lo, To: middle})
			lo = middle
		}
	}
	if len(steps) != len(p.Hashes) {
		return nil, registry.Invalid("hashes", fmt.Sprintf("are %d, and the way to the root has %d", len(p.Hashes), len(steps)))
	}
	slices.Reverse(steps)
	node := RecordHash([]byte(p.Record))
	for i := range steps {
		s := &steps[i]
		s.Sibling = p.Hashes[i]
		if s.Left {
			node = Hash(tlog.NodeHash(tlog.Hash(s.Sibling), tlog.Hash(node)))
		} else {
			node = Hash(tlog.NodeHash(tlog.Hash(node), tlog.Hash(s.Sibling)))
		}
		s.Node = node
	}
	return steps, nil
}

func (p *Proof) checkRow() error {
	var word, relation, op, digest string
	var seq, id int64
	if n, err := fmt.Sscanf(p.Record, "%s %d %s %d %s %s", &word, &seq, &relation, &id, &op, &digest); n != 6 || err != nil || word != "row" {
		return registry.Invalid("record", "is not that of a row")
	}
	if p.Row.digest(relation, op).String() != digest {
		return registry.Invalid("row", "is not the one that was recorded")
	}
	return nil
}
