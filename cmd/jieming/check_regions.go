package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/crs"
	"jieming/geo/format"
	"jieming/geo/format/open"
)

// regionFiles gathers the regions of files, in CGCS2000 longitude and latitude.
type regionFiles struct {
	options                format.Options
	crs                    string // "" to find out
	codeColumn, nameColumn string // "" for the usual ones

	regions    []coverage.Region
	properties []format.Properties // of each region
	notes      []string
	where      map[string]string // the place of each id
}

// faultsTold is how many faults of a file are told at once.
const faultsTold = 20

// read adds a file. Its faults come together in one error, each located.
func (s *regionFiles) read(ctx context.Context, name string, shown Progress) error {
	r, err := open.File(name, format.Limits{}, s.options)
	if err != nil {
		return err
	}
	defer r.Close()
	first := len(s.regions)
	if err := s.features(ctx, name, r, shown); err != nil {
		return err
	}
	if len(s.regions) == first {
		return format.Fault("the file has no feature", "give it a polygon for each unit").InFile(name)
	}
	for _, n := range r.Notes() {
		s.notes = append(s.notes, fmt.Sprintf("%s: %s", filepath.Base(name), n.Text))
	}
	return s.convert(name, r.CRS(), s.regions[first:])
}

func (s *regionFiles) features(ctx context.Context, name string, r format.Reader, shown Progress) error {
	var faults []error
	for len(faults) < faultsTold {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			shown.Advance(1)
			err = s.add(name, f)
		}
		if err == nil {
			continue
		}
		faults = append(faults, err)
		if fault, ok := errors.AsType[*format.Error](err); !ok || !fault.Recoverable {
			break
		}
	}
	return errors.Join(faults...)
}

// add takes a feature as a region.
func (s *regionFiles) add(name string, f *format.Feature) error {
	id := column(f.Properties, s.codeColumn, "code", "adcode", "行政区划代码", "区划代码", "xzqdm", "xzqhdm", "pac", "代码", "id")
	if id == "" && s.codeColumn == "" {
		id = f.ID
	}
	if id == "" {
		return format.Fault("the feature has no code that a report could name it by", "name the column that holds it with --code-column").
			InFeature(f.Index, f.ID).InFile(name).Skippable()
	}
	here := fmt.Sprintf("feature[%d] of %s", f.Index, filepath.Base(name))
	if at, twice := s.where[id]; twice {
		return format.Fault(fmt.Sprintf("the code %s is that of %s, too", id, at), "merge the two into one MultiPolygon, correct one code, or name another column with --code-column").
			InFeature(f.Index, id).InFile(name).Skippable()
	}
	region := coverage.Region{ID: id, Name: column(f.Properties, s.nameColumn, "name", "行政区划名称", "区划名称", "xzqmc", "xzqhmc", "名称")}
	switch g := f.Geometry.(type) {
	case nil:
	case orb.Polygon:
		region.Geometry = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		region.Geometry = g
	default:
		return format.Fault(fmt.Sprintf("the feature is a %s and no area", g.GeoJSONType()), "give a Polygon or MultiPolygon for each unit").
			InFeature(f.Index, id).InFile(name).Skippable()
	}
	if s.where == nil {
		s.where = make(map[string]string)
	}
	s.where[id] = here
	s.regions, s.properties = append(s.regions, region), append(s.properties, f.Properties)
	return nil
}

// column is the text of the first property that has one of these names, in
// either case, and a value; only the given name counts if there is one.
func column(p format.Properties, given string, usual ...string) string {
	if given != "" {
		usual = []string{given}
	}
	for _, name := range usual {
		for have := range p.All() {
			if text := p.Text(have); strings.EqualFold(have, name) && text != "" {
				return text
			}
		}
	}
	return ""
}

// convert brings the regions of a file to longitude and latitude.
func (s *regionFiles) convert(name string, declared format.Declared, regions []coverage.Region) error {
	guess, err := s.system(declared, regions)
	if err != nil {
		return format.Fault("coordinate system of the file is not clear", "name it with --crs, such as --crs EPSG:4490").Because(err).InFile(name)
	}
	for _, a := range guess.Assumptions {
		if a != crs.AssumesNoGCJ02 { // a shift of all lines alike moves no fault into being
			s.notes = append(s.notes, fmt.Sprintf("%s: read as %v: %v", filepath.Base(name), guess, a))
		}
	}
	if !guess.Swapped && (guess.CRS == crs.CGCS2000 || guess.CRS == crs.WGS84) {
		return nil
	}
	s.notes = append(s.notes, fmt.Sprintf("%s: read as %v", filepath.Base(name), guess))
	for i := range regions {
		if err := convertRings(regions[i].Geometry, guess); err != nil {
			fault := format.Fault("coordinate does not belong to "+guess.String(), "correct it, or name the right system with --crs")
			return fault.Because(err).InFeature(i, regions[i].ID).InFile(name)
		}
	}
	return nil
}

func convertRings(g orb.MultiPolygon, guess crs.Guess) (err error) {
	for _, polygon := range g {
		for _, ring := range polygon {
			for k := range ring {
				if ring[k], err = guess.ToLonLat(ring[k]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// system finds out the coordinate system. What the user names counts for more
// than what the file says, and for degrees more than what its numbers say:
// vertices off the globe are then faults of their rings.
func (s *regionFiles) system(declared format.Declared, regions []coverage.Region) (crs.Guess, error) {
	definition := s.crs
	if definition == "" {
		definition = declared.Text
		if declared.EPSG != 0 {
			definition = fmt.Sprintf("EPSG:%d", declared.EPSG)
		}
	}
	var named crs.CRS
	if definition != "" {
		var err error
		if named, err = crs.Parse(definition); err != nil {
			return crs.Guess{}, err
		}
	}
	sample := sampleOf(regions)
	if len(sample) == 0 {
		return crs.Guess{CRS: crs.CGCS2000}, nil
	}
	guess, err := crs.Detect(sample, named, nil)
	if err != nil && s.crs != "" && named.Geographic() {
		return crs.Guess{CRS: named}, nil
	}
	return guess, err
}

// sampleOf takes a vertex of every ring, and of long ones one in a hundred.
func sampleOf(regions []coverage.Region) []orb.Point {
	var sample []orb.Point
	for _, r := range regions {
		for _, polygon := range r.Geometry {
			for _, ring := range polygon {
				for k := 0; k < len(ring); k += 100 {
					sample = append(sample, ring[k])
				}
			}
		}
	}
	return sample
}
