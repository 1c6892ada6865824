package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// Tend does what the demonstration has beside its cases: somebody stands in for
// somebody, the checks have owners, records are corrected in bulk, one release
// set is released and one waits. What is there already is left as it is.
func Tend(ctx context.Context, s Stage) error {
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{{"delegation", s.delegate}, {"quality", s.quality}, {"corrections", s.correct}} {
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func (s *Stage) desk() *desk.Desk {
	return desk.New(desk.Options{Store: s.Store, Now: func() time.Time { return s.Now }})
}

// delegate lets the division editor do the work of the line manager for two
// weeks, unless somebody does.
func (s *Stage) delegate(ctx context.Context) error {
	d, who := s.desk(), s.Cast["LINE_MANAGER"]
	known, err := d.Delegations(ctx, who)
	if err != nil || slices.ContainsFunc(known, func(n desk.DelegationRecord) bool { return n.From == who.Account && !n.Ended && n.Until > d.Today() }) {
		return err
	}
	_, err = d.Delegate(ctx, who, s.Cast[desk.DivisionEditor].Login, d.Today(), d.Today()+13, "演示：参加培训")
	return err
}

// quality names owners of checks, once they have run, and sets one finding aside.
func (s *Stage) quality(ctx context.Context) error {
	d, editor := s.desk(), s.Cast[desk.DivisionEditor]
	board, err := d.QualityBoard(ctx, editor)
	if err != nil {
		return err
	}
	if len(board.Runs) == 0 {
		if _, err := d.RunQuality(ctx, editor); err != nil {
			return err
		}
	}
	for _, line := range board.Lines {
		owner := s.Cast[desk.Role(line.Check.Owner)]
		if line.Owner != 0 || owner == nil || !slices.Contains([]string{"unit-seat", "border-flag", "place-name", "line-length"}, line.Check.ID) {
			continue
		}
		if err := d.OwnQuality(ctx, editor, line.Check.ID, 0, owner.Account); err != nil {
			return err
		}
	}
	const aside = "event-paper"
	_, found, err := d.Findings(ctx, editor, desk.FindingQuery{Check: aside, Limit: 1})
	if err != nil || len(found) == 0 || found[0].Accepted {
		return err
	}
	return d.AcceptFinding(ctx, editor, aside, found[0].Kind, found[0].ID, true, "演示：原件在档案馆，已约期调阅")
}

// correct marks counties at the frontier as such, a prefecture at a time: what is
// corrected first is released, what comes next waits for its release, and the
// last for its approval.
func (s *Stage) correct(ctx context.Context) error {
	corrected := false
	for i, batch := range []struct {
		title string
		acts  []string
		after func(context.Context, string) error
	}{
		{"补登边境地区标记（第一批）", []string{"SUBMIT", "APPROVE", "APPLY"}, s.release},
		{"补登边境地区标记（第二批）", []string{"SUBMIT", "APPROVE", "APPLY"}, s.prepare},
		{"补登边境地区标记（第三批）", []string{"SUBMIT"}, func(context.Context, string) error { return nil }},
	} {
		a := &actors{stage: s, book: law.Shipped(), key: fmt.Sprintf("demo-correction-%d", i), editor: desk.DivisionEditor, at: s.Now.AddDate(0, 0, -3)}
		c, err := a.openCorrection(ctx, batch.title)
		if err != nil {
			return err
		}
		for _, act := range batch.acts {
			if c == nil { // there is nothing to correct
				break
			}
			corrected = corrected || act == "APPLY" && c.Phase == law.Open
			if act == "APPLY" {
				a.at = s.Now
			}
			if c, err = a.take(ctx, c, a.book.Step(c.Kind, act)); err != nil {
				return fmt.Errorf("%s: %s: %w", batch.title, act, err)
			}
		}
		if err := batch.after(ctx, "演示："+batch.title); err != nil {
			return err
		}
	}
	if !corrected {
		return nil
	}
	_, err := s.desk().RunQuality(ctx, s.Cast[desk.DivisionEditor])
	return err
}

// openCorrection opens a case with a sheet that marks the counties of a prefecture
// as at the frontier, or finds it; nil if there are none to mark.
func (a *actors) openCorrection(ctx context.Context, title string) (*desk.Case, error) {
	d, editor := a.desk(), a.stage.Cast[a.editor]
	known, err := d.Cases(ctx, editor, desk.CaseQuery{Text: title, Kinds: []string{"CORRECTION"}, DueBy: registry.NoEnd, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(known.Rows) > 0 {
		return d.Case(ctx, editor, known.Rows[0].ID)
	}
	const check = "border-flag"
	_, found, err := d.Findings(ctx, editor, desk.FindingQuery{Check: check})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		records, day, err := d.Entries(ctx, editor, desk.UnitSubject, desk.Selection{IDs: inPrefecture(found, f.Prefecture.ID)})
		if err != nil {
			return nil, err
		}
		var sheet bytes.Buffer
		if !mark(records) {
			continue // another batch has them
		}
		if err := desk.WriteSheet(&sheet, desk.UnitSubject, records, day); err != nil {
			return nil, err
		}
		u, _, err := d.ReceiveSheet(ctx, editor, title+".xlsx", sheet.Bytes())
		if err != nil {
			return nil, err
		}
		return d.OpenCorrection(ctx, editor, u.ID, desk.OpenRequest{Title: title, Request: a.key,
			Summary: "演示案件。数据质量检查发现，" + f.Prefecture.Name + "与外国相邻的县级单位没有标为边境地区，予以补登。"})
	}
	return nil, nil
}

func inPrefecture(found []desk.Finding, id registry.UnitID) (units []int64) {
	for _, f := range found {
		if f.Prefecture.ID == id {
			units = append(units, f.ID)
		}
	}
	return units
}

// mark marks units as at the frontier, and reports whether one was not.
func mark(records []desk.StandingRow) (changed bool) {
	for i, c := range desk.ColumnsOf(desk.UnitSubject) {
		if c.Name != "border" {
			continue
		}
		for _, r := range records {
			changed = changed || r.Cells[i] != "true"
			r.Cells[i] = "true"
		}
	}
	return changed
}

// prepare prepares a release set, unless it is there. It bears neither 审图号 nor
// certificate, because a demonstration has none.
func (s *Stage) prepare(ctx context.Context, note string) error {
	_, err := s.prepared(ctx, note)
	return err
}

func (s *Stage) prepared(ctx context.Context, note string) (*desk.ReleaseSet, error) {
	d, editor := s.desk(), s.Cast[desk.DivisionEditor]
	sets, err := d.Releases(ctx, editor)
	if err != nil {
		return nil, err
	}
	for i := range sets {
		if sets[i].Note == note {
			return &sets[i], nil
		}
	}
	now, err := s.Store.Published(ctx)
	if registry.KindOf(err) == registry.KindNotFound {
		now, err = &registry.Publication{DataDate: d.Today()}, nil
	}
	if err != nil {
		return nil, err
	}
	id, err := d.PrepareRelease(ctx, editor, desk.ReleaseTerms{DataDate: now.DataDate, Note: note})
	if err != nil {
		return nil, err
	}
	return d.Release(ctx, editor, id)
}

// release prepares a release set, and has it released.
func (s *Stage) release(ctx context.Context, note string) error {
	set, err := s.prepared(ctx, note)
	if err != nil || set.State != desk.ReleasePrepared {
		return err
	}
	return s.desk().PublishRelease(ctx, s.Cast["SECRECY_OFFICER"], set.ID, "演示：已核对变化的内容")
}
