// Package shapefile reads and writes ESRI shapefiles (ESRI Shapefile Technical
// Description, July 1998) with their dBASE tables, in zip archives or as
// files side by side.
//
// Chinese tables come in GBK, GB18030 or UTF-8. The reader believes, in this
// order, the user, the .cpg file, the language byte of the table, and the
// bytes themselves; if those leave a doubt it refuses and asks.
package shapefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"jieming/geo/format"
)

// A Reader reads the records of one shapefile. The records of .shp are found
// through .shx where there is one, because programs that edit in place leave
// dead records behind. Rings are grouped into polygons with holes; their
// vertices stay in the order of the file.
type Reader struct {
	name    string
	layer   string
	notes   format.Notebook
	usage   *format.Usage
	crs     format.Declared
	shapes  *shapes
	table   *table
	index   int
	err     *format.Error
	closers []io.Closer
}

// parts are the files of a shapefile, each nil if absent.
type parts struct {
	shp, shx, dbf *io.SectionReader
	cpg, prj      []byte
}

const (
	adviceParts = "pack .shp, .shx, .dbf, .prj and .cpg of the layer into one zip archive"
	sideBytes   = 64 << 10 // longest .prj or .cpg
)

// OpenZip opens the shapefile in a zip archive; Options.Layer chooses if there
// are several. The needed parts are unpacked into temporary files, which Close
// removes. The caller keeps r open until then.
func OpenZip(name string, r io.ReaderAt, size int64, limits format.Limits, options format.Options) (*Reader, error) {
	archive, err := format.OpenArchive(name, r, size, limits)
	if err != nil {
		return nil, err
	}
	shp, err := chooseLayer(archive, options.Layer)
	if err != nil {
		return nil, err
	}
	u := unpacker{archive: archive, limits: limits.WithDefaults(), stem: strings.TrimSuffix(shp.Name, path.Ext(shp.Name))}
	p, err := u.unpack()
	if err != nil {
		return nil, errors.Join(err, closeAll(u.closers))
	}
	return open(name, path.Base(u.stem), p, u.closers, limits, options)
}

func chooseLayer(a *format.Archive, layer string) (format.Entry, error) {
	var found []format.Entry
	var names []string
	for _, e := range a.WithExtension(".shp") {
		name := strings.TrimSuffix(path.Base(e.Name), path.Ext(e.Name))
		names = append(names, strconv.Quote(name))
		if layer == "" || strings.EqualFold(layer, name) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(names) > 0:
		return format.Entry{}, format.Fault(fmt.Sprintf("archive holds the layers %s", strings.Join(names, ", ")),
			"name one of them").InFile(a.Name)
	case len(a.WithExtension(".zip")) > 0:
		return format.Entry{}, format.Fault("archive holds another archive", "unpack the outer one and import the inner one").InFile(a.Name)
	}
	return format.Entry{}, format.Fault("archive holds no .shp file, but "+a.Names(), adviceParts).InFile(a.Name)
}

// An unpacker takes the parts of one layer out of an archive.
type unpacker struct {
	archive *format.Archive
	limits  format.Limits
	stem    string
	closers []io.Closer
}

func (u *unpacker) unpack() (p parts, err error) {
	if p.shx, err = u.spool(".shx"); err != nil {
		return p, err
	}
	// The index tells the size of every record before .shp is unpacked.
	if p.shx != nil {
		if fault := checkIndex(p.shx, u.limits); fault != nil {
			return p, fault.InFile(u.archive.Name)
		}
	}
	if p.shp, err = u.spool(".shp"); err != nil {
		return p, err
	}
	if p.dbf, err = u.spool(".dbf"); err != nil {
		return p, err
	}
	if p.cpg, err = u.read(".cpg"); err != nil {
		return p, err
	}
	p.prj, err = u.read(".prj")
	return p, err
}

func (u *unpacker) find(extension string) (format.Entry, bool) {
	for _, e := range u.archive.WithExtension(extension) {
		if strings.EqualFold(strings.TrimSuffix(e.Name, path.Ext(e.Name)), u.stem) {
			return e, true
		}
	}
	return format.Entry{}, false
}

func (u *unpacker) spool(extension string) (*io.SectionReader, error) {
	e, ok := u.find(extension)
	if !ok {
		return nil, nil
	}
	s, err := u.archive.Spool(e)
	if err != nil {
		return nil, err
	}
	u.closers = append(u.closers, s)
	return io.NewSectionReader(s, 0, s.Size), nil
}

func (u *unpacker) read(extension string) ([]byte, error) {
	e, ok := u.find(extension)
	if !ok {
		return nil, nil
	}
	rc, err := u.archive.Open(e)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, sideBytes))
	if err != nil {
		return nil, format.Locate(err, u.archive.Name, fmt.Sprintf("cannot unpack %q", e.Name), adviceParts)
	}
	return data, nil
}

// OpenFile opens a .shp file and the files of the same name beside it.
func OpenFile(name string, limits format.Limits, options format.Options) (*Reader, error) {
	var p parts
	var closers []io.Closer
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	for extension, part := range map[string]**io.SectionReader{".shp": &p.shp, ".shx": &p.shx, ".dbf": &p.dbf} {
		f, err := openSibling(stem, extension)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, errors.Join(format.Fault("cannot open the file", adviceParts).Because(err).InFile(name), closeAll(closers))
		}
		closers = append(closers, f)
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(format.Fault("cannot open the file", adviceParts).Because(err).InFile(name), closeAll(closers))
		}
		*part = io.NewSectionReader(f, 0, info.Size())
	}
	p.cpg, p.prj = readSibling(stem, ".cpg"), readSibling(stem, ".prj")
	return open(name, filepath.Base(stem), p, closers, limits, options)
}

