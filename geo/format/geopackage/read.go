// Package geopackage reads and writes GeoPackage (OGC 12-128r18), a layer at a
// time, on the pure Go build of SQLite.
//
// A GeoPackage from outside is a database that its maker controls. The reader
// opens it read-only and immutable, in SQLite's defensive mode with an
// untrusted schema, with limits on value and statement size; it reads plain
// tables only, never views or virtual tables, and runs no function of the
// file: triggers fire on writes, and there are none.
package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"modernc.org/sqlite"

	"jieming/geo/format"
)

// A Reader reads the features of one layer in the order of their keys.
type Reader struct {
	name    string
	notes   format.Notebook
	usage   *format.Usage
	layer   layer
	crs     format.Declared
	columns []column
	rows    *sql.Rows
	values  []any
	index   int
	err     *format.Error
	closers []io.Closer
}

// A layer is what the file says about a table of features.
type layer struct {
	table, geometry string
	srs             int
}

// A column is an attribute of the layer. The key column comes first.
type column struct {
	format.Column
	key bool
}

const (
	adviceFile  = "save the layer again as GeoPackage, for instance with QGIS or ogr2ogr"
	adviceTable = "save the layer as an ordinary table of features"
	bytesPerXY  = 32 // a position with Z and M
	sqlBytes    = 1 << 20
	maxColumns  = 2000
)

// codeTooBig is SQLITE_TOOBIG, the answer to a value beyond limitLength.
const codeTooBig = 18

// The limits of sqlite3_limit that are lowered.
const (
	limitLength    = 0
	limitSQLLength = 1
	limitColumn    = 2
	limitAttached  = 7
)

// Open spools r into a temporary file, which Close removes, and opens that.
func Open(name string, r io.ReaderAt, size int64, limits format.Limits, options format.Options) (*Reader, error) {
	if fault := checkHead(r, size, limits.WithDefaults()); fault != nil {
		return nil, fault.InFile(name)
	}
	s, err := format.NewSpool(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, format.Locate(err, name, "cannot read the file", "upload it again")
	}
	return open(name, s.Name(), limits, options, s)
}

// OpenFile opens a file in place. Changes that another program keeps in a -wal
// file beside it would be missed, so that is refused.
func OpenFile(name string, limits format.Limits, options format.Options) (*Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, format.Fault("cannot open the file", "check its name and permissions").Because(err).InFile(name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, format.Fault("cannot open the file", "check its name and permissions").Because(err).InFile(name)
	}
	if fault := checkHead(f, info.Size(), limits.WithDefaults()); fault != nil {
		return nil, fault.InFile(name)
	}
	if wal, err := os.Stat(name + "-wal"); err == nil && wal.Size() > 0 {
		return nil, format.Fault("another program has the file open and keeps changes in its -wal file",
			"close the file there and try again").InFile(name)
	}
	return open(name, name, limits, options)
}

// Magic starts every SQLite file.
const Magic = "SQLite format 3\x00"

func checkHead(r io.ReaderAt, size int64, limits format.Limits) *format.Error {
	var head [len(Magic)]byte
	if _, err := r.ReadAt(head[:], 0); err != nil || string(head[:]) != Magic {
		return format.Fault("file is no SQLite database", adviceFile).AtByte(0, format.None)
	}
	if size > limits.MaxBytes {
		return format.Fault(fmt.Sprintf("more than %d bytes of data", limits.MaxBytes), "split the file, or raise the limit on bytes")
	}
	return nil
}

func open(name, path string, limits format.Limits, options format.Options, closers ...io.Closer) (*Reader, error) {
	r := &Reader{name: name, usage: format.NewUsage(limits), closers: closers}
	if err := r.open(path, options); err != nil {
		fault := format.Locate(err, name, "cannot read the GeoPackage", adviceFile)
		return nil, errors.Join(fault, r.Close())
	}
	return r, nil
}

func (r *Reader) open(path string, options format.Options) error {
	ctx := context.Background()
	conn, err := r.connect(ctx, path)
	if err != nil {
		return err
	}
	s := schema{ctx: ctx, conn: conn}
	if r.layer, err = s.chooseLayer(options.Layer); err != nil {
		return err
	}
	if r.crs, err = s.crs(r.layer.srs); err != nil {
		return err
	}
	if r.columns, err = s.columns(r.layer); err != nil {
		return err
	}
	if len(r.columns) > r.usage.Limits.MaxProperties {
		return format.Fault(fmt.Sprintf("table has %d columns", len(r.columns)), "leave out columns that are not needed")
	}
	r.rows, err = conn.QueryContext(ctx, r.query())
	if err != nil {
		return r.fail(r.explain(err)) // the driver reads the first row at once
	}
	r.closers = append([]io.Closer{r.rows}, r.closers...)
	r.values = make([]any, len(r.columns)+1)
	for i := range r.values {
		r.values[i] = new(any)
	}
	return nil
}

