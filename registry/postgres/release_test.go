package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// bureau is a store with people, and the desk over it.
type bureau struct {
	*Store
	desk                                *desk.Desk
	editor, releaser, security, auditor *desk.Principal
	owner                               string // URL of the database's owner
}

func newBureau(t *testing.T, b *registry.Baseline) *bureau {
	t.Helper()
	ctx := context.Background()
	owner := pgtest.New(t)
	s, err := Open(ctx, pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	_, _, err = s.Load(ctx, b, tester, nil)
	check(t, err)
	_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
	check(t, err)
	o := &bureau{Store: s, desk: desk.New(desk.Options{Store: s}), owner: owner}
	for login, p := range map[string]struct {
		who  **desk.Principal
		role desk.Role
	}{"bian": {&o.editor, desk.DivisionEditor}, "fa": {&o.releaser, "SECRECY_OFFICER"}, "an": {&o.security, desk.SecurityAdmin}, "shen": {&o.auditor, "AUDITOR"}} {
		var id desk.AccountID
		check(t, s.pool.QueryRow(ctx, "INSERT INTO desk.account (login, name) VALUES ($1, $1) RETURNING id", login).Scan(&id))
		*p.who = &desk.Principal{Account: id, Login: login, Name: login, Grants: []desk.Held{{Grant: desk.Grant{Role: p.role}, Everywhere: true}}}
	}
	return o
}

// move reshapes the border of 甲 and 乙 to pass through lon, from a day on.
func (o *bureau) move(t *testing.T, lon float64, from registry.Day) {
	t.Helper()
	ctx := context.Background()
	id, err := o.OpenCase(ctx, "ADJUSTMENT", "变更", "bian")
	check(t, err)
	_, err = o.OpenDraft(ctx, id)
	check(t, err)
	arc, course, err := o.ArcBetween(ctx, "甲县", "乙县", registry.Instant{Valid: from, Recorded: latestOf(t, o.Store)})
	check(t, err)
	bent := append(orb.LineString{}, course...)
	bent[1] = orb.Point{lon, 43.5}
	check(t, o.Draft(ctx, id, registry.Since(from), registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bent, Source: "draft"}))
	_, err = o.Apply(ctx, id, tester, decision(registry.Legal, registry.BoundaryChange, from, fmt.Sprintf("民〔2024〕%g号", lon)))
	check(t, err)
}

func latestOf(t *testing.T, s *Store) registry.Seq {
	t.Helper()
	seq, err := s.LatestEntry(context.Background())
	check(t, err)
	return seq
}

func releaseTerms() desk.ReleaseTerms {
	return desk.ReleaseTerms{DataDate: registry.Date(2024, 6, 30), ReviewNumber: "吉S(2026)001号", Scale: 250000,
		Certificate: desk.Certificate{Number: "脱密〔2026〕7号"}, Note: "第一次发布"}
}

