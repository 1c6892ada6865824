package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/intake"
	"jieming/registry/postgres"
)

type importCommand struct {
	Units importUnitsCommand `cmd:"" help:"Import administrative units from GeoJSON, Shapefile (zip), GeoPackage or CSV files."`
}

type importUnitsCommand struct {
	databaseFlags
	Data  string   `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the import when it does not run."`
	Files []string `arg:"" name:"file" type:"path" help:"GeoJSON (also .gz, or one feature a line), zipped Shapefile, GeoPackage, or CSV with WKT, lon and lat, or no geometry."`

	DryRun bool   `help:"Print the whole effect and write nothing."`
	Report string `placeholder:"FILE" type:"path" help:"Write all faults of the areas to a .csv or .geojson file."`

	DataDate  string `placeholder:"DATE" help:"Day whose state the files show, as 2023-12-31. Needed unless the files have a column for it."`
	ValidFrom string `placeholder:"DATE" help:"First day on which the new units are taken to have been so. Without it, the data date."`

	CodeColumn   string `placeholder:"NAME" help:"Column of the division codes, of 2, 4, 6, 9 or 12 digits."`
	NameColumn   string `placeholder:"NAME" help:"Column of the names."`
	ParentColumn string `placeholder:"NAME" help:"Column of the codes of the superiors, which are checked."`
	Layer        string `placeholder:"NAME" help:"Layer of a file that holds several."`
	Encoding     string `placeholder:"NAME" help:"Text encoding (UTF-8, GBK, GB18030) of a file that does not say."`

	CRS             string `name:"crs" placeholder:"SYSTEM" help:"Coordinate system, such as EPSG:4490, EPSG:4530 or GCJ-02; it goes before what the file says."`
	SwapAxes        bool   `help:"Latitude, or northing, stands first."`
	WithoutGeometry bool   `help:"Take codes and names only."`
	OnlyNew         bool   `help:"Add what is new although stored units differ; those stay as they are."`
	SkipStatistical bool   `help:"Leave out statistical areas and headings of code lists, which are no divisions."`

	Title       string `placeholder:"TEXT" help:"Name of the data set. Without it, the names of the files."`
	Source      string `placeholder:"TEXT" help:"Who made it, with version."`
	Licence     string `placeholder:"TEXT" help:"Terms of use."`
	Attribution string `placeholder:"TEXT" help:"What must stand on every map made from it."`
	Actor       string `default:"jieming import" placeholder:"NAME" help:"Who imports, for the log (default ${default})."`
	Publish     bool   `help:"Release the registry as it is after the import to the public."`
}

func (importUnitsCommand) Help() string {
	return "Reads the files, finds out their coordinate system, compares every unit with what is stored, and adds what is new as one first load. " +
		"It never changes what is stored and repairs nothing; what is not certain it asks for. See docs/import.md.\n\n" +
		"Examples:\n\n" +
		"    jieming import units --dry-run counties.geojson --data data\n" +
		"    jieming import units province.csv prefectures.csv counties.zip --data-date 2023-12-31 --publish\n" +
		"    jieming import units work-map.gpkg --layer 县界 --crs EPSG:4530 --data-date 2024-06-30 --report faults.geojson"
}

