package web

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/registry/desk"
)

// The size of the map of a case, in pixels.
const (
	caseMapWidth  = 560
	caseMapHeight = 400
)

// caseMap is a small drawing of where a case lies, with the places of comments.
type caseMap struct {
	SVG  template.HTML
	Pins []casePin
}

// casePin is the place of a comment.
type casePin struct {
	N  int // the event
	At [2]float64
}

// frameOf fits a box into the map of a case, with a margin.
func frameOf(b orb.Bound) frame {
	return fit(b.Pad(math.Max(b.Right()-b.Left(), b.Top()-b.Bottom())*0.06+0.002), caseMapWidth, caseMapHeight)
}

// caseFrame finds what the map of a case shows: the unit it lies in, or the
// nearest above it that has an area, or the whole registry. ok is false where
// nothing has one.
func (s *site) caseFrame(ctx context.Context, v *View, c *desk.Case) (f frame, at registry.Instant, chosen registry.UnitID, ok bool, err error) {
	pub, err := s.reg.Publication(ctx, time.Time{})
	if registry.KindOf(err) == registry.KindNotFound {
		return f, at, 0, false, nil
	}
	if err != nil {
		return f, at, 0, false, err
	}
	at = registry.Instant{Valid: v.Today, Recorded: pub.AsOf}
	for _, id := range c.Path {
		u, err := s.reg.Unit(ctx, id, at, true)
		if registry.KindOf(err) == registry.KindNotFound || err == nil && len(u.WKB) == 0 {
			continue
		}
		if err != nil {
			return f, at, 0, false, err
		}
		g, err := wkb.Unmarshal(u.WKB)
		if err != nil {
			return f, at, 0, false, fmt.Errorf("read the area of unit %d: %w", id, err)
		}
		return frameOf(g.Bound()), at, id, true, nil
	}
	var all orb.Bound
	err = s.reg.Units(ctx, registry.UnitQuery{At: at, Level: registry.LevelProvince, Geometry: true}, func(u *registry.Unit) error {
		g, err := wkb.Unmarshal(u.WKB)
		if err != nil || len(u.WKB) == 0 {
			return nil
		}
		if !ok {
			all, ok = g.Bound(), true
		} else {
			all = all.Union(g.Bound())
		}
		return nil
	})
	return frameOf(all), at, 0, ok && err == nil, err
}

// drawCase draws where a case lies; nil where there is nothing to draw.
func (s *site) drawCase(ctx context.Context, v *View, c *desk.Case) (*caseMap, error) {
	f, at, chosen, ok, err := s.caseFrame(ctx, v, c)
	if err != nil || !ok {
		return nil, err
	}
	m := &caseMap{}
	for i := range c.Events {
		if e := &c.Events[i]; e.Body.Place != nil {
			m.Pins = append(m.Pins, casePin{e.N, *e.Body.Place})
		}
	}
	land, err := s.land(ctx, f, at, chosen)
	if err != nil {
		return nil, err
	}
	m.SVG = template.HTML(drawing(v, land, f, m.Pins, true)) // only numbers and escaped names
	return m, nil
}

// landUnit is a unit as the map of a case draws it.
type landUnit struct {
	path   string
	name   string
	label  orb.Point
	chosen bool
}

// land is the counties in a frame, and the prefectures' or province's own where
// the case lies in one.
func (s *site) land(ctx context.Context, f frame, at registry.Instant, chosen registry.UnitID) ([]landUnit, error) {
	box := f.bound()
	var out []landUnit
	level := registry.LevelCounty
	if f.perLat < 60 {
		level = registry.LevelPrefecture
	}
	err := s.reg.Units(ctx, registry.UnitQuery{At: at, Level: level, Box: &box, Geometry: true, Limit: 400}, func(u *registry.Unit) error {
		path, err := f.path(u.WKB)
		if err == nil && path != "" {
			out = append(out, landUnit{path, u.Name, u.Label, u.ID == chosen || u.Superior != nil && u.Superior.ID == chosen || u.Custodian != nil && u.Custodian.ID == chosen})
		}
		return err
	})
	return out, err
}

