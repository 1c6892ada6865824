package tiles_test

import (
	"runtime"
	"testing"
	"time"

	"jieming/geo/coverage"
	"jieming/tiles"
)

func BenchmarkTile(b *testing.B) {
	s := jilinStore(b)
	e := engineOn(b, s)
	view := e.Snapshot().View(time.Now(), e.Snapshot().Seq())
	degrees, _ := view.Bounds()
	for _, z := range []int{4, 6, 7, 8, 9, 10} {
		at := cover(degrees, z)
		b.Run(string(rune('0'+z/10))+string(rune('0'+z%10)), func(b *testing.B) {
			b.ReportAllocs()
			bytes := 0
			var buf []byte
			for i := 0; b.Loop(); i++ {
				t := at[i%len(at)]
				buf = view.Draw(z, int(t.X), int(t.Y)).Encode(buf[:0])
				bytes += len(buf)
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "B/tile")
		})
	}
}

// BenchmarkMemory reports what a snapshot and its view of a day hold, of Jilin with
// its history and of the counties of China, in bytes, and both by distinct vertex.
func BenchmarkMemory(b *testing.B) {
	b.Run("jilin", func(b *testing.B) {
		s := jilinStore(b)
		measureMemory(b, func() *tiles.View {
			e := engineOn(b, s)
			return e.Snapshot().View(time.Now(), e.Snapshot().Seq())
		})
	})
	b.Run("china", func(b *testing.B) {
		all := regions(b, "boundaries-china/counties_2023_tianditu.geojson.gz")
		measureMemory(b, func() *tiles.View {
			s, _ := tiles.SnapshotOf(b, all, coverage.Options{Tentative: true})
			return s.View(epoch, 1)
		})
		runtime.KeepAlive(all)
	})
}

func measureMemory(b *testing.B, make func() *tiles.View) {
	held := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		before := held()
		view := make()
		loaded := held()
		view.Prepare()
		prepared := held()
		b.ReportMetric(loaded-before, "snapshot-B")
		b.ReportMetric(prepared-loaded, "view-B")
		b.ReportMetric((prepared-before)/float64(tiles.Vertices(view)), "B/vertex")
		runtime.KeepAlive(view)
	}
}
