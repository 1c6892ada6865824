package postgres

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
)

// srid is CGCS2000 in degrees lon, lat.
const srid = 4490

// Progress is told how far a long piece of work is. Steps are named in
// English; total is 0 when it is not known.
type Progress func(step string, done, total int)

// Load writes a baseline in one transaction under one log entry, and derives
// the polygons of its data date. Loading a data set a second time (by its
// digest) changes nothing and returns loaded false. Everything is checked by
// the database at commit: on any error nothing is stored.
//
// Cost: some 60,000 rows take about five seconds; memory is a small multiple
// of the baseline.
func (s *Store) Load(ctx context.Context, b *registry.Baseline, by Author, progress Progress) (seq registry.Seq, loaded bool, err error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	seq, err = s.LoadedAs(ctx, b.Dataset.Digest)
	if err != nil || seq != 0 {
		return seq, false, err
	}
	by.Request = "dataset " + hex.EncodeToString(b.Dataset.Digest[:])
	seq, loaded, err = s.writeOnce(ctx, by, func(tx pgx.Tx, _ registry.Seq) error {
		l := &loader{ctx: ctx, tx: tx, b: b, progress: progress}
		return l.run()
	})
	if registry.KindOf(err) == registry.KindConflict { // somebody else may have loaded it while we waited
		if as, again := s.LoadedAs(ctx, b.Dataset.Digest); again == nil && as != 0 {
			return as, false, nil
		}
	}
	if err != nil {
		return 0, false, fmt.Errorf("load data set %s: %w", b.Dataset.Name, err)
	}
	return seq, loaded, nil
}

// LoadedAs returns the log entry that loaded a data set, by its digest, or 0.
func (s *Store) LoadedAs(ctx context.Context, digest [32]byte) (registry.Seq, error) {
	var seq registry.Seq
	err := s.pool.QueryRow(ctx, sql("LoadedAs"), pgx.StrictNamedArgs{"sha256": digest[:]}).Scan(&seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return seq, wrap("look for the data set", err)
}

// Latest returns the newest log entry, 0 in a registry without any.
func (s *Store) Latest(ctx context.Context) (registry.Seq, error) {
	var seq registry.Seq
	err := s.pool.QueryRow(ctx, sql("LatestSeq")).Scan(&seq)
	return seq, wrap("read the log", err)
}

// IssuedCodes returns those of the codes (12 digits) that the registry has ever
// recorded, retired ones included, in order of code. Cost is one look-up each.
func (s *Store) IssuedCodes(ctx context.Context, codes []string) ([]registry.IssuedCode, error) {
	rows, err := s.pool.Query(ctx, sql("IssuedCodes"), pgx.StrictNamedArgs{"codes": codes})
	if err != nil {
		return nil, wrap("look for issued codes", err)
	}
	issued, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (registry.IssuedCode, error) {
		var c registry.IssuedCode
		var valid pgtype.Range[pgtype.Date]
		err := row.Scan(&c.Code, &c.Bearer.ID, &c.Bearer.Name, &c.Bearer.Level, &valid)
		c.Bearer.Code, c.Valid = c.Code, fromRange(valid)
		return c, err
	})
	return issued, wrap("look for issued codes", err)
}

// loader writes one baseline. Ids are drawn first, so that every reference is
// known before the first row is sent and each table is one COPY.
type loader struct {
	ctx      context.Context
	tx       pgx.Tx
	b        *registry.Baseline
	progress Progress

	instruments, events, units, arcs, faces, lines, places []int64

	fresh []int64 // those of units that are new
}

