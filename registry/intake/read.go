package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/geo/format/csv"
	"jieming/geo/format/open"
	"jieming/registry"
	"jieming/registry/history"
)

// unit is a unit as a file gives it.
type unit struct {
	code   string // 12 digits
	name   string
	parent string                       // 12 digits; "" if the file says none
	is     registry.BaselineUnitVersion // level, type and elements of the name
	file   int                          // in reading.files
	index  int                          // feature in its file
	raw    orb.Geometry                 // as in the file: areas and points; nil for none
	area   orb.MultiPolygon             // CGCS2000 longitude, latitude; nil until converted, or without area
}

func (u *unit) key() string { return short(u.code) + " " + u.name }

// reading is what the files hold.
type reading struct {
	options  Options
	files    []File
	declared []format.Declared // of each file
	units    []*unit           // by code
	byCode   map[string]*unit
	table    bool                    // the file read is a table, in which a place may stand for a unit
	dated    map[registry.Day]string // data dates that features state, with the first place of each
	faults   Faults
}

// readAll reads every file and judges every feature. It gathers the faults of
// single features; one that ends a file ends the reading.
func readAll(ctx context.Context, sources []Source, o Options, tell progress) (*reading, error) {
	r := &reading{options: o, byCode: map[string]*unit{}, dated: map[registry.Day]string{}}
	for _, s := range sources {
		tell("read "+s.Name, 0, 0)
		if err := r.readFile(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	if len(r.units) == 0 {
		return nil, r.nothing()
	}
	slices.SortFunc(r.units, func(a, b *unit) int { return strings.Compare(a.code, b.code) })
	return r, nil
}

// nothing says that no file holds a unit, and of which file that is odd.
func (r *reading) nothing() *format.Error {
	for _, f := range r.files {
		for _, n := range f.Notes {
			if n.Code == format.NoteExtension {
				return format.Fault("there is no unit: "+n.Text, "export it again, or give it the name of what it is").InFile(f.Name)
			}
		}
	}
	return format.Fault("there is no unit in the files", "give at least one feature with a code and a name").InFile(r.files[0].Name)
}

func (r *reading) readFile(ctx context.Context, s Source) error {
	in, err := open.Bytes(s.Name, s.Content, s.Size, r.options.Limits, r.options.Read)
	if err != nil {
		return err
	}
	defer in.Close()
	r.files = append(r.files, File{Name: s.Name})
	_, r.table = in.(*csv.Reader)
	if err := r.readFeatures(ctx, in); err != nil {
		return err
	}
	file := &r.files[len(r.files)-1]
	r.declared = append(r.declared, in.CRS())
	file.Notes = in.Notes()
	file.SHA256, err = digestOf(s)
	return err
}

func (r *reading) readFeatures(ctx context.Context, in format.Reader) error {
	var found *columns
	for {
		f, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if fault, ok := errors.AsType[*format.Error](err); ok && fault.Recoverable {
			if !r.faults.add(fault) {
				return r.faults.err()
			}
			continue
		}
		if err != nil {
			return r.last(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if found == nil {
			if found, err = findColumns(in.Columns(), f.Properties, r.options.Columns); err != nil {
				return r.located(err, f)
			}
		}
		if !r.take(f, found) {
			return r.faults.err()
		}
	}
}

// last ends the reading with a fault that spoils the rest of a file.
func (r *reading) last(err error) error {
	if fault, ok := errors.AsType[*format.Error](err); ok && len(r.faults.List) > 0 {
		r.faults.add(fault)
		r.faults.More = true
		return r.faults.err()
	}
	return err
}

func (r *reading) located(err error, f *format.Feature) error {
	file := r.files[len(r.files)-1].Name
	return format.Locate(err, file, "cannot use the file", adviceColumns).InFeature(f.Index, "")
}

// take judges a feature and keeps it as a unit. It is false when there are too
// many faults to go on.
func (r *reading) take(f *format.Feature, c *columns) bool {
	file := &r.files[len(r.files)-1]
	file.Features++
	u, fault := r.unitOf(f, c)
	if fault != nil {
		code, _ := f.Properties.Get(c.code)
		return r.faults.add(fault.InFeature(f.Index, clip(codeText(code))).InFile(file.Name))
	}
	r.units = append(r.units, u)
	r.byCode[u.code] = u
	return true
}

// drop leaves out the units that no says.
func (r *reading) drop(no func(*unit) bool) {
	r.units = slices.DeleteFunc(r.units, func(u *unit) bool {
		if !no(u) {
			return false
		}
		delete(r.byCode, u.code)
		r.files[u.file].Skipped++
		return true
	})
}

// unitOf makes a unit of a feature.
func (r *reading) unitOf(f *format.Feature, c *columns) (*unit, *format.Error) {
	u := &unit{file: len(r.files) - 1, index: f.Index}
	cell, _ := f.Properties.Get(c.code)
	var fault *format.Error
	if u.code, fault = parseCode(cell); fault != nil {
		return nil, fault
	}
	if u.name, fault = parseName(f.Properties.Text(c.name)); fault != nil {
		return nil, fault
	}
	if first := r.byCode[u.code]; first != nil {
		return nil, format.Fault(fmt.Sprintf("code %s stands a second time, first in %s", short(u.code), r.place(first)),
			"merge the two into one feature with a MultiPolygon, or correct one code")
	}
	var err error
	if u.is, err = history.Describe(u.code, u.name); err != nil {
		return nil, format.Fault("the unit cannot be described", adviceCode).Because(err)
	}
	if fault = u.readParent(f, c); fault == nil {
		fault = r.readDate(f, c)
	}
	if fault == nil && !r.options.WithoutGeometry {
		u.raw, fault = r.usable(f.Geometry)
	}
	return u, fault
}

// place names a unit's feature for messages.
func (r *reading) place(u *unit) string {
	return fmt.Sprintf("%s: feature[%d] %q", r.files[u.file].Name, u.index, short(u.code))
}

// blame places a fault at a unit's feature.
func (r *reading) blame(u *unit, problem, advice string) *format.Error {
	return format.Fault(problem, advice).InFeature(u.index, short(u.code)).InFile(r.files[u.file].Name)
}

// readParent reads the code of the unit above, which has to agree with the
// unit's own. Parents given by name, and the whole country (100000), are
// passed over.
func (u *unit) readParent(f *format.Feature, c *columns) *format.Error {
	cell, _ := f.Properties.Get(c.parent)
	text := codeText(cell)
	if c.parent == "" || text == "" || text == "0" || strings.HasPrefix(text, "10000") || strings.Trim(text, "0123456789") != "" {
		return nil
	}
	code, fault := parseCode(cell)
	if fault != nil {
		return fault
	}
	if !over(code, u.code) {
		return format.Fault(fmt.Sprintf("its superior is given as %s, but a code that begins otherwise than with %s does not belong there", short(code), stem(code)),
			"correct the code or the superior")
	}
	u.parent = code
	return nil
}

// readDate reads the day whose state the file shows, where it has a column for
// it.
func (r *reading) readDate(f *format.Feature, c *columns) *format.Error {
	text := strings.TrimSpace(f.Properties.Text(c.date))
	if c.date == "" || text == "" {
		return nil
	}
	text = strings.NewReplacer("/", "-", "年", "-", "月", "-", "日", "").Replace(text)
	day, err := registry.ParseDay(text)
	if err != nil {
		return format.Fault(fmt.Sprintf("column %q: %q is not a date", c.date, clip(text)), "write it as 2023-12-31")
	}
	if _, known := r.dated[day]; !known {
		r.dated[day] = fmt.Sprintf("%s: feature[%d]", r.files[len(r.files)-1].Name, f.Index)
	}
	return nil
}

// usable passes areas on, and the places of a table.
func (r *reading) usable(g orb.Geometry) (orb.Geometry, *format.Error) {
	switch g := g.(type) {
	case nil, orb.MultiPolygon:
		return g, nil
	case orb.Point:
		if r.table {
			return g, nil
		}
		return nil, format.Fault("a Point is not the area of a unit", "give it a Polygon or MultiPolygon, or no geometry at all")
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	default:
		return nil, format.Fault(fmt.Sprintf("a %s is not the area of a unit", g.GeoJSONType()), "give it a Polygon or MultiPolygon")
	}
}

// levels returns the finest level of the units, and of those with an area.
func (r *reading) levels() (finest, areal registry.Level) {
	for _, u := range r.units {
		finest = max(finest, u.is.Level)
		if _, ok := u.raw.(orb.MultiPolygon); ok {
			areal = max(areal, u.is.Level)
		}
	}
	return finest, areal
}
