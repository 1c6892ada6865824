package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/registry/api"
	"jieming/registry/export"
	"jieming/registry/postgres"
	"jieming/tiles"
	"jieming/tiles/pmtiles"
	"jieming/tiles/server"
	"jieming/tiles/store"
)

type tilesCommand struct {
	Build tilesBuildCommand `cmd:"" help:"Write the published map as a PMTiles archive into a folder or an S3 bucket."`
	Show  tilesShowCommand  `cmd:"" help:"Print what an archive holds."`
}

type tilesBuildCommand struct {
	databaseFlags
	Data string `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the work when it does not run."`

	To   string `required:"" placeholder:"DIR|s3://BUCKET/PREFIX" help:"Where archives are kept. The account of a bucket comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL."`
	Name string `default:"public" placeholder:"NAME" help:"Name of the map: archives go to NAME/, and NAME/current.json leads to the one in use (default ${default})."`

	Datetime     string `placeholder:"DATE" help:"Day to show. Without it, today."`
	RecordedAsOf string `placeholder:"TIME" help:"Show the publication current at this time, as 2026-06-30T12:00:00Z. Without it, the latest."`
	MinZoom      int    `default:"0" placeholder:"N" help:"Lowest zoom (default ${default})."`
	MaxZoom      int    `default:"12" placeholder:"N" help:"Deepest zoom (default ${default})."`
}

func (tilesBuildCommand) Help() string {
	return "Makes every tile of what is published, writes them as one PMTiles archive under a new key, and then lets NAME/current.json lead to it. " +
		"What did not change since the archive in use is copied, not compressed again. The same map gives the same bytes and the same key. " +
		"Archives that were in use before stay; see docs/operate.md.\n\n" +
		"Examples:\n\n" +
		"    jieming tiles build --data data --to archives\n" +
		"    jieming tiles build --to s3://maps/jieming --max-zoom 14\n" +
		"    jieming tiles build --to archives --name y2020 --datetime 2020-12-31"
}

