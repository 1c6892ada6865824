package sheet

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"

	"github.com/paulmach/orb"
)

// Sheet says how to draw a [Net]. Lengths are CSS pixels.
type Sheet struct {
	Width      float64
	Title      string           // for readers that do not see the map; printed too when Standalone
	Notes      []string         // printed below the map when Standalone
	Chosen     map[int64]bool   // ids of regions to bring forward; may be nil
	Plain      bool             // without tints, for a small map that only shows where a thing is
	Course     []orb.LineString // a line to bring forward, lon lat degrees
	Mark       *orb.Point       // lon lat degrees
	Names      []Name           // printed large, before the regions' own names
	Neighbours []Name           // printed beyond the border
	Labelled   bool             // print the regions' names where there is room
	Framed     bool             // draw graticule and neat line
	Standalone bool             // carry colours of its own, and the notes

	// Reading is what to print small below the name of a region or a group, such as
	// its pinyin; nil or "" for nothing.
	Reading func(name string) string
}

// Name is a name to print on the map.
type Name struct {
	Text  string
	Point orb.Point // lon lat degrees
}

// unit is the number of SVG units per CSS pixel: coordinates are written as
// integers of a tenth of a pixel.
const unit = 10

// WriteSVG draws the net. Without Standalone the drawing carries class names
// only and takes its colours from the style sheet of the page it stands in.
func (n *Net) WriteSVG(w io.Writer, s Sheet) error {
	d := newDrawing(n, s, w)
	d.open()
	d.draw()
	d.print("</svg>")
	return d.out.Flush()
}

// drawing is the state of one map being drawn.
type drawing struct {
	net           *Net
	sheet         Sheet
	out           *bufio.Writer
	scale         float64   // SVG units per projected metre
	origin        orb.Point // projected, of the upper left corner
	width, height float64   // SVG units, of the map without the notes
	tint          map[int64]int
	taken         []box // where names may not stand
}

func newDrawing(n *Net, s Sheet, w io.Writer) *drawing {
	margin := 0.03
	if s.Framed {
		margin = 0.055
	}
	b := n.bound
	wide, high := math.Max(b.Max[0]-b.Min[0], 1), math.Max(b.Max[1]-b.Min[1], 1)
	pad := margin * wide
	scale := s.Width * unit / (wide + 2*pad)
	return &drawing{
		net: n, sheet: s, out: bufio.NewWriter(w), scale: scale,
		origin: orb.Point{b.Min[0] - pad, b.Max[1] + pad},
		width:  s.Width * unit, height: math.Round((high + 2*pad) * scale),
		tint: n.TintOf(),
	}
}

// draw draws all that lies inside the neat line, and the line.
func (d *drawing) draw() {
	d.graticule()
	d.bands()
	d.fills()
	d.borders()
	d.course()
	d.labels()
	d.mark()
	d.frame()
}

func (d *drawing) print(s string)                 { _, _ = d.out.WriteString(s) }
func (d *drawing) printf(format string, a ...any) { _, _ = fmt.Fprintf(d.out, format, a...) }

// place returns a projected point in whole SVG units.
func (d *drawing) place(p orb.Point) (x, y int) {
	return int(math.Round((p[0] - d.origin[0]) * d.scale)), int(math.Round((d.origin[1] - p[1]) * d.scale))
}

// placeLonLat returns a point in degrees in whole SVG units.
func (d *drawing) placeLonLat(p orb.Point) (x, y int) {
	return d.place(d.net.plane.to(p))
}

func (d *drawing) open() {
	notes := 0.0
	if d.sheet.Standalone {
		notes = float64(len(d.sheet.Notes))*22*unit + 24*unit
	}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f"`, d.width, d.height+notes)
	if d.sheet.Standalone {
		d.printf(` width="%.0f" height="%.0f"`, d.sheet.Width, (d.height+notes)/unit)
	}
	d.printf(`%s role="group" aria-label="%s">`, d.class("sheet"), html.EscapeString(d.sheet.Title))
	d.printf(`<title>%s</title>`, html.EscapeString(d.sheet.Title))
	if d.sheet.Standalone {
		d.print(`<rect width="100%" height="100%" fill="#fff"/>`)
		d.printf(`<rect%s width="%.0f" height="%.0f"/>`, d.class("void"), d.width, d.height)
		d.notes()
	}
	d.patterns()
}

