package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jieming/registry"
	"jieming/registry/desk"
)

// Differences compares what the registry shows at two entries, for all days. It
// reads the rows that only one of them sees: its cost grows with the changes.
func (s *Store) Differences(ctx context.Context, from, to registry.Seq) (*desk.Differences, error) {
	d := &desk.Differences{From: from, To: to}
	args := pgx.StrictNamedArgs{"r0": int64(from), "r1": int64(to)}
	err := s.read(ctx, func(tx pgx.Tx) (err error) {
		if err = readDifferences(ctx, tx, args, d); err != nil {
			return err
		}
		if err = readNewLineage(ctx, tx, args, d); err != nil {
			return err
		}
		if err = nameDifferences(ctx, tx, args, d); err != nil {
			return err
		}
		d.Events, err = eventRecords(ctx, tx, "ListNewEvents", args)
		return err
	})
	if err != nil {
		return nil, err
	}
	days := map[registry.Day]bool{}
	for i := range d.Items {
		for _, day := range []registry.Day{d.Items[i].Valid.From, d.Items[i].Valid.To} {
			if day != registry.NoStart && day != registry.NoEnd {
				days[day] = true
			}
		}
	}
	d.Days = slices.Sorted(maps.Keys(days))
	return d, nil
}

func readDifferences(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs, d *desk.Differences) error {
	rows, err := tx.Query(ctx, sql("ListDifferences"), args)
	if err != nil {
		return err
	}
	var valid pgtype.Range[pgtype.Date]
	var x desk.Difference
	var before, after map[string]any
	_, err = pgx.ForEachRow(rows, []any{&x.Kind, &x.ID, &valid, &before, &after}, func() error {
		one := desk.Difference{Kind: x.Kind, ID: x.ID, Valid: fromRange(valid), Comes: before == nil, Goes: after == nil}
		one.Fields = compare(before, after)
		d.Items = append(d.Items, one)
		if n := len(d.Items); n > 1 && follows(&d.Items[n-2], &d.Items[n-1]) {
			d.Items[n-2].Valid.To = one.Valid.To
			d.Items = d.Items[:n-1]
		}
		before, after = nil, nil
		return nil
	})
	return err
}

// follows tells whether a difference is the same as the one before, on the days
// that follow.
func follows(a, b *desk.Difference) bool {
	return a.Kind == b.Kind && a.ID == b.ID && a.Valid.To == b.Valid.From && a.Comes == b.Comes && a.Goes == b.Goes && slices.Equal(a.Fields, b.Fields)
}

// compare lists the properties that differ, in order of their names. What is
// derived from others, and which version one was written for, is left out.
func compare(before, after map[string]any) (fields []desk.FieldDifference) {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name == "corrects" {
			continue
		}
		b, a := written(before[name]), written(after[name])
		if b != a && name != "parent_id" && name != "name" || b != a && before["specific"] == nil && after["specific"] == nil && name == "name" {
			fields = append(fields, desk.FieldDifference{Field: name, Before: b, After: a})
		}
	}
	return fields
}

// written is a value of a row as text.
func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func readNewLineage(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs, d *desk.Differences) error {
	rows, err := tx.Query(ctx, sql("ListNewLineage"), args)
	if err != nil {
		return err
	}
	var id, from, to int64
	var relation, area, population, note string
	var on pgtype.Date
	_, err = pgx.ForEachRow(rows, []any{&id, &from, &to, &relation, &area, &population, &note, &on}, func() error {
		x := desk.Difference{Kind: desk.EdgeDiffers, ID: id, Valid: registry.Since(fromTime(on.Time)), Comes: true}
		for _, f := range []desk.FieldDifference{{Field: "from_unit", After: strconv.FormatInt(from, 10)}, {Field: "to_unit", After: strconv.FormatInt(to, 10)},
			{Field: "relation", After: relation}, {Field: "area_share", After: area}, {Field: "population_share", After: population}, {Field: "note", After: note}} {
			if f.After != "" {
				x.Fields = append(x.Fields, f)
			}
		}
		d.Items = append(d.Items, x)
		return nil
	})
	return err
}

// The properties that hold the id of a unit, and of a face.
var (
	unitFields = []string{"unit_id", "superior_id", "custodian_id", "unit_a", "unit_b", "from_unit", "to_unit"}
	faceFields = []string{"left_face", "right_face"}
)

