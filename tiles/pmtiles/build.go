package pmtiles

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"sync"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// builder turns tiles, which workers make in any order, into the sections of an
// archive, in order.
type builder struct {
	o        Options
	source   Source
	plan     plan
	old      *contents // of the previous archive; nil if there is nothing to reuse
	copying  bool      // whether Unchanged is heeded
	data     *os.File
	w        *bufio.Writer
	progress func(n int)

	mu     sync.RWMutex
	stored map[Digest]section // guarded by mu; only the collector adds to it

	order   []Digest
	entries []entry
	end     uint64 // of the tile section so far
	sum     Summary
}

// job is a stretch of equal tiles on its way through the workers.
type job struct {
	z     int
	first ID
	count uint64
	copy  bool // it is the same as in the previous archive
	done  chan made
}

// made is what a worker made of a job. Blob is nil where the content is empty,
// or was stored already.
type made struct {
	content Digest
	blob    []byte
	empty   bool
	asked   bool // the source was asked
	reused  bool
}

func newBuilder(o Options, s Source, data *os.File) (*builder, error) {
	b := &builder{
		o: o, source: s, data: data, w: bufio.NewWriterSize(data, 1<<20), stored: map[Digest]section{},
		plan: plan{o.Bounds, o.Buffer, func(context.Context, int, int, int) (Cover, error) { return Varied, nil }},
	}
	if c, ok := s.(Coverer); ok {
		b.plan.covers = c.Covers
	}
	b.progress = counter(b.plan.total(o.MinZoom, o.MaxZoom), o.Progress)
	if o.Previous == nil {
		return b, nil
	}
	var err error
	if b.old, err = o.Previous.contents(); err != nil {
		return nil, fmt.Errorf("read the previous archive: %w", err)
	}
	h := o.Previous.header
	b.copying = b.old != nil && o.Unchanged != nil && h.MinZoom == o.MinZoom && h.MaxZoom == o.MaxZoom && h.Bounds == rounded(o.Bounds)
	return b, nil
}

// counter adds up progress, and passes it on when it is of use.
func counter(total int, tell func(done, total int)) func(n int) {
	var mu sync.Mutex
	done := 0
	return func(n int) {
		if tell == nil || n == 0 {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		done += n
		tell(done, total)
	}
}

// run makes all tiles: one goroutine plans, workers make, one collects.
func (b *builder) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	n := b.o.workers()
	jobs, queue := make(chan job), make(chan job, 4*n) // queue bounds how far workers run ahead
	g.Go(func() error {
		defer close(jobs)
		defer close(queue)
		return b.plan.walk(ctx, b.o.MinZoom, b.o.MaxZoom, func(z int, s span) error { return b.send(ctx, jobs, queue, z, s) }, b.progress)
	})
	for range n {
		g.Go(func() error { return b.work(ctx, jobs) })
	}
	g.Go(func() error { return b.collect(ctx, queue) })
	return g.Wait()
}

// runLimit keeps a run within the 32 bits it has in a directory.
const runLimit = 1 << 30

