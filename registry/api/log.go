package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
	"jieming/registry/audit"
)

// Proofs answers for the log: what was signed, and that an event is in it.
type Proofs interface {
	// LatestCheckpoint returns the latest signed note. KindNotFound for none.
	LatestCheckpoint(ctx context.Context) (note string, err error)
	// Prove proves that a row is in the latest checkpoint, by digests alone unless
	// it is shown. KindConflict for one that no checkpoint covers yet.
	Prove(ctx context.Context, relation string, id int64, shown bool) (*audit.Proof, error)
}

func (s *server) logRoutes() {
	checkpoint := operation("getCheckpoint", "/api/log/checkpoint", tagLog, "The latest checkpoint of the log",
		"A signed note that says what the log was: how many records, and the root hash of their tree. Keep it: whoever has one finds any later change of what was before it. It covers all of the log, also what is not public, and tells nothing of it but its size.")
	describe[Checkpoint](s, &checkpoint, typeJSON)
	checkpoint.Responses["200"].Headers["Cache-Control"] = header("There is a new one each hour", "no-cache")
	handle(s, checkpoint, s.checkpoint)

	text := operation("getCheckpointNote", "/api/log/checkpoint.txt", tagLog, "The latest checkpoint as a note", "The note itself, byte for byte, as jieming audit verify reads it.")
	describeBody(&text, "text/plain; charset=utf-8", &huma.Schema{Type: huma.TypeString, Description: "The signed note"})
	text.Responses["200"].Headers["Cache-Control"] = header("There is a new one each hour", "no-cache")
	handle(s, text, s.checkpointNote)

	onLife(s, huma.Operation{
		OperationID: "proveEvent", Path: "/api/log/proof/{id}", Tags: []string{tagLog},
		Summary: "That an event is in the log",
		Description: "A proof that the record of a public event is in the tree of the latest checkpoint. It holds digests, no data, and is checked without this service: jieming audit verify --proof FILE --key audit.key.pub. " +
			"An event that is not public answers as one that there is not. 503 until a checkpoint covers it, which the server signs within seconds of a release.",
	}, s.proof)
}

// Checkpoint is a checkpoint of the log.
type Checkpoint struct {
	Origin  string    `json:"origin" example:"minzheng.example/jieming" doc:"The installation"`
	Size    int64     `json:"size" example:"54618" doc:"How many records the tree has"`
	Root    string    `json:"root" example:"f0fa59d19e0b5c43e2b09d1a3a3b4a5d6c7f8091a2b3c4d5e6f708192a3b4c5d" doc:"The root hash of the tree, in hexadecimal"`
	Entry   int64     `json:"entry" example:"812" doc:"The last entry of the log in it"`
	At      time.Time `json:"at" example:"2026-11-28T09:53:20Z" doc:"When it was signed"`
	Signers []string  `json:"signers" example:"[\"minzheng.example/jieming\"]" doc:"Whose signatures it bears; check them with the keys of these"`
	Note    string    `json:"note" example:"minzheng.example/jieming\n54618\n…" doc:"The signed note, byte for byte"`
	Links   []Link    `json:"links" doc:"self, and the note as text"`
}

func (s *server) checkpoint(c *call, _ *noInput) error {
	note, err := s.Proofs.LatestCheckpoint(c.ctx())
	if err != nil {
		return err
	}
	k, _, err := audit.ParseCheckpoint(note, nil)
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-cache")
	return c.write(typeJSON, &Checkpoint{Origin: k.Origin, Size: k.Size, Root: k.Root.String(), Entry: k.Seq, At: k.At, Signers: audit.Signers(note), Note: note,
		Links: []Link{c.self(typeJSON), {Href: c.base + "/api/log/checkpoint.txt", Rel: "alternate", Type: "text/plain"}}})
}

func (s *server) checkpointNote(c *call, _ *noInput) error {
	note, err := s.Proofs.LatestCheckpoint(c.ctx())
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-cache")
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = c.w.Write([]byte(note)) // a client that is gone cannot be told so
	return nil
}

// Proof is a proof as jieming audit verify --proof reads it.
type Proof struct {
	Record     string   `json:"record" example:"row 3 event 17 I 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" doc:"The record of the event in the log: which entry wrote it, and the digest of its row"`
	N          int64    `json:"n" example:"412" doc:"Its position in the tree, from 0"`
	Hashes     []string `json:"hashes" example:"[\"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"]" doc:"The hashes beside the way from the record up to the root"`
	Checkpoint string   `json:"checkpoint" example:"minzheng.example/jieming\n54618\n…" doc:"The signed note"`
}

func (s *server) proof(c *call, m *moment, in *LifeInput) (*Proof, error) {
	// Whether there is such an event is for the publication to say, not for the log.
	if _, err := s.reg.Event(c.ctx(), registry.EventID(in.id), m.at.Recorded); err != nil {
		return nil, err
	}
	p, err := s.Proofs.Prove(c.ctx(), "event", in.id, false)
	if registry.KindOf(err) == registry.KindConflict {
		return nil, &registry.Error{Kind: registry.KindUnavailable, Message: "no checkpoint covers this event yet; one is signed within the hour"}
	}
	if err != nil {
		return nil, err
	}
	out := &Proof{Record: p.Record, N: p.N, Checkpoint: p.Checkpoint, Hashes: make([]string, len(p.Hashes))}
	for i, h := range p.Hashes {
		out.Hashes[i] = h.String()
	}
	return out, nil
}
