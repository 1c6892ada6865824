package postgres

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
)

// One rule in Go for an object and in SQL for lists: on cases of every kind, in
// every unit, with every part a person can have had in them, both let the same
// through, for every role in every jurisdiction and every action.
func TestFilter_is_Reaches(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	today := registry.DayOf(o.now)
	units := map[string]registry.UnitID{}
	check(t, o.store.Units(ctx, registry.UnitQuery{At: registry.Instant{Valid: today, Recorded: latest(t, o.store)}}, func(u *registry.Unit) error {
		units[u.Name] = u.ID
		return nil
	}))
	var people []desk.AccountID
	for _, login := range []string{"one", "two", "three"} {
		id, _, err := o.MakeAccount(ctx, desk.Operator(), desk.Account{Login: login, Name: login}, "for the first day")
		check(t, err)
		people = append(people, id)
	}
	me, other, away := people[0], people[1], people[2]
	zone, err := o.MakeZone(ctx, desk.Operator(), desk.Zone{Name: "功能区", Units: []registry.UnitID{units["乙县"], units["东市"]}})
	check(t, err)
	objects := manyCases(t, o.store, units, me, other, away)
	paths := map[registry.UnitID][]registry.UnitID{}
	for _, x := range objects {
		if paths[x.unit] == nil {
			check(t, o.store.pool.QueryRow(ctx, "SELECT desk.path($1, $2)", int64(x.unit), date(today)).Scan(&x.Path))
			paths[x.unit] = x.Path
		}
		x.Path = paths[x.unit]
	}

	found := map[string][]registry.CaseID{} // by rule: many actions have the same
	asked, agreed := 0, 0
	for _, role := range desk.Rights().Roles {
		for where, grant := range map[string]desk.Grant{"everywhere": {}, "西市": {Unit: units["西市"]}, "甲县": {Unit: units["甲县"]}, "zone": {Zone: zone}} {
			for _, owner := range []desk.AccountID{me, away} {
				for _, department := range []string{"", "HOUSING"} {
					who := principalWith(t, o.store, grant, role.Role, me, owner, department, today)
					for _, a := range desk.Rights().Actions {
						rule := who.Filter(a.Action)
						got, known := found[fmt.Sprint(rule)]
						if !known {
							got, err = o.store.FilterCases(ctx, rule, today)
							check(t, err)
							found[fmt.Sprint(rule)] = got
						}
						var want []registry.CaseID
						for _, x := range objects {
							if who.Reaches(a.Action, &x.Object) {
								want = append(want, x.id)
							}
						}
						asked += len(objects)
						agreed += len(want)
						if !slices.Equal(got, want) {
							t.Errorf("%s %s, grant of %d, %q: %s: SQL finds %v, Go %v", role.Role, where, owner, department, a.Action, got, want)
						}
					}
				}
			}
		}
	}
	t.Logf("%d answers, %d of them yes, from %d rules", asked, agreed, len(found))
	if agreed == 0 {
		t.Error("nothing is let through at all")
	}
}

type caseObject struct {
	desk.Object
	id   registry.CaseID
	unit registry.UnitID
}

// manyCases makes a case of every kind in every unit with every part.
func manyCases(t *testing.T, s *Store, units map[string]registry.UnitID, me, other, away desk.AccountID) (all []*caseObject) {
	t.Helper()
	ctx := context.Background()
	parts := []desk.Object{
		{Opener: other}, {Opener: me}, {Opener: other, Holder: me}, {Opener: away}, {Opener: other, Holder: away}, {Opener: other, Holder: other},
		{Opener: other, Asked: []desk.AccountID{me}}, {Opener: other, Asked: []desk.AccountID{other, away}},
		{Opener: other, Departments: []string{"HOUSING"}}, {Opener: other, Departments: []string{"WATER"}},
	}
	for _, unit := range []string{"方省", "西市", "东市", "甲县", "乙县", "丙县"} {
		for _, kind := range []string{"ADJUSTMENT", "NAMING", "INSPECTION"} {
			for _, o := range parts {
				id, err := s.OpenCase(ctx, kind, "test", "test")
				check(t, err)
				o.Kind = kind
				asked := []int64{}
				for _, a := range o.Asked {
					asked = append(asked, int64(a))
				}
				_, err = s.pool.Exec(ctx, `
					INSERT INTO desk.case_now (case_id, version, kind, number, title, state, phase, unit_id, opener_id, holder_id, asked, departments, opened_at, touched_at, state_since)
					VALUES ($1, 1, $2, $3, 'test', 'X', 'OPEN', $4, $5, $6, $7, coalesce($8, '{}'::text[]), now(), now(), now())`,
					int64(id), kind, fmt.Sprint(id), int64(units[unit]), int64(o.Opener), nullInt(int64(o.Holder)), asked, o.Departments)
				check(t, err)
				all = append(all, &caseObject{Object: o, id: id, unit: units[unit]})
			}
		}
	}
	return all
}

// principalWith is a person with one grant, their own or lent by its owner, with
// the jurisdiction worked out as the store does.
func principalWith(t *testing.T, s *Store, g desk.Grant, role desk.Role, me, owner desk.AccountID, department string, today registry.Day) *desk.Principal {
	t.Helper()
	g.Role, g.Department, g.Account = role, department, owner
	h := desk.Held{Grant: g, Everywhere: g.Unit == 0 && g.Zone == 0}
	if g.Zone != 0 {
		check(t, s.pool.QueryRow(context.Background(), "SELECT units FROM desk.functional_zone WHERE id = $1", int64(g.Zone)).Scan(&h.Tops))
	} else if g.Unit != 0 {
		h.Tops = []registry.UnitID{g.Unit}
	}
	if owner != me {
		h.For = &desk.Delegation{From: owner, To: me}
	}
	return &desk.Principal{Account: me, Grants: []desk.Held{h}}
}

// sampled is a store of its own with the built-in sample.
func sampled(t *testing.T) *Store {
	t.Helper()
	dsn := pgtest.Template(t, "sample", func(ctx context.Context, dsn string) error {
		s, err := Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b, err := sampleBaseline(ctx)
		if err != nil {
			return err
		}
		if _, _, err = s.Load(ctx, b, tester, steps(t)); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
		return err
	})
	s, err := Open(context.Background(), pgtest.App(t, dsn))
	check(t, err)
	t.Cleanup(s.Close)
	return s
}
