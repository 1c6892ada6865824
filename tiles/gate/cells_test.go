package gate_test

import (
	"testing"

	"pgregory.net/rapid"

	"jieming/tiles/gate"
	"jieming/tiles/mvt"
)

// Without Covered, a row may be left uncovered from one outer border to the next:
// a coast is no gap, a hole within the land is one.
func TestJudge_coasts(t *testing.T) {
	subject := whole
	subject.Covered = nil
	subject.Outer = func(f *gate.Feature) bool { return f.ID == 12 }
	lake := func(border bool) gate.Report {
		tile := sound()
		*paths(tile, "county", 1) = append(*paths(tile, "county", 1), reverse(box(3000, 3000, 3010, 3020)))
		if border {
			l := tile.Layer("boundary")
			coast := l.Features[1]
			coast.ID, coast.Paths = 12, [][]mvt.Cell{append(box(3000, 3000, 3010, 3020), mvt.Cell{X: 3000, Y: 3000})}
			l.Features = append(l.Features, coast)
		}
		return gate.Judge(tile, subject)
	}
	if r := lake(true); !r.Zero() {
		t.Errorf("a lake with its shore: %v", r)
	}
	if r := lake(false); r.GapCells != 200 || r.UnmatchedEdges != 4 {
		t.Errorf("a hole: %v", r)
	}
}

// Cells are counted as by asking for each of them which polygons hold it.
func TestJudge_counts_cells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const side = 24
		var e mvt.Encoder
		e.Reset()
		e.Layer("county")
		corner := rapid.Custom(func(t *rapid.T) mvt.Cell {
			return mvt.Cell{X: rapid.Int32Range(0, side).Draw(t, "x"), Y: rapid.Int32Range(0, side).Draw(t, "y")}
		})
		// All but a corner of the tile is covered: it would take long to ask about.
		e.Polygon(99, [][]mvt.Cell{box(low, low, high, high), reverse(box(0, 0, side, side))})
		var all []ring
		for id := range rapid.IntRange(1, 4).Draw(t, "units") {
			r := ring(rapid.SliceOfN(corner, 3, 3).Draw(t, "triangle"))
			switch area := doubled(r); {
			case area == 0:
				continue
			case area < 0:
				r = reverse(r)
			}
			all = append(all, r)
			e.Polygon(uint64(id), [][]mvt.Cell{r})
		}
		tile, err := gate.Decode(e.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		gaps, overlaps := 0, 0
		for x := range side {
			for y := range side {
				switch n := holders(all, int32(x), int32(y)); {
				case n == 0:
					gaps++
				case n > 1:
					overlaps++
				}
			}
		}
		got := gate.Judge(tile, gate.Subject{Layers: []string{"county"}, Covered: gate.Everywhere})
		if got.GapCells != gaps || got.OverlapCells != overlaps {
			t.Errorf("counted %d gaps and %d overlaps, there are %d and %d", got.GapCells, got.OverlapCells, gaps, overlaps)
		}
	})
}

func doubled(r ring) (sum int64) {
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += int64(p.X)*int64(q.Y) - int64(q.X)*int64(p.Y)
	}
	return sum
}

// holders counts the triangles that hold the middle of a cell. What lies on an
// edge belongs to the triangle east of it.
func holders(all []ring, x, y int32) (n int) {
	for _, r := range all {
		crossed := false
		for i, p := range r {
			q := r[(i+1)%len(r)]
			if p.Y > q.Y {
				p, q = q, p
			}
			if p.Y > y || q.Y <= y {
				continue
			}
			// Is the edge at or west of the middle, at its height?
			dx, dy := int64(q.X-p.X), int64(q.Y-p.Y)
			if 2*int64(p.X)*dy+(2*int64(y-p.Y)+1)*dx <= (2*int64(x)+1)*dy {
				crossed = !crossed
			}
		}
		if crossed {
			n++
		}
	}
	return n
}

func TestDifference(t *testing.T) {
	tile := sound()
	tile.Layers = append(tile.Layers, &gate.Layer{Name: "province", Features: []gate.Feature{{ID: 9, Kind: gate.Polygon, Paths: [][]mvt.Cell{box(low, low, high, high)}}}})
	if more, less := gate.Difference(tile, []string{"county"}, []string{"province"}); more != 0 || less != 0 {
		t.Errorf("counties cover %d cells more and %d less than their province", more, less)
	}
	tile.Layer("province").Features[0].Paths[0] = box(low, low, high, 4090)
	(*paths(tile, "county", 2))[0] = box(510, 500, 900, 900)
	if more, less := gate.Difference(tile, []string{"county"}, []string{"province"}); more != 6*gate.Extent || less != 4000 {
		t.Errorf("counties cover %d cells more and %d less", more, less)
	}
}
