package tiles

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"time"
	"unique"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/format/wkb"
	"jieming/geo/mercator"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

// sql returns a statement by the name of its file.
func sql(name string) string {
	text, err := sqlFiles.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Publication is a release to the public, with what must stand on its map.
type Publication struct {
	ID           int64
	AsOf         int64     // the log entry up to which the public sees the registry
	ReleasedAt   time.Time // UTC
	DataDate     time.Time // of the data, midnight UTC of the civil day
	ReviewNumber string    // 审图号; "" while the map has not been reviewed
	Attribution  string    // of the data set shown
	Schematic    bool      // 示意: geometry of the project's own making
	MaxZoom      int       // deepest zoom it allows; 0 for any
	Decimals     int       // of a degree, to which its geometry is rounded elsewhere; 0: as stored
}

// loaded is what one look at the database found.
type loaded struct {
	relations
	publications []Publication // in order of release
	seq          int64         // the last entry seen
}

// relationNames are the relations that tiles are made from, as the log names
// them, with the statements that read them.
var relationNames = map[string]string{
	"arc_version": "sides", "tenure": "tenure", "unit_version": "unit", "code_version": "code", "place_version": "place"}

// readSince reads what entries after since changed; everything, if since is 0.
// Arcs that known has are not read again. tx must see one snapshot.
func readSince(ctx context.Context, tx pgx.Tx, since int64, known map[int64][]mercator.Point) (*loaded, error) {
	got := &loaded{}
	if err := tx.QueryRow(ctx, sql("latest")).Scan(&got.seq); err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	changed, err := changedRows(ctx, tx, since)
	if err != nil {
		return nil, err
	}
	if err := got.readRelations(ctx, tx, changed); err != nil {
		return nil, err
	}
	if got.publications, err = readPublications(ctx, tx); err != nil {
		return nil, err
	}
	return got, got.readArcs(ctx, tx, known)
}

// changedRows returns the rows that entries after since wrote or closed, by
// the statement that reads them; nil, if all are wanted.
func changedRows(ctx context.Context, tx pgx.Tx, since int64) (map[string][]int64, error) {
	if since == 0 {
		return nil, nil
	}
	names := make([]string, 0, len(relationNames))
	for name := range relationNames {
		names = append(names, name)
	}
	rows, err := tx.Query(ctx, sql("changed"), pgx.StrictNamedArgs{"since": since, "relations": names})
	if err != nil {
		return nil, fmt.Errorf("read what changed: %w", err)
	}
	changed := map[string][]int64{}
	var name string
	var ids []int64
	_, err = pgx.ForEachRow(rows, []any{&name, &ids}, func() error {
		changed[relationNames[name]] = append([]int64(nil), ids...)
		return nil
	})
	return changed, err
}

// readRelations reads the changed rows; all, if changed is nil.
func (l *loaded) readRelations(ctx context.Context, tx pgx.Tx, changed map[string][]int64) (err error) {
	l.sides, err = readRows(ctx, tx, "sides", changed, err, func(s *sides) []any {
		return []any{&s.Arc, &s.Left, &s.Right, (*word)(&s.Status)}
	})
	l.tenures, err = readRows(ctx, tx, "tenure", changed, err, func(t *tenure) []any {
		t.Among = nil
		return []any{&t.Face, &t.Unit, &t.Among}
	})
	l.units, err = readRows(ctx, tx, "unit", changed, err, func(u *unit) []any {
		return []any{&u.Unit, &u.Level, (*word)(&u.Kind), &u.Name, &u.Parent}
	})
	l.codes, err = readRows(ctx, tx, "code", changed, err, func(c *code) []any {
		return []any{&c.Unit, &c.Code}
	})
	l.places, err = readRows(ctx, tx, "place", changed, err, func(p *place) []any {
		return []any{&p.Place, (*word)(&p.Category), &p.Name, &p.Roman, (*lonlat)(&p.At)}
	})
	return err
}

// readRows reads the rows of one relation, unless an error came before.
func readRows[T any](ctx context.Context, tx pgx.Tx, name string, changed map[string][]int64, before error, fields func(*T) []any) (table[T], error) {
	ids, some := changed[name]
	if before != nil || changed != nil && !some {
		return nil, before
	}
	rows, err := tx.Query(ctx, sql(name), pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var found table[T]
	var r row[T]
	into := append([]any{&r.ID, &r.From, &r.To, &r.Since, &r.Until}, fields(&r.Value)...)
	for rows.Next() {
		fields(&r.Value)
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		found = append(found, r)
	}
	return slices.Clone(found), rows.Err()
}

// word scans a word that many rows have, and keeps one copy of it.
type word string

// ScanText implements pgtype.TextScanner.
func (w *word) ScanText(t pgtype.Text) error {
	*w = word(unique.Make(t.String).Value())
	return nil
}

var _ pgtype.TextScanner = (*word)(nil)

// lonlat scans a point in WKB.
type lonlat mercator.Point

// ScanBytes implements pgtype.BytesScanner.
func (p *lonlat) ScanBytes(data []byte) error {
	g, _, err := wkb.Decode(data, 1)
	if err != nil {
		return err
	}
	at, ok := g.(orb.Point)
	if !ok {
		return fmt.Errorf("a point is wanted, %s is there", g.GeoJSONType())
	}
	q, err := geo.Snap(at)
	*p = lonlat(mercator.Project(q))
	return err
}

var _ pgtype.BytesScanner = (*lonlat)(nil)

// readArcs reads the lines of the arcs named by sides that are not known yet.
func (l *loaded) readArcs(ctx context.Context, tx pgx.Tx, known map[int64][]mercator.Point) error {
	var wanted []int64
	l.arcs = map[int64][]mercator.Point{}
	for i := range l.sides {
		id := l.sides[i].Value.Arc
		if _, have := known[id]; !have {
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if len(known) == 0 {
		wanted = nil // which means all: a long list would stay in the connection
	}
	rows, err := tx.Query(ctx, sql("arcs"), pgx.StrictNamedArgs{"ids": wanted})
	if err != nil {
		return fmt.Errorf("read arcs: %w", err)
	}
	var id int64
	var data pgtype.DriverBytes
	_, err = pgx.ForEachRow(rows, []any{&id, &data}, func() error {
		l.arcs[id], err = worldLine(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("read arc %d: %w", id, err)
	}
	return nil
}

// worldLine projects a line in WKB.
func worldLine(data []byte) ([]mercator.Point, error) {
	g, _, err := wkb.Decode(data, 1<<20)
	if err != nil {
		return nil, err
	}
	line, ok := g.(orb.LineString)
	if !ok {
		return nil, fmt.Errorf("a line is wanted, %s is there", g.GeoJSONType())
	}
	points, err := geo.SnapLine(line)
	if err != nil {
		return nil, err
	}
	projected := make([]mercator.Point, len(points))
	for i, p := range points {
		projected[i] = mercator.Project(p)
	}
	return projected, nil
}

func readPublications(ctx context.Context, tx pgx.Tx) ([]Publication, error) {
	rows, err := tx.Query(ctx, sql("publications"))
	if err != nil {
		return nil, fmt.Errorf("read publications: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Publication, err error) {
		err = row.Scan(&p.ID, &p.AsOf, &p.ReleasedAt, &p.DataDate, &p.ReviewNumber, &p.Attribution, &p.Schematic, &p.MaxZoom, &p.Decimals)
		p.ReleasedAt = p.ReleasedAt.UTC()
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read publications: %w", err)
	}
	return found, nil
}
