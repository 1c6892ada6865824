package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/registrytest"
)

// writtenAt is everything that a correction could change, at an instant.
func writtenAt(t rapid.TB, s *Store, at registry.Instant) string {
	t.Helper()
	ctx := context.Background()
	var b strings.Builder
	fail := func(err error) {
		if err != nil {
			t.Fatalf("%v", err)
		}
	}
	fail(s.Units(ctx, registry.UnitQuery{At: at}, func(u *registry.Unit) error {
		_, err := fmt.Fprintln(&b, u.ID, u.Name, u.Specific, u.Generic, u.Code, u.Type, u.Seat, u.Autonomous, u.Superior, u.Custodian, u.Valid, u.BeganBy, u.EndedBy, u.AreaM2)
		return err
	}))
	fail(s.Lines(ctx, registry.LineQuery{At: at, Geometry: true}, func(l *registry.Line) error {
		_, err := fmt.Fprintln(&b, l.ID, l.Code, l.Name, l.Status, l.OfficialLengthM, l.Valid, l.WKB)
		return err
	}))
	fail(s.Places(ctx, registry.PlaceQuery{At: at}, func(p *registry.Place) error {
		_, err := fmt.Fprintln(&b, p.ID, p.Name, p.Roman, p.Category, p.Point, p.County, p.Valid)
		return err
	}))
	var flags string
	fail(s.pool.QueryRow(ctx, `SELECT string_agg(concat(unit_id, border, special), ',' ORDER BY unit_id) FROM unit_version WHERE valid @> $1::date AND recorded @> $2::bigint`,
		date(at.Valid), int64(at.Recorded)).Scan(&flags))
	return b.String() + flags
}

// rewrite applies amendments under an event of correction, and returns it.
func rewrite(s *Store, reverses registry.EventID, list []registry.Amendment) (registry.EventID, registry.Seq, error) {
	ctx := context.Background()
	id, err := s.OpenCase(ctx, "CORRECTION", "更正", "zhang")
	if err != nil {
		return 0, 0, err
	}
	d := decision(registry.Correction, registry.Rewrite, registry.Date(2026, 11, 28), "更正1号")
	var event registry.EventID
	seq, err := s.write(ctx, Author{Actor: "tester", Case: id}, func(tx pgx.Tx, _ registry.Seq) error {
		if err := amend(ctx, tx, id, &desk.Amending{Instrument: d.Instrument, Event: d.Event, Reverses: reverses, Amendments: list}); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "SELECT max(id) FROM event").Scan(&event)
	})
	return event, seq, err
}

// A correction and its counter-event leave the answers of today as they were
// before, and change no answer given earlier, whatever was corrected and
// however often; and who began a version in law stays.
func TestProperty_correctionAndUndo(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	today := registry.Date(2026, 11, 28)
	believed := map[registry.Seq]string{}
	note := func(rt rapid.TB) string {
		seq, err := s.Latest(ctx)
		if err != nil {
			rt.Fatalf("%v", err)
		}
		believed[seq] = writtenAt(rt, s, registry.Instant{Valid: today, Recorded: seq})
		return believed[seq]
	}
	name := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙丁戊己庚辛")), 1, 3, -1)
	draws := 0
	rapid.Check(t, func(rt *rapid.T) {
		if draws++; draws > 30 { // each writes twice: a hundred take most of a minute
			return
		}
		before := note(rt)
		subject := rapid.SampledFrom(desk.Subjects).Draw(rt, "subject")
		records, err := s.Records(ctx, subject, desk.Selection{}, today)
		if err != nil || len(records) == 0 {
			rt.Fatalf("records: %v", err)
		}
		var list []registry.Amendment
		for _, r := range records {
			if !rapid.Bool().Draw(rt, "corrected") {
				continue
			}
			set := map[string]*string{}
			put := func(column, value string) { set[column] = &value }
			switch subject {
			case desk.UnitSubject:
				put(rapid.SampledFrom([]string{"specific", "seat"}).Draw(rt, "column"), name.Draw(rt, "value"))
				put(rapid.SampledFrom([]string{"border", "special", "autonomous"}).Draw(rt, "flag"), fmt.Sprint(rapid.Bool().Draw(rt, "set")))
			case desk.LineSubject:
				put("official_length_m", fmt.Sprint(rapid.IntRange(1, 1e6).Draw(rt, "metres")))
				put("code", fmt.Sprint(rapid.IntRange(1000, 9999).Draw(rt, "code")))
			case desk.PlaceSubject:
				put("name", name.Draw(rt, "value"))
				set["roman"] = nil
			}
			list = append(list, registry.Amendment{Relation: subject.Relation(), Row: r.Version, Set: set})
		}
		if len(list) == 0 {
			return
		}
		event, _, err := rewrite(s, 0, list)
		if err != nil {
			rt.Fatalf("correct: %v", err)
		}
		note(rt)
		undo, err := s.Former(ctx, event)
		if err != nil {
			rt.Fatalf("%v", err)
		}
		if len(undo.Restore) != len(list) || len(undo.Changed) != 0 {
			rt.Fatalf("%d of %d can be restored, %d cannot", len(undo.Restore), len(list), len(undo.Changed))
		}
		if _, _, err := rewrite(s, event, undo.Restore); err != nil {
			rt.Fatalf("undo: %v", err)
		}
		if after := note(rt); after != before {
			rt.Fatalf("after the undo:\n%s\nbefore:\n%s", after, before)
		}
		for seq, answer := range believed {
			if now := writtenAt(rt, s, registry.Instant{Valid: today, Recorded: seq}); now != answer {
				rt.Fatalf("entry %d answers otherwise than it did", seq)
			}
		}
		if len(believed) > 5 {
			clear(believed) // so that time stays linear
		}
	})
	problems, err := s.Check(ctx, nil)
	check(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s %s", p.Check, p.Subject, p.Detail)
	}
}

