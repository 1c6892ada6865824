package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/web/sheet"
)

// mapWidth is the width of the drawn map on the map page, in CSS pixels.
const mapWidth = 1000

// mapPage is the data of the page "map".
type mapPage struct {
	Panel   *panel
	Drawn   template.HTML // shown until the island has drawn, and without it
	Island  island
	Ticks   []tick
	Decades []tick
	Now     tick // where the day shown stands on the axis
	First   int  // the first and the last year of the axis
	Last    int
}

// island is what the map island must know.
type island struct {
	Tiles   string
	Bounds  string // west,south,east,north
	Script  string // address of the map library; "" if it was not built
	Days    []string
	Changed []int // how many events on each of Days
}

// tick is a mark on the time axis.
type tick struct {
	X    string // percent of the axis
	Text string
	Size int // 1 to 4: how much changed
	Day  registry.Day
}

// panel is the data of the panel beside the map; it is also sent alone, when
// the island has changed what is shown.
type panel struct {
	Epoch    *epoch
	Atlas    *atlas
	Groups   []group
	Changes  []change // on the day itself, else at the change before it
	Here     *here
	Selected *registry.Unit
	Bounds   string          // of the selected unit
	Absent   registry.UnitID // the unit asked for, if it doesn't exist on the day
	Tints    map[string]int
	Known    bool // some unit is known on the day
}

// here is the answer to "what is here".
type here struct {
	Point orb.Point
	Found []registry.Whereabouts
}

func (s *site) showMap(r *http.Request, v *View) (*answer, error) {
	p, err := s.readPanel(r, v)
	if err != nil {
		return nil, err
	}
	chosen := map[int64]bool(nil)
	if p.Selected != nil {
		chosen = map[int64]bool{int64(p.Selected.ID): true}
	}
	drawn, err := p.Atlas.draw(sheet.Sheet{
		Width: mapWidth, Title: v.text("map.title.on", "date", v.day(v.Day)), Names: p.Atlas.names(),
		Labelled: true, Framed: true, Mark: p.mark(), Chosen: chosen,
	}, v)
	if err != nil {
		return nil, err
	}
	m := mapPage{Panel: p, Drawn: drawn, Island: s.island(p)}
	m.axis(p.Epoch, v)
	return &answer{page: "map", data: m}, nil
}

func (s *site) showPanel(r *http.Request, v *View) (*answer, error) {
	p, err := s.readPanel(r, v)
	if err != nil {
		return nil, err
	}
	return &answer{page: "map", part: "panel", data: mapPage{Panel: p}}, nil
}

func (p *panel) mark() *orb.Point {
	if p.Here == nil {
		return nil
	}
	return &p.Here.Point
}

func (s *site) readPanel(r *http.Request, v *View) (*panel, error) {
	ctx := r.Context()
	e, err := s.epochOf(ctx, v)
	if err != nil {
		return nil, err
	}
	a, err := s.atlasOf(ctx, registry.Instant{Valid: e.Start, Recorded: v.At.Recorded})
	if err != nil {
		return nil, err
	}
	p := &panel{Epoch: e, Atlas: a, Groups: a.groups(), Tints: a.tints(), Known: len(a.Counties)+len(a.Unrefined) > 0}
	if err := s.readChanges(ctx, v, p); err != nil {
		return nil, err
	}
	return p, s.readQuestions(r, v, p)
}

// readChanges fills in what changed on the day, or else at the change before.
func (s *site) readChanges(ctx context.Context, v *View, p *panel) (err error) {
	day := p.Epoch.On
	if day == nil {
		day = p.Epoch.Prev
	}
	if day != nil {
		p.Changes, err = s.changesOf(ctx, day.Events, v.At.Recorded)
	}
	return err
}

// readQuestions answers what the address asks about: a point, a unit.
func (s *site) readQuestions(r *http.Request, v *View, p *panel) error {
	q := r.URL.Query()
	if text := q.Get("here"); text != "" {
		point, err := parsePoint("here", text)
		if err != nil {
			return err
		}
		found, err := s.reg.Where(r.Context(), point, v.At)
		if err != nil && registry.KindOf(err) != registry.KindNotFound {
			return err
		}
		p.Here = &here{Point: point, Found: found}
	}
	if text := q.Get("unit"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return registry.Invalid("unit", strconv.Quote(text)+" is not the number of a unit")
		}
		return s.selectUnit(r.Context(), v, p, registry.UnitID(id))
	}
	return nil
}

