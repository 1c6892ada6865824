package sheet

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// Format is a size of paper after ISO 216.
type Format int

// The sizes of paper, the largest first.
const (
	A0 Format = iota
	A1
	A2
	A3
	A4
)

// Formats are all sizes, the smallest first.
func Formats() []Format { return []Format{A4, A3, A2, A1, A0} }

// String is the name of the size, such as "A3".
func (f Format) String() string { return fmt.Sprintf("A%d", int(f)) }

// SizeMM returns the short and the long side in millimetres.
func (f Format) SizeMM() (short, long float64) {
	sides := [...]float64{1189, 841, 594, 420, 297, 210}
	return sides[f+1], sides[f]
}

// Paper is a map on paper (图幅): title, one map or two to compare, key, scale
// and the notes that every map must carry. All maps of a sheet show the same
// land at the same scale.
type Paper struct {
	Format    Format
	Landscape bool
	Large     float64 // how much larger symbols and letters are than on paper of that size, for small screens; 0 for 1
	Title     string
	Subtitle  string
	Stamp     string // such as 示意; "" for none
	Panels    []Panel
	View      *orb.Bound // what to show, lon lat degrees; nil shows all
	Key       []KeyRow
	Heading   string   // over the lines of Text
	Text      []string // lines below the maps, such as what changed
	Notes     []string
	Scale     func(denominator int) string // writes a scale such as 1:2000000
}

// Panel is one map of a sheet. Of its Sheet, the size, frame and title are set
// by the paper.
type Panel struct {
	Net     *Net
	Sheet   Sheet
	Caption string // such as a date; "" for none
}

// KeyRow explains a symbol, which is named by its class.
type KeyRow struct{ Class, Text string }

// Lengths in SVG units of the parts of a sheet.
const (
	marginSize  = 38 * unit
	titleSize   = 31 * unit
	captionSize = 19 * unit
	textSize    = 12 * unit
	lineStep    = 19 * unit
	symbolSize  = 44 * unit
	keyRows     = 3
	gapSize     = 14 * unit
)

// mmPerPx is the length of a CSS pixel.
const mmPerPx = 25.4 / 96

// symbols is how much larger symbols and letters are than on A4: less than the
// paper is, because a larger sheet is also to show more.
func (f Format) symbols() float64 { return math.Pow(2, float64(A4-f)/4) }

// WritePaper draws a sheet as SVG, with its size in millimetres and all colours
// of its own. Its first text has the id "title".
func WritePaper(w io.Writer, p Paper) error {
	l := newLayout(p, w)
	l.open()
	l.head()
	l.maps()
	l.foot()
	l.print("</svg>")
	return l.out.Flush()
}

// layout is the state of one sheet being drawn. Lengths are SVG units.
type layout struct {
	drawing
	paper  Paper
	units  float64 // per millimetre
	top    float64 // of the maps
	bottom float64
	notes  []string // broken into lines
	rooms  []room   // of the panels
	metres float64  // SVG units per metre, of the maps
	ratio  int      // denominator of the scale; 0 if there is none
}

// room is where a panel stands.
type room struct{ x, y, width, height float64 }

func newLayout(p Paper, w io.Writer) *layout {
	short, long := p.Format.SizeMM()
	if p.Landscape {
		short, long = long, short
	}
	units := unit / (mmPerPx * p.Format.symbols() * cmp.Or(p.Large, 1))
	l := &layout{paper: p, units: units}
	l.drawing = drawing{out: bufio.NewWriter(w), sheet: Sheet{Standalone: true}, width: math.Round(short * units), height: math.Round(long * units)}
	l.notes = wrap(p.Notes, l.width-2*marginSize, textSize)
	l.top = marginSize + titleSize + gapSize
	l.bottom = l.height - marginSize - l.footHeight()
	l.arrange()
	return l
}

// keyRows is how many rows the key has: where letters are large, columns beside
// each other leave no room for the scale.
func (l *layout) keyRows() int {
	if l.paper.Large > 1 {
		return max(keyRows, len(l.paper.Key))
	}
	return keyRows
}

// footHeight is the height of all that stands below the maps.
func (l *layout) footHeight() float64 {
	high := l.keyRows()*lineStep + 2*gapSize + len(l.notes)*lineStep
	if n := len(l.paper.Text); n > 0 {
		high += (n+1)*lineStep + gapSize
	}
	return float64(high)
}

