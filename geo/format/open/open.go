// Package open recognises a geographic file by its content and opens it with
// the reader of its format. What the name ends in only decides what to say
// when it lies.
//
// Recognised are GeoJSON and GeoJSON sequences, CSV, both also compressed with
// gzip; zip archives with a shapefile or with one file of the other formats;
// bare shapefiles with the other parts beside them; and GeoPackage.
package open

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jieming/geo/format"
	"jieming/geo/format/csv"
	"jieming/geo/format/geojson"
	"jieming/geo/format/geopackage"
	"jieming/geo/format/shapefile"
)

const adviceFormats = "import GeoJSON, CSV, GeoPackage, or a zip archive with a shapefile"

// File opens a file by its path. Errors hold a *format.Error (errors.AsType).
func File(path string, limits format.Limits, options format.Options) (format.Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, format.Fault("cannot open the file", "check its name and permissions").Because(err).InFile(path)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is a folder or device")
	}
	if err != nil {
		return nil, errors.Join(format.Fault("cannot open the file", adviceFormats).Because(err).InFile(path), f.Close())
	}
	o := opener{name: path, path: path, limits: limits.WithDefaults(), options: options}
	r, err := o.open(f, info.Size())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &opened{Reader: r, notes: o.notes, closers: []io.Closer{f}}, nil
}

// Bytes opens a file that has no path, such as an upload. name is used for
// messages and extension only; the caller keeps r open until Close. Errors
// hold a *format.Error (errors.AsType).
func Bytes(name string, r io.ReaderAt, size int64, limits format.Limits, options format.Options) (format.Reader, error) {
	o := opener{name: name, limits: limits.WithDefaults(), options: options}
	reader, err := o.open(r, size)
	if err != nil {
		return nil, err
	}
	return &opened{Reader: reader, notes: o.notes}, nil
}

// opened adds what the name gave away, and files to close.
type opened struct {
	format.Reader
	notes   format.Notebook
	closers []io.Closer
}

func (o *opened) Notes() []format.Note { return append(o.notes.Notes(), o.Reader.Notes()...) }

func (o *opened) Close() error {
	errs := []error{o.Reader.Close()}
	for _, c := range o.closers {
		errs = append(errs, c.Close())
	}
	o.closers = nil
	return errors.Join(errs...)
}

type opener struct {
	name    string
	path    string // "" if the bytes lie in no file
	inside  bool   // the bytes come out of an archive
	limits  format.Limits
	options format.Options
	notes   format.Notebook
}

func (o *opener) open(r io.ReaderAt, size int64) (format.Reader, error) {
	head := make([]byte, min(size, sniffBytes))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, format.Fault("cannot read the file", "upload it again").Because(err).InFile(o.name)
	}
	k := sniff(head)
	o.compareName(k)
	if o.inside && (k == kindZip || k == kindGzip) {
		return nil, format.Fault("archive holds another archive", "unpack the outer one and import the inner one").InFile(o.name)
	}
	switch k {
	case kindJSON, kindText:
		return o.stream(k, io.NewSectionReader(r, 0, size))
	case kindGzip:
		return o.gzip(r, size)
	case kindZip:
		return o.zip(r, size)
	case kindShape:
		return o.shapefile()
	case kindSQLite:
		if o.path != "" {
			return geopackage.OpenFile(o.path, o.limits, o.options)
		}
		return geopackage.Open(o.name, r, size, o.limits, o.options)
	}
	return nil, o.unknown(k, head)
}

func (o *opener) stream(k kind, r io.Reader) (format.Reader, error) {
	if k == kindJSON {
		return geojson.NewReader(o.name, r, o.limits, o.options)
	}
	return csv.NewReader(o.name, r, o.limits, o.options)
}

