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
