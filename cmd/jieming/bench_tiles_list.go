package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/maptile/tilecover"

	"jieming/registry"
)

// benchTiles lists the tiles of the real country that are measured: what
// chooseTiles chooses. TestBenchTiles_list makes it.
//
//go:embed bench_tiles.csv
var benchTiles string

// The zooms that are measured, and how many tiles of each.
const (
	benchFirstZoom = 6
	benchLastZoom  = 12
	benchZoomTiles = 60
)

// zoomTiles are the tiles of a zoom.
type zoomTiles struct {
	z  int
	at [][2]int // columns and rows
}

// chooseTiles draws tiles of each zoom by lot among those that a border passes,
// so that none is empty. The same borders give the same tiles.
func chooseTiles(baseline *registry.Baseline) (all []zoomTiles) {
	for z := benchFirstZoom; z <= benchLastZoom; z++ {
		passed := maptile.Set{}
		for _, a := range baseline.Arcs {
			passed.Merge(tilecover.LineString(a.Line, maptile.Zoom(z)))
		}
		found := zoomTiles{z: z}
		for t := range passed {
			found.at = append(found.at, [2]int{int(t.X), int(t.Y)})
		}
		slices.SortFunc(found.at, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
		lot := rand.New(rand.NewPCG(uint64(z), 2026))
		lot.Shuffle(len(found.at), func(i, j int) { found.at[i], found.at[j] = found.at[j], found.at[i] })
		found.at = found.at[:min(benchZoomTiles, len(found.at))]
		all = append(all, found)
	}
	return all
}

// writeTiles writes a list as it is committed.
func writeTiles(all []zoomTiles) string {
	text := "z,x,y\n"
	for _, z := range all {
		for _, at := range z.at {
			text += fmt.Sprintf("%d,%d,%d\n", z.z, at[0], at[1])
		}
	}
	return text
}

// readTiles reads the list that is committed.
func readTiles() (all []zoomTiles, err error) {
	rows, err := csv.NewReader(strings.NewReader(benchTiles)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("bench_tiles.csv: %w", err)
	}
	for _, row := range rows[1:] {
		var n [3]int
		for i := range n {
			if n[i], err = strconv.Atoi(row[i]); err != nil {
				return nil, fmt.Errorf("bench_tiles.csv: %w", err)
			}
		}
		if len(all) == 0 || all[len(all)-1].z != n[0] {
			all = append(all, zoomTiles{z: n[0]})
		}
		last := &all[len(all)-1]
		last.at = append(last.at, [2]int{n[1], n[2]})
	}
	return all, nil
}
