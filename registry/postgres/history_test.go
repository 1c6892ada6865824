package postgres

import (
	"context"
	"testing"

	"jieming/registry"
)

// unitOf is SQL for the id of the unit with a name, whatever it is called now.
func unitOf(specific string) string {
	return "(SELECT DISTINCT unit_id FROM unit_version WHERE specific = '" + specific + "')"
}

// renamed is SQL that renames a unit by an event.
func renamed(from, to, day, event string) string {
	return `SELECT carve('unit_version', 'unit_id', ` + unitOf(from) + `, '[` + day + `,)', ` + event + `);
		INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by)
		SELECT unit_id, level, type, '` + to + `', generic, superior_id, '[` + day + `,)', ` + event + `
		FROM unit_version WHERE specific = '` + from + `' AND upper_inf(recorded);`
}

// In 2000 part of 甲 went to 乙, in 2005 乙 and in 2010 甲 took a new name, in
// 2015 丙 was merged into 乙; in 2020 the first of these was withdrawn.
func TestHistory_lineage(t *testing.T) {
	ctx := context.Background()
	s, _, a, b, _ := holding(t)
	check(t, attempt(s, `SELECT open_log('x'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (id, class, type, effective_on, instrument_id) SELECT 100 + n, 'REFINEMENT', 'X', d, (SELECT max(id) FROM instrument)
		FROM unnest('{2000-01-01,2005-01-01,2010-01-01,2015-01-01}'::date[]) WITH ORDINALITY x(d, n);
		INSERT INTO lineage (event_id, from_unit, to_unit, relation) VALUES (101, `+unitOf("甲")+`, `+unitOf("乙")+`, 'PART_TRANSFERRED'),
			(104, `+unitOf("丙")+`, `+unitOf("乙")+`, 'MERGED_INTO');`+renamed("乙", "新乙", "2005-01-01", "102")+renamed("甲", "新甲", "2010-01-01", "103")))
	before := latest(t, s)
	check(t, attempt(s, `SELECT open_log('x'); INSERT INTO event (class, type, effective_on, instrument_id, reverses)
		SELECT 'REFINEMENT', 'X', '2000-01-01', max(id), 101 FROM instrument`))

	event, err := s.Event(ctx, 101, before)
	check(t, err)
	if edge := event.Lineage[0]; edge.From.Name != "甲县" || edge.To.Name != "乙县" {
		t.Errorf("the event of 2000 names %s and %s, not as they then were", edge.From.Name, edge.To.Name)
	}
	h, err := s.History(ctx, a, before)
	check(t, err)
	if len(h.Successors) != 1 || h.Successors[0].Unit.Name != "乙县" {
		t.Errorf("successors %+v", h.Successors)
	}
	h, err = s.History(ctx, b, before)
	check(t, err)
	if len(h.Predecessors) != 2 || h.Predecessors[0].Unit.Name != "甲县" {
		t.Errorf("predecessors %+v", h.Predecessors)
	}

	day := func(year int) registry.Day { return registry.Date(year, 1, 1) }
	for _, c := range []struct {
		name, code string
		from, to   registry.Day
		at         registry.Seq
		want       map[string]bool // unit → its share is known, and all
	}{
		{"whole, nothing happened", "220121", day(2001), day(2012), before, map[string]bool{"新甲县": true}},
		{"gave away part", "220121", day(1999), day(2012), before, map[string]bool{"新甲县": false, "新乙县": false}},
		{"on the eve", "220121", day(2000) - 1, day(2000) - 1, before, map[string]bool{"甲县": true}},
		{"on the day", "220121", day(2000) - 1, day(2000), before, map[string]bool{"甲县": false, "乙县": false}},
		{"backward over a merger", "220122", day(2015), day(2015) - 1, before, map[string]bool{"丙县": false, "新乙县": false}},
		{"withdrawn", "220121", day(1999), day(2012), before + 1, map[string]bool{"新甲县": true}},
	} {
		got, err := s.Translate(ctx, c.code, c.from, c.to, c.at)
		check(t, err)
		if len(got.Targets) != len(c.want) {
			t.Errorf("%s: %+v", c.name, got.Targets)
		}
		for _, target := range got.Targets {
			whole, expected := c.want[target.Unit.Name]
			if !expected || whole != (target.Share != nil && *target.Share == 1) {
				t.Errorf("%s: %+v", c.name, target)
			}
		}
	}
	if _, err := s.UnitByCode(ctx, "22\x00", registry.Instant{Valid: day(2000), Recorded: before}); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("a code with a zero byte: %v", err)
	}
}

