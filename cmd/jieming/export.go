package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/tiles"
	"jieming/tiles/store"
)

type exportCommand struct {
	databaseFlags
	Data string `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the work when it does not run."`

	Layer  string `arg:"" help:"What to write; see above."`
	Format string `placeholder:"FORMAT" help:"gpkg, geojson, shp.zip, csv, csv.zip or pmtiles. Without it, what --out ends in, or else the first that the layer has."`
	Out    string `placeholder:"FILE|-" help:"The file, which must not exist; - for standard output. Without it, a name with layer and day in the current folder."`

	Datetime     string `placeholder:"DATE" help:"Day to show, as 2019-06-01. Without it, today."`
	RecordedAsOf string `placeholder:"TIME" help:"Show the publication current at this time, as 2026-06-30T12:00:00Z. Without it, the latest."`
	Archives     string `placeholder:"DIR|s3://BUCKET/PREFIX" help:"Where jieming tiles build keeps archives, for the layer map: what they hold is not made again."`
}

func (exportCommand) Help() string {
	var b strings.Builder
	b.WriteString("Writes a layer of what is published, on any day, as a file that says what it shows. Equal questions give equal files. See docs/downloads.md.\n\nLayers:\n\n")
	for _, l := range export.Layers() {
		formats := make([]string, len(l.Formats))
		for i, f := range l.Formats {
			formats[i] = string(f)
		}
		fmt.Fprintf(&b, "    %-11s %s (%s)\n", l.Name, l.TitleEn, strings.Join(formats, ", "))
	}
	b.WriteString("\nExamples:\n\n" +
		"    jieming export county --data data --datetime 2019-06-01\n" +
		"    jieming export boundary --format shp.zip --datetime 1990-01-01 --out borders-1990.shp.zip\n" +
		"    jieming export code --format csv --out - | head\n" +
		"    jieming export map --datetime 2019-06-01 --out map.pmtiles")
	return b.String()
}

// Run writes the file.
func (x exportCommand) Run(ctx context.Context, c *console) (err error) {
	layer, f, err := x.choose()
	if err != nil {
		return err
	}
	dsn, stop, err := checkStoreCommand{databaseFlags: x.databaseFlags, Data: x.Data}.database(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	s, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := api.ResolveEdition(ctx, s, time.Now(), x.Datetime, x.RecordedAsOf)
	if err != nil {
		return unmigrated(err)
	}
	return x.write(ctx, c, s, e, layer, f)
}

// choose finds the layer and its format.
func (x exportCommand) choose() (l export.Layer, f export.Format, err error) {
	if l, err = export.Find(x.Layer); err != nil {
		return l, f, err
	}
	name := x.Format
	if name == "" {
		name = string(l.Formats[0])
		for _, f := range l.Formats { // csv.zip after csv: the longest that fits
			if strings.HasSuffix(x.Out, "."+string(f)) {
				name = string(f)
			}
		}
	}
	if f, err = l.Format(name); err != nil {
		return l, f, err
	}
	if x.Datetime != "" && !l.Dated {
		return l, f, registry.Invalid("--datetime", "the table "+l.Name+" spans all days; leave --datetime out")
	}
	if _, err := os.Lstat(x.Out); x.Out != "" && x.Out != "-" && err == nil {
		return l, f, fmt.Errorf("%s exists: remove it, or choose another file with --out", x.Out)
	}
	return l, f, nil
}

// write makes the file in a folder of its own beside its place, and moves it
// there once it is complete.
func (x exportCommand) write(ctx context.Context, c *console, s *postgres.Store, e export.Edition, l export.Layer, f export.Format) error {
	out := cmp.Or(x.Out, e.FileName(l, f))
	beside := filepath.Dir(out)
	if out == "-" {
		beside = ""
	}
	dir, err := os.MkdirTemp(beside, ".jieming-export-")
	if err != nil {
		return fmt.Errorf("make temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, e.FileName(l, f))
	counts, err := x.make(ctx, c, s, e, l, f, path)
	if err != nil {
		return err
	}
	if out == "-" {
		return copyTo(c.out, path)
	}
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("%s exists: remove it, or choose another file with --out", out)
	}
	if err := export.Finish(path, out); err != nil {
		return err
	}
	return x.summary(c.out, out, l, counts)
}

// make writes the file, with progress.
func (x exportCommand) make(ctx context.Context, c *console, s *postgres.Store, e export.Edition, l export.Layer, f export.Format, path string) (export.Counts, error) {
	shown := newProgress(c.err)
	defer shown.Close()
	if f != export.PMTiles {
		shown.Step("write "+l.Name, 0)
		return export.Write(ctx, published{registry.Generalise(s, s), s}, e, l, f, path, export.Options{Progress: func(int) { shown.Advance(1) }})
	}
	m := mapWriter{store: s}
	if x.Archives != "" {
		var err error
		if m.archives, err = store.Open(x.Archives, os.Getenv); err != nil {
			return export.Counts{}, fmt.Errorf("--archives: %w", err)
		}
	}
	engine := tiles.NewEngine(s.Pool(), tiles.EngineOptions{Roman: romanNames()})
	if err := engine.Load(ctx); err != nil {
		return export.Counts{}, postgres.Explain("load the tiles", err)
	}
	steps := stepsOf(shown)
	return export.Counts{}, m.write(ctx, engine.Snapshot(), e, path, func(done, total int) { steps("make tiles", done, total) })
}

func copyTo(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// summary says what was written.
func (x exportCommand) summary(w io.Writer, out string, l export.Layer, n export.Counts) error {
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d bytes", out, info.Size())
	if l.Name != export.Map {
		fmt.Fprintf(w, ", %s", counted(n.Rows, "row"))
	}
	if l.Shape != format.NoShape && n.Placed < n.Rows {
		fmt.Fprintf(w, ", %d of them on the map", n.Placed)
	}
	if n.Incomplete > 0 {
		fmt.Fprintf(w, ", %d incomplete (part of their area is not known on the day: see the layer unrefined)", n.Incomplete)
	}
	fmt.Fprintln(w)
	return nil
}
