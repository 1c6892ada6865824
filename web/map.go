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

// mapPage is the data of the page "map", and of "embed".
type mapPage struct {
	Panel  *panel
	Drawn  template.HTML // shown until the island has drawn, and without it
	Island island
	Axis   *axis
}

// Carried reports whether the map is that of a later day carried back.
func (m mapPage) Carried(v *View) bool { return v.carried(v.Day, m.Panel.Epoch.Began) }

// carried reports whether the map of a day is that of a later one carried back:
// a day on record, before the day of the data.
func (v *View) carried(day, began registry.Day) bool {
	return v.Pub != nil && day < v.Pub.DataDate && day >= began
}

// island is what the map island must know.
type island struct {
	Tiles      string
	Bounds     string // west,south,east,north
	Script     string // address of the map library; "" if it was not built
	Days       []string
	Neighbours []neighbour
}

// neighbour is a name beyond the border, for the map island.
type neighbour struct {
	Name string    `json:"name"`
	At   orb.Point `json:"at"` // lon lat degrees
}

// panel is the data of the panel beside the map; it is also sent alone, when
// the island has changed what is shown.
type panel struct {
	Epoch    *epoch
	Atlas    *atlas
	Groups   []group
	Changes  []change // on the day itself, else at the change before it
	Here     *here
	Selected *card
	Bounds   string          // of the selected unit
	Absent   registry.UnitID // the unit asked for, if the registry doesn't hold it
	Tints    map[string]int
	Known    bool // some unit is known on the day
}

// here is the answer to "what is here".
type here struct {
	Point orb.Point
	Found []registry.Whereabouts
}

func (s *site) showMap(r *http.Request, v *View) (*answer, error) {
	m, err := s.readMap(r, v)
	if err != nil {
		return nil, err
	}
	return &answer{page: "map", data: m}, nil
}

// readMap reads all that the page of the map shows.
func (s *site) readMap(r *http.Request, v *View) (*mapPage, error) {
	p, err := s.readPanel(r, v)
	if err != nil {
		return nil, err
	}
	chosen := map[int64]bool(nil)
	if p.Selected != nil && p.Selected.Absent == "" {
		chosen = p.Atlas.chosen(p.Selected.ID)
	}
	drawn, err := p.Atlas.draw(sheet.Sheet{
		Width: mapWidth, Title: v.marked(v.text("map.title.on", "date", v.day(v.Day))), Names: p.Atlas.names(), Neighbours: p.Atlas.Neighbours,
		Labelled: true, Framed: true, Mark: p.mark(), Chosen: chosen,
	}, v)
	if err != nil {
		return nil, err
	}
	return &mapPage{Panel: p, Drawn: drawn, Island: s.island(p), Axis: newAxis(p.Epoch, v)}, nil
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
	a, err := s.mapOf(ctx, e, v.At.Recorded)
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

// selectUnit brings a unit forward. One that doesn't exist on the day is shown
// as it was when it did.
func (s *site) selectUnit(ctx context.Context, v *View, p *panel, id registry.UnitID) error {
	c, err := s.readCard(ctx, v, id)
	if err != nil {
		return err
	}
	if p.Selected = c; c == nil {
		p.Absent = id
		return nil
	}
	if c.Absent != "" {
		return nil
	}
	u, err := s.reg.Unit(ctx, id, v.At, true)
	if err != nil {
		return err
	}
	shape, err := polygons(u.WKB)
	if err != nil {
		return fmt.Errorf("reading the area of unit %d: %w", id, err)
	}
	p.Bounds = boundText(shape.Bound())
	return nil
}

// island says what the map island must know.
func (s *site) island(p *panel) island {
	out := island{
		Tiles: s.tiles, Bounds: boundText(p.Atlas.Bound), Script: s.assets.path("maplibre-gl.mjs"),
		Days: []string{}, Neighbours: []neighbour{}, // the island reads lists, never null
	}
	for _, day := range p.Epoch.Days {
		out.Days = append(out.Days, day.On.String())
	}
	for _, n := range p.Atlas.Neighbours {
		out.Neighbours = append(out.Neighbours, neighbour{n.Text, n.Point})
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

// Touched are the units that changed on the day itself, for the map.
func (p *panel) Touched() []registry.UnitID {
	out := []registry.UnitID{}
	if p.Epoch.On == nil {
		return out
	}
	for _, c := range p.Changes {
		for _, a := range c.Acts {
			out = append(out, a.Unit().ID)
		}
	}
	return out
}

// Changed is how many units the listed changes touched, those below the county
// included.
func (p *panel) Changed() (n int) {
	for _, c := range p.Changes {
		n += len(c.Acts) + c.Lower
	}
	return n
}

// When says above the date what the map of the day is. Of a day to come it says
// that its state is announced only if some change is.
func (p *panel) When(v *View) string {
	switch {
	case v.Day == v.Today:
		return v.text("panel.today")
	case v.Day < v.Today:
		return v.text("panel.past")
	case p.Epoch.announced(v.Today):
		return v.text("panel.future")
	}
	return v.text("panel.known")
}

// Caption says under the map what happened on the day, or how long the map has
// been and will be the same.
func (p *panel) Caption(v *View) string {
	e := p.Epoch
	switch {
	case v.Day > v.Today && !e.announced(v.Today):
		return v.text("time.known", "date", v.day(v.Today))
	case e.On != nil:
		return v.text("time.changed", "date", v.day(e.On.On), "n", p.Changed())
	case e.Prev == nil && v.Day < e.Began:
		return v.text("time.before", "date", v.day(e.Began))
	case e.Prev == nil && e.Next == nil:
		return ""
	case e.Prev == nil:
		return v.text("time.until", "to", v.day(e.Next.On-1))
	case e.Next == nil:
		return v.text("time.since", "from", v.day(e.Prev.On))
	}
	return v.text("time.same", "from", v.day(e.Prev.On), "to", v.day(e.Next.On-1))
}

// showSheet sends the map alone, as a sheet of paper with its notes.
func (s *site) showSheet(r *http.Request, v *View) (*answer, error) {
	p, err := s.readPanel(r, v)
	if err != nil {
		return nil, err
	}
	drawn, err := p.Atlas.draw(sheet.Sheet{
		Width: mapWidth, Title: v.marked(v.text("map.title.on", "date", v.day(v.Day))), Names: p.Atlas.names(), Neighbours: p.Atlas.Neighbours,
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
		v.marked(v.text("map.title.on", "date", v.day(v.Day))),
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
