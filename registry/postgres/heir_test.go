package postgres

import (
	"context"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/dataset"
	"jieming/registry/desk"
	"jieming/registry/sample"
)

func sampleBaseline(ctx context.Context) (*registry.Baseline, error) {
	files, err := sample.FS()
	if err != nil {
		return nil, err
	}
	folder, err := dataset.Open(files)
	if err != nil {
		return nil, err
	}
	return folder.Baseline(ctx, func(string, int, int) {})
}

// In 2014, 九台市 gave way to 九台区: who looked after the one looks after the
// other from that day, its open cases with it, and nobody had to do anything.
func TestHeir_of_九台市(t *testing.T) {
	ctx := context.Background()
	s := sampled(t)
	o := &office{store: s, now: time.Date(2014, 10, 19, 9, 0, 0, 0, registry.China)}
	o.Desk = desk.New(desk.Options{Store: s, Now: func() time.Time { return o.now }, Policy: desk.Policy{Cost: desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}}})
	at := func(code string, y int, m time.Month, d int) registry.UnitID {
		t.Helper()
		u, err := s.UnitByCode(ctx, code, registry.Instant{Valid: registry.Date(y, m, d), Recorded: latest(t, s)})
		check(t, err)
		return u.ID
	}
	city, district := at("220181000000", 2014, 10, 19), at("220113000000", 2014, 10, 20)
	if city == district {
		t.Fatal("the two are one unit: this is no test of lineage")
	}
	reporter, _, err := o.MakeAccount(ctx, desk.Operator(), desk.Account{Login: "li", Name: "李"}, "for the first day")
	check(t, err)
	_, err = o.GrantRole(ctx, desk.Operator(), desk.Grant{Account: reporter, Role: "COUNTY_REPORTER", Unit: city}, "报送员")
	check(t, err)
	id, err := s.OpenCase(ctx, "NAMING", "某路命名", "li")
	check(t, err)
	_, err = s.pool.Exec(ctx, `
		INSERT INTO desk.case_now (case_id, version, kind, number, title, state, phase, unit_id, opener_id, holder_id, opened_at, touched_at, state_since)
		VALUES ($1, 1, 'NAMING', 'N1', '某路命名', 'X', 'OPEN', $2, $3, $3, now(), now(), now())`, int64(id), int64(city), int64(reporter))
	check(t, err)
	o.person(t, "boss", desk.Supervisor)
	o.person(t, "sec", desk.SecurityAdmin)
	who := func() *desk.Principal {
		t.Helper()
		s, err := o.SignIn(ctx, "li", "for the first day", here)
		check(t, err)
		v, err := o.Resume(ctx, s.Secret, here)
		check(t, err)
		return v.Who
	}
	holds := func(unit registry.UnitID) {
		t.Helper()
		li := who()
		if len(li.Grants) != 1 || len(li.Grants[0].Tops) != 1 || li.Grants[0].Tops[0] != unit {
			t.Errorf("on %s: %+v, want the top %d", o.now.Format(time.DateOnly), li.Grants, unit)
		}
		found, err := s.FilterCases(ctx, li.Filter(desk.EditCase), registry.DayOf(o.now))
		check(t, err)
		if len(found) != 1 || found[0] != id {
			t.Errorf("on %s: reaches the cases %v", o.now.Format(time.DateOnly), found)
		}
	}
	holds(city)

	// Shown before it happens: by what is recorded, and for what a case proposes.
	supervisor := o.visit(t, "boss").Who
	p, err := o.WouldPass(ctx, supervisor, city, 0, registry.Date(2014, 10, 20))
	check(t, err)
	if p.Heir != district || p.UnitName != "九台市" || p.HeirName != "九台区" || len(p.Grants) != 1 || p.Grants[0].Login != "li" ||
		len(p.Cases) != 1 || p.Cases[0].Case != id || p.Cases[0].Holder != "李" {
		t.Errorf("%+v", p)
	}
	if p, err := o.WouldPass(ctx, o.visit(t, "sec").Who, city, 0, registry.Date(2014, 10, 20)); err != nil || len(p.Grants) != 1 || len(p.Cases) != 0 {
		t.Errorf("who grants rights and reads no cases is shown %+v, %v", p, err)
	}
	if p, err := o.WouldPass(ctx, supervisor, city, 0, registry.Date(2014, 10, 19)); err != nil || p.Heir != city {
		t.Errorf("the day before, it goes to %+v, error %v", p, err)
	}
	changchun := at("220100000000", 2014, 10, 20)
	if p, err := o.WouldPass(ctx, supervisor, city, changchun, registry.Date(2014, 10, 20)); err != nil || p.HeirName != "长春市" {
		t.Errorf("as proposed, it goes to %+v, error %v", p, err)
	}
	if _, err := o.WouldPass(ctx, who(), city, 0, registry.Date(2014, 10, 20)); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("a reporter is shown it: %v", err)
	}

	o.now = o.now.Add(24 * time.Hour)
	holds(district)
	o.now = morning
	holds(district)
}

// Whoever ends, somebody comes after: no unit that ever was leads nowhere.
func TestHeir_leaves_nothing_orphaned(t *testing.T) {
	ctx := context.Background()
	s := sampled(t)
	rows, err := s.pool.Query(ctx, `
		SELECT u.id, desk.unit_name(u.id) FROM registry.unit u
		WHERE EXISTS (SELECT FROM registry.unit_version v WHERE v.unit_id = u.id AND v.level > 0)
		  AND NOT EXISTS (SELECT FROM registry.unit_version v WHERE v.unit_id = desk.home(u.id, $1) AND upper_inf(v.recorded) AND v.valid @> $1)`, date(registry.DayOf(morning)))
	check(t, err)
	for rows.Next() {
		var id int64
		var name string
		check(t, rows.Scan(&id, &name))
		t.Errorf("unit %d, %s, leads nowhere", id, name)
	}
	check(t, rows.Err())
}