// One prepares, another releases; the public sees it from then on, and what it
// saw before stays what it was.
func TestRelease_byTwoHands(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	day := registry.Date(2026, 11, 1)
	before, err := o.Publication(ctx, timeZero)
	check(t, err)
	was := picture(t, o.Store, registry.Instant{Valid: day, Recorded: before.AsOf})
	o.move(t, 126.2, registry.Date(2024, 1, 1))

	if _, err := o.desk.PrepareRelease(ctx, o.releaser, releaseTerms()); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("a releaser prepared: %v", err)
	}
	bare := releaseTerms()
	bare.ReviewNumber = ""
	var fault *registry.Error
	_, err = desk.New(desk.Options{Store: o.Store, ReviewedOnly: true}).PrepareRelease(ctx, o.editor, bare)
	if !errors.As(err, &fault) || fault.Field != "review-number" {
		t.Errorf("prepared without 审图号 where it is asked for: %v", err)
	}
	id, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	if now, err := o.Publication(ctx, timeZero); err != nil || now.ID != before.ID {
		t.Fatalf("preparing published: %v, %v", now, err)
	}
	if err := o.desk.PublishRelease(ctx, o.editor, id, ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an editor released: %v", err)
	}
	both := *o.editor
	both.Grants = append(append([]desk.Held{}, o.editor.Grants...), o.releaser.Grants...)
	if err := o.desk.PublishRelease(ctx, &both, id, ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("who prepared it released it: %v", err)
	}
	if err := o.DecideRelease(ctx, &both, id, true, "", nil); registry.KindOf(err) != registry.KindForbidden || !strings.Contains(err.Error(), "prepared") {
		t.Errorf("the database let who prepared it release it: %v", err)
	}
	stranger := &desk.Principal{}
	if _, err := o.desk.Release(ctx, stranger, id); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("the public reads a set: %v", err)
	}
	check(t, o.desk.PublishRelease(ctx, o.releaser, id, "同意"))
	now, err := o.Publication(ctx, timeZero)
	check(t, err)
	if now.Release != int64(id) || now.Certificate != "脱密〔2026〕7号" || now.Scale != 250000 || now.ReviewNumber != "吉S(2026)001号" {
		t.Errorf("published %+v", now)
	}
	set, err := o.desk.Release(ctx, o.auditor, id)
	check(t, err)
	if set.State != desk.ReleaseReleased || !set.Current || set.Decider != "fa" || set.Preparer != "bian" {
		t.Errorf("set %+v", set)
	}
	if err := o.desk.PublishRelease(ctx, o.releaser, id, ""); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("released twice: %v", err)
	}
	earlier, err := o.Publication(ctx, before.ReleasedAt)
	check(t, err)
	if got := picture(t, o.Store, registry.Instant{Valid: day, Recorded: earlier.AsOf}); !bytes.Equal(got, was) {
		t.Error("an answer as of before changed")
	}
	if got := picture(t, o.Store, registry.Instant{Valid: day, Recorded: now.AsOf}); bytes.Equal(got, was) {
		t.Error("the release changed nothing")
	}
	if _, err := o.Publish(ctx, tester, registry.Date(2024, 1, 1), "", ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("published past the desk: %v", err)
	}
	o.whole(t)
}

func (o *bureau) whole(t *testing.T) {
	t.Helper()
	problems, err := o.Check(context.Background(), nil)
	if err != nil || len(problems) > 0 {
		t.Errorf("check: %v, %v", problems, err)
	}
}

// Sets are superseded by later ones, and rejected with a reason.
func TestRelease_states(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	first, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	o.move(t, 126.2, registry.Date(2024, 1, 1))
	second, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	third, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	if err := o.desk.RejectRelease(ctx, o.releaser, third, ""); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("rejected without reason: %v", err)
	}
	check(t, o.desk.RejectRelease(ctx, o.releaser, third, "审图号有误"))
	check(t, o.desk.PublishRelease(ctx, o.releaser, second, "同意"))
	if err := o.desk.PublishRelease(ctx, o.releaser, first, ""); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("released an earlier state: %v", err)
	}
	sets, err := o.desk.Releases(ctx, o.editor)
	check(t, err)
	var got []string
	for _, x := range sets {
		got = append(got, fmt.Sprint(x.ID, " ", x.State))
	}
	want := fmt.Sprintf("%d REJECTED, %d RELEASED, %d SUPERSEDED", third, second, first)
	if strings.Join(got, ", ") != want {
		t.Errorf("states %s, want %s", strings.Join(got, ", "), want)
	}
	all, err := o.Publications(ctx)
	if err != nil || len(all) != 2 || all[0].Release != int64(second) {
		t.Errorf("publications %v, %v", all, err)
	}
	o.whole(t)
}

// What a set would change is what a comparison of everything that can be asked
// finds, on each day.
func TestDifferences_areThoseOfFullComparison(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	p, err := o.Publication(ctx, timeZero)
	check(t, err)
	o.move(t, 126.2, registry.Date(2010, 1, 1))
	o.move(t, 126.4, registry.Date(2028, 1, 1))
	o.rename(t, "丙", "丁", registry.Date(2015, 7, 1))
	id, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	set, err := o.desk.Release(ctx, o.editor, id)
	check(t, err)
	d, err := o.desk.ReleaseDifferences(ctx, o.editor, id)
	check(t, err)
	if n := d.Count(desk.UnitDiffers); n != 1 || d.Named("specific") != 1 || len(d.Events) != 3 {
		t.Errorf("%d units, %d names, %d events: %+v", n, d.Named("specific"), len(d.Events), d.Items)
	}
	for _, day := range append([]registry.Day{registry.Date(2000, 1, 1), registry.Date(2026, 11, 28)}, d.Days...) {
		for _, day := range []registry.Day{day - 1, day} {
			o.compare(t, d, day, p.AsOf, set.AsOf)
		}
	}
}

