package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// Case is what a case is now: the fold of its events (see [Fold]), with its
// papers and where it lies today.
type Case struct {
	ID      registry.CaseID
	Version int // the number of its events
	Kind    string
	Number  string // by which people call it, such as 区划〔2026〕12号
	Title   string
	Summary string
	Fields  map[string]string // what the kind of case asks for besides
	Unit    registry.UnitID   // in whose jurisdiction it lies; 0 for the whole registry
	Urgent  bool

	State      string
	Phase      law.Phase
	StateSince time.Time
	Opener     AccountID
	Holder     AccountID // whose work it is; 0 while nobody has taken it
	OpenedAt   time.Time
	TouchedAt  time.Time

	Events   []Event
	Papers   []Paper
	Clocks   []RunningClock
	Requests []Request
	Notices  []CaseNotice
	Links    []Link
	Marks    map[string]Mark // by occasion: ANNOUNCED, CODE, SURVEY, MAP
	Hands    map[AccountID]Hand

	Correction *Correction // the sheet that its last step writes into the registry; nil for none

	Path  []registry.UnitID                    // the unit as it is today and all above it; from the store
	Units map[registry.UnitID]registry.UnitRef // the units that the case names, as they are called today; from the store
	Names map[AccountID]string                 // the people that the case names; from the store
}

// Secrecy is the highest secrecy of the papers of a case.
func (c *Case) Secrecy() int {
	highest := 0
	for i := range c.Papers {
		highest = max(highest, c.Papers[i].Secrecy)
	}
	return highest
}

// Object is what rights are asked about.
func (c *Case) Object() *Object {
	o := &Object{Kind: c.Kind, Path: c.Path, Opener: c.Opener, Holder: c.Holder, Hands: c.Hands}
	for _, r := range c.Requests {
		if r.Account != 0 {
			o.Asked = append(o.Asked, r.Account)
		} else {
			o.Departments = append(o.Departments, r.Department)
		}
	}
	return o
}

// Due is the earliest day on which a running clock ends; ok is false for none.
func (c *Case) Due() (due registry.Day, ok bool) {
	for _, k := range c.Clocks {
		if k.Running() && (!ok || k.DueOn < due) {
			due, ok = k.DueOn, true
		}
	}
	return due, ok
}

// Current returns the papers that no other has taken the place of.
func (c *Case) Current() []Paper {
	replaced := map[int64]bool{}
	for _, p := range c.Papers {
		replaced[p.Replaces] = true
	}
	var out []Paper
	for _, p := range c.Papers {
		if !replaced[p.ID] {
			out = append(out, p)
		}
	}
	return out
}

// AwaitsScan reports whether a paper of the case is an official document with a
// number whose signed form has not come back.
func (c *Case) AwaitsScan(p *Paper, b *law.Book) bool {
	kind := b.Paper(p.Kind)
	return kind != nil && kind.Issued && p.Number != "" && !p.Signed && !slices.ContainsFunc(c.Papers, func(o Paper) bool {
		return o.Replaces == p.ID || o.Signed && o.Number == p.Number
	})
}

// HasPaper reports whether a kind of paper is in the case.
func (c *Case) HasPaper(kind string) bool {
	for _, p := range c.Papers {
		if p.Kind == kind {
			return true
		}
	}
	return false
}

// Paper is a paper of a case.
type Paper struct {
	ID       int64
	N        int    // the event that added it
	Kind     string // as in law.Paper
	Title    string
	Digest   Digest // of its file
	Bytes    int64
	Media    string
	FileName string
	Number   string       // 文号; "" for none
	IssuedOn registry.Day // NoStart if not known
	Issuer   string
	Signed   bool  // the signed or sealed form
	Replaces int64 // the paper it takes the place of; 0 for none
	Secrecy  int   // 0 公开 … 4 绝密

	Upload UploadID // AddPapers: the upload that becomes the paper
}

// RunningClock is a clock that was started in a case.
type RunningClock struct {
	Clock     string // as in law.Clock
	N         int    // the event that started it
	BeganOn   registry.Day
	DueOn     registry.Day // the last day that is in time
	Extended  int          // how often
	StoppedOn registry.Day // NoEnd while it runs
	Statutory bool
}

// Running reports whether what the clock waits for has not happened.
func (k *RunningClock) Running() bool { return k.StoppedOn == registry.NoEnd }

// Request is an opinion that was asked for.
type Request struct {
	N          int // the event that asked
	Department string
	Account    AccountID // the expert who was invited; 0 for a department
	Question   string
	Due        registry.Day
	Answer     *Answered // nil while it waits
}

// Answered is the answer to a request.
type Answered struct {
	N      int
	Stance string // AGREE, AGREE_IF, DISAGREE, NONE; or [Withdrawn]
	Text   string // or why it was withdrawn
}

// CaseNotice is a public notice that the case opened.
type CaseNotice struct {
	Notice int64
	N      int
	Title  string
	Until  registry.Day // the last day for comments; NoStart if it takes none
	Ended  bool
}

