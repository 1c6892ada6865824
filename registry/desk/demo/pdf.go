package demo

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode/utf16"

	"github.com/paulmach/orb"

	"jieming/registry"
)

// A4 in points, and the margins of official documents.
const (
	pageWidth, pageHeight  = 595.0, 842.0
	left, right, top, foot = 79.0, 74.0, 105.0, 99.0
)

// sheets is a PDF being drawn: A4 pages with lines, areas and Chinese text, in
// points from the lower left corner. It brings no font: whoever shows it takes
// their own for the Song face that it names.
type sheets struct{ pages []*bytes.Buffer }

func (s *sheets) page() { s.pages = append(s.pages, &bytes.Buffer{}) }

func (s *sheets) draw(format string, args ...any) {
	fmt.Fprintf(s.pages[len(s.pages)-1], format+"\n", args...)
}

// write writes a line of text that begins at x.
func (s *sheets) write(x, y, size float64, text string) {
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&hex, "%04X", u)
	}
	s.draw("BT /F1 %.1f Tf %.1f %.1f Td <%s> Tj ET", size, x, y, hex.String())
}

// centre writes a line of text around the middle of the page.
func (s *sheets) centre(y, size float64, text string) {
	s.write((pageWidth-widthOf(text)*size)/2, y, size, text)
}

// widthOf is how wide text is, in its size.
func widthOf(text string) (w float64) {
	for _, r := range text {
		if r < 0x2000 {
			w += 0.5
		} else {
			w++
		}
	}
	return w
}

// wrapped are the lines of a paragraph, of so many hanzi at most.
func wrapped(text string, most float64) (lines []string) {
	var line []rune
	for _, r := range text {
		if line = append(line, r); widthOf(string(line)) > most {
			lines, line = append(lines, string(line[:len(line)-1])), []rune{r}
		}
	}
	return append(lines, string(line))
}

// ring draws a circle.
func (s *sheets) ring(x, y, r float64) {
	const k = 0.5523
	s.draw("%.1f %.1f m", x+r, y)
	for i := range 4 {
		a, b := float64(i)*math.Pi/2, float64(i+1)*math.Pi/2
		s.draw("%.1f %.1f %.1f %.1f %.1f %.1f c", x+r*math.Cos(a)-k*r*math.Sin(a), y+r*math.Sin(a)+k*r*math.Cos(a),
			x+r*math.Cos(b)+k*r*math.Sin(b), y+r*math.Sin(b)-k*r*math.Cos(b), x+r*math.Cos(b), y+r*math.Sin(b))
	}
	s.draw("S")
}

// seal draws the red seal of a demonstration.
func (s *sheets) seal(x, y float64) {
	s.draw("q 0.85 0.1 0.1 RG 0.85 0.1 0.1 rg 2.5 w")
	s.ring(x, y, 52)
	for i := range 5 {
		turn := math.Pi/2 + float64(i)*4*math.Pi/5
		s.draw("%.1f %.1f %s", x+17*math.Cos(turn), y+17*math.Sin(turn), map[bool]string{true: "m", false: "l"}[i == 0])
	}
	s.draw("f")
	s.write(x-36, y-36, 12, "演示专用章　")
	s.draw("Q")
}

// bytes writes the file.
func (s *sheets) bytes() []byte {
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "",
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R /DW 1000 /W [1 95 500] >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
	}
	var kids []string
	for _, p := range s.pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", len(objects)+1))
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.0f %.0f] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", pageWidth, pageHeight, len(objects)+2),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", p.Len(), p.Bytes()))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(kids))
	var out bytes.Buffer
	out.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range objects {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return out.Bytes()
}

