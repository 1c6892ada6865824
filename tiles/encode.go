package tiles

import (
	"cmp"
	"slices"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
	"jieming/geo/snapround"
	"jieming/tiles/mvt"
)

// pen is the memory that drawing a tile needs. It is used by one goroutine at
// a time and keeps its memory from tile to tile.
type pen struct {
	points []mercator.Point
	runs   []run
	lines  []*line
	labels []*label
	places []*placeAt
	bytes  []byte

	rounder     snapround.Rounder
	encoder     mvt.Encoder
	left, right []int32 // who is drawn on the sides of each of lines
	drawn       map[int32]bool
	strokes     []stroke
	border      []stroke // those of one line and rank
	cells       []snapround.Cell
}

func newPen() *pen { return &pen{drawn: map[int32]bool{}} }

// reset empties the pen.
func (p *pen) reset() {
	p.points, p.runs, p.lines = p.points[:0], p.runs[:0], p.lines[:0]
	p.labels, p.places, p.bytes = p.labels[:0], p.places[:0], p.bytes[:0]
	p.strokes, p.cells = p.strokes[:0], p.cells[:0]
	clear(p.drawn)
}

// stroke is a stretch of a border as drawn.
type stroke struct {
	line        int32
	left, right int32
	rank        int
	from, to    int // of its cells
}

// layerNames are the layers of the levels.
var layerNames = [levels + 1]string{province: "province", prefecture: "prefecture", county: "county", township: "township"}

// Encode appends the tile, not compressed, to dst and ends the drawing. It costs
// about a microsecond for each three vertices.
func (d *Drawing) Encode(dst []byte) []byte {
	defer d.Discard()
	if d.digest == (digest{}) {
		return dst
	}
	d.rounder.Reset(d.z, d.x, d.y, bufferCells)
	for _, r := range d.runs {
		d.rounder.Add(r.line, d.points[r.from:r.to])
	}
	d.rounder.Round()
	d.encoder.Reset()
	for level := province; level <= d.sheet.level; level++ {
		d.encodeAreas(level)
	}
	d.encodePieces()
	d.encodeBorders()
	d.encodeLabels()
	d.encodePlaces()
	return append(dst, d.encoder.Bytes()...)
}

// take labels the sides of the lines.
func (d *Drawing) take(of func(faceAt) int32) snapround.Sides {
	d.left, d.right = d.left[:0], d.right[:0]
	for _, l := range d.lines {
		d.left, d.right = append(d.left, of(l.left)), append(d.right, of(l.right))
	}
	return snapround.Sides{Left: d.left, Right: d.right}
}

// holds finds who holds the tile, when no line of a labelling enters it.
func (d *Drawing) holds(of func(faceAt) int32) func() int32 {
	return func() int32 {
		if d.entered { // by lines of a finer level
			d.owner, d.entered = d.holder(simplify.Least(d.z)), false
		}
		return of(d.owner)
	}
}

// encodeAreas draws the units of a level.
func (d *Drawing) encodeAreas(level int) {
	of := func(f faceAt) int32 {
		if u := d.view.units[f.unit].up[level]; int(d.view.units[u].level) == level {
			return u
		}
		return nobody
	}
	d.encoder.Layer(layerNames[level])
	d.rounder.Polygons(d.take(of), d.holds(of), func(u int32, rings [][]snapround.Cell) {
		unit := &d.view.units[u]
		d.drawn[u] = true
		d.encoder.Polygon(uint64(unit.id), rings)
		d.tagUnit(unit)
	})
}

func (d *Drawing) tagUnit(u *unitAt) {
	d.encoder.TagString("name", u.name)
	if u.code != "" {
		d.encoder.TagString("code", u.code)
	}
	d.encoder.TagString("type", u.kind)
	d.encoder.TagInt("level", int64(u.level))
}

// encodePieces draws the territory whose county is not known.
func (d *Drawing) encodePieces() {
	if d.sheet.level < county || len(d.view.pieces) == 1 {
		return
	}
	of := func(f faceAt) int32 { return f.piece }
	d.encoder.Layer("unrefined")
	d.rounder.Polygons(d.take(of), d.holds(of), func(i int32, rings [][]snapround.Cell) {
		p := &d.view.pieces[i]
		d.encoder.Polygon(uint64(d.view.units[p.holder].id), rings)
		d.encoder.TagString("holder", d.view.units[p.holder].name)
		if p.among != "" {
			d.encoder.TagString("among", p.among)
		}
	})
}

