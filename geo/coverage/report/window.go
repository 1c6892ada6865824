package report

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
)

// window is a stretch of country as a drawing shows it: north up, equally long
// in all directions at its middle. Drawings are measured in half pixels.
type window struct {
	size
	west, north    float64 // degrees, of the upper left corner
	perLon, perLat float64 // half pixels per degree
	unitM          float64 // metres per half pixel
}

// size is that of a drawing.
type size struct {
	width, height int // half pixels
	class         string
	text          int // height of names, half pixels
}

var (
	cardSize = size{360, 220, "spot", 22}
	pageSize = size{1760, 1000, "spot large", 38}
)

const (
	metresPerDegree = 111_195
	leastM          = 30  // the least width of a window
	pointM          = 400 // its width around a point
	air             = 1.7 // how much larger a window is than what it shows
)

// newWindow looks at a fault.
func newWindow(f *coverage.Fault, z size) window {
	b := f.Bound
	center := b.Center()
	eastM := metresPerDegree * math.Cos(center[1]*math.Pi/180)
	least := float64(leastM)
	if b.Min == b.Max {
		least = pointM
	}
	w := window{size: z}
	width, height := float64(z.width), float64(z.height)
	w.unitM = max(air*(b.Max[0]-b.Min[0])*eastM/width, air*(b.Max[1]-b.Min[1])*metresPerDegree/height, least/width)
	w.perLon, w.perLat = eastM/w.unitM, metresPerDegree/w.unitM
	w.west = center[0] - width/2/w.perLon
	w.north = center[1] + height/2/w.perLat
	return w
}

// bound is what is drawn: a little more than is seen, so that the edges along
// which regions are cut stay out of sight.
func (w window) bound() orb.Bound {
	const margin = 12
	return orb.Bound{
		Min: orb.Point{w.west - margin/w.perLon, w.north - (float64(w.height)+margin)/w.perLat},
		Max: orb.Point{w.west + (float64(w.width)+margin)/w.perLon, w.north + margin/w.perLat},
	}
}

func (w window) to(p orb.Point) dot {
	return dot{int(math.Round((p[0] - w.west) * w.perLon)), int(math.Round((w.north - p[1]) * w.perLat))}
}

// bar is a scale bar: a round length, and what to write at it.
func (w window) bar() (width int, text string) {
	wantM := 0.28 * float64(w.width) * w.unitM
	lengthM := math.Pow(10, math.Floor(math.Log10(wantM)))
	for _, k := range []float64{5, 2} {
		if k*lengthM <= wantM {
			lengthM *= k
			break
		}
	}
	text = strconv.FormatFloat(lengthM, 'f', -1, 64) + " m"
	if lengthM >= 1000 {
		text = strconv.FormatFloat(lengthM/1000, 'f', -1, 64) + " km"
	}
	return int(math.Round(lengthM / w.unitM)), text
}

// dot is a place in a drawing, in half pixels.
type dot struct{ x, y int }

// trace rounds a line to dots, leaving out those less than step from the one
// before.
func trace(line []orb.Point, to func(orb.Point) dot, step int) []dot {
	var dots []dot
	for i, p := range line {
		d := to(p)
		if n := len(dots); n > 0 && i < len(line)-1 && abs(d.x-dots[n-1].x) < step && abs(d.y-dots[n-1].y) < step {
			continue
		}
		dots = append(dots, d)
	}
	return dots
}

func abs(a int) int { return max(a, -a) }

// appendPath appends SVG path data in relative steps.
func appendPath(dst []byte, dots []dot, closed bool) []byte {
	last := dot{}
	for i, d := range dots {
		verb := byte('l')
		if i == 0 {
			verb = 'M'
		} else if d == last {
			continue
		}
		dst = append(dst, verb)
		dst = strconv.AppendInt(dst, int64(d.x-last.x), 10)
		if d.y >= last.y {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, int64(d.y-last.y), 10)
		last = d
	}
	if closed {
		dst = append(dst, 'z')
	}
	return dst
}
