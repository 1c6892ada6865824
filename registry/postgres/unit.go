package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/registry"
)

// Units implements registry.Registry. A row is read while the one before is
// being encoded; the whole answer is never held. Unit.WKB is only valid until
// yield returns.
func (s *Store) Units(ctx context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
		rows, err := s.listUnits(ctx, tx, q, nil)
		if err != nil {
			return err
		}
		return s.eachUnit(rows, q.At, yield)
	})
}

// listUnits selects units, of those that ids name if it is not nil.
func (s *Store) listUnits(ctx context.Context, tx pgx.Tx, q registry.UnitQuery, ids []int64) (pgx.Rows, error) {
	box, err := boxEWKB(q.Box)
	if err != nil {
		return nil, err
	}
	held, err := s.holdings(ctx, tx, q, ids)
	if err != nil {
		return nil, err
	}
	incomplete, err := s.incomplete(ctx, tx, q.At)
	if err != nil {
		return nil, err
	}
	recast, err := s.recast(ctx, tx, q.At)
	if err != nil {
		return nil, err
	}
	return tx.Query(ctx, sql("ListUnits"), pgx.StrictNamedArgs{"ids": ids,
		"t": date(q.At.Valid), "r": int64(q.At.Recorded), "after": int64(q.After), "level": int(q.Level), "parent": int64(q.Parent),
		"code": padCode(q.Code), "box": box, "n": limit(q.Limit), "geometry": q.Geometry,
		"areal": held.units, "digests": held.digests, "incomplete": incomplete, "recast": recast})
}

