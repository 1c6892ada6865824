package audit

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"jieming/registry"
)

// Signer and Verifier are what a kind of signature has to offer. Ed25519 is the
// one there is; another, such as SM2 with SM3, is another implementation, told
// apart by the first byte of its public key.
type (
	Signer   = note.Signer
	Verifier = note.Verifier
)

// Checkpoint says what the tree was at a time.
type Checkpoint struct {
	Origin string    // the installation
	Size   int64     // records of the tree
	Root   Hash      // its root hash
	Seq    int64     // the last entry in it
	At     time.Time // when it was signed, UTC, in seconds
}

// text is what is signed: the three lines of a transparency log, then ours.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\nseq %d\ntime %s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.Seq, c.At.UTC().Format(time.RFC3339))
}

// Sign returns the checkpoint as a signed note.
func (c Checkpoint) Sign(s Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, s)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(signed), nil
}

// largestNote is the largest note that is read, in bytes.
const largestNote = 64 << 10

// ParseCheckpoint reads a note. It returns the names of those of the keys whose
// signature it bears; whether that is enough is for the caller to say. A wrong
// signature under the name of a key is an error.
func ParseCheckpoint(text string, keys []Verifier) (c Checkpoint, signers []string, err error) {
	if len(text) > largestNote {
		return c, nil, registry.Invalid("checkpoint", "is larger than any checkpoint")
	}
	n, err := note.Open([]byte(text), note.VerifierList(keys...))
	if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return c, nil, &registry.Error{Kind: registry.KindInvalid, Field: "checkpoint", Message: "is not a signed note, or its signature is wrong", Err: err}
	}
	for _, s := range n.Sigs {
		signers = append(signers, s.Name)
	}
	c, err = parseText(n.Text)
	return c, signers, err
}

// Signers names those whose signatures stand under a note, whether or not they
// are right: nobody has checked them.
func Signers(text string) (names []string) {
	_, err := note.Open([]byte(text), note.VerifierList())
	if unverified := (*note.UnverifiedNoteError)(nil); errors.As(err, &unverified) {
		for _, s := range unverified.Note.UnverifiedSigs {
			names = append(names, s.Name)
		}
	}
	return names
}

func parseText(text string) (c Checkpoint, err error) {
	malformed := registry.Invalid("checkpoint", "is a note, but not the checkpoint of a log")
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return c, malformed
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size <= 0 || lines[1] != fmt.Sprint(c.Size) {
		return c, malformed
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || copy(c.Root[:], root) != len(c.Root) || len(root) != len(c.Root) {
		return c, malformed
	}
	for _, line := range lines[3:] {
		key, value, _ := strings.Cut(line, " ")
		switch key { // lines of others are theirs
		case "seq":
			c.Seq, err = strconv.ParseInt(value, 10, 64)
		case "time":
			c.At, err = time.Parse(time.RFC3339, value)
		}
		if err != nil {
			return c, malformed
		}
	}
	return c, nil
}

// Cosign adds a signature to a note and returns the line of it.
func Cosign(text string, s Signer) (line string, err error) {
	body, err := noteText(text)
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: body}, s)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	_, line, _ = strings.Cut(string(signed), "\n\n")
	return line, nil
}

// noteText is what the signatures of a note are over.
func noteText(text string) (string, error) {
	body, _, ok := strings.Cut(text, "\n\n")
	if !ok {
		return "", registry.Invalid("checkpoint", "is not a signed note")
	}
	return body + "\n", nil
}

var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9./-]{2,99}$`)

// NewKey makes a key. The name is that of whoever signs: a domain with a path,
// such as minzheng.example/jieming. The secret stays where it is made; public
// is for everybody.
func NewKey(name string) (secret, public string, err error) {
	if !goodName.MatchString(name) {
		return "", "", registry.Invalid("name", fmt.Sprintf("%q is not a name for a key; write a domain, perhaps with a path, in lower case: minzheng.example/jieming", shorten(name)))
	}
	return note.GenerateKey(rand.Reader, name)
}

// ReadSigner reads a secret key. Its text never appears in an error.
func ReadSigner(secret string) (Signer, error) {
	s, err := note.NewSigner(strings.TrimSpace(secret))
	if err != nil {
		return nil, registry.Invalid("key", "is not a secret key of jieming audit key")
	}
	return s, nil
}

// ReadVerifier reads a public key.
func ReadVerifier(public string) (Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(public))
	if err != nil {
		return nil, registry.Invalid("key", "is not a public key of jieming audit key")
	}
	return v, nil
}
