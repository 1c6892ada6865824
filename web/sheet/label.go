package sheet

import (
	"html"
	"math"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"
)

// Sizes of type, in SVG units.
const (
	nameSize   = 15 * unit
	regionSize = 11 * unit
)

// box is a rectangle in SVG units.
type box struct{ left, top, right, bottom int }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// boxOf returns the room a line of Chinese text takes around its centre; every
// character is taken to be as wide as it is high.
func boxOf(text string, x, y, size int) box {
	half := utf8.RuneCountInString(text) * size / 2
	return box{x - half - unit, y - size/2 - unit, x + half + unit, y + size/2 + unit}
}

// labels prints the large names, then the regions' names where there is room.
func (d *drawing) labels() {
	var taken []box
	for _, name := range d.sheet.Names {
		taken = d.label(taken, name, nameSize, "name")
	}
	if !d.sheet.Labelled {
		return
	}
	for _, r := range d.net.regions {
		if r.Known && r.Name != "" {
			taken = d.label(taken, Name{r.Name, r.Label}, regionSize, "region")
		}
	}
}

// label prints a name at the first of a few places near its point that is
// free, and returns the room taken. A name without room is left out: its
// region still carries it as a tooltip.
func (d *drawing) label(taken []box, name Name, size int, class string) []box {
	x, y := d.placeLonLat(name.Point)
	for _, shift := range [...][2]int{{0, 0}, {0, -1}, {0, 1}, {-1, 0}, {1, 0}} {
		cx := x + shift[0]*size*2
		cy := y + shift[1]*size
		room := boxOf(name.Text, cx, cy, size)
		if !d.free(taken, room) {
			continue
		}
		d.printf(`<text%s x="%d" y="%d">%s</text>`, d.class("label "+class), cx, cy+size*36/100, html.EscapeString(name.Text))
		return append(taken, room)
	}
	return taken
}

func (d *drawing) free(taken []box, room box) bool {
	if room.left < 0 || room.top < 0 || room.right > int(d.width) || room.bottom > int(d.height) {
		return false
	}
	for _, b := range taken {
		if b.meets(room) {
			return false
		}
	}
	return true
}

// graticule draws the meridians and parallels of whole degrees that cross the
// sheet.
func (d *drawing) graticule() {
	if !d.sheet.Framed {
		return
	}
	var buf []byte
	d.degrees(func(lon float64) {
		x, _ := d.placeLonLat(orb.Point{lon, 0})
		buf = append(buf, path(x, 0, x, int(d.height))...)
	}, func(lat float64) {
		_, y := d.placeLonLat(orb.Point{0, lat})
		buf = append(buf, path(0, y, int(d.width), y)...)
	})
	d.printf(`<path%s d="%s"/>`, d.class("graticule"), buf)
}

func path(x1, y1, x2, y2 int) []byte {
	p := pen{}
	return p.to(p.to(nil, x1, y1), x2, y2)
}

// degrees calls back for each whole degree on the sheet.
func (d *drawing) degrees(meridian, parallel func(float64)) {
	corner := func(x, y float64) orb.Point {
		p := orb.Point{d.origin[0] + x/d.scale, d.origin[1] - y/d.scale}
		return project.Point(p, project.Mercator.ToWGS84)
	}
	min, max := corner(0, d.height), corner(d.width, 0)
	for lon := math.Ceil(min[0]); lon <= max[0]; lon++ {
		meridian(lon)
	}
	for lat := math.Ceil(min[1]); lat <= max[1]; lat++ {
		parallel(lat)
	}
}

// frame draws the neat line and writes the degrees along it.
func (d *drawing) frame() {
	if !d.sheet.Framed {
		return
	}
	d.printf(`<rect%s x="5" y="5" width="%.0f" height="%.0f"/>`, d.class("neatline"), d.width-10, d.height-10)
	const inset = 14 * unit
	d.degrees(func(lon float64) {
		if x, _ := d.placeLonLat(orb.Point{lon, 0}); x > 3*inset && x < int(d.width)-3*inset {
			d.printf(`<text%s x="%d" y="%d">%.0f°</text>`, d.class("degree"), x, inset, lon)
		}
	}, func(lat float64) {
		if _, y := d.placeLonLat(orb.Point{0, lat}); y > 2*inset && y < int(d.height)-2*inset {
			d.printf(`<text%s x="%d" y="%d">%.0f°</text>`, d.class("degree"), inset+2*unit, y+4*unit, lat)
		}
	})
}