// What somebody has changed since is not undone in silence.
func TestUndo_namesWhatHasChangedSince(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	today := registry.Date(2026, 11, 28)
	seats := func(seat string, names ...string) (list []registry.Amendment) {
		records, err := s.Records(ctx, desk.UnitSubject, desk.Selection{Text: "县"}, today)
		check(t, err)
		for _, r := range records {
			if slices.Contains(names, r.Name()) {
				list = append(list, registry.Amendment{Relation: "unit_version", Row: r.Version, Set: map[string]*string{"seat": &seat}})
			}
		}
		return list
	}
	event, _, err := rewrite(s, 0, seats("错镇", "甲县", "乙县"))
	check(t, err)
	_, _, err = rewrite(s, 0, seats("对镇", "乙县"))
	check(t, err)
	undo, err := s.Former(ctx, event)
	check(t, err)
	_, err = undo.Counter(true)
	wantConflict(t, "undo of everything", err)
	if err == nil || !strings.Contains(err.Error(), "乙县") {
		t.Errorf("the refusal does not name 乙县: %v", err)
	}
	restore, err := undo.Counter(false)
	check(t, err)
	_, _, err = rewrite(s, event, restore)
	check(t, err)
	seat := map[string]string{}
	seq, err := s.Latest(ctx)
	check(t, err)
	check(t, s.Units(ctx, registry.UnitQuery{At: registry.Instant{Valid: today, Recorded: seq}, Level: registry.LevelCounty}, func(u *registry.Unit) error {
		seat[u.Name] = u.Seat
		return nil
	}))
	if seat["甲县"] != "" || seat["乙县"] != "对镇" {
		t.Errorf("seats after the undo: %v", seat)
	}
	undo, err = s.Former(ctx, event)
	check(t, err)
	if _, err = undo.Counter(false); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("undone twice: %v", err)
	}
}

