package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"jieming/registry"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/tiles"
	"jieming/tiles/pmtiles"
	"jieming/tiles/store"
)

// mapZoom is the deepest zoom of a downloaded map.
const mapZoom = 12

// archiveName is the map among the archives whose tiles are used again.
const archiveName = "public"

// mapWriter writes maps of editions as PMTiles archives.
type mapWriter struct {
	store    *postgres.Store
	archives store.Store // whose archive in use may be copied from; nil for none
	workers  int         // that make tiles at the same time; 0 means one a processor
}

// write writes the map of an edition to path, which must not exist, from a
// snapshot that knows its publication. If the archive in use shows the same, no
// tile is made. Neither archives nor workers change the bytes.
func (m mapWriter) write(ctx context.Context, from *tiles.Snapshot, e export.Edition, path string, progress func(done, total int)) error {
	of := edition{at: tiles.Moment{Day: e.Day.Time(), Seq: int64(e.Publication.AsOf)}, publication: e.Publication}
	var err error
	if of.bounds, err = extent(ctx, m.store, e.At()); errors.Is(err, errNoArea) {
		return &registry.Error{Kind: registry.KindNotFound, Message: fmt.Sprintf("no unit has an area on %s, so there is no map of that day", e.Day)}
	} else if err != nil {
		return err
	}
	view := from.View(of.at.Day, of.at.Seq)
	options := pmtiles.Options{MaxZoom: of.deepest(mapZoom), Bounds: of.bounds, Buffer: tileBuffer, Metadata: of.metadata(archiveName),
		Progress: progress, Workers: m.workers, Spill: filepath.Dir(path)}
	var same bool
	if options.Previous, same = of.reusable(ctx, m.archives, from, view); same {
		options.Unchanged = func(int, int, int) bool { return true }
	}
	archive, err := pmtiles.Build(ctx, options, viewSource{view})
	if err != nil {
		return err
	}
	defer archive.Close()
	return writeNew(path, archive.Reader())
}

// writeNew writes a file that must not exist.
func writeNew(path string, content io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	_, err = io.Copy(f, content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// reusable opens the archive in use, if there is one, and tells whether it shows
// the same as a view: it was made by this program, and the two days lie between
// the same changes.
func (e edition) reusable(ctx context.Context, archives store.Store, from *tiles.Snapshot, view *tiles.View) (previous *pmtiles.Reader, same bool) {
	if archives == nil {
		return nil, false
	}
	current, _, err := store.ReadCurrent(ctx, archives, archiveName)
	if err != nil {
		return nil, false
	}
	object, err := store.OpenObject(ctx, archives, current.Key)
	if err != nil {
		return nil, false
	}
	r, err := pmtiles.Open(object, object.Info().Size)
	if err != nil {
		return nil, false
	}
	day, err := time.Parse(time.DateOnly, current.Datetime)
	return r, err == nil && current.RecordedAsOf == e.at.Seq && programOf(r) == version && from.View(day, e.at.Seq) == view
}

// programOf is the version of the program that made an archive, or "".
func programOf(r *pmtiles.Reader) string {
	text, err := r.Metadata()
	if err != nil {
		return ""
	}
	var m struct {
		Program string `json:"program"`
	}
	if json.Unmarshal(text, &m) != nil {
		return ""
	}
	return m.Program
}
