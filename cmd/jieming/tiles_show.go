package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"jieming/tiles/pmtiles"
	"jieming/tiles/store"
)

type tilesShowCommand struct {
	Archive string `arg:"" name:"archive" placeholder:"FILE|DIR/NAME|s3://BUCKET/PREFIX/NAME" help:"A .pmtiles file or object, or the name of a map, whose archive in use is shown."`
}

func (tilesShowCommand) Help() string {
	return "Reads the header, the directories and the metadata; the tiles themselves are not read.\n\n" +
		"Examples:\n\n" +
		"    jieming tiles show archives/public\n" +
		"    jieming tiles show s3://maps/jieming/public\n" +
		"    jieming tiles show download.pmtiles"
}

// Run prints what the archive says of itself.
func (t tilesShowCommand) Run(ctx context.Context, c *console) error {
	a, err := openArchive(ctx, t.Archive)
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := pmtiles.Open(a, a.size)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Archive, err)
	}
	metadata, err := r.Metadata()
	if err != nil {
		return fmt.Errorf("%s: %w", t.Archive, err)
	}
	counts, err := countTiles(r)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Archive, err)
	}
	return writeArchive(c.out, a, r.Header(), counts, metadata)
}

// archiveFile is an archive opened for reading.
type archiveFile struct {
	io.ReaderAt
	io.Closer
	size    int64
	pointer string         // its key; "" if the archive was named itself
	current *store.Current // what it says
}

// openArchive opens a file, an object, or the archive in use of a name.
func openArchive(ctx context.Context, location string) (*archiveFile, error) {
	if !strings.Contains(location, "://") {
		return openLocal(ctx, location)
	}
	location = strings.TrimRight(location, "/")
	i := strings.LastIndexByte(location, '/')
	if i <= len("s3://") {
		return nil, errors.New("name an archive below the bucket, as s3://BUCKET/NAME or s3://BUCKET/PREFIX/NAME")
	}
	s, err := store.Open(location[:i], os.Getenv)
	if err != nil {
		return nil, err
	}
	if key := location[i+1:]; strings.HasSuffix(key, ".pmtiles") {
		return openObject(ctx, s, key)
	}
	return openCurrent(ctx, s, location[i+1:])
}

func openLocal(ctx context.Context, name string) (*archiveFile, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such archive: name a .pmtiles file, or DIR/NAME of jieming tiles build --to DIR --name NAME", name)
	}
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		dir, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		s, err := store.OpenFolder(filepath.Dir(dir))
		if err != nil {
			return nil, err
		}
		return openCurrent(ctx, s, filepath.Base(dir))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &archiveFile{ReaderAt: f, Closer: f, size: info.Size()}, nil
}

func openCurrent(ctx context.Context, s store.Store, name string) (*archiveFile, error) {
	current, _, err := store.ReadCurrent(ctx, s, name)
	if err != nil {
		return nil, err
	}
	a, err := openObject(ctx, s, current.Key)
	if err != nil {
		return nil, fmt.Errorf("%s leads to an archive that cannot be read: %w", store.Pointer(name), err)
	}
	a.pointer, a.current = store.Pointer(name), &current
	return a, nil
}

func openObject(ctx context.Context, s store.Store, key string) (*archiveFile, error) {
	o, err := store.OpenObject(ctx, s, key)
	if err != nil {
		return nil, err
	}
	return &archiveFile{ReaderAt: o, Closer: io.NopCloser(nil), size: o.Info().Size}, nil
}

// countTiles counts the tiles of each zoom, and reads all directories by that.
func countTiles(r *pmtiles.Reader) (counts [pmtiles.MaxZoom + 1]int, err error) {
	for run, err := range r.Runs() {
		if err != nil {
			return counts, err
		}
		for left := run.Count; left > 0; { // a run may go on in the next zoom
			z, _, _ := run.First.ZXY()
			n := min(left, int(pmtiles.TileID(z+1, 0, 0)-run.First))
			counts[z] += n
			run.First, left = run.First+pmtiles.ID(n), left-n
		}
	}
	return counts, nil
}

func writeArchive(w io.Writer, a *archiveFile, h pmtiles.Header, counts [pmtiles.MaxZoom + 1]int, metadata json.RawMessage) error {
	if a.current != nil {
		fmt.Fprintf(w, "pointer  %s\nkey      %s\nsha256   %s\nshows    %s as of log entry %d, data of %s\n",
			a.pointer, a.current.Key, a.current.SHA256, a.current.Datetime, a.current.RecordedAsOf, a.current.DataDate)
	}
	b := h.Bounds
	fmt.Fprintf(w, "format   PMTiles 3\nsize     %d bytes\n", a.size)
	fmt.Fprintf(w, "zooms    %d to %d\n", h.MinZoom, h.MaxZoom)
	fmt.Fprintf(w, "bounds   %.7f,%.7f,%.7f,%.7f\n", b.Left(), b.Bottom(), b.Right(), b.Top())
	fmt.Fprintf(w, "tiles    %d, of %d contents, in %d entries\n", h.Addressed, h.Contents, h.Entries)
	fmt.Fprintf(w, "sections root %d, metadata %d, leaves %d, tiles %d bytes\n", h.Root.Length, h.Metadata.Length, h.Leaves.Length, h.Data.Length)
	for z := h.MinZoom; z <= h.MaxZoom; z++ {
		fmt.Fprintf(w, "zoom %-3d %d\n", z, counts[z])
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, metadata, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "metadata %s\n", pretty.Bytes())
	return err
}