func (l *loader) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"draw ids", l.drawIDs},
		{"write instruments and events", l.paper},
		{"write units", l.writeUnits},
		{"write codes", l.codes},
		{"write lineage", l.lineage},
		{"write arcs and faces", l.territory},
		{"write tenure", l.tenure},
		{"write lines", l.writeLines},
		{"write places", l.writePlaces},
		{"write reports", l.reports},
		{"index names", l.names},
		{"check and derive polygons", l.derive},
	} {
		l.progress(step.name, 0, 0)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (l *loader) drawIDs() error {
	for _, want := range []struct {
		table string
		n     int
		ids   *[]int64
	}{
		{"instrument", len(l.b.Instruments), &l.instruments},
		{"event", len(l.b.Events), &l.events},
		{"unit", l.newUnits(), &l.fresh},
		{"arc", len(l.b.Arcs), &l.arcs},
		{"face", len(l.b.Faces), &l.faces},
		{"line", len(l.b.Lines), &l.lines},
		{"place", len(l.b.Places), &l.places},
	} {
		rows, err := l.tx.Query(l.ctx, sql("DrawIDs"), pgx.StrictNamedArgs{"table": "registry." + want.table, "n": want.n})
		if err != nil {
			return err
		}
		if *want.ids, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return fmt.Errorf("draw ids of %s: %w", want.table, err)
		}
	}
	l.nameUnits()
	return nil
}

// newUnits counts the units that the registry does not hold yet.
func (l *loader) newUnits() (n int) {
	for i := range l.b.Units {
		if l.b.Units[i].Existing == 0 {
			n++
		}
	}
	return n
}

// nameUnits gives every unit its id: the one it has, or the next one drawn.
func (l *loader) nameUnits() {
	next := 0
	for i := range l.b.Units {
		id := int64(l.b.Units[i].Existing)
		if id == 0 {
			id = l.fresh[next]
			next++
		}
		l.units = append(l.units, id)
	}
}

// copyRows sends n rows of a table in one COPY.
func (l *loader) copyRows(table string, columns []string, n int, row func(i int) ([]any, error)) error {
	if n == 0 {
		return nil
	}
	source := pgx.CopyFromSlice(n, row)
	if _, err := l.tx.CopyFrom(l.ctx, pgx.Identifier{"registry", table}, columns, source); err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	return nil
}

// ref is the id behind an index, or null for NoRef.
func ref(ids []int64, i int) any {
	if i == registry.NoRef {
		return nil
	}
	return ids[i]
}

func (l *loader) paper() error {
	err := l.copyRows("instrument", []string{"id", "completeness", "number", "issued_on", "issuer", "title", "body", "citation"},
		len(l.b.Instruments), func(i int) ([]any, error) {
			p := l.b.Instruments[i]
			return []any{l.instruments[i], p.Completeness, nullText(p.Number), nullDate(p.IssuedOn, p.IssuedKnown),
				nullText(p.Issuer), p.Title, nullText(p.Text), nullText(p.Citation)}, nil
		})
	if err != nil {
		return err
	}
	err = l.copyRows("event", []string{"id", "class", "type", "effective_on", "precision", "instrument_id", "loaded_by", "note"},
		len(l.b.Events), func(i int) ([]any, error) {
			e := l.b.Events[i]
			var loadedBy any
			if i > 0 {
				loadedBy = l.events[0]
			}
			return []any{l.events[i], e.Class, e.Type, date(e.EffectiveOn), e.Precision,
				l.instruments[e.Instrument], loadedBy, nullText(e.Note)}, nil
		})
	if err != nil {
		return err
	}
	d := l.b.Dataset
	_, err = l.tx.Exec(l.ctx, sql("InsertDataset"), pgx.StrictNamedArgs{
		"event_id": l.events[0], "name": d.Name, "schematic": d.Schematic, "source": d.Source, "licence": d.Licence,
		"attribution": d.Attribution, "data_date": date(d.DataDate), "sha256": d.Digest[:]})
	return err
}

