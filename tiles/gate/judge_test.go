package gate_test

import (
	"strings"
	"testing"

	"jieming/tiles/gate"
	"jieming/tiles/mvt"
)

// The corners of a tile drawn with a buffer of 64.
const low, high = -64, gate.Extent + 64

type ring = []mvt.Cell

func box(west, north, east, south int32) ring {
	return ring{{X: west, Y: north}, {X: east, Y: north}, {X: east, Y: south}, {X: west, Y: south}}
}

func reverse(r ring) ring {
	turned := make(ring, len(r))
	for i, c := range r {
		turned[len(r)-1-i] = c
	}
	return turned
}

// sound is a tile without fault: 1 in the west with a hole in which 3 lies, 2 in
// the east; 4 is too small to be drawn.
func sound() *gate.Tile {
	var e mvt.Encoder
	e.Reset()
	e.Layer("county")
	hole := box(500, 500, 900, 900)
	e.Polygon(1, [][]mvt.Cell{{{X: low, Y: low}, {X: 2000, Y: low}, {X: 2000, Y: 2000}, {X: 2000, Y: high}, {X: low, Y: high}}, reverse(hole)})
	e.Polygon(2, [][]mvt.Cell{{{X: 2000, Y: low}, {X: high, Y: low}, {X: high, Y: high}, {X: 2000, Y: high}, {X: 2000, Y: 2000}}})
	e.Polygon(3, [][]mvt.Cell{hole})
	e.Layer("boundary")
	e.BeginLines(10)
	e.Line(ring{{X: 2000, Y: low}, {X: 2000, Y: 2000}, {X: 2000, Y: high}})
	e.BeginLines(11)
	e.Line(append(hole, hole[0]))
	e.Layer("label")
	e.Point(4, 100, 100)
	e.TagBool("collapsed", true)
	t, err := gate.Decode(e.Bytes())
	if err != nil {
		panic(err)
	}
	return t
}

var whole = gate.Subject{Layers: []string{"county"}, Boundary: "boundary", Complete: true, Covered: gate.Everywhere,
	Expected: []uint64{1, 2, 3, 4}, Labels: "label"}

// paths gives access to the rings or lines of a feature.
func paths(t *gate.Tile, layer string, feature int) *[][]mvt.Cell {
	return &t.Layer(layer).Features[feature].Paths
}

// reshape gives 3 another ring, its hole and its border with it.
func reshape(t *gate.Tile, r ring) {
	(*paths(t, "county", 2))[0] = r
	(*paths(t, "county", 0))[1] = reverse(r)
	(*paths(t, "boundary", 1))[0] = append(r[:len(r):len(r)], r[0])
}

