package lattice

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
)

// degrees are on the grid, near a point, some lattice steps of 4 decimals wide.
func degrees(t *rapid.T, steps int) orb.Point {
	unit := rapid.IntRange(-steps*1000, steps*1000)
	return orb.Point{126 + float64(unit.Draw(t, "x"))/1e7, 43 + float64(unit.Draw(t, "y"))/1e7}
}

func made(t rapid.TB, lines ...orb.LineString) *Lattice {
	l, err := New(4)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := l.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// What a segment passes is what looking at every hot cell finds.
func TestLine_passesTheHotCellsOnItsWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []orb.LineString
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			lines = append(lines, orb.LineString{degrees(t, 40), degrees(t, 40)})
		}
		l := made(t, lines...)
		for _, line := range lines {
			got, err := l.path(line)
			if err != nil {
				t.Fatal(err)
			}
			a, _ := geo.Snap(line[0])
			b, _ := geo.Snap(line[1])
			s := segment{int64(a.X), int64(a.Y), int64(b.X) - int64(a.X), int64(b.Y) - int64(a.Y)}
			for c := range l.hot {
				want := s.meets(int64(c.X)*l.step-l.step/2, int64(c.Y)*l.step-l.step/2, l.step)
				if slices.Contains(got, c) != want {
					t.Fatalf("%v and cell %v: met %v", line, c, want)
				}
			}
			first, _ := l.cell(line[0])
			last, _ := l.cell(line[1])
			if got[0] != first || got[len(got)-1] != last {
				t.Fatalf("%v runs from %v to %v", line, got[0], got[len(got)-1])
			}
		}
	})
}

// quilt is a net of quads whose corners stand where chance puts them, so small
// that many fall together on the lattice.
func quilt(t *rapid.T, n int, width float64) (quads []orb.MultiPolygon, lines []orb.LineString) {
	at := make([][]orb.Point, n+1)
	shift := rapid.Float64Range(-0.24, 0.24)
	for i := range at {
		for j := range n + 1 {
			x, y := (float64(i)+shift.Draw(t, "dx"))*width, (float64(j)+shift.Draw(t, "dy"))*width
			at[i] = append(at[i], orb.Point{126 + math.Round(x)/1e7, 43 + math.Round(y)/1e7})
		}
	}
	for i := range n {
		for j := range n {
			ring := orb.Ring{at[i][j], at[i+1][j], at[i+1][j+1], at[i][j+1], at[i][j]}
			quads = append(quads, orb.MultiPolygon{{ring}})
			lines = append(lines, orb.LineString(ring))
		}
	}
	return quads, lines
}

// Neighbours fit without gap or overlap, edges meet at their ends only, and rings
// touch themselves nowhere.
func TestArea_neighboursFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quads, lines := quilt(t, rapid.IntRange(1, 6).Draw(t, "n"), float64(rapid.IntRange(300, 4000).Draw(t, "width")))
		l := made(t, lines...)
		left := map[edge]int{}
		var total, hull int64
		for _, quad := range quads {
			got, err := l.Area(quad)
			if err != nil {
				t.Fatal(err)
			}
			for _, polygon := range got {
				for _, ring := range polygon {
					total += record(t, l, ring, left)
				}
			}
		}
		net := map[edge]struct{}{}
		for e, n := range left {
			if n != 1 {
				t.Fatalf("edge %v has an inside on its left %d times", e, n)
			}
			put(net, e)
		}
		for e := range net { // the outline, about any point
			hull += int64(e.from.X-1260000)*int64(e.to.Y-430000) - int64(e.from.Y-430000)*int64(e.to.X-1260000)
		}
		if hull != total {
			t.Fatalf("areas sum to %d, their outline holds %d", total, hull)
		}
		apart(t, left)
	})
}