// eachUnit scans units and asks for areas that had to be built on the way.
func (s *Store) eachUnit(rows pgx.Rows, at registry.Instant, yield func(*registry.Unit) error) error {
	defer rows.Close()
	var row unitRow
	asked := map[registry.Level]bool{}
	for rows.Next() {
		if err := rows.Scan(row.targets()...); err != nil {
			return err
		}
		u, err := row.unit(at.Valid)
		if err != nil {
			return err
		}
		if row.unbuilt && !asked[u.Level] {
			asked[u.Level] = true
			s.areas.want(at, u.Level)
		}
		if err := yield(u); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Unit implements registry.Registry.
func (s *Store) Unit(ctx context.Context, id registry.UnitID, at registry.Instant, geometry bool) (*registry.Unit, error) {
	var unit *registry.Unit
	err := s.read(ctx, func(tx pgx.Tx) error {
		var err error
		unit, err = s.unit(ctx, tx, id, at, geometry)
		return err
	})
	return unit, err
}

func (s *Store) unit(ctx context.Context, tx pgx.Tx, id registry.UnitID, at registry.Instant, geometry bool) (*registry.Unit, error) {
	units, err := s.unitsByID(ctx, tx, []int64{int64(id)}, at, geometry)
	if err != nil {
		return nil, err
	}
	if len(units) == 0 {
		return nil, registry.NotFound("unit", id)
	}
	return &units[0], nil
}

// unitsByID reads those of the units that exist at the instant, in order of id.
func (s *Store) unitsByID(ctx context.Context, tx pgx.Tx, ids []int64, at registry.Instant, geometry bool) ([]registry.Unit, error) {
	rows, err := s.listUnits(ctx, tx, registry.UnitQuery{At: at, Geometry: geometry}, ids)
	if err != nil {
		return nil, err
	}
	var units []registry.Unit
	err = s.eachUnit(rows, at, func(u *registry.Unit) error {
		u.WKB = append([]byte(nil), u.WKB...)
		units = append(units, *u)
		return nil
	})
	return units, err
}

// UnitByCode implements registry.Registry.
func (s *Store) UnitByCode(ctx context.Context, code string, at registry.Instant) (*registry.Unit, error) {
	var unit *registry.Unit
	err := s.read(ctx, func(tx pgx.Tx) error {
		id, err := unitIDByCode(ctx, tx, code, at)
		if err != nil {
			return err
		}
		unit, err = s.unit(ctx, tx, id, at, false)
		return err
	})
	return unit, err
}

func unitIDByCode(ctx context.Context, tx pgx.Tx, code string, at registry.Instant) (registry.UnitID, error) {
	var id registry.UnitID
	err := tx.QueryRow(ctx, sql("UnitIDByCode"), pgx.StrictNamedArgs{
		"code": padCode(code), "t": date(at.Valid), "r": int64(at.Recorded)}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, registry.NotFound("unit with code", code+" on "+at.Valid.String())
	}
	return id, err
}

// Unrefined implements registry.Registry.
func (s *Store) Unrefined(ctx context.Context, at registry.Instant, level registry.Level, geometry bool, yield func(*registry.Unrefined) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
		found, err := s.unrefined(ctx, tx, at, level, geometry)
		if err != nil {
			return err
		}
		for _, u := range found {
			if err := yield(u); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) unrefined(ctx context.Context, tx pgx.Tx, at registry.Instant, level registry.Level, geometry bool) ([]*registry.Unrefined, error) {
	rows, err := tx.Query(ctx, sql("ListUnrefined"), pgx.StrictNamedArgs{
		"t": date(at.Valid), "r": int64(at.Recorded), "level": int(level), "geometry": geometry})
	if err != nil {
		return nil, err
	}
	var among [][]int64
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*registry.Unrefined, error) {
		u := &registry.Unrefined{Level: level}
		var ids []int64
		var label []byte
		err := row.Scan(&u.Holder.ID, &u.Holder.Name, &u.Holder.Level, &u.Holder.Code, &ids, &u.AreaM2, &label, &u.WKB)
		if err != nil {
			return nil, err
		}
		among = append(among, ids)
		u.Label, err = pointOf(label)
		return u, err
	})
	if err != nil {
		return nil, err
	}
	for i, u := range found {
		if u.Among, err = unitRefs(ctx, tx, among[i], at); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// unitRefs names units at an instant, in the order of ids.
func unitRefs(ctx context.Context, tx pgx.Tx, ids []int64, at registry.Instant) ([]registry.UnitRef, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, sql("UnitRefs"), pgx.StrictNamedArgs{"ids": ids, "t": date(at.Valid), "r": int64(at.Recorded)})
	if err != nil {
		return nil, err
	}
	byID := map[int64]registry.UnitRef{}
	var u registry.UnitRef
	_, err = pgx.ForEachRow(rows, []any{&u.ID, &u.Name, &u.Level, &u.Code}, func() error {
		byID[int64(u.ID)] = u
		return nil
	})
	if err != nil {
		return nil, err
	}
	var refs []registry.UnitRef
	for _, id := range ids {
		if u, ok := byID[id]; ok {
			refs = append(refs, u)
		}
	}
	return refs, nil
}

// Where implements registry.Registry.
func (s *Store) Where(ctx context.Context, p orb.Point, at registry.Instant) ([]registry.Whereabouts, error) {
	var found []registry.Whereabouts
	err := s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql("FacesAt"), pgx.StrictNamedArgs{
			"lon": p.Lon(), "lat": p.Lat(), "t": date(at.Valid), "r": int64(at.Recorded)})
		if err != nil {
			return err
		}
		type held struct {
			Face, Unit int64
			Among      []int64
		}
		faces, err := pgx.CollectRows(rows, pgx.RowToStructByPos[held])
		if err != nil {
			return err
		}
		for _, f := range faces {
			w, err := s.whereabouts(ctx, tx, f.Unit, f.Among, at)
			if err != nil {
				return err
			}
			if w != nil {
				found = append(found, *w)
			}
		}
		return nil
	})
	return found, err
}

func (s *Store) whereabouts(ctx context.Context, tx pgx.Tx, holder int64, among []int64, at registry.Instant) (*registry.Whereabouts, error) {
	rows, err := tx.Query(ctx, sql("Chain"), pgx.StrictNamedArgs{"id": holder, "t": date(at.Valid), "r": int64(at.Recorded)})
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	var w registry.Whereabouts
	if w.Chain, err = s.unitsByID(ctx, tx, ids, at, false); err != nil || len(w.Chain) == 0 {
		return nil, err
	}
	slices.SortFunc(w.Chain, func(a, b registry.Unit) int { return int(a.Level - b.Level) })
	if w.Among, err = unitRefs(ctx, tx, among, at); err != nil {
		return nil, err
	}
	if last := w.Chain[len(w.Chain)-1].Level; last < registry.LevelCounty {
		w.NotKnown = last + 1
	}
	return &w, nil
}

