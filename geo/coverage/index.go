package coverage

import "math/bits"

// index numbers distinct 64-bit keys in the order they first appear. It is an
// open-addressing table, because a Go map of a million points costs five times
// as much as the rest of the build.
type index struct {
	keys  []uint64 // key + 1; 0 is an empty slot
	ids   []int32
	count int32
	shift uint
}

func newIndex(capacity int) *index {
	x := &index{}
	x.resize(bits.Len(uint(2*capacity + 16)))
	return x
}

func (x *index) resize(log int) {
	x.keys, x.ids, x.shift = make([]uint64, 1<<log), make([]int32, 1<<log), uint(64-log)
}

// id returns the number of key and whether it is new.
func (x *index) id(key uint64) (id int32, fresh bool) {
	if int(x.count)*2 >= len(x.keys) {
		x.grow()
	}
	slot := x.slot(key)
	if x.keys[slot] != 0 {
		return x.ids[slot], false
	}
	x.keys[slot], x.ids[slot] = key+1, x.count
	x.count++
	return x.count - 1, true
}

// find returns the number of key, or -1.
func (x *index) find(key uint64) int32 {
	slot := x.slot(key)
	if x.keys[slot] == 0 {
		return -1
	}
	return x.ids[slot]
}

// slot returns where key is, or where it would go (Fibonacci hashing, linear probing).
func (x *index) slot(key uint64) int {
	mask := len(x.keys) - 1
	slot := int(key * 0x9E3779B97F4A7C15 >> x.shift)
	for x.keys[slot] != 0 && x.keys[slot] != key+1 {
		slot = (slot + 1) & mask
	}
	return slot
}

func (x *index) grow() {
	keys, ids := x.keys, x.ids
	x.resize(64 - int(x.shift) + 1)
	for i, k := range keys {
		if k != 0 {
			slot := x.slot(k - 1)
			x.keys[slot], x.ids[slot] = k, ids[i]
		}
	}
}
