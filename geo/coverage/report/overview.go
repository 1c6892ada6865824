package report

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"jieming/geo/coverage"
)

// chart is a map of whole regions in Web Mercator, in half pixels.
type chart struct {
	west, north, scale float64 // projected metres; half pixels per metre
	width, height      int
	out                []byte
}

// newChart fits a bound in degrees into a drawing of at most this size.
func newChart(b orb.Bound, width, height int) *chart {
	min, max := project.Point(b.Min, project.WGS84.ToMercator), project.Point(b.Max, project.WGS84.ToMercator)
	wide, high := math.Max(max[0]-min[0], 1), math.Max(max[1]-min[1], 1)
	const margin = 24
	scale := math.Min(float64(width-2*margin)/wide, float64(height-2*margin)/high)
	c := &chart{scale: scale, width: int(wide*scale) + 2*margin, height: int(high*scale) + 2*margin}
	c.west, c.north = min[0]-margin/scale, max[1]+margin/scale
	return c
}

func (c *chart) printf(format string, a ...any) { c.out = fmt.Appendf(c.out, format, a...) }

// to rounds to whole pixels, so that a border looks the same from both sides.
func (c *chart) to(p orb.Point) dot {
	q := project.Point(p, project.WGS84.ToMercator)
	return dot{2 * int(math.Round((q[0]-c.west)*c.scale/2)), 2 * int(math.Round((c.north-q[1])*c.scale/2))}
}

func (c *chart) open(label string) {
	c.printf(`<svg class="chart" viewBox="0 0 %d %d" role="group" aria-label="%s">`, c.width, c.height, html.EscapeString(label))
}

// land draws a region; islands under a pixel are left out.
func (c *chart) land(l land, class, title string) {
	c.printf(`<path class="%s" d="`, class)
	for _, p := range l.polygons {
		for _, o := range p.rings {
			if dots := trace(o.points, c.to, 1); len(dots) > 3 {
				c.out = appendPath(c.out, straightened(dots), true)
			}
		}
	}
	c.printf(`"><title>%s</title></path>`, html.EscapeString(title))
}

// straightened joins steps of one direction.
func straightened(dots []dot) []dot {
	kept := dots[:0]
	for _, d := range dots {
		if n := len(kept); n > 1 && ahead(kept[n-2], kept[n-1], d) {
			kept[n-1] = d
			continue
		}
		kept = append(kept, d)
	}
	return kept
}

// ahead tells whether the way from a to b goes on to c without a turn.
func ahead(a, b, c dot) bool {
	ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-b.x, c.y-b.y
	return ux*vy == uy*vx && ux*vx+uy*vy > 0
}

// blot is the faults of one class that fall together on the overview.
type blot struct {
	class   string
	at      dot
	count   int
	areaM2  float64
	largest int32
}

// overview draws all regions, and the faults as circles by area: those of one
// class within a few pixels share one, which leads to the largest of them.
func (s *site) overview() template.HTML {
	b := nothing()
	for i := range s.atlas.regions {
		b = b.Union(s.atlas.regions[i].bound)
	}
	if b.IsEmpty() {
		return ""
	}
	c := newChart(b, 2200, 1500)
	c.open(s.Title)
	for i, r := range s.Regions {
		c.land(s.atlas.regions[i], "o", unit{ID: r.ID, Name: r.Name}.Label())
	}
	blots := s.blots(c)
	ink := inkOf(blots)
	for _, m := range blots {
		title := fmt.Sprintf("%s %s：%s", kindOf(s.faults[m.largest].Kind).Zh, s.id(m.largest), areaText(s.faults[m.largest].AreaM2))
		if m.count > 1 {
			title = fmt.Sprintf("%d 处，共 %s；最大 %s", m.count, areaText(m.areaM2), title)
		}
		c.printf(`<a href="%s"><circle class="m %s" cx="%d" cy="%d" r="%.1f"/><title>%s</title></a>`,
			s.href(m.largest), m.class, m.at.x, m.at.y, ink.radius(m.areaM2), html.EscapeString(title))
	}
	c.printf(`</svg>`)
	return template.HTML(c.out)
}

// ink says how large to draw blots, so that the largest stand out and many do
// not hide the map.
type ink struct{ largest, share float64 }

func inkOf(blots []*blot) ink {
	k := ink{largest: 1, share: math.Min(1, math.Max(0.5, math.Sqrt(1500/float64(len(blots)+1))))}
	for _, b := range blots {
		k.largest = math.Max(k.largest, b.areaM2)
	}
	return k
}

// radius is that of a blot, in half pixels.
func (k ink) radius(areaM2 float64) float64 {
	t := math.Log1p(areaM2) / math.Log1p(k.largest)
	return k.share*(3+7*t*t*t) + 3*math.Pow(t, 12)
}

func (s *site) blots(c *chart) []*blot {
	type key struct {
		class string
		cell  dot
	}
	const cell = 14
	found := make(map[key]*blot)
	for _, i := range s.byArea {
		f := &s.faults[i]
		if f.Geometry == nil {
			continue
		}
		at := c.to(f.At)
		k := key{classOf(f.Kind), dot{at.x / cell, at.y / cell}}
		if found[k] == nil {
			found[k] = &blot{class: k.class, at: at, largest: i}
		}
		found[k].count++
		found[k].areaM2 += f.AreaM2
	}
	blots := make([]*blot, 0, len(found))
	for _, b := range found {
		blots = append(blots, b)
	}
	slices.SortFunc(blots, func(a, b *blot) int {
		return cmp.Or(cmp.Compare(b.areaM2, a.areaM2), cmp.Compare(a.largest, b.largest))
	})
	return blots
}

// locator shows where in its units a fault is.
func (s *site) locator(f *coverage.Fault) template.HTML {
	b := nothing()
	for _, id := range f.Regions {
		if i, ok := s.atlas.number[id]; ok {
			b = b.Union(s.atlas.regions[i].bound)
		}
	}
	if b.IsEmpty() || f.Geometry == nil {
		return ""
	}
	c := newChart(b.Union(f.Bound), 640, 640)
	c.open(s.namesOf(f.Regions))
	for tint, id := range f.Regions {
		if i, ok := s.atlas.number[id]; ok {
			c.land(s.atlas.regions[i], fmt.Sprintf("t%d", tint%tints), unit{ID: id, Name: s.names[id]}.Label())
		}
	}
	at := c.to(f.At)
	c.printf(`<circle class="m %s" cx="%d" cy="%d" r="9"/></svg>`, classOf(f.Kind), at.x, at.y)
	return template.HTML(c.out)
}
