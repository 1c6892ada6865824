package tiles_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"testing"

	"jieming/geo/coverage"
	"jieming/tiles"
)

// benchTiles are the tiles that jieming bench measures, by zoom.
func benchTiles(t testing.TB) (at map[int][][2]int) {
	t.Helper()
	f, err := os.Open("../cmd/jieming/bench_tiles.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at = map[int][][2]int{}
	for _, row := range rows[1:] {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(row[i])
		}
		at[n[0]] = append(at[n[0]], [2]int{n[1], n[2]})
	}
	return at
}

// BenchmarkTile_china makes tiles of all counties of China.
func BenchmarkTile_china(b *testing.B) {
	s, _ := tiles.SnapshotOf(b, regions(b, "boundaries-china/counties_2023_tianditu.geojson.gz"), coverage.Options{Tentative: true})
	v := s.View(epoch, 1)
	v.Prepare()
	all := benchTiles(b)
	for z := 6; z <= 12; z++ {
		b.Run(fmt.Sprintf("%02d", z), func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			bytes := 0
			for i := 0; b.Loop(); i++ {
				at := all[z][i%len(all[z])]
				buf = v.Draw(z, at[0], at[1]).Encode(buf[:0])
				bytes += len(buf)
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "B/tile")
		})
	}
}