// gzip unpacks as it reads, within the budget.
func (o *opener) gzip(r io.ReaderAt, size int64) (format.Reader, error) {
	z, err := gzip.NewReader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, format.Fault("damaged gzip file", "compress the file again").Because(err).InFile(o.name)
	}
	text := bufio.NewReaderSize(format.NewBudget(o.limits, size).NewReader(z), sniffBytes)
	head, err := text.Peek(sniffBytes)
	if err != nil && err != io.EOF {
		return nil, format.Locate(err, o.name, "damaged gzip file", "compress the file again")
	}
	switch k := sniff(head); k {
	case kindJSON, kindText:
		return o.stream(k, text)
	case kindZip, kindGzip:
		return nil, format.Fault("archive holds another archive", "unpack the outer one and import the inner one").InFile(o.name)
	default:
		return nil, format.Fault("gzip file holds "+k.String(), "unpack it first").InFile(o.name)
	}
}

func (o *opener) shapefile() (format.Reader, error) {
	if o.path == "" {
		return nil, format.Fault("a .shp file alone is not a shapefile",
			"pack .shp, .shx, .dbf, .prj and .cpg of the layer into one zip archive").InFile(o.name)
	}
	return shapefile.OpenFile(o.path, o.limits, o.options)
}

// zip opens a shapefile, or the only file of another format.
func (o *opener) zip(r io.ReaderAt, size int64) (format.Reader, error) {
	archive, err := format.OpenArchive(o.name, r, size, o.limits)
	if err != nil {
		return nil, err
	}
	if len(archive.WithExtension(".shp")) > 0 {
		return shapefile.OpenZip(o.name, r, size, o.limits, o.options)
	}
	members := candidates(archive)
	if len(members) != 1 {
		problem := "archive holds no file that can be imported, but " + archive.Names()
		if len(members) > 1 {
			problem = "archive holds several files: " + archive.Names()
		}
		return nil, format.Fault(problem, adviceArchive(archive)).InFile(o.name)
	}
	s, err := archive.Spool(members[0])
	if err != nil {
		return nil, err
	}
	inner := opener{name: o.name + "/" + members[0].Name, inside: true, limits: o.limits, options: o.options}
	reader, err := inner.open(s, s.Size)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &opened{Reader: reader, notes: inner.notes, closers: []io.Closer{s}}, nil
}

func candidates(a *format.Archive) []format.Entry {
	var found []format.Entry
	for _, extension := range []string{".geojson", ".json", ".geojsonl", ".geojsons", ".csv", ".gpkg", ".zip", ".gz"} {
		found = append(found, a.WithExtension(extension)...)
	}
	return found
}

func adviceArchive(a *format.Archive) string {
	for _, e := range a.Entries {
		if e.Name == "[Content_Types].xml" {
			return "this is an office document: save the sheet as CSV in UTF-8"
		}
	}
	return adviceFormats + ", one layer at a time"
}

// compareName notes a name that promises something else.
func (o *opener) compareName(k kind) {
	extension := strings.ToLower(filepath.Ext(o.name))
	promised, known := extensions[extension]
	if known && promised != k && k != kindUnknown {
		o.notes.Add(format.NoteExtension, fmt.Sprintf("the file is named %s but is %s, and was read as such", extension, k), format.None)
	}
}

func (o *opener) unknown(k kind, head []byte) error {
	fault := format.Fault("file is of no known format", adviceFormats).InFile(o.name)
	extension := strings.ToLower(filepath.Ext(o.name))
	switch {
	case len(head) == 0:
		fault.Problem = "file is empty"
	case k != kindUnknown:
		fault.Problem = "file is " + k.String() + ", which is not imported"
	case slices.Contains([]string{".shx", ".dbf", ".prj", ".cpg"}, extension):
		fault.Problem = "file is one part of a shapefile"
		fault.Advice = "import the .shp file with the others beside it, or all in one zip archive"
	case bytes.IndexByte(head, 0) < 0:
		fault.Problem = "file is text of no known format"
	}
	return fault
}
