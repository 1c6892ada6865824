package coverage_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
	"jieming/geo/coverage"
)

func points(xy ...int32) []geo.Point {
	line, err := geo.SnapLine(orb.LineString(units(xy)))
	if err != nil {
		panic(err)
	}
	return line
}

// twoSquares is A (0..1000) left of B (1000..2000), with an island C in B.
func twoSquares(t *testing.T) *coverage.Coverage {
	t.Helper()
	island := square(1100, 400, 100)
	c, _, err := coverage.Build(context.Background(), []coverage.Region{
		{ID: "A", Geometry: orb.MultiPolygon{{square(0, 0, 1000)}}},
		{ID: "B", Geometry: orb.MultiPolygon{{square(1000, 0, 1000), reversed(island)}}},
		{ID: "C", Geometry: orb.MultiPolygon{{island}}},
	}, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// between returns the arc between two units.
func between(t *testing.T, c *coverage.Coverage, a, b string) int {
	t.Helper()
	for i, arc := range c.Arcs {
		ids := []string{"", ""}
		for k, s := range []coverage.FaceIndex{arc.Left, arc.Right} {
			if s >= 0 {
				ids[k] = c.ByUnit(int(s))
			}
		}
		if ids[0] == a && ids[1] == b || ids[0] == b && ids[1] == a {
			return i
		}
	}
	t.Fatalf("no arc between %q and %q", a, b)
	return -1
}

func TestReshapeMovesExactlyWhatLiesBetween(t *testing.T) {
	c := twoSquares(t)
	arc := between(t, c, "A", "B")
	d, err := coverage.Reshape(context.Background(), c, arc, points(1050, 200, 950, 600))
	if err != nil {
		t.Fatal(err)
	}
	net := map[string]int64{}
	for _, g := range d.Gains {
		net[c.ByUnit(int(g.Face))] += g.TwiceUnits
	}
	for _, id := range []string{"A", "B"} {
		f := c.FacesOf(id)[0]
		if got := d.Coverage.TwiceArea(f) - c.TwiceArea(f); got != net[id] || got == 0 {
			t.Errorf("%s grew by %d half units, the difference says %d", id, got, net[id])
		}
	}
	if len(d.Transfers) != 2 || net["A"]+net["B"] != 0 {
		t.Errorf("transfers %+v, net %v", d.Transfers, net)
	}
	report, err := coverage.Validate(context.Background(), d.Coverage)
	if err != nil || !report.Clean() {
		t.Errorf("after: %v, %+v", err, report.Faults)
	}
}

func TestReshapeRefusesWithAPlace(t *testing.T) {
	c := twoSquares(t)
	for _, test := range []struct {
		name     string
		a, b     string
		interior []geo.Point
		want     string
	}{
		{"crosses the outer border", "A", "B", points(-100, 500), "meets arc"},
		{"touches a node of another arc", "A", "B", points(0, 0), "meets arc"},
		{"touches the island", "A", "B", points(1100, 450), "meets arc"},
		{"crosses the island", "A", "B", points(1150, 450), "meets arc"},
		{"passes over the island", "A", "B", points(1800, 500), "pass over arc"},
		{"leaves through the node, round the outside", "A", "B", points(1500, -600, 2600, 500, 1500, 1600), "pass over arc"},
		{"meets itself", "A", "B", points(1050, 900, 950, 100, 950, 900, 1050, 100), "meets itself"},
		{"repeats a vertex", "A", "B", points(1050, 500, 1050, 500), "repeats"},
		{"island collapses", "B", "C", points(1200, 400), ""},
		{"island turned inside out", "B", "C", points(1100, 500, 1200, 500, 1200, 400), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := coverage.Reshape(context.Background(), c, between(t, c, test.a, test.b), test.interior)
			var refusal *coverage.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want a refusal with %q", err, test.want)
			}
			if !strings.Contains(err.Error(), "at 12") || len(refusal.Units) == 0 {
				t.Errorf("refusal %+v has no place", refusal)
			}
		})
	}
}

// Any reshaping that is accepted leaves a valid coverage whose areas add up; the
// rest is refused.
func TestRandomReshapesConserveArea(t *testing.T) {
	done := 0
	rapid.Check(t, func(t *rapid.T) {
		c, _ := drawPatchwork(t).clean(t)
		i := rapid.IntRange(0, len(c.Arcs)-1).Draw(t, "arc")
		line := c.Arcs[i].Line
		interior := slices.Clone(line[1 : len(line)-1])
		if len(interior) == 0 {
			interior = []geo.Point{{X: line[0].X/2 + line[1].X/2, Y: line[0].Y/2 + line[1].Y/2}}
		}
		k := rapid.IntRange(0, len(interior)-1).Draw(t, "vertex")
		interior[k].X += rapid.Int32Range(-lattice, lattice).Draw(t, "dx")
		interior[k].Y += rapid.Int32Range(-lattice, lattice).Draw(t, "dy")
		d, err := coverage.Reshape(context.Background(), c, i, interior)
		var refusal *coverage.Refusal
		if errors.As(err, &refusal) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		done++
		checkValid(t, d.Coverage)
		for _, g := range d.Gains {
			if g.Face >= 0 && d.Coverage.TwiceArea(int(g.Face))-c.TwiceArea(int(g.Face)) != g.TwiceUnits {
				t.Fatalf("face %d: gain %d is not what it grew by", g.Face, g.TwiceUnits)
			}
		}
		if d.Gains[0].TwiceUnits+d.Gains[1].TwiceUnits != 0 {
			t.Fatalf("area came from nowhere: %+v", d.Gains)
		}
	})
	if done == 0 {
		t.Error("every reshaping was refused, nothing was tested")
	}
}