// encodeBorders draws each border once, the highest rank last. Where borders
// fall together at the scale of the tile, what is left on either side counts.
func (d *Drawing) encodeBorders() {
	of := func(f faceAt) int32 { return f.unit }
	d.rounder.Lines(d.take(of), func(line, left, right int32, cells []snapround.Cell) {
		rank, _, _ := d.view.rank(left, right)
		from := len(d.cells)
		d.cells = append(d.cells, cells...)
		d.strokes = append(d.strokes, stroke{line, left, right, rank, from, len(d.cells)})
	})
	d.encoder.Layer("boundary")
	for rank := levels; rank >= 0; rank-- {
		for _, s := range d.strokes {
			if s.rank != rank {
				continue
			}
			if len(d.border) > 0 && d.border[0].line != s.line {
				d.encodeLine()
			}
			d.border = append(d.border, s)
		}
		d.encodeLine()
	}
}

// encodeLine draws what was collected in border: a feature for each pair of
// sides.
func (d *Drawing) encodeLine() {
	if len(d.border) > 1 {
		slices.SortStableFunc(d.border, func(a, b stroke) int {
			return cmp.Or(cmp.Compare(a.left, b.left), cmp.Compare(a.right, b.right))
		})
	}
	for rest := d.border; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].left == rest[0].left && rest[n].right == rest[0].right {
			n++
		}
		d.encodeBorder(rest[:n])
		rest = rest[n:]
	}
	d.border = d.border[:0]
}

// encodeBorder draws the strokes of one border.
func (d *Drawing) encodeBorder(strokes []stroke) {
	first := strokes[0]
	rank, l, r := d.view.rank(first.left, first.right)
	line := d.lines[first.line]
	d.encoder.BeginLines(uint64(line.id))
	for _, s := range strokes {
		d.encoder.Line(d.cells[s.from:s.to])
	}
	d.encoder.TagInt("rank", int64(rank))
	d.encoder.TagString("status", line.status)
	d.encoder.TagString("left", d.view.units[l].name)
	d.encoder.TagString("right", d.view.units[r].name)
	d.encoder.TagBool("uncertain", d.view.uncertain(rank, l, r))
}

// encodeLabels writes the names. A unit too small to be drawn at this zoom has
// a label that says so.
func (d *Drawing) encodeLabels() {
	d.encoder.Layer("label")
	for _, l := range d.labels {
		u := &d.view.units[l.unit]
		x, y := d.cellOf(l.at)
		d.encoder.Point(uint64(u.id), x, y)
		if l.piece != 0 {
			d.encoder.TagString("name", cmp.Or(d.view.pieces[l.piece].among, u.name))
			d.encoder.TagInt("level", county)
			d.encoder.TagBool("known", false)
			continue
		}
		d.encoder.TagString("name", u.name)
		if roman := d.view.works.roman(u.name); roman != "" {
			d.encoder.TagString("roman", roman)
		}
		if u.code != "" {
			d.encoder.TagString("code", u.code)
		}
		d.encoder.TagInt("level", int64(u.level))
		d.encoder.TagBool("known", true)
		if !d.drawn[l.unit] {
			d.encoder.TagBool("collapsed", true)
		}
	}
}

func (d *Drawing) encodePlaces() {
	d.encoder.Layer("place")
	for _, p := range d.places {
		x, y := d.cellOf(p.At)
		d.encoder.Point(uint64(p.Place), x, y)
		if p.Name != "" {
			d.encoder.TagString("name", p.Name)
		}
		if p.Roman != "" {
			d.encoder.TagString("roman", p.Roman)
		}
		d.encoder.TagString("category", p.Category)
	}
}

// cellOf returns the tile unit in which a point of the tile lies.
func (d *Drawing) cellOf(p mercator.Point) (x, y int32) {
	corner := tileBox(d.z, d.x, d.y)
	shift := cellBits - d.z
	return int32((int64(p.X) - corner.minX) >> shift), int32((int64(p.Y) - corner.minY) >> shift)
}
