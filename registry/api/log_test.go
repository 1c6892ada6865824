package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"jieming/registry"
	"jieming/registry/audit"
)

// fakeProofs is a log with one record for each of its events, all signed.
type fakeProofs struct {
	note   string
	hashes fakeTree
	public audit.Verifier
	late   bool // no checkpoint covers anything yet
}

// fakeTree is a tree as package tlog keeps it.
type fakeTree []tlog.Hash

func (t fakeTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t[x]
	}
	return out, nil
}

func fakeRecord(n int64) []byte {
	return fmt.Appendf(nil, "row %d event %d I %s", n+1, n, audit.RecordHash([]byte("secret of a row")))
}

func newFakeProofs() *fakeProofs {
	f := &fakeProofs{}
	for n := range int64(20) {
		more, err := tlog.StoredHashes(n, fakeRecord(n), f.hashes)
		if err != nil {
			panic(err)
		}
		f.hashes = append(f.hashes, more...)
	}
	root, err := tlog.TreeHash(20, f.hashes)
	if err != nil {
		panic(err)
	}
	secret, public, err := audit.NewKey("civil.example/log")
	if err != nil {
		panic(err)
	}
	by, err := audit.ReadSigner(secret)
	if err != nil {
		panic(err)
	}
	if f.public, err = audit.ReadVerifier(public); err != nil {
		panic(err)
	}
	f.note, err = audit.Checkpoint{Origin: by.Name(), Size: 20, Root: audit.Hash(root), Seq: 20, At: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}.Sign(by)
	if err != nil {
		panic(err)
	}
	return f
}

func (f *fakeProofs) LatestCheckpoint(context.Context) (string, error) {
	if f.late {
		return "", registry.NotFound("checkpoint of the log", "yet")
	}
	return f.note, nil
}

func (f *fakeProofs) Prove(_ context.Context, relation string, id int64, shown bool) (*audit.Proof, error) {
	if relation != "event" || shown {
		panic("a public proof is of an event, and shows no row")
	}
	if f.late {
		return nil, &registry.Error{Kind: registry.KindConflict, Message: "not yet"}
	}
	return audit.Prove(fakeRecord(id), id, nil, f.note, f.hashes)
}

// A public proof is checked without the service, and holds nothing of the row.
func TestProof(t *testing.T) {
	proofs := newFakeProofs()
	o := testOptions()
	o.Proofs = proofs
	s := newServer(newFake(), o)
	w := ask(t, s, "GET", "/api/log/proof/9")
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	text := w.Body.String()
	p, err := audit.ReadProof(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Verify([]audit.Verifier{proofs.public}); err != nil || c.Size != 20 || p.N != 9 {
		t.Errorf("%+v, %v", c, err)
	}
	if p.Row != nil || strings.Contains(text, "secret") {
		t.Errorf("the proof shows the row: %s", text)
	}
}

// An event that is in the log and not public answers as one that there is not.
func TestProof_tells_nothing_of_what_is_not_public(t *testing.T) {
	s := newServer(newFake(), testOptions())
	hidden, unknown := ask(t, s, "GET", "/api/log/proof/11"), ask(t, s, "GET", "/api/log/proof/777")
	if hidden.Code != http.StatusNotFound || unknown.Code != http.StatusNotFound {
		t.Fatalf("hidden %d, unknown %d", hidden.Code, unknown.Code)
	}
	if a, b := strings.ReplaceAll(hidden.Body.String(), "11", "N"), strings.ReplaceAll(unknown.Body.String(), "777", "N"); a != b {
		t.Errorf("they differ:\n%s\n%s", a, b)
	}
}

func TestCheckpoint(t *testing.T) {
	proofs := newFakeProofs()
	o := testOptions()
	o.Proofs = proofs
	s := newServer(newFake(), o)
	text := ask(t, s, "GET", "/api/log/checkpoint.txt")
	if text.Body.String() != proofs.note || text.Header().Get("Content-Type") != "text/plain; charset=utf-8" || text.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%v %s", text.Header(), text.Body)
	}
	var c Checkpoint
	if err := json.Unmarshal(ask(t, s, "GET", "/api/log/checkpoint").Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if c.Note != proofs.note || c.Size != 20 || c.Entry != 20 || len(c.Signers) != 1 || c.Signers[0] != "civil.example/log" {
		t.Errorf("%+v", c)
	}
	proofs.late = true
	if w := ask(t, s, "GET", "/api/log/checkpoint"); w.Code != http.StatusNotFound {
		t.Errorf("without a checkpoint: %d", w.Code)
	}
	if w := ask(t, s, "GET", "/api/log/proof/9"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("before a checkpoint: %d %v", w.Code, w.Header())
	}
}
