package gate_test

import (
	"testing"

	"jieming/tiles/gate"
	"jieming/tiles/mvt"
)

// strip is a tile with a border from one point to another, both shifted.
func strip(shift mvt.Cell, line ...mvt.Cell) *gate.Tile {
	moved := make([]mvt.Cell, len(line))
	for i, c := range line {
		moved[i] = mvt.Cell{X: c.X + shift.X, Y: c.Y + shift.Y}
	}
	var e mvt.Encoder
	e.Reset()
	e.Layer("boundary")
	e.BeginLines(1)
	e.Line(moved)
	t, err := gate.Decode(e.Bytes())
	if err != nil {
		panic(err)
	}
	return t
}

func TestCompare_sees_what_is_planted(t *testing.T) {
	for _, c := range []struct {
		name  string
		to    gate.Side
		shift mvt.Cell
		a, b  []mvt.Cell // both in cells of the first tile
		want  gate.Seam
	}{
		{"the same line, east", gate.East, mvt.Cell{X: -gate.Extent}, []mvt.Cell{{X: 4000, Y: 10}, {X: 4090, Y: 20}, {X: 4100, Y: 20}, {X: 4200, Y: 100}},
			[]mvt.Cell{{X: 4000, Y: 10}, {X: 4090, Y: 20}, {X: 4100, Y: 20}, {X: 4200, Y: 100}}, gate.Seam{Crossings: 1}},
		{"the same line, south", gate.South, mvt.Cell{Y: -gate.Extent}, []mvt.Cell{{X: 10, Y: 4000}, {X: 20, Y: 4200}},
			[]mvt.Cell{{X: 10, Y: 4000}, {X: 20, Y: 4200}}, gate.Seam{Crossings: 1}},
		{"a crossing a unit off", gate.East, mvt.Cell{X: -gate.Extent}, []mvt.Cell{{X: 4000, Y: 10}, {X: 4200, Y: 20}},
			[]mvt.Cell{{X: 4000, Y: 11}, {X: 4200, Y: 20}}, gate.Seam{Crossings: 1, Mismatched: 2}},
		{"a line that one of them lacks", gate.East, mvt.Cell{X: -gate.Extent}, []mvt.Cell{{X: 4000, Y: 10}, {X: 4200, Y: 20}},
			[]mvt.Cell{{X: 4200, Y: 1000}, {X: 4300, Y: 1000}}, gate.Seam{Crossings: 1, Mismatched: 1}},
		{"a vertex in the buffers that one of them lacks", gate.East, mvt.Cell{X: -gate.Extent}, []mvt.Cell{{X: 4050, Y: 10}, {X: 4090, Y: 10}, {X: 4100, Y: 10}},
			[]mvt.Cell{{X: 4050, Y: 10}, {X: 4100, Y: 10}}, gate.Seam{Crossings: 1, Differing: 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := gate.Compare(strip(mvt.Cell{}, c.a...), strip(c.shift, c.b...), c.to, 64, "boundary")
			if got.First != "" && got.Zero() || got.First == "" && !got.Zero() {
				t.Errorf("%+v names %q", got, got.First)
			}
			got.First = ""
			if got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
		})
	}
}

// What an encoder must not write is no tile.
func TestDecode_refuses(t *testing.T) {
	good := []byte{}
	{
		var e mvt.Encoder
		e.Reset()
		e.Layer("a")
		e.Polygon(1, [][]mvt.Cell{box(0, 0, 9, 9)})
		good = append(good, e.Bytes()...)
	}
	if _, err := gate.Decode(good); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a layer twice":  append(append([]byte{}, good...), good...),
		"cut short":      good[:len(good)-1],
		"no tile":        {0xff},
		"an empty layer": {3<<3 | 2, 8, 15 << 3, 2, 1<<3 | 2, 1, 'a', 5 << 3, 0x80},
	} {
		if _, err := gate.Decode(data); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var e mvt.Encoder
	e.Reset()
	e.Layer("a")
	e.Polygon(1, [][]mvt.Cell{box(0, 0, 9, 9), reverse(box(1, 1, 2, 2))})
	e.TagString("name", "甲")
	e.Layer("b")
	e.BeginLines(2)
	e.Line(ring{{X: 1, Y: 1}, {X: 2, Y: 2}})
	e.TagInt("rank", -3)
	f.Add(e.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		tile, err := gate.Decode(data)
		if err != nil {
			return
		}
		gate.Judge(tile, gate.Subject{Layers: []string{"a"}, Boundary: "b", Complete: true})
	})
}