func openSibling(stem, extension string) (*os.File, error) {
	f, err := os.Open(stem + extension)
	if errors.Is(err, os.ErrNotExist) {
		return os.Open(stem + strings.ToUpper(extension))
	}
	return f, err
}

// readSibling returns nil if there is no such file.
func readSibling(stem, extension string) []byte {
	f, err := openSibling(stem, extension)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, sideBytes))
	if err != nil {
		return nil
	}
	return data
}

func open(name, layer string, p parts, closers []io.Closer, limits format.Limits, options format.Options) (*Reader, error) {
	r := &Reader{name: name, layer: layer, usage: format.NewUsage(limits), closers: closers}
	if fault := r.open(p, options); fault != nil {
		return nil, errors.Join(r.locate(fault), r.Close())
	}
	return r, nil
}

func (r *Reader) open(p parts, options format.Options) (fault *format.Error) {
	if p.shp == nil || p.dbf == nil {
		return format.Fault(".shp and .dbf are not both there", adviceParts)
	}
	if total := p.shp.Size() + p.dbf.Size(); total > r.usage.Limits.MaxBytes {
		return format.Fault(fmt.Sprintf("more than %d bytes of data", r.usage.Limits.MaxBytes), "split the file, or raise the limit on bytes")
	}
	if r.shapes, fault = openShapes(p.shp, p.shx, r.usage); fault != nil {
		return fault
	}
	if r.table, fault = openTable(p.dbf, r.usage.Limits); fault != nil {
		return fault
	}
	encoding, why, fault := chooseEncoding(r.table, string(p.cpg), options.Encoding)
	if fault != nil {
		return fault
	}
	r.notes.Add(format.NoteEncoding, fmt.Sprintf("text was read as %s: %s", encoding, why), format.None)
	if len(p.prj) > 0 {
		text := string(p.prj)
		r.crs = format.Declared{Text: text, EPSG: epsgOf(text), Source: r.layer + ".prj"}
	}
	return r.table.useEncoding(encoding, &r.notes)
}

// epsgEnd finds the authority of the outermost element of WKT 1 or 2.
var epsgEnd = regexp.MustCompile(`(?i)(?:AUTHORITY|ID)\s*\[\s*"EPSG"\s*,\s*"?(\d{4,6})"?\s*\]\s*\]\s*$`)

func epsgOf(wkt string) int {
	match := epsgEnd.FindStringSubmatch(wkt)
	if match == nil {
		return 0
	}
	code, _ := strconv.Atoi(match[1]) // six digits fit
	return code
}

// Read returns the next feature; see [format.Reader].
func (r *Reader) Read() (*format.Feature, error) {
	if r.err != nil {
		return nil, r.err
	}
	for {
		f, deleted, fault := r.record()
		if fault != nil {
			fault.InFeature(r.index, "")
			r.locate(fault)
			if !fault.Recoverable {
				r.err = fault
			}
			r.index++
			return nil, fault
		}
		if f == nil && !deleted {
			return nil, io.EOF
		}
		if deleted {
			r.notes.Add(format.NoteDeleted, "records marked as deleted were left out", r.index)
			continue
		}
		r.index++
		return f, nil
	}
}

// record reads row and shape together; nil at the end. A fault of either that
// is skippable leaves both at the next record.
func (r *Reader) record() (f *format.Feature, deleted bool, fault *format.Error) {
	properties, more, deleted, rowFault := r.table.next(&r.notes, r.index)
	if rowFault != nil && !rowFault.Recoverable {
		return nil, false, rowFault
	}
	shape, shapeMore, shapeFault := r.shapes.next(&r.notes, r.index)
	if shapeFault != nil && !shapeFault.Recoverable {
		return nil, false, shapeFault
	}
	if more != shapeMore {
		return nil, false, format.Fault("table and shapes differ in number",
			"the parts do not belong together or are cut short: pack them again")
	}
	if !more || deleted {
		return nil, deleted && more, nil
	}
	if fault := r.usage.AddFeature(format.CountVertices(shape)); fault != nil {
		return nil, false, fault
	}
	if rowFault != nil {
		return nil, false, rowFault
	}
	if shapeFault != nil {
		return nil, false, shapeFault
	}
	return &format.Feature{Index: r.index, Properties: properties, Geometry: shape}, false, nil
}

func (r *Reader) locate(fault *format.Error) *format.Error {
	fault.InFile(r.name)
	fault.Layer = r.layer
	return fault
}

// CRS returns what .prj says.
func (r *Reader) CRS() format.Declared { return r.crs }

// Columns returns the columns of the table.
func (r *Reader) Columns() []format.Column { return r.table.columns() }

// Notes returns what was found on the way.
func (r *Reader) Notes() []format.Note { return r.notes.Notes() }

// Close removes temporary files and closes those that OpenFile opened.
func (r *Reader) Close() error {
	err := closeAll(r.closers)
	r.closers = nil
	return err
}

func closeAll(closers []io.Closer) error {
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