// A correction changes no attribute but those that it may, needs an event of
// its class, and fits only what is recorded.
func TestAmend_refuses(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	records, err := s.Records(ctx, desk.UnitSubject, desk.Selection{}, registry.Date(2026, 11, 28))
	check(t, err)
	value, row := "2", records[0].Version
	for _, column := range []string{"superior_id", "level", "valid", "unit_id", "basis", "nonsense"} {
		_, _, err := rewrite(s, 0, []registry.Amendment{{Relation: "unit_version", Row: row, Set: map[string]*string{column: &value}}})
		if registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%s: %v", column, err)
		}
	}
	for _, relation := range []string{"tenure", "arc_version", "nonsense"} {
		if _, _, err := rewrite(s, 0, []registry.Amendment{{Relation: relation, Row: 1, Set: map[string]*string{"face_id": &value}}}); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%s: %v", relation, err)
		}
	}
	_, _, err = rewrite(s, 0, []registry.Amendment{{Relation: "unit_version", Row: row, Set: map[string]*string{"seat": &value}}})
	check(t, err)
	_, _, err = rewrite(s, 0, []registry.Amendment{{Relation: "unit_version", Row: row, Set: map[string]*string{"seat": &value}}})
	wantConflict(t, "a row that was written again", err)

	// In a draft, too; and applied from there.
	latest, err := s.Records(ctx, desk.UnitSubject, desk.Selection{Text: records[0].Name()}, registry.Date(2026, 11, 28))
	check(t, err)
	seat := "草稿镇"
	op := registry.Operation{Kind: registry.Amend, Amendments: []registry.Amendment{{Relation: "unit_version", Row: latest[0].Version, Set: map[string]*string{"seat": &seat}}}}
	first, second := draftOf(t, s, registry.Since(registrytest.Start), op), draftOf(t, s, registry.Since(registrytest.Start), op)
	_, err = s.Apply(ctx, first, tester, decision(registry.Legal, registry.SeatMove, registry.Date(2026, 11, 28), "法1号"))
	if registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("an amendment under a legal event: %v", err)
	}
	_, err = s.Apply(ctx, first, tester, decision(registry.Correction, registry.Rewrite, registry.Date(2026, 11, 28), "更2号"))
	check(t, err)
	_, err = s.Apply(ctx, second, tester, decision(registry.Correction, registry.Rewrite, registry.Date(2026, 11, 28), "更3号"))
	wantConflict(t, "the second draft", err)
}

// edited opens a workbook, changes cells by record name and header, and returns it.
func edited(t *testing.T, data []byte, edit func(f *excelize.File, cell func(name, header string) string)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	check(t, err)
	rows, err := f.GetRows("更正")
	check(t, err)
	edit(f, func(name, header string) string {
		column := slices.IndexFunc(rows[0], func(h string) bool { return strings.HasPrefix(h, header+" ") })
		for i, row := range rows {
			if slices.Contains(row, name) {
				address, err := excelize.CoordinatesToCellName(column+1, i+1)
				check(t, err)
				return address
			}
		}
		t.Fatalf("no row %s", name)
		return ""
	})
	var out bytes.Buffer
	_, err = f.WriteTo(&out)
	check(t, err)
	return out.Bytes()
}

