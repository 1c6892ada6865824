package desk

import (
	"context"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/law"
)

// QualityRun is one run of all checks.
type QualityRun struct {
	ID     int64
	At     time.Time
	Day    registry.Day // the day on the valid clock that was looked at
	Base   registry.Seq // the entry that was looked at
	By     string       // who asked for it; "" for the nightly run
	TookMS int
}

// Prefecture is a column of the board. The one with ID 0 is what belongs to none.
type Prefecture struct {
	ID   registry.UnitID
	Name string
}

// QualityCell counts what a check found in a prefecture.
type QualityCell struct {
	Found    int // all of it
	Accepted int // of which set aside
	Owner    AccountID
	OwnerBy  string // name of the owner; "" if nobody was named for the prefecture
}

// Open is what is left to do.
func (c QualityCell) Open() int { return c.Found - c.Accepted }

// QualityLine is a check on the board.
type QualityLine struct {
	Check     *law.Check
	Cells     []QualityCell // one for each prefecture
	Total     QualityCell
	Trend     []int // open findings in the last runs, the oldest first
	Owner     AccountID
	OwnerName string
}

// QualityBoard is the state of the data.
type QualityBoard struct {
	Prefectures []Prefecture
	Lines       []QualityLine
	Runs        []QualityRun // the newest first; those that Trend is of
}

// Finding is one thing that a check found.
type Finding struct {
	Ord        int // its place in the list
	Kind       string
	ID         int64
	Name       string
	Prefecture Prefecture
	Facts      map[string]string // what makes it a finding
	Accepted   bool
	Since      time.Time // of the run that found it first
	Reason     string    // why it was set aside
	By         string    // who did
}

// FindingQuery chooses findings of a check.
type FindingQuery struct {
	Check      string
	Prefecture registry.UnitID // 0 for all, NoPrefecture for those of none
	Accepted   string          // "yes", "no" or "" for both
	Text       string          // in the name
	After      int             // Ord of the last one seen
	Limit      int
}

// NoPrefecture asks for findings that belong to no prefecture.
const NoPrefecture registry.UnitID = -1

// MaxFindings bounds the list that is kept of a check; its counts are whole.
const MaxFindings = 10000

// QualityStore keeps what the checks found.
type QualityStore interface {
	// RunQuality runs all checks for a day. Runs wait for each other.
	RunQuality(ctx context.Context, checks []law.Check, day registry.Day, by AccountID) (*QualityRun, error)
	QualityBoard(ctx context.Context, checks []law.Check, day registry.Day, runs int) (*QualityBoard, error)
	Findings(ctx context.Context, q FindingQuery) ([]Finding, error)
	// AcceptFinding sets a finding aside, or takes it up again; NotFound if it
	// is not there, or is so already.
	AcceptFinding(ctx context.Context, check, kind string, id int64, accept bool, reason string, by *Principal) error
	// OwnQuality names who looks after a check, in a prefecture or in all
	// others; account 0 is nobody.
	OwnQuality(ctx context.Context, check string, in registry.UnitID, account AccountID, by *Principal) error
	// QualityCandidates are those who may be named.
	QualityCandidates(ctx context.Context, role Role, day registry.Day) ([]Account, error)
}

// QualityBoard returns the board with the trend of the last 30 runs.
func (d *Desk) QualityBoard(ctx context.Context, who *Principal) (*QualityBoard, error) {
	if !who.May(ReadQuality, nil) {
		return nil, forbidden(ReadQuality)
	}
	return d.store.QualityBoard(ctx, d.book.Checks, d.Today(), 30)
}

// RunQuality runs all checks now.
func (d *Desk) RunQuality(ctx context.Context, who *Principal) (*QualityRun, error) {
	if !who.May(CorrectQuality, nil) {
		return nil, forbidden(CorrectQuality)
	}
	return d.store.RunQuality(ctx, d.book.Checks, d.Today(), who.Account)
}

// NightlyQuality runs all checks unless they ran today. It returns nil if they did.
func (d *Desk) NightlyQuality(ctx context.Context) (*QualityRun, error) {
	board, err := d.store.QualityBoard(ctx, nil, d.Today(), 1)
	if err != nil || len(board.Runs) > 0 && registry.DayOf(board.Runs[0].At) == d.Today() {
		return nil, err
	}
	return d.store.RunQuality(ctx, d.book.Checks, d.Today(), 0)
}

// Findings lists what a check found, at most 200 at a time.
func (d *Desk) Findings(ctx context.Context, who *Principal, query FindingQuery) (*law.Check, []Finding, error) {
	check := d.book.Check(query.Check)
	if !who.May(ReadQuality, nil) {
		return nil, nil, forbidden(ReadQuality)
	}
	if check == nil {
		return nil, nil, registry.NotFound("check", query.Check)
	}
	if query.Limit <= 0 || query.Limit > MaxFindings {
		query.Limit = 200
	}
	found, err := d.store.Findings(ctx, query)
	return check, found, err
}

// AcceptFinding sets a finding aside with a reason, or takes it up again.
func (d *Desk) AcceptFinding(ctx context.Context, who *Principal, check, kind string, id int64, accept bool, reason string) error {
	switch {
	case !who.May(CorrectQuality, nil):
		return forbidden(CorrectQuality)
	case d.book.Check(check) == nil:
		return registry.NotFound("check", check)
	case strings.TrimSpace(reason) == "":
		return registry.Invalid("reason", "say why")
	}
	return d.store.AcceptFinding(ctx, check, kind, id, accept, strings.TrimSpace(reason), who)
}

// OwnQuality names who looks after a check: one of those who hold its role.
func (d *Desk) OwnQuality(ctx context.Context, who *Principal, check string, in registry.UnitID, account AccountID) error {
	c := d.book.Check(check)
	switch {
	case !who.May(CorrectQuality, nil):
		return forbidden(CorrectQuality)
	case c == nil:
		return registry.NotFound("check", check)
	}
	if account != 0 {
		may, err := d.store.QualityCandidates(ctx, Role(c.Owner), d.Today())
		if err != nil {
			return err
		}
		known := false
		for _, a := range may {
			known = known || a.ID == account
		}
		if !known {
			return registry.Invalid("account", "does not hold the role "+c.Owner+": choose somebody who does")
		}
	}
	return d.store.OwnQuality(ctx, check, in, account, who)
}

// QualityCandidates are those who may look after a check.
func (d *Desk) QualityCandidates(ctx context.Context, who *Principal, check string) ([]Account, error) {
	c := d.book.Check(check)
	if c == nil || !who.May(ReadQuality, nil) {
		return nil, registry.NotFound("check", check)
	}
	return d.store.QualityCandidates(ctx, Role(c.Owner), d.Today())
}

// Entries returns records to correct.
func (d *Desk) Entries(ctx context.Context, who *Principal, s Subject, which Selection) ([]StandingRow, registry.Day, error) {
	if !who.May(ReadQuality, nil) {
		return nil, 0, forbidden(ReadQuality)
	}
	list, err := d.store.Records(ctx, s, which, d.Today())
	if err == nil && len(list) == 0 {
		err = &registry.Error{Kind: registry.KindNotFound, Message: "nothing is selected: there is no record to correct"}
	}
	return list, d.Today(), err
}
