package tiles_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
	"jieming/tiles"
)

// squaresStore is a store of its own with three counties, published. Under 甲县
// a township is listed, without territory.
func squaresStore(t testing.TB) *postgres.Store {
	t.Helper()
	owner := pgtest.Template(t, "tiles-squares", func(ctx context.Context, dsn string) error {
		s, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer s.Close()
		b := registrytest.Squares()
		always := registry.Since(registrytest.Start)
		b.Units = append(b.Units, registry.BaselineUnit{Key: "丁镇", Versions: []registry.BaselineUnitVersion{{
			Level: registry.LevelTownship, Type: registry.Town, Specific: "丁", Generic: "镇", Superior: registrytest.A, Custodian: registry.NoRef,
			Basis: registry.Published, AttestedOn: b.Dataset.DataDate, Valid: always, EndedBy: registry.NoRef}}})
		b.Codes = append(b.Codes, registry.BaselineCode{Unit: len(b.Units) - 1, Code: "220121101000", Valid: always, EndedBy: registry.NoRef})
		if _, _, err := s.Load(ctx, b, tester, nil); err != nil {
			return err
		}
		_, err = s.Publish(ctx, tester, b.Dataset.DataDate, "", "")
		return err
	})
	s, err := postgres.Open(context.Background(), pgtest.App(t, owner))
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// draft opens a case with a draft of operations on the days from one on.
func draft(t *testing.T, s *postgres.Store, from registry.Day, ops ...registry.Operation) registry.CaseID {
	t.Helper()
	id, err := s.OpenCase(t.Context(), "ADJUSTMENT", t.Name(), "zhang")
	check(t, err)
	_, err = s.OpenDraft(t.Context(), id)
	check(t, err)
	check(t, s.Draft(t.Context(), id, registry.Since(from), ops...))
	return id
}

func approve(t *testing.T, s *postgres.Store, id registry.CaseID, from registry.Day) registry.Seq {
	t.Helper()
	seq, err := s.Apply(t.Context(), id, tester, postgres.Decision{
		Instrument: registry.Instrument{Completeness: registry.NoScan, Number: "1号", IssuedOn: from, IssuedKnown: true, Issuer: "民政厅", Title: "示例"},
		Event:      registry.Event{Class: registry.Legal, Type: registry.BoundaryChange, EffectiveOn: from, Precision: registry.PrecisionDay}})
	check(t, err)
	return seq
}

// faceOf returns the face that a unit holds.
func faceOf(t *testing.T, s *postgres.Store, specific string) (face registry.FaceID) {
	t.Helper()
	check(t, s.Pool().QueryRow(t.Context(), "SELECT face_id FROM tenure JOIN unit_version v USING (unit_id) WHERE v.specific = $1", specific).Scan(&face))
	return face
}

func unitOf(t *testing.T, s *postgres.Store, specific string) (unit registry.UnitID) {
	t.Helper()
	check(t, s.Pool().QueryRow(t.Context(), "SELECT unit_id FROM unit_version WHERE specific = $1", specific).Scan(&unit))
	return unit
}

// drawn is all tiles of some zooms on a day, as known at an entry.
func drawn(s *tiles.Snapshot, on registry.Day, seq registry.Seq) [][]byte {
	view := s.View(on.Time(), int64(seq))
	var all [][]byte
	for _, z := range []int{0, 3, 4, 6, 8, 9, 11} {
		for _, at := range cover([4]float64{124.9, 42.9, 128.1, 44.1}, z) {
			all = append(all, view.Draw(z, int(at.X), int(at.Y)).Encode(nil))
		}
	}
	return all
}

func differing(a, b [][]byte) (n int) {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			n++
		}
	}
	return n
}