// unitRow is one row of ListUnits and GetUnit.
type unitRow struct {
	id                                 int64
	name                               string
	level                              int16
	code, kind                         string
	specific, generic                  string
	seat                               pgtype.Text
	autonomous                         bool
	valid                              pgtype.Range[pgtype.Date]
	beganBy                            int64
	endedBy                            pgtype.Int8
	basis                              string
	attested                           pgtype.Date
	superior, custodian                refRow
	areal, incomplete, recast, unbuilt bool
	areaM2                             float64
	label, geom                        pgtype.DriverBytes
}

type refRow struct {
	id    pgtype.Int8
	name  pgtype.Text
	level pgtype.Int2
	code  string
}

func (r *refRow) ref() *registry.UnitRef {
	if !r.id.Valid {
		return nil
	}
	return &registry.UnitRef{ID: registry.UnitID(r.id.Int64), Name: r.name.String, Level: registry.Level(r.level.Int16), Code: r.code}
}

func (r *unitRow) targets() []any {
	return []any{&r.id, &r.name, &r.level, &r.code, &r.kind, &r.specific, &r.generic, &r.seat, &r.autonomous, &r.valid,
		&r.beganBy, &r.endedBy, &r.basis, &r.attested,
		&r.superior.id, &r.superior.name, &r.superior.level, &r.superior.code,
		&r.custodian.id, &r.custodian.name, &r.custodian.level, &r.custodian.code,
		&r.areal, &r.incomplete, &r.recast, &r.unbuilt, &r.areaM2, &r.label, &r.geom}
}

func (r *unitRow) unit(on registry.Day) (*registry.Unit, error) {
	label, err := pointOf(r.label)
	if err != nil {
		return nil, err
	}
	u := &registry.Unit{
		UnitRef: registry.UnitRef{ID: registry.UnitID(r.id), Name: r.name, Level: registry.Level(r.level), Code: r.code},
		Type:    registry.UnitType(r.kind), Specific: r.specific, Generic: r.generic,
		Superior: r.superior.ref(), Custodian: r.custodian.ref(), Seat: r.seat.String, Autonomous: r.autonomous,
		Valid: fromRange(r.valid), BeganBy: registry.EventID(r.beganBy), EndedBy: registry.EventID(r.endedBy.Int64),
		Basis: registry.Basis(r.basis), Areal: r.areal, Incomplete: r.incomplete, AreaM2: r.areaM2, Label: label, WKB: r.geom,
	}
	if r.attested.Valid && on < fromTime(r.attested.Time) {
		u.Basis = registry.Recast
	}
	switch {
	case r.areal && r.recast:
		u.AreaBasis = registry.Recast
	case r.areal:
		u.AreaBasis = registry.Published
	}
	return u, nil
}

// pointOf decodes an EWKB point; no bytes give the zero point.
func pointOf(wkb []byte) (orb.Point, error) {
	if len(wkb) == 0 {
		return orb.Point{}, nil
	}
	var p orb.Point
	if len(wkb) == 25 && wkb[0] == 1 { // the usual case, little-endian with SRID
		p[0] = math.Float64frombits(binary.LittleEndian.Uint64(wkb[9:]))
		p[1] = math.Float64frombits(binary.LittleEndian.Uint64(wkb[17:]))
		return p, nil
	}
	g, _, err := ewkb.Unmarshal(wkb)
	if err != nil {
		return p, err
	}
	p, _ = g.(orb.Point)
	return p, nil
}

// padCode fills a code of 2 to 12 digits with zeros to 12.
func padCode(code string) string {
	if code == "" || len(code) >= 12 {
		return code
	}
	return code + strings.Repeat("0", 12-len(code))
}

// limit is the number of rows a query may return.
func limit(n int) int64 {
	if n <= 0 {
		return math.MaxInt32
	}
	return int64(n)
}

// boxEWKB is a box as a polygon, or null.
func boxEWKB(b *orb.Bound) (any, error) {
	if b == nil {
		return nil, nil
	}
	return ewkb.Marshal(b.ToPolygon(), srid)
}