// A workbook goes out, is edited, comes back, is approved and applied by three
// people, and is undone.
func TestCorrection_roundTrip(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	editor := as[desk.DivisionEditor]
	export := func(s desk.Subject) []byte {
		list, day, err := d.Entries(ctx, editor, s, desk.Selection{})
		check(t, err)
		var out bytes.Buffer
		check(t, desk.WriteSheet(&out, s, list, day))
		return out.Bytes()
	}
	sheet := export(desk.UnitSubject)
	_, review, err := d.ReceiveSheet(ctx, editor, "表.xlsx", sheet)
	check(t, err)
	if len(review.Changes)+len(review.Faults) != 0 || review.Rows != 6 {
		t.Fatalf("unedited: %d rows, %d changes, %v", review.Rows, len(review.Changes), review.Faults)
	}
	sheet = edited(t, sheet, func(f *excelize.File, cell func(string, string) string) {
		check(t, f.SetCellStr("更正", cell("甲县", "驻地"), "　中村镇 "))
		check(t, f.SetCellStr("更正", cell("乙县", "边境地区"), "是"))
		check(t, f.RemoveRow("更正", 2))
	})
	u, review, err := d.ReceiveSheet(ctx, editor, "表.xlsx", sheet)
	check(t, err)
	if !review.Ready() || len(review.Changes) != 2 || review.Changes[0].New != "中村镇" || review.Rows != 5 {
		t.Fatalf("edited: %+v", review)
	}
	stale := export(desk.UnitSubject)
	c, err := d.OpenCorrection(ctx, editor, u.ID, desk.OpenRequest{Title: "补登驻地", Request: "one"})
	check(t, err)
	if c.Correction == nil || c.Correction.Cells != 2 || !c.HasPaper("EVIDENCE") {
		t.Fatalf("case: %+v", c.Correction)
	}
	c = apply(t, d, as, c)
	if c.State != "APPLIED" {
		t.Fatalf("state %s", c.State)
	}

	// Who edits what has moved on sees all three values.
	stale = edited(t, stale, func(f *excelize.File, cell func(string, string) string) {
		check(t, f.SetCellStr("更正", cell("甲县", "驻地"), "别镇"))
		check(t, f.SetCellStr("更正", cell("乙县", "边境地区"), "是")) // what is recorded by now
	})
	_, review, err = d.ReceiveSheet(ctx, editor, "表.xlsx", stale)
	check(t, err)
	if len(review.Faults) != 1 || review.Faults[0].Kind != desk.MovedRecord || review.Faults[0].Base != "" || review.Faults[0].Ours != "别镇" || review.Faults[0].Theirs != "中村镇" {
		t.Errorf("conflict: %+v", review.Faults)
	}

	written, err := rewritesOf(d, editor)
	check(t, err)
	if len(written) != 1 || written[0].Records != 2 {
		t.Fatalf("corrections: %+v", written)
	}
	undo, err := d.UndoCorrection(ctx, editor, written[0].Event, false, desk.OpenRequest{Title: "撤销", Request: "two"})
	check(t, err)
	_, review, err = d.ReviewCase(ctx, editor, undo.ID)
	check(t, err)
	if !review.Ready() || len(review.Changes) != 2 || review.Changes[0].Old != "中村镇" || review.Changes[0].New != "" {
		t.Errorf("undo: %+v", review)
	}
	apply(t, d, as, undo)
	_, review, err = d.ReceiveSheet(ctx, editor, "表.xlsx", edited(t, export(desk.UnitSubject), func(f *excelize.File, cell func(string, string) string) {
		check(t, f.SetCellStr("更正", cell("甲县", "驻地"), "中村镇"))
	}))
	check(t, err)
	if len(review.Changes) != 1 || review.Changes[0].Old != "" {
		t.Errorf("after the undo: %+v", review.Changes)
	}
}

func rewritesOf(d *desk.Desk, p *desk.Principal) ([]desk.Rewriting, error) {
	return d.Rewrites(context.Background(), p, 10)
}

// apply takes a correction through its procedure, each step by who may take it.
func apply(t *testing.T, d *desk.Desk, as map[desk.Role]*desk.Principal, c *desk.Case) *desk.Case {
	t.Helper()
	for _, step := range []struct {
		act string
		by  desk.Role
	}{{"SUBMIT", desk.DivisionEditor}, {"APPROVE", desk.Supervisor}, {"APPLY", "SECRECY_OFFICER"}} {
		if step.act == "APPLY" {
			if _, err := d.Act(t.Context(), as[desk.DivisionEditor], c.ID, c.Version, "", desk.Step{Act: "APPLY"}); registry.KindOf(err) != registry.KindForbidden {
				t.Errorf("the editor applies: %v", err)
			}
		}
		var err error
		c, err = d.Act(t.Context(), as[step.by], c.ID, c.Version, "", desk.Step{Act: step.act})
		check(t, err)
	}
	return c
}

