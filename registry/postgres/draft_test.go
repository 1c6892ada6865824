package postgres

import (
	"context"
	"fmt"
	"testing"

	"jieming/registry"
	"jieming/registry/registrytest"
)

// holding is a store of the squares with the face of 甲县 and all its counties.
func holding(t *testing.T) (s *Store, face registry.FaceID, a, b, c registry.UnitID) {
	t.Helper()
	s = opened(t, registrytest.Squares())
	check(t, s.pool.QueryRow(context.Background(), `
		SELECT t.face_id, t.unit_id, (SELECT unit_id FROM unit_version WHERE specific = '乙'), (SELECT unit_id FROM unit_version WHERE specific = '丙')
		FROM tenure t JOIN unit_version v USING (unit_id) WHERE v.specific = '甲'`).Scan(&face, &a, &b, &c))
	return s, face, a, b, c
}

// draftOf opens a case and its draft, with operations if any are given.
func draftOf(t *testing.T, s *Store, p registry.Period, ops ...registry.Operation) registry.CaseID {
	t.Helper()
	ctx := context.Background()
	id, err := s.OpenCase(ctx, "ADJUSTMENT", fmt.Sprint(ops), "zhang")
	check(t, err)
	_, err = s.OpenDraft(ctx, id)
	check(t, err)
	check(t, s.Draft(ctx, id, p, ops...))
	return id
}

func give(face registry.FaceID, unit registry.UnitID) registry.Operation {
	return registry.Operation{Kind: registry.Assign, Face: face, Unit: unit}
}

func wantConflict(t *testing.T, what string, err error) {
	t.Helper()
	if registry.KindOf(err) != registry.KindConflict {
		t.Errorf("%s: got %v, want a conflict", what, err)
	}
}

// Two editors give one face to two units: neither rebase, nor a draft begun
// before and continued after, nor other days at the decision overwrite the
// first in silence.
func TestDraft_doesNotOverwriteOthers(t *testing.T) {
	ctx := context.Background()
	s, face, _, b, c := holding(t)
	from := registry.Date(2025, 1, 1)
	since := registry.Since(from)
	legal := decision(registry.Legal, registry.BoundaryChange, from, "1号")

	first, second, late := draftOf(t, s, since, give(face, b)), draftOf(t, s, since, give(face, c)), draftOf(t, s, since)
	early := registry.Period{From: registry.Date(2000, 1, 1), To: registry.Date(2001, 1, 1)}
	elsewhere := draftOf(t, s, early, give(face, c))
	_, err := s.Apply(ctx, first, tester, legal)
	check(t, err)

	_, err = s.Apply(ctx, second, tester, legal)
	wantConflict(t, "apply", err)
	_, err = s.Rebase(ctx, second)
	wantConflict(t, "rebase", err)
	wantConflict(t, "draft", s.Draft(ctx, late, since, give(face, c)))

	_, err = s.Rebase(ctx, elsewhere)
	check(t, err)
	_, err = s.Apply(ctx, elsewhere, tester, decision(registry.Correction, registry.BoundaryChange, from, "2号"))
	check(t, err)
	for on, want := range map[registry.Day]registry.UnitID{early.From: c, early.To - 1: c, from: b} {
		var got registry.UnitID
		check(t, s.pool.QueryRow(ctx, "SELECT unit_id FROM tenure WHERE face_id = $1 AND valid @> $2::date AND upper_inf(recorded)",
			int64(face), date(on)).Scan(&got))
		if got != want {
			t.Errorf("on %v unit %d holds the face, want %d", on, got, want)
		}
	}
}

// The days of the decision may differ from those of the draft: what others
// changed on them since the base counts.
func TestDraft_decisionOnOtherDays(t *testing.T) {
	ctx := context.Background()
	s, face, a, b, c := holding(t)
	in2028 := registry.Since(registry.Date(2028, 1, 1))
	in2026 := registry.Period{From: registry.Date(2026, 1, 1), To: in2028.From}
	scheduled := draftOf(t, s, in2028, give(face, b))
	other := draftOf(t, s, in2026, give(face, c))
	_, err := s.Apply(ctx, other, tester, decision(registry.Correction, registry.BoundaryChange, in2026.From, "1号"))
	check(t, err)
	_, err = s.Rebase(ctx, draftOf(t, s, in2028, give(face, a)))
	check(t, err)
	d := decision(registry.Correction, registry.BoundaryChange, in2026.From, "2号")
	d.Period = &in2026
	_, err = s.Apply(ctx, scheduled, tester, d)
	wantConflict(t, "apply on days that others changed", err)
}
