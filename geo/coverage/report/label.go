package report

import (
	"math"
	"unicode"
)

// box is a rectangle in a drawing.
type box struct{ left, top, right, bottom int }

func (b box) meets(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// boxOf is the room a name takes around its middle.
func (k *sketch) boxOf(text string, at dot) box {
	half := widthOf(text) * k.text / 4
	return box{at.x - half - 4, at.y - k.text/2 - 2, at.x + half + 4, at.y + k.text/2 + 2}
}

// widthOf is the width of text in half its height: two for a Chinese character.
func widthOf(text string) (n int) {
	for _, r := range text {
		n++
		if r > unicode.MaxLatin1 {
			n++
		}
	}
	return n
}

// room finds where in a unit a name stands farthest from its border, from the
// fault and from other names: all of it in the unit if it can be, else its
// middle. It is false if there is no room for that either.
func (k *sketch) room(text string, rings [][]dot) (best dot, ok bool) {
	if best, ok = k.roomiest(text, rings, widthOf(text)*k.text/4); ok {
		return best, ok
	}
	return k.roomiest(text, rings, 0)
}

// roomiest looks at places where all within reach to the left and right lies in
// the unit.
func (k *sketch) roomiest(text string, rings [][]dot, reach int) (best dot, ok bool) {
	const columns, rows = 14, 9
	far := float64(k.text) * 0.6
	for row := 1; row < rows; row++ {
		for column := 1; column < columns; column++ {
			at := dot{column * k.width / columns, row * k.height / rows}
			if !k.free(k.boxOf(text, at)) {
				continue
			}
			d := float64(2*k.text) + k.tilt(at)
			for _, p := range [...]dot{{at.x - reach, at.y}, at, {at.x + reach, at.y}} {
				d = min(d, k.depth(rings, p))
			}
			if d > far {
				far, best, ok = d, at, true
			}
		}
	}
	return best, ok
}

// depth is how far p lies from the border of a unit and from the fault; 0
// outside the unit.
func (k *sketch) depth(rings [][]dot, p dot) float64 {
	if !inside(rings, p) {
		return 0
	}
	return min(distance(rings, p), distance(k.outline, p))
}

// tilt prefers the middle of the drawing among places that are all far enough.
func (k *sketch) tilt(at dot) float64 {
	return 1 - math.Hypot(float64(at.x-k.width/2), float64(at.y-k.height/2))/float64(k.width)
}

// free tells whether nothing stands in a box, nor will the scale bar.
func (k *sketch) free(b box) bool {
	if b.left < 0 || b.top < 0 || b.right > k.width || b.bottom > k.height-k.text*3/2 {
		return false
	}
	for _, t := range k.taken {
		if b.meets(t) {
			return false
		}
	}
	return true
}

// inside tells whether at lies in rings by the even-odd rule.
func inside(rings [][]dot, at dot) (in bool) {
	for _, r := range rings {
		for i := range r {
			a, b := r[i], r[(i+1)%len(r)]
			if (a.y > at.y) != (b.y > at.y) && float64(at.x) < float64(a.x)+float64(b.x-a.x)*float64(at.y-a.y)/float64(b.y-a.y) {
				in = !in
			}
		}
	}
	return in
}

// distance is that of at from the nearest line.
func distance(lines [][]dot, at dot) float64 {
	best := math.Inf(1)
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			best = min(best, toSegment(l[i-1], l[i], at))
		}
	}
	return math.Sqrt(best)
}

// toSegment is the square of the distance of p from a segment.
func toSegment(a, b, p dot) float64 {
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	px, py := float64(p.x-a.x), float64(p.y-a.y)
	if length := dx*dx + dy*dy; length > 0 {
		t := max(0, min(1, (px*dx+py*dy)/length))
		px, py = px-t*dx, py-t*dy
	}
	return px*px + py*py
}
