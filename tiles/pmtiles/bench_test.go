package pmtiles

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

// outlines are tiles of about 3 kB whose bytes look like those of a map: names,
// then lines as small steps on a grid, in zigzag varints. Making one costs
// about as much as an engine takes that has everything in memory.
type outlines struct{ edit uint64 }

func (o outlines) Tile(_ context.Context, z, x, y int) ([]byte, error) {
	seed := uint64(0)
	if z == 0 || x>>(z-1) == 1 && y>>(z-1) == 0 && x == 3<<(z-2) && y == 1<<(z-2) {
		seed = o.edit // one tile a zoom changes
	}
	r := rand.New(rand.NewPCG(uint64(z)<<48|seed, uint64(x)<<32|uint64(y)))
	b := []byte("province prefecture county boundary label place 甲县 乙县 name code left right rank status")
	dx, dy := int64(0), int64(0)
	for range 800 {
		dx, dy = dx/2+r.Int64N(41)-20, dy/2+r.Int64N(41)-20
		b = binary.AppendVarint(binary.AppendVarint(b, dx), dy)
	}
	return b, nil
}

// BenchmarkExport measures an export in full, one after an edit that copies the
// blobs of equal tiles, and one that is also told which tiles did not change.
func BenchmarkExport(b *testing.B) {
	o := Options{MinZoom: 2, MaxZoom: 7, Bounds: orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{179, 84}}}
	before, _ := build(b, o, outlines{})
	previous := o
	previous.Previous = open(b, before)
	told := previous
	told.Unchanged = func(z, x, y int) bool { return x != 3<<(z-2) || y != 1<<(z-2) }
	_, want := build(b, o, outlines{edit: 1})
	for _, how := range []struct {
		name string
		o    Options
	}{{"full", o}, {"previous", previous}, {"unchanged", told}} {
		b.Run(how.name, func(b *testing.B) {
			for b.Loop() {
				a, err := Build(b.Context(), how.o, outlines{edit: 1})
				if err != nil {
					b.Fatal(err)
				}
				if a.Summary.Digest != want.Digest {
					b.Fatalf("another archive: %+v", a.Summary)
				}
				a.Close()
			}
		})
	}
}