// rename gives a unit another specific name from a day on.
func (o *bureau) rename(t *testing.T, from, to string, on registry.Day) {
	t.Helper()
	check(t, attempt(o.Store, fmt.Sprintf(`
		SELECT open_log('evil');
		INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'RENAME', '%[3]s', max(id) FROM instrument;
		SELECT carve('unit_version', 'unit_id', (SELECT unit_id FROM unit_version WHERE specific = '%[1]s'), '[%[3]s,)', (SELECT max(id) FROM event));
		INSERT INTO unit_version (unit_id, level, type, specific, generic, superior_id, valid, began_by)
		SELECT unit_id, level, type, '%[2]s', generic, superior_id, '[%[3]s,)', (SELECT max(id) FROM event) FROM unit_version WHERE specific = '%[1]s' AND upper_inf(recorded)`, from, to, on)))
}

// compare reads everything on a day at two entries, and holds what is told of
// the difference against it.
func (o *bureau) compare(t *testing.T, d *desk.Differences, day registry.Day, r0, r1 registry.Seq) {
	t.Helper()
	ctx := context.Background()
	read := func(r registry.Seq) (names map[registry.UnitID]string, areas map[registry.UnitID]float64, places int) {
		names, areas = map[registry.UnitID]string{}, map[registry.UnitID]float64{}
		check(t, o.Units(ctx, registry.UnitQuery{At: registry.Instant{Valid: day, Recorded: r}}, func(u *registry.Unit) error {
			names[u.ID] = fmt.Sprint(u.Specific, u.Generic, u.Level, u.Type, u.Superior, u.Code)
			if u.Level == registry.LevelCounty {
				areas[u.ID] = u.AreaM2
			}
			return nil
		}))
		check(t, o.Places(ctx, registry.PlaceQuery{At: registry.Instant{Valid: day, Recorded: r}}, func(*registry.Place) error { places++; return nil }))
		return names, areas, places
	}
	names0, areas0, places0 := read(r0)
	names1, areas1, places1 := read(r1)
	told := map[registry.UnitID]bool{}
	places := 0
	for _, x := range d.Items {
		if !x.Valid.Holds(day) {
			continue
		}
		switch {
		case x.Kind == desk.UnitDiffers:
			told[registry.UnitID(x.ID)] = true
		case x.Kind == desk.PlaceDiffers && x.Comes:
			places++
		case x.Kind == desk.PlaceDiffers && x.Goes:
			places--
		}
	}
	for id := range names0 {
		if (names0[id] != names1[id]) != told[id] {
			t.Errorf("%s: unit %d: %s → %s, told %v", day, id, names0[id], names1[id], told[id])
		}
	}
	if places1-places0 != places {
		t.Errorf("%s: %d places → %d, told %d", day, places0, places1, places)
	}
	moved, err := o.Movements(ctx, r0, r1, day)
	check(t, err)
	net := map[registry.UnitID]float64{}
	for _, m := range moved {
		if m.Level == registry.LevelCounty {
			net[m.To.ID] += m.AreaM2
			net[m.From.ID] -= m.AreaM2
		}
	}
	for id := range areas0 {
		if diff := areas1[id] - areas0[id]; math.Abs(diff-net[id]) > 5 {
			t.Errorf("%s: unit %d: %.1f m² more, told %.1f", day, id, diff, net[id])
		}
	}
	borders, err := o.ChangedBorders(ctx, r0, r1, day)
	check(t, err)
	moves := len(moved) > 0
	if (len(borders.Before)+len(borders.After) > 0) != moves {
		t.Errorf("%s: %d borders before, %d after, %v movements", day, len(borders.Before), len(borders.After), moved)
	}
}

