package pmtiles

import "math/bits"

// ID is the number of a tile: zooms follow each other, and within a zoom the
// tiles stand along a Hilbert curve. The four children of the tile at place i
// of its zoom stand at 4i to 4i+3 of the next.
type ID uint64

// zoomStart is the id of the first tile of a zoom.
func zoomStart(z int) ID { return ID((uint64(1)<<(2*z) - 1) / 3) }

// TileID returns the id of the tile z/x/y. Z is at most 26; x and y lie in 0 to
// 2^z-1, y counts from the north.
func TileID(z, x, y int) ID {
	var place uint64
	for s := z - 1; s >= 0; s-- {
		rx, ry := x>>s&1, y>>s&1
		place = place<<2 | uint64(3*rx^ry)
		x, y = rotate(1<<s, x&(1<<s-1), y&(1<<s-1), rx, ry)
	}
	return zoomStart(z) + ID(place)
}

// ZXY returns the address of the tile.
func (id ID) ZXY() (z, x, y int) {
	z = (bits.Len64(3*uint64(id)+1) - 1) / 2
	x, y = xy(z, uint64(id-zoomStart(z)))
	return z, x, y
}

// xy returns column and row of a place on the curve of a zoom.
func xy(z int, place uint64) (x, y int) {
	for s := range z {
		quarter := int(place >> (2 * s) & 3)
		rx := quarter >> 1
		ry := quarter&1 ^ rx
		x, y = rotate(1<<s, x, y, rx, ry)
		x += rx << s
		y += ry << s
	}
	return x, y
}

// rotate turns and mirrors a square of side n as the curve runs through the
// quarter rx, ry.
func rotate(n, x, y, rx, ry int) (int, int) {
	if ry == 1 {
		return x, y
	}
	if rx == 1 {
		x, y = n-1-x, n-1-y
	}
	return y, x
}