// scan is how the signed form of a document looks when it comes back: its text,
// under the red head of its issuer, with a seal.
func scan(issuer, number, title, text string, day string) []byte {
	s := &sheets{}
	s.page()
	s.draw("q 0.9 0 0.07 rg 0.9 0 0.07 RG 1.5 w")
	s.centre(pageHeight-top-20, 30, issuer)
	s.draw("%.0f %.0f m %.0f %.0f l S Q", left, pageHeight-top-62, pageWidth-right, pageHeight-top-62)
	s.centre(pageHeight-top-52, 14, number)
	y := pageHeight - top - 105
	for _, line := range wrapped(title, 18) {
		s.centre(y, 20, line)
		y -= 30
	}
	y -= 14
	for _, paragraph := range strings.Split(text, "\n") {
		for _, line := range wrapped("　　"+paragraph, (pageWidth-left-right)/15) {
			if y < foot {
				s.page()
				y = pageHeight - top
			}
			s.write(left, y, 15, line)
			y -= 26
		}
	}
	if y < foot+110 {
		s.page()
		y = pageHeight - top
	}
	s.write(pageWidth-right-190, y-40, 15, issuer)
	s.write(pageWidth-right-190, y-66, 15, day)
	s.seal(pageWidth-right-130, y-48)
	return s.bytes()
}

// Area is an area on a map among the papers.
type Area struct {
	Name  string
	Shape orb.MultiPolygon // degrees lon, lat
	Label orb.Point        // where its name stands
}

// chart is a map among the papers: the first area is what it is about, the
// others lie around it. What is proposed is a sketch.
func chart(title string, areas []Area, proposal bool, day registry.Day) []byte {
	s := &sheets{}
	s.page()
	s.centre(pageHeight-80, 20, title)
	s.draw("0.8 w %.0f 120 %.0f %.0f re S", left, pageWidth-2*left, pageHeight-240)
	if len(areas) > 0 {
		s.areas(areas, proposal)
	}
	s.write(left, 96, 11, "演示图件，不是标准地图，未经审核。绘制日期："+day.String())
	if proposal {
		s.write(left, 78, 11, "红色虚线：拟变更的范围（示意）")
	}
	return s.bytes()
}

// areas draws areas into the frame, in an equirectangular projection.
func (s *sheets) areas(areas []Area, proposal bool) {
	b := areas[0].Shape.Bound().Pad(0.08)
	squeeze := math.Cos(b.Center()[1] * math.Pi / 180)
	scale := min((pageWidth-2*left-20)/((b.Max[0]-b.Min[0])*squeeze), (pageHeight-260)/(b.Max[1]-b.Min[1]))
	at := func(p orb.Point) (x, y float64) {
		return pageWidth/2 + (p[0]-b.Center()[0])*squeeze*scale, pageHeight/2 + (p[1]-b.Center()[1])*scale
	}
	s.draw("q %.0f 120 %.0f %.0f re W n", left, pageWidth-2*left, pageHeight-240)
	for i := len(areas) - 1; i >= 0; i-- {
		s.draw(map[bool]string{true: "0.99 0.95 0.85 rg 0.2 G 1.4 w", false: "0.96 g 0.6 G 0.6 w"}[i == 0])
		for _, polygon := range areas[i].Shape {
			for _, ring := range polygon {
				s.outline(ring, at)
			}
			s.draw("B*")
		}
	}
	s.draw("0 g")
	for i, a := range areas {
		if x, y := at(a.Label); i == 0 || x > left+20 && x < pageWidth-left-60 && y > 130 && y < pageHeight-130 {
			s.write(x-widthOf(a.Name)*6, y, 12, a.Name)
		}
	}
	if proposal {
		border := areas[0].Shape[0][0]
		x, y := at(border[len(border)/3])
		s.draw("0.85 0.1 0.1 RG 1.6 w [6 3] 0 d")
		s.ring(x, y, 34)
	}
	s.draw("Q")
}

// outline adds a ring to the path; points that nobody could tell apart are left out.
func (s *sheets) outline(ring orb.Ring, at func(orb.Point) (x, y float64)) {
	lastX, lastY := math.Inf(1), math.Inf(1)
	for i, p := range ring {
		x, y := at(p)
		if i > 0 && i < len(ring)-1 && math.Hypot(x-lastX, y-lastY) < 0.7 {
			continue
		}
		s.draw("%.1f %.1f %s", x, y, map[bool]string{true: "m", false: "l"}[i == 0])
		lastX, lastY = x, y
	}
	s.draw("h")
}
