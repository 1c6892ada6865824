package gate

// index numbers keys in the order they come, densely from 0. It is a hash table
// with open addressing.
type index struct {
	slots []int32 // one more than the number; 0 is free
	keys  []uint64
	shift uint
}

// newIndex makes an index with room for n keys.
func newIndex(n int) *index {
	bits := uint(4)
	for 1<<bits < 2*n {
		bits++
	}
	return &index{slots: make([]int32, 1<<bits), shift: 64 - bits, keys: make([]uint64, 0, n)}
}

// slot is where key is, or where it belongs.
func (x *index) slot(key uint64) int {
	mask := len(x.slots) - 1
	at := int(key * 0x9e3779b97f4a7c15 >> x.shift)
	for x.slots[at] != 0 && x.keys[x.slots[at]-1] != key {
		at = (at + 1) & mask
	}
	return at
}

// add returns the number of key, a new one if it is not there.
func (x *index) add(key uint64) (number int32, fresh bool) {
	at := x.slot(key)
	if n := x.slots[at]; n != 0 {
		return n - 1, false
	}
	if 2*len(x.keys) >= len(x.slots) {
		x.grow()
		at = x.slot(key)
	}
	x.keys = append(x.keys, key)
	x.slots[at] = int32(len(x.keys))
	return int32(len(x.keys)) - 1, true
}

// find returns the number of key.
func (x *index) find(key uint64) (number int32, ok bool) {
	n := x.slots[x.slot(key)]
	return n - 1, n != 0
}

func (x *index) grow() {
	x.slots = make([]int32, 2*len(x.slots))
	x.shift--
	for i, key := range x.keys {
		x.slots[x.slot(key)] = int32(i) + 1
	}
}

// cellKey is a cell as one number.
func cellKey(c Cell) uint64 { return uint64(uint32(c.X))<<32 | uint64(uint32(c.Y)) }
