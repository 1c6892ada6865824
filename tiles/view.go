package tiles

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"jieming/geo/mercator"
)

// The levels that have a layer.
const (
	province   = 1
	prefecture = 2
	county     = 3
	township   = 4
	levels     = 4
)

// firstZoom is the zoom from which on the units of a level are drawn.
var firstZoom = [levels + 1]int{province: 0, prefecture: 3, county: 4, township: 8}

// placeZoom is the zoom from which on places are drawn.
const placeZoom = 7

// levelAt returns the finest level that a zoom of the view draws.
func (v *View) levelAt(zoom int) int {
	level := v.finest
	for firstZoom[level] > zoom {
		level--
	}
	return level
}

// digest tells one content from another; equal digests mean equal content.
type digest = [16]byte

// nobody is the index of the unit that stands for no unit.
const nobody = 0

// View is what the registry shows in one epoch: who holds what, between whom
// the borders run, what bears which name. It never changes and may be used by
// many at once. It is made when the first tile is drawn.
type View struct {
	epoch      Epoch
	works      *works
	open       func()   // makes what follows, once
	finest     int      // the finest level that holds territory, at least county
	units      []unitAt // [nobody] is nobody
	faces      map[int64]faceAt
	pieces     []piece   // [0] is none
	borders    []border  // in order of arc
	places     []placeAt // in order of id
	lines      map[int64][]mercator.Point
	arcPlan    func() *arcPlan
	sheets     [levels + 1]func() *sheet
	labels     [levels + 1]func() *labelSet
	placeIndex func() *boxes
	bounds     func() box
}

// unitAt is a unit at the instant of the view.
type unitAt struct {
	id     int64
	level  int8
	kind   string
	name   string
	code   string
	parent int32
	up     [levels + 1]int32 // who stands for it at a level: itself or who is above it
	digest digest
}

// faceAt is who holds a face.
type faceAt struct {
	unit  int32 // the holder
	piece int32 // 0: the county is known
}

// piece is territory whose county is not known: it is held by a coarser unit.
type piece struct {
	holder int32
	among  string // the names of the units one of which held each part
	digest digest
}

// border is an arc at the instant of the view.
type border struct {
	arc         int64
	left, right faceAt
	status      string
}

// placeAt is a place at the instant of the view.
type placeAt struct {
	*place
	digest digest
}

func newView(r *relations, w *works, at Epoch) *View {
	v := &View{epoch: at, works: w}
	v.open = sync.OnceFunc(func() { v.fill(r) })
	return v
}

// Epoch identifies the view among those of a registry.
func (v *View) Epoch() Epoch { return v.epoch }

func (v *View) fill(r *relations) {
	v.lines = r.arcs
	index := v.addUnits(r)
	v.addFaces(r, index)
	v.addBorders(r)
	v.addPlaces(r)
	for level := province; level <= v.finest; level++ {
		v.sheets[level] = sync.OnceValue(func() *sheet { return newSheet(v, level) })
		v.labels[level] = sync.OnceValue(func() *labelSet { return newLabels(v, level) })
	}
	v.arcPlan = sync.OnceValue(func() *arcPlan { return v.works.plans.get(v.arcsDigest(), v.planArcs) })
	v.placeIndex = sync.OnceValue(v.indexPlaces)
	v.bounds = sync.OnceValue(v.findBounds)
}

// addUnits lists the units in order of id and returns where each stands.
func (v *View) addUnits(r *relations) map[int64]int32 {
	v.units = []unitAt{{}}
	parents := []int64{0}
	index := map[int64]int32{0: nobody}
	var found []*unit
	for u := range r.units.at(v.epoch.on(), v.epoch.Seq) {
		found = append(found, u)
	}
	slices.SortFunc(found, func(a, b *unit) int { return cmp.Compare(a.Unit, b.Unit) })
	for _, u := range found {
		index[u.Unit] = int32(len(v.units))
		v.units = append(v.units, unitAt{id: u.Unit, level: u.Level, kind: u.Kind, name: u.Name})
		parents = append(parents, u.Parent)
	}
	for c := range r.codes.at(v.epoch.on(), v.epoch.Seq) {
		if i, known := index[c.Unit]; known {
			v.units[i].code = c.Code
		}
	}
	for i := range v.units {
		v.units[i].parent = index[parents[i]]
		v.units[i].digest = v.units[i].sum()
	}
	for i := range v.units {
		for level := province; level <= levels; level++ {
			v.units[i].up[level] = v.climb(int32(i), int8(level))
		}
	}
	return index
}

// climb returns who stands for a unit at a level: the last on the way up that
// is not above the level. Where the chain leaps over a level, that is a unit
// of a finer level; where the unit is coarser, itself.
func (v *View) climb(u int32, level int8) int32 {
	for v.units[u].level > level {
		parent := v.units[u].parent
		if parent == nobody || v.units[parent].level < level || v.units[parent].level >= v.units[u].level {
			break
		}
		u = parent
	}
	return u
}

func (u *unitAt) sum() digest {
	h := hasher{}
	h.int(u.id).int(int64(u.level)).text(u.kind).text(u.name).text(u.code)
	return h.sum()
}

