package export

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"jieming/geo/format"
	"jieming/geo/format/csv"
	"jieming/geo/format/geojson"
	"jieming/geo/format/geopackage"
	"jieming/geo/format/shapefile"
	"jieming/geo/format/wkb"
)

// Format is a kind of file, named by its extension.
type Format string

// The formats. CSV is the table alone, CSVZip the table with its description.
const (
	GeoPackage Format = "gpkg"
	GeoJSON    Format = "geojson"
	Shapefile  Format = "shp.zip"
	CSV        Format = "csv"
	CSVZip     Format = "csv.zip"
	PMTiles    Format = "pmtiles"
)

// spatial are the formats of layers with geometry, tabular those of tables.
func spatial() []Format { return []Format{GeoPackage, GeoJSON, Shapefile, CSV, CSVZip} }
func tabular() []Format { return []Format{CSV, CSVZip, GeoPackage} }

// MediaType is the content type of the format.
func (f Format) MediaType() string {
	switch f {
	case GeoPackage:
		return "application/geopackage+sqlite3"
	case GeoJSON:
		return "application/geo+json"
	case CSV:
		return "text/csv; charset=utf-8"
	case PMTiles:
		return "application/vnd.pmtiles"
	}
	return "application/zip"
}

// Title is the name of the format for people.
func (f Format) Title() string {
	switch f {
	case GeoPackage:
		return "GeoPackage"
	case GeoJSON:
		return "GeoJSON"
	case Shapefile:
		return "Shapefile"
	case CSV:
		return "CSV"
	case CSVZip:
		return "CSV + README"
	}
	return "PMTiles"
}

// Formats lists all formats.
func Formats() []Format { return []Format{GeoPackage, GeoJSON, Shapefile, CSV, CSVZip, PMTiles} }

// sink writes the rows of a layer as a file.
type sink interface {
	write(*row) error
	// finish completes the file with what is known at its end.
	finish(Counts) error
	// discard gives up; it is safe after finish.
	discard()
}

// job is what a sink is made for.
type job struct {
	Edition
	layer    Layer
	format   Format
	maxBytes int64
}

// newSink starts the file of a job, which must not exist.
func newSink(j job, path string) (sink, error) {
	if j.format == GeoPackage {
		return newGeoPackage(j, path)
	}
	f, err := newFile(path, j.maxBytes)
	if err != nil {
		return nil, err
	}
	var s sink
	switch j.format {
	case GeoJSON:
		s, err = newGeoJSON(j, f)
	case Shapefile:
		s, err = newShapefile(j, f, filepath.Dir(path))
	case CSV:
		s, err = newTable(j, f, f)
	case CSVZip:
		s, err = newArchive(j, f)
	default:
		err = fmt.Errorf("%s is not written here", j.format)
	}
	if err != nil {
		f.discard()
		return nil, err
	}
	return s, nil
}

// properties pairs the values of a row with their names.
func (l Layer) properties(r *row) format.Properties {
	p := make(format.Properties, len(l.Columns))
	for i := range l.Columns {
		p[i] = format.Property{Name: l.Columns[i].Name, Value: r.values[i]}
	}
	return p
}

// feature is a row with its geometry decoded.
func (l Layer) feature(r *row) (*format.Feature, error) {
	f := &format.Feature{ID: r.id, Properties: l.properties(r)}
	if r.wkb == nil {
		return f, nil
	}
	var err error
	f.Geometry, _, err = wkb.Decode(r.wkb, math.MaxInt32)
	if err != nil {
		return nil, fmt.Errorf("decoding geometry of %s: %w", r.id, err)
	}
	return f, nil
}

type geoJSONSink struct {
	*file
	job
	out *geojson.Writer
}

func newGeoJSON(j job, f *file) (*geoJSONSink, error) {
	head, err := members(append(j.about(j.layer), format.Property{Name: "columns", Value: described(j.layer.Columns)}))
	if err != nil {
		return nil, err
	}
	return &geoJSONSink{f, j, geojson.NewWriter(f, geojson.WriterOptions{Head: head})}, nil
}

// described lists columns with their meanings.
func described(columns []format.Column) (list []any) {
	for _, c := range columns {
		list = append(list, format.Properties{{Name: "name", Value: c.Name}, {Name: "title", Value: c.Title}, {Name: "description", Value: c.Description}})
	}
	return list
}

func members(p format.Properties) ([]geojson.Member, error) {
	list := make([]geojson.Member, len(p))
	for i := range p {
		value, err := json.Marshal(p[i].Value)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", p[i].Name, err)
		}
		list[i] = geojson.Member{Name: p[i].Name, Value: value}
	}
	return list, nil
}

func (s *geoJSONSink) write(r *row) error {
	properties, err := s.layer.properties(r).MarshalJSON()
	if err != nil {
		return err
	}
	return s.out.WriteRow(geojson.Row{ID: r.id, WKB: r.wkb, Properties: properties})
}