// A period of a code goes on through versions that differ in other things, and
// ends with the name.
func TestCodes_periods(t *testing.T) {
	ctx := context.Background()
	s, _, _, _, _ := holding(t)
	before := latest(t, s)
	check(t, attempt(s, `SELECT open_log('x'); INSERT INTO instrument (completeness, title, citation, number) VALUES ('CITED', 'x', 'x', '某政函〔2005〕1号');
		INSERT INTO event (id, class, type, effective_on, instrument_id) SELECT 100 + n, 'REFINEMENT', 'X', d, (SELECT max(id) FROM instrument)
		FROM unnest('{2000-01-01,2005-01-01}'::date[]) WITH ORDINALITY x(d, n);
		SELECT carve('unit_version', 'unit_id', `+unitOf("乙")+`, '[2000-01-01,)', 101);
		INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, seat, valid, began_by)
		SELECT DISTINCT unit_id, level, type, specific, generic, superior_id, '新街', '[2000-01-01,)'::daterange, 101 FROM unit_version WHERE specific = '乙';
		SELECT carve('unit_version', 'unit_id', `+unitOf("乙")+`, '[2005-01-01,)', 102);
		INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, seat, valid, began_by)
		SELECT unit_id, level, type, '新乙', generic, superior_id, seat, '[2005-01-01,)', 102 FROM unit_version WHERE seat = '新街' AND upper_inf(recorded)`))
	codes := func(at registry.Seq) (found []registry.CodeRecord) {
		check(t, s.Codes(ctx, at, func(c *registry.CodeRecord) error {
			if c.Unit.Code == "220122000000" {
				found = append(found, *c)
			}
			return nil
		}))
		return found
	}
	if old := codes(before); len(old) != 1 || old[0].Valid.To != registry.NoEnd || old[0].Ended.Event != 0 {
		t.Errorf("before: %+v", old)
	}
	now := codes(latest(t, s))
	if len(now) != 2 || now[0].Unit.Name != "乙县" || now[1].Unit.Name != "新乙县" {
		t.Fatalf("now: %+v", now)
	}
	change := registry.Date(2005, 1, 1)
	if now[0].Valid.To != change || now[1].Valid != registry.Since(change) {
		t.Errorf("periods %v, %v", now[0].Valid, now[1].Valid)
	}
	paper := registry.EventPaper{Event: 102, Number: "某政函〔2005〕1号"}
	if now[0].Ended != paper || now[1].Began != paper || now[0].Began.Event == 0 || now[1].Ended.Event != 0 {
		t.Errorf("papers %+v, %+v", now[0], now[1])
	}
}

// Lineage as a whole is what each unit's history says of it.
func TestLineage_isThatOfTheHistories(t *testing.T) {
	ctx := context.Background()
	s, _ := jilin(t)
	at := latest(t, s)
	histories := map[registry.UnitID]*registry.UnitHistory{}
	history := func(id registry.UnitID) *registry.UnitHistory {
		if histories[id] == nil {
			h, err := s.History(ctx, id, at)
			check(t, err)
			histories[id] = h
		}
		return histories[id]
	}
	n := map[registry.UnitID]int{}
	check(t, s.Lineage(ctx, at, func(l *registry.LineageRecord) error {
		if l.From.Level > registry.LevelCounty && l.From.ID%20 != 0 {
			return nil
		}
		n[l.From.ID]++
		for _, e := range history(l.From.ID).Successors {
			if e.Event == l.Event.ID && e.Unit == l.To && e.Relation == l.Relation && e.Note == l.Note && l.Event.Instrument.Title != "" {
				return nil
			}
		}
		t.Errorf("%s → %s by event %d is not in the history", l.From.Name, l.To.Name, l.Event.ID)
		return nil
	}))
	for id, h := range histories {
		if n[id] > 0 && n[id] != len(h.Successors) {
			t.Errorf("unit %d has %d edges of %d", id, n[id], len(h.Successors))
		}
	}
	if len(n) < 50 {
		t.Errorf("only %d units have successors", len(n))
	}
}