// record notes the edges of a ring, and returns twice its area.
func record(t *rapid.T, l *Lattice, ring orb.Ring, left map[edge]int) int64 {
	var loop []Cell
	for _, p := range ring[:len(ring)-1] {
		c, err := l.cell(p)
		if err != nil || slices.Contains(loop, c) {
			t.Fatalf("ring %v touches itself at %v: %v", ring, p, err)
		}
		loop = append(loop, c)
	}
	for i, c := range loop {
		left[edge{c, loop[(i+1)%len(loop)]}]++
	}
	return doubled(loop)
}

// apart fails if two edges have a point in common that is no end of both.
func apart(t *rapid.T, edges map[edge]int) {
	side := func(a, b, c Cell) int64 {
		u, v := step(a, b), step(a, c)
		return u.x*v.y - u.y*v.x
	}
	sign := func(n int64) int { return map[bool]int{true: 1}[n > 0] - map[bool]int{true: 1}[n < 0] }
	on := func(e edge, c Cell) bool {
		u, v := step(e.from, c), step(e.to, c)
		return c != e.from && c != e.to && side(e.from, e.to, c) == 0 && u.x*v.x+u.y*v.y < 0
	}
	for e := range edges {
		for f := range edges {
			if on(e, f.from) || on(e, f.to) {
				t.Fatalf("%v ends within %v", f, e)
			}
			if sign(side(e.from, e.to, f.from))*sign(side(e.from, e.to, f.to)) < 0 && sign(side(f.from, f.to, e.from))*sign(side(f.from, f.to, e.to)) < 0 {
				t.Fatalf("%v crosses %v", e, f)
			}
		}
	}
}

// Parts that are pinched off stand for themselves, holes stay where they are, and
// what has no inside is gone.
func TestArea_shapes(t *testing.T) {
	box := func(x, y, w, h float64) orb.Ring {
		return orb.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}
	}
	backwards := func(r orb.Ring) orb.Ring { r = slices.Clone(r); slices.Reverse(r); return r }
	for _, c := range []struct {
		name   string
		area   orb.MultiPolygon
		shells int
		holes  int
	}{
		{"a square", orb.MultiPolygon{{box(126, 43, 0.01, 0.01)}}, 1, 0},
		{"a square with a hole", orb.MultiPolygon{{box(126, 43, 0.01, 0.01), backwards(box(126.002, 43.002, 0.001, 0.001))}}, 1, 1},
		{"a hole that touches the outline when rounded", orb.MultiPolygon{{box(126, 43, 0.01, 0.01), backwards(orb.Ring{{126.00002, 43.005}, {126.002, 43.004}, {126.002, 43.006}, {126.00002, 43.005}})}}, 1, 1},
		{"a hole that is too small", orb.MultiPolygon{{box(126, 43, 0.01, 0.01), backwards(box(126.00502, 43.00502, 0.00001, 0.00001))}}, 1, 0},
		{"two halves with a thin neck", orb.MultiPolygon{{{{126, 43}, {126.001, 43.00099}, {126.002, 43}, {126.002, 43.002}, {126.001, 43.00101}, {126, 43.002}, {126, 43}}}}, 2, 0},
		{"a strip", orb.MultiPolygon{{box(126.00001, 43, 0.00002, 0.01)}}, 0, 0},
		{"an island in a lake", orb.MultiPolygon{{box(126, 43, 0.01, 0.01), backwards(box(126.002, 43.002, 0.006, 0.006))}, {box(126.004, 43.004, 0.002, 0.002)}}, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := New(4)
			if err != nil {
				t.Fatal(err)
			}
			for _, polygon := range c.area {
				for _, ring := range polygon {
					if err := l.Add(orb.LineString(ring)); err != nil {
						t.Fatal(err)
					}
				}
			}
			got, err := l.Area(c.area)
			if err != nil {
				t.Fatal(err)
			}
			holes := 0
			for _, polygon := range got {
				holes += len(polygon) - 1
			}
			if len(got) != c.shells || holes != c.holes {
				t.Errorf("%d shells, %d holes: %v", len(got), holes, got)
			}
		})
	}
}