// nameDifferences puts names in the place of the ids of units and faces.
func nameDifferences(ctx context.Context, tx pgx.Tx, args pgx.StrictNamedArgs, d *desk.Differences) error {
	units, faces := map[int64]bool{}, map[int64]bool{}
	for i := range d.Items {
		x := &d.Items[i]
		switch x.Kind {
		case desk.UnitDiffers:
			units[x.ID] = true
		case desk.HolderDiffers:
			faces[x.ID] = true
		}
		each(x, unitFields, func(text *string, id int64) { units[id] = true })
		each(x, faceFields, func(text *string, id int64) { faces[id] = true })
	}
	names, err := namesBy(ctx, tx, "LastNames", args, slices.Sorted(maps.Keys(units)))
	if err != nil {
		return err
	}
	holders, err := namesBy(ctx, tx, "LastHolders", args, slices.Sorted(maps.Keys(faces)))
	if err != nil {
		return err
	}
	for i := range d.Items {
		x := &d.Items[i]
		each(x, unitFields, func(text *string, id int64) { *text = cmp.Or(names[id], *text) })
		each(x, faceFields, func(text *string, id int64) { *text = cmp.Or(holders[id], *text) })
		x.Name = cmp.Or(ownName(x, names, holders), strconv.FormatInt(x.ID, 10))
	}
	return nil
}

// each calls f with the values, before and after, of some properties that are ids.
func each(x *desk.Difference, fields []string, f func(text *string, id int64)) {
	for n := range x.Fields {
		if !slices.Contains(fields, x.Fields[n].Field) {
			continue
		}
		for _, text := range []*string{&x.Fields[n].Before, &x.Fields[n].After} {
			if id, err := strconv.ParseInt(*text, 10, 64); err == nil {
				f(text, id)
			}
		}
	}
}

// ownName is how people call what differs.
func ownName(x *desk.Difference, names, holders map[int64]string) string {
	of := func(field string) string {
		for _, f := range x.Fields {
			if f.Field == field {
				return cmp.Or(f.After, f.Before)
			}
		}
		return ""
	}
	switch x.Kind {
	case desk.UnitDiffers:
		return names[x.ID]
	case desk.CodeDiffers:
		return fmt.Sprintf("%012d", x.ID)
	case desk.HolderDiffers:
		return holders[x.ID]
	case desk.BorderDiffers:
		if left, right := of("left_face"), of("right_face"); left != "" && right != "" {
			return fmt.Sprintf("%s — %s (%d)", left, right, x.ID)
		}
	case desk.LineDiffers, desk.PlaceDiffers:
		return of("name")
	case desk.EdgeDiffers:
		return of("from_unit") + " → " + of("to_unit")
	}
	return ""
}

// namesBy reads names by the id of what bears them.
func namesBy(ctx context.Context, tx pgx.Tx, statement string, args pgx.StrictNamedArgs, ids []int64) (map[int64]string, error) {
	rows, err := tx.Query(ctx, sql(statement), pgx.StrictNamedArgs{"ids": ids, "r0": args["r0"], "r1": args["r1"]})
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	var id int64
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
	return names, err
}

// Movements tells what land is held by others on a day, at each level.
func (s *Store) Movements(ctx context.Context, from, to registry.Seq, day registry.Day) (all []desk.Movement, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		for level := registry.LevelProvince; level <= registry.LevelTownship; level++ {
			moved, err := movementsOf(ctx, tx, from, to, day, level)
			if err != nil {
				return err
			}
			all = append(all, moved...)
		}
		return nil
	})
	return all, err
}

func movementsOf(ctx context.Context, tx pgx.Tx, from, to registry.Seq, day registry.Day, level registry.Level) ([]desk.Movement, error) {
	rows, err := tx.Query(ctx, sql("ListMovements"), pgx.StrictNamedArgs{"r0": int64(from), "r1": int64(to), "t": date(day), "level": int(level)})
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m desk.Movement, err error) {
		m.Level = level
		err = row.Scan(&m.From.ID, &m.To.ID, &m.AreaM2)
		return m, err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []int64
	for _, m := range all {
		ids = append(ids, int64(m.From.ID), int64(m.To.ID))
	}
	names, err := namesBy(ctx, tx, "LastNames", pgx.StrictNamedArgs{"r0": int64(from), "r1": int64(to)}, ids)
	for i := range all {
		for _, u := range []*registry.UnitRef{&all[i].From, &all[i].To} {
			u.Name, u.Level = names[int64(u.ID)], level
		}
	}
	return all, err
}

// ChangedBorders returns the borders of a day at two entries.
func (s *Store) ChangedBorders(ctx context.Context, from, to registry.Seq, day registry.Day) (*desk.BorderChange, error) {
	out := &desk.BorderChange{Day: day}
	rows, err := s.pool.Query(ctx, sql("ListChangedBorders"), pgx.StrictNamedArgs{"r0": int64(from), "r1": int64(to), "t": date(day)})
	if err != nil {
		return nil, wrap("compare borders", err)
	}
	var was, will, same bool
	var course []byte
	_, err = pgx.ForEachRow(rows, []any{&was, &will, &same, &course}, func() error {
		line := slices.Clone(course)
		switch {
		case was && will && same:
			out.Same = append(out.Same, line)
			return nil
		case was:
			out.Before = append(out.Before, line)
		}
		if will {
			out.After = append(out.After, line)
		}
		return nil
	})
	return out, wrap("compare borders", err)
}
