package postgres

import (
	"context"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"testing"

	"jieming/registry"
	"jieming/registry/registrytest"
)

// A later load may hang new units on those that are there.
func TestLoad_ontoExistingUnits(t *testing.T) {
	ctx := context.Background()
	s := opened(t, registrytest.Squares())
	seq, err := s.Latest(ctx)
	check(t, err)
	day := registry.Date(2024, 1, 1)
	west, err := s.UnitByCode(ctx, "2201", registry.Instant{Valid: day, Recorded: seq})
	check(t, err)

	b := &registry.Baseline{
		Dataset:     registry.Dataset{Name: "新县", Source: "test", Licence: "none", DataDate: day, Digest: sha256.Sum256([]byte("new county"))},
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "清单", Citation: "test"}},
		Events:      []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: day, Precision: registry.PrecisionDay}},
		Units: []registry.BaselineUnit{
			{Key: "220100 西市", Existing: west.ID},
			{Key: "220123 丁县", Versions: []registry.BaselineUnitVersion{{Level: registry.LevelCounty, Type: registry.County, Specific: "丁", Generic: "县",
				Superior: 0, Custodian: registry.NoRef, Basis: registry.Published, AttestedOn: day, Valid: registry.Since(day), EndedBy: registry.NoRef}}},
		},
		Codes: []registry.BaselineCode{{Unit: 1, Code: "220123000000", Valid: registry.Since(day), EndedBy: registry.NoRef}},
	}
	seq, loaded, err := s.Load(ctx, b, tester, nil)
	if err != nil || !loaded {
		t.Fatalf("load: %v, loaded %v", err, loaded)
	}
	added, err := s.UnitByCode(ctx, "220123", registry.Instant{Valid: day, Recorded: seq})
	check(t, err)
	if added.Superior == nil || added.Superior.ID != west.ID || added.Areal {
		t.Errorf("added %+v", added)
	}
	if as, err := s.LoadedAs(ctx, b.Dataset.Digest); err != nil || as != seq {
		t.Errorf("loaded as %d, %v, want %d", as, err, seq)
	}
	issued, err := s.IssuedCodes(ctx, []string{"220123000000", "220199000000"})
	check(t, err)
	if len(issued) != 1 || issued[0].Bearer.Name != "丁县" || issued[0].Valid != registry.Since(day) {
		t.Errorf("issued %+v", issued)
	}
}

// Processes that load one data set at one time record it once.
func TestLoad_onceUnderConcurrency(t *testing.T) {
	ctx := context.Background()
	s := opened(t, nil)
	var wg sync.WaitGroup
	var loads atomic.Int32
	for range 4 {
		wg.Go(func() {
			seq, loaded, err := s.Load(ctx, registrytest.Squares(), tester, nil)
			if err != nil || seq != 1 {
				t.Errorf("entry %d, %v", seq, err)
			}
			if loaded {
				loads.Add(1)
			}
		})
	}
	wg.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("loaded %d times", n)
	}
}
