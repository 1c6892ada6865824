package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/desk/filetype"
	"jieming/registry/desk/workbook"
	"jieming/registry/law"
)

// Correction is a sheet of corrections in a case: what the step APPLY writes
// into the registry. Only the file is kept; what it does is worked out again
// whenever somebody asks, against what is recorded then.
type Correction struct {
	Digest   string           `json:"digest"` // of the file, hexadecimal
	Subject  Subject          `json:"subject"`
	Records  int              `json:"records"`
	Cells    int              `json:"cells"`
	Reverses registry.EventID `json:"reverses,omitempty"` // it undoes this event
	Partial  bool             `json:"partial,omitempty"`  // but for what has changed since
}

// Amending is what an act of a case writes into the registry.
type Amending struct {
	Instrument registry.Instrument
	Event      registry.Event
	Reverses   registry.EventID
	Amendments []registry.Amendment
}

// Rewriting is a correction that was written.
type Rewriting struct {
	Event      registry.EventID
	Case       registry.CaseID
	Number     string // of the case
	Title      string
	At         time.Time
	Records    int
	Reverses   registry.EventID // 0 if it undoes none
	ReversedBy registry.EventID // 0 while it stands
}

// ReceiveSheet takes a workbook in and compares it with what is recorded. It is
// kept as an upload of the person, from which a case can be opened; nothing is
// written into the registry.
func (d *Desk) ReceiveSheet(ctx context.Context, p *Principal, name string, data []byte) (*Upload, *Review, error) {
	if !p.May(CorrectQuality, nil) {
		return nil, nil, forbidden(CorrectQuality)
	}
	typ, err := filetype.Recognise(bytes.NewReader(data), int64(len(data)), name, filetype.DefaultLimits())
	if err != nil {
		return nil, nil, err
	}
	review, err := ReviewSheet(ctx, d.store, data)
	if err != nil {
		return nil, nil, err
	}
	u, err := d.keepSheet(ctx, p, filetype.Clean(name, typ), data)
	return u, review, err
}

func (d *Desk) keepSheet(ctx context.Context, p *Principal, name string, data []byte) (*Upload, error) {
	u := &Upload{File: File{Digest: sha256.Sum256(data), Bytes: int64(len(data)), Media: workbook.Media}, Name: name, Account: p.Account}
	return u, d.store.KeepUpload(ctx, u, "", bytes.NewReader(data))
}

// ReviewUpload compares an upload of the person with what is recorded now.
func (d *Desk) ReviewUpload(ctx context.Context, p *Principal, id UploadID) (*Upload, *Review, error) {
	if !p.May(CorrectQuality, nil) {
		return nil, nil, registry.NotFound("upload", id)
	}
	u, err := d.store.Upload(ctx, p.Account, id)
	if err != nil {
		return nil, nil, err
	}
	data, err := d.sheet(ctx, u.Digest)
	if err != nil {
		return nil, nil, err
	}
	review, err := ReviewSheet(ctx, d.store, data)
	return u, review, err
}

