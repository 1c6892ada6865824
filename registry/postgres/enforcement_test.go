package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// What the role of the application may not do, in direct SQL. Each attempt
// runs in one transaction, and the whole of it must fail with the state.
func TestEnforcement_refuses(t *testing.T) {
	s := opened(t, registrytest.Squares())
	const event = `
		SELECT open_log('evil');
		INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'X', '2024-01-01', max(id) FROM instrument;`
	for _, c := range []struct{ name, state, sql string }{
		{"version without log entry", "JM001", `INSERT INTO tenure (face_id, unit_id, valid, began_by) SELECT face_id, unit_id, '[2030-01-01,)', began_by FROM tenure LIMIT 1`},
		{"version without event", "JM003", `SELECT open_log('evil'); SELECT assign((SELECT min(id) FROM face), (SELECT max(unit_id) FROM tenure), '[2030-01-01,)', (SELECT min(id) FROM event))`},
		{"write after an early seal", "JM001", event + `SET CONSTRAINTS ALL IMMEDIATE; UPDATE tenure SET recorded = recorded`},
		{"alter a past version", "42501", `UPDATE unit_version SET specific = '假'`},
		{"alter through the one right it has", "JM002", event + `UPDATE unit_version SET recorded = '(,)' WHERE NOT upper_inf(recorded) OR true; UPDATE unit_version SET recorded = '(,)'`},
		{"delete a version", "42501", `DELETE FROM unit_version`},
		{"truncate", "42501", `TRUNCATE unit_version CASCADE`},
		{"insert into the log", "42501", `INSERT INTO log (seq, recorded_at, actor) VALUES (99, now(), 'evil')`},
		{"alter the log", "42501", `UPDATE log SET actor = 'nobody'`},
		{"forge a leaf", "42501", `INSERT INTO log_leaf (seq, relation, row_id, op, digest) VALUES (1, 'unit', 1, 'I', sha256(''))`},
		{"delete a leaf", "42501", `DELETE FROM log_leaf`},
		{"alter a derived area", "42501", `UPDATE area SET area_m2 = 0`},
		{"forge an extent", "42501", `DELETE FROM face_extent`},
		{"choose the recorded clock", "JM001", `INSERT INTO unit (seq) VALUES (1)`},
		{"disable a trigger", "42501", `ALTER TABLE unit_version DISABLE TRIGGER ALL`},
		{"legal act without a case", "23514", `SELECT open_log('evil'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
			INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'LEGAL', 'RENAME', '2024-01-01', max(id) FROM instrument`},
		{"legal act passed off as history", "JM003", `SELECT open_log('evil'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
			INSERT INTO event (class, type, effective_on, instrument_id, loaded_by) SELECT 'LEGAL', 'RENAME', '2024-01-01', max(id), (SELECT min(id) FROM event) FROM instrument`},
		{"baseline without data set", "JM003", `SELECT open_log('evil'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
			INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'BASELINE', 'FIRST_LOAD', '2024-01-01', max(id) FROM instrument`},
		{"full instrument without scan", "23514", `SELECT open_log('evil'); INSERT INTO instrument (completeness, number, issued_on, issuer, title) VALUES ('FULL', '1', '2024-01-01', 'x', 'x')`},
		{"lineage shares 0.4", "JM004", event + `INSERT INTO lineage (event_id, from_unit, to_unit, relation, area_share) SELECT max(event.id), min(unit.id), max(unit.id), 'CONTINUES', 0.4 FROM event, unit`},
		{"remove an arc", "JM005", event + `SELECT carve('arc_version', 'arc_id', (SELECT min(id) FROM arc), '[1981-12-31,)', (SELECT max(id) FROM event))`},
		{"an arc that crosses", "JM006", event + `SELECT swap_arc((SELECT min(id) FROM arc), st_geomfromtext('LINESTRING(126 43, 127.5 43.5, 126 44)', 4490), '[1981-12-31,)', (SELECT max(id) FROM event), 'x')`},
		{"an arc that crosses itself", "23514", event + `SELECT swap_arc((SELECT min(id) FROM arc), st_geomfromtext('LINESTRING(126 43, 126.2 43.5, 126.1 43.5, 126.2 43.4, 126 44)', 4490), '[1981-12-31,)', (SELECT max(id) FROM event), 'x')`},
		{"a vertex off the grid", "23514", event + `INSERT INTO arc (geom, source) VALUES (st_setsrid(st_makeline(st_makepoint(126.00000001, 43), st_makepoint(127, 44)), 4490), 'x')`},
		{"a face without holder", "JM007", event + `SELECT assign(min(id), NULL, '[2030-01-01,)', (SELECT max(id) FROM event)) FROM face`},
		{"two holders", "23P01", event + `INSERT INTO tenure (face_id, unit_id, valid, began_by) SELECT face_id, unit_id, '[2030-01-01,)', (SELECT max(id) FROM event) FROM tenure LIMIT 1`},
		{"two units with one code", "23P01", event + `INSERT INTO code (code, reuse, reuse_citation, unit_id) SELECT code, 1, 'x', (SELECT max(id) FROM unit) FROM code LIMIT 1;
			INSERT INTO code_version (code, reuse, unit_id, state, valid, began_by) SELECT code, 1, unit_id, 'PUBLISHED', '[2024-01-01,)', (SELECT max(id) FROM event) FROM code WHERE reuse = 1`},
		{"issue a code twice", "23505", event + `INSERT INTO code (code, unit_id) SELECT code, unit_id FROM code LIMIT 1`},
		{"swallow a scheduled change", "JM008", event + `SELECT assign((SELECT min(face_id) FROM tenure), (SELECT unit_id FROM tenure ORDER BY face_id DESC LIMIT 1), '[2030-01-01,)', max(id)) FROM event;
			SELECT assign((SELECT min(face_id) FROM tenure), (SELECT unit_id FROM tenure ORDER BY face_id DESC LIMIT 1), '[2028-01-01,)', max(id)) FROM event`},
		{"a superior that does not exist", "JM010", event + `SELECT carve('unit_version', 'unit_id', (SELECT min(unit_id) FROM unit_version WHERE level = 2), '[2024-01-01,)', max(id)) FROM event`},
		{"secret geometry on the internet", "JM009", event + `INSERT INTO arc (geom, source, secrecy) VALUES (st_geomfromtext('LINESTRING(1 1, 2 2)', 4490), 'x', 2)`},
		{"raise the zone", "42501", `UPDATE zone SET highest_level = 4`},
		{"a unit below itself", "JM011", event + `SELECT carve('unit_version', 'unit_id', min(unit_id), '[2024-01-01,)', (SELECT max(id) FROM event)) FROM unit_version WHERE level = 3;
			INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by)
			SELECT unit_id, level, type, specific, generic, unit_id, '[2024-01-01,)', (SELECT max(id) FROM event) FROM unit_version WHERE level = 3 ORDER BY unit_id LIMIT 1`},
		{"a face upon another", "JM012", event + ring("900", "(SELECT id FROM face WHERE NOT bounded)", "125.4 43.4, 125.6 43.4, 125.6 43.6, 125.4 43.4")},
		{"a face on the wrong side of its border", "JM012", event + ring("(SELECT min(id) FROM face)", "900", "125.4 43.4, 125.6 43.4, 125.6 43.6, 125.4 43.4")},
		{"a face that touches an arc away from its nodes", "JM006", event + ring("900", "(SELECT min(id) FROM face)", "126 43.25, 125.6 43.4, 125.6 43.2, 126 43.25")},
		{"another change under an old paper", "JM003", event + `UPDATE unit_version SET recorded = recorded WHERE specific = '甲';
			INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by)
			SELECT unit_id, level, type, '假', generic, superior_id, valid, began_by FROM unit_version WHERE specific = '甲'`},
		{"lineage for an old paper", "JM003", `SELECT open_log('evil'); INSERT INTO lineage (event_id, from_unit, to_unit, relation)
			SELECT (SELECT min(id) FROM event), min(id), max(id), 'CONTINUES' FROM unit`},
		{"a change by observation", "JM003", `SELECT open_log('evil'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
			INSERT INTO event (class, type, effective_on, instrument_id, note) SELECT 'OBSERVATION', 'X', '2024-01-01', max(id), 'x' FROM instrument;
			SELECT assign(min(id), (SELECT max(unit_id) FROM tenure), '[2030-01-01,)', (SELECT max(id) FROM event)) FROM face`},
		{"swallow a scheduled change from the beginning of time", "JM008", event + `SELECT carve('tenure', 'face_id', (SELECT min(face_id) FROM tenure), '(,)', max(id)) FROM event`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := attempt(s, c.sql)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != c.state {
				t.Errorf("got %v, want %s", err, c.state)
			}
		})
	}
	if n := latest(t, s); n != 2 {
		t.Errorf("refused attempts left %d log entries, want 2", n)
	}
}

