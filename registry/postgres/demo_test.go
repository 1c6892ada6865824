package postgres

import (
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/desk/demo"
	"jieming/registry/law"
)

// The demonstration has a case in every state, brought there by people who
// have the right to every act; playing it again adds nothing.
func TestDemo_hasACaseInEveryState(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	var unit registry.UnitRef
	check(t, store.pool.QueryRow(ctx, "SELECT unit_id, name FROM unit_version WHERE level = 3 LIMIT 1").Scan(&unit.ID, &unit.Name))
	stage := demo.Stage{Store: store, Now: d.Now(), Cast: as, Units: []registry.UnitRef{unit}}
	begun := time.Now()
	check(t, demo.Play(ctx, stage))
	t.Logf("played in %s", time.Since(begun))
	check(t, demo.Play(ctx, stage))
	states := law.Shipped().States
	var cases, distinct int
	check(t, store.pool.QueryRow(ctx, "SELECT count(*), count(DISTINCT (kind, state)) FROM desk.case_now").Scan(&cases, &distinct))
	if cases != demo.Cases() || distinct != len(states) {
		t.Errorf("%d cases in %d states, want %d in %d", cases, distinct, demo.Cases(), len(states))
	}
}
