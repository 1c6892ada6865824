package pmtiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
)

// Reader reads an archive. It is safe for concurrent use if the io.ReaderAt is.
// It keeps the root directory and the leaf directories used last.
type Reader struct {
	r      io.ReaderAt
	header Header
	root   []entry
	leaves leafCache
}

// Open reads the header and the root directory of an archive of size bytes, in
// one read of at most 16,384 bytes. Its error has the cause ErrFormat when the
// archive is at fault.
func Open(r io.ReaderAt, size int64) (*Reader, error) {
	if size < headerSize {
		return nil, refuse("open archive: it has %d bytes, fewer than a header", size)
	}
	head := make([]byte, min(size, headLimit))
	if err := readFull(r, head, 0); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	h, err := decodeHeader(head, size)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a := &Reader{r: r, header: h}
	if a.root, err = a.decode(head[h.Root.Offset:h.Root.end()]); err != nil {
		return nil, fmt.Errorf("open archive: root directory: %w", err)
	}
	return a, nil
}

// readFull fills b; an io.ReaderAt may say io.EOF with the last byte.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return refuse("it ends early: was it cut short?")
	}
	return err
}

// Header returns what the archive says of itself.
func (r *Reader) Header() Header { return r.header }

// Metadata returns the JSON object that goes with the archive.
func (r *Reader) Metadata() (json.RawMessage, error) {
	if r.header.Metadata.Length > metadataLimit {
		return nil, refuse("read metadata: more than %d bytes", metadataLimit)
	}
	b, err := r.read(r.header.Metadata)
	if err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	b, err = decompress(b, r.header.Internal, metadataLimit)
	if err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	if !json.Valid(b) {
		return nil, refuse("read metadata: it is not JSON")
	}
	return b, nil
}

// Tile returns the tile z/x/y, decompressed; nil when the archive has none. It
// costs one read, and another the first time for each leaf directory.
func (r *Reader) Tile(z, x, y int) ([]byte, error) {
	blob, err := r.Blob(z, x, y)
	if err != nil || blob == nil {
		return nil, err
	}
	tile, err := decompress(blob, r.header.Tiles, tileLimit)
	if err != nil {
		return nil, fmt.Errorf("read tile %d/%d/%d: %w", z, x, y, err)
	}
	return tile, nil
}

// Blob returns the tile z/x/y as it is stored, compressed as the header says;
// nil when the archive has none.
func (r *Reader) Blob(z, x, y int) ([]byte, error) {
	if z < 0 || z > MaxZoom || x < 0 || y < 0 || x >= 1<<z || y >= 1<<z {
		return nil, fmt.Errorf("read tile %d/%d/%d: there is no such tile", z, x, y)
	}
	e, ok, err := r.find(TileID(z, x, y))
	if err != nil || !ok {
		return nil, err
	}
	return r.blob(e)
}

// blob reads the bytes that an entry leads to.
func (r *Reader) blob(e entry) ([]byte, error) {
	if e.length > tileLimit {
		return nil, refuse("a tile has more than %d bytes", tileLimit)
	}
	return r.read(section{r.header.Data.Offset + e.offset, uint64(e.length)})
}

// find returns the entry of a tile.
func (r *Reader) find(id ID) (entry, bool, error) {
	entries := r.root
	for range depthLimit {
		e, ok := find(entries, id)
		if !ok || e.run > 0 {
			return e, ok, nil
		}
		var err error
		if entries, err = r.leaf(e); err != nil {
			return entry{}, false, err
		}
	}
	return entry{}, false, refuse("its directories lead to each other more than %d times", depthLimit)
}

// leaf reads the leaf directory that an entry leads to.
func (r *Reader) leaf(e entry) ([]entry, error) {
	if entries, ok := r.leaves.get(e.offset); ok {
		return entries, nil
	}
	if e.length > directoryLimit {
		return nil, refuse("a directory has more than %d bytes", directoryLimit)
	}
	b, err := r.read(section{r.header.Leaves.Offset + e.offset, uint64(e.length)})
	if err != nil {
		return nil, err
	}
	entries, err := r.decode(b)
	if err != nil {
		return nil, err
	}
	if entries[0].id != e.id {
		return nil, refuse("a leaf directory does not begin where it should")
	}
	r.leaves.put(e.offset, entries)
	return entries, nil
}

func (r *Reader) decode(b []byte) ([]entry, error) {
	b, err := decompress(b, r.header.Internal, directoryLimit)
	if err != nil {
		return nil, err
	}
	return decodeDirectory(b, r.header.Data.Length, r.header.Leaves.Length)
}

func (r *Reader) read(s section) ([]byte, error) {
	b := make([]byte, s.Length)
	if err := readFull(r.r, b, int64(s.Offset)); err != nil {
		return nil, err
	}
	return b, nil
}

// Run is a run of tiles with the same content.
type Run struct {
	First ID
	Count int
	entry entry
}

// Runs goes through all tiles in order of their ids. After an error it ends.
func (r *Reader) Runs() iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		for e, err := range r.entries() {
			if !yield(Run{e.id, int(e.run), e}, err) || err != nil {
				return
			}
		}
	}
}

// Read returns the content of a run, decompressed.
func (r *Reader) Read(run Run) ([]byte, error) {
	blob, err := r.blob(run.entry)
	if err != nil {
		return nil, err
	}
	return decompress(blob, r.header.Tiles, tileLimit)
}

// entries goes through all entries that lead to tiles. Ids rise all the way,
// which also bounds the work a hostile archive can cause.
func (r *Reader) entries() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		next := ID(0)
		r.walk(r.root, 1, &next, yield)
	}
}

// walk goes through a directory and those below it; it returns false to stop.
func (r *Reader) walk(entries []entry, depth int, next *ID, yield func(entry, error) bool) bool {
	for _, e := range entries {
		if e.id < *next {
			return yield(entry{}, refuse("the directories are not in order")) && false
		}
		if e.run > 0 {
			*next = e.id + ID(e.run)
			if !yield(e, nil) {
				return false
			}
			continue
		}
		leaf, err := r.leaf(e)
		if err == nil && depth == depthLimit {
			err = refuse("its directories lead to each other more than %d times", depthLimit)
		}
		if err != nil {
			return yield(entry{}, err) && false
		}
		if !r.walk(leaf, depth+1, next, yield) {
			return false
		}
	}
	return true
}

// leafCache keeps the leaf directories used last.
type leafCache struct {
	mu   sync.Mutex
	kept [16]keptLeaf
	next int
}

type keptLeaf struct {
	offset  uint64
	entries []entry
}

func (c *leafCache) get(offset uint64) ([]entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kept {
		if k.entries != nil && k.offset == offset {
			return k.entries, true
		}
	}
	return nil, false
}

func (c *leafCache) put(offset uint64, entries []entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[c.next] = keptLeaf{offset, entries}
	c.next = (c.next + 1) % len(c.kept)
}
