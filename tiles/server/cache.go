package server

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/maypok86/otter/v2"

	"jieming/tiles"
)

// key identifies a tile of a view. It does not hold the view: a cache full of
// old days must not keep them in memory.
type key struct {
	epoch tiles.Epoch
	tile  uint64
	set   layers
}

// content identifies a tile by what it shows.
type content struct {
	tile   uint64
	digest [16]byte
	set    layers
}

// cache holds tiles, bounded by their bytes.
type cache struct {
	entries  *otter.Cache[key, *entry]
	contents sync.Map // content to weak.Pointer[body]: what some entry holds
	bounds   sync.Map // of views, by epoch: few numbers for each
	builders chan struct{}
	waiting  atomic.Int64
	most     int64 // that may wait
	worse    chan *body
	packer   *packer

	hits, drawn, made, refused atomic.Int64
}

// Stats counts what a server did since it began.
type Stats struct {
	Hits    int64 // tiles found at once
	Drawn   int64 // tiles that a view showed for the first time
	Made    int64 // of these, tiles whose bytes had to be made
	Refused int64 // requests sent away because too many waited
	Waiting int64 // requests waiting now
	Tiles   int   // in the cache now
	Bytes   uint64
}

func newCache(o Options) *cache {
	return &cache{
		entries: otter.Must(&otter.Options[key, *entry]{
			MaximumWeight: o.CacheBytes,
			Weigher:       func(_ key, e *entry) uint32 { return uint32(e.size()) },
		}),
		builders: make(chan struct{}, o.Builders),
		most:     int64(o.Waiting),
		worse:    make(chan *body, 4096),
		packer:   newPacker(),
	}
}

func (c *cache) stats() Stats {
	return Stats{Hits: c.hits.Load(), Drawn: c.drawn.Load(), Made: c.made.Load(), Refused: c.refused.Load(),
		Waiting: c.waiting.Load(), Tiles: c.entries.EstimatedSize(), Bytes: c.entries.WeightedSize()}
}

// get returns a tile. What is being made for one is waited for by all; it is
// finished even if the one who asked first has gone.
func (c *cache) get(ctx context.Context, view View, tile uint64, set layers) (*entry, error) {
	k := key{view.Epoch(), tile, set}
	if e, ok := c.entries.GetIfPresent(k); ok {
		c.hits.Add(1)
		return e, nil
	}
	if err := c.queue(); err != nil {
		return nil, err
	}
	defer c.waiting.Add(-1)
	load := func(_ context.Context, k key) (*entry, error) { return c.load(view, k), nil }
	return c.entries.Get(context.WithoutCancel(ctx), k, otter.LoaderFunc[key, *entry](load))
}

// queue counts a request in, unless too many wait.
func (c *cache) queue() error {
	if c.waiting.Add(1) > c.most {
		c.waiting.Add(-1)
		c.refused.Add(1)
		return ErrBusy
	}
	return nil
}

func (c *cache) load(view View, k key) *entry {
	c.builders <- struct{}{}
	defer func() { <-c.builders }()
	z, x, y := k.address()
	drawing := view.Draw(z, x, y)
	c.drawn.Add(1)
	return &entry{c.bodyOf(k, drawing), []string{strconv.FormatInt(k.epoch.Seq, 10)}}
}

// boundsOf returns what a view spans; the world, if it is empty. It waits in the
// queue of tiles, because a view that nobody has seen must be made first.
func (c *cache) boundsOf(view View) ([4]float64, error) {
	if known, ok := c.bounds.Load(view.Epoch()); ok {
		return known.([4]float64), nil
	}
	if err := c.queue(); err != nil {
		return world, err
	}
	defer c.waiting.Add(-1)
	c.builders <- struct{}{}
	defer func() { <-c.builders }()
	degrees, any := view.Bounds()
	if !any {
		degrees = world
	}
	c.bounds.Store(view.Epoch(), degrees)
	return degrees, nil
}

// bodyOf returns the body of a drawing, which is made if no entry has it.
func (c *cache) bodyOf(k key, drawing Drawing) *body {
	id := content{k.tile, drawing.Digest(), k.set}
	if id.digest == [16]byte{} {
		drawing.Discard()
		return &body{}
	}
	if known, ok := c.contents.Load(id); ok {
		if b := known.(weak.Pointer[body]).Value(); b != nil {
			drawing.Discard()
			return b
		}
	}
	b := newBody(k.set.of(drawing.Encode(nil)), c.packer)
	c.made.Add(1)
	c.remember(id, b)
	select {
	case c.worse <- b:
	default: // it stays as it is
	}
	return b
}

// remember lets other views find a body, for as long as some entry holds it.
func (c *cache) remember(id content, b *body) {
	p := weak.Make(b)
	c.contents.Store(id, p)
	runtime.AddCleanup(b, func(id content) { c.contents.CompareAndDelete(id, p) }, id)
}

// improve compresses bodies better, one after another, while nobody waits for a
// tile, until ctx ends.
func (c *cache) improve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-c.worse:
			for c.waiting.Load() > 0 && ctx.Err() == nil {
				time.Sleep(5 * time.Millisecond)
			}
			if b.tag != "" {
				b.compress(c.packer, thoroughly)
			}
		}
	}
}
