package postgres

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/registrytest"
)

var timeZero time.Time

// picture is everything the registry answers about areas and lines at an
// instant, as bytes: names, holders, candidates, polygons and courses.
func picture(t *testing.T, s *Store, at registry.Instant) []byte {
	t.Helper()
	ctx := context.Background()
	var b bytes.Buffer
	for level := registry.LevelProvince; level <= registry.LevelCounty; level++ {
		err := s.Units(ctx, registry.UnitQuery{At: at, Level: level, Geometry: true}, func(u *registry.Unit) error {
			_, err := fmt.Fprintln(&b, u.ID, u.Name, u.Code, u.Superior, u.Custodian, u.Valid, u.Incomplete, u.AreaM2, hex.EncodeToString(u.WKB))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Unrefined(ctx, at, level, true, func(u *registry.Unrefined) error {
			_, err := fmt.Fprintln(&b, "unrefined", u.Holder, u.Among, hex.EncodeToString(u.WKB))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.Lines(ctx, registry.LineQuery{At: at, Geometry: true}, func(l *registry.Line) error {
		_, err := fmt.Fprintln(&b, l.Name, l.LengthM, hex.EncodeToString(l.WKB))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func latest(t *testing.T, s *Store) registry.Seq {
	t.Helper()
	var seq registry.Seq
	if err := s.pool.QueryRow(context.Background(), sql("LatestSeq")).Scan(&seq); err != nil {
		t.Fatal(err)
	}
	return seq
}

// arcBetween is the arc between two units on a day, with its course.
func arcBetween(t *testing.T, s *Store, a, b string, at registry.Instant) (registry.ArcID, orb.LineString) {
	t.Helper()
	id, line, err := s.ArcBetween(context.Background(), a, b, at)
	if err != nil {
		t.Fatal(err)
	}
	return id, line
}

func decision(class registry.EventClass, kind registry.EventType, on registry.Day, number string) Decision {
	return Decision{
		Instrument: registry.Instrument{Completeness: registry.NoScan, Number: number, IssuedOn: on, IssuedKnown: true, Issuer: "民政厅", Title: "示例"},
		Event:      registry.Event{Class: class, Type: kind, EffectiveOn: on, Precision: registry.PrecisionDay},
	}
}

// The risky part: one border moved in a draft, rebased over another commit,
// applied with a future date, then corrected backdated. No answer given before
// may change, byte for byte.
func TestGround_draftRebaseApplyCorrect(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	today, future := registry.Date(2024, 1, 1), registry.Date(2028, 1, 1)
	base := latest(t, s)
	now := registry.Instant{Valid: today, Recorded: base}
	before := picture(t, s, now)

	arc, course := arcBetween(t, s, "甲县", "乙县", now)
	bent := append(orb.LineString{}, course...)
	bent[1] = orb.Point{126.1, 43.5}

	// The draft moves the border of 甲 and 乙 from 2028 on.
	change, err := s.OpenCase(ctx, "ADJUSTMENT", "甲乙界线变更", "zhang")
	check(t, err)
	_, err = s.OpenDraft(ctx, change)
	check(t, err)
	check(t, s.Draft(ctx, change, registry.Since(future), registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bent, Source: "draft"}))
	if got := picture(t, s, now); !bytes.Equal(got, before) {
		t.Fatal("a draft changed the truth")
	}

	// Somebody else corrects the border of 乙 and 丙 for all time.
	other, err := s.OpenCase(ctx, "CORRECTION", "乙丙界线勘误", "li")
	check(t, err)
	_, err = s.OpenDraft(ctx, other)
	check(t, err)
	arc2, course2 := arcBetween(t, s, "乙县", "丙县", now)
	course2 = append(orb.LineString{}, course2...)
	course2[1] = orb.Point{126.95, 43.5}
	check(t, s.Draft(ctx, other, registry.Since(registrytest.Start), registry.Operation{Kind: registry.Reshape, Arc: arc2, Course: course2, Source: "survey"}))
	corrected, err := s.Apply(ctx, other, tester, decision(registry.Correction, registry.Resurvey, today, "勘〔2024〕1号"))
	check(t, err)
	if got := picture(t, s, now); !bytes.Equal(got, before) {
		t.Fatal("a correction changed an answer given before it")
	}

	// Rebase over it: no conflict, since it touched another arc.
	rebased, err := s.Rebase(ctx, change)
	check(t, err)
	if rebased != corrected {
		t.Errorf("rebased on %d, want %d", rebased, corrected)
	}
	applied, err := s.Apply(ctx, change, tester, decision(registry.Legal, registry.BoundaryChange, future, "国函〔2024〕1号"))
	check(t, err)
	afterApply := picture(t, s, registry.Instant{Valid: today, Recorded: applied})
	if !bytes.Equal(afterApply, picture(t, s, registry.Instant{Valid: today, Recorded: corrected})) {
		t.Error("a change dated 2028 changed the map of 2024")
	}
	inFuture := picture(t, s, registry.Instant{Valid: future, Recorded: applied})
	if bytes.Equal(inFuture, afterApply) {
		t.Error("the change has no effect on its day")
	}

	// Correct the new course backdated: it was drawn wrongly.
	fix, err := s.OpenCase(ctx, "CORRECTION", "甲乙界线勘误", "li")
	check(t, err)
	_, err = s.OpenDraft(ctx, fix)
	check(t, err)
	arc3, course3 := arcBetween(t, s, "甲县", "乙县", registry.Instant{Valid: future, Recorded: applied})
	if arc3 == arc {
		t.Error("the new course has the identity of the old one")
	}
	course3 = append(orb.LineString{}, course3...)
	course3[1] = orb.Point{126.2, 43.5}
	check(t, s.Draft(ctx, fix, registry.Since(future), registry.Operation{Kind: registry.Reshape, Arc: arc3, Course: course3, Source: "survey"}))
	_, err = s.Apply(ctx, fix, tester, decision(registry.Correction, registry.Resurvey, future, "勘〔2024〕2号"))
	check(t, err)

	for _, c := range []struct {
		name string
		at   registry.Instant
		want []byte
	}{
		{"before everything", now, before},
		{"after the legal change, today", registry.Instant{Valid: today, Recorded: applied}, afterApply},
		{"after the legal change, in 2028", registry.Instant{Valid: future, Recorded: applied}, inFuture},
	} {
		if got := picture(t, s, c.at); !bytes.Equal(got, c.want) {
			t.Errorf("%s: the answer of %v changed", c.name, c.at)
		}
	}
	if bytes.Equal(picture(t, s, registry.Instant{Valid: future, Recorded: latest(t, s)}), inFuture) {
		t.Error("the backdated correction has no effect")
	}
}

// A scheduled change gives way only to an event that says it withdraws it.
func TestGround_withdrawal(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	holder := func(on registry.Day) string {
		t.Helper()
		found, err := s.Where(ctx, orb.Point{125.5, 43.5}, registry.Instant{Valid: on, Recorded: latest(t, s)})
		check(t, err)
		return found[0].Chain[len(found[0].Chain)-1].Name
	}
	units := map[string]registry.UnitID{}
	check(t, s.Units(ctx, registry.UnitQuery{At: registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)}}, func(u *registry.Unit) error {
		units[u.Name] = u.ID
		return nil
	}))
	var face registry.FaceID
	check(t, s.pool.QueryRow(ctx, "SELECT face_id FROM tenure WHERE unit_id = $1", int64(units["甲县"])).Scan(&face))
	move := func(to string, from registry.Day, reverses registry.EventID) (registry.EventID, error) {
		t.Helper()
		id, err := s.OpenCase(ctx, "ADJUSTMENT", to, "zhang")
		check(t, err)
		_, err = s.OpenDraft(ctx, id)
		check(t, err)
		op := registry.Operation{Kind: registry.Assign, Face: face, Unit: units[to]}
		if err := s.Draft(ctx, id, registry.Since(from), op); err != nil && reverses == 0 {
			return 0, err
		}
		d := decision(registry.Legal, registry.BoundaryChange, from, fmt.Sprint(to, from))
		d.Reverses = reverses
		if _, err = s.Apply(ctx, id, tester, d); err != nil {
			return 0, err
		}
		var event registry.EventID
		check(t, s.pool.QueryRow(ctx, "SELECT max(id) FROM event").Scan(&event))
		return event, nil
	}
	scheduled, err := move("丙县", registry.Date(2030, 1, 1), 0)
	check(t, err)
	if got := holder(registry.Date(2031, 1, 1)); got != "丙县" {
		t.Fatalf("held by %s in 2031", got)
	}
	if _, err := move("乙县", registry.Date(2028, 1, 1), 0); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("a change from 2028 swallowed the one of 2030: %v", err)
	}
	_, err = move("甲县", registry.Date(2030, 1, 1), scheduled)
	check(t, err)
	if got := holder(registry.Date(2031, 1, 1)); got != "甲县" {
		t.Errorf("after the withdrawal held by %s in 2031", got)
	}
}

// A question about this very moment waits for the writer in flight: asked
// again later, it must get the same answer.
func TestGround_sameQuestionSameAnswer(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	tx, err := s.pool.Begin(ctx)
	check(t, err)
	defer tx.Rollback(ctx)
	_, err = tx.Exec(ctx, "SELECT open_log('slow')")
	check(t, err)
	_, err = tx.Exec(ctx, "INSERT INTO publication (as_of, data_date) SELECT max(seq) - 1, '2024-01-01' FROM log")
	check(t, err)

	moment := time.Now()
	answers := make(chan *registry.Publication)
	go func() {
		p, err := s.Publication(ctx, moment)
		if err != nil {
			t.Error(err)
		}
		answers <- p
	}()
	select {
	case <-answers:
		t.Fatal("answered while a writer that began earlier was in flight")
	case <-time.After(200 * time.Millisecond):
	}
	check(t, tx.Commit(ctx))
	first := <-answers
	again, err := s.Publication(ctx, moment)
	check(t, err)
	if first.ID != again.ID {
		t.Errorf("first publication %d, then %d", first.ID, again.ID)
	}
}

// Readers who wait for a long writer do not keep others from an answer.
func TestGround_waitingTiesUpOneConnection(t *testing.T) {
	s := opened(t, registrytest.Squares())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tx, err := s.pool.Begin(ctx)
	check(t, err)
	_, err = tx.Exec(ctx, "SELECT open_log('slow')")
	check(t, err)
	var waiting sync.WaitGroup
	for range 3 * s.pool.Config().MaxConns {
		waiting.Go(func() {
			if _, err := s.Publication(ctx, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		_, err = s.Publication(ctx, timeZero)
		check(t, err)
		time.Sleep(5 * time.Millisecond)
	}
	check(t, tx.Rollback(ctx))
	waiting.Wait()
}

// Two drafts of one arc: the second must not overwrite the first in silence.
func TestGround_conflict(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	at := registry.Instant{Valid: registry.Date(2024, 1, 1), Recorded: latest(t, s)}
	arc, course := arcBetween(t, s, "甲县", "乙县", at)
	var cases []registry.CaseID
	for i, x := range []float64{126.1, 125.9} {
		id, err := s.OpenCase(ctx, "CORRECTION", fmt.Sprint(i), "li")
		check(t, err)
		_, err = s.OpenDraft(ctx, id)
		check(t, err)
		bent := append(orb.LineString{}, course...)
		bent[1] = orb.Point{x, 43.5}
		check(t, s.Draft(ctx, id, registry.Since(registrytest.Start), registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bent, Source: "x"}))
		cases = append(cases, id)
	}
	_, err := s.Apply(ctx, cases[0], tester, decision(registry.Correction, registry.Resurvey, at.Valid, "1号"))
	check(t, err)
	found, err := s.Conflicts(ctx, cases[1])
	check(t, err)
	if len(found) != 1 || found[0].Subject != fmt.Sprint("arc ", arc) {
		t.Errorf("conflicts %+v", found)
	}
	_, err = s.Apply(ctx, cases[1], tester, decision(registry.Correction, registry.Resurvey, at.Valid, "2号"))
	if registry.KindOf(err) != registry.KindConflict || !strings.Contains(err.Error(), "rebase") {
		t.Errorf("apply over a conflict: %v", err)
	}
	if _, err = s.Rebase(ctx, cases[1]); registry.KindOf(err) != registry.KindConflict {
		t.Errorf("rebase over a conflict: %v", err)
	}
	if found, err = s.Conflicts(ctx, cases[1]); err != nil || len(found) != 1 {
		t.Errorf("a refused rebase lost the draft: %+v, %v", found, err)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
