package sheet

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// arcMinutes are the distances between meridians, the widest first, in minutes
// of arc.
var arcMinutes = []int{600, 300, 120, 60, 30, 20, 10, 5, 2, 1}

// fewest is how many meridians or parallels a sheet has at least, if the
// smallest distance allows.
const fewest = 4

// graticule draws the meridians and parallels that cross the sheet.
func (d *drawing) graticule() {
	if !d.sheet.Framed {
		return
	}
	var buf []byte
	d.degrees(func(_ int, line orb.LineString) { buf = d.line(buf, line, d.place) },
		func(_ int, line orb.LineString) { buf = d.line(buf, line, d.place) })
	d.printf(`<path%s d="%s"/>`, d.class("graticule"), buf)
}

// frame draws the neat line and writes the degrees along it.
func (d *drawing) frame() {
	if !d.sheet.Framed {
		return
	}
	d.printf(`<rect%s x="5" y="5" width="%.0f" height="%.0f"/>`, d.class("neatline"), d.width-10, d.height-10)
	const inset = 14 * unit
	d.degrees(func(minutes int, line orb.LineString) {
		top := d.origin[1] - inset/d.scale
		if p, ok := crossing(line, 1, top); ok {
			if x, _ := d.place(p); x > 3*inset && x < int(d.width)-3*inset {
				d.printf(`<text%s x="%d" y="%d">%s</text>`, d.class("degree"), x, inset, degreeText(minutes))
			}
		}
	}, func(minutes int, line orb.LineString) {
		left := d.origin[0] + inset/d.scale
		if p, ok := crossing(line, 0, left); ok {
			if _, y := d.place(p); y > 2*inset && y < int(d.height)-2*inset {
				d.printf(`<text%s x="%d" y="%d">%s</text>`, d.class("degree"), inset+4*unit, y+4*unit, degreeText(minutes))
			}
		}
	})
}

// degreeText writes an angle such as 125°30′.
func degreeText(minutes int) string {
	if minutes%60 == 0 {
		return fmt.Sprintf("%d°", minutes/60)
	}
	return fmt.Sprintf("%d°%02d′", minutes/60, minutes%60)
}

// degrees calls back for each meridian and parallel on the sheet, with the
// projected line.
func (d *drawing) degrees(meridian, parallel func(minutes int, line orb.LineString)) {
	b := d.window()
	step := stepOf(b)
	if step == 0 {
		return
	}
	each := func(from, to float64, call func(float64, int)) {
		for m := int(math.Ceil(from*60/float64(step))) * step; float64(m) <= to*60; m += step {
			call(float64(m)/60, m)
		}
	}
	each(b.Min[0], b.Max[0], func(lon float64, minutes int) {
		meridian(minutes, d.along(orb.Point{lon, b.Min[1]}, orb.Point{lon, b.Max[1]}))
	})
	each(b.Min[1], b.Max[1], func(lat float64, minutes int) {
		parallel(minutes, d.along(orb.Point{b.Min[0], lat}, orb.Point{b.Max[0], lat}))
	})
}

// stepOf is the distance between meridians in minutes of arc, 0 for a window
// that is none.
func stepOf(b orb.Bound) int {
	side := math.Min(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]) * 60
	if !(side > 0 && side < 180*60) {
		return 0
	}
	for _, step := range arcMinutes {
		if side >= float64(fewest*step) {
			return step
		}
	}
	return 1
}

// window is what the sheet shows, in degrees.
func (d *drawing) window() orb.Bound {
	const parts = 16
	b := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for i := range parts + 1 {
		share := float64(i) / parts
		for _, p := range [...]orb.Point{{share, 0}, {share, 1}, {0, share}, {1, share}} {
			b = b.Extend(d.net.plane.from(orb.Point{d.origin[0] + p[0]*d.width/d.scale, d.origin[1] - p[1]*d.height/d.scale}))
		}
	}
	return b
}

// along projects the line between two points in degrees, curved as it may be.
func (d *drawing) along(from, to orb.Point) orb.LineString {
	const parts = 24
	line := make(orb.LineString, 0, parts+1)
	for i := range parts + 1 {
		share := float64(i) / parts
		line = append(line, d.net.plane.to(orb.Point{from[0] + share*(to[0]-from[0]), from[1] + share*(to[1]-from[1])}))
	}
	return line
}

// crossing finds where a line crosses a value of an axis: 0 for x, 1 for y.
func crossing(line orb.LineString, axis int, value float64) (orb.Point, bool) {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		if (a[axis] < value) != (b[axis] < value) {
			share := (value - a[axis]) / (b[axis] - a[axis])
			return orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])}, true
		}
	}
	return orb.Point{}, false
}
