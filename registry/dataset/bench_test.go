package dataset

import (
	"context"
	"io/fs"
	"testing"
)

func BenchmarkBaseline(b *testing.B) {
	for _, c := range []struct {
		name string
		fsys func(testing.TB) fs.FS
	}{{"sample", sampleFS}, {"real", realFS}} {
		b.Run(c.name, func(b *testing.B) {
			f, err := Open(c.fsys(b))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Baseline(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