// arrange places the panels so that the scale is as large as can be.
func (l *layout) arrange() {
	n, over := float64(max(len(l.paper.Panels), 1)), l.captionHeight()
	wide, high := l.width-2*marginSize, l.bottom-l.top
	beside := room{0, 0, (wide - (n-1)*gapSize) / n, high - over}
	below := room{0, 0, wide, (high-(n-1)*gapSize)/n - over}
	b := l.extent()
	size, dx, dy := beside, beside.width+gapSize, 0.0
	if fitting(b, below) > fitting(b, beside) {
		size, dx, dy = below, 0, below.height+over+gapSize
	}
	for i := range l.paper.Panels {
		l.rooms = append(l.rooms, room{marginSize + float64(i)*dx, l.top + over + float64(i)*dy, size.width, size.height})
	}
	l.metres = fitting(b, size)
	if len(l.paper.Panels) > 0 && l.paper.Panels[0].Net.plane.conformal {
		l.ratio = roundRatio(1000 * l.units / l.metres)
		l.metres = 1000 * l.units / float64(l.ratio)
	}
}

// captionHeight is the room for captions over the maps.
func (l *layout) captionHeight() float64 {
	for _, p := range l.paper.Panels {
		if p.Caption != "" {
			return captionSize + gapSize
		}
	}
	return 0
}

// extent is what the maps show, projected, with some room around.
func (l *layout) extent() orb.Bound {
	var b orb.Bound
	for i, p := range l.paper.Panels {
		shown := p.Net.bound
		if l.paper.View != nil {
			shown = p.Net.plane.around(*l.paper.View)
		}
		if b = b.Union(shown); i == 0 {
			b = shown
		}
	}
	return b.Pad(0.03 * math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]))
}

// around is the projected box around a box in degrees.
func (p Projection) around(b orb.Bound) orb.Bound {
	const parts = 8
	corner := p.to(b.Min)
	out := orb.Bound{Min: corner, Max: corner}
	for i := range parts + 1 {
		for j := range parts + 1 {
			out = out.Extend(p.to(orb.Point{
				b.Min[0] + (b.Max[0]-b.Min[0])*float64(i)/parts, b.Min[1] + (b.Max[1]-b.Min[1])*float64(j)/parts}))
		}
	}
	return out
}

// fitting is the scale, in SVG units per metre, at which a box fits a room.
func fitting(b orb.Bound, r room) float64 {
	return math.Min(r.width/math.Max(b.Max[0]-b.Min[0], 1), r.height/math.Max(b.Max[1]-b.Min[1], 1))
}

// roundRatio is the next denominator of a scale with two digits.
func roundRatio(least float64) int {
	power := math.Pow(10, math.Floor(math.Log10(math.Max(least, 1))))
	return int(math.Ceil(least*10/power-1e-9) * power / 10)
}

func (l *layout) open() {
	l.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0fmm" height="%.0fmm" viewBox="0 0 %.0f %.0f"%s role="img" aria-label="%s">`,
		l.width/l.units, l.height/l.units, l.width, l.height, l.class("sheet"), html.EscapeString(l.paper.Title))
	l.print(`<rect width="100%" height="100%" fill="#fff"/>`)
	l.patterns()
}

// head writes the title, what stands beside it, and the stamp.
func (l *layout) head() {
	base := marginSize + titleSize*0.82
	l.printf(`<text id="title" x="%d" y="%.0f"%s>%s</text>`, marginSize, base, l.class("title"), html.EscapeString(l.paper.Title))
	right := l.width - marginSize
	if l.paper.Stamp != "" {
		wide := emOf(l.paper.Stamp)*captionSize + 2*gapSize
		l.printf(`<g transform="rotate(-3 %.0f %.0f)"><rect%s x="%.0f" y="%d" width="%.0f" height="%d" rx="30"/><text x="%.0f" y="%.0f"%s>%s</text></g>`,
			right-wide/2, base, l.class("stamp"), right-wide, marginSize, wide, captionSize+gapSize,
			right-wide/2, marginSize+gapSize/2+captionSize*0.86, l.class("stamped"), html.EscapeString(l.paper.Stamp))
		right -= wide + gapSize
	}
	if l.paper.Subtitle != "" {
		l.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, right, base, l.class("subtitle"), html.EscapeString(l.paper.Subtitle))
	}
}

// maps draws the panels, each in a window of its own, around the same middle.
func (l *layout) maps() {
	middle := l.extent().Center()
	for i, p := range l.paper.Panels {
		r := l.rooms[i]
		d := drawing{net: p.Net, sheet: p.Sheet, out: l.out, scale: l.metres, width: math.Floor(r.width), height: math.Floor(r.height), tint: p.Net.TintOf()}
		d.sheet.Standalone, d.sheet.Framed = true, true
		d.origin = orb.Point{middle[0] - d.width/2/d.scale, middle[1] + d.height/2/d.scale}
		d.printf(`<svg x="%.0f" y="%.0f" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f"><rect%s width="100%%" height="100%%"/>`,
			r.x, r.y, d.width, d.height, d.width, d.height, d.class("void"))
		d.draw()
		d.print("</svg>")
		if p.Caption != "" {
			l.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, r.x, r.y-gapSize*0.7, l.class("caption"), html.EscapeString(p.Caption))
		}
	}
}

