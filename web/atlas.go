package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"sort"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/web/sheet"
)

// tolerance is how far simplification may move a border on a drawn map, as a
// share of its width: half a pixel on the widest map of a page.
const tolerance = 0.0005

// epoch is a stretch of days between changes, on each of which the map of the
// counties is the same.
type epoch struct {
	Days  []registry.DayOfChange // all days of change
	Start registry.Day           // the day that stands for the epoch
	Prev  *registry.DayOfChange  // the change before the day asked for; nil if none
	On    *registry.DayOfChange  // the change on that day; nil if none
	Next  *registry.DayOfChange  // the change after it
	Began registry.Day           // the first day on record; NoStart if there is none
}

// epochOf finds the changes around the day of a view.
func (s *site) epochOf(ctx context.Context, v *View) (*epoch, error) {
	days, err := s.dayChanges(ctx, v.At.Recorded)
	if err != nil {
		return nil, err
	}
	e := &epoch{Start: v.Day, Began: registry.NoStart}
	if len(days) > 0 {
		e.Began = days[0].On
	}
	days = withoutLoads(days)
	e.Days = days
	after := sort.Search(len(days), func(i int) bool { return days[i].On > v.Day })
	if after < len(days) {
		e.Next = &days[after]
	}
	if after == 0 {
		return e, nil
	}
	e.Start = days[after-1].On
	if e.Start != v.Day {
		e.Prev = &days[after-1]
		return e, nil
	}
	e.On = &days[after-1]
	if after > 1 {
		e.Prev = &days[after-2]
	}
	return e, nil
}

// announced reports whether a change begins after today, up to the day.
func (e *epoch) announced(today registry.Day) bool {
	return e.On != nil && e.On.On > today || e.On == nil && e.Prev != nil && e.Prev.On > today
}

// dayChanges are all days on which units of the county level and above changed.
func (s *site) dayChanges(ctx context.Context, recorded registry.Seq) ([]registry.DayOfChange, error) {
	return s.changes.get(recorded, func() ([]registry.DayOfChange, error) {
		return s.reg.Changes(ctx, registry.LevelCounty, recorded)
	})
}

// withoutLoads leaves out first loads: they changed what we know, not what was.
func withoutLoads(days []registry.DayOfChange) []registry.DayOfChange {
	var out []registry.DayOfChange
	for _, day := range days {
		events := slices.DeleteFunc(slices.Clone(day.Events), func(e registry.EventRecord) bool {
			return e.Class == registry.BaselineAct
		})
		if len(events) > 0 {
			out = append(out, registry.DayOfChange{On: day.On, Events: events})
		}
	}
	return out
}

// atlas is what the map of the counties shows on the days of an epoch.
type atlas struct {
	Province    *registry.Unit // nil if none is known on the day
	Prefectures []registry.Unit
	Counties    []registry.Unit
	Unrefined   []registry.Unrefined
	Neighbours  []sheet.Name // names of who lies beyond the border
	Net         *sheet.Net
	Bound       orb.Bound // lon lat degrees; empty without areas
}

// drawnAt is what a drawn map is kept by: an instant, and the layers that were
// stopped when it was drawn.
type drawnAt struct {
	registry.Instant
	stopped string
}

func (s *site) drawnAt(at registry.Instant) drawnAt { return drawnAt{at, s.stops().String()} }

// atlasOf returns the atlas of an epoch, from memory if it was asked for
// before: what was so on a day as known at a log entry does not change.
func (s *site) atlasOf(ctx context.Context, at registry.Instant) (*atlas, error) {
	return s.atlases.get(s.drawnAt(at), func() (*atlas, error) {
		return s.readAtlas(ctx, at, tolerance, func(orb.Bound) sheet.Projection { return sheet.Mercator() })
	})
}

// atlasOn returns the atlas of the day of a view.
func (s *site) atlasOn(ctx context.Context, v *View) (*atlas, error) {
	e, err := s.epochOf(ctx, v)
	if err != nil {
		return nil, err
	}
	return s.atlasOf(ctx, registry.Instant{Valid: e.Start, Recorded: v.At.Recorded})
}

// mapOf returns the atlas of an epoch in the tints of the latest one, so that
// a prefecture keeps its colour through time.
func (s *site) mapOf(ctx context.Context, e *epoch, recorded registry.Seq) (*atlas, error) {
	a, err := s.atlasOf(ctx, registry.Instant{Valid: e.Start, Recorded: recorded})
	if err != nil {
		return nil, err
	}
	latest, err := s.latestAtlas(ctx, e, recorded)
	if err != nil {
		return nil, err
	}
	return a.tinted(latest), nil
}

