package postgres

import (
	"slices"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/demo"
)

// What carries out a change is recorded once the change is approved, by the
// staff who work on it for the area; an announcement made elsewhere by who
// records what other authorities did, saying where it can be read.
func TestRecord_onlyAfterApprovalAndByWhoMay(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	var unit registry.UnitRef
	check(t, store.pool.QueryRow(ctx, "SELECT unit_id, name FROM unit_version WHERE level = 3 LIMIT 1").Scan(&unit.ID, &unit.Name))
	check(t, demo.Play(ctx, demo.Stage{Store: store, Now: d.Now(), Cast: as, Units: []registry.UnitRef{unit},
		Only: []string{"ADJUSTMENT APPROVED", "NAMING APPROVED", "SURVEY APPROVED"}}))
	approved := map[string]*desk.Case{}
	page, err := d.Cases(ctx, as["AUDITOR"], desk.CaseQuery{DueBy: registry.NoEnd, Limit: 10})
	check(t, err)
	for _, row := range page.Rows {
		approved[row.Kind], err = d.Case(ctx, as["AUDITOR"], row.ID)
		check(t, err)
	}
	record := func(who desk.Role, c *desk.Case, occasion, text string) (*desk.Case, error) {
		return d.Act(ctx, as[who], c.ID, c.Version, "", desk.Record{Occasion: occasion, On: d.Today(), Text: text})
	}

	for kind, want := range map[string][]string{"ADJUSTMENT": {"ANNOUNCED", "CODE", "SURVEY", "MAP"}, "NAMING": {"ANNOUNCED"}, "SURVEY": {}} {
		if got := approved[kind].Occasions(d.Book()); !slices.Equal(got, want) {
			t.Errorf("%s: %v can be recorded, want %v", kind, got, want)
		}
	}
	if _, err := record(desk.DivisionEditor, approved["SURVEY"], "CODE", ""); fault(err) != "record.kind" {
		t.Errorf("a code in a survey: %v", err)
	}

	draft, err := d.OpenCase(ctx, as[desk.Applicant], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	for _, occasion := range []string{"ANNOUNCED", "CODE", "SURVEY", "MAP"} {
		if _, err := record(desk.Applicant, draft, occasion, "吉政公告〔2026〕3号"); fault(err) != "case.right" {
			t.Errorf("the applicant recorded %s: %v", occasion, err)
		}
		who := desk.DivisionEditor
		if occasion == "ANNOUNCED" {
			who = "RECORDER"
		}
		if _, err := record(who, draft, occasion, "吉政公告〔2026〕3号"); fault(err) != "record.early" {
			t.Errorf("%s in a draft: %v", occasion, err)
		}
	}
	if got := draft.Occasions(d.Book()); len(got) > 0 {
		t.Errorf("a draft offers %v", got)
	}

	c := approved["ADJUSTMENT"]
	if _, err := record(desk.DivisionEditor, c, "ANNOUNCED", "吉政公告〔2026〕3号"); fault(err) != "case.right" {
		t.Errorf("the editor announced: %v", err)
	}
	for _, text := range []string{"", "已公告", "2026-3", "  "} {
		if _, err := record("RECORDER", c, "ANNOUNCED", text); fault(err) != "record.where" {
			t.Errorf("announced by %q: %v", text, err)
		}
	}
	c, err = record("RECORDER", c, "ANNOUNCED", "省政府公报，吉政公告〔2026〕3号")
	check(t, err)
	c, err = record(desk.DivisionEditor, c, "CODE", "")
	check(t, err)
	for _, clock := range c.Clocks {
		if clock.Running() && clock.Clock != "implement" {
			t.Errorf("still running: %+v", clock)
		}
	}
}

// A notice announces a change once the change is approved, and not before: it
// would stop clocks that have not begun.
func TestNotice_announcesWhatWasApproved(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	var unit registry.UnitRef
	check(t, store.pool.QueryRow(ctx, "SELECT unit_id, name FROM unit_version WHERE level = 3 LIMIT 1").Scan(&unit.ID, &unit.Name))
	check(t, demo.Play(ctx, demo.Stage{Store: store, Now: d.Now(), Cast: as, Units: []registry.UnitRef{unit}, Only: []string{"ADJUSTMENT APPROVED"}}))
	page, err := d.Cases(ctx, as["AUDITOR"], desk.CaseQuery{DueBy: registry.NoEnd, Limit: 1})
	check(t, err)
	draft, err := d.OpenCase(ctx, as[desk.DivisionEditor], desk.OpenRequest{Kind: "ADJUSTMENT", Title: "撤乡设镇"})
	check(t, err)
	announce := func(id registry.CaseID) (*desk.Case, error) {
		_, err := d.Act(ctx, as[desk.DivisionEditor], id, 0, "", desk.WriteNotice{NoticeContent: desk.NoticeContent{Kind: desk.Announcement, Title: "公告",
			Text: "已撤乡设镇。", Opens: registry.NoStart, Closes: registry.NoStart, Contact: "区划处", Announces: true}})
		check(t, err)
		written, err := d.Notices(ctx, as[desk.DivisionEditor], desk.NoticeQuery{Case: id, States: []desk.NoticeState{desk.NoticeDrafted}})
		check(t, err)
		return d.Act(ctx, as[releaser], id, 0, "", desk.PublishNoticeAct{Notice: written.Rows[0].ID, Seen: 1})
	}
	if _, err := announce(draft.ID); fault(err) != "notice.unapproved" {
		t.Errorf("a draft was announced: %v", err)
	}
	c, err := announce(page.Rows[0].ID)
	check(t, err)
	if c.Marks["ANNOUNCED"].On != d.Today() {
		t.Errorf("marks %+v", c.Marks)
	}
}
