package tiles_test

import (
	"testing"
	"time"
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
