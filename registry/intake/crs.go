package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/crs"
	"jieming/geo/format"
)

// Decision says in which coordinate system a file is, and why.
type Decision struct {
	Title   string   // the system, such as "EPSG:4490 (CGCS2000 longitude/latitude)"
	Reasons []string // sentences
	// Open is what the numbers do not show and nobody said: an import waits
	// until the user names the system. "" if nothing is open.
	Open string
	// Shift compares the lines with the stored boundaries, Verdict judges it;
	// Shift is nil where there is nothing to compare.
	Shift   *crs.Shift
	Verdict crs.Verdict

	guess crs.Guess
	asked bool // the user named the system
}

// china is where every vertex has to lie, in degrees.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

// decide finds out the coordinate system of a file from what the user and the
// file say, its places (points and vertices) and its lines, both in the file's
// coordinates. reference holds the stored boundaries, nil if there are none.
func decide(o Options, says format.Declared, places []orb.Point, lines []orb.LineString, reference *crs.Reference) (*Decision, *format.Error) {
	d := &Decision{}
	named, fault := d.named(o, says)
	if fault != nil {
		return nil, fault
	}
	guess, err := crs.Detect(places, named, reference)
	if err != nil {
		return nil, undecided(err)
	}
	d.guess, d.Title = guess, guess.CRS.Title()
	d.Reasons = append(d.Reasons, fmt.Sprintf("%d places of the file lie in China when read so", len(places)))
	if fault := d.axes(o, places[0]); fault != nil {
		return nil, fault
	}
	if fault := d.compare(lines, reference); fault != nil {
		return nil, fault
	}
	d.settle(len(lines) > 0)
	return d, nil
}

// named returns the system that the user or the file names, 0 if neither does.
func (d *Decision) named(o Options, says format.Declared) (crs.CRS, *format.Error) {
	if o.CRS != "" {
		d.asked = true
		named, err := crs.Parse(o.CRS)
		if err != nil {
			return 0, format.Fault(fmt.Sprintf("the coordinate system named with --crs %s", clip(o.CRS)), adviceCRS).Because(err)
		}
		d.Reasons = append(d.Reasons, "named with --crs")
		if says.Known() {
			d.Reasons = append(d.Reasons, fmt.Sprintf("which goes before what the file says (%s: %s)", says.Source, clip(says.Text)))
		}
		return named, nil
	}
	if !says.Known() {
		d.Reasons = append(d.Reasons, "the file names none")
		return 0, nil
	}
	named, err := parseDeclared(says)
	switch {
	case errors.Is(err, crs.ErrClassified):
		return 0, format.Fault("its "+says.Source+" cannot be taken", "").Because(err)
	case err != nil:
		return 0, format.Fault("its "+says.Source+" cannot be taken", adviceCRS).Because(err)
	}
	d.Reasons = append(d.Reasons, fmt.Sprintf("the file says so (%s)", says.Source))
	return named, nil
}

const adviceCRS = "name the system of the coordinates, such as --crs EPSG:4490, --crs GCJ-02 or --crs EPSG:4530, or convert the file to EPSG:4490"

// parseDeclared goes by the code, or else by the text.
func parseDeclared(says format.Declared) (crs.CRS, error) {
	if says.EPSG != 0 {
		named, err := crs.Parse(fmt.Sprintf("EPSG:%d", says.EPSG))
		if err == nil || errors.Is(err, crs.ErrClassified) || says.Text == "" {
			return named, err
		}
	}
	return crs.Parse(says.Text)
}

// undecided makes a fault of an answer that leaves a choice, with the flags to
// choose by.
func undecided(err error) *format.Error {
	ambiguous, ok := errors.AsType[*crs.AmbiguousError](err)
	if !ok {
		return format.Fault("the coordinate system cannot be found", adviceCRS).Because(err)
	}
	var flags []string
	for _, g := range ambiguous.Options {
		flags = append(flags, flagsOf(g))
	}
	if len(flags) == 0 {
		return format.Fault(ambiguous.Message, adviceCRS)
	}
	return format.Fault(ambiguous.Message, "choose "+strings.Join(flags, ", or "))
}

// flagsOf is how to name a reading on the command line.
func flagsOf(g crs.Guess) string {
	flags := "--crs " + g.CRS.String()
	if g.Swapped {
		flags += " --swap-axes"
	}
	if g.CRS == crs.CGCS2000 {
		flags += ", or --crs GCJ-02 if it comes from a web map"
	}
	return flags
}

// axes refuses swapped axes unless the user said so.
func (d *Decision) axes(o Options, example orb.Point) *format.Error {
	first, second := "latitude", "longitude"
	if !d.guess.CRS.Geographic() {
		first, second = "northing", "easting"
	}
	switch {
	case d.guess.Swapped && !o.SwapAxes:
		return format.Fault(fmt.Sprintf("the axes are swapped: %s stands first in (%v, %v)", first, example[0], example[1]),
			fmt.Sprintf("write %s first, or import with --swap-axes", second))
	case !d.guess.Swapped && o.SwapAxes:
		return format.Fault(fmt.Sprintf("the axes are not swapped: %s stands first in (%v, %v)", second, example[0], example[1]), "leave out --swap-axes")
	case d.guess.Swapped:
		d.Reasons = append(d.Reasons, first+" stands first, as --swap-axes says")
	}
	return nil
}

