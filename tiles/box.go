package tiles

import (
	"math"

	"jieming/geo/mercator"
)

// box is a closed rectangle of world coordinates, wide enough to reach beyond
// the world.
type box struct{ minX, minY, maxX, maxY int64 }

// emptyBox holds nothing.
var emptyBox = box{math.MaxInt64, math.MaxInt64, math.MinInt64, math.MinInt64}

func (b *box) addLine(line []mercator.Point) {
	for _, p := range line {
		b.minX, b.maxX = min(b.minX, int64(p.X)), max(b.maxX, int64(p.X))
		b.minY, b.maxY = min(b.minY, int64(p.Y)), max(b.maxY, int64(p.Y))
	}
}

func (b *box) addBox(o box) {
	b.minX, b.maxX = min(b.minX, o.minX), max(b.maxX, o.maxX)
	b.minY, b.maxY = min(b.minY, o.minY), max(b.maxY, o.maxY)
}

func (b *box) meets(o *box) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}

// within tells whether a point lies in the box by a margin, which may be
// negative.
func (b *box) within(p mercator.Point, margin int64) bool {
	x, y := int64(p.X), int64(p.Y)
	return x >= b.minX+margin && x <= b.maxX-margin && y >= b.minY+margin && y <= b.maxY-margin
}

// grown returns the box made larger on every side.
func (b box) grown(by int64) box {
	return box{b.minX - by, b.minY - by, b.maxX + by, b.maxY + by}
}

// cellBits is the number of world units along a tile unit at zoom 0, as a
// power of two: 4096 units of a tile, 2^32 of the world.
const cellBits = 20

// tileBox returns what a tile shows, without buffer. Its far sides belong to the
// next tile.
func tileBox(z, x, y int) box {
	side := int64(1) << (32 - z)
	west, north := int64(x)*side-1<<31, int64(y)*side-1<<31
	return box{west, north, west + side, north + side}
}

// extent is a box within the world, in half the memory.
type extent struct{ minX, minY, maxX, maxY int32 }

func (e *extent) meets(o *box) bool {
	return int64(e.minX) <= o.maxX && o.minX <= int64(e.maxX) && int64(e.minY) <= o.maxY && o.minY <= int64(e.maxY)
}

// boxes finds those among many boxes that meet another. They are grouped by
// neighbourhood, each group within a box of its own.
type boxes struct {
	all    []extent
	groups []box
}

const groupSize = 32

// newBoxes indexes boxes that lie within the world.
func newBoxes(all []box) *boxes {
	b := &boxes{all: make([]extent, len(all)), groups: make([]box, 0, len(all)/groupSize+1)}
	for i, o := range all {
		if i%groupSize == 0 {
			b.groups = append(b.groups, emptyBox)
		}
		b.groups[len(b.groups)-1].addBox(o)
		b.all[i] = extent{int32(o.minX), int32(o.minY), int32(o.maxX), int32(o.maxY)}
	}
	return b
}

// meeting yields the positions of the boxes that meet o, in order.
func (b *boxes) meeting(o *box, yield func(int)) {
	for g := range b.groups {
		if !b.groups[g].meets(o) {
			continue
		}
		first := g * groupSize
		for i := first; i < min(first+groupSize, len(b.all)); i++ {
			if b.all[i].meets(o) {
				yield(i)
			}
		}
	}
}

// alongCurve returns where the middle of a box lies on a curve that keeps
// neighbours together: the bits of both coordinates, interleaved.
func (b *box) alongCurve() uint64 {
	x, y := uint32((b.minX+b.maxX)/2+1<<31), uint32((b.minY+b.maxY)/2+1<<31)
	return spread(x) | spread(y)<<1
}

// spread puts a zero after each bit.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}