func (l *loader) writeUnits() error {
	if err := l.copyRows("unit", []string{"id"}, len(l.fresh), func(i int) ([]any, error) { return []any{l.fresh[i]}, nil }); err != nil {
		return err
	}
	type versionOf struct {
		unit int
		v    *registry.BaselineUnitVersion
	}
	var all []versionOf
	for i := range l.b.Units {
		for j := range l.b.Units[i].Versions {
			all = append(all, versionOf{i, &l.b.Units[i].Versions[j]})
		}
	}
	return l.copyRows("unit_version", []string{"unit_id", "level", "type", "specific", "generic", "superior_id", "custodian_id", "seat",
		"autonomous", "basis", "attested_on", "valid", "began_by", "ended_by"}, len(all), func(i int) ([]any, error) {
		u, v := all[i].unit, all[i].v
		return []any{l.units[u], int16(v.Level), v.Type, v.Specific, v.Generic, ref(l.units, v.Superior), ref(l.units, v.Custodian),
			nullText(v.Seat), autonomous(v.Type), v.Basis, nullDate(v.AttestedOn, v.AttestedOn != 0), period(v.Valid),
			l.events[v.BeganBy], ref(l.events, v.EndedBy)}, nil
	})
}

// autonomous says whether a type is an ethnic autonomous area (民族自治地方).
func autonomous(t registry.UnitType) bool {
	switch t {
	case registry.AutonomousRegion, registry.AutoPrefecture, registry.AutoCounty, registry.AutoBanner:
		return true
	}
	return false
}

func (l *loader) codes() error {
	type key struct {
		code  string
		reuse int16
	}
	seen := map[key]int{}
	var first []int
	for i, c := range l.b.Codes {
		k := key{c.Code, c.Reuse}
		if j, ok := seen[k]; !ok {
			seen[k] = i
			first = append(first, i)
		} else if l.b.Codes[j].Unit != c.Unit {
			return registry.Invalid("codes", fmt.Sprintf("code %s belongs to %s and to %s; give the later one a reuse number and its source",
				c.Code, l.b.Units[l.b.Codes[j].Unit].Key, l.b.Units[c.Unit].Key))
		}
	}
	err := l.copyRows("code", []string{"code", "reuse", "reuse_citation", "unit_id"}, len(first), func(i int) ([]any, error) {
		c := l.b.Codes[first[i]]
		return []any{c.Code, c.Reuse, nullText(c.ReuseCitation), l.units[c.Unit]}, nil
	})
	if err != nil {
		return err
	}
	return l.copyRows("code_version", []string{"code", "reuse", "unit_id", "state", "valid", "began_by", "ended_by"},
		len(l.b.Codes), func(i int) ([]any, error) {
			c := l.b.Codes[i]
			return []any{c.Code, c.Reuse, l.units[c.Unit], "PUBLISHED", period(c.Valid), l.events[c.BeganBy], ref(l.events, c.EndedBy)}, nil
		})
}

func (l *loader) lineage() error {
	share := func(x float64) any {
		if x < 0 {
			return nil
		}
		return x
	}
	return l.copyRows("lineage", []string{"event_id", "from_unit", "to_unit", "relation", "area_share", "population_share", "note"},
		len(l.b.Lineage), func(i int) ([]any, error) {
			e := l.b.Lineage[i]
			return []any{l.events[e.Event], l.units[e.From], l.units[e.To], e.Relation,
				share(e.AreaShare), share(e.PopulationShare), nullText(e.Note)}, nil
		})
}

func (l *loader) territory() error {
	err := l.copyRows("face", []string{"id", "bounded"}, len(l.faces), func(i int) ([]any, error) {
		return []any{l.faces[i], l.b.Faces[i].Bounded}, nil
	})
	if err != nil {
		return err
	}
	err = l.copyRows("arc", []string{"id", "geom", "source"}, len(l.arcs), func(i int) ([]any, error) {
		wkb, err := ewkb.Marshal(l.b.Arcs[i].Line, srid)
		return []any{l.arcs[i], wkb, l.b.Dataset.Name}, err
	})
	if err != nil {
		return err
	}
	return l.copyRows("arc_version", []string{"arc_id", "left_face", "right_face", "basis", "attested_on", "valid", "began_by"},
		len(l.arcs), func(i int) ([]any, error) {
			a := l.b.Arcs[i]
			return []any{l.arcs[i], l.faces[a.Left], l.faces[a.Right], a.Basis, date(l.b.Dataset.DataDate), period(a.Valid), l.events[0]}, nil
		})
}