// drawing is the map as SVG. Inside of a page it takes its colours from the
// style of the page and its pins are links; as an image it has its own colours.
func drawing(v *View, land []landUnit, f frame, pins []casePin, inPage bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" class="casemap" role="img" aria-label="%s">`,
		caseMapWidth, caseMapHeight, caseMapWidth, caseMapHeight, template.HTMLEscapeString(v.text("case.map")))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" class="sea" fill="#e9ecec"/>`, caseMapWidth, caseMapHeight)
	for _, u := range land {
		class, fill := "land", "#f7f7f3"
		if u.chosen {
			class, fill = "land chosen", "#f0d3c8"
		}
		fmt.Fprintf(&b, `<path d="%s" class="%s" fill="%s" stroke="#8f8b91" fill-rule="evenodd"/>`, u.path, class, fill)
	}
	for _, u := range land {
		if x, y := f.pixel(u.label); x > 10 && y > 10 && x < caseMapWidth-10 && y < caseMapHeight-10 && u.label != (orb.Point{}) {
			fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" class="name" text-anchor="middle" font-size="13" fill="#46283f">%s</text>`, x, y, template.HTMLEscapeString(u.name))
		}
	}
	for _, pin := range pins {
		x, y := f.pixel(orb.Point(pin.At))
		if inPage {
			fmt.Fprintf(&b, `<a href="#event-%d" aria-label="%s">`, pin.N, template.HTMLEscapeString(v.text("case.pin", "n", pin.N)))
		}
		fmt.Fprintf(&b, `<path d="M%.0f %.0fl-9 -14a10 10 0 1 1 18 0z" class="pin" fill="#a8321f"/><text x="%.0f" y="%.0f" class="pin-number" text-anchor="middle" font-size="11" fill="#ffffff">%d</text>`,
			x, y, x, y-14, pin.N)
		if inPage {
			b.WriteString(`</a>`)
		}
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// showCaseMap answers /desk/cases/{id}/map.svg: the image on which a place is
// picked.
func (s *site) showCaseMap(r *http.Request, v *View) (*answer, error) {
	c, err := s.caseOf(r, v)
	if err != nil {
		return nil, err
	}
	f, at, chosen, ok, err := s.caseFrame(r.Context(), v, c)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, registry.NotFound("map of case", c.ID)
	}
	land, err := s.land(r.Context(), f, at, chosen)
	if err != nil {
		return nil, err
	}
	var pins []casePin
	if at := v.URL.Query().Get("at"); at != "" {
		p, err := parsePoint("at", at)
		if err != nil {
			return nil, err
		}
		pins = []casePin{{c.Version + 1, p}}
	}
	return &answer{body: []byte(drawing(v, land, f, pins, false)), mime: "image/svg+xml"}, nil
}

// caseOf is the case that an address names.
func (s *site) caseOf(r *http.Request, v *View) (*desk.Case, error) {
	id, err := caseID(r)
	if err != nil {
		return nil, err
	}
	return s.desk.Case(r.Context(), v.Who, id)
}

// pickPlace takes a click on the map of the form of comments: the form comes
// back with the place filled in.
func (s *site) pickPlace(r *http.Request, v *View, c *desk.Case, f *form) (*answer, error) {
	frame, _, _, ok, err := s.caseFrame(r.Context(), v, c)
	if err != nil {
		return nil, err
	}
	x, xErr := strconv.ParseFloat(f.Get("at.x"), 64)
	y, yErr := strconv.ParseFloat(f.Get("at.y"), 64)
	if ok && xErr == nil && yErr == nil {
		at := frame.degrees(x, y)
		f.Set("place", fmt.Sprintf("%.4f,%.4f", at[0], at[1]))
	}
	f.Prefix = f.Get("form") + "-"
	return s.caseAnswer(r, v, c, func(p *casePage) { p.Sent = f })
}