// Run prints the effect of the import and, unless it is a dry run, writes it. A
// dry run fails where the import would.
func (i importUnitsCommand) Run(ctx context.Context, c *console) (err error) {
	options, err := i.options()
	if err != nil {
		return err
	}
	sources, closeAll, err := openSources(i.Files)
	defer closeAll()
	if err != nil {
		return err
	}
	dsn, stop, err := checkStoreCommand{databaseFlags: i.databaseFlags, Data: i.Data}.database(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	return i.run(ctx, c, store, sources, options)
}

// run prepares the import, shows it, and goes through with it.
func (i importUnitsCommand) run(ctx context.Context, c *console, store *postgres.Store, sources []intake.Source, options intake.Options) error {
	shown := newProgress(c.err)
	plan, err := intake.Prepare(ctx, store, sources, options, stepsOf(shown))
	shown.Close()
	if err != nil {
		return fmt.Errorf("nothing is imported: %w", unmigrated(err))
	}
	writePlan(c.out, plan)
	if err := i.writeReport(plan); err != nil {
		return err
	}
	switch {
	case i.DryRun:
		return i.rehearse(c, plan)
	case plan.LoadedAs != 0:
		return i.publish(ctx, c, store, plan.LoadedAs, *plan.DataDate)
	}
	return i.load(ctx, c, store, plan)
}

// rehearse ends a dry run.
func (i importUnitsCommand) rehearse(c *console, plan *intake.Plan) error {
	if len(plan.Refusals) > 0 {
		return errors.New("dry run: nothing is written, and the import would be refused")
	}
	fmt.Fprintln(c.out, "dry run: nothing is written")
	return nil
}

// load writes the plan, and publishes it if asked to.
func (i importUnitsCommand) load(ctx context.Context, c *console, store *postgres.Store, plan *intake.Plan) error {
	if plan.Empty() && len(plan.Refusals) == 0 {
		fmt.Fprintln(c.out, "nothing is new: nothing is written")
		return nil
	}
	b, err := plan.Baseline()
	if err != nil {
		return err
	}
	shown := newProgress(c.err)
	seq, _, err := store.Load(ctx, b, postgres.Author{Actor: i.Actor}, stepsOf(shown))
	shown.Close()
	if err != nil {
		return fmt.Errorf("nothing is imported: %w", err)
	}
	fmt.Fprintf(c.out, "loaded as log entry %d\n", seq)
	return i.publish(ctx, c, store, seq, b.Dataset.DataDate)
}

// publish releases a log entry to the public, if asked to and not done yet. The
// date of the published data never goes back.
func (i importUnitsCommand) publish(ctx context.Context, c *console, store *postgres.Store, loaded registry.Seq, dataDate registry.Day) error {
	current, err := store.Publication(ctx, time.Time{})
	switch {
	case registry.KindOf(err) == registry.KindNotFound:
	case err != nil:
		return err
	case current.AsOf >= loaded:
		fmt.Fprintln(c.out, "public already")
		return nil
	default:
		dataDate = max(dataDate, current.DataDate)
	}
	if !i.Publish {
		fmt.Fprintln(c.out, "not public yet: run the same with --publish to release the registry as it is now")
		return nil
	}
	seq, err := store.Publish(ctx, postgres.Author{Actor: i.Actor}, dataDate, "", "import")
	if err != nil {
		return fmt.Errorf("publishing what was loaded: %w", err)
	}
	fmt.Fprintf(c.out, "published by log entry %d\n", seq)
	return nil
}

// options turns the flags into what an import asks.
func (i importUnitsCommand) options() (intake.Options, error) {
	o := intake.Options{
		Read:    format.Options{Encoding: i.Encoding, Layer: i.Layer},
		Columns: intake.Columns{Code: i.CodeColumn, Name: i.NameColumn, Parent: i.ParentColumn},
		CRS:     i.CRS, SwapAxes: i.SwapAxes,
		WithoutGeometry: i.WithoutGeometry, OnlyNew: i.OnlyNew, SkipStatistical: i.SkipStatistical,
		Today:   registry.DayOf(time.Now()),
		Dataset: registry.Dataset{Name: i.Title, Source: i.Source, Licence: i.Licence, Attribution: i.Attribution},
	}
	var err error
	if o.DataDate, err = dayFlag("--data-date", i.DataDate); err != nil {
		return o, err
	}
	o.ValidFrom, err = dayFlag("--valid-from", i.ValidFrom)
	return o, err
}

// dayFlag reads a date, nil for none.
func dayFlag(flag, text string) (*registry.Day, error) {
	if text == "" {
		return nil, nil
	}
	day, err := registry.ParseDay(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return &day, nil
}

// openSources opens the files. closeAll closes what was opened, also after an
// error.
func openSources(names []string) (sources []intake.Source, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, closeAll, fmt.Errorf("%w: check the name of the file", err)
		}
		files = append(files, f)
		info, err := f.Stat()
		if err != nil {
			return nil, closeAll, err
		}
		if !info.Mode().IsRegular() {
			return nil, closeAll, fmt.Errorf("%s is a folder or device: name the files in it", name)
		}
		sources = append(sources, intake.Source{Name: info.Name(), Content: f, Size: info.Size()})
	}
	return sources, closeAll, nil
}

// writeReport writes the faults of the areas to the file asked for.
func (i importUnitsCommand) writeReport(plan *intake.Plan) error {
	if i.Report == "" {
		return nil
	}
	var text bytes.Buffer
	if err := plan.WriteFaults(&text, i.Report); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := os.WriteFile(i.Report, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