// The tiles of a draft are those that its approval makes, byte for byte, on every
// day; and until then the public sees none of it.
func TestDraft_shows_what_approval_makes(t *testing.T) {
	s := squaresStore(t)
	e := engineOn(t, s)
	seq := registry.Seq(e.Snapshot().Seq())
	from := registry.Date(2028, 1, 1)
	days := []registry.Day{registry.Date(1990, 1, 1), from - 1, from, registry.Date(2040, 1, 1)}
	arc, course, err := s.ArcBetween(t.Context(), "甲县", "乙县", registry.Instant{Valid: from, Recorded: seq})
	check(t, err)
	bent := append(orb.LineString{}, course...)
	bent[1] = orb.Point{126.1, 43.5}
	before := map[registry.Day][][]byte{}
	for _, on := range days {
		before[on] = drawn(e.Snapshot(), on, seq)
	}

	id := draft(t, s, from, registry.Operation{Kind: registry.Reshape, Arc: arc, Course: bent, Source: "draft"},
		registry.Operation{Kind: registry.Assign, Face: faceOf(t, s, "丙"), Unit: unitOf(t, s, "乙")})
	overlay, err := e.Draft(t.Context(), int64(id))
	check(t, err)
	check(t, e.Load(t.Context()))
	shown := map[registry.Day][][]byte{}
	for _, on := range days {
		shown[on] = drawn(overlay, on, registry.Seq(overlay.Seq()))
		if n := differing(before[on], drawn(e.Snapshot(), on, registry.Seq(e.Snapshot().Seq()))); n > 0 {
			t.Errorf("%v: the draft changed %d public tiles", on, n)
		}
		if n := differing(before[on], shown[on]); n > 0 != (on >= from) {
			t.Errorf("%v: %d tiles of the draft differ from the public ones", on, n)
		}
	}

	applied := approve(t, s, id, from)
	check(t, e.Load(t.Context()))
	for _, on := range days {
		if n := differing(shown[on], drawn(e.Snapshot(), on, applied)); n > 0 {
			t.Errorf("%v: %d tiles differ between draft and approval", on, n)
		}
		if n := differing(before[on], drawn(e.Snapshot(), on, seq)); n > 0 {
			t.Errorf("%v: the approval changed %d tiles of what was known before", on, n)
		}
	}
	for _, on := range []registry.Day{from - 1, from} { // arcs break where their validity does
		j := newJudge(t, registered(t, s, on))
		for z := range 11 {
			j.zoom(z)
		}
	}
}

// A township is read when it comes to hold territory, with its name and code,
// recorded long before; and the engine that followed shows the same as one that
// begins.
func TestEngine_reads_townships_that_come_to_hold(t *testing.T) {
	s := squaresStore(t)
	e := engineOn(t, s)
	from := registry.Date(2025, 1, 1)
	id := draft(t, s, from, registry.Operation{Kind: registry.Assign, Face: faceOf(t, s, "甲"), Unit: unitOf(t, s, "丁")})
	seq := approve(t, s, id, from)
	check(t, e.Load(t.Context()))
	fresh := engineOn(t, s)
	for _, on := range []registry.Day{from - 1, from} {
		if n := differing(drawn(e.Snapshot(), on, seq), drawn(fresh.Snapshot(), on, seq)); n > 0 {
			t.Errorf("%v: %d tiles differ between an engine that followed and one that began", on, n)
		}
		at := cover([4]float64{125.5, 43.5, 125.5, 43.5}, 8)[0]
		got := contents(t, e.Snapshot().View(on.Time(), int64(seq)).Draw(8, int(at.X), int(at.Y)).Encode(nil))["township"]
		if on < from && len(got) > 0 {
			t.Errorf("%v: drawn are %v", on, got)
		}
		for _, p := range got {
			if p["name"] != "丁镇" || p["code"] != "220121101000" || p["level"] != 4. {
				t.Errorf("%v: the township is drawn as %v", on, p)
			}
		}
		if on == from && len(got) != 1 {
			t.Errorf("%v: %d townships are drawn", on, len(got))
		}
	}
}
