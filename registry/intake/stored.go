package intake

import (
	"context"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"jieming/geo/coverage"
	"jieming/geo/crs"
	"jieming/registry"
)

// Registry is what an import asks of the registry. *postgres.Store has it.
type Registry interface {
	// Latest returns the newest log entry, 0 if there is none.
	Latest(ctx context.Context) (registry.Seq, error)
	// LoadedAs returns the log entry that loaded a data set, 0 if none did.
	LoadedAs(ctx context.Context, digest [32]byte) (registry.Seq, error)
	// Units streams the units of a query.
	Units(ctx context.Context, q registry.UnitQuery, yield func(*registry.Unit) error) error
	// IssuedCodes returns those of the codes (12 digits) that anybody ever bore.
	IssuedCodes(ctx context.Context, codes []string) ([]registry.IssuedCode, error)
}

// state is what the registry holds, as far as the files touch it.
type state struct {
	on     registry.Day // of comparison
	from   registry.Day // from which new units are to be valid
	today  map[string]*registry.Unit
	begin  map[string]*registry.Unit            // on the day from
	areas  map[registry.Level][]coverage.Region // on the day on, by short code
	issued map[string]registry.IssuedCode       // of codes that nobody bears on the day on
}

// covered tells whether the registry holds any area.
func (s *state) covered() bool { return len(s.areas) > 0 }

// readState reads the units of all levels down to finest, with the areas down
// to areal, as they are on one day and, without areas, on the day from.
func readState(ctx context.Context, r Registry, finest, areal registry.Level, on, from registry.Day) (*state, error) {
	latest, err := r.Latest(ctx)
	if err != nil {
		return nil, err
	}
	s := &state{on: on, from: from, areas: map[registry.Level][]coverage.Region{}, issued: map[string]registry.IssuedCode{}}
	finest = max(finest, registry.LevelCounty) // to see whether there is a coverage
	if areal > 0 {
		areal = max(areal, registry.LevelCounty) // to compare lines with
	}
	at := registry.Instant{Valid: on, Recorded: latest}
	if s.today, err = s.readUnits(ctx, r, at, finest, areal); err != nil {
		return nil, fmt.Errorf("reading the units of %s: %w", on, err)
	}
	s.begin = s.today
	if from != on {
		at.Valid = from
		if s.begin, err = s.readUnits(ctx, r, at, finest, 0); err != nil {
			return nil, fmt.Errorf("reading the units of %s: %w", from, err)
		}
	}
	return s, nil
}

func (s *state) readUnits(ctx context.Context, r Registry, at registry.Instant, finest, areal registry.Level) (map[string]*registry.Unit, error) {
	units := map[string]*registry.Unit{}
	for level := registry.LevelProvince; level <= finest; level++ {
		q := registry.UnitQuery{At: at, Level: level, Geometry: level <= areal && level <= registry.LevelTownship}
		err := r.Units(ctx, q, func(u *registry.Unit) error {
			if u.Areal && at.Valid == s.on {
				if err := s.addArea(u); err != nil {
					return err
				}
			}
			kept := *u
			kept.WKB = nil // the store takes it back
			units[u.Code] = &kept
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return units, nil
}

// addArea keeps the area of a unit that is compared with; one that was not
// asked for counts all the same.
func (s *state) addArea(u *registry.Unit) error {
	region := coverage.Region{ID: short(u.Code), Name: u.Name}
	if u.Code == "" {
		region.ID = fmt.Sprintf("unit %d", u.ID)
	}
	if len(u.WKB) > 0 {
		g, _, err := ewkb.Unmarshal(u.WKB)
		if err != nil {
			return fmt.Errorf("area of unit %s: %w", u.Code, err)
		}
		area, ok := g.(orb.MultiPolygon)
		if !ok {
			return fmt.Errorf("area of unit %s: it is a %s", u.Code, g.GeoJSONType())
		}
		region.Geometry = area
	}
	s.areas[u.Level] = append(s.areas[u.Level], region)
	return nil
}

// reference indexes the stored boundaries of the finest level down to the
// county; nil if there are none.
func (s *state) reference() *crs.Reference {
	for level := registry.LevelCounty; level >= registry.LevelProvince; level-- {
		var lines []orb.LineString
		for _, region := range s.areas[level] {
			lines = append(lines, rings(region.Geometry)...)
		}
		if len(lines) > 0 {
			return crs.NewReference(lines)
		}
	}
	return nil
}

func rings(area orb.MultiPolygon) (lines []orb.LineString) {
	for _, polygon := range area {
		for _, ring := range polygon {
			lines = append(lines, orb.LineString(ring))
		}
	}
	return lines
}

// readIssued asks for the past of codes that nobody bears today.
func (s *state) readIssued(ctx context.Context, r Registry, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	issued, err := r.IssuedCodes(ctx, codes)
	for _, c := range issued {
		s.issued[c.Code] = c
	}
	return err
}
