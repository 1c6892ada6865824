package pmtiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/paulmach/orb"
)

// Source makes the tiles of an archive.
type Source interface {
	// Tile returns the tile z/x/y, an MVT that is not compressed; no bytes mean
	// an empty tile, which is not stored. It is called concurrently. The writer
	// does not change or keep the bytes.
	Tile(ctx context.Context, z, x, y int) ([]byte, error)
}

// Options say what goes into an archive.
type Options struct {
	MinZoom, MaxZoom int       // both included, 0 to MaxZoom
	Bounds           orb.Bound // lon, lat in degrees; only tiles that meet it are asked for
	// Buffer is the part of a tile's side by which its content reaches beyond
	// its edge, such as 64.0/4096: tiles whose buffer meets the bounds belong
	// to the archive, too.
	Buffer float64
	// Metadata is a JSON object, written as json.Marshal writes it, so that maps
	// are in order of their keys. Readers know vector_layers, name, description,
	// attribution, version and type.
	Metadata any

	// Previous is an archive whose blobs are copied instead of compressing the
	// same contents again; nil for none. It changes the work, not the result.
	Previous *Reader
	// Unchanged says that a tile is the same as in Previous, so that it need not
	// be made at all; nil if no tile is known to be. It is heeded only if
	// Previous has the same zooms and bounds. It is called one call at a time.
	Unchanged func(z, x, y int) bool

	// Progress is told how many of how many tiles are done, one call at a time;
	// nil for nobody.
	Progress func(done, total int)
	// Workers make tiles at the same time; 0 means one a processor.
	Workers int
	// Spill is the folder of the temporary file; "" means that of the system.
	Spill string
}

// Summary counts what was written. Made, Built, Reused and Deduplicated count
// stretches of equal tiles as one when the source said that they are equal.
type Summary struct {
	Tiles        int // tiles with an address in the archive
	Contents     int // different tiles
	Made         int // tiles that the source was asked for
	Empty        int // of those, the ones without content
	Built        int // contents compressed
	Reused       int // contents copied from the previous archive
	Deduplicated int // tiles equal to an earlier one
	Size         int64
	Digest       [sha256.Size]byte // SHA-256 of the archive
}

// Archive is a finished archive in a temporary file. Close it after use.
type Archive struct {
	Header  Header
	Summary Summary
	head    []byte // all before the tiles
	data    *os.File
}

// Close removes the temporary file.
func (a *Archive) Close() error { return a.data.Close() }

// Reader reads the archive's bytes from the start. Several may read at once.
func (a *Archive) Reader() io.Reader {
	return io.MultiReader(bytes.NewReader(a.head), io.NewSectionReader(a.data, 0, int64(a.Header.Data.Length)))
}

// Write makes an archive and writes it to w.
func Write(ctx context.Context, w io.Writer, o Options, s Source) (Summary, error) {
	a, err := Build(ctx, o, s)
	if err != nil {
		return Summary{}, err
	}
	defer a.Close()
	if _, err := io.Copy(w, a.Reader()); err != nil {
		return Summary{}, fmt.Errorf("write archive: %w", err)
	}
	return a.Summary, nil
}

// Build makes an archive. Its memory is bounded by a few tiles per worker, 48
// bytes per stretch of equal tiles and per different content, and with a
// previous archive 64 bytes per content of that.
func Build(ctx context.Context, o Options, s Source) (_ *Archive, err error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("build archive: %w", err)
	}
	metadata, err := json.Marshal(o.Metadata)
	if err != nil {
		return nil, fmt.Errorf("build archive: metadata: %w", err)
	}
	data, err := spill(o.Spill)
	if err != nil {
		return nil, fmt.Errorf("build archive: %w", err)
	}
	defer func() {
		if err != nil {
			data.Close()
		}
	}()
	b, err := newBuilder(o, s, data)
	if err != nil {
		return nil, fmt.Errorf("build archive: %w", err)
	}
	if err := b.run(ctx); err != nil {
		return nil, fmt.Errorf("build archive: %w", err)
	}
	return b.finish(metadata)
}

// check refuses options that make no archive.
func (o Options) check() error {
	b := o.Bounds
	switch {
	case o.MinZoom < 0 || o.MinZoom > o.MaxZoom || o.MaxZoom > MaxZoom:
		return fmt.Errorf("zooms %d to %d are not within 0 to %d, the lower one first", o.MinZoom, o.MaxZoom, MaxZoom)
	case !(-180 <= b.Left() && b.Left() <= b.Right() && b.Right() <= 180 && -90 <= b.Bottom() && b.Bottom() <= b.Top() && b.Top() <= 90):
		return fmt.Errorf("bounds %v are not west, south, east, north in degrees", b)
	case !(0 <= o.Buffer && o.Buffer <= 1):
		return errors.New("the buffer is not a part of a tile")
	}
	return nil
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// spill is a file without a name: it is gone once closed, also by a crash.
func spill(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "jieming-archive-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
