package pmtiles

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"
)

// entry leads to the bytes of run tiles in a row from id on, or, when run is 0,
// to the leaf directory whose first entry is id.
type entry struct {
	id     ID
	offset uint64 // in the tile section, or in the section of leaves
	length uint32
	run    uint32
}

// encodeDirectory writes entries column by column.
func encodeDirectory(entries []entry) []byte {
	b := binary.AppendUvarint(make([]byte, 0, 5*len(entries)+8), uint64(len(entries)))
	last := ID(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.id-last))
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	follows := uint64(0)
	for i, e := range entries {
		if i > 0 && e.offset == follows {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, e.offset+1)
		}
		follows = e.offset + uint64(e.length)
	}
	return b
}

// decodeDirectory reads what [encodeDirectory] writes. It refuses entries that
// are not in order or that overlap, and those that end after limit bytes in the
// section of tiles or after leafLimit bytes in that of the leaves.
func decodeDirectory(b []byte, limit, leafLimit uint64) ([]entry, error) {
	c := columns{b: b}
	n := c.next()
	// Four numbers an entry take a byte each at least.
	if n == 0 || n > uint64(len(b)/4) {
		return nil, refuse("a directory of %d bytes cannot have %d entries", len(b), n)
	}
	entries := make([]entry, n)
	c.ids(entries)
	for i := range entries {
		entries[i].run = c.next32()
	}
	for i := range entries {
		entries[i].length = c.next32()
	}
	c.offsets(entries)
	if c.bad || len(c.b) > 0 {
		return nil, refuse("a directory is not well formed")
	}
	return entries, checkEntries(entries, limit, leafLimit)
}

func checkEntries(entries []entry, limit, leafLimit uint64) error {
	for i, e := range entries {
		within := limit
		if e.run == 0 {
			within = leafLimit
		}
		switch {
		case e.length == 0 || e.offset > within || uint64(e.length) > within-e.offset:
			return refuse("an entry leads to bytes that are not in the archive")
		case i > 0 && e.id < entries[i-1].id+ID(max(1, entries[i-1].run)):
			return refuse("the entries of a directory are not in order")
		case e.id+ID(e.run) > zoomStart(MaxZoom+1):
			return refuse("an entry lies below zoom %d", MaxZoom)
		}
	}
	return nil
}

// columns reads the numbers of a directory. After bad bytes all is 0.
type columns struct {
	b   []byte
	bad bool
}

func (c *columns) next() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *columns) next32() uint32 {
	v := c.next()
	if v > math.MaxUint32 {
		c.bad = true
	}
	return uint32(v)
}

func (c *columns) ids(entries []entry) {
	id, end := uint64(0), uint64(zoomStart(MaxZoom+1))
	for i := range entries {
		step := c.next()
		if step > end || id+step > end {
			c.bad = true
			return
		}
		id += step
		entries[i].id = ID(id)
	}
}

func (c *columns) offsets(entries []entry) {
	follows := uint64(0)
	for i := range entries {
		v := c.next()
		switch {
		case v > 0:
			entries[i].offset = v - 1
		case i == 0:
			c.bad = true
		default:
			entries[i].offset = follows
		}
		follows = entries[i].offset + uint64(entries[i].length)
		if follows < entries[i].offset {
			c.bad = true
		}
	}
}

// find returns the entry that holds the tile or the leaf on the way to it.
func find(entries []entry, id ID) (entry, bool) {
	i := sort.Search(len(entries), func(i int) bool { return entries[i].id > id }) - 1
	if i < 0 {
		return entry{}, false
	}
	e := entries[i]
	return e, e.run == 0 || id < e.id+ID(e.run)
}

// leafEntries is how many entries a leaf directory has at first; more when the
// root would not fit otherwise.
const leafEntries = 4096

// directories returns the root directory, compressed to at most limit bytes,
// and the leaves, each compressed, one after another. There are no leaves when
// all entries fit into the root.
func directories(entries []entry, limit int) (root, leaves []byte) {
	c := newCoder()
	if root = c.compress(encodeDirectory(entries)); len(root) <= limit {
		return root, nil
	}
	for size := leafEntries; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for part := range slices.Chunk(entries, size) {
			leaf := c.compress(encodeDirectory(part))
			top = append(top, entry{id: part[0].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root = c.compress(encodeDirectory(top)); len(root) <= limit {
			return root, leaves
		}
	}
}