func TestReview_faults(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	editor := as[desk.DivisionEditor]
	list, day, err := d.Entries(ctx, editor, desk.UnitSubject, desk.Selection{})
	check(t, err)
	var out bytes.Buffer
	check(t, desk.WriteSheet(&out, desk.UnitSubject, list, day))
	for name, c := range map[string]struct {
		edit func(f *excelize.File, cell func(string, string) string)
		kind desk.FaultKind
		bad  string
	}{
		"formula": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellFormula("更正", cell("甲县", "驻地"), "A1"))
		}, desk.FormulaCell, ""},
		"locked": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "上级"), "东市"))
		}, desk.LockedCell, ""},
		"version of another row": {func(f *excelize.File, cell func(string, string) string) {
			one, err := f.GetCellValue("更正", cell("乙县", "版本"))
			check(t, err)
			check(t, f.SetCellStr("更正", cell("甲县", "版本"), one))
		}, desk.LockedCell, ""},
		"unknown": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "版本"), "v1-unit-99999-0011223344556677"))
		}, desk.UnknownRecord, ""},
		"added": {func(f *excelize.File, _ func(string, string) string) {
			check(t, f.SetCellStr("更正", "C20", "新县"))
		}, desk.AddedRow, ""},
		"no type of the level": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "建制类型"), "镇"))
		}, desk.BadValue, "type"},
		"space inside": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "专名"), "甲 乙"))
		}, desk.BadValue, "character"},
		"private use": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "专名"), "甲\ue000"))
		}, desk.BadValue, "character"},
		"emptied": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "专名"), ""))
		}, desk.BadValue, "empty"},
		"flag": {func(f *excelize.File, cell func(string, string) string) {
			check(t, f.SetCellStr("更正", cell("甲县", "边境地区"), "也许"))
		}, desk.BadValue, "flag"},
	} {
		t.Run(name, func(t *testing.T) {
			_, review, err := d.ReceiveSheet(ctx, editor, "x.xlsx", edited(t, out.Bytes(), c.edit))
			check(t, err)
			if len(review.Faults) == 0 || review.Faults[0].Kind != c.kind || c.bad != "" && review.Faults[0].Bad.Key != c.bad || review.Ready() {
				t.Errorf("%+v", review.Faults)
			}
			if len(review.Faults) > 0 && (review.Faults[0].Cell == "" || review.Faults[0].Sheet == "") {
				t.Errorf("the fault does not say where: %+v", review.Faults[0])
			}
		})
	}
	sorted := edited(t, out.Bytes(), func(f *excelize.File, cell func(string, string) string) {
		check(t, f.DuplicateRowTo("更正", 2, 9)) // to the end, as sorting does
		check(t, f.RemoveRow("更正", 2))
		check(t, f.SetCellStr("更正", "O1", "备注"))
		check(t, f.SetCellStr("更正", "O3", "请核对"))
	})
	_, review, err := d.ReceiveSheet(ctx, editor, "x.xlsx", sorted)
	check(t, err)
	if len(review.Faults)+len(review.Changes) != 0 || review.Rows != 6 || !slices.Equal(review.Ignored, []string{"备注"}) {
		t.Errorf("sorted, with a column of notes: %+v", review)
	}
	if _, _, err := d.ReceiveSheet(ctx, as["AUDITOR"], "x.xlsx", sorted); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an auditor uploads: %v", err)
	}
}

func TestLines_fullWidthDigits(t *testing.T) {
	ctx := t.Context()
	d, as := staffed(t)
	list, day, err := d.Entries(ctx, as["LINE_MANAGER"], desk.LineSubject, desk.Selection{})
	check(t, err)
	var out bytes.Buffer
	check(t, desk.WriteSheet(&out, desk.LineSubject, list, day))
	sheet := edited(t, out.Bytes(), func(f *excelize.File, cell func(string, string) string) {
		check(t, f.SetCellStr("更正", cell("甲乙线", "界线代码"), "２２０１"))
		check(t, f.SetCellFloat("更正", cell("甲乙线", "法定长度(米)"), 111234.5, -1, 64))
		check(t, f.SetCellStr("更正", cell("乙丙线", "法定长度(米)"), "１，２３４米"))
		since := cell("甲乙线", "起始日期")
		check(t, f.SetCellInt("更正", since, 29951)) // 1981-12-31 as a number of days
	})
	_, review, err := d.ReceiveSheet(ctx, as["LINE_MANAGER"], "x.xlsx", sheet)
	check(t, err)
	got, err := json.Marshal(review.Amendments)
	check(t, err)
	if !review.Ready() || !strings.Contains(string(got), `"2201"`) || !strings.Contains(string(got), `"111234.5"`) || !strings.Contains(string(got), `"1234"`) {
		t.Errorf("%s %+v", got, review.Faults)
	}
	_, review, err = d.ReceiveSheet(ctx, as["LINE_MANAGER"], "x.xlsx", edited(t, out.Bytes(), func(f *excelize.File, cell func(string, string) string) {
		check(t, f.SetCellStr("更正", cell("甲乙线", "界线代码"), "2201"))
		check(t, f.SetCellStr("更正", cell("乙丙线", "界线代码"), "2201"))
	}))
	check(t, err)
	if len(review.Faults) != 1 || review.Faults[0].Kind != desk.TakenCode {
		t.Errorf("one number twice: %+v", review.Faults)
	}
}