// sheet reads a stored workbook.
func (d *Desk) sheet(ctx context.Context, digest Digest) ([]byte, error) {
	content, err := d.store.OpenFile(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	data, err := io.ReadAll(io.LimitReader(content, workbook.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a stored workbook: %w", err)
	}
	return data, nil
}

// ReviewCase compares the sheet of a case with what is recorded now: what its
// last step would write. It returns nil for a case without one.
func (d *Desk) ReviewCase(ctx context.Context, p *Principal, id registry.CaseID) (*Case, *Review, error) {
	c, err := d.Case(ctx, p, id)
	if err != nil || c.Correction == nil {
		return c, nil, err
	}
	review, err := d.reviewCorrection(ctx, c.Correction)
	return c, review, err
}

func (d *Desk) reviewCorrection(ctx context.Context, k *Correction) (*Review, error) {
	if k.Reverses != 0 {
		return d.reviewUndo(ctx, k)
	}
	digest, err := ParseDigest(k.Digest)
	if err != nil {
		return nil, err
	}
	data, err := d.sheet(ctx, digest)
	if err != nil {
		return nil, err
	}
	return ReviewSheet(ctx, d.store, data)
}

// AttachSheet puts an upload that was reviewed into a case as its evidence, and
// as what its last step writes.
type AttachSheet struct {
	Upload   *Upload
	Review   *Review
	Reverses registry.EventID
	Partial  bool
}

// Needs implements [Act].
func (AttachSheet) Needs(*Case, *law.Book) Action { return EditCase }

// Do implements [Act].
func (a AttachSheet) Do(x *Acting) error {
	switch {
	case x.Case.Kind != "CORRECTION":
		return registry.Invalid("kind", "sheets of corrections belong in cases of correction")
	case x.Case.State != "DRAFT" && x.Case.State != "RETURNED":
		return &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf("case %s is in state %s: a sheet can be replaced in draft, or when it was returned", x.Case.Number, x.Case.State)}
	case !a.Review.Ready():
		return notReady(a.Review)
	}
	before := x.Case.Correction
	k := &Correction{Digest: a.Upload.Digest.String(), Subject: a.Review.Subject, Records: a.Review.Records, Cells: len(a.Review.Changes),
		Reverses: a.Reverses, Partial: a.Partial}
	x.Add(PaperAdded, Body{Papers: []string{"EVIDENCE"}, Correction: k})
	paper := Paper{Kind: "EVIDENCE", Title: fmt.Sprintf("批量更正表(%d 条记录,%d 处)", k.Records, k.Cells), Digest: a.Upload.Digest, Bytes: a.Upload.Bytes,
		Media: a.Upload.Media, FileName: a.Upload.Name, IssuedOn: registry.NoStart}
	if before != nil {
		for _, p := range x.Case.Current() {
			if p.Digest.String() == before.Digest {
				paper.Replaces = p.ID
			}
		}
	}
	x.AddPaper(paper)
	return nil
}

func notReady(r *Review) error {
	if len(r.Faults) == 0 {
		return registry.Invalid("file", "changes nothing")
	}
	f := r.Faults[0]
	return &registry.Error{Kind: registry.KindConflict, Field: "file", Message: fmt.Sprintf(
		"%d cells or rows stand in the way, the first in sheet %s, %s (%s %s)", len(r.Faults)+r.More, f.Sheet, f.Cell, f.Kind, f.Name)}
}

// OpenCorrection opens a case of correction with an upload in it. If the sheet
// is no longer ready, no case is opened.
func (d *Desk) OpenCorrection(ctx context.Context, p *Principal, id UploadID, r OpenRequest) (*Case, error) {
	u, review, err := d.ReviewUpload(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !review.Ready() {
		return nil, notReady(review)
	}
	return d.openWith(ctx, p, r, AttachSheet{Upload: u, Review: review})
}

func (d *Desk) openWith(ctx context.Context, p *Principal, r OpenRequest, sheet AttachSheet) (*Case, error) {
	r.Kind = "CORRECTION"
	c, err := d.OpenCase(ctx, p, r)
	if err != nil || c.Correction != nil { // the same command again
		return c, err
	}
	return d.Act(ctx, p, c.ID, c.Version, "", sheet)
}

// UndoCorrection opens a case that restores what an event has changed, with a
// sheet that shows the former values. What somebody has changed since cannot be
// restored: then it is KindConflict and names them, unless partial asks for the
// others.
func (d *Desk) UndoCorrection(ctx context.Context, p *Principal, event registry.EventID, partial bool, r OpenRequest) (*Case, error) {
	if !p.May(CorrectQuality, nil) {
		return nil, forbidden(CorrectQuality)
	}
	k := &Correction{Reverses: event, Partial: partial}
	review, err := d.reviewUndo(ctx, k)
	if err != nil {
		return nil, err
	}
	if !review.Ready() {
		return nil, notReady(review)
	}
	entries, err := d.restored(ctx, review)
	if err != nil {
		return nil, err
	}
	var sheet bytes.Buffer
	if err := WriteSheet(&sheet, review.Subject, entries, d.Today()); err != nil {
		return nil, err
	}
	u, err := d.keepSheet(ctx, p, fmt.Sprintf("undo-%d.xlsx", event), sheet.Bytes())
	if err != nil {
		return nil, err
	}
	return d.openWith(ctx, p, r, AttachSheet{Upload: u, Review: review, Reverses: event, Partial: partial})
}

// reviewUndo is what restoring the former values would do. They are taken from
// the registry itself: a former value need not be one that could be typed.
func (d *Desk) reviewUndo(ctx context.Context, k *Correction) (*Review, error) {
	undo, err := d.store.Former(ctx, k.Reverses)
	if err != nil {
		return nil, err
	}
	amendments, err := undo.Counter(!k.Partial)
	if err != nil {
		return nil, err
	}
	if k.Records != 0 && k.Records != len(amendments) {
		return nil, &registry.Error{Kind: registry.KindConflict, Message: fmt.Sprintf(
			"of the %d records of this case only %d can still be restored: return the case and begin again", k.Records, len(amendments))}
	}
	review := &Review{Subject: undo.Subject, Rows: len(amendments), Records: len(amendments), Amendments: amendments}
	current, err := d.amended(ctx, review)
	if err != nil {
		return nil, err
	}
	for _, a := range amendments {
		r := current[a.Row]
		for i, c := range ColumnsOf(undo.Subject) {
			if former, ok := a.Set[c.Name]; ok && r != nil {
				review.Changes = append(review.Changes, Change{Subject: undo.Subject, ID: r.ID, Name: r.Name(), Column: c,
					Old: c.Shown(r.Cells[i], r.Level), New: c.Shown(text(former), r.Level)})
			}
		}
	}
	return review, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// amended are the records that a review would change, by version.
func (d *Desk) amended(ctx context.Context, r *Review) (map[int64]*StandingRow, error) {
	var ids []int64
	for _, a := range r.Amendments {
		ids = append(ids, a.Row)
	}
	list, err := d.store.Versions(ctx, r.Subject, ids)
	if err != nil {
		return nil, err
	}
	of := map[int64]*StandingRow{}
	for i := range list {
		of[list[i].Version] = &list[i]
	}
	return of, nil
}

// restored are the records of a review with the values that it gives them.
func (d *Desk) restored(ctx context.Context, r *Review) ([]StandingRow, error) {
	current, err := d.amended(ctx, r)
	if err != nil {
		return nil, err
	}
	var list []StandingRow
	for _, a := range r.Amendments {
		e := *current[a.Row]
		e.Cells = slices.Clone(e.Cells)
		for i, c := range ColumnsOf(r.Subject) {
			if former, ok := a.Set[c.Name]; ok {
				e.Cells[i] = text(former)
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// carryOut does what a step does beyond its case. APPLY of a correction writes
// what its sheet says, if that still stands on what is recorded.
func (x *Acting) carryOut(act string) error {
	c := x.Case
	if c.Kind != "CORRECTION" || act != "APPLY" || c.Correction == nil {
		return nil
	}
	review, err := x.Desk.reviewCorrection(x.Ctx, c.Correction)
	if err != nil {
		return err
	}
	if !review.Ready() {
		return stale(review)
	}
	title := strings.TrimSpace(c.Title)
	x.write.Amend = &Amending{
		Instrument: registry.Instrument{Completeness: registry.NoScan, Number: c.Number, IssuedOn: x.Today, IssuedKnown: true, Issuer: x.Who.Name, Title: title,
			Text: fmt.Sprintf("批量更正表 sha256:%s，%d 条记录，%d 处", c.Correction.Digest, review.Records, len(review.Changes))},
		Event: registry.Event{Class: registry.Correction, Type: registry.Rewrite, EffectiveOn: x.Today, Precision: registry.PrecisionDay,
			Note: fmt.Sprintf("更正 %d 条记录的登记内容 (%d records rewritten)", review.Records, review.Records)},
		Reverses:   c.Correction.Reverses,
		Amendments: review.Amendments,
	}
	return nil
}

func stale(r *Review) error {
	err := notReady(r)
	var known *registry.Error
	if errors.As(err, &known) {
		return &registry.Error{Kind: registry.KindConflict, Message: "the sheet of this case no longer fits what is recorded: " + known.Message + "; return the case"}
	}
	return err
}

// Rewrites lists the newest corrections of how things are written down.
func (d *Desk) Rewrites(ctx context.Context, p *Principal, n int) ([]Rewriting, error) {
	if !p.May(ReadQuality, nil) {
		return nil, forbidden(ReadQuality)
	}
	return d.store.Rewrites(ctx, 0, n)
}
