package geopackage

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"modernc.org/sqlite"

	"jieming/geo/format"
)

var (
	//go:embed schema.sql
	schemaSQL string
	//go:embed rtree.sql
	rtreeSQL string
)

// A System is a coordinate reference system as the file describes it.
type System struct {
	EPSG int
	Name string
	WKT  string
}

// CGCS2000 is EPSG:4490 in degrees, the system of the registry.
func CGCS2000() System {
	return System{4490, "China Geodetic Coordinate System 2000",
		`GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4490"]]`}
}

// WGS84 is EPSG:4326 in degrees, which every GeoPackage has to describe.
func WGS84() System {
	return System{4326, "WGS 84 geodetic",
		`GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]`}
}

// WriterOptions say how a layer is written. The zero value is CGCS2000, last
// changed on 1 January 1970, so that equal layers make equal files.
type WriterOptions struct {
	System      System
	LastChange  time.Time
	Shape       format.Shape // NoShape makes a plain table of attributes
	Identifier  string       // a title for people; "" means the name of the layer
	Description string
	MaxBytes    int64 // of the file, in pages of 4 KiB; beyond it a Write or Close fails with ErrTooLarge. 0 means no limit
}

// ErrTooLarge is the cause of an error of a file that would exceed MaxBytes.
var ErrTooLarge = errors.New("the file would exceed its limit")

// A Writer writes a GeoPackage with one layer, its R-tree included. The key
// "fid" counts from 1; geometry lies in "geom". Titles and descriptions of the
// columns are kept in the way of the schema extension.
type Writer struct {
	path     string
	table    string
	columns  []format.Column
	options  WriterOptions
	db       *sql.DB
	tx       *sql.Tx
	insert   *sql.Stmt
	index    *sql.Stmt // nil for a table of attributes
	bound    orb.Bound
	kind     string // of all geometries so far, "GEOMETRY" once they differ
	count    int
	metadata []Metadata
	err      error
}

const (
	keyColumn      = "fid"
	geometryColumn = "geom"
	applicationID  = 0x47504b47 // GPKG
	userVersion    = 10300
	pageBytes      = 4096
)

// Create makes a new file with an empty layer. It refuses a path that exists.
// Without a Close that succeeds the file is removed.
func Create(path, layer string, columns []format.Column, options WriterOptions) (*Writer, error) {
	if options.System.EPSG == 0 {
		options.System = CGCS2000()
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("creating GeoPackage: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("creating GeoPackage: %w", err)
	}
	w := &Writer{path: path, table: layer, columns: columns, options: options, bound: emptyBound()}
	if err := w.begin(); err != nil {
		w.err = err
		return nil, fmt.Errorf("creating GeoPackage %s: %w", path, errors.Join(explainFull(err), w.abandon()))
	}
	return w, nil
}

func emptyBound() orb.Bound {
	inf := math.Inf(1)
	return orb.Bound{Min: orb.Point{inf, inf}, Max: orb.Point{-inf, -inf}}
}

func (w *Writer) begin() error {
	if err := w.checkNames(); err != nil {
		return err
	}
	absolute, err := filepath.Abs(w.path)
	if err != nil {
		return err
	}
	// The file is new and worthless until complete, so it needs no journal.
	pragmas := []string{fmt.Sprintf("page_size(%d)", pageBytes), fmt.Sprintf("application_id(%d)", applicationID),
		fmt.Sprintf("user_version(%d)", userVersion), "journal_mode(OFF)", "synchronous(OFF)"}
	if w.options.MaxBytes > 0 {
		pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", max(1, w.options.MaxBytes/pageBytes)))
	}
	source := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	if w.db, err = sql.Open("sqlite", source.String()); err != nil {
		return err
	}
	w.db.SetMaxOpenConns(1)
	if w.tx, err = w.db.BeginTx(context.Background(), nil); err != nil {
		return err
	}
	statements := []string{schemaSQL, w.layerSQL()}
	if w.spatial() {
		statements = append(statements, w.indexSQL())
	}
	for _, statement := range statements {
		if _, err := w.tx.Exec(statement); err != nil {
			return err
		}
	}
	if err := w.describe(); err != nil {
		return err
	}
	return w.prepare()
}

func (w *Writer) checkNames() error {
	seen := map[string]bool{keyColumn: true, geometryColumn: true}
	for _, c := range w.columns {
		key := strings.ToLower(c.Name)
		if key == "" || seen[key] {
			return fmt.Errorf("column name %q is empty or taken", c.Name)
		}
		seen[key] = true
	}
	if w.table == "" || strings.HasPrefix(strings.ToLower(w.table), "gpkg_") || strings.HasPrefix(strings.ToLower(w.table), "sqlite_") {
		return fmt.Errorf("layer name %q is reserved", w.table)
	}
	return nil
}

func (w *Writer) layerSQL() string {
	var q strings.Builder
	fmt.Fprintf(&q, "CREATE TABLE %s (%s INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", quote(w.table), quote(keyColumn))
	if w.spatial() {
		fmt.Fprintf(&q, ", %s GEOMETRY", quote(geometryColumn))
	}
	for _, c := range w.columns {
		fmt.Fprintf(&q, ", %s %s", quote(c.Name), typeName(c))
	}
	q.WriteString(")")
	return q.String()
}

func typeName(c format.Column) string {
	switch c.Type {
	case format.Int:
		return "INTEGER"
	case format.Float:
		return "REAL"
	case format.Bool:
		return "BOOLEAN"
	case format.Date:
		return "DATE"
	}
	return "TEXT"
}

func (w *Writer) spatial() bool { return w.options.Shape != format.NoShape }

func (w *Writer) indexName() string { return "rtree_" + w.table + "_" + geometryColumn }

func (w *Writer) indexSQL() string {
	return fmt.Sprintf("CREATE VIRTUAL TABLE %s USING rtree(id, minx, maxx, miny, maxy)", quote(w.indexName()))
}

func (w *Writer) prepare() (err error) {
	names := []string{quote(keyColumn)}
	if w.spatial() {
		names = append(names, quote(geometryColumn))
	}
	for _, c := range w.columns {
		names = append(names, quote(c.Name))
	}
	marks := "?" + strings.Repeat(", ?", len(names)-1)
	w.insert, err = w.tx.Prepare(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quote(w.table), strings.Join(names, ", "), marks))
	if err != nil || !w.spatial() {
		return err
	}
	w.index, err = w.tx.Prepare(fmt.Sprintf("INSERT INTO %s VALUES (?, ?, ?, ?, ?)", quote(w.indexName())))
	return err
}

