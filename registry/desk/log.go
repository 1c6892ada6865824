package desk

import (
	"context"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/audit"
)

// LogKind is what an entry of the log is about, for people who look through it.
type LogKind struct {
	Kind      string
	Relations []string // the logged tables that it writes
}

// LogKinds are all kinds. Each logged table belongs to one.
func LogKinds() []LogKind {
	return []LogKind{
		{"case", []string{"case_event", "case_hand"}},
		{"paper", []string{"case_paper", "file", "paper_number", "paper_void"}},
		{"event", []string{"event", "instrument", "lineage"}},
		{"unit", []string{"unit", "unit_version", "code", "code_version"}},
		{"territory", []string{"arc", "arc_version", "face", "tenure", "line", "line_version"}},
		{"place", []string{"place", "place_version"}},
		{"load", []string{"dataset", "load_report"}},
		{"notice", []string{"notice", "notice_version", "notice_shape", "objection", "objection_act"}},
		{"release", []string{"release_set", "release_decision", "publication", "clearance"}},
		{"secrecy", []string{"layer_switch", "zone_change"}},
		{"quality", []string{"quality_acceptance", "quality_owner"}},
		{"right", []string{"role_grant", "role_revocation", "delegation", "delegation_end", "functional_zone"}},
		{"setting", []string{"setting", "calendar_day", "paper_template", "paper_series"}},
		{"reminder", []string{"reminder"}},
		{"training", []string{"training_act"}},
		{"access", []string{AccessRelation}},
	}
}

// AccessRelation is the logged table of accesses.
const AccessRelation = "access"

// LogQuery selects entries of the log.
type LogQuery struct {
	From, To registry.Day // days on which they were recorded, both included; NoStart and NoEnd for any
	Person   string       // login, or part of a name; "" for any
	Kind     string       // as in LogKinds; "" for all but seals of accesses
	Case     string       // number or id of a case; "" for any
	Unit     string       // name, code, or #id of a unit; "" for any
	Subject  string       // a row, as RELATION:ID; "" for any
	Text     string       // in cases, events and instruments; "" for any
	Before   registry.Seq // only earlier entries; 0 for the newest
	Limit    int

	Cases bool // who asks may read every case; set by the desk
}

// LogEntry is one entry of the log, with what it did.
type LogEntry struct {
	audit.Entry
	Previous   audit.Hash      // digest of the entry before; zero for the first
	Account    AccountID       // who; 0 for the program, or somebody without an account
	Name       string          // of who
	For        string          // for whom, if they stood in for somebody
	About      registry.CaseID // the case that it was written in, or opened; 0 for none
	CaseKind   string
	CaseNumber string
	CaseTitle  string // "" unless who asks may read every case
	Wrote      []LogPart
	Acts       []LogAct
	Reasons    []string // given for what is not an act in a case
}

// LogPart counts the rows that an entry wrote in one table, among its first
// thousand.
type LogPart struct {
	Relation string `json:"relation"`
	Rows     int    `json:"rows"`
}

// LogAct is an act in a case, or an event of the registry, of an entry.
type LogAct struct {
	Event     registry.EventID   `json:"event"`     // of the registry; 0 for an act in a case
	Class     string             `json:"class"`     // of an event
	Type      string             `json:"type"`      // of either
	Act       string             `json:"act"`       // the step, of an act
	On        string             `json:"on"`        // valid clock, of an event
	Precision registry.Precision `json:"precision"` // of it
	Paper     string             `json:"paper"`     // the instrument of an event
	Reason    string             `json:"reason"`    // "" unless who asks may read every case
}

// LogLeaf is a row that an entry wrote.
type LogLeaf struct {
	audit.Leaf
	Ord int64 // where the next page begins
}

// Checkpoint is a checkpoint of the log as it was signed.
type Checkpoint struct {
	audit.Checkpoint
	Note    string
	Signers []string
}

// AccessQuery selects accesses.
type AccessQuery struct {
	From, To registry.Day // days, both included; NoStart and NoEnd for any
	Person   string       // login, or part of a name; "" for any
	Kind     AccessKind   // "" for reads of what is not public, "*" for all
	Case     string       // number or id of a case; "" for any
	Before   int64        // only earlier ones; 0 for the newest
	Limit    int
}