// A border above public secrecy is published only once it is cleared, or its
// cleared course has taken its place.
func TestRelease_clearsBorders(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	check(t, o.desk.ChangeZone(ctx, o.security, "GOVERNMENT", 1, "在政务外网运行"))
	o.secretBorder(t)
	secret := o.secretArc(t)
	if _, err := o.Publish(ctx, tester, registry.Date(2024, 1, 1), "", ""); registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), fmt.Sprint(secret)) {
		t.Fatalf("published a border above public: %v", err)
	}
	_, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	var known *registry.Error
	if !errors.As(err, &known) || known.Field != "clears" {
		t.Fatalf("prepared without clearing: %v", err)
	}
	with := releaseTerms()
	with.Clears = []registry.ArcID{secret}
	with.Certificate.Number = ""
	if _, err := o.desk.PrepareRelease(ctx, o.editor, with); !errors.As(err, &known) || known.Field != "certificate" {
		t.Fatalf("cleared without certificate: %v", err)
	}
	with.Certificate.Number = "脱密〔2026〕8号"
	id, err := o.desk.PrepareRelease(ctx, o.editor, with)
	check(t, err)
	check(t, o.desk.PublishRelease(ctx, o.releaser, id, "同意"))
	p, err := o.Publication(ctx, timeZero)
	check(t, err)
	shown := false
	check(t, o.Borders(ctx, registry.Instant{Valid: registry.Date(2026, 1, 1), Recorded: p.AsOf}, func(b *registry.Border) error {
		shown = shown || b.ID == secret
		return nil
	}))
	if !shown {
		t.Error("a cleared border is not shown")
	}
	o.whole(t)
}

// secretBorder puts a border of secrecy 1 in the place of that of 甲 and 乙.
func (o *bureau) secretBorder(t *testing.T) {
	t.Helper()
	check(t, attempt(o.Store, `
		SELECT open_log('bian');
		INSERT INTO instrument (completeness, title, citation) VALUES ('CITED', 'x', 'x');
		INSERT INTO event (class, type, effective_on, instrument_id) SELECT 'REFINEMENT', 'RESURVEY', '1981-12-31', max(id) FROM instrument;
		INSERT INTO arc (geom, source, secrecy, split_of) SELECT st_geomfromtext('LINESTRING(126 43, 126.3333333 43.5, 126 44)', 4490), 'secret', 1, min(id) FROM arc;
		SELECT carve('arc_version', 'arc_id', (SELECT min(id) FROM arc), '[1981-12-31,)', (SELECT max(id) FROM event));
		INSERT INTO arc_version (arc_id, left_face, right_face, valid, began_by)
		SELECT (SELECT max(id) FROM arc), left_face, right_face, '[1981-12-31,)', (SELECT max(id) FROM event) FROM arc_version WHERE arc_id = (SELECT min(id) FROM arc) LIMIT 1`))
}

func (o *bureau) secretArc(t *testing.T) (id registry.ArcID) {
	t.Helper()
	check(t, o.pool.QueryRow(context.Background(), "SELECT id FROM arc WHERE secrecy = 1").Scan(&id))
	return id
}

// The zone goes no lower than what is stored, and no higher than the law lets
// its network hold.
func TestZone_change(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	if err := o.desk.ChangeZone(ctx, o.editor, "GOVERNMENT", 1, "x"); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("an editor changed the zone: %v", err)
	}
	if err := o.desk.ChangeZone(ctx, o.security, "INTERNET", 2, "x"); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("secret on the internet: %v", err)
	}
	if err := o.ChangeNetworkZone(ctx, o.security, "INTERNET", 2, "x"); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("secret on the internet, past the domain: %v", err)
	}
	check(t, o.desk.ChangeZone(ctx, o.security, "GOVERNMENT", 1, "在政务外网运行"))
	o.secretBorder(t)
	if err := o.desk.ChangeZone(ctx, o.security, "INTERNET", 0, "x"); registry.KindOf(err) != registry.KindInvalid {
		t.Errorf("lowered below what is stored: %v", err)
	}
	if err := o.ChangeNetworkZone(ctx, o.security, "INTERNET", 0, "x"); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("lowered below what is stored, past the domain: %v", err)
	}
	z, err := o.desk.Zone(ctx, o.security)
	if err != nil || z.Highest != 1 || z.Stored != 1 || len(z.Changes) != 1 || z.Changes[0].By != "an" {
		t.Errorf("zone %+v, %v", z, err)
	}
	var pg *pgconn.PgError
	for _, text := range []string{"UPDATE zone SET highest_level = 0", "SELECT open_log('x'); INSERT INTO zone_change (network, highest_level, reason, account_id) VALUES ('INTERNET', 0, 'x', 1)"} {
		if err := attempt(o.Store, text); !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v", text, err)
		}
	}
	o.whole(t)
}