// Run builds an archive, stores it, and switches the pointer.
func (t tilesBuildCommand) Run(ctx context.Context, c *console) (err error) {
	if t.MaxZoom > tiles.MaxZoom || t.MinZoom < 0 || t.MinZoom > t.MaxZoom {
		return fmt.Errorf("zooms %d to %d: give --min-zoom and --max-zoom within 0 to %d, the lower one first", t.MinZoom, t.MaxZoom, tiles.MaxZoom)
	}
	if strings.Contains(t.Name, "/") {
		return fmt.Errorf("--name %s: give one word; what stands above it belongs to --to", t.Name)
	}
	to, err := store.Open(t.To, os.Getenv)
	if err != nil {
		return err
	}
	dsn, stop, err := checkStoreCommand{databaseFlags: t.databaseFlags, Data: t.Data}.database(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	s, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := t.edition(ctx, s)
	if err != nil {
		return unmigrated(err)
	}
	engine := tiles.NewEngine(s.Pool(), tiles.EngineOptions{Roman: romanNames()})
	if err := engine.Load(ctx); err != nil {
		return postgres.Explain("load the tiles", err)
	}
	return t.export(ctx, c, to, e, engine.Snapshot())
}

// edition is what an archive shows.
type edition struct {
	at          tiles.Moment
	publication *registry.Publication
	bounds      orb.Bound // of the areas, lon, lat in degrees
}

// edition finds the publication and the extent of its map.
func (t tilesBuildCommand) edition(ctx context.Context, reg registry.Registry) (e edition, err error) {
	at, err := api.ResolveInstant(ctx, reg, time.Now(), t.Datetime, t.RecordedAsOf)
	if err != nil {
		return e, err
	}
	var asOf time.Time
	if t.RecordedAsOf != "" {
		if asOf, err = time.Parse(time.RFC3339, t.RecordedAsOf); err != nil {
			return e, fmt.Errorf("--recorded-as-of: %w", err)
		}
	}
	if e.publication, err = reg.Publication(ctx, asOf); err != nil {
		return e, err
	}
	at.Recorded = e.publication.AsOf
	e.at = tiles.Moment{Day: at.Valid.Time(), Seq: int64(at.Recorded)}
	e.bounds, err = extent(ctx, reg, at)
	return e, err
}

// extent bounds the areas of the coarsest level that has any.
func extent(ctx context.Context, reg registry.Registry, at registry.Instant) (orb.Bound, error) {
	for _, level := range []registry.Level{registry.LevelProvince, registry.LevelPrefecture, registry.LevelCounty} {
		var areas orb.Collection
		err := reg.Units(ctx, registry.UnitQuery{At: at, Level: level, Geometry: true}, func(u *registry.Unit) error {
			if u.WKB == nil {
				return nil
			}
			g, err := wkb.Unmarshal(u.WKB)
			if err != nil {
				return fmt.Errorf("read the area of unit %d: %w", u.ID, err)
			}
			areas = append(areas, g.Bound())
			return nil
		})
		if err != nil {
			return orb.Bound{}, err
		}
		if len(areas) > 0 {
			return areas.Bound(), nil
		}
	}
	return orb.Bound{}, fmt.Errorf("%w on %s: choose another --datetime", errNoArea, at.Valid)
}

// errNoArea is the cause of an error about a day of which there is no map.
var errNoArea = errors.New("no unit has an area")

// export makes the archive and puts it into the store.
func (t tilesBuildCommand) export(ctx context.Context, c *console, to store.Store, e edition, from *tiles.Snapshot) error {
	before, version, err := store.ReadCurrent(ctx, to, t.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	shown := newProgress(c.err)
	defer shown.Close()
	steps := stepsOf(shown)
	archive, err := pmtiles.Build(ctx, pmtiles.Options{
		MinZoom: min(t.MinZoom, e.deepest(t.MaxZoom)), MaxZoom: e.deepest(t.MaxZoom), Bounds: e.bounds, Buffer: tileBuffer,
		Metadata: e.metadata(t.Name), Previous: previous(ctx, c, to, before),
		Progress: func(done, total int) { steps("make tiles", done, total) },
	}, viewSource{from.View(e.at.Day, e.at.Seq)})
	if err != nil {
		return err
	}
	defer archive.Close()
	after := t.current(e, archive)
	shown.Step("store the archive", 0)
	// The same archive may be there already: the key holds its digest.
	err = to.Put(ctx, after.Key, archive.Reader(), after.Size)
	there := errors.Is(err, store.ErrExists)
	if err != nil && !there {
		return err
	}
	if err := store.SetCurrent(ctx, to, t.Name, version, after); errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("%w: the archive is stored as %s, but another one came into use meanwhile; run this again", err, after.Key)
	} else if err != nil {
		return err
	}
	shown.Close()
	writeSummary(c.out, after, archive.Summary, there)
	return nil
}

// tileBuffer is how far the content of a tile reaches beyond its edge, as part
// of its side.
const tileBuffer = 64.0 / 4096

// viewSource makes the tiles of one view.
type viewSource struct{ view *tiles.View }

// Tile implements [pmtiles.Source].
func (s viewSource) Tile(_ context.Context, z, x, y int) ([]byte, error) {
	return s.view.Draw(z, x, y).Encode(nil), nil
}

// Covers implements [pmtiles.Coverer].
func (s viewSource) Covers(_ context.Context, z, x, y int) (pmtiles.Cover, error) {
	switch plain, empty := s.view.Plain(z, x, y); {
	case plain && empty:
		return pmtiles.Empty, nil
	case plain:
		return pmtiles.Uniform, nil
	}
	return pmtiles.Varied, nil
}

// previous opens the archive in use, to copy from. Without one, or with one
// that cannot be read, the work takes longer and comes to the same.
func previous(ctx context.Context, c *console, to store.Store, before store.Current) *pmtiles.Reader {
	if before.Key == "" {
		return nil
	}
	object, err := store.OpenObject(ctx, to, before.Key)
	if err == nil {
		var r *pmtiles.Reader
		if r, err = pmtiles.Open(object, object.Info().Size); err == nil {
			return r
		}
	}
	fmt.Fprintf(c.err, "note: nothing is copied from the archive in use: %v\n", err)
	return nil
}

// current is the pointer to a finished archive.
func (t tilesBuildCommand) current(e edition, a *pmtiles.Archive) store.Current {
	return store.Current{
		Key:  fmt.Sprintf("%s/%08d-%x.pmtiles", t.Name, e.at.Seq, a.Summary.Digest[:8]),
		Size: a.Summary.Size, SHA256: hex.EncodeToString(a.Summary.Digest[:]), Tiles: a.Summary.Tiles,
		MinZoom: min(t.MinZoom, e.deepest(t.MaxZoom)), MaxZoom: e.deepest(t.MaxZoom),
		Datetime: e.day(), RecordedAsOf: e.at.Seq, DataDate: e.publication.DataDate.String(), ReviewNumber: e.publication.ReviewNumber,
	}
}

func (e edition) day() string { return e.at.Day.Format(time.DateOnly) }

func writeSummary(w io.Writer, c store.Current, sum pmtiles.Summary, there bool) {
	fmt.Fprintf(w, "key      %s\n", c.Key)
	fmt.Fprintf(w, "size     %d bytes\n", c.Size)
	fmt.Fprintf(w, "tiles    %d, of %d contents\n", c.Tiles, sum.Contents)
	fmt.Fprintf(w, "built    %d\n", sum.Built)
	fmt.Fprintf(w, "reused   %d\n", sum.Reused)
	fmt.Fprintf(w, "repeated %d\n", sum.Deduplicated)
	if there {
		fmt.Fprintln(w, "the same archive was stored already")
	}
}

// deepest is the deepest zoom up to one that the publication allows.
func (e edition) deepest(zoom int) int {
	if z := e.publication.MaxZoom; z > 0 {
		return min(z, zoom)
	}
	return zoom
}

// metadata goes into the archive. Values beyond the format's own are texts, too.
func (e edition) metadata(name string) map[string]any {
	p := e.publication
	m := map[string]any{
		"name": name, "type": "overlay", "format": "pbf", "version": fmt.Sprint(p.AsOf),
		"description": p.Dataset.Name, "attribution": p.Dataset.Attribution,
		"datetime": e.day(), "recorded_as_of": fmt.Sprint(p.AsOf), "data_date": p.DataDate.String(),
		"review_number": p.ReviewNumber, "vector_layers": server.VectorLayers(),
		"released_at": p.ReleasedAt.UTC().Format(time.RFC3339), "publication": fmt.Sprint(p.ID), "licence": p.Dataset.Licence,
		"coordinate_system": "CGCS2000 (EPSG:4490), projected to Web Mercator as if it were WGS 84",
		"note":              export.Note, "program": version,
	}
	if p.Dataset.Schematic {
		m["schematic"] = "示意"
	}
	return m
}
