package pmtiles

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTileID uses the ids that the specification gives as examples.
func TestTileID(t *testing.T) {
	for _, test := range []struct {
		z, x, y int
		want    ID
	}{
		{0, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 1, 2}, {1, 1, 1, 3}, {1, 1, 0, 4}, {2, 0, 0, 5}, {12, 3423, 1763, 19078479},
	} {
		if got := TileID(test.z, test.x, test.y); got != test.want {
			t.Errorf("TileID(%d, %d, %d) = %d, want %d", test.z, test.x, test.y, got, test.want)
		}
	}
}

func TestTileIDLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.IntRange(0, 26).Draw(t, "z")
		x, y := rapid.IntRange(0, 1<<z-1).Draw(t, "x"), rapid.IntRange(0, 1<<z-1).Draw(t, "y")
		id := TileID(z, x, y)
		if gz, gx, gy := id.ZXY(); gz != z || gx != x || gy != y {
			t.Fatalf("%d/%d/%d has id %d, which is %d/%d/%d", z, x, y, id, gz, gx, gy)
		}
		if z > 0 {
			parent := TileID(z-1, x/2, y/2)
			if place := uint64(id - zoomStart(z)); place/4 != uint64(parent-zoomStart(z-1)) {
				t.Fatalf("%d/%d/%d does not stand among the children of its parent", z, x, y)
			}
		}
		if next := id + 1; int(next) < int(zoomStart(z+1)) {
			_, nx, ny := next.ZXY()
			if abs(nx-x)+abs(ny-y) != 1 {
				t.Fatalf("after %d/%d comes %d/%d, which is not beside it", x, y, nx, ny)
			}
		}
	})
}

func abs(n int) int { return max(n, -n) }
