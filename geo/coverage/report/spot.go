package report

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
)

// tints is how many colours the units of a fault are told apart by.
const tints = 4

// sketch is a drawing of the spot where a fault is.
type sketch struct {
	*site
	window
	fault   *coverage.Fault
	out     []byte
	outline [][]dot // the outline of the fault
	taken   []box
}

// spot draws the surroundings of a fault: its units in a tint each with their
// names, other regions in grey, and the fault over them. It is empty for a
// fault without a place.
func (s *site) spot(f *coverage.Fault, z size) template.HTML {
	if f.Geometry == nil {
		return ""
	}
	k := sketch{site: s, window: newWindow(f, z), fault: f}
	k.printf(`<svg class="%s" viewBox="0 0 %d %d" role="img" aria-label="%s">`, z.class, z.width, z.height, html.EscapeString(s.namesOf(f.Regions)))
	pieces := s.atlas.within(k.bound())
	traced := make([][][]dot, len(pieces))
	for i, p := range pieces {
		traced[i] = k.trace(p.rings)
		k.land(p.region, traced[i])
	}
	k.mark()
	for i, p := range pieces {
		if slices.Contains(f.Regions, s.Regions[p.region].ID) {
			k.name(p.region, traced[i])
		}
	}
	k.scale()
	k.printf(`</svg>`)
	return template.HTML(k.out)
}

func (k *sketch) printf(format string, a ...any) { k.out = fmt.Appendf(k.out, format, a...) }

func (k *sketch) trace(rings []orb.Ring) [][]dot {
	lines := make([][]dot, len(rings))
	for i, r := range rings {
		lines[i] = trace(r, k.to, 2)
	}
	return lines
}

func (k *sketch) land(region int32, rings [][]dot) {
	class := "o"
	if at := slices.Index(k.fault.Regions, k.Regions[region].ID); at >= 0 {
		class = fmt.Sprintf("t%d", at%tints)
	}
	k.path(class, rings, true)
}

func (k *sketch) path(class string, lines [][]dot, closed bool) {
	k.printf(`<path class="%s" d="`, class)
	for _, line := range lines {
		k.out = appendPath(k.out, line, closed)
	}
	k.printf(`"/>`)
}

// mark draws the fault, with a ring around it where it is too small to see.
func (k *sketch) mark() {
	class := "f " + classOf(k.fault.Kind)
	switch g := k.fault.Geometry.(type) {
	case orb.Polygon:
		k.outline = k.trace(g)
		k.path(class, k.outline, true)
	case orb.MultiPolygon:
		for _, p := range g {
			k.outline = append(k.outline, k.trace(p)...)
		}
		k.path(class, k.outline, true)
	case orb.LineString:
		k.outline = [][]dot{trace(g, k.to, 2)}
		k.path(class+" line", k.outline, false)
	}
	lo, hi := k.to(k.fault.Bound.LeftTop()), k.to(k.fault.Bound.RightBottom())
	if max(hi.x-lo.x, hi.y-lo.y) < 16 {
		k.printf(`<circle class="%s ring" cx="%d" cy="%d" r="14"/>`, class, (lo.x+hi.x)/2, (lo.y+hi.y)/2)
	}
	if lo == hi {
		k.printf(`<circle class="%s" cx="%d" cy="%d" r="4"/>`, class, lo.x, lo.y)
	}
}

// name writes the name of a unit where it has the most room, if it has any.
func (k *sketch) name(region int32, rings [][]dot) {
	u := unit{ID: k.Regions[region].ID, Name: k.Regions[region].Name}
	at, ok := k.room(u.Label(), rings)
	if !ok {
		return
	}
	k.taken = append(k.taken, k.boxOf(u.Label(), at))
	k.printf(`<text x="%d" y="%d" font-size="%d">%s</text>`, at.x, at.y+k.text*36/100, k.text, html.EscapeString(u.Label()))
}

// scale draws a scale bar in the lower left corner.
func (k *sketch) scale() {
	width, text := k.bar()
	y := k.height - 10
	k.printf(`<path class="bar" d="M10 %dv6h%dv-6"/><text class="bar" x="%d" y="%d" font-size="%d">%s</text>`,
		y-6, width, 18+width, y, k.text*3/4, text)
}

// classOf groups kinds by colour.
func classOf(k coverage.Kind) string {
	switch k {
	case coverage.KindGap, coverage.KindOverlap:
		return string(k)
	}
	if strings.HasPrefix(string(k), "duplicate") {
		return string(coverage.KindOverlap)
	}
	return "ring-fault"
}