// ring is SQL that puts a closed arc, of the given course, with a new face 900
// held by a county since the first day.
func ring(left, right, course string) string {
	return `INSERT INTO face (id) VALUES (900);
		INSERT INTO arc (id, geom, source) VALUES (900, st_geomfromtext('LINESTRING(` + course + `)', 4490), 'x');
		INSERT INTO arc_version (arc_id, left_face, right_face, valid, began_by) SELECT 900, ` + left + `, ` + right + `, '[1981-12-31,)', max(id) FROM event;
		INSERT INTO tenure (face_id, unit_id, valid, began_by) SELECT 900, (SELECT min(unit_id) FROM tenure), '[1981-12-31,)', max(id) FROM event`
}

// attempt runs statements in one transaction, as the application would.
func attempt(s *Store, text string) error {
	ctx := context.Background()
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, one := range strings.Split(text, ";") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			if _, err := tx.Exec(ctx, one); err != nil {
				return err
			}
		}
		return nil
	})
}

// The log has no gaps, its clock rises, its digests chain, and each row has a leaf.
func TestLog_isWhole(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", problems, err)
	}
}

// A row that a superuser changes with triggers off is named.
func TestCheck_namesTamperedRows(t *testing.T) {
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, registrytest.Squares(), tester, nil)
	check(t, err)
	for _, c := range []struct{ name, sql, want string }{
		{"name", `UPDATE registry.unit_version SET specific = '假' WHERE specific = '甲'`, "unit_version row"},
		{"geometry", `UPDATE registry.arc SET geom = st_geomfromtext('LINESTRING(127 43, 127.00001 43.5, 127 44)', 4490) WHERE id = (SELECT min(id) + 1 FROM registry.arc)`, "arc row"},
		{"polygon", `UPDATE registry.area SET geom = st_multi(st_geomfromtext('POLYGON((1 1, 2 1, 2 2, 1 1))', 4490))`, "area of unit"},
		{"removed", `DELETE FROM registry.code_version WHERE code = '220121000000'`, "code_version row"},
		{"log", `UPDATE registry.log SET actor = 'nobody'`, "log entry 1"},
		{"hidden as if never seen", `UPDATE registry.line_version SET recorded = 'empty'`, "line_version row"},
		{"size", `UPDATE registry.area SET area_m2 = 1`, "area "},
		{"extent", `UPDATE registry.face_extent SET valid = '[2000-01-01,)'`, "face 1"},
		{"recorded", `UPDATE registry.tenure SET recorded = '[5,)' WHERE face_id = (SELECT min(id) FROM registry.face)`, "tenure row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pool := pgtest.Pool(t, owner)
			_, err := pool.Exec(ctx, "SET session_replication_role = replica; "+c.sql)
			check(t, err)
			problems, err := s.Check(ctx, nil)
			check(t, err)
			for _, p := range problems {
				if strings.Contains(p.Subject, c.want) {
					return
				}
			}
			t.Errorf("no problem names %q: %+v", c.want, problems)
		})
	}
}

// Two enclaves that touch in their common node are no crossing.
func TestEnforcement_acceptsRingsThatTouchAtTheirNodes(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	check(t, attempt(s, `SELECT open_log('x'); INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'X', '2024-01-01', max(id) FROM instrument;
		INSERT INTO face (id) VALUES (900), (901);
		INSERT INTO arc (id, geom, source) VALUES (900, st_geomfromtext('LINESTRING(125.5 43.5, 125.6 43.4, 125.6 43.6, 125.5 43.5)', 4490), 'x'),
			(901, st_geomfromtext('LINESTRING(125.5 43.5, 125.4 43.6, 125.4 43.4, 125.5 43.5)', 4490), 'x');
		INSERT INTO arc_version (arc_id, left_face, right_face, valid, began_by) SELECT f, f, (SELECT min(id) FROM face), '[1981-12-31,)', (SELECT max(id) FROM event) FROM unnest('{900,901}'::bigint[]) f;
		INSERT INTO tenure (face_id, unit_id, valid, began_by) SELECT f, (SELECT min(unit_id) FROM tenure), '[1981-12-31,)', (SELECT max(id) FROM event) FROM unnest('{900,901}'::bigint[]) f`))
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
