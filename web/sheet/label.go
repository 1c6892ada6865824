package sheet

import (
	"fmt"
	"html"
	"unicode/utf8"
)

// Sizes of type, in SVG units.
const (
	nameSize   = 15 * unit
	regionSize = 11 * unit
	degreeRoom = 20 * unit

	neighbourSize = 14 * unit
)

// box is a rectangle in SVG units.
type box struct{ left, top, right, bottom int }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// boxOf returns the room a line of Chinese text takes around its centre, with
// its reading below it; every character of the text is taken to be as wide as it
// is high.
func boxOf(text, reading string, x, y, size int) box {
	half := utf8.RuneCountInString(text) * size / 2
	below := 0
	if reading != "" {
		below = readingSize(size) * 5 / 4
		half = max(half, int(emOf(reading)*float64(readingSize(size)))/2)
	}
	return box{x - half - unit, y - size/2 - unit, x + half + unit, y + size/2 + below + unit}
}

// readingSize is the size of the type of a reading below a name.
func readingSize(size int) int { return size * 7 / 10 }

// labels prints the large names, then the regions' names where there is room.
func (d *drawing) labels() {
	for _, name := range d.sheet.Names {
		d.label(name, d.reading(name.Text), nameSize, "name")
	}
	for _, name := range d.sheet.Neighbours {
		d.label(name, "", neighbourSize, "neighbour") // countries are not called by pinyin
	}
	if !d.sheet.Labelled {
		return
	}
	for _, r := range d.net.regions {
		if r.Known && r.Name != "" {
			d.label(Name{r.Name, r.Label}, d.reading(r.Name), regionSize, "region")
		}
	}
}

// reading is what stands below a name.
func (d *drawing) reading(name string) string {
	if d.sheet.Reading == nil {
		return ""
	}
	return d.sheet.Reading(name)
}

// label prints a name at the first of a few places near its point that is
// free. A name without room is left out: its region still carries it as a
// tooltip.
func (d *drawing) label(name Name, reading string, size int, class string) {
	x, y := d.placeLonLat(name.Point)
	text := html.EscapeString(name.Text)
	for _, shift := range [...][2]int{{0, 0}, {0, -1}, {0, 1}, {-1, 0}, {1, 0}} {
		cx := x + shift[0]*size*2
		cy := y + shift[1]*size
		room := boxOf(name.Text, reading, cx, cy, size)
		if !d.free(room) {
			continue
		}
		if reading != "" {
			small := readingSize(size)
			text += fmt.Sprintf(`<tspan x="%d" dy="%d" font-size="%d" font-weight="400" letter-spacing="0">%s</tspan>`,
				cx, small*5/4, small, html.EscapeString(reading))
		}
		d.printf(`<text%s x="%d" y="%d">%s</text>`, d.class("label "+class), cx, cy+size*36/100, text)
		d.taken = append(d.taken, room)
		return
	}
}

func (d *drawing) free(room box) bool {
	edge := 0
	if d.sheet.Framed { // the degrees stand along the frame
		edge = degreeRoom
	}
	if room.left < edge || room.top < edge || room.right > int(d.width) || room.bottom > int(d.height) {
		return false
	}
	for _, b := range d.taken {
		if b.meets(room) {
			return false
		}
	}
	return true
}