// addFaces finds the holder of each face, and the finest level of all.
func (v *View) addFaces(r *relations, index map[int64]int32) {
	v.finest = county
	v.faces = map[int64]faceAt{}
	v.pieces = []piece{{}}
	known := map[digest]int32{}
	for t := range r.tenures.at(v.epoch.on(), v.epoch.Seq) {
		holder := index[t.Unit]
		f := faceAt{unit: holder}
		if level := v.units[v.units[holder].up[county]].level; level >= province && level < county {
			f.piece = v.addPiece(t, index, known)
		}
		v.finest = max(v.finest, int(v.units[holder].level))
		v.faces[t.Face] = f
	}
}

// addPiece returns the piece to which a face belongs.
func (v *View) addPiece(t *tenure, index map[int64]int32, known map[digest]int32) int32 {
	names := make([]string, len(t.Among))
	for i, id := range t.Among {
		names[i] = v.units[index[id]].name
	}
	p := piece{holder: index[t.Unit], among: strings.Join(names, "、")}
	h := hasher{}
	h.int(t.Unit).text(v.units[p.holder].name)
	for i, id := range t.Among {
		h.int(id).text(names[i])
	}
	p.digest = h.sum()
	i, have := known[p.digest]
	if !have {
		i = int32(len(v.pieces))
		known[p.digest] = i
		v.pieces = append(v.pieces, p)
	}
	return i
}

func (v *View) addBorders(r *relations) {
	var found []border
	for s := range r.sides.at(v.epoch.on(), v.epoch.Seq) {
		found = append(found, border{arc: s.Arc, left: v.faces[s.Left], right: v.faces[s.Right], status: s.Status})
	}
	v.borders = slices.Clone(found)
	slices.SortFunc(v.borders, func(a, b border) int { return cmp.Compare(a.arc, b.arc) })
}

func (v *View) addPlaces(r *relations) {
	for p := range r.places.at(v.epoch.on(), v.epoch.Seq) {
		h := hasher{}
		h.int(p.Place).text(p.Category).text(p.Name).text(p.Roman).point(p.At)
		v.places = append(v.places, placeAt{p, h.sum()})
	}
	curve := func(p placeAt) uint64 {
		b := emptyBox
		b.addLine([]mercator.Point{p.At})
		return b.alongCurve()
	}
	slices.SortFunc(v.places, func(a, b placeAt) int {
		return cmp.Or(cmp.Compare(curve(a), curve(b)), cmp.Compare(a.Place, b.Place))
	})
}

func (v *View) indexPlaces() *boxes {
	bounds := make([]box, len(v.places))
	for i, p := range v.places {
		bounds[i] = emptyBox
		bounds[i].addLine([]mercator.Point{p.At})
	}
	return newBoxes(bounds)
}

// Bounds returns what the borders of the view span, west, south, east, north in
// degrees, and false if there are none.
func (v *View) Bounds() (degrees [4]float64, any bool) {
	v.open()
	b := v.bounds()
	if b == emptyBox {
		return degrees, false
	}
	sw, ne := mercator.Degrees(mercator.Point{X: int32(b.minX), Y: int32(b.maxY)}), mercator.Degrees(mercator.Point{X: int32(b.maxX), Y: int32(b.minY)})
	return [4]float64{sw[0], sw[1], ne[0], ne[1]}, true
}

func (v *View) findBounds() box {
	b := emptyBox
	for i := range v.borders {
		b.addLine(v.lines[v.borders[i].arc])
	}
	return b
}

// rank returns the rank of a border between two units, which is that of the
// coarsest level at which they differ, and who stands on either side at that
// level: 0 national, 1 provincial, 2 prefectural, 3 county, 4 township.
func (v *View) rank(left, right int32) (rank int, l, r int32) {
	for level := province; level <= v.finest; level++ {
		l, r = v.units[left].up[level], v.units[right].up[level]
		if l == r {
			continue
		}
		if level == province && (v.units[l].kind == outsideCountry || v.units[r].kind == outsideCountry) {
			return 0, l, r
		}
		return level, l, r
	}
	return v.finest, l, r
}

// outsideCountry is the type of a neighbouring country.
const outsideCountry = "OUTSIDE_COUNTRY"

// uncertain tells whether a side of a border is known only more coarsely than
// the border's rank.
func (v *View) uncertain(rank int, l, r int32) bool {
	least := min(v.units[l].level, v.units[r].level)
	return least > 0 && int(least) < rank
}

// hasher collects content for a digest.
type hasher struct{ data []byte }

func (h *hasher) int(x int64) *hasher {
	h.data = binary.LittleEndian.AppendUint64(h.data, uint64(x))
	return h
}

func (h *hasher) text(s string) *hasher {
	h.int(int64(len(s)))
	h.data = append(h.data, s...)
	return h
}

func (h *hasher) point(p mercator.Point) *hasher {
	return h.int(int64(p.X)<<32 | int64(uint32(p.Y)))
}

func (h *hasher) add(d digest) *hasher {
	h.data = append(h.data, d[:]...)
	return h
}

func (h *hasher) sum() digest { return xxh3.Hash128(h.data).Bytes() }