// AccessEntry is one access, as people read it.
type AccessEntry struct {
	Access
	Login      string
	Name       string
	CaseNumber string       // of the case that was read
	Sealed     registry.Seq // the entry that sealed it; 0 until then
}

// LogStore reads the log.
type LogStore interface {
	// LogEntries lists entries, the newest first.
	LogEntries(ctx context.Context, q LogQuery) ([]LogEntry, error)
	// LogEntry returns one entry. KindNotFound for an unknown one.
	LogEntry(ctx context.Context, seq registry.Seq, cases bool) (*LogEntry, error)
	// LogLeaves lists the rows of an entry after one of them, 0 for the first.
	LogLeaves(ctx context.Context, seq registry.Seq, after int64, limit int) ([]LogLeaf, error)
	// CheckpointNotes lists signed notes below a size, the largest first.
	CheckpointNotes(ctx context.Context, below int64, limit int) ([]string, error)
	// ProveEntry proves that an entry is in the latest checkpoint. KindConflict for
	// one that no checkpoint covers yet.
	ProveEntry(ctx context.Context, seq registry.Seq) (*audit.Proof, error)
	// Log streams the whole log with its rows.
	Log(ctx context.Context) audit.Items
	// Accesses lists accesses, the newest first.
	Accesses(ctx context.Context, q AccessQuery) ([]AccessEntry, error)
}

// mayLog refuses as if there were nothing who may not read the log.
func mayLog(p *Principal) error {
	if p.May(ReadLog, nil) {
		return nil
	}
	return registry.NotFound("page", "log")
}

// readsCases reports whether a person may read every case.
func (p *Principal) readsCases() bool {
	wide, kinds := p.Filter(ReadCase).Wide()
	return wide && kinds == nil
}

// LogEntries lists entries of the log, the newest first. What stands in cases is
// shown, and searched, only for who may read all of them.
func (d *Desk) LogEntries(ctx context.Context, p *Principal, q LogQuery) ([]LogEntry, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	if q.Kind != "" && !slices.ContainsFunc(LogKinds(), func(k LogKind) bool { return k.Kind == q.Kind }) {
		return nil, registry.Invalid("kind", "is none of the kinds of the log")
	}
	q.Cases, q.Text = p.readsCases(), strings.TrimSpace(q.Text)
	return d.store.LogEntries(ctx, q)
}

// LogEntry returns one entry.
func (d *Desk) LogEntry(ctx context.Context, p *Principal, seq registry.Seq) (*LogEntry, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	return d.store.LogEntry(ctx, seq, p.readsCases())
}

// LogLeaves lists the rows of an entry, after one of them.
func (d *Desk) LogLeaves(ctx context.Context, p *Principal, seq registry.Seq, after int64, limit int) ([]LogLeaf, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	return d.store.LogLeaves(ctx, seq, after, limit)
}

// LogProof proves that an entry is in the latest checkpoint. KindConflict for one
// that no checkpoint covers yet.
func (d *Desk) LogProof(ctx context.Context, p *Principal, seq registry.Seq) (*audit.Proof, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	return d.store.ProveEntry(ctx, seq)
}

// Checkpoints lists checkpoints below a size, 0 for all, the largest first.
func (d *Desk) Checkpoints(ctx context.Context, p *Principal, below int64, limit int) ([]Checkpoint, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	notes, err := d.store.CheckpointNotes(ctx, below, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Checkpoint, len(notes))
	for i, text := range notes {
		c, _, err := audit.ParseCheckpoint(text, nil)
		if err != nil {
			return nil, err
		}
		out[i] = Checkpoint{c, text, audit.Signers(text)}
	}
	return out, nil
}

// ExportLog gives out the whole log with its rows, which may be secret, and
// writes down that it did.
func (d *Desk) ExportLog(ctx context.Context, p *Principal) (audit.Items, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	if err := d.Note(ctx, p, ReadUnpublished, "LOG", 0, nil); err != nil {
		return nil, err
	}
	return d.store.Log(ctx), nil
}

// Accesses lists accesses, the newest first.
func (d *Desk) Accesses(ctx context.Context, p *Principal, q AccessQuery) ([]AccessEntry, error) {
	if err := mayLog(p); err != nil {
		return nil, err
	}
	if q.Kind != "" && q.Kind != "*" && !slices.Contains(AccessKinds(), q.Kind) {
		return nil, registry.Invalid("kind", "is none of the kinds of access")
	}
	return d.store.Accesses(ctx, q)
}
