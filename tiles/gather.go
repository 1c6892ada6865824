package tiles

import (
	"slices"

	"github.com/zeebo/xxh3"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// bufferCells is how far beyond its edge a tile draws, in tile units: 8 CSS
// pixels, enough for the widest line.
const bufferCells = 64

// marginCells is how far beyond the buffer lines are gathered: further than
// rounding can move them.
const marginCells = 8

// run is a stretch of a line that a tile draws.
type run struct {
	line     int32 // position among the lines of the drawing
	from, to int   // of its vertices
}

// Drawing is what one tile of a view shows, gathered but not yet drawn. It is
// used by one goroutine, and ends with Encode or Discard.
type Drawing struct {
	*pen
	view    *View
	z, x, y int
	sheet   *sheet
	entered bool   // whether lines enter the tile
	owner   faceAt // if not, who holds it
	digest  digest
}

// Draw gathers what tile z/x/y shows. It scans the lines near the tile: a
// fraction of a millisecond at most zooms.
func (v *View) Draw(z, x, y int) *Drawing {
	d := v.drawing(z, x, y)
	d.gather(simplify.Least(z))
	d.gatherLabels()
	d.gatherPlaces()
	d.digest = d.sum()
	return d
}

// drawing begins a drawing.
func (v *View) drawing(z, x, y int) *Drawing {
	v.open()
	d := &Drawing{pen: v.works.pens.Get().(*pen), view: v, z: z, x: x, y: y, sheet: v.sheets[v.levelAt(z)]()}
	d.reset()
	return d
}

// Digest identifies what the tile shows: drawings of equal digest have equal
// bytes. It is zero for an empty tile.
func (d *Drawing) Digest() [16]byte { return d.digest }

// Discard ends a drawing that is not encoded.
func (d *Drawing) Discard() {
	d.view.works.pens.Put(d.pen)
	d.pen = nil
}

// gather collects the stretches of lines that reach the tile, with the vertices
// of at least a threshold, and finds who holds the tile if no line enters it.
func (d *Drawing) gather(least float32) {
	cell := int64(1) << (cellBits - d.z)
	edge := tileBox(d.z, d.x, d.y).grown(bufferCells * cell)
	reach := edge.grown(marginCells * cell)
	entered := false
	d.sheet.index.meeting(&reach, func(i int) {
		l := &d.sheet.lines[i]
		runs := len(d.runs)
		d.points, d.runs = cut(d.points, d.runs, l, int32(len(d.lines)), least, &reach)
		if len(d.runs) == runs {
			return
		}
		d.lines = append(d.lines, l)
		entered = entered || enters(d.points[d.runs[runs].from:], &edge, 2*cell)
	})
	if d.entered = entered; !entered {
		d.owner = d.holder(least)
	}
}

// holder returns who holds the middle of the tile: of a level whose borders do
// not enter the tile, that is who holds all of it.
func (d *Drawing) holder(least float32) faceAt {
	b := tileBox(d.z, d.x, d.y)
	middle := mercator.Point{X: int32((b.minX + b.maxX) / 2), Y: int32((b.minY + b.maxY) / 2)}
	return d.sheet.holderAt(middle, least)
}

// cut appends the stretches of a line whose segments may meet a box.
func cut(points []mercator.Point, runs []run, l *line, position int32, least float32, reach *box) ([]mercator.Point, []run) {
	before, open := l.points[0], false
	for i := 1; i < len(l.points); i++ {
		if l.thresholds[i] < least {
			continue
		}
		p := l.points[i]
		switch near := reach.nearSegment(before, p); {
		case near && !open:
			runs = append(runs, run{line: position, from: len(points)})
			points = append(points, before, p)
			open = true
		case near:
			points = append(points, p)
		case open:
			runs[len(runs)-1].to = len(points)
			open = false
		}
		before = p
	}
	if open {
		runs[len(runs)-1].to = len(points)
	}
	return points, runs
}

// nearSegment tells whether the box meets that of a segment.
func (b *box) nearSegment(p, q mercator.Point) bool {
	return int64(max(p.X, q.X)) >= b.minX && int64(min(p.X, q.X)) <= b.maxX &&
		int64(max(p.Y, q.Y)) >= b.minY && int64(min(p.Y, q.Y)) <= b.maxY
}

// enters tells whether points lie both inside and outside of a box, by a margin:
// then whatever rounding does, a line crosses its edge.
func enters(points []mercator.Point, edge *box, margin int64) bool {
	inside, outside := false, false
	for _, p := range points {
		inside = inside || edge.within(p, margin)
		outside = outside || !edge.within(p, -margin)
		if inside && outside {
			return true
		}
	}
	return false
}

// holderAt returns who holds a point that lies on no line as drawn with the
// vertices of at least a threshold: the side of the nearest line to the east.
func (s *sheet) holderAt(p mercator.Point, least float32) faceAt {
	ray := box{int64(p.X), int64(p.Y), 1 << 32, int64(p.Y)}
	nearest := crossing{}
	s.index.meeting(&ray, func(i int) { nearest.look(p, &s.lines[i], least) })
	return nearest.side
}

// crossing is where a ray that runs east from a point first meets a line.
type crossing struct {
	a, b  mercator.Point // the segment, from north to south
	found bool
	side  faceAt // what lies west of it
}

func (c *crossing) look(p mercator.Point, l *line, least float32) {
	before := l.points[0]
	for i := 1; i < len(l.points); i++ {
		if l.thresholds[i] < least {
			continue
		}
		q := l.points[i]
		a, b, west := before, q, l.right // going south, the right side is west
		if b.Y < a.Y {
			a, b, west = b, a, l.left
		}
		if a.Y <= p.Y && p.Y < b.Y && eastOf(a, b, p) && (!c.found || c.beyond(a, b, p.Y)) {
			*c = crossing{a, b, true, west}
		}
		before = q
	}
}

// eastOf tells whether segment a–b, which runs south across the height of p,
// passes east of p.
func eastOf(a, b, p mercator.Point) bool {
	return wide(a, b, p.X, p.Y) > 0
}

// wide returns how far the segment lies east of (x, y) at its height, times the
// height of the segment.
func wide(a, b mercator.Point, x, y int32) float64 {
	return float64(int64(b.X)-int64(a.X))*float64(int64(y)-int64(a.Y)) + float64(int64(a.X)-int64(x))*float64(int64(b.Y)-int64(a.Y))
}

// beyond tells whether the crossing lies further east than that of a–b.
func (c *crossing) beyond(a, b mercator.Point, y int32) bool {
	at := func(a, b mercator.Point) float64 {
		return float64(a.X) + (float64(b.X)-float64(a.X))*(float64(y)-float64(a.Y))/(float64(b.Y)-float64(a.Y))
	}
	return at(a, b) < at(c.a, c.b)
}

// gatherLabels collects the labels whose place is in the tile.
func (d *Drawing) gatherLabels() {
	here := tileBox(d.z, d.x, d.y)
	for level := province; level <= d.sheet.level; level++ {
		labels := d.view.labels[level]()
		labels.index.meeting(&here, func(i int) {
			if l := &labels.all[i]; here.holds(l.at) {
				d.labels = append(d.labels, l)
			}
		})
	}
}

// holds tells whether a point is in the box, whose far sides are not.
func (b *box) holds(p mercator.Point) bool {
	x, y := int64(p.X), int64(p.Y)
	return b.minX <= x && x < b.maxX && b.minY <= y && y < b.maxY
}

// gatherPlaces collects the places in the tile.
func (d *Drawing) gatherPlaces() {
	if d.z < placeZoom {
		return
	}
	here := tileBox(d.z, d.x, d.y)
	d.view.placeIndex().meeting(&here, func(i int) {
		if p := &d.view.places[i]; here.holds(p.At) {
			d.places = append(d.places, p)
		}
	})
	slices.SortFunc(d.places, func(a, b *placeAt) int { return int(a.Place - b.Place) })
}

// sum covers all that the tile is made from.
func (d *Drawing) sum() digest {
	owned := d.view.units[d.owner.unit].level > 0
	if len(d.runs) == 0 && !owned && len(d.labels) == 0 && len(d.places) == 0 {
		return digest{}
	}
	h := hasher{data: d.bytes[:0]}
	h.add(d.view.faceDigest(d.owner, d.sheet.level))
	for _, r := range d.runs {
		h.add(d.lines[r.line].digest)
		for _, p := range d.points[r.from:r.to] {
			h.point(p)
		}
	}
	for _, l := range d.labels {
		h.add(l.digest)
	}
	for _, p := range d.places {
		h.add(p.digest)
	}
	d.bytes = h.data
	return xxh3.Hash128(h.data).Bytes()
}
