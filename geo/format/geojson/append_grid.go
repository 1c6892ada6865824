package geojson

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"
)

const (
	grid      = 1e7
	gridBytes = 17 // longest text on the grid: a sign, eight digits, the point, seven digits

	positionBytes     = 24              // usual length of a position as text
	gridPositionBytes = 2*gridBytes + 4 // longest on the grid, with brackets and commas
)

// gridIndex returns k if v is exactly the float64 nearest to k/1e7.
//
// For |k| < 1e15 the decimal k/1e7 has at most 15 digits, and no two such
// decimals share a float64. So it is the shortest text that reads back as v,
// and strconv would write the same.
func gridIndex(v float64) (int64, bool) {
	if !(v > -1e8 && v < 1e8) {
		return 0, false
	}
	k := int64(v*grid + math.Copysign(0.5, v))
	return k, float64(k)/grid == v
}

// appendGridPositions appends n positions, with commas between them, up to the
// first that is off the grid, and returns how many it wrote. positions holds
// little-endian float64 pairs, stride bytes apart. Most coordinates are on the
// grid, and this is the inner loop of every answer with geometry: it makes room
// once, and writes without looking back.
func appendGridPositions(dst, positions []byte, n, stride int) ([]byte, int) {
	dst = slices.Grow(dst, n*gridPositionBytes)
	at, text := len(dst), dst[:cap(dst)]
	for i := range n {
		p := positions[i*stride:]
		x, onX := gridIndex(math.Float64frombits(binary.LittleEndian.Uint64(p)))
		y, onY := gridIndex(math.Float64frombits(binary.LittleEndian.Uint64(p[8:])))
		if !onX || !onY {
			return dst[:at], i
		}
		to := text[at : at+gridPositionBytes]
		k := 0
		if i > 0 {
			to[0] = ','
			k = 1
		}
		to[k] = '['
		k += 1 + putGrid(to[k+1:], x)
		to[k] = ','
		k += 1 + putGrid(to[k+1:], y)
		to[k] = ']'
		at += k + 1
	}
	return dst[:at], n
}

// appendGrid appends k/1e7, |k| < 1e15, without trailing zeros.
func appendGrid(dst []byte, k int64) []byte {
	dst = slices.Grow(dst, gridBytes)
	n := putGrid(dst[len(dst):len(dst)+gridBytes], k)
	return dst[:len(dst)+n]
}

// putGrid writes what appendGrid appends and returns its length. The point and
// the seven digits behind it are put together in one word.
func putGrid(to []byte, k int64) int {
	_ = to[gridBytes-1]
	i := 0
	if k < 0 {
		k = -k
		to[0] = '-'
		i = 1
	}
	whole, fraction := uint32(uint64(k)/grid), uint64(k)%grid
	i = putWhole(to, i, whole)
	if fraction == 0 {
		return i
	}
	hi, lo := fraction/1000, fraction%1000
	a, b := hi/100, hi%100
	digits := uint64('.') |
		('0'+a/10)<<8 | ('0'+a%10)<<16 | ('0'+b/10)<<24 | ('0'+b%10)<<32 |
		('0'+lo/100)<<40 | ('0'+lo/10%10)<<48 | ('0'+lo%10)<<56
	binary.LittleEndian.PutUint64(to[i:i+8], digits)
	zeros := bits.LeadingZeros64(digits^0x3030303030303030) / 8 // '0' is 0x30
	return i + 8 - zeros
}

// putWhole writes a number below 1e8 at to[i] and returns where it ends. Degrees
// have at most three digits.
func putWhole(to []byte, i int, v uint32) int {
	switch {
	case v < 10:
		to[i] = byte('0' + v)
		return i + 1
	case v < 100:
		to[i], to[i+1] = byte('0'+v/10), byte('0'+v%10)
		return i + 2
	case v < 1000:
		to[i], to[i+1], to[i+2] = byte('0'+v/100), byte('0'+v/10%10), byte('0'+v%10)
		return i + 3
	}
	return len(strconv.AppendUint(to[:i], uint64(v), 10))
}