// Layers are stopped with a reason, and everybody who follows learns of it
// within a second, also of another connection.
func TestLayers_stop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := newBureau(t, registrytest.Squares())
	other, err := Open(ctx, pgtest.App(t, o.owner))
	check(t, err)
	defer other.Close()
	heard := make(chan registry.Stops, 100)
	ended := make(chan error, 1)
	go func() { ended <- other.FollowStops(ctx, func(s registry.Stops) { heard <- s }) }()
	if s := <-heard; len(s) != 0 {
		t.Fatalf("stopped from the first: %v", s)
	}
	for _, c := range []struct {
		who    *desk.Principal
		layer  registry.Layer
		stop   bool
		reason string
		want   registry.Kind
	}{
		{o.editor, registry.CountyLayer, true, "x", registry.KindForbidden},
		{o.releaser, registry.CountyLayer, true, "", registry.KindInvalid},
		{o.releaser, "nothing", true, "x", registry.KindInvalid},
		{o.releaser, registry.CountyLayer, false, "x", registry.KindConflict},
		{o.releaser, registry.CountyLayer, true, "县界有误", ""},
		{o.security, registry.PlaceLayer, true, "地名有误", ""},
	} {
		if err := o.desk.SwitchLayer(ctx, c.who, c.layer, c.stop, c.reason); registry.KindOf(err) != c.want {
			t.Errorf("%s %v by %s: %v", c.layer, c.stop, c.who.Login, err)
		}
	}
	deadline := time.After(time.Second)
	for s := (registry.Stops)(nil); s.String() != "county place"; {
		select {
		case s = <-heard:
		case <-deadline:
			t.Fatal("nothing heard within a second")
		}
	}
	check(t, o.desk.SwitchLayer(ctx, o.releaser, registry.CountyLayer, false, "已更正"))
	acts, stops, err := o.desk.Layers(ctx, o.auditor)
	if err != nil || len(acts) != 3 || stops.String() != "place" {
		t.Errorf("%v, %v, %v", acts, stops, err)
	}
	cancel()
	<-ended
	o.whole(t)
}

// The file of a certificate is kept with the set, for whoever may read releases.
func TestRelease_keepsTheCertificate(t *testing.T) {
	ctx := context.Background()
	o := newBureau(t, registrytest.Squares())
	u, err := o.desk.Receive(ctx, o.editor, "证明.txt", strings.NewReader("脱密处理证明"))
	check(t, err)
	terms := releaseTerms()
	terms.Certificate.Upload = u.ID
	numberless := terms
	numberless.Certificate.Number = ""
	var fault *registry.Error
	if _, err := o.desk.PrepareRelease(ctx, o.editor, numberless); !errors.As(err, &fault) || fault.Field != "certificate" {
		t.Errorf("a certificate without a number: %v", err)
	}
	foreign := *o.editor
	foreign.Account = o.auditor.Account
	if _, err := o.desk.PrepareRelease(ctx, &foreign, terms); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("prepared with the upload of somebody else: %v", err)
	}
	id, err := o.desk.PrepareRelease(ctx, o.editor, terms)
	check(t, err)
	if _, err := o.SweepUploads(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	set, content, err := o.desk.OpenCertificate(ctx, o.releaser, id)
	check(t, err)
	text, err := io.ReadAll(content)
	check(t, err)
	if set.Certificate.FileName != "证明.txt" || set.Certificate.File.Digest != u.Digest || string(text) != "脱密处理证明" {
		t.Errorf("kept %+v: %q", set.Certificate, text)
	}
	if _, _, err := o.desk.OpenCertificate(ctx, &desk.Principal{}, id); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("the public reads a certificate: %v", err)
	}
	bare, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	if _, _, err := o.desk.OpenCertificate(ctx, o.releaser, bare); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("opened the certificate of a set without: %v", err)
	}
}
