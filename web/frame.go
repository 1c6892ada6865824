package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// frame takes degrees to pixels of a small drawing and back: equirectangular,
// true to scale at its middle.
type frame struct {
	width, height float64 // pixels
	west, north   float64 // degrees of the upper left corner
	perLon        float64 // pixels in a degree
	perLat        float64
}

// fit makes the largest frame of a size that shows a box whole, in its middle.
func fit(b orb.Bound, width, height float64) frame {
	shrink := math.Cos(b.Center()[1] * math.Pi / 180)
	scale := math.Min(width/math.Max((b.Right()-b.Left())*shrink, 1e-6), height/math.Max(b.Top()-b.Bottom(), 1e-6))
	f := frame{width: width, height: height, perLon: scale * shrink, perLat: scale}
	f.west = b.Center()[0] - width/2/f.perLon
	f.north = b.Center()[1] + height/2/f.perLat
	return f
}

func (f frame) pixel(p orb.Point) (x, y float64) {
	return (p[0] - f.west) * f.perLon, (f.north - p[1]) * f.perLat
}

func (f frame) degrees(x, y float64) orb.Point {
	return orb.Point{f.west + x/f.perLon, f.north - y/f.perLat}
}

func (f frame) bound() orb.Bound {
	return orb.Bound{Min: f.degrees(0, f.height), Max: f.degrees(f.width, 0)}
}

// path writes an area as an SVG path, leaving out points that fall on the pixel
// of the one before.
func (f frame) path(data []byte) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return "", fmt.Errorf("read an area: %w", err)
	}
	var areas orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		areas = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		areas = g
	}
	var b strings.Builder
	for _, area := range areas {
		for _, ring := range area {
			f.ring(&b, ring)
		}
	}
	return b.String(), nil
}

func (f frame) ring(b *strings.Builder, ring orb.Ring) {
	lastX, lastY, begun := math.Inf(1), math.Inf(1), false
	for _, p := range ring {
		x, y := f.pixel(p)
		// Far outside of the frame nothing is seen; near it lines must not bend.
		x, y = math.Max(-2000, math.Min(3000, math.Round(x))), math.Max(-2000, math.Min(3000, math.Round(y)))
		if x == lastX && y == lastY {
			continue
		}
		if begun {
			b.WriteByte('L')
		} else {
			b.WriteByte('M')
			begun = true
		}
		b.WriteString(strconv.Itoa(int(x)))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(int(y)))
		lastX, lastY = x, y
	}
	if begun {
		b.WriteByte('Z')
	}
}

// lineStep is how near each other two vertices of a line may be drawn, in pixels.
const lineStep = 0.7

// lines writes lines as the d of an SVG path, without those outside of the frame.
func (f frame) lines(all []orb.LineString) string {
	var out strings.Builder
	box := f.bound()
	for _, line := range all {
		if !line.Bound().Intersects(box) {
			continue
		}
		lastX, lastY := math.Inf(1), math.Inf(1)
		for i, at := range line {
			x, y := f.pixel(at)
			if i > 0 && i < len(line)-1 && math.Hypot(x-lastX, y-lastY) < lineStep {
				continue
			}
			lastX, lastY = x, y
			verb := 'L'
			if i == 0 {
				verb = 'M'
			}
			fmt.Fprintf(&out, "%c%.1f %.1f", verb, x, y)
		}
	}
	return out.String()
}