// latestAtlas returns the atlas after the last change.
func (s *site) latestAtlas(ctx context.Context, e *epoch, recorded registry.Seq) (*atlas, error) {
	day := e.Start
	if n := len(e.Days); n > 0 {
		day = e.Days[n-1].On
	}
	return s.atlasOf(ctx, registry.Instant{Valid: day, Recorded: recorded})
}

// tinted returns the atlas in the tints of another one.
func (a *atlas) tinted(like *atlas) *atlas {
	out := *a
	out.Net = a.Net.Tinted(like.Net.TintOf())
	return &out
}

// readAtlas reads the map of an instant. Simplification may move a border by a
// share of the width of the map; plane is asked for the projection.
func (s *site) readAtlas(ctx context.Context, at registry.Instant, tolerance float64, plane func(orb.Bound) sheet.Projection) (*atlas, error) {
	return s.readAtlasWith(ctx, at, tolerance, plane, nil)
}

// readAtlasWith is readAtlas with the areas of some counties instead of those of
// the instant; nil for one that has none.
func (s *site) readAtlasWith(ctx context.Context, at registry.Instant, tolerance float64, plane func(orb.Bound) sheet.Projection, instead map[registry.UnitID]*sheet.Region) (*atlas, error) {
	a := &atlas{}
	var regions []sheet.Region
	err := s.units(ctx, at, registry.LevelProvince, false, func(u *registry.Unit) error {
		a.Province = u
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.units(ctx, at, registry.LevelPrefecture, false, func(u *registry.Unit) error {
		a.Prefectures = append(a.Prefectures, *u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if regions, err = s.countyRegions(ctx, at, a); err != nil {
		return nil, err
	}
	regions = replaced(regions, instead)
	if regions, err = s.unrefinedRegions(ctx, at, a, regions); err != nil {
		return nil, err
	}
	outer, err := s.outerBorders(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("reading the outer borders: %w", err)
	}
	sortByCode(a.Prefectures)
	sortByCode(a.Counties)
	for i, r := range regions {
		if a.Bound = a.Bound.Union(r.Polygons.Bound()); i == 0 {
			a.Bound = r.Polygons.Bound()
		}
	}
	a.Net = sheet.NewNet(regions, outer.domestic, tolerance, plane(a.Bound))
	a.Neighbours = outer.neighbours(regions, a.Bound)
	return a, nil
}

// replaced puts regions in the place of those of the same units, and adds those
// that are new.
func replaced(regions []sheet.Region, instead map[registry.UnitID]*sheet.Region) []sheet.Region {
	if len(instead) == 0 {
		return regions
	}
	regions = slices.DeleteFunc(regions, func(r sheet.Region) bool { _, gone := instead[registry.UnitID(r.ID)]; return gone })
	for _, id := range slices.Sorted(maps.Keys(instead)) {
		if r := instead[id]; r != nil {
			regions = append(regions, *r)
		}
	}
	return regions
}

func (s *site) units(ctx context.Context, at registry.Instant, level registry.Level, geometry bool, yield func(*registry.Unit) error) error {
	return s.reg.Units(ctx, registry.UnitQuery{At: at, Level: level, Geometry: geometry}, func(u *registry.Unit) error {
		if u.Level != level {
			return nil
		}
		mine := *u
		return yield(&mine)
	})
}

func sortByCode(units []registry.Unit) {
	slices.SortFunc(units, func(a, b registry.Unit) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})
}

// parent is the unit above in the tree that tiles: the custodian if there is
// one, else the superior.
func parent(u *registry.Unit) *registry.UnitRef {
	if u.Custodian != nil {
		return u.Custodian
	}
	return u.Superior
}

// groupOf is the id of the prefecture a county belongs to, or of the province
// for a county without one.
func groupOf(u *registry.Unit) int64 {
	if p := parent(u); p != nil {
		return int64(p.ID)
	}
	return int64(u.ID)
}

// isBare reports whether a county belongs to no prefecture; the live map gives
// tints to prefectures only.
func isBare(u *registry.Unit) bool {
	p := parent(u)
	return p == nil || p.Level != registry.LevelPrefecture
}

func (s *site) countyRegions(ctx context.Context, at registry.Instant, a *atlas) ([]sheet.Region, error) {
	var regions []sheet.Region
	err := s.units(ctx, at, registry.LevelCounty, true, func(u *registry.Unit) error {
		shape, err := polygons(u.WKB)
		if err != nil {
			return fmt.Errorf("reading the area of unit %d: %w", u.ID, err)
		}
		u.WKB = nil
		a.Counties = append(a.Counties, *u)
		if shape != nil {
			regions = append(regions, sheet.Region{
				ID: int64(u.ID), Group: groupOf(u), Bare: isBare(u), Name: u.Name, Known: true, Label: u.Label, Polygons: shape,
			})
		}
		return nil
	})
	return regions, err
}

func (s *site) unrefinedRegions(ctx context.Context, at registry.Instant, a *atlas, regions []sheet.Region) ([]sheet.Region, error) {
	err := s.reg.Unrefined(ctx, at, registry.LevelCounty, true, func(u *registry.Unrefined) error {
		shape, err := polygons(u.WKB)
		if err != nil {
			return fmt.Errorf("reading the unrefined area of unit %d: %w", u.Holder.ID, err)
		}
		mine := *u
		mine.WKB = nil
		a.Unrefined = append(a.Unrefined, mine)
		regions = append(regions, sheet.Region{
			ID: int64(u.Holder.ID), Group: int64(u.Holder.ID), Bare: u.Holder.Level != registry.LevelPrefecture, Name: u.Holder.Name, Label: u.Label, Polygons: shape,
		})
		return nil
	})
	return regions, err
}

// polygons decodes an area; nil bytes are no area.
func polygons(data []byte) (orb.MultiPolygon, error) {
	if data == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case orb.MultiPolygon:
		return g, nil
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	}
	return nil, fmt.Errorf("a %s is not an area", g.GeoJSONType())
}

// lines decodes a course; nil bytes are no course.
func lines(data []byte) ([]orb.LineString, error) {
	if data == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case orb.MultiLineString:
		return g, nil
	case orb.LineString:
		return []orb.LineString{g}, nil
	}
	return nil, fmt.Errorf("a %s is not a course", g.GeoJSONType())
}

// UnrefinedM2 is how much of the map is not known county by county.
func (a *atlas) UnrefinedM2() (sum float64) {
	for _, u := range a.Unrefined {
		sum += u.AreaM2
	}
	return sum
}

// draw writes the atlas as SVG.
func (a *atlas) draw(s sheet.Sheet, v *View) (template.HTML, error) {
	var out bytes.Buffer
	s.Reading = v.romanOf
	net := a.Net.Linked(func(r sheet.Region) string {
		return v.UnitLink(registry.UnitID(r.ID))
	}, func(r sheet.Region) string {
		if r.Known {
			return v.named(r.Name)
		}
		return v.text("map.unknown.in", "holder", v.named(r.Name))
	})
	if err := net.WriteSVG(&out, s); err != nil {
		return "", fmt.Errorf("drawing map: %w", err)
	}
	return template.HTML(out.String()), nil // written by sheet, which escapes every name
}

// names are the large names of the map: the prefectures'.
func (a *atlas) names() []sheet.Name {
	var out []sheet.Name
	for _, p := range a.Prefectures {
		if p.Areal {
			out = append(out, sheet.Name{Text: p.Name, Point: p.Label})
		}
	}
	return out
}

// group is a prefecture with its counties, for the directory.
type group struct {
	Head     registry.UnitRef
	Areal    bool
	Counties []registry.Unit
	Tally    []tally
	Unknown  bool // part of it is not known county by county
}

// tally counts the units of a type.
type tally struct {
	Type registry.UnitType
	N    int
}

// groups lists the counties by prefecture, in order of code; those without a
// prefecture come last, under the province.
func (a *atlas) groups() []group {
	var out []group
	at := map[registry.UnitID]int{}
	add := func(head registry.UnitRef) int {
		i, ok := at[head.ID]
		if !ok {
			i = len(out)
			at[head.ID] = i
			out = append(out, group{Head: head})
		}
		return i
	}
	for _, p := range a.Prefectures {
		add(p.UnitRef)
	}
	for _, c := range a.Counties {
		if p := parent(&c); p != nil {
			i := add(*p)
			out[i].Counties = append(out[i].Counties, c)
		}
	}
	for _, u := range a.Unrefined {
		out[add(u.Holder)].Unknown = true
	}
	for i := range out {
		out[i].Tally = count(out[i].Counties)
	}
	return out
}

// count tallies units by type in the order in which the law lists the types.
func count(units []registry.Unit) []tally {
	var out []tally
	for _, t := range countyTypes {
		n := 0
		for _, u := range units {
			if u.Type == t {
				n++
			}
		}
		if n > 0 {
			out = append(out, tally{Type: t, N: n})
		}
	}
	return out
}

var countyTypes = []registry.UnitType{
	registry.District, registry.CountyCity, registry.County, registry.AutoCounty, registry.Banner,
	registry.AutoBanner, registry.ForestArea, registry.SpecialArea, registry.UnknownUnitType,
}

// tints is the tint of each prefecture, as JSON for the map island.
func (a *atlas) tints() map[string]int {
	out := map[string]int{}
	for group, tint := range a.Net.TintOf() {
		out[strconv.FormatInt(group, 10)] = tint
	}
	return out
}