// connect opens the database with every guard that SQLite has.
func (r *Reader) connect(ctx context.Context, path string) (*sql.Conn, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	source := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{
		"mode": {"ro"}, "immutable": {"1"}, "_defensive": {"1"},
		"_pragma": {"trusted_schema(0)", "cell_size_check(1)", "mmap_size(0)", "query_only(1)", "cache_size(-8192)"},
	}.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, err
	}
	r.closers = append([]io.Closer{db}, r.closers...)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	r.closers = append([]io.Closer{conn}, r.closers...)
	l := r.usage.Limits
	for id, value := range map[int]int{
		limitLength:    max(l.MaxValueBytes, bytesPerXY*l.MaxVerticesPerFeature) + sqlBytes,
		limitSQLLength: sqlBytes, limitColumn: maxColumns, limitAttached: 0,
	} {
		if _, err := sqlite.Limit(conn, id, value); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// query selects geometry and attributes. The plus signs take away the declared
// types, by which the driver would turn dates into times.
func (r *Reader) query() string {
	var q strings.Builder
	q.WriteString("SELECT +" + quote(r.layer.geometry))
	for _, c := range r.columns {
		q.WriteString(", +" + quote(c.Name))
	}
	q.WriteString(" FROM " + quote(r.layer.table))
	return q.String()
}

func quote(identifier string) string {
	return `"` + strings.ReplaceAll(identifier, `"`, `""`) + `"`
}

// Read returns the next feature; see [format.Reader].
func (r *Reader) Read() (*format.Feature, error) {
	if r.err != nil {
		return nil, r.err
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return nil, r.fail(r.explain(err))
		}
		return nil, io.EOF
	}
	if err := r.rows.Scan(r.values...); err != nil {
		return nil, r.fail(format.Fault("the row cannot be read", adviceFile).Because(err))
	}
	f, fault := r.feature()
	if fault != nil {
		if f != nil {
			fault.ID = f.ID
		}
		return nil, r.fail(fault)
	}
	r.index++
	return f, nil
}

// explain turns an error of SQLite about a row into a fault.
func (r *Reader) explain(err error) *format.Error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == codeTooBig {
		return r.usage.CheckVertices(r.usage.Limits.MaxVerticesPerFeature + 1).Because(err)
	}
	return format.Fault("the database cannot be read further", "the file is damaged: "+adviceFile).Because(err)
}

// fail locates a fault and, if it concerns one row, moves on.
func (r *Reader) fail(fault *format.Error) *format.Error {
	fault.InFile(r.name).InFeature(r.index, fault.ID)
	fault.Layer = r.layer.table
	if !fault.Recoverable {
		r.err = fault
	}
	r.index++
	return fault
}

// feature turns the current row into a feature. With a fault the feature has
// its identifier at most.
func (r *Reader) feature() (*format.Feature, *format.Error) {
	f := &format.Feature{Index: r.index}
	var problem *format.Error
	for i, c := range r.columns {
		value := *r.values[i+1].(*any)
		if c.key {
			f.ID = format.Properties{{Value: value}}.Text("")
			continue
		}
		value, fault := r.value(c, value)
		if fault != nil && problem == nil {
			problem = fault
		}
		f.Properties = append(f.Properties, format.Property{Name: c.Name, Value: value})
	}
	g, fault := r.geometry(*r.values[0].(*any))
	if fault == nil {
		fault = r.usage.AddFeature(format.CountVertices(g))
	}
	if fault == nil {
		fault = problem
	}
	f.Geometry = g
	return f, fault
}

func (r *Reader) value(c column, value any) (any, *format.Error) {
	switch v := value.(type) {
	case []byte:
		r.notes.Add(format.NoteBinary, "columns of binary data were left empty", r.index)
		return nil, nil
	case string:
		if !format.IsValidText(v) {
			return nil, format.Fault(fmt.Sprintf("column %q: text is not valid UTF-8", c.Name),
				"GeoPackage text is always UTF-8: "+adviceFile).Skippable()
		}
		if len(v) > r.usage.Limits.MaxValueBytes {
			return nil, format.Fault(fmt.Sprintf("column %q: text longer than %d bytes", c.Name, r.usage.Limits.MaxValueBytes),
				"shorten it, or raise the limit on values").Skippable()
		}
	case int64:
		if c.Type == format.Bool {
			return v != 0, nil
		}
	}
	return value, nil
}

func (r *Reader) geometry(value any) (orb.Geometry, *format.Error) {
	blob, ok := value.([]byte)
	if !ok {
		if value == nil {
			return nil, nil
		}
		return nil, format.Fault(fmt.Sprintf("geometry is %T, not binary", value), adviceFile).Skippable()
	}
	return decodeBlob(blob, blobContext{srs: r.layer.srs, usage: r.usage, notes: &r.notes, index: r.index})
}

// CRS returns what the table of reference systems says about the layer.
func (r *Reader) CRS() format.Declared { return r.crs }

// Columns returns the attributes of the layer, without key and geometry.
func (r *Reader) Columns() []format.Column {
	var columns []format.Column
	for _, c := range r.columns {
		if !c.key {
			columns = append(columns, c.Column)
		}
	}
	return columns
}

// Notes returns what was found on the way.
func (r *Reader) Notes() []format.Note { return r.notes.Notes() }

// Close closes the database and removes the temporary file.
func (r *Reader) Close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c.Close())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// columnOf understands the column types of GeoPackage.
func columnOf(name, declared string) format.Column {
	base, size, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(declared)), "(")
	c := format.Column{Name: name}
	switch base {
	case "BOOLEAN":
		c.Type = format.Bool
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER":
		c.Type = format.Int
	case "FLOAT", "DOUBLE", "REAL":
		c.Type = format.Float
	case "DATE":
		c.Type = format.Date
	case "TEXT", "DATETIME", "VARCHAR":
		c.Type = format.String
		c.Width, _ = strconv.Atoi(strings.TrimSuffix(size, ")"))
	}
	return c
}
