package postgres

import (
	"context"
	"slices"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

// openFindings counts what a check found and nobody has set aside.
func openFindings(t *testing.T, d *desk.Desk, who *desk.Principal, id string) (n int) {
	t.Helper()
	board, err := d.QualityBoard(t.Context(), who)
	check(t, err)
	for _, line := range board.Lines {
		if line.Check.ID == id {
			return line.Total.Open()
		}
	}
	t.Fatalf("no check %s", id)
	return 0
}

// A finding that is set aside stays so until its data change, and comes back
// when it is taken up again; what is corrected goes.
func TestQuality_acceptedUntilItChanges(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	editor := as[desk.DivisionEditor]
	run := func() {
		_, err := d.RunQuality(ctx, editor)
		check(t, err)
	}
	run()
	if n := openFindings(t, d, editor, "unit-seat"); n != 6 {
		t.Fatalf("%d units without seat, want 6", n)
	}
	_, list, err := d.Findings(ctx, editor, desk.FindingQuery{Check: "unit-seat", Text: "甲县"})
	check(t, err)
	if len(list) != 1 || list[0].Prefecture.Name != "西市" || list[0].Facts["type"] != "COUNTY" {
		t.Fatalf("%+v", list)
	}
	check(t, d.AcceptFinding(ctx, editor, "unit-seat", "unit", list[0].ID, true, "县政府正在迁建"))
	if err := d.AcceptFinding(ctx, editor, "unit-seat", "unit", list[0].ID, true, "又一次"); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("accepted twice: %v", err)
	}
	for range 2 {
		if n := openFindings(t, d, editor, "unit-seat"); n != 5 {
			t.Errorf("%d open after one was set aside, want 5", n)
		}
		run()
	}
	// Another type is another finding.
	records, _, err := d.Entries(ctx, editor, desk.UnitSubject, desk.Selection{Text: "甲县"})
	check(t, err)
	value := "AUTO_COUNTY"
	event, _, err := rewrite(store.Store, 0, []registry.Amendment{{Relation: "unit_version", Row: records[0].Version, Set: map[string]*string{"type": &value}}})
	check(t, err)
	run()
	if n := openFindings(t, d, editor, "unit-seat"); n != 6 {
		t.Errorf("%d open after the data changed, want 6", n)
	}
	// As it was when it was accepted, it is accepted; until somebody takes it up.
	undo, err := store.Former(ctx, event)
	check(t, err)
	_, _, err = rewrite(store.Store, event, undo.Restore)
	check(t, err)
	run()
	check(t, d.AcceptFinding(ctx, editor, "unit-seat", "unit", list[0].ID, false, "已迁完"))
	run()
	if n := openFindings(t, d, editor, "unit-seat"); n != 6 {
		t.Errorf("%d open after it was taken up again, want 6", n)
	}
	board, err := d.QualityBoard(ctx, editor)
	check(t, err)
	if trend := board.Lines[0].Trend; !slices.Equal(trend, []int{5, 5, 5, 6, 6, 6}) { // what was set aside counts from the run before
		t.Errorf("trend %v", trend)
	}
	problems, err := store.Check(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s %s", p.Check, p.Subject, p.Detail)
	}
}

func TestQuality_rights(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	if _, err := d.RunQuality(ctx, as["AUDITOR"]); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an auditor runs the checks: %v", err)
	}
	if _, err := d.QualityBoard(ctx, as["APPLICANT"]); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an applicant reads the board: %v", err)
	}
	if _, err := d.QualityBoard(ctx, nil); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("nobody reads the board: %v", err)
	}
	if err := d.OwnQuality(ctx, as[desk.DivisionEditor], "unit-seat", 0, as["AUDITOR"].Account); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("somebody without the role owns a check: %v", err)
	}
}

// The real data: every check runs, and finds what the reports of the load say.
func TestJilin_quality(t *testing.T) {
	ctx := context.Background()
	s, _ := jilin(t)
	run, err := s.RunQuality(ctx, law.Shipped().Checks, registry.Date(2026, 11, 28), 0)
	check(t, err)
	t.Logf("%d checks in %d ms", len(law.Shipped().Checks), run.TookMS)
	board, err := s.QualityBoard(ctx, law.Shipped().Checks, registry.Date(2026, 11, 28), 1)
	check(t, err)
	want := map[string]int{"unit-seat": 70, "code-missing": 0, "county-area": 0, "place-county": 0, "place-name": 80, "line-length": 143, "line-code": 140,
		"type-unknown": 267, "name-repeated": 29, "event-paper": 40, "area-recast": 60, "border-flag": 10, "autonomous-flag": 0}
	for _, line := range board.Lines {
		sum := 0
		for _, c := range line.Cells {
			sum += c.Found
		}
		if sum != line.Total.Found {
			t.Errorf("%s: prefectures sum to %d of %d", line.Check.ID, sum, line.Total.Found)
		}
		if n, ok := want[line.Check.ID]; ok && n != line.Total.Found {
			t.Errorf("%s: found %d, want %d", line.Check.ID, line.Total.Found, n)
		}
		t.Logf("%-18s %6d", line.Check.ID, line.Total.Found)
	}
	if len(board.Lines) < 14 || len(board.Prefectures) != 10 {
		t.Errorf("%d checks, %d columns", len(board.Lines), len(board.Prefectures))
	}
}
