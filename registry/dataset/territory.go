package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/coverage"
	"jieming/geo/format"
)

// territory is the coverage of the counties with what lies beyond it.
type territory struct {
	counties []county // in order of the file
	coverage *coverage.Coverage
	faults   []coverage.Fault // that block nothing
	beyond   []string         // names of the outside units, neighbours before countries
	borders  []border
}

// border is an arc between two faces of the territory. Sides are faces of the
// coverage for i >= 0, else ^i is a place in territory.beyond.
type border struct {
	line        []geo.Point
	left, right int
}

// readTerritory reads both boundary files and builds the coverage.
func (w *witness) readTerritory(ctx context.Context, m *Manifest, tell progress) (*territory, error) {
	counties, err := w.readCounties(m.Counties)
	if err != nil {
		return nil, err
	}
	tell("read counties", 1, 2)
	around, err := w.readCounties(m.Outside)
	if err != nil {
		return nil, err
	}
	tell("read counties", 2, 2)
	regions, err := m.regions(counties, around)
	if err != nil {
		return nil, err
	}
	c, report, err := coverage.Build(ctx, regions, coverage.Options{})
	if errors.Is(err, coverage.ErrFaults) {
		return nil, format.Fault(firstFault(report), "check the file with its owner, or repair it by way of import").
			Because(err).InFile(m.Counties + " with " + m.Outside)
	}
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", m.Counties, m.Outside, err)
	}
	tell("build the coverage", 1, 1)
	t := &territory{counties: counties, coverage: c, faults: inside(report.Faults, counties)}
	return t, t.findBorders(m)
}

// firstFault describes the first fault that blocks, with its place.
func firstFault(r *coverage.Report) string {
	blocking := slices.DeleteFunc(slices.Clone(r.Faults), func(f coverage.Fault) bool { return !f.Blocking })
	f := blocking[0]
	return fmt.Sprintf("the polygons don't fit together in %d places; the first is a %s at lon %.7f, lat %.7f (%s, %.2f m²): %s",
		len(blocking), f.Kind, f.At[0], f.At[1], strings.Join(f.Regions, ", "), f.AreaM2, f.Message)
}

// inside keeps the faults that concern a county of ours.
func inside(faults []coverage.Fault, counties []county) []coverage.Fault {
	ours := make(map[string]bool, len(counties))
	for _, c := range counties {
		ours[c.code] = true
	}
	return slices.DeleteFunc(slices.Clone(faults), func(f coverage.Fault) bool {
		return !slices.ContainsFunc(f.Regions, func(id string) bool { return ours[id] })
	})
}

// regions makes coverage regions of the counties and of those around them,
// which are grouped by neighbouring province.
func (m *Manifest) regions(counties, around []county) ([]coverage.Region, error) {
	regions := make([]coverage.Region, 0, len(counties)+len(around))
	for i, c := range counties {
		if c.code[:2] != m.Province[:2] {
			return nil, format.Fault(fmt.Sprintf("code %s is not one of province %s", c.code, m.Province),
				"move the feature to the file of the outside").InFeature(i, c.code).InFile(m.Counties)
		}
		regions = append(regions, coverage.Region{ID: c.code, Name: c.name, Geometry: c.area})
	}
	for i, c := range around {
		if c.code[:2] == m.Province[:2] {
			continue
		}
		n, ok := m.neighbour(c.code)
		if !ok {
			return nil, format.Fault(fmt.Sprintf("code %s belongs to no neighbour that the manifest names", c.code),
				"add the province to neighbours, or take the feature out").InFeature(i, c.code).InFile(m.Outside)
		}
		regions = append(regions, coverage.Region{ID: c.code, Name: c.name, Geometry: c.area, Side: n.Name})
	}
	return regions, nil
}

// findBorders takes the arcs of the coverage and names what lies beyond those
// of the national border.
func (t *territory) findBorders(m *Manifest) error {
	for _, n := range m.Neighbours {
		t.beyond = append(t.beyond, n.Name)
	}
	var frontier [][]geo.Point
	var faces []int
	for _, a := range t.coverage.Arcs {
		b := border{line: a.Line, left: t.side(a.Left), right: t.side(a.Right)}
		switch nobody := ^len(m.Neighbours); {
		case b.right == nobody:
			frontier, faces = append(frontier, b.line), append(faces, b.left)
		case b.left == nobody:
			line := slices.Clone(b.line)
			slices.Reverse(line)
			frontier, faces = append(frontier, line), append(faces, b.right)
		default:
			t.borders = append(t.borders, b)
		}
	}
	return t.addFrontier(m, frontier, faces)
}

// side turns a side of an arc into one of a border. What is nobody's gets the
// place after the neighbours, until addFrontier knows better.
func (t *territory) side(f coverage.FaceIndex) int {
	i, out := f.Outside()
	if !out {
		return int(f)
	}
	if n := slices.Index(t.beyond, t.coverage.Outsides[i]); n >= 0 {
		return ^n
	}
	return ^len(t.beyond)
}

// addFrontier adds the national border, cut where one country follows another.
// faces[i] is the face on the left of arc i.
func (t *territory) addFrontier(m *Manifest, arcs [][]geo.Point, faces []int) error {
	pieces, err := m.stretches(arcs)
	if err != nil {
		return err
	}
	first := len(t.beyond)
	for _, s := range m.NationalBorder {
		t.beyond = append(t.beyond, s.Country)
	}
	for _, p := range pieces {
		t.borders = append(t.borders, border{p.line, faces[p.of], ^(first + p.country)})
	}
	return nil
}

// holders returns the code of the county that holds each face.
func (t *territory) holders() []string {
	codes := make([]string, len(t.coverage.Faces))
	for i := range codes {
		codes[i] = t.coverage.ByUnit(i)
	}
	return codes
}

// areas returns the polygons of the counties by code.
func (t *territory) areas() map[string]orb.MultiPolygon {
	return t.coverage.Polygons(t.coverage.ByUnit)
}