func (s *geoJSONSink) finish(c Counts) error {
	tail, err := members(s.counted(s.layer, c))
	if err != nil {
		return err
	}
	return errors.Join(s.out.Finish(tail...), s.close())
}

type tableSink struct {
	*file
	layer Layer
	out   *csv.Writer
}

// newTable writes a table to w, which lies in f. It begins with a byte order
// mark: without it, Excel takes UTF-8 for the code page of the machine.
func newTable(j job, f *file, w io.Writer) (*tableSink, error) {
	options := csv.WriterOptions{Mark: true}
	if j.layer.Shape == format.Points {
		options.Geometry = csv.LonLat
	}
	out, err := csv.NewWriter(w, j.layer.Columns, options)
	return &tableSink{f, j.layer, out}, err
}

func (s *tableSink) write(r *row) error {
	if s.layer.Shape != format.Points {
		return s.out.Write(&format.Feature{ID: r.id, Properties: s.layer.properties(r)})
	}
	f, err := s.layer.feature(r)
	if err != nil {
		return err
	}
	return s.out.Write(f)
}

func (s *tableSink) finish(Counts) error { return errors.Join(s.out.Close(), s.close()) }

// archiveSink is a table with its README and its description for programs.
type archiveSink struct {
	job
	zip   *zip.Writer
	table *tableSink
}

func newArchive(j job, f *file) (*archiveSink, error) {
	z := zip.NewWriter(f)
	w, err := pack(z, j.Stem(j.layer)+".csv")
	if err != nil {
		return nil, fmt.Errorf("packing table: %w", err)
	}
	table, err := newTable(j, f, w)
	return &archiveSink{j, z, table}, err
}

// pack begins a file of an archive, of the first day that an archive can name:
// equal contents make equal archives.
func pack(z *zip.Writer, name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)})
}

func (s *archiveSink) write(r *row) error { return s.table.write(r) }

func (s *archiveSink) finish(c Counts) error {
	if err := s.table.out.Close(); err != nil {
		return err
	}
	description, err := s.csvw(c)
	if err != nil {
		return err
	}
	for _, beside := range []struct{ name, content string }{{readmeName, s.readme(c)}, {s.Stem(s.layer) + ".csv-metadata.json", description}} {
		w, err := pack(s.zip, beside.name)
		if err == nil {
			_, err = io.WriteString(w, beside.content)
		}
		if err != nil {
			return fmt.Errorf("packing %s: %w", beside.name, err)
		}
	}
	return errors.Join(s.zip.Close(), s.table.close())
}

func (s *archiveSink) discard() { s.table.discard() }

type shapefileSink struct {
	*file
	job
	out *shapefile.Writer
}

// wkt4490 is the text that Esri's programs have for EPSG:4490.
const wkt4490 = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

// newShapefile collects the parts in temporary files in dir.
func newShapefile(j job, f *file, dir string) (*shapefileSink, error) {
	out, err := shapefile.NewWriter(f, j.Stem(j.layer), j.layer.Columns, shapefile.WriterOptions{
		PRJ: wkt4490, Shape: j.layer.Shape, Cut: true, Dir: dir, MaxBytes: j.maxBytes})
	return &shapefileSink{f, j, out}, err
}

func (s *shapefileSink) write(r *row) error {
	f, err := s.layer.feature(r)
	if err != nil {
		return err
	}
	return s.out.Write(f)
}

func (s *shapefileSink) finish(c Counts) error {
	s.out.Attach(readmeName, s.readme(c))
	return errors.Join(s.out.Close(), s.close())
}

func (s *shapefileSink) discard() {
	_ = s.out.Close() // it removes its parts; the file is given up anyway
	s.file.discard()
}

type geoPackageSink struct {
	job
	path string
	out  *geopackage.Writer
}

func newGeoPackage(j job, path string) (*geoPackageSink, error) {
	out, err := geopackage.Create(path, j.layer.Name, j.layer.Columns, geopackage.WriterOptions{
		LastChange: j.Publication.ReleasedAt, Shape: j.layer.Shape,
		Identifier: j.layer.Title, Description: j.summary(), MaxBytes: j.maxBytes})
	if err != nil {
		return nil, err
	}
	return &geoPackageSink{j, path, out}, nil
}

func (s *geoPackageSink) write(r *row) error {
	f, err := s.layer.feature(r)
	if err != nil {
		return err
	}
	return s.out.Write(f)
}

func (s *geoPackageSink) finish(c Counts) error {
	text, err := append(s.about(s.layer), s.counted(s.layer, c)...).MarshalJSON()
	if err != nil {
		return err
	}
	s.out.Annotate(geopackage.Metadata{URI: "https://www.rfc-editor.org/rfc/rfc8259", MIME: "application/json", Text: string(text)})
	return s.out.Close()
}

func (s *geoPackageSink) discard() {
	_ = s.out.Discard()
	_ = os.Remove(s.path)
}