func (d *drawing) patterns() {
	d.printf(`<defs><pattern id="hatch" width="70" height="70" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`+
		`<path d="M0 0V70"%s/></pattern></defs>`, d.class("hatch-line"))
}

func (d *drawing) notes() {
	for i, line := range d.sheet.Notes {
		d.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, 0.055*d.width, d.height+float64(12+22*i)*unit,
			d.class("note"), html.EscapeString(line))
	}
}

// fills draws the areas, the chosen ones last.
func (d *drawing) fills() {
	for i, r := range d.net.regions {
		class := "area tint-" + strconv.Itoa(d.tint[r.Group])
		if d.sheet.Plain || r.Bare {
			class = "area plain"
		}
		if d.sheet.Chosen[r.ID] {
			class = "area chosen"
		}
		if r.Href != "" {
			d.printf(`<a href="%s">`, html.EscapeString(r.Href))
		}
		path := d.region(i)
		d.printf(`<path%s d="%s"><title>%s</title></path>`, d.class(class), path, html.EscapeString(title(r)))
		if !r.Known {
			d.printf(`<path%s d="%s"/>`, d.class("unknown"), path)
		}
		if r.Href != "" {
			d.print(`</a>`)
		}
	}
}

func title(r Region) string {
	if r.Title != "" {
		return r.Title
	}
	return r.Name
}

// region returns the path of a region from its arcs.
func (d *drawing) region(i int) string {
	var buf []byte
	for _, ring := range d.net.rings[i] {
		pen := pen{}
		for _, u := range ring {
			line := d.net.arcs[u.arc].line
			for k := range line {
				if u.reverse {
					k = len(line) - 1 - k
				}
				x, y := d.place(line[k])
				buf = pen.to(buf, x, y)
			}
		}
		buf = append(buf, 'z')
	}
	return string(buf)
}

// pen writes a path in relative integer steps, leaving out steps of length 0.
type pen struct {
	down bool
	x, y int
}

func (p *pen) to(buf []byte, x, y int) []byte {
	dx, dy := x-p.x, y-p.y
	switch {
	case !p.down:
		buf = append(buf, 'M')
	case dx == 0 && dy == 0:
		return buf
	default:
		buf = append(buf, 'l')
	}
	*p = pen{down: true, x: x, y: y}
	buf = strconv.AppendInt(buf, int64(dx), 10)
	if dy >= 0 {
		buf = append(buf, ' ')
	}
	return strconv.AppendInt(buf, int64(dy), 10)
}

// bands draws bands of colour along the outer border. The areas cover the inner
// half of each.
func (d *drawing) bands() {
	for _, class := range []string{"band-0", "band-1", "band-2"} {
		d.rank(class, func(a arc) bool { return a.rank <= Provincial })
	}
}

// borders draws every border once, from the lowest rank to the highest.
func (d *drawing) borders() {
	for rank := CountyRank; rank >= National; rank-- {
		d.rank("rank-"+strconv.Itoa(int(rank)), func(a arc) bool { return a.rank == rank })
	}
}

func (d *drawing) rank(class string, want func(arc) bool) {
	var buf []byte
	for _, a := range d.net.arcs {
		if want(a) {
			buf = d.line(buf, a.line, d.place)
		}
	}
	if len(buf) > 0 {
		d.printf(`<path%s d="%s"/>`, d.class("border "+class), buf)
	}
}

func (d *drawing) line(buf []byte, line orb.LineString, place func(orb.Point) (int, int)) []byte {
	pen := pen{}
	for _, p := range line {
		x, y := place(p)
		buf = pen.to(buf, x, y)
	}
	return buf
}

func (d *drawing) course() {
	var buf []byte
	for _, line := range d.sheet.Course {
		buf = d.line(buf, line, d.placeLonLat)
	}
	if len(buf) > 0 {
		d.printf(`<path%s d="%s"/>`, d.class("course"), buf)
	}
}

func (d *drawing) mark() {
	if d.sheet.Mark == nil {
		return
	}
	x, y := d.placeLonLat(*d.sheet.Mark)
	d.printf(`<circle%s cx="%d" cy="%d" r="45"/>`, d.class("mark"), x, y)
}