// selectUnit brings a unit forward. One that doesn't exist on the day is said
// to be absent.
func (s *site) selectUnit(ctx context.Context, v *View, p *panel, id registry.UnitID) error {
	u, err := s.reg.Unit(ctx, id, v.At, true)
	if registry.KindOf(err) == registry.KindNotFound {
		p.Absent = id
		return nil
	}
	if err != nil {
		return err
	}
	shape, err := polygons(u.WKB)
	if err != nil {
		return fmt.Errorf("reading the area of unit %d: %w", id, err)
	}
	p.Selected, p.Bounds = u, boundText(shape.Bound())
	return nil
}

// island says what the map island must know.
func (s *site) island(p *panel) island {
	out := island{Tiles: s.tiles, Bounds: boundText(p.Atlas.Bound), Script: s.assets.path("maplibre-gl.mjs")}
	for _, day := range p.Epoch.Days {
		out.Days = append(out.Days, day.On.String())
		out.Changed = append(out.Changed, len(day.Events))
	}
	return out
}

func boundText(b orb.Bound) string {
	if b.IsEmpty() || b.IsZero() {
		return ""
	}
	text := func(f float64) string { return strconv.FormatFloat(f, 'f', 5, 64) }
	return text(b.Min[0]) + "," + text(b.Min[1]) + "," + text(b.Max[0]) + "," + text(b.Max[1])
}

// axis lays out the time axis: whole years, from that of the first change to
// that of today or of the last change announced.
func (m *mapPage) axis(e *epoch, v *View) {
	m.First, m.Last = v.Today.Year(), v.Today.Year()
	if n := len(e.Days); n > 0 {
		m.First = min(m.First, e.Days[0].On.Year())
		m.Last = max(m.Last, e.Days[n-1].On.Year())
	}
	for _, day := range e.Days {
		m.Ticks = append(m.Ticks, tick{X: m.place(day.On), Text: v.day(day.On), Size: min(len(day.Events), 4), Day: day.On})
	}
	for year := (m.First + 4) / 5 * 5; year <= m.Last; year += 5 {
		m.Decades = append(m.Decades, tick{X: m.place(registry.Date(year, 1, 1)), Text: strconv.Itoa(year)})
	}
	m.Now = tick{X: m.place(v.Day), Text: v.day(v.Day)}
}

// place returns where a day stands on the axis, in percent.
func (m *mapPage) place(d registry.Day) string {
	return percent(d, registry.Date(m.First, 1, 1), registry.Date(m.Last+1, 1, 1))
}

// percent returns how far a day lies between two others, within 0 and 100.
func percent(d, from, to registry.Day) string {
	d = max(from, min(to, d))
	return strconv.FormatFloat(100*float64(d-from)/float64(to-from), 'f', 2, 64) + "%"
}

// showSheet sends the map alone, as a sheet of paper with its notes.
func (s *site) showSheet(r *http.Request, v *View) (*answer, error) {
	p, err := s.readPanel(r, v)
	if err != nil {
		return nil, err
	}
	drawn, err := p.Atlas.draw(sheet.Sheet{
		Width: mapWidth, Title: v.text("map.title.on", "date", v.day(v.Day)), Names: p.Atlas.names(),
		Labelled: true, Framed: true, Mark: p.mark(), Standalone: true, Notes: s.notes(v),
	}, v)
	if err != nil {
		return nil, err
	}
	return &answer{body: []byte(drawn), mime: "image/svg+xml"}, nil
}

// notes are the lines that stand under every map.
func (s *site) notes(v *View) []string {
	review := v.Pub.ReviewNumber
	if review == "" {
		review = v.text("map.review.none")
	}
	out := []string{
		v.text("map.title.on", "date", v.day(v.Day)),
		v.Pub.Dataset.Attribution + " · " + v.text("map.datadate", "date", v.day(v.Pub.DataDate)) +
			" · " + v.text("map.review", "number", review),
		v.text("map.standard"),
	}
	if v.Pub.Dataset.Schematic {
		out = append(out, v.text("schematic.note"))
	}
	return out
}

// Coordinates are the point in words.
func (h *here) Coordinates() string { return coordinates(h.Point) }