// Write adds a feature; see [format.Writer]. Its ID is not kept: the key of a
// GeoPackage is a number of its own.
func (w *Writer) Write(f *format.Feature) error {
	if w.err == nil {
		if err := w.write(f); err != nil {
			w.err = fmt.Errorf("writing feature %d %q: %w", w.count, f.ID, explainFull(err))
		}
	}
	return w.err
}

func (w *Writer) write(f *format.Feature) error {
	row := make([]any, 0, len(w.columns)+2)
	row = append(row, w.count+1)
	if w.spatial() {
		blob, err := w.blob(f.Geometry)
		if err != nil {
			return err
		}
		row = append(row, blob)
	}
	for _, c := range w.columns {
		value, _ := f.Properties.Get(c.Name)
		cell, err := cell(value)
		if err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		row = append(row, cell)
	}
	if _, err := w.insert.Exec(row...); err != nil {
		return err
	}
	w.count++
	return w.addIndex(f.Geometry)
}

// blob encodes a geometry; nil makes a null.
func (w *Writer) blob(g orb.Geometry) (any, error) {
	if g == nil {
		return nil, nil
	}
	return appendBlob(nil, g, w.options.System.EPSG)
}

// cell turns nested values into JSON text.
func cell(value any) (any, error) {
	switch value.(type) {
	case nil, string, int64, float64, bool:
		return value, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func (w *Writer) addIndex(g orb.Geometry) error {
	if g == nil || !w.spatial() {
		return nil
	}
	b := g.Bound()
	if b.Min[0] > b.Max[0] {
		return nil
	}
	w.bound = w.bound.Union(b)
	if kind := strings.ToUpper(g.GeoJSONType()); w.kind == "" {
		w.kind = kind
	} else if w.kind != kind {
		w.kind = "GEOMETRY"
	}
	_, err := w.index.Exec(w.count, b.Min[0], b.Max[0], b.Min[1], b.Max[1])
	return err
}

// Close completes the file. It is safe to call twice; after a fault it removes
// the file.
func (w *Writer) Close() error {
	if w.db == nil {
		return nil
	}
	if w.err == nil {
		w.err = explainFull(w.finish())
	}
	if w.err != nil {
		return errors.Join(w.err, w.abandon())
	}
	w.err = errors.New("the GeoPackage is finished")
	err := w.db.Close()
	w.db = nil
	return err
}

// Discard gives the file up and removes it. After Close it does nothing.
func (w *Writer) Discard() error {
	if w.db == nil {
		return nil
	}
	w.err = errors.New("the GeoPackage was given up")
	return w.abandon()
}

func (w *Writer) finish() error {
	if err := w.describeMetadata(); err != nil {
		return err
	}
	if w.spatial() {
		if err := w.finishGeometry(); err != nil {
			return err
		}
	}
	if err := w.insert.Close(); err != nil {
		return err
	}
	return w.tx.Commit()
}

// finishGeometry notes what all features together are, and adds the triggers.
func (w *Writer) finishGeometry() error {
	if w.kind != "" {
		if _, err := w.tx.Exec("UPDATE gpkg_geometry_columns SET geometry_type_name = ?", w.kind); err != nil {
			return err
		}
		if _, err := w.tx.Exec("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?",
			w.bound.Min[0], w.bound.Min[1], w.bound.Max[0], w.bound.Max[1]); err != nil {
			return err
		}
	}
	if _, err := w.tx.Exec(w.triggerSQL()); err != nil {
		return err
	}
	return w.index.Close()
}

// codeFull is SQLITE_FULL, the answer to a file beyond its pages, or a full disk.
const codeFull = 13

func explainFull(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == codeFull {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}

func (w *Writer) triggerSQL() string {
	replacements := []string{
		"{table}", quote(w.table), "{column}", quote(geometryColumn),
		"{key}", quote(keyColumn), "{index}", quote(w.indexName()),
	}
	for _, event := range []string{"insert", "update1", "update2", "update3", "update4", "delete"} {
		replacements = append(replacements, "{name_"+event+"}", quote(w.indexName()+"_"+event))
	}
	return strings.NewReplacer(replacements...).Replace(rtreeSQL)
}

// abandon closes the database and removes the file.
func (w *Writer) abandon() error {
	var errs []error
	if w.tx != nil {
		if err := w.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			errs = append(errs, err)
		}
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	w.db = nil
	return errors.Join(append(errs, os.Remove(w.path))...)
}