func (l *loader) tenure() error {
	return l.copyRows("tenure", []string{"face_id", "unit_id", "among", "valid", "began_by", "ended_by"},
		len(l.b.Tenures), func(i int) ([]any, error) {
			t := l.b.Tenures[i]
			var among []int64
			for _, u := range t.Among {
				among = append(among, l.units[u])
			}
			return []any{l.faces[t.Face], l.units[t.Unit], among, period(t.Valid), l.events[t.BeganBy], ref(l.events, t.EndedBy)}, nil
		})
}

func (l *loader) writeLines() error {
	err := l.copyRows("line", []string{"id", "code"}, len(l.lines), func(i int) ([]any, error) {
		return []any{l.lines[i], l.b.Lines[i].Code}, nil
	})
	if err != nil {
		return err
	}
	return l.copyRows("line_version", []string{"line_id", "level", "name", "unit_a", "unit_b", "status", "valid", "began_by"},
		len(l.lines), func(i int) ([]any, error) {
			n := l.b.Lines[i]
			return []any{l.lines[i], int16(n.Level), n.Name, l.units[n.A], l.units[n.B], "CUSTOMARY", period(n.Valid), l.events[0]}, nil
		})
}

func (l *loader) writePlaces() error {
	err := l.copyRows("place", []string{"id"}, len(l.places), func(i int) ([]any, error) { return []any{l.places[i]}, nil })
	if err != nil {
		return err
	}
	return l.copyRows("place_version", []string{"place_id", "category", "name", "roman", "unit_id", "source_id", "geom", "valid", "began_by"},
		len(l.places), func(i int) ([]any, error) {
			p := l.b.Places[i]
			wkb, err := ewkb.Marshal(p.Point, srid)
			return []any{l.places[i], p.Category, nullText(p.Name), nullText(p.Roman), ref(l.units, p.Unit), nullText(p.SourceID), wkb,
				period(registry.Since(l.b.Dataset.DataDate)), l.events[0]}, err
		})
}

func (l *loader) reports() error {
	for _, r := range l.b.Reports {
		body, err := json.Marshal(r.Rows)
		if err != nil {
			return fmt.Errorf("report %s: %w", r.Name, err)
		}
		if len(r.Rows) == 0 {
			body = []byte("[]")
		}
		_, err = l.tx.Exec(l.ctx, sql("InsertReport"), pgx.StrictNamedArgs{"event_id": l.events[0], "name": r.Name,
			"title": r.Title, "title_en": r.TitleEn, "head": r.Columns, "body": body})
		if err != nil {
			return fmt.Errorf("report %s: %w", r.Name, err)
		}
	}
	return nil
}

// names makes the new names findable.
func (l *loader) names() error {
	return keyNewNames(l.ctx, l.tx, func(done int) { l.progress("index names", done, 0) })
}

// derive runs the deferred checks now, so that their time is shown as a step
// and not as a silent commit, then builds the polygons of the data date.
func (l *loader) derive() error {
	if _, err := l.tx.Exec(l.ctx, sql("RefreshStatistics")); err != nil {
		return err
	}
	if _, err := l.tx.Exec(l.ctx, sql("SealEntry")); err != nil {
		return err
	}
	for level := registry.LevelProvince; level <= registry.LevelTownship; level++ {
		args := pgx.StrictNamedArgs{"t": date(l.b.Dataset.DataDate), "level": int(level)}
		if _, err := l.tx.Exec(l.ctx, sql("FillLatestAreas"), args); err != nil {
			return fmt.Errorf("level %s: %w", level, err)
		}
	}
	return nil
}
