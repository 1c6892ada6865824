package report

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"jieming/geo/coverage"
)

// atlas finds the pieces of regions in a window quickly.
type atlas struct {
	regions []land
	number  map[string]int32 // of a region by its id
}

// land is a region as it can be drawn: rings off the globe are left out.
type land struct {
	bound    orb.Bound
	polygons []plot
}

// plot is one polygon; its rings are drawn by the even-odd rule.
type plot struct {
	bound orb.Bound
	rings []outline
}

// outline is a closed ring with the bounds of its runs of points. Run k goes
// from point k·run to the first point of the next.
type outline struct {
	points orb.Ring
	bounds []orb.Bound
}

const run = 32

func newAtlas(regions []coverage.Region) *atlas {
	a := &atlas{regions: make([]land, len(regions)), number: make(map[string]int32, len(regions))}
	for i, r := range regions {
		a.number[r.ID] = int32(i)
		a.regions[i] = newLand(r.Geometry)
	}
	return a
}

func newLand(g orb.MultiPolygon) land {
	l := land{bound: nothing()}
	for _, polygon := range g {
		p := plot{bound: nothing()}
		for _, ring := range polygon {
			if drawable(ring) {
				p.rings = append(p.rings, newOutline(ring))
				p.bound = p.bound.Union(ring.Bound())
			}
		}
		if len(p.rings) > 0 {
			l.polygons = append(l.polygons, p)
			l.bound = l.bound.Union(p.bound)
		}
	}
	return l
}

// nothing is the bound that a union leaves out.
func nothing() orb.Bound {
	inf := math.Inf(1)
	return orb.Bound{Min: orb.Point{inf, inf}, Max: orb.Point{-inf, -inf}}
}

func drawable(ring orb.Ring) bool {
	for _, p := range ring {
		if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
			return false
		}
	}
	return len(ring) > 2
}

func newOutline(ring orb.Ring) outline {
	if !ring.Closed() {
		ring = append(ring[:len(ring):len(ring)], ring[0])
	}
	o := outline{points: ring}
	for from := 0; from < len(ring)-1; from += run {
		to := min(from+run, len(ring)-1)
		o.bounds = append(o.bounds, orb.LineString(ring[from:to+1]).Bound())
	}
	return o
}

// within returns the part of a ring in a window. Of a run that lies wholly to
// one side of the window only the first point is looked at: the straight way to
// the next stays on that side, too.
func (o outline) within(window orb.Bound) orb.Ring {
	var near orb.Ring
	for k, b := range o.bounds {
		from := k * run
		if !b.Intersects(window) {
			near = append(near, o.points[from])
			continue
		}
		near = append(near, o.points[from:min(from+run, len(o.points)-1)]...)
	}
	near = append(near, near[0])
	return clip.Ring(window, near)
}

// piece is what a window shows of one region.
type piece struct {
	region int32
	rings  []orb.Ring
}

// within returns the pieces of all regions in a window.
func (a *atlas) within(window orb.Bound) []piece {
	var pieces []piece
	for i := range a.regions {
		if !a.regions[i].bound.Intersects(window) {
			continue
		}
		if rings := a.regions[i].within(window); len(rings) > 0 {
			pieces = append(pieces, piece{int32(i), rings})
		}
	}
	return pieces
}

func (l *land) within(window orb.Bound) []orb.Ring {
	var rings []orb.Ring
	for _, p := range l.polygons {
		if !p.bound.Intersects(window) {
			continue
		}
		for _, o := range p.rings {
			if r := o.within(window); len(r) > 3 {
				rings = append(rings, r)
			}
		}
	}
	return rings
}
