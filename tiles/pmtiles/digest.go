package pmtiles

import (
	"crypto/sha256"
	"sync"
)

// Digest identifies a content: the first 16 bytes of its SHA-256.
type Digest [16]byte

func digest(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(sum[:16])
}

// coderDigest identifies the coder of this program. Blobs of another coder are
// not reused, because a program without the previous archive could not make
// the same bytes.
var coderDigest = sync.OnceValue(func() Digest {
	return digest(append([]byte("digests of contents, 1\n"), newCoder().compress(specimen())...))
})

// encodeDigests returns what stands after the last tile: the digest of the
// coder, then those of the contents in the order in which they are stored.
func encodeDigests(contents []Digest) []byte {
	coder := coderDigest()
	b := append(make([]byte, 0, 16*(len(contents)+1)), coder[:]...)
	for _, d := range contents {
		b = append(b, d[:]...)
	}
	return b
}

// contents is what a previous archive offers to a new one.
type contents struct {
	at   map[Digest]section // in the tile section
	from map[uint64]Digest  // by offset in the tile section
}

// contents reads which contents the archive holds. It returns nil when the
// archive does not say, or its tiles were compressed by another coder.
func (r *Reader) contents() (*contents, error) {
	var blobs []section
	end := uint64(0)
	for e, err := range r.entries() {
		if err != nil {
			return nil, err
		}
		if e.offset == end {
			blobs = append(blobs, section{e.offset, uint64(e.length)})
			end += uint64(e.length)
		}
	}
	if rest := r.header.Data.Length - min(end, r.header.Data.Length); rest != 16*uint64(len(blobs)+1) {
		return nil, nil
	}
	table, err := r.read(section{r.header.Data.Offset + end, 16 * uint64(len(blobs)+1)})
	if err != nil {
		return nil, err
	}
	if Digest(table[:16]) != coderDigest() {
		return nil, nil
	}
	c := &contents{at: make(map[Digest]section, len(blobs)), from: make(map[uint64]Digest, len(blobs))}
	for i, b := range blobs {
		d := Digest(table[16*(i+1):])
		c.at[d], c.from[b.Offset] = b, d
	}
	return c, nil
}
