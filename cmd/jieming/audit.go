package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jieming/registry/audit"
	"jieming/registry/postgres"
)

type auditCommand struct {
	Key        auditKeyCommand        `cmd:"" help:"Make a key that signs checkpoints."`
	Checkpoint auditCheckpointCommand `cmd:"" help:"Sign what the log is now, and print the checkpoint."`
	Cosign     auditCosignCommand     `cmd:"" help:"Add the signature of another department to a checkpoint."`
	Export     auditExportCommand     `cmd:"" help:"Write the whole log with its rows as one file."`
	Verify     auditVerifyCommand     `cmd:"" help:"Prove that the log and all that it recorded are what they were."`
	Prove      auditProveCommand      `cmd:"" help:"Prove that one event is in the log."`
}

func (auditCommand) Help() string {
	return "Whoever keeps a checkpoint outside the database can find any later change of what was before it, whoever made it. See docs/log.md.\n\n" +
		"Examples:\n\n    jieming audit checkpoint --data data > checkpoint-2026-11-28.txt\n    jieming audit verify --data data --checkpoint checkpoint-2026-11-28.txt"
}

// storeFlags say which registry a verb works on.
type storeFlags struct {
	databaseFlags
	Data string `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the work when it does not run."`
}

// open opens the registry. Call stop when it is not needed any more.
func (f storeFlags) open(ctx context.Context, c *console) (s *postgres.Store, stop func() error, err error) {
	dsn, stopDatabase, err := checkStoreCommand{databaseFlags: f.databaseFlags, Data: f.Data}.database(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if s, err = postgres.Open(ctx, dsn); err != nil {
		return nil, nil, errors.Join(err, stopDatabase())
	}
	return s, func() error { s.Close(); return stopDatabase() }, nil
}

// keyFlags say where the secret key is.
type keyFlags struct {
	AuditKey string `placeholder:"FILE" type:"path" help:"Secret key that signs checkpoints, made by jieming audit key."`
}

// read reads the secret key.
func (f keyFlags) read() (audit.Signer, error) {
	if f.AuditKey == "" {
		return nil, errors.New("no key given: make one with jieming audit key, and name it with --audit-key FILE or JIEMING_AUDIT_KEY")
	}
	text, err := os.ReadFile(f.AuditKey)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return audit.ReadSigner(string(text))
}

// keyName is where jieming up keeps the key in its data folder.
const keyName = "audit.key"

// inFolder takes the key of a data folder where none is given.
func (f keyFlags) inFolder(data string) keyFlags {
	if data != "" {
		f.AuditKey = cmp.Or(f.AuditKey, filepath.Join(data, keyName))
	}
	return f
}

// makeAuditKey writes a secret key, and beside it the public key. Neither may exist.
func makeAuditKey(name, file string) (public string, err error) {
	secret, public, err := audit.NewKey(name)
	if err != nil {
		return "", err
	}
	if err := writeSecret(file, secret+"\n", 0o600); err != nil {
		return "", fmt.Errorf("write key: %w", err)
	}
	if err := writeSecret(file+".pub", public+"\n", 0o644); err != nil {
		return "", fmt.Errorf("write public key: %w", err)
	}
	return public, nil
}

func writeSecret(file, text string, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// keyOfFolder sees to the key of a data folder.
func keyOfFolder(file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mark := make([]byte, 4)
	_, _ = rand.Read(mark) // never fails
	_, err := makeAuditKey("jieming.local/"+hex.EncodeToString(mark), file)
	return err
}

type auditKeyCommand struct {
	Name string `required:"" placeholder:"NAME" help:"Who signs: a domain of yours, perhaps with a path, such as minzheng.example/jieming."`
	Out  string `required:"" placeholder:"FILE" type:"path" help:"File for the secret key, which must not exist; the public key goes to FILE.pub."`
}

func (auditKeyCommand) Help() string {
	return "Keep the secret key outside of the database and of its backups, readable to the server only. Give the public key to everybody who is to check.\n\n" +
		"Example:\n\n    jieming audit key --name minzheng.example/jieming --out /etc/jieming/audit.key"
}

// Run makes a key and prints its public half.
func (a auditKeyCommand) Run(c *console) error {
	public, err := makeAuditKey(a.Name, a.Out)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, public)
	return nil
}

type auditCheckpointCommand struct {
	storeFlags
	keyFlags
	Latest bool `help:"Print the latest checkpoint there is, with all its signatures, and sign nothing."`
}

func (auditCheckpointCommand) Help() string {
	return "The server does it once an hour, and after each release. Keep what is printed where whoever administers the database cannot change it.\n\n" +
		"Examples:\n\n    jieming audit checkpoint --data data > checkpoint.txt\n    jieming audit checkpoint --audit-key /etc/jieming/audit.key\n    jieming audit checkpoint --latest"
}

// Run signs what the log is and prints the note.
func (a auditCheckpointCommand) Run(ctx context.Context, c *console) (err error) {
	var by audit.Signer
	if !a.Latest {
		if by, err = a.inFolder(a.Data).read(); err != nil {
			return err
		}
	}
	s, stop, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var note string
	if a.Latest {
		note, err = s.LatestCheckpoint(ctx)
	} else {
		note, _, err = s.Checkpoint(ctx, by, by.Name(), time.Now())
	}
	if err != nil {
		return unmigrated(err)
	}
	fmt.Fprint(c.out, note)
	return nil
}

type auditCosignCommand struct {
	storeFlags
	keyFlags
	Checkpoint string   `placeholder:"FILE" type:"path" help:"The checkpoint to sign. Without it, the latest of the registry."`
	Key        []string `placeholder:"FILE.pub" type:"path" help:"Public keys that must have signed it."`
	Line       string   `placeholder:"FILE" type:"path" help:"Add the signature in this file, made elsewhere with --print, instead of signing."`
	Print      bool     `help:"Print the signed checkpoint and change nothing: for who has no access to the database. Needs --checkpoint."`
}

func (auditCosignCommand) Help() string {
	return "Another department signs with a key of its own, after it has checked the log; its signature says that it saw this state of it.\n\n" +
		"Examples:\n\n" +
		"    jieming audit cosign --data data --audit-key /etc/archive.key\n" +
		"    jieming audit cosign --print --checkpoint checkpoint.txt --audit-key archive.key > cosigned.txt\n" +
		"    jieming audit cosign --data data --line cosigned.txt"
}

// Run adds a signature to a checkpoint.
func (a auditCosignCommand) Run(ctx context.Context, c *console) (err error) {
	if a.Print {
		return a.print(c)
	}
	s, stop, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	signed, err := a.sign(ctx, s)
	if err != nil {
		return unmigrated(err)
	}
	return a.keep(ctx, s, signed)
}

// print signs a checkpoint in a file.
func (a auditCosignCommand) print(c *console) error {
	if a.Checkpoint == "" {
		return errors.New("--print signs a file: name it with --checkpoint FILE")
	}
	note, err := a.cosigned(os.ReadFile(a.Checkpoint))
	if err != nil {
		return err
	}
	fmt.Fprint(c.out, note)
	return nil
}

// sign is the note with the new signature.
func (a auditCosignCommand) sign(ctx context.Context, s *postgres.Store) (string, error) {
	if a.Line != "" {
		text, err := os.ReadFile(a.Line)
		return string(text), err
	}
	if a.Checkpoint != "" {
		return a.cosigned(os.ReadFile(a.Checkpoint))
	}
	note, err := s.LatestCheckpoint(ctx)
	return a.cosigned([]byte(note), err)
}

func (a auditCosignCommand) cosigned(note []byte, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("read checkpoint: %w", err)
	}
	by, err := a.read()
	if err != nil {
		return "", err
	}
	keys, err := readKeys(a.Key)
	if err != nil {
		return "", err
	}
	_, signers, err := audit.ParseCheckpoint(string(note), keys)
	if err != nil {
		return "", err
	}
	if len(signers) < len(keys) {
		return "", fmt.Errorf("the checkpoint is signed by %s only", cmp.Or(strings.Join(signers, ", "), "nobody known"))
	}
	line, err := audit.Cosign(string(note), by)
	return string(note) + line, err
}

// keep stores the signatures of a note that the registry lacks.
func (a auditCosignCommand) keep(ctx context.Context, s *postgres.Store, signed string) error {
	checkpoint, _, err := audit.ParseCheckpoint(signed, nil)
	if err != nil {
		return err
	}
	text, lines, _ := bytes.Cut([]byte(signed), []byte("\n\n"))
	all := strings.SplitAfter(strings.TrimSpace(string(lines))+"\n", "\n")
	last := all[len(all)-2]
	words := strings.Fields(last)
	if len(words) != 3 {
		return errors.New("the last line is not a signature")
	}
	return s.Cosign(ctx, checkpoint.Size, string(text), words[1], last)
}

// readKeys reads public keys.
func readKeys(files []string) (keys []audit.Verifier, err error) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read public key: %w", err)
		}
		key, err := audit.ReadVerifier(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