// Every gate sees a fault of its kind, and counts it exactly.
func TestJudge_sees_what_is_planted(t *testing.T) {
	if r := gate.Judge(sound(), whole); !r.Zero() {
		t.Fatalf("the tile without fault: %v", r)
	}
	for name, c := range map[string]struct {
		plant func(*gate.Tile)
		want  gate.Report
	}{
		"gap: 3 draws back from a side of its hole": {
			func(t *gate.Tile) { (*paths(t, "county", 2))[0] = box(510, 500, 900, 900) },
			// The sides north and south have lost their likeness, too.
			gate.Report{GapCells: 10 * 400, UnmatchedEdges: 6},
		},
		"overlap: 3 reaches beyond its hole": {
			func(t *gate.Tile) { (*paths(t, "county", 2))[0] = box(500, 500, 903, 900) },
			gate.Report{OverlapCells: 3 * 400, UnmatchedEdges: 6},
		},
		"overlap of the whole tile": {
			func(t *gate.Tile) {
				l := t.Layer("county")
				again := l.Features[0]
				again.ID, again.Paths = 9, [][]mvt.Cell{box(low, low, high, high)}
				l.Features = append(l.Features, again)
			},
			gate.Report{OverlapCells: gate.Extent * gate.Extent},
		},
		"gap of one cell": {
			func(t *gate.Tile) {
				(*paths(t, "county", 2))[0] = ring{{X: 500, Y: 500}, {X: 899, Y: 500}, {X: 899, Y: 501}, {X: 900, Y: 501}, {X: 900, Y: 900}, {X: 500, Y: 900}}
			},
			gate.Report{GapCells: 1, UnmatchedEdges: 6},
		},
		"unmatched edge: 2 lacks a vertex of 1, though no cell shows it": {
			func(t *gate.Tile) { (*paths(t, "county", 1))[0] = (*paths(t, "county", 1))[0][:4] },
			gate.Report{UnmatchedEdges: 3},
		},
		"self-touching ring: 3 visits a vertex twice": {
			func(t *gate.Tile) {
				reshape(t, ring{{X: 500, Y: 500}, {X: 900, Y: 500}, {X: 900, Y: 900}, {X: 700, Y: 700}, {X: 710, Y: 720}, {X: 690, Y: 710}, {X: 700, Y: 700}, {X: 500, Y: 900}})
			},
			gate.Report{SelfTouchingRings: 2},
		},
		"self-touching ring: 3 crosses itself": {
			func(t *gate.Tile) {
				reshape(t, ring{{X: 500, Y: 800}, {X: 900, Y: 500}, {X: 900, Y: 900}, {X: 500, Y: 500}})
			},
			gate.Report{SelfTouchingRings: 2},
		},
		"self-touching ring: an edge of 3 passes a vertex of its own": {
			func(t *gate.Tile) {
				reshape(t, ring{{X: 500, Y: 500}, {X: 900, Y: 500}, {X: 900, Y: 900}, {X: 700, Y: 500}, {X: 500, Y: 900}})
			},
			gate.Report{SelfTouchingRings: 2},
		},
		"wrong winding": {
			func(t *gate.Tile) { (*paths(t, "county", 2))[0] = reverse(box(500, 500, 900, 900)) },
			gate.Report{WrongWinding: 1},
		},
		"wrong winding of a feature with a hole": {
			func(t *gate.Tile) {
				for i, r := range *paths(t, "county", 0) {
					(*paths(t, "county", 0))[i] = reverse(r)
				}
			},
			gate.Report{WrongWinding: 2},
		},
		"zero-length segment of a ring": {
			func(t *gate.Tile) {
				(*paths(t, "county", 2))[0] = append(box(500, 500, 900, 900)[:1:1], box(500, 500, 900, 900)...)
			},
			gate.Report{ZeroSegments: 1},
		},
		"zero-length segment of a border": {
			func(t *gate.Tile) {
				(*paths(t, "boundary", 0))[0] = ring{{X: 2000, Y: low}, {X: 2000, Y: 2000}, {X: 2000, Y: 2000}, {X: 2000, Y: high}}
			},
			gate.Report{ZeroSegments: 1},
		},
		"ring that repeats its first point": {
			func(t *gate.Tile) {
				(*paths(t, "county", 2))[0] = append((*paths(t, "county", 2))[0], mvt.Cell{X: 500, Y: 500})
			},
			gate.Report{RepeatedPoints: 1},
		},
		"ring without area": {
			func(t *gate.Tile) {
				flat := ring{{X: 3000, Y: 100}, {X: 3100, Y: 100}, {X: 3200, Y: 100}}
				*paths(t, "county", 1) = append(*paths(t, "county", 1), flat)
			},
			gate.Report{ZeroAreaRings: 1, SelfTouchingRings: 1, UnmatchedEdges: 3},
		},
		"lost unit: 3, and 1 reaches over its place": {
			func(t *gate.Tile) {
				l := t.Layer("county")
				l.Features = l.Features[:2]
				*paths(t, "county", 0) = (*paths(t, "county", 0))[:1]
			},
			gate.Report{LostUnits: 1, StrayBorders: 4},
		},
		"lost unit: the label of 4": {
			func(t *gate.Tile) { t.Layers = t.Layers[:2] },
			gate.Report{LostUnits: 1},
		},
		"unit drawn twice": {
			func(t *gate.Tile) { t.Layer("county").Features[2].ID = 2 },
			gate.Report{TwiceDrawnUnits: 1, LostUnits: 1},
		},
		"invalid polygon: a hole outside of its exterior": {
			func(t *gate.Tile) {
				*paths(t, "county", 1) = append(*paths(t, "county", 1), reverse(box(500, 1500, 600, 1600)))
			},
			gate.Report{InvalidPolygons: 1, GapCells: 100 * 100, UnmatchedEdges: 4},
		},
		"invalid polygon: two holes along one edge": {
			func(t *gate.Tile) {
				*paths(t, "county", 0) = append(*paths(t, "county", 0), reverse(box(900, 500, 1000, 900)))
				*paths(t, "county", 2) = append(*paths(t, "county", 2), box(900, 500, 1000, 900))
				*paths(t, "boundary", 1) = append(*paths(t, "boundary", 1), ring{{X: 900, Y: 500}, {X: 1000, Y: 500}, {X: 1000, Y: 900}, {X: 900, Y: 900}})
			},
			gate.Report{InvalidPolygons: 2},
		},
		"border drawn twice": {
			func(t *gate.Tile) {
				*paths(t, "boundary", 0) = append(*paths(t, "boundary", 0), ring{{X: 2000, Y: high}, {X: 2000, Y: 2000}})
			},
			gate.Report{TwiceDrawnBorders: 1},
		},
		"border missing": {
			func(t *gate.Tile) { (*paths(t, "boundary", 0))[0] = ring{{X: 2000, Y: low}, {X: 2000, Y: 2000}} },
			gate.Report{MissingBorders: 1},
		},
		"border where no unit ends": {
			func(t *gate.Tile) {
				*paths(t, "boundary", 0) = append(*paths(t, "boundary", 0), ring{{X: 2500, Y: 100}, {X: 2600, Y: 100}, {X: 2600, Y: 200}})
			},
			gate.Report{StrayBorders: 2},
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			tile := sound()
			c.plant(tile)
			got := gate.Judge(tile, whole)
			if got.First == "" {
				t.Error("the place of the fault is not told")
			}
			got.First = ""
			if got != c.want {
				t.Errorf("counted %v, want %v", got, c.want)
			}
		})
	}
}