// foot draws the key, the scale, the text and the notes.
func (l *layout) foot() {
	y := l.bottom + gapSize
	l.key(y)
	l.scaleBar(y)
	y += float64(l.keyRows()*lineStep + gapSize)
	line := func(class, text string) {
		l.printf(`<text x="%d" y="%.0f"%s>%s</text>`, marginSize, y+textSize*0.9, l.class(class), html.EscapeString(text))
		y += lineStep
	}
	if len(l.paper.Text) > 0 {
		line("heading", l.paper.Heading)
		for _, text := range l.paper.Text {
			line("note", text)
		}
		y += gapSize
	}
	for _, note := range l.notes {
		line("note", note)
	}
}

// key draws the key in columns as wide as their texts.
func (l *layout) key(y float64) {
	x, widest := float64(marginSize), 0.0
	for i, row := range l.paper.Key {
		if rows := l.keyRows(); i > 0 && i%rows == 0 {
			x += symbolSize + widest*textSize + 3*gapSize
			widest = 0
		}
		widest = math.Max(widest, emOf(row.Text))
		l.keyRow(row, x, y+float64(i%l.keyRows())*lineStep)
	}
}

// keyRow draws a symbol and what it means.
func (l *layout) keyRow(row KeyRow, x, y float64) {
	const wide, high = symbolSize, 11 * unit
	middle := y + lineStep/2
	if row.Class == "unknown" || row.Class == "chosen" {
		l.printf(`<rect%s x="%.0f" y="%.0f" width="%d" height="%d"/><rect%s x="%.0f" y="%.0f" width="%d" height="%d"/>`,
			l.class(row.Class), x, middle-high/2, wide, high, l.class("key-box"), x, middle-high/2, wide, high)
	} else {
		class := row.Class
		if class != "course" {
			class = "border " + class
		}
		l.printf(`<path%s d="M%.0f %.0fh%d"/>`, l.class(class), x, middle, wide)
	}
	l.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, x+wide+9*unit, middle+textSize*0.36, l.class("note"), html.EscapeString(row.Text))
}

// scaleBar draws a bar of a round length at the right, with the scale in
// figures where the map has one.
func (l *layout) scaleBar(y float64) {
	if len(l.paper.Panels) == 0 {
		return
	}
	perKM := 1000 * l.metres
	if plane := l.paper.Panels[0].Net.plane; !plane.conformal {
		lat := plane.from(l.extent().Center())[1]
		perKM /= math.Cos(lat * math.Pi / 180)
	}
	km := roundLength(min(170*unit, 0.27*(l.width-2*marginSize)) / perKM)
	wide, right := km*perKM, l.width-marginSize
	const high = 5 * unit
	base := y + lineStep*1.6
	for i := range 4 {
		class := "bar-dark"
		if i%2 == 1 {
			class = "bar-light"
		}
		l.printf(`<rect%s x="%.0f" y="%.0f" width="%.0f" height="%d"/>`, l.class(class), right-wide+float64(i)*wide/4, base, wide/4, high)
	}
	number := func(x float64, class, text string) {
		l.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, x, base-5*unit, l.class(class), text)
	}
	number(right-wide, "bar-text", "0")
	number(right-wide/2, "bar-text", fmt.Sprintf("%g", km/2))
	number(right, "bar-text-end", fmt.Sprintf("%g km", km))
	if l.ratio > 0 && l.paper.Scale != nil {
		l.printf(`<text x="%.0f" y="%.0f"%s>%s</text>`, right, base+lineStep+4*unit, l.class("scale"), html.EscapeString(l.paper.Scale(l.ratio)))
	}
}

// roundLength is the greatest round length up to a most.
func roundLength(most float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(math.Max(most, 1e-3))))
	for _, digits := range []float64{8, 6, 4, 3, 2, 1.6, 1.2} {
		if digits*power <= most {
			return digits * power
		}
	}
	return power
}

// emOf is about how wide a text is, in ems: a character of Chinese is as wide
// as it is high.
func emOf(text string) float64 {
	em := 0.0
	for _, r := range text {
		if em++; r < 0x2e80 {
			em -= 0.44
		}
	}
	return em
}

// wrap breaks texts into lines of at most a width, between words where a line
// has any.
func wrap(texts []string, width, size float64) []string {
	var lines []string
	for _, text := range texts {
		for text != "" {
			n, em := 0, 0.0
			for _, r := range text {
				if em += emOf(string(r)); em*size > width && n > 0 {
					break
				}
				n += utf8.RuneLen(r)
			}
			if space := strings.LastIndexByte(text[:n], ' '); n < len(text) && text[n] != ' ' && text[n] < utf8.RuneSelf && space > n/2 {
				n = space
			}
			lines = append(lines, text[:n])
			text = strings.TrimLeft(text[n:], " ")
		}
	}
	return lines
}
