package audit

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func key(t testing.TB, name string) (Signer, Verifier) {
	t.Helper()
	secret, public, err := NewKey(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ReadVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// stored is a tree as package tlog keeps it: the second opinion.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s[x]
	}
	return out, nil
}

func TestTree_hasTheRootOfTlog(t *testing.T) {
	var mine tree
	var theirs stored
	for n := range int64(300) {
		record := fmt.Append(nil, "record ", n)
		mine.add(RecordHash(record))
		more, err := tlog.StoredHashes(n, record, theirs)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, more...)
		root, err := tlog.TreeHash(n+1, theirs)
		if err != nil || Hash(root) != mine.root() {
			t.Fatalf("size %d: %v, want %v, %v", n+1, mine.root(), root, err)
		}
	}
}

// Two entries never have one record, whatever stands in their texts.
func TestRecord_isUnambiguous(t *testing.T) {
	texts := rapid.OneOf(rapid.SampledFrom([]string{"", "-", "1:a", "a", "a 5", "5", "a 1:b", "1:b"}), rapid.String())
	entries := rapid.Custom(func(t *rapid.T) Entry {
		return Entry{Seq: 1, At: time.Unix(0, 0), Actor: texts.Draw(t, "actor"), Request: texts.Draw(t, "request"), Case: rapid.Int64Range(0, 9).Draw(t, "case")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := entries.Draw(t, "a"), entries.Draw(t, "b")
		if a != b && bytes.Equal(a.Record(), b.Record()) {
			t.Fatalf("one record for %+v and %+v", a, b)
		}
	})
}

func TestCheckpoint_roundTrip(t *testing.T) {
	by, public := key(t, "civil.example/log")
	_, other := key(t, "civil.example/log")
	c := Checkpoint{Origin: "civil.example/log", Size: 12, Root: RecordHash(nil), Seq: 3, At: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
	note, err := c.Sign(by)
	if err != nil {
		t.Fatal(err)
	}
	got, signers, err := ParseCheckpoint(note, []Verifier{public})
	if err != nil || got != c || len(signers) != 1 {
		t.Errorf("%+v, %v, %v", got, signers, err)
	}
	if _, signers, err := ParseCheckpoint(note, []Verifier{other}); err != nil || len(signers) != 0 {
		t.Errorf("another key of the same name: %v, %v", signers, err)
	}
	if _, _, err := ParseCheckpoint(strings.Replace(note, "\n12\n", "\n13\n", 1), []Verifier{public}); err == nil {
		t.Error("a changed size is still signed")
	}
	for _, bad := range []string{"", "x", "a\n1\n\n— x AAAA\n", strings.Replace(note, "\n12\n", "\n012\n", 1), strings.Replace(note, "seq 3", "seq x", 1)} {
		if _, _, err := ParseCheckpoint(bad, nil); err == nil {
			t.Errorf("read %q", bad)
		}
	}
}

func TestNewKey_refusesBadNames(t *testing.T) {
	for _, name := range []string{"", "ab", "with space", "民政厅", "a+b", "UPPER.example"} {
		if _, _, err := NewKey(name); err == nil {
			t.Errorf("made a key for %q", name)
		}
	}
	if _, err := ReadSigner("PRIVATE+KEY+secret"); err == nil || strings.Contains(err.Error(), "secret+") {
		t.Errorf("%v", err)
	}
}

// The steps of a proof lead to the root, whatever the size of the tree, and name
// siblings that cover all other records once.
func TestSteps_leadToTheRoot(t *testing.T) {
	by, _ := key(t, "civil.example/log")
	rapid.Check(t, func(t *rapid.T) {
		var hashes stored
		size := rapid.Int64Range(1, 70).Draw(t, "size")
		for n := range size {
			more, err := tlog.StoredHashes(n, fmt.Append(nil, "record ", n), hashes)
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, more...)
		}
		root, err := tlog.TreeHash(size, hashes)
		if err != nil {
			t.Fatal(err)
		}
		note, err := Checkpoint{Origin: "x", Size: size, Root: Hash(root)}.Sign(by)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.Int64Range(0, size-1).Draw(t, "n")
		p, err := Prove(fmt.Append(nil, "record ", n), n, nil, note, hashes)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := p.Steps()
		if err != nil {
			t.Fatal(err)
		}
		node, covered := RecordHash([]byte(p.Record)), int64(1)
		for _, s := range steps {
			node, covered = s.Node, covered+s.To-s.From
			if s.From <= n && n < s.To {
				t.Errorf("the sibling %d to %d covers record %d", s.From, s.To, n)
			}
		}
		if node != Hash(root) || covered != size {
			t.Errorf("record %d of %d: %v, want %v; %d records covered", n, size, node, root, covered)
		}
	})
}

// exported is a small log as a file.
func exported(t testing.TB) []byte {
	body := `{"id": 1, "name": "甲"}`
	leaf := &Leaf{Relation: "unit", Row: 1, Op: "I", Stored: &Row{Body: body, Born: 1}}
	leaf.Digest = leaf.Stored.digest("unit", "I")
	items := func(yield func(*Item, error) bool) {
		_ = yield(&Item{Entry: &Entry{Seq: 1, At: time.Unix(1, 0).UTC(), Actor: "x", Leaves: 1}}, nil) &&
			yield(&Item{Leaf: leaf}, nil) && yield(&Item{End: &End{Entries: 1, Size: 2}}, nil)
	}
	var b bytes.Buffer
	if err := Write(&b, Head{}, items, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead_refusesWhatIsCutOff(t *testing.T) {
	whole := exported(t)
	if r, err := Verify(Read(bytes.NewReader(whole)), Trust{}); err != nil || r.Problems != 1 { // the digest of the entry is none
		t.Errorf("%+v, %v", r, err)
	}
	for n := range len(whole) {
		if _, err := Verify(Read(bytes.NewReader(whole[:n])), Trust{}); err == nil {
			t.Errorf("the first %d of %d bytes pass", n, len(whole))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(exported(f))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = Verify(Read(bytes.NewReader(data)), Trust{})
		_, _ = Compare(Read(bytes.NewReader(data)), Read(bytes.NewReader(data)))
	})
}

func FuzzItem(f *testing.F) {
	f.Add("{\"log\":{\"format\":1}}\n{\"entry\":{\"seq\":1,\"leaves\":0}}\n{\"checkpoint\":\"a\\n1\\nAA==\\n\\n— x AAAAAAA=\\n\"}\n{\"end\":{\"entries\":1,\"size\":1}}")
	f.Fuzz(func(t *testing.T, lines string) {
		_, _ = Verify(readLines(strings.NewReader(lines)), Trust{})
		_, _ = Compare(readLines(strings.NewReader(lines)), readLines(strings.NewReader(lines)))
	})
}

func FuzzCheckpoint(f *testing.F) {
	by, public := key(f, "civil.example/log")
	note, err := Checkpoint{Origin: "x", Size: 1}.Sign(by)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(note)
	f.Fuzz(func(t *testing.T, text string) {
		c, signers, err := ParseCheckpoint(text, []Verifier{public})
		if err == nil && len(signers) > 0 && c.Size < 1 {
			t.Errorf("a signed checkpoint of size %d", c.Size)
		}
	})
}

func FuzzProof(f *testing.F) {
	f.Add(`{"record":"row 1 unit 1 I 00","n":0,"hashes":[],"checkpoint":"","row":{"body":"{}"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ReadProof(strings.NewReader(text)); err == nil {
			_, _ = p.Verify(nil)
			_, _ = p.Steps()
		}
	})
}