// Link is another case that this one has to do with.
type Link struct {
	Case     registry.CaseID
	Relation string // NEEDS (waits for the other), FOLLOWS, RELATED
	N        int
	Number   string    // of the other; from the store
	Title    string    // of the other; from the store
	Phase    law.Phase // of the other; from the store
	About    Object    // the other, without its hands, as rights are asked on it; from the store
}

// Name is what people call the other case: its number, or to those who may not
// read it its identifier.
func (l *Link) Name() string { return cmp.Or(l.Number, fmt.Sprint("#", l.Case)) }

// Mark says that something happened outside of the procedure.
type Mark struct {
	N    int
	On   registry.Day
	Text string
}

// CaseStore keeps cases.
type CaseStore interface {
	// CaseRecord returns the events of a case with what else the store knows of
	// it: papers, path, names, links. KindNotFound for an unknown case.
	CaseRecord(ctx context.Context, id registry.CaseID, today registry.Day) (*Case, error)
	// WriteCase appends to a case in one log entry, and returns its id. KindConflict
	// when the case has moved on from w.Expect, or a person would get a second
	// hand in it. A request key that was recorded before writes nothing.
	WriteCase(ctx context.Context, w *CaseWrite) (registry.CaseID, error)
	// RecordedCase returns the case that a command under an idempotency key was
	// recorded in; ok is false for a key that was never recorded.
	RecordedCase(ctx context.Context, request string) (id registry.CaseID, ok bool, err error)
	// CaseByNumber finds a case by its number. KindNotFound for an unknown one.
	CaseByNumber(ctx context.Context, number string) (registry.CaseID, error)
	// Colleagues lists the roles in force of all who can sign in, by name, and
	// whether each is held over the first unit of a path.
	Colleagues(ctx context.Context, path []registry.UnitID, today registry.Day) ([]Colleague, error)
	// Cases lists cases that the filter lets through.
	Cases(ctx context.Context, q CaseQuery) (*CasePage, error)
}

// CaseWrite is one act as the store writes it.
type CaseWrite struct {
	Actor   string
	By      AccountID // whose messages are left out
	Request string    // idempotency key; "" for none
	Expect  int       // version of the case that the act was decided on; 0 for a new case
	Case    *Case     // as it is after the act
	Events  []Event
	Papers  []Paper
	Issues  []Issued // documents among the papers that are numbered and made as they are written
	Hands   map[AccountID]Hand
	Notice  *NoticeVersion // a version of a notice; nil for none
	Series  string         // for a new case: of its number
	Year    int

	Messages []Message // told in the same transaction
	Amend    *Amending // what the act writes into the registry, in the same entry; nil for nothing
}

// Row is a case in a list.
type Row struct {
	ID         registry.CaseID
	Version    int
	Kind       string
	Number     string
	Title      string
	State      string
	Phase      law.Phase
	Unit       registry.UnitID
	UnitName   string
	Holder     AccountID
	HolderName string
	Opener     AccountID
	OpenerName string
	Urgent     bool
	OpenedAt   time.Time
	TouchedAt  time.Time
	StateSince time.Time
	Due        registry.Day // NoEnd for none
}

// CaseQuery selects cases.
type CaseQuery struct {
	Filter Filter
	Today  registry.Day
	Text   string // in number, title, papers, comments; "" for any
	Papers bool   // the text is looked for in papers, too
	Kinds  []string
	States []string
	Phases []law.Phase
	Unit   registry.UnitID // in its subtree; 0 for any
	Holder AccountID       // 0 for any
	Opener AccountID
	Unheld bool         // only those that nobody has taken
	DueBy  registry.Day // only those due on or before; NoEnd for any
	Sort   string       // "touched" (default), "due", "opened", "number"
	After  string       // the cursor of the page before; "" for the first
	Limit  int
	Bare   bool // rows only, nothing is counted
}

// CasePage is a page of a list of cases.
type CasePage struct {
	Rows  []Row
	Total int            // of all pages
	Kinds map[string]int // how many of each kind, of all pages and whichever kinds were asked for
	Next  string         // cursor of the next page; "" for none
}

// Case returns a case that the person may read. Unknown and forbidden cases
// answer alike: KindNotFound. Of linked cases that the person may not read there
// is neither number nor title.
func (d *Desk) Case(ctx context.Context, p *Principal, id registry.CaseID) (*Case, error) {
	c, err := d.record(ctx, id)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(ReadCase, c.Object()) {
		return nil, registry.NotFound("case", id)
	}
	for i := range c.Links {
		if l := &c.Links[i]; !p.Reaches(ReadCase, &l.About) {
			l.Number, l.Title = "", ""
		}
	}
	return c, nil
}

// record reads and folds a case, whoever asks.
func (d *Desk) record(ctx context.Context, id registry.CaseID) (*Case, error) {
	c, err := d.store.CaseRecord(ctx, id, d.Today())
	if err != nil {
		return nil, err
	}
	return c, c.fold(d.book)
}

// Cases lists the cases that the person may read.
func (d *Desk) Cases(ctx context.Context, p *Principal, q CaseQuery) (*CasePage, error) {
	q.Filter, q.Today, q.Papers = p.Filter(ReadCase), d.Today(), p.readsPapers()
	if len(q.Filter) == 0 {
		return &CasePage{}, nil
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	return d.store.Cases(ctx, q)
}