// send gives a span to the collector and to a worker.
func (b *builder) send(ctx context.Context, jobs, queue chan<- job, z int, s span) error {
	for s.count > 0 {
		n := min(s.count, runLimit)
		j := job{z: z, first: zoomStart(z) + ID(s.first), count: n, done: make(chan made, 1)}
		if b.copying {
			x, y := xy(z, s.first)
			j.copy = b.o.Unchanged(z, x, y)
		}
		for _, to := range []chan<- job{queue, jobs} {
			select {
			case to <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		s.first, s.count = s.first+n, s.count-n
	}
	return nil
}

func (b *builder) work(ctx context.Context, jobs <-chan job) error {
	c := newCoder()
	for j := range jobs {
		m, err := b.make(ctx, c, j)
		if err != nil {
			_, x, y := j.first.ZXY()
			return fmt.Errorf("tile %d/%d/%d: %w", j.z, x, y, err)
		}
		j.done <- m
	}
	return nil
}

// make copies a tile that did not change, or asks the source for it.
func (b *builder) make(ctx context.Context, c *coder, j job) (made, error) {
	if j.copy {
		m, ok, err := b.copied(j)
		if ok || err != nil {
			return m, err
		}
	}
	_, x, y := j.first.ZXY()
	tile, err := b.source.Tile(ctx, j.z, x, y)
	if err != nil {
		return made{}, err
	}
	if len(tile) == 0 {
		return made{empty: true, asked: true}, nil
	}
	if len(tile) > tileLimit {
		return made{}, fmt.Errorf("it has %d bytes, and %d is the limit", len(tile), tileLimit)
	}
	return b.pack(c, tile)
}

// pack finds the compressed form of a tile, by compressing it as a last resort.
func (b *builder) pack(c *coder, tile []byte) (made, error) {
	m := made{content: digest(tile), asked: true}
	if b.known(m.content) {
		return m, nil
	}
	if b.old != nil {
		blob, err := b.reuse(m.content)
		if err != nil {
			return m, err
		}
		if trailer(blob, crc32.ChecksumIEEE(tile), len(tile)) {
			m.blob, m.reused = blob, true
			return m, nil
		}
	}
	m.blob = c.compress(tile)
	return m, nil
}

// copied takes a tile from the previous archive without making it. It is not
// ok where that doesn't say which content the tile has.
func (b *builder) copied(j job) (m made, ok bool, err error) {
	e, found, err := b.o.Previous.find(j.first)
	if err != nil {
		return m, false, fmt.Errorf("read the previous archive: %w", err)
	}
	if !found {
		return made{empty: true}, true, nil
	}
	content, known := b.old.from[e.offset]
	if !known {
		return m, false, nil
	}
	m = made{content: content, reused: true}
	if !b.known(content) {
		m.blob, err = b.reuse(content)
	}
	return m, true, err
}

// reuse reads the blob of a content from the previous archive; nil if it has
// none.
func (b *builder) reuse(d Digest) ([]byte, error) {
	s, ok := b.old.at[d]
	if !ok {
		return nil, nil
	}
	blob, err := b.o.Previous.blob(entry{offset: s.Offset, length: uint32(s.Length)})
	if err != nil {
		return nil, fmt.Errorf("read the previous archive: %w", err)
	}
	return blob, nil
}

func (b *builder) known(d Digest) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, ok := b.stored[d]
	return ok
}

// collect stores what the workers make, in order.
func (b *builder) collect(ctx context.Context, queue <-chan job) error {
	for j := range queue {
		select {
		case m := <-j.done:
			if err := b.add(j, m); err != nil {
				return err
			}
			b.progress(int(j.count))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// add stores the content of a job, unless it is stored already, and its place.
func (b *builder) add(j job, m made) error {
	if m.asked {
		b.sum.Made++
	}
	if m.empty {
		if m.asked {
			b.sum.Empty++
		}
		return nil
	}
	at, ok := b.stored[m.content]
	switch {
	case ok:
		b.sum.Deduplicated++
	case m.reused:
		b.sum.Reused++
	default:
		b.sum.Built++
	}
	if !ok {
		at = section{b.end, uint64(len(m.blob))}
		if err := b.store(m.content, at, m.blob); err != nil {
			return err
		}
	}
	b.sum.Tiles += int(j.count)
	b.place(j, at)
	return nil
}

func (b *builder) store(d Digest, at section, blob []byte) error {
	if _, err := b.w.Write(blob); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	b.end = at.end()
	b.order = append(b.order, d)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stored[d] = at
	return nil
}

// place makes an entry, or lengthens the last one.
func (b *builder) place(j job, at section) {
	if n := len(b.entries); n > 0 {
		last := &b.entries[n-1]
		if last.offset == at.Offset && last.id+ID(last.run) == j.first && uint64(last.run)+j.count <= math.MaxUint32 {
			last.run += uint32(j.count)
			return
		}
	}
	b.entries = append(b.entries, entry{j.first, at.Offset, uint32(at.Length), uint32(j.count)})
}

// errEmpty refuses an archive without a tile, which the format does not know.
var errEmpty = errors.New("no tile within the zooms and bounds has any content")

// finish writes the sections around the tiles.
func (b *builder) finish(metadata []byte) (*Archive, error) {
	if len(b.entries) == 0 {
		return nil, fmt.Errorf("build archive: %w", errEmpty)
	}
	digests := encodeDigests(b.order)
	if _, err := b.w.Write(digests); err != nil {
		return nil, fmt.Errorf("build archive: write temporary file: %w", err)
	}
	if err := b.w.Flush(); err != nil {
		return nil, fmt.Errorf("build archive: write temporary file: %w", err)
	}
	root, leaves := directories(b.entries, headLimit-headerSize)
	packed := newCoder().compress(metadata)
	h := b.header(len(root), len(packed), len(leaves), b.end+uint64(len(digests)))
	a := &Archive{Header: h, Summary: b.sum, data: b.data}
	a.head = append(append(append(h.encode(), root...), packed...), leaves...)
	a.Summary.Contents = len(b.order)
	sum := sha256.New()
	var err error
	if a.Summary.Size, err = io.Copy(sum, a.Reader()); err != nil {
		return nil, fmt.Errorf("build archive: read temporary file: %w", err)
	}
	sum.Sum(a.Summary.Digest[:0])
	return a, nil
}

func (b *builder) header(root, metadata, leaves int, data uint64) Header {
	h := Header{
		Addressed: uint64(b.sum.Tiles), Entries: uint64(len(b.entries)), Contents: uint64(len(b.order)),
		Clustered: true, Internal: Gzip, Tiles: Gzip, Type: MVT,
		MinZoom: b.o.MinZoom, MaxZoom: b.o.MaxZoom, Bounds: rounded(b.o.Bounds),
		CenterZoom: b.centerZoom(), Center: b.o.Bounds.Center(),
	}
	at := uint64(headerSize)
	for _, s := range []struct {
		to     *section
		length uint64
	}{{&h.Root, uint64(root)}, {&h.Metadata, uint64(metadata)}, {&h.Leaves, uint64(leaves)}, {&h.Data, data}} {
		*s.to = section{at, s.length}
		at += s.length
	}
	return h
}

// centerZoom is the deepest zoom at which the bounds take four tiles at most.
func (b *builder) centerZoom() int {
	z := b.o.MinZoom
	for z < b.o.MaxZoom && b.plan.boxAt(z+1).size() <= 4 {
		z++
	}
	return z
}

// rounded returns bounds as the header holds them.
func rounded(b orb.Bound) orb.Bound {
	buffer := appendPoint(appendPoint(nil, b.Min), b.Max)
	return orb.Bound{Min: pointAt(buffer), Max: pointAt(buffer[8:])}
}