// compare looks for the shift of GCJ-02 against the stored boundaries. For a
// file that is said to be in GCJ-02 the lines are compared as they came.
func (d *Decision) compare(lines []orb.LineString, reference *crs.Reference) *format.Error {
	if len(lines) == 0 {
		return nil
	}
	if reference == nil {
		d.Reasons = append(d.Reasons, "the registry holds no boundaries to compare with")
		return nil
	}
	shift, verdict := crs.DetectGCJ02(d.inDegrees(lines), reference)
	d.Shift, d.Verdict = &shift, verdict
	d.Reasons = append(d.Reasons, "compared with the stored boundaries: "+describeShift(shift, verdict))
	taken := d.guess.CRS == crs.GCJ02
	switch {
	case verdict == crs.IsGCJ02 && !taken:
		advice := "import it with --crs GCJ-02, which takes the shift off, or get the data in CGCS2000"
		if !d.guess.CRS.Geographic() {
			advice = "convert the file to degrees and import it with --crs GCJ-02, or get the data in CGCS2000"
		}
		return format.Fault("the boundaries are shifted as in GCJ-02, whatever the file says ("+describeShift(shift, verdict)+")", advice)
	case verdict == crs.NotGCJ02 && taken:
		return format.Fault("the boundaries are not in GCJ-02 ("+describeShift(shift, verdict)+")", "leave out --crs GCJ-02, or name the right system")
	}
	return nil
}

func describeShift(s crs.Shift, v crs.Verdict) string {
	if s.Pairs == 0 {
		return "no stored line lies near"
	}
	text := fmt.Sprintf("%d places, median offset %.0f m, %.0f m once the GCJ-02 shift is taken off", s.Pairs, s.MedianOffsetBeforeM, s.MedianOffsetAfterM)
	if s.K == s.K {
		text = fmt.Sprintf("k = %.2f ± %.2f, ", s.K, s.CI) + text
	}
	return text + ": " + v.String()
}

// inDegrees converts lines as if they were not in GCJ-02.
func (d *Decision) inDegrees(lines []orb.LineString) []orb.LineString {
	g := d.guess
	if g.CRS == crs.GCJ02 {
		g.CRS = crs.CGCS2000
	}
	out := make([]orb.LineString, 0, len(lines))
	for _, line := range lines {
		converted := make(orb.LineString, 0, len(line))
		for _, p := range line {
			if q, err := g.ToLonLat(p); err == nil { // a vertex out of place is told when it is converted
				converted = append(converted, q)
			}
		}
		out = append(out, converted)
	}
	return out
}

// settle decides what stays open. A file that nobody vouches for has to be
// vouched for by the stored boundaries; of points nothing is stored.
func (d *Decision) settle(lines bool) {
	for _, a := range d.guess.Assumptions {
		switch {
		case d.asked || !lines:
		case a == crs.AssumesZone:
			d.Reasons = append(d.Reasons, a.String())
		case a == crs.AssumesNoGCJ02 && d.Verdict == crs.NotGCJ02:
		default:
			d.Open = fmt.Sprintf("it looks like %s, but %s: say %s", d.guess, a, flagsOf(d.guess))
		}
	}
}

// convert brings an area to CGCS2000 longitude and latitude.
func (d *Decision) convert(area orb.MultiPolygon) (orb.MultiPolygon, *format.Error) {
	out := make(orb.MultiPolygon, len(area))
	for i, polygon := range area {
		out[i] = make(orb.Polygon, len(polygon))
		for j, ring := range polygon {
			out[i][j] = make(orb.Ring, len(ring))
			for k, p := range ring {
				q, fault := d.place(p)
				if fault != nil {
					return nil, fault.At(i, j, k)
				}
				out[i][j][k] = q
			}
		}
	}
	return out, nil
}

func (d *Decision) place(p orb.Point) (orb.Point, *format.Error) {
	q, err := d.guess.ToLonLat(p)
	if err == nil && !china.Contains(q) {
		err = fmt.Errorf("(%.9g, %.9g) is longitude %.6f, latitude %.6f", p[0], p[1], q[0], q[1])
	}
	if err != nil {
		return q, format.Fault("the vertex lies outside China", "correct or remove the vertex, or name the right system with --crs").Because(err)
	}
	return q, nil
}

// locate decides the coordinate system of every file and converts the areas.
func (r *reading) locate(reference *crs.Reference) error {
	for i := range r.files {
		places, lines := r.geometryOf(i)
		if len(places) == 0 {
			continue
		}
		d, fault := decide(r.options, r.declared[i], places, lines, reference)
		if fault != nil {
			return fault.InFile(r.files[i].Name)
		}
		r.files[i].CRS = d
	}
	for _, u := range r.units {
		area, ok := u.raw.(orb.MultiPolygon)
		if !ok {
			continue
		}
		var fault *format.Error
		if u.area, fault = r.files[u.file].CRS.convert(area); fault != nil {
			if !r.faults.add(fault.InFeature(u.index, short(u.code)).InFile(r.files[u.file].Name)) {
				break
			}
		}
	}
	return r.faults.err()
}

// geometryOf gathers the places and the rings of a file.
func (r *reading) geometryOf(file int) (places []orb.Point, lines []orb.LineString) {
	for _, u := range r.units {
		if u.file != file {
			continue
		}
		switch g := u.raw.(type) {
		case orb.Point:
			places = append(places, g)
		case orb.MultiPolygon:
			for _, polygon := range g {
				for _, ring := range polygon {
					places = append(places, ring...)
					lines = append(lines, orb.LineString(ring))
				}
			}
		}
	}
	return places, lines
}
