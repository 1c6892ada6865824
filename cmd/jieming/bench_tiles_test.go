package main

import (
	"io"
	"os"
	"testing"

	"jieming/geo/datatest"
)

// The committed list is what is chosen among the tiles that a border of a county
// of China passes. BLESS=1 writes it.
func TestBenchTiles_list(t *testing.T) {
	b := &benchmark{dataset: datatest.Dir(t), shown: newProgress(io.Discard)}
	baseline, err := b.countryBaseline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := writeTiles(chooseTiles(baseline))
	if os.Getenv("BLESS") != "" {
		if err := os.WriteFile("bench_tiles.csv", []byte(list), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if benchTiles != list {
		t.Error("bench_tiles.csv is not what is chosen; BLESS=1 renews it")
	}
}
