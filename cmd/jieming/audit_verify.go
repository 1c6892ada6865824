package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"jieming/registry/audit"
	"jieming/registry/postgres"
)

type auditExportCommand struct {
	storeFlags
	Out string `required:"" placeholder:"FILE|-" help:"The file, which must not exist; - for standard output."`
}

func (auditExportCommand) Help() string {
	return "Writes every entry, every leaf with its row, and the checkpoints, as JSON lines, compressed with gzip. " +
		"It holds all rows, also those that are not public.\n\n" +
		"Example:\n\n    jieming audit export --data data --out log-2026-11-28.jsonl.gz"
}

// Run writes the log.
func (a auditExportCommand) Run(ctx context.Context, c *console) (err error) {
	s, stop, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	total, err := s.LogSize(ctx)
	if err != nil {
		return unmigrated(err)
	}
	shown := newProgress(c.err)
	defer shown.Close()
	shown.Step("writing the log", int(total))
	head := audit.Head{MadeAt: time.Now().UTC(), By: version}
	if a.Out == "-" {
		return audit.Write(c.out, head, s.Log(ctx), shown.Advance)
	}
	return createWhole(a.Out, func(w io.Writer) error { return audit.Write(w, head, s.Log(ctx), shown.Advance) })
}

// createWhole writes a file that must not exist, readable to its owner only. It
// is there whole or not at all.
func createWhole(file string, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

type auditVerifyCommand struct {
	storeFlags
	Log        string   `placeholder:"FILE" type:"path" help:"An exported log to prove, instead of a database."`
	Proof      string   `placeholder:"FILE" type:"path" help:"A proof of jieming audit prove to check, instead of a whole log."`
	Key        []string `placeholder:"FILE.pub" type:"path" help:"Public key that must have signed every checkpoint; may be given several times."`
	Checkpoint []string `placeholder:"FILE" type:"path" help:"Checkpoint kept outside, which the log must extend; may be given several times."`
	Earlier    string   `placeholder:"FILE" type:"path" help:"Earlier export of the same log: what differs is named field by field."`
	JSON       bool     `name:"json" help:"Print one JSON object."`
}

func (auditVerifyCommand) Help() string {
	return "Recomputes every digest from the rows, the Merkle tree, and the root of each checkpoint. Bring a checkpoint or a public key from outside: " +
		"without either, a log is proved to agree with itself only. Changes nothing. The exit status is 1 when anything is wrong.\n\n" +
		"Examples:\n\n" +
		"    jieming audit verify --data data --checkpoint checkpoint-2025.txt\n" +
		"    jieming audit verify --log log.jsonl.gz --key audit.key.pub --earlier log-2025.jsonl.gz\n" +
		"    jieming audit verify --proof event-12.json --key audit.key.pub"
}

// Run proves the log, and fails when anything is wrong.
func (a auditVerifyCommand) Run(ctx context.Context, c *console) (err error) {
	trust, err := a.trust()
	if err != nil {
		return err
	}
	if a.Proof != "" {
		return a.proof(c, trust.Keys)
	}
	log, closeLog, err := a.log(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	shown := newProgress(c.err)
	shown.Step("checking the log", 0)
	report, err := audit.Verify(counting(log, shown), trust)
	shown.Close()
	if err != nil {
		return unmigrated(err)
	}
	found, err := a.compare(log, trust)
	if err != nil {
		return err
	}
	return a.print(c, report, found)
}

func (a auditVerifyCommand) trust() (t audit.Trust, err error) {
	if t.Keys, err = readKeys(a.Key); err != nil {
		return t, err
	}
	for _, file := range a.Checkpoint {
		text, err := os.ReadFile(file)
		if err != nil {
			return t, fmt.Errorf("read checkpoint: %w", err)
		}
		t.Notes = append(t.Notes, string(text))
	}
	return t, nil
}

// log is the log to prove, which may be read several times.
func (a auditVerifyCommand) log(ctx context.Context, c *console) (audit.Items, func() error, error) {
	if a.Log != "" {
		return fileLog(a.Log), func() error { return nil }, nil
	}
	s, stop, err := a.open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	return s.Log(ctx), stop, nil
}

// fileLog reads an exported log each time anew.
func fileLog(file string) audit.Items {
	return func(yield func(*audit.Item, error) bool) {
		f, err := os.Open(file)
		if err != nil {
			yield(nil, fmt.Errorf("read log: %w", err))
			return
		}
		defer f.Close()
		audit.Read(f)(yield)
	}
}

// counting shows how far a log was read.
func counting(log audit.Items, shown *progress) audit.Items {
	return func(yield func(*audit.Item, error) bool) {
		for item, err := range log {
			shown.Advance(1)
			if !yield(item, err) {
				return
			}
		}
	}
}

// compare names what differs from an earlier export, which must be sound.
func (a auditVerifyCommand) compare(log audit.Items, trust audit.Trust) ([]audit.Finding, error) {
	if a.Earlier == "" {
		return nil, nil
	}
	earlier := fileLog(a.Earlier)
	report, err := audit.Verify(earlier, audit.Trust{Keys: trust.Keys})
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("earlier export %s: %w", a.Earlier, err)
	}
	return audit.Compare(earlier, log)
}

func (a auditVerifyCommand) print(c *console, r *audit.Report, found []audit.Finding) error {
	if a.JSON {
		out := json.NewEncoder(c.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		err := out.Encode(map[string]any{"ok": r.Problems == 0 && len(found) == 0, "report": r, "differences": found})
		if err != nil {
			return err
		}
	} else {
		printReport(c.out, r, found)
	}
	if n := r.Problems + len(found); n > 0 {
		return fmt.Errorf("%s in the log", counted(n, "problem"))
	}
	if r.Outside == 0 && len(a.Checkpoint)+len(a.Key) == 0 {
		fmt.Fprintln(c.err, "note: nothing was brought from outside, so this proves only that the log agrees with itself; give --checkpoint or --key")
	}
	if r.Outside == 0 && len(a.Key) > 0 {
		return errors.New("no checkpoint bears the signature of the key: nothing is proved; sign one with jieming audit checkpoint")
	}
	return nil
}

func printReport(w io.Writer, r *audit.Report, found []audit.Finding) {
	fmt.Fprintf(w, "%d entries, %d records, root %s\n", r.Entries, r.Size, r.Root)
	for _, p := range r.Checkpoints {
		fmt.Fprintf(w, "extends the checkpoint of %d records (entry %d, %s)\n", p.Size, p.Seq, p.At.Format(time.RFC3339))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s %s\n", f.Subject, f.Detail)
	}
	if more := r.Problems - len(r.Findings); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	if len(found) > 0 {
		fmt.Fprintln(w, "compared with the earlier export")
	}
	for _, f := range found {
		fmt.Fprintf(w, "  %s %s\n", f.Subject, f.Detail)
	}
}

// proof checks a proof by itself.
func (a auditVerifyCommand) proof(c *console, keys []audit.Verifier) error {
	f, err := os.Open(a.Proof)
	if err != nil {
		return fmt.Errorf("read proof: %w", err)
	}
	defer f.Close()
	p, err := audit.ReadProof(f)
	if err != nil {
		return err
	}
	checkpoint, err := p.Verify(keys)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s\nis record %d of the log of %s, checkpoint of %d records (%s)\n", p.Record, p.N, checkpoint.Origin, checkpoint.Size, checkpoint.At.Format(time.RFC3339))
	if p.Row != nil {
		fmt.Fprintln(c.out, p.Row.Body)
	}
	if len(keys) == 0 {
		fmt.Fprintln(c.err, "note: no key was given, so nobody is known to have signed this checkpoint; give --key FILE.pub")
	}
	return nil
}

type auditProveCommand struct {
	storeFlags
	Event    int64  `xor:"what" required:"" placeholder:"N" help:"The event."`
	Relation string `xor:"what" required:"" placeholder:"TABLE" help:"Instead of an event: a logged table; --row names its row."`
	Row      int64  `placeholder:"N" help:"id of the row."`
	Hash     bool   `help:"Leave the row out, and prove its digest only."`
}

func (auditProveCommand) Help() string {
	return "Prints a proof that jieming audit verify --proof checks without any database.\n\n" +
		"Example:\n\n    jieming audit prove --data data --event 12 > event-12.json"
}

// Run prints a proof.
func (a auditProveCommand) Run(ctx context.Context, c *console) (err error) {
	s, stop, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	p, err := a.prove(ctx, s)
	if err != nil {
		return unmigrated(err)
	}
	out := json.NewEncoder(c.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(p)
}

func (a auditProveCommand) prove(ctx context.Context, s *postgres.Store) (*audit.Proof, error) {
	if a.Relation != "" {
		return s.Prove(ctx, a.Relation, a.Row, !a.Hash)
	}
	return s.Prove(ctx, "event", a.Event, !a.Hash)
}
