package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/tiles/store"
)

// downloadFlags are the settings of the files of /data.
type downloadFlags struct {
	DownloadDir   string   `placeholder:"DIR" type:"path" help:"Folder in which finished downloads are kept for others; one for each server. Without it, jieming up has DIR/downloads, and jieming serve a temporary folder."`
	DownloadSpace byteSize `default:"2GiB" placeholder:"SIZE" help:"Room for finished downloads; one may have an eighth of it (default ${default})."`
	Archives      string   `placeholder:"DIR|s3://BUCKET/PREFIX" help:"Where jieming tiles build keeps archives: what they hold is not made again for a download of the map."`
}

// byteSize is a number of bytes, as 500MiB or 2GiB.
type byteSize int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *byteSize) UnmarshalText(text []byte) error {
	digits, unit := string(text), int64(1)
	for name, size := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		if number, ok := strings.CutSuffix(digits, name); ok {
			digits, unit = number, size
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a size: write it as 500MiB or 2GiB", text)
	}
	*b = byteSize(n * unit)
	return nil
}

// open makes what the files of /data are made with. Close ends it.
func (f downloadFlags) open(s *postgres.Store, t *tileset) (d *api.Downloads, closeAll func(), err error) {
	m := &mapMaker{t, mapWriter{store: s, workers: max(1, runtime.GOMAXPROCS(0)/2)}}
	if f.Archives != "" {
		if m.archives, err = store.Open(f.Archives, os.Getenv); err != nil {
			return nil, nil, fmt.Errorf("--archives: %w", err)
		}
	}
	dir, remove := f.DownloadDir, func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "jieming-downloads-"); err != nil {
			return nil, nil, fmt.Errorf("make folder of downloads: %w (choose another with --download-dir DIR)", err)
		}
		remove = func() { _ = os.RemoveAll(dir) }
	}
	shelf, err := export.NewShelf(export.ShelfOptions{Dir: dir, Space: int64(f.DownloadSpace), Makers: makers(s)})
	if err != nil {
		remove()
		return nil, nil, fmt.Errorf("%w (choose another folder with --download-dir DIR)", err)
	}
	return &api.Downloads{Registry: published{registry.Generalise(s, s), s}, Shelf: shelf, Map: m.make}, func() { shelf.Close(); remove() }, nil
}

// published is the registry as files show it: its geometry as coarse as its
// publication says.
type published struct {
	*registry.Coarse
	store *postgres.Store
}

// Codes implements export.Registry.
func (p published) Codes(ctx context.Context, at registry.Seq, yield func(*registry.CodeRecord) error) error {
	return p.store.Codes(ctx, at, yield)
}

// Lineage implements export.Registry.
func (p published) Lineage(ctx context.Context, at registry.Seq, yield func(*registry.LineageRecord) error) error {
	return p.store.Lineage(ctx, at, yield)
}

// makers is how many files are made at the same time: each holds a connection,
// of which half at least stay with those who ask for less.
func makers(s *postgres.Store) int { return max(1, int(s.Pool().Config().MaxConns)/2) }

// mapMaker makes the maps that are downloaded. It leaves half of the processors
// to those who ask for less.
type mapMaker struct {
	tiles *tileset
	mapWriter
}

// make waits for the engine to know the publication, and writes the map.
func (m *mapMaker) make(ctx context.Context, e export.Edition, path string, progress func(done, total int)) error {
	s := m.tiles.engine.Await(ctx, int64(e.Publication.AsOf))
	if s == nil {
		return &registry.Error{Kind: registry.KindUnavailable, Message: "the map is not ready yet; try again in a few seconds", Err: ctx.Err()}
	}
	return m.write(ctx, s, e, path, progress)
}
